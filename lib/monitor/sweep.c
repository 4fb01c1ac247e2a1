/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <sched.h>
#include <time.h>

#include "coverage.h"
#include "monitor/cycles.h"
#include "monitor/monitor-private.h"
#include "monitor/tracker.h"
#include "util.h"

/* The sweep: closes epochs and finalizes them in order.
 *
 * An epoch is closed by raising 'open_from', and final once no packet thread
 * is in the middle of a burst of it (scatter-private.h).  A thread that was
 * preempted there delays the epoch, not the sweeper: the next sweep finalizes
 * it. */

COVERAGE_DEFINE(trumpet_sweep_delayed);

/* How long a sweep waits for bursts of a closed epoch to end: most end within
 * microseconds, for which it is not worth while to sleep; some thread may have
 * lost its CPU. */
#define PIN_YIELD_US 30
#define N_PIN_WAITS 20
#define PIN_WAIT_NS 50000

/* Keys of a trigger that has become idle are kept for a while, so that a user
 * can look at them, unless there is no room for others; and looked for once in
 * so many sweeps. */
#define KEEP_KEYS_US 10000000
#define EXPIRE_SWEEPS 128

static uint64_t
clock_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * UINT64_C(1000000) + ts.tv_nsec / 1000;
}

/* Lets no more packets into epochs below 'open_from'. */
static void
sweep_close(struct monitor *monitor, uint64_t open_from)
{
    uint64_t old;

    atomic_read_relaxed(&monitor->shared.open_from, &old);
    if (open_from > old) {
        /* seq_cst: pairs with scatter_pin(). */
        atomic_store(&monitor->shared.open_from, open_from);
    }
}

/* Returns the lowest epoch in which a packet thread may still be counting, at
 * most 'open_from'. */
static uint64_t
sweep_lowest_pinned(const struct monitor *monitor, uint64_t open_from)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t lowest = open_from;
    struct scatter *scatter;

    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        uint64_t pin;

        /* seq_cst: pairs with scatter_pin() and scatter_unpin(). */
        atomic_read(&scatter->pin, &pin);
        if (pin && pin - 1 < lowest) {
            lowest = pin - 1;
        }
    }
    return lowest;
}

/* Returns the epoch below which all can be finalized. */
static uint64_t
sweep_wait(const struct monitor *monitor, uint64_t open_from)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t start_us = clock_us();
    int n_waits = 0;

    for (;;) {
        uint64_t lowest = sweep_lowest_pinned(monitor, open_from);

        if (lowest >= open_from) {
            return open_from;
        } else if (clock_us() - start_us < PIN_YIELD_US) {
            sched_yield();
        } else if (n_waits++ < N_PIN_WAITS) {
            nanosleep(&(struct timespec) { .tv_nsec = PIN_WAIT_NS }, NULL);
        } else {
            COVERAGE_INC(trumpet_sweep_delayed);
            return lowest;
        }
    }
}

/* Notes that all triggers may lack packets of 'epoch' because of 'causes', if
 * any. */
static void
sweep_mark_triggers(struct monitor *monitor, uint64_t epoch, cause_set causes)
    OVS_REQUIRES(monitor->mutex)
{
    if (causes) {
        struct trigger *trigger;

        HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
            gather_mark(trigger, epoch * monitor->settings.epoch_us, causes);
        }
    }
}

/* Marks all triggers with what made 'epoch' incomplete. */
static void
sweep_mark_epoch(struct monitor *monitor, uint64_t epoch)
    OVS_REQUIRES(monitor->mutex)
{
    struct scatter *scatter;
    cause_set causes = 0;

    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        causes |= scatter_get_causes(scatter, epoch);
    }
    monitor->n_overruns += !!(causes & 1u << CAUSE_SWEEP_OVERRUN);
    sweep_mark_triggers(monitor, epoch, causes);
}

/* True if some thread missed packets of an epoch that is not final. */
static bool
sweep_missed_any(const struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex)
{
    struct scatter *scatter;

    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        if (scatter_missed_since(scatter, monitor->finalized)) {
            return true;
        }
    }
    return false;
}

/* Finalizes the epochs below 'epoch': all that they counted was gathered.
 * Where an epoch was missed, one by one, since a trigger can note causes only
 * for one interval at a time. */
