/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_UNIX_CLOCK_H
#define OFPROTO_EXT_UNIX_CLOCK_H 1

#include <stdbool.h>
#include <stdint.h>

#include "ovs-atomic.h"

/* Unix time for threads that only know the monotonic clock.
 *
 * The datapath stamps bursts with time_usec(), which is monotonic.  Epochs
 * are aligned to Unix time, so that the reports of many hosts can be laid
 * side by side.  This is the offset between the two.  It follows the slews of
 * the wall clock gradually and its small steps at once.  A jump it does not
 * follow: whoever depends on the clock must begin anew.
 *
 * While "time/stop" or "time/warp" hold, the offset is frozen: these move the
 * monotonic clock of the process, not the wall clock.
 *
 * Usage
 * =====
 *
 *     struct unix_clock clock;
 *     unix_clock_init(&clock);
 *     change = unix_clock_run(&clock);         once in a while, by one thread
 *     now = unix_clock_at(&clock, pmd->ctx.now);          by any thread
 *
 * Thread-safety: one thread at a time changes the clock; all other functions
 * may be called by any thread, packet threads included. */

/* A simultaneous reading of the clocks. */
struct clock_sample {
    long long int monotonic_us; /* As the datapath sees it. */
    long long int wall_us;      /* Unix time. */
    bool warped;                /* 'monotonic_us' is not the kernel's. */
};

struct unix_clock {
    atomic_int64_t offset_us;   /* Unix time - monotonic time.  Written by
                                 * unix_clock_run(), read by any thread. */
    long long int sampled_us;   /* Monotonic time of the last sample. */
};

void unix_clock_init(struct unix_clock *);

/* Takes over the wall clock as it is now, unless time is stopped or warped:
 * for whoever begins anew. */
void unix_clock_reset(struct unix_clock *);

/* What happened to the wall clock since the last call. */
enum clock_change {
    CLOCK_STEADY,               /* At most slewed. */
    CLOCK_STEPPED,              /* Stepped by at most CLOCK_STEP_MAX_US. */
    CLOCK_JUMPED,               /* Stepped farther, and not followed. */
};

#define CLOCK_STEP_MAX_US 1000000

/* Follows the wall clock. */
enum clock_change unix_clock_run(struct unix_clock *);

/* unix_clock_run() with a given sample, for tests. */
enum clock_change unix_clock_follow(struct unix_clock *,
                                    const struct clock_sample *);

/* Current Unix time, from the process's monotonic clock. */
uint64_t unix_clock_now(const struct unix_clock *);

/* True while the monotonic clock is not the kernel's. */
bool unix_clock_is_warped(void);

/* The monotonic time at which it is 'unix_us'. */
long long int unix_clock_to_monotonic(const struct unix_clock *,
                                      uint64_t unix_us);

/* Returns Unix time at 'monotonic_us'.  Runs on: PMD, any. */
static inline uint64_t
unix_clock_at(const struct unix_clock *clock, long long int monotonic_us)
{
    int64_t offset_us;

    atomic_read_relaxed(&CONST_CAST(struct unix_clock *, clock)->offset_us,
                        &offset_us);
    return monotonic_us + offset_us;
}

#endif /* ofproto-ext/unix-clock.h */
