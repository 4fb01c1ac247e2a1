/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "stall-watch.h"

#include <time.h>

#include "timeval.h"
#include "unix-clock.h"
#include "util.h"

static void
stall_sample_take(struct stall_sample *sample)
{
    struct timespec ts;

    xclock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    sample->cpu_us = timespec_to_usec(&ts);
    sample->now_us = time_usec();
    sample->warped = unix_clock_is_warped();
}

void
stall_watch_init(struct stall_watch *watch)
{
    stall_sample_take(&watch->last);
    watch->due_us = watch->last.now_us;
}

long long int
stall_watch_run(struct stall_watch *watch, long long int due_us)
{
    struct stall_sample sample;

    stall_sample_take(&sample);
    return stall_watch_follow(watch, &sample, due_us);
}

long long int
stall_watch_follow(struct stall_watch *watch,
                   const struct stall_sample *sample, long long int due_us)
{
    const struct stall_sample *last = &watch->last;
    long long int ran_until_us = last->now_us + (sample->cpu_us
                                                 - last->cpu_us);
    long long int stalled_us = sample->now_us - MAX(watch->due_us,
                                                    ran_until_us);
    bool warped = last->warped || sample->warped;

    watch->last = *sample;
    watch->due_us = due_us;
    return warped || stalled_us < STALL_MIN_US ? 0 : stalled_us;
}
