/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "unix-clock.h"

#include <stdlib.h>
#include <time.h>

#include "coverage.h"
#include "timeval.h"
#include "util.h"

/* A sample reads the kernel's monotonic clock, then time_usec() and the wall
 * clock, then the kernel's monotonic clock again.  If time_usec() is outside
 * of that bracket, then the process's time is stopped or warped.  If the
 * bracket is wide, then the thread lost the CPU within it and the sample says
 * little about the wall clock, so it is taken again. */

COVERAGE_DEFINE(trumpet_clock_step);
COVERAGE_DEFINE(trumpet_clock_unsure);

/* Widest bracket of a sample that is believed. */
#define SAMPLE_WIDTH_MAX_US 200
#define SAMPLE_TRIES 4

/* A difference is a step if the wall clock cannot have been slewed so far: a
 * clock that is slewed by at most 1/8 since the last sample. */
#define STEP_BASE_US 2000
#define SLEW_MAX_DIVISOR 8

static long long int
clock_usec(clockid_t id)
{
    struct timespec ts;

    xclock_gettime(id, &ts);
    return timespec_to_usec(&ts);
}

/* Takes a sample.  Returns the width of its bracket. */
static long long int
clock_sample_take(struct clock_sample *sample)
{
    long long int before = clock_usec(CLOCK_MONOTONIC);

    sample->monotonic_us = time_usec();
    sample->wall_us = clock_usec(CLOCK_REALTIME);

    long long int after = clock_usec(CLOCK_MONOTONIC);

    sample->warped = (sample->monotonic_us < before
                      || sample->monotonic_us > after);
    return after - before;
}

bool
unix_clock_is_warped(void)
{
    struct clock_sample sample;

    clock_sample_take(&sample);
    return sample.warped;
}

/* Takes a sample whose bracket is not too wide.  Returns false if that did
 * not succeed; the last sample is stored then too. */
static bool
clock_sample_take_good(struct clock_sample *sample)
{
    for (int i = 0; i < SAMPLE_TRIES; i++) {
        if (clock_sample_take(sample) <= SAMPLE_WIDTH_MAX_US) {
            return true;
        }
    }
    COVERAGE_INC(trumpet_clock_unsure);
    return false;
}

void
unix_clock_init(struct unix_clock *clock)
{
    struct clock_sample sample;

    ignore(clock_sample_take_good(&sample));
    atomic_init(&clock->offset_us, sample.wall_us - sample.monotonic_us);
    clock->sampled_us = sample.monotonic_us;
}

void
unix_clock_reset(struct unix_clock *clock)
{
    struct clock_sample sample;

    ignore(clock_sample_take_good(&sample));
    if (!sample.warped) {
        atomic_store_relaxed(&clock->offset_us,
                             sample.wall_us - sample.monotonic_us);
        clock->sampled_us = sample.monotonic_us;
    }
}

enum clock_change
unix_clock_run(struct unix_clock *clock)
{
    struct clock_sample sample;

    return (clock_sample_take_good(&sample)
            ? unix_clock_follow(clock, &sample)
            : CLOCK_STEADY);
}

enum clock_change
unix_clock_follow(struct unix_clock *clock, const struct clock_sample *sample)
{
    if (sample->warped) {
        return CLOCK_STEADY;
    }

    long long int elapsed = MAX(0, sample->monotonic_us - clock->sampled_us);
    long long int slew_max = elapsed / SLEW_MAX_DIVISOR;
    int64_t offset;

    atomic_read_relaxed(&clock->offset_us, &offset);
    clock->sampled_us = sample->monotonic_us;

    int64_t ahead = sample->wall_us - sample->monotonic_us - offset;
    bool stepped = llabs(ahead) > STEP_BASE_US + slew_max;

    if (llabs(ahead) > CLOCK_STEP_MAX_US + slew_max) {
        return CLOCK_JUMPED;
    } else if (stepped) {
        COVERAGE_INC(trumpet_clock_step);
        offset += ahead;
    } else {
        /* By less than the time that passed, so that Unix time goes on. */
        offset += MAX(-slew_max, MIN(slew_max, ahead));
    }
    atomic_store_relaxed(&clock->offset_us, offset);
    return stepped ? CLOCK_STEPPED : CLOCK_STEADY;
}

uint64_t
unix_clock_now(const struct unix_clock *clock)
{
    return unix_clock_at(clock, time_usec());
}

long long int
unix_clock_to_monotonic(const struct unix_clock *clock, uint64_t unix_us)
{
    return unix_us - unix_clock_at(clock, 0);
}
