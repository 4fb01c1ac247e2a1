/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/durations.h"

#include <stdlib.h>
#include <string.h>

#include "monitor/compare.h"
#include "util.h"

void
durations_add(struct durations *durations, uint64_t us)
{
    durations->us[durations->n++ % N_DURATIONS] = MIN(us, UINT32_MAX);
}

void
durations_get(const struct durations *durations,
              struct duration_percentiles *percentiles)
{
    size_t n = MIN(durations->n, N_DURATIONS);
    uint32_t sorted[N_DURATIONS];

    memset(percentiles, 0, sizeof *percentiles);
    if (n) {
        memcpy(sorted, durations->us, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, compare_u32);
        percentiles->p50_us = sorted[(n - 1) / 2];
        percentiles->p99_us = sorted[(n - 1) * 99 / 100];
        percentiles->max_us = sorted[n - 1];
    }
}
