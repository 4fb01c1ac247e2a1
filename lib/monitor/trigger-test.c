/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/trigger-test.h"

#include <math.h>

#include "monitor/tracker.h"
#include "util.h"

/* The value of measure number 'i' in 'window', of 'key' or of a key without
 * packets. */
static double
measure_result(const struct trigger *trigger, const struct trigger_key *key,
               size_t i, uint64_t window)
{
    enum measure_kind kind = trigger->event->measures[i].kind;
    unsigned over = trigger->event->over;
    const struct trigger_interval *ti;
    struct cell sum = { .n = 0 };

    if (!key) {
        return cell_result(&sum, kind);
    } else if (over == 1) {
        ti = trigger_key_interval(trigger, key, window);
        return cell_result(ti ? &ti->cells[i] : &sum, kind);
    }
    for (uint64_t j = window + 1 - over; j <= window; j++) {
        ti = trigger_key_interval(trigger, key, j);
        if (ti) {
            cell_merge(&sum, kind, &ti->cells[i]);
        }
    }
    return cell_result(&sum, kind);
}

/* What a counter of the port of 'key' changed by in 'window'. */
static double
port_result(const struct trigger *trigger, const struct trigger_key *key,
            enum port_counter counter, uint64_t window)
{
    return (trigger->ports
            ? port_history_value(trigger->ports,
                                 trigger_key_port(trigger, key), counter,
                                 window, trigger->event->over)
            : NAN);
}

struct port_changes *
trigger_get_causes(const struct trigger *trigger,
                   const struct trigger_key *key,
                   const struct scope_map *scopes, uint64_t window)
{
    const struct port_choice choice = {
        .port = trigger_key_port(trigger, key),
        .scope = trigger->scope,
        .scopes = scopes,
    };

    return (trigger->ports
            ? port_history_changes(trigger->ports, &choice, window,
                                   trigger->event->over)
            : NULL);
}

bool
trigger_test(const struct trigger *trigger, const struct trigger_key *key,
             const struct tracker *tracker, uint64_t window, double *values)
{
    const struct event *event = trigger->event;

    for (size_t i = 0; i < event->n_aggregates; i++) {
        const struct aggregate *aggregate = &event->aggregates[i];
        const struct measure *measure = &event->measures[aggregate->measure];
        uint64_t end = window - aggregate->lag;

        values[i] = (window < trigger_first_window(trigger) + aggregate->lag
                     ? NAN
                     : measure->kind == MEASURE_PORT
                     ? port_result(trigger, key, measure->counter, end)
                     : !measure_kind_is_state(measure->kind)
                     ? measure_result(trigger, key, aggregate->measure, end)
                     : key
                     ? tracker_get_state(tracker, trigger, &key->fields,
                                         measure->kind, end, event->over)
                     : NAN);
    }
    return predicate_evaluate(event->predicate, values);
}
