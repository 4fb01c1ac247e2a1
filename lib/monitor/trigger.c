/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/trigger.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

struct trigger *
trigger_create(const char *name, const struct event *event)
{
    struct trigger *trigger = xzalloc(sizeof *trigger);

    ovs_refcount_init(&trigger->refs);
    ovs_strlcpy(trigger->name, name, sizeof trigger->name);
    trigger->event = event_ref(event);
    ovs_list_init(&trigger->port_node);

    trigger_set_history(trigger, 0);
    return trigger;
}

void
trigger_set_history(struct trigger *trigger, unsigned history)
{
    const struct event *event = trigger->event;

    /* The running interval, the last window, and what the predicate looks
     * back from that one or from an earlier one. */
    trigger->depth = event->max_lag + event->over + MAX(history, 1);
    trigger->history = history;
    free(trigger->why);
    trigger->why = xcalloc(trigger->depth, sizeof *trigger->why);
}

struct filter
trigger_filter(const struct trigger *trigger)
{
    struct filter filter = trigger->event->filter;

    if (trigger->scope) {
        filter.mask.scope = UINT16_MAX;
        filter.value.scope = trigger->scope;
    }
    return filter;
}

struct trigger *
trigger_ref(struct trigger *trigger)
{
    ovs_refcount_ref(&trigger->refs);
    return trigger;
}

void
trigger_unref(struct trigger *trigger)
{
    if (trigger && ovs_refcount_unref(&trigger->refs) == 1) {
        free(trigger->why);
        event_unref(trigger->event);
        free(trigger);
    }
}

void
trigger_note_tested(const struct trigger *trigger,
                    struct trigger_tested *tested, uint64_t window,
                    uint64_t n_keys)
{
    if (!window || window - 1 < trigger_first_window(trigger)) {
        return;
    } else if (window > tested->window) {
        tested->window = window;
        tested->n_keys = 0;
    }
    tested->n_keys += window == tested->window ? n_keys : 0;
}

/* Order. */

static int
compare_names(const void *a_, const void *b_)
{
    const struct trigger *const *a = a_;
    const struct trigger *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

void
triggers_sort(struct trigger **triggers, size_t n)
{
    qsort(triggers, n, sizeof *triggers, compare_names);
}

/* Windows. */

void
trigger_mark(struct trigger *trigger, uint64_t interval, cause_set causes)
{
    struct trigger_why *why = &trigger->why[interval % trigger->depth];

    if (why->interval != interval + 1) {
        why->interval = interval + 1;
        why->causes = 0;
    }
    why->causes |= causes;
}

static cause_set
window_causes(const struct trigger *trigger, uint64_t window)
{
    cause_set causes = 0;

    for (uint64_t i = window + 1 - trigger->event->over; i <= window; i++) {
        const struct trigger_why *why = &trigger->why[i % trigger->depth];

        if (why->interval == i + 1) {
            causes |= why->causes;
        }
    }
    return causes;
}

cause_set
trigger_why(const struct trigger *trigger, uint64_t window)
{
    const struct event *event = trigger->event;
    cause_set causes = window_causes(trigger, window);

    for (size_t i = 0; i < event->n_aggregates; i++) {
        unsigned int lag = event->aggregates[i].lag;

        if (lag && window >= trigger_first_window(trigger) + lag) {
            causes |= window_causes(trigger, window - lag);
        }
    }
    return causes;
}
