/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/state-history.h"

#include "util.h"

/* What 'state' is at the end of 'interval' if no packet comes until then. */
static struct filed_state
file_state(const struct trigger *trigger, const struct flow_state *state,
           uint64_t life_ns, uint64_t interval)
{
    uint64_t end_ns = (interval + 1) * trigger->event->interval_us * 1000;

    return (struct filed_state) {
        .interval = interval + 1,
        .state = *state,
        .alive = (end_ns <= state->tcp.last_ns
                  || end_ns - state->tcp.last_ns <= life_ns),
    };
}

/* Files 'state' under the intervals from 'first' up to the running one. */
static void
state_history_file(struct state_history *history,
                   const struct flow_state *state, uint64_t life_ns,
                   uint64_t first)
{
    uint64_t running = history->interval;

    if (running > history->depth) {
        first = MAX(first, running - history->depth);
    }
    for (uint64_t i = first; i < running; i++) {
        history->ring[i % history->depth] = file_state(history->trigger,
                                                       state, life_ns, i);
    }
}

void
state_history_init(struct state_history *history, struct trigger *trigger,
                   const struct flow_state *state, uint64_t life_ns,
                   uint64_t interval)
{
    history->trigger = trigger_ref(trigger);
    history->superseded = 0;
    history->interval = interval;
    history->depth = trigger->depth + 1;
    history->ring = xcalloc(history->depth, sizeof *history->ring);
    state_history_file(history, state, life_ns, 0);
}

void
state_history_uninit(struct state_history *history)
{
    trigger_unref(history->trigger);
    free(history->ring);
}

void
state_history_advance(struct state_history *history,
                      const struct flow_state *state, uint64_t life_ns,
                      uint64_t interval)
{
    if (interval > history->interval) {
        uint64_t first = history->interval;

        history->interval = interval;
        state_history_file(history, state, life_ns, first);
    }
}

bool
state_history_get(const struct state_history *history,
                  const struct flow_state *now, uint64_t life_ns,
                  uint64_t interval, struct filed_state *filed)
{
    if (interval >= history->interval) {
        *filed = file_state(history->trigger, now, life_ns, interval);
        return true;
    }
    *filed = history->ring[interval % history->depth];
    return filed->interval == interval + 1;
}
