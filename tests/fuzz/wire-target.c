/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "openflow/openflow.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "wire/wire-print.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= sizeof(struct ofp_header) && size <= UINT16_MAX) {
        struct ofp_header *oh = xmemdup(data, size);
        struct ds ds = DS_EMPTY_INITIALIZER;

        oh->length = htons(size);
        ignore(wire_print(&ds, oh, NULL, 0));
        ds_destroy(&ds);
        free(oh);
    }
    return 0;
}
