/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_STALL_WATCH_H
#define OFPROTO_EXT_STALL_WATCH_H 1

#include <stdbool.h>

/* Notices that the process did not run: it was stopped, its virtual machine
 * was paused, or others had the CPU.
 *
 * A thread that works periodically says when it will work next.  If it comes
 * late, and the process as a whole did not use the CPU either, nobody ran.
 * (If only that thread is late, packet threads went on to count.)
 *
 * Usage
 * =====
 *
 *     stall_watch_init(&watch);
 *     for (;;) {
 *         stalled_us = stall_watch_run(&watch, when it is due next);
 *         ...
 *     }
 *
 * While "time/stop" or "time/warp" hold it notices nothing.
 *
 * Thread-safety: one thread at a time. */

struct stall_sample {
    long long int now_us;       /* Monotonic time. */
    long long int cpu_us;       /* What the process used of all CPUs. */
    bool warped;                /* 'now_us' means nothing. */
};

struct stall_watch {
    struct stall_sample last;
    long long int due_us;       /* Monotonic time. */
};

/* What is shorter than this is the business of the scheduler. */
#define STALL_MIN_US (200 * 1000)

void stall_watch_init(struct stall_watch *);

/* Returns for how long the process did not run since the last call, 0 if that
 * is less than STALL_MIN_US.  'due_us' is the monotonic time at which this
 * will be called again. */
long long int stall_watch_run(struct stall_watch *, long long int due_us);

/* stall_watch_run() with a given sample, for tests. */
long long int stall_watch_follow(struct stall_watch *,
                                 const struct stall_sample *,
                                 long long int due_us);

#endif /* ofproto-ext/stall-watch.h */
