/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "coverage.h"
#include "monitor/monitor-private.h"
#include "util.h"

/* A process that is stopped, or has no CPU, receives nothing.  What it says
 * about that time would be wrong: there was silence, then a burst of all that
 * had waited in queues, and next to either of them everything is a surge.
 *
 * So what had begun before is tested with what there is, and marked; then
 * each trigger begins anew, as if it had been added after the interruption.
 * Only an interval that is so long that it goes on is kept, and marked. */

COVERAGE_DEFINE(trumpet_interrupted);

/* Lets 'trigger' begin with the first interval that begins at or after
 * 'until_us', unless the interval that was running at 'from_us' still is. */
static void
interrupt_trigger(struct gather *gather, struct trigger *trigger,
                  uint64_t from_us, uint64_t until_us)
{
    uint64_t first = trigger_interval_at(trigger, until_us - 1) + 1;

    if (trigger->first_interval >= first
        || trigger_interval_at(trigger, from_us) + 1 == first) {
        return;
    }
    if (trigger->n_runs) {
        trigger_mark(trigger, trigger->space->next_interval,
                     1u << CAUSE_STALLED);
        gather_end_runs(gather, trigger);
    }
    gather_clear_due(trigger->space);
    gather_postpone_trigger(gather, trigger, first);
    if (trigger_has_one_key(trigger)) {
        gather_begin_interval(gather, trigger->space,
                              first * trigger->event->interval_us);
    }
}

/* Whoever was stopped for long did not receive packets for as long as this
 * just before it went on. */
#define QUIET_US (100 * 1000)

/* True if 'scatter' received packets that a trigger might match in 'epoch'. */
static bool
scatter_ran(const struct scatter *scatter, uint64_t epoch)
{
    return (epoch_buffers_have(&scatter->buffers, epoch)
            || scatter_get_causes(scatter, epoch));
}

/* True if packet threads received packets shortly before 'running', the epoch
 * in which the sweeper goes on: then only the sweeper was late, and what they
 * had no room for is known.
 *
 * What they received long before says nothing, since the sweeper may have been
 * late when all were stopped, nor what they received in the epoch before
 * 'running', since they may have gone on earlier than the sweeper. */
static bool
packet_threads_ran(const struct monitor *monitor, uint64_t running)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t first = MAX(monitor->finalized + 2,
                         running - QUIET_US / monitor->settings.epoch_us);
    struct scatter *scatter;

    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        for (uint64_t epoch = first; epoch + 1 < running; epoch++) {
            if (scatter_ran(scatter, epoch)) {
                return true;
            }
        }
    }
    return false;
}

bool
monitor_interrupt(struct monitor *monitor, uint64_t now_us)
{
    uint64_t epoch_us = monitor->settings.epoch_us;
    uint64_t running = now_us / epoch_us;
    struct trigger *trigger;
    uint64_t from_us;
    bool interrupted;

    ovs_mutex_lock(&monitor->mutex);
    from_us = monitor->finalized * epoch_us;
    interrupted = (monitor->started && monitor->finalized < running
                   && !packet_threads_ran(monitor, running));
    ovs_mutex_unlock(&monitor->mutex);
    if (!interrupted) {
        return false;
    }
    monitor_mark_incomplete(monitor, CAUSE_STALLED, false);

    /* Gathers what was counted before, and tests what ended there. */
    COVERAGE_INC(trumpet_interrupted);
    monitor_sweep(monitor, from_us + epoch_us);

    ovs_mutex_lock(&monitor->mutex);
    gather_test_begun_until(&monitor->gather, from_us, running * epoch_us);
    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        if (!trigger->pending) {
            interrupt_trigger(&monitor->gather, trigger, from_us,
                              (running + 1) * epoch_us);
        }
    }
    ovs_mutex_unlock(&monitor->mutex);
    return true;
}
