/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "sweeper.h"

#include "coverage.h"
#include "latch.h"
#include "monitor/monitor.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/thread.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "seq.h"
#include "stall-watch.h"
#include "timely.h"
#include "timeval.h"
#include "unix-clock.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_sweeper);

COVERAGE_DEFINE(trumpet_sweep);

/* A burst that was received just before the end of an epoch is likely done
 * this long after it, so that the sweep need not wait for its thread. */
#define SWEEP_DELAY_US 100

/* How long to wait for a packet thread that holds an epoch open. */
#define RETRY_INTERVAL_US 1000

struct sweeper {
    struct monitor *monitor;
    struct latch exit_latch;
    pthread_t thread;
    struct timely timer;        /* Of the thread. */

    struct ovs_mutex mutex;     /* One thread at a time runs the clock. */
    struct unix_clock *clock;
    struct stall_watch stall_watch;
    bool jumped;

    struct seq *jump_seq;       /* Changes with 'jumped'. */
};

/* Marks all intervals that the time touches on its step from 'from_us' to
 * 'to_us'. */
static void
sweeper_mark_step(struct sweeper *sweeper, uint64_t from_us, uint64_t to_us)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    struct monitor *monitor = sweeper->monitor;

    VLOG_WARN_RL(&rl, "the wall clock was stepped by %lld ms",
                 (long long int) (to_us - from_us) / 1000);
    monitor_mark_incomplete(monitor, CAUSE_CLOCK, false);
    for (uint64_t end = monitor_next_sweep_us(monitor, from_us);
         end <= to_us; end = monitor_next_sweep_us(monitor, end)) {
        monitor_sweep(monitor, end);
        monitor_mark_incomplete(monitor, CAUSE_CLOCK, false);
    }
}

/* Looks whether the process ran since the last sweep, and lets observation
 * begin anew if it did not. */
static void
sweeper_watch(struct sweeper *sweeper, uint64_t now_us)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    uint64_t next_us = monitor_next_sweep_us(sweeper->monitor, now_us);
    long long int stalled_us
        = stall_watch_run(&sweeper->stall_watch,
                          unix_clock_to_monotonic(sweeper->clock, next_us));

    if (stalled_us && monitor_interrupt(sweeper->monitor, now_us)) {
        VLOG_INFO_RL(&rl, "stopped or without CPU for %lld ms, observation "
                     "goes on with whole intervals", stalled_us / 1000);
    }
}

bool
sweeper_run(struct sweeper *sweeper)
{
    uint64_t before_us;
    bool done;

    COVERAGE_INC(trumpet_sweep);
    ovs_mutex_lock(&sweeper->mutex);
    before_us = unix_clock_now(sweeper->clock);
    sweeper_watch(sweeper, before_us);
    switch (unix_clock_run(sweeper->clock)) {
    case CLOCK_STEADY:
        break;
    case CLOCK_STEPPED:
        sweeper_mark_step(sweeper, before_us, unix_clock_now(sweeper->clock));
        break;
    case CLOCK_JUMPED:
        sweeper->jumped = true;
        seq_change(sweeper->jump_seq);
        break;
    }
    /* What is on a clock that is no more, nobody wants to hear of. */
    done = (sweeper->jumped
            || monitor_sweep(sweeper->monitor,
                             unix_clock_now(sweeper->clock)));
    ovs_mutex_unlock(&sweeper->mutex);
    return done;
}

bool
sweeper_has_jumped(struct sweeper *sweeper)
{
    uint64_t seq = seq_read(sweeper->jump_seq);
    bool jumped;

    ovs_mutex_lock(&sweeper->mutex);
    jumped = sweeper->jumped;
    ovs_mutex_unlock(&sweeper->mutex);
    if (!jumped) {
        seq_wait(sweeper->jump_seq, seq);
    }
    return jumped;
}

static void
sweeper_wait(struct sweeper *sweeper)
{
    uint64_t next_us = monitor_next_sweep_us(sweeper->monitor,
                                             unix_clock_now(sweeper->clock));
    long long int when_us = unix_clock_to_monotonic(sweeper->clock, next_us);
    long long int now_us = time_usec();

    if (when_us <= now_us) {
        /* A packet thread is still within a burst of an epoch that ended. */
        when_us = now_us + RETRY_INTERVAL_US;
    }
    latch_wait(&sweeper->exit_latch);
    if (!unix_clock_is_warped()) {
        when_us += SWEEP_DELAY_US;
    }
    timely_wait(&sweeper->timer, when_us);
}

static void *
sweeper_main(void *sweeper_)
{
    struct sweeper *sweeper = sweeper_;

    timely_raise_priority();
    while (!latch_is_set(&sweeper->exit_latch)) {
        sweeper_run(sweeper);
        sweeper_wait(sweeper);
        poll_block();
    }
    return NULL;
}

struct sweeper *
sweeper_create(struct monitor *monitor, struct unix_clock *clock)
{
    struct sweeper *sweeper = xzalloc(sizeof *sweeper);

    sweeper->monitor = monitor;
    sweeper->clock = clock;
    timely_init(&sweeper->timer);
    stall_watch_init(&sweeper->stall_watch);
    sweeper->jump_seq = seq_create();
    ovs_mutex_init(&sweeper->mutex);
    latch_init(&sweeper->exit_latch);
    sweeper->thread = ovs_thread_create("trumpet-sweep", sweeper_main,
                                        sweeper);
    return sweeper;
}

void
sweeper_destroy(struct sweeper *sweeper)
{
    if (sweeper) {
        latch_set(&sweeper->exit_latch);
        xpthread_join(sweeper->thread, NULL);
        latch_destroy(&sweeper->exit_latch);
        ovs_mutex_destroy(&sweeper->mutex);
        seq_destroy(sweeper->jump_seq);
        timely_uninit(&sweeper->timer);
        free(sweeper);
    }
}
