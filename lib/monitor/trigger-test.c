/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/trigger-test.h"

#include <math.h>

#include "monitor/tracker.h"
#include "util.h"

/* Adds to 'sum' what 'ki' counted in 'counter', for a measure of 'kind'. */
static void
add_counter(const struct key_interval *ki, uint16_t counter,
            enum measure_kind kind, struct cell *sum)
{
    if (counter >= COUNTER_CELLS) {
        cell_merge(sum, kind, &ki->cells[counter - COUNTER_CELLS]);
    } else {
        sum->x += (counter == COUNTER_PACKETS ? ki->packets
                   : counter == COUNTER_BYTES ? ki->bytes
                   : ki->volume);
        sum->n += ki->packets;
    }
}

/* The value of measure number 'i' in 'window'. */
static double
measure_result(const struct trigger *trigger, const struct tested_key *tk,
               size_t i, uint64_t window)
{
    enum measure_kind kind = trigger->event->measures[i].kind;
    struct cell sum = { .n = 0 };

    for (uint64_t j = window + 1 - trigger->event->over;
         tk->key && j <= window; j++) {
        const struct key_interval *ki
            = counted_key_interval(trigger->space, tk->key, j);

        if (ki) {
            add_counter(ki, tk->member->counters[i], kind, &sum);
        }
    }
    return cell_result(&sum, kind);
}

/* Returns the port that all packets of the key entered by; 0: not one
 * alone. */
static uint32_t
key_port(const struct trigger *trigger, const struct tested_key *tk)
{
    const struct event *event = trigger->event;

    return (event->filter.mask.in_port ? event->filter.value.in_port
            : event->granularity.mask.in_port && tk->key
            ? tk->key->fields.in_port
            : 0);
}

/* What a counter of the key's port changed by in 'window'. */
static double
port_result(const struct trigger *trigger, const struct tested_key *tk,
            enum port_counter counter, uint64_t window)
{
    return (trigger->ports
            ? port_history_value(trigger->ports,
                                 key_port(trigger, tk), counter,
                                 window, trigger->event->over)
            : NAN);
}

struct port_changes *
trigger_get_causes(const struct trigger *trigger, const struct tested_key *tk,
                   const struct scope_map *scopes, uint64_t window)
{
    const struct port_choice choice = {
        .port = key_port(trigger, tk),
        .scope = trigger->scope,
        .scopes = scopes,
    };

    return (trigger->ports
            ? port_history_changes(trigger->ports, &choice, window,
                                   trigger->event->over)
            : NULL);
}

bool
trigger_test(const struct trigger *trigger, const struct tested_key *tk,
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
                     ? port_result(trigger, tk, measure->counter, end)
                     : !measure_kind_is_state(measure->kind)
                     ? measure_result(trigger, tk, aggregate->measure, end)
                     : tk->key
                     ? tracker_get_state(tracker, trigger, &tk->key->fields,
                                         measure->kind, end, event->over)
                     : NAN);
    }
    return predicate_evaluate(event->predicate, values);
}

struct report *
trigger_make_report(const struct trigger *trigger, const struct tested_key *tk,
                    uint64_t window, enum report_type type,
                    const double *values)
{
    struct report *report = report_create(type, trigger->name,
                                          trigger->event);

    report->interval_start_us = trigger_window_start_us(trigger, window);
    if (tk->key) {
        report->key = tk->key->fields;
        counted_key_in_window(trigger->space, tk->key, window,
                              &report->packets);
    }
    report->cookie = trigger->cookie;
    report->why = trigger_why(trigger, window);
    memcpy(report->values, values,
           trigger->event->n_aggregates * sizeof *values);
    return report;
}
