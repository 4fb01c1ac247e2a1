/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_COMPARE_H
#define MONITOR_COMPARE_H 1

#include <stdint.h>

/* For qsort() and bsearch() in an array of uint32_t.
 *
 * Thread-safety: function of its arguments. */
static inline int
compare_u32(const void *a_, const void *b_)
{
    uint32_t a = *(const uint32_t *) a_;
    uint32_t b = *(const uint32_t *) b_;

    return a < b ? -1 : a > b;
}

#endif /* monitor/compare.h */