static void
sweep_finalize(struct monitor *monitor, uint64_t epoch)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t epoch_us = monitor->settings.epoch_us;

    if (sweep_missed_any(monitor)) {
        for (uint64_t e = monitor->finalized; e < epoch; e++) {
            gather_test(&monitor->gather, e * epoch_us);
            sweep_mark_epoch(monitor, e);
        }
    }
    gather_test(&monitor->gather, epoch * epoch_us);
    monitor->finalized = epoch;
}

/* In a replay, observation begins with the interval of the first packet.  In a
 * switch, the first sweep may come late: intervals that have ended by then are
 * tested, so that what is gathered next is counted in the one that runs. */
static void
sweep_start(struct monitor *monitor, uint64_t epoch)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t epoch_us = monitor->settings.epoch_us;
    struct trigger *trigger;

    monitor->started = true;
    monitor->finalized = epoch;
    if (!monitor->settings.replay) {
        gather_test(&monitor->gather, epoch * epoch_us);
        return;
    }
    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        gather_add_trigger(&monitor->gather, trigger,
                           trigger_interval_at(trigger, epoch * epoch_us));
    }
}

/* A packet thread counted 'buffer' by an older table: triggers that are newer
 * were not observed there. */
static void
sweep_postpone_newer(struct monitor *monitor,
                     const struct epoch_buffer *buffer)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t version = buffer->plans->table->version;
    struct trigger *trigger;

    if (version == monitor->table->version || monitor->settings.replay) {
        return;
    }
    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        uint64_t next = trigger_interval_at(trigger,
                                            buffer->epoch
                                            * monitor->settings.epoch_us) + 1;

        if (trigger->version > version && trigger->first_interval < next) {
            gather_postpone_trigger(&monitor->gather, trigger, next);
        }
    }
}

/* Stores in 'monitor->closed' all unreleased buffers of the lowest epoch below
 * 'end', those of a thread in the order in which it used them.  Returns their
 * number. */
static size_t
sweep_next_buffers(struct monitor *monitor, uint64_t end)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t epoch = UINT64_MAX;
    struct scatter *scatter;
    size_t n = 0;

    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        epoch = MIN(epoch, epoch_buffers_first_epoch(&scatter->buffers));
    }
    if (epoch >= end) {
        return 0;
    }
    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        struct epoch_buffer *buffers[N_EPOCH_BUFFERS];
        size_t n_buffers = epoch_buffers_get(&scatter->buffers, epoch,
                                             buffers);

        for (size_t i = 0; i < n_buffers; i++) {
            if (n >= monitor->allocated_closed) {
                monitor->closed = x2nrealloc(monitor->closed,
                                             &monitor->allocated_closed,
                                             sizeof *monitor->closed);
            }
            monitor->closed[n++] = (struct closed_buffer) {
                scatter, buffers[i]
            };
        }
    }
    return n;
}

/* Gathers the 'n' buffers, which are of one epoch, and gives them back. */
static void
sweep_buffers(struct monitor *monitor, const struct closed_buffer *closed,
              size_t n)
    OVS_REQUIRES(monitor->mutex)
{
    struct gather *gather = &monitor->gather;
    uint64_t epoch = closed[0].buffer->epoch;
    uint64_t start_us = epoch * gather->epoch_us;

    if (!monitor->started) {
        sweep_start(monitor, epoch);
    }
    if (epoch > monitor->finalized) {
        sweep_finalize(monitor, epoch);
    }
    monitor->last_epoch = epoch;
    for (size_t i = 0; i < n; i++) {
        sweep_postpone_newer(monitor, closed[i].buffer);
        gather_buffer(gather, closed[i].scatter, closed[i].buffer);
        gather->n_tracked += closed[i].buffer->n_records;
    }
    sweep_mark_triggers(monitor, epoch,
                        tracker_run(gather->tracker, closed, n));
    gather_tracked(gather, start_us);
    for (size_t i = 0; i < n; i++) {
        scatter_forget_plans(closed[i].scatter, closed[i].buffer->plans);
        scatter_release(closed[i].scatter, closed[i].buffer);
    }
}

void
monitor_sweep_epochs(struct monitor *monitor, uint64_t end)
{
    size_t n;

    while ((n = sweep_next_buffers(monitor, end))) {
        sweep_buffers(monitor, monitor->closed, n);
    }
}

