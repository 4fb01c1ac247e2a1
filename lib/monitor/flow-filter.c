/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/flow-filter.h"

#include "monitor/pages.h"

bool
flow_filter_init(struct flow_filter *filter, uint32_t mask)
{
    filter->mask = mask;
    filter->tags = pages_alloc(flow_filter_memory_bytes(filter));
    return filter->tags != NULL;
}

void
flow_filter_uninit(struct flow_filter *filter)
{
    pages_free(filter->tags, flow_filter_memory_bytes(filter));
}

uint64_t
flow_filter_memory_bytes(const struct flow_filter *filter)
{
    return filter->mask + UINT64_C(1) + FLOW_FILTER_PROBES;
}
