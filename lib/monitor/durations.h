/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_DURATIONS_H
#define MONITOR_DURATIONS_H 1

#include <stdint.h>

/* How long something took, the latest N_DURATIONS times.
 *
 * Thread-safety: none; the owner's mutex guards it. */

#define N_DURATIONS 1024

struct durations {
    uint64_t n;                 /* All that were added. */
    uint32_t us[N_DURATIONS];
};

struct duration_percentiles {
    uint32_t p50_us, p99_us, max_us;    /* 0 if there was nothing. */
};

void durations_add(struct durations *, uint64_t us);
void durations_get(const struct durations *, struct duration_percentiles *);

#endif /* monitor/durations.h */