void
monitor_reap_threads(struct monitor *monitor)
{
    struct scatter *scatter;

    LIST_FOR_EACH_SAFE (scatter, node, &monitor->scatters) {
        if (scatter->retired
            && !scatter_missed_since(scatter, monitor->finalized)
            && epoch_buffers_first_epoch(&scatter->buffers) == UINT64_MAX) {
            struct ledger ledger;

            scatter_ledger(scatter, &ledger);
            ledger_add(&monitor->retired_ledger, &ledger);
            ovs_list_remove(&scatter->node);
            scatter_destroy(scatter);
        }
    }
}

/* Between epochs: gives threads what they asked for, forgets what is idle. */
static void
sweep_housekeeping(struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex)
{
    struct scatter *scatter;

    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        bool tight;

        atomic_read_relaxed(&scatter->plans_tight, &tight);
        if (tight && !scatter->retired) {
            atomic_store_relaxed(&scatter->plans_tight, false);
            ignore(scatter_set_table(scatter, monitor->table));
        }
    }
    monitor_reap_threads(monitor);
    tracker_expire(monitor->gather.tracker,
                   monitor->finalized * monitor->settings.epoch_us);

    if (monitor->n_sweeps % EXPIRE_SWEEPS == 0) {
        uint64_t now_us = monitor->finalized * monitor->settings.epoch_us;
        uint64_t keep_us = monitor->gather.keys.refused ? 0 : KEEP_KEYS_US;

        monitor->gather.keys.refused = false;
        gather_expire_keys(&monitor->gather,
                           now_us > keep_us ? now_us - keep_us : 0);
    }
}

bool
monitor_sweep(struct monitor *monitor, uint64_t now_us)
{
    uint64_t open_from = now_us / monitor->settings.epoch_us;
    uint64_t start_us = clock_us();
    uint64_t start_ns = cycles_clock_ns(CLOCK_THREAD_CPUTIME_ID);
    bool done;

    ovs_mutex_lock(&monitor->mutex);
    if (!monitor->started || open_from > monitor->finalized) {
        sweep_close(monitor, open_from);
        uint64_t end = sweep_wait(monitor, open_from);
        monitor_sweep_epochs(monitor, end);
        if (!monitor->settings.replay && !monitor->started) {
            sweep_start(monitor, end);
        }
        if (monitor->started && end > monitor->finalized) {
            sweep_finalize(monitor, end);
        }
        sweep_housekeeping(monitor);
        monitor->n_sweeps++;
        durations_add(&monitor->sweep_times, clock_us() - start_us);
        cost_meter_add_sweep(&monitor->meter, &monitor->gather,
                             (cycles_clock_ns(CLOCK_THREAD_CPUTIME_ID)
                              - start_ns));
        cost_meter_run(&monitor->meter, &monitor->scatters, now_us);
    }
    done = !monitor->started || monitor->finalized >= open_from;
    ovs_mutex_unlock(&monitor->mutex);
    return done;
}

uint64_t
monitor_next_sweep_us(const struct monitor *monitor, uint64_t now_us)
{
    uint64_t epoch_us = monitor->settings.epoch_us;

    return (now_us / epoch_us + 1) * epoch_us;
}

void
monitor_finish(struct monitor *monitor)
{
    ovs_mutex_lock(&monitor->mutex);
    monitor_sweep_epochs(monitor, UINT64_MAX);
    if (monitor->started) {
        uint64_t last = monitor->last_epoch;

        for (uint64_t epoch = monitor->finalized; epoch <= last; epoch++) {
            sweep_mark_epoch(monitor, epoch);
        }
        gather_test_begun(&monitor->gather,
                          last * monitor->settings.epoch_us);
    }
    ovs_mutex_unlock(&monitor->mutex);
}

void
monitor_mark_incomplete(struct monitor *monitor, enum cause cause,
                        bool lasting)
{
    struct trigger *trigger;

    ovs_mutex_lock(&monitor->mutex);
    if (lasting) {
        monitor->gather.lasting |= 1u << cause;
    }
    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        gather_mark(trigger, monitor->finalized * monitor->settings.epoch_us,
                    1u << cause);
    }
    ovs_mutex_unlock(&monitor->mutex);
}
