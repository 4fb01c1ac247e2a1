/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_CYCLES_H
#define MONITOR_CYCLES_H 1

#include <stdint.h>
#include <time.h>

/* Time as a packet thread can take it: without a system call, in cycles of the
 * time stamp counter, or, where there is none, in nanoseconds.
 *
 * Thread-safety: any thread. */

static inline uint64_t
cycles_clock_ns(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
}

/* Runs on: PMD, any. */
static inline uint64_t
cycles_now(void)
{
#ifdef __x86_64__
    return __builtin_ia32_rdtsc();
#else
    return cycles_clock_ns(CLOCK_MONOTONIC);
#endif
}

#endif /* monitor/cycles.h */
