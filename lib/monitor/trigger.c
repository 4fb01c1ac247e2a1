/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/trigger.h"

#include "monitor/tracker.h"
#include "random.h"
#include "util.h"

static size_t
interval_bytes(const struct event *event)
{
    return (sizeof(struct trigger_interval)
            + event->n_measures * sizeof(struct cell));
}

struct trigger *
trigger_create(const char *name, const struct event *event)
{
    struct trigger *trigger = xzalloc(sizeof *trigger);

    ovs_refcount_init(&trigger->refs);
    ovs_strlcpy(trigger->name, name, sizeof trigger->name);
    trigger->event = event_ref(event);
    trigger->secret = random_uint64();
    hmap_init(&trigger->keys);
    ovs_list_init(&trigger->by_age);

    trigger_set_history(trigger, 0);
    return trigger;
}

void
trigger_set_history(struct trigger *trigger, unsigned history)
{
    const struct event *event = trigger->event;

    /* The running interval, the last complete one, and what the predicate
     * looks back from that one or from an earlier one. */
    trigger->depth = event->max_lag + MAX(history, 1) + 1;
    trigger->key_bytes = (sizeof(struct trigger_key)
                          + trigger->depth * interval_bytes(event));
    trigger->history = history;
    free(trigger->past);
    trigger->past = history ? xcalloc(history, sizeof *trigger->past) : NULL;
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

void
trigger_mark(struct trigger *trigger, uint64_t interval, cause_set causes)
{
    if (trigger->why_interval != interval) {
        if (trigger->history && trigger->why) {
            trigger->past[trigger->why_interval % trigger->history]
                = (struct past_why) { trigger->why_interval, trigger->why };
        }
        trigger->why_interval = interval;
        trigger->why = 0;
    }
    trigger->why |= causes;
}

cause_set
trigger_why(const struct trigger *trigger, uint64_t interval)
{
    if (trigger->why_interval == interval) {
        return trigger->why;
    } else if (trigger->history) {
        const struct past_why *past
            = &trigger->past[interval % trigger->history];

        return past->interval == interval ? past->why : 0;
    }
    return 0;
}

struct trigger *
trigger_ref(struct trigger *trigger)
{
    ovs_refcount_ref(&trigger->refs);
    return trigger;
}

static void
trigger_remove_key(struct trigger *trigger, struct trigger_key *key)
{
    hmap_remove(&trigger->keys, &key->node);
    ovs_list_remove(&key->age_node);
    free(key);
}

void
trigger_unref(struct trigger *trigger)
{
    if (trigger && ovs_refcount_unref(&trigger->refs) == 1) {
        struct trigger_key *key;

        LIST_FOR_EACH_SAFE (key, age_node, &trigger->by_age) {
            trigger_remove_key(trigger, key);
        }
        hmap_destroy(&trigger->keys);
        event_unref(trigger->event);
        free(trigger->past);
        free(trigger);
    }
}

struct trigger_key *
trigger_find_key(const struct trigger *trigger,
                 const struct flow_fields *fields, uint32_t hash)
{
    struct trigger_key *key;

    HMAP_FOR_EACH_WITH_HASH (key, node, hash, &trigger->keys) {
        if (flow_fields_equal(&key->fields, fields)) {
            return key;
        }
    }
    return NULL;
}

struct trigger_key *
trigger_add_key(struct trigger *trigger, const struct flow_fields *fields,
                uint32_t hash)
{
    struct trigger_key *key = xzalloc(trigger->key_bytes);

    key->fields = *fields;
    hmap_insert(&trigger->keys, &key->node, hash);
    ovs_list_push_back(&trigger->by_age, &key->age_node);
    return key;
}

static struct trigger_interval *
ring_at(const struct trigger *trigger, const struct trigger_key *key,
        uint64_t interval)
{
    uint8_t *ring = CONST_CAST(uint8_t *, (const uint8_t *) key->ring);

    return ALIGNED_CAST(struct trigger_interval *,
                        ring + (interval % trigger->depth
                                * interval_bytes(trigger->event)));
}

const struct trigger_interval *
trigger_key_interval(const struct trigger *trigger,
                     const struct trigger_key *key, uint64_t interval)
{
    const struct trigger_interval *ti = ring_at(trigger, key, interval);

    return ti->interval == interval + 1 ? ti : NULL;
}

struct trigger_interval *
trigger_key_activate(struct trigger *trigger, struct trigger_key *key,
                     uint64_t interval)
{
    struct trigger_interval *ti = ring_at(trigger, key, interval);

    if (ti->interval != interval + 1) {
        memset(ti, 0, interval_bytes(trigger->event));
        ti->interval = interval + 1;
        key->last_interval = interval;
        ovs_list_remove(&key->age_node);
        ovs_list_push_back(&trigger->by_age, &key->age_node);
    }
    return ti;
}

size_t
trigger_expire_keys(struct trigger *trigger, uint64_t interval)
{
    struct trigger_key *key;
    size_t n = 0;

    LIST_FOR_EACH_SAFE (key, age_node, &trigger->by_age) {
        if (key->last_interval + trigger->depth > interval) {
            break;
        }
        trigger_remove_key(trigger, key);
        n++;
    }
    return n;
}

/* The value of 'measure' in 'interval', of a key that counted 'ti' there. */
static double
measure_result(const struct measure *measure,
               const struct trigger_interval *ti, size_t i)
{
    static const struct cell empty;

    return cell_result(ti ? &ti->cells[i] : &empty, measure->kind);
}

bool
trigger_test(const struct trigger *trigger, const struct trigger_key *key,
             const struct tracker *tracker, uint64_t interval, double *values)
{
    const struct event *event = trigger->event;

    for (size_t i = 0; i < event->n_aggregates; i++) {
        const struct aggregate *aggregate = &event->aggregates[i];
        const struct measure *measure = &event->measures[aggregate->measure];
        uint64_t lag = aggregate->lag;

        if (interval < trigger->first_interval + lag) {
            values[i] = NAN;
            continue;
        }
        if (measure_kind_is_state(measure->kind)) {
            values[i] = (key ? tracker_get_state(tracker, trigger,
                                                 &key->fields, measure->kind,
                                                 interval - lag, 1)
                         : NAN);
            continue;
        }
        const struct trigger_interval *ti
            = key ? trigger_key_interval(trigger, key, interval - lag) : NULL;
        values[i] = measure_result(measure, ti, aggregate->measure);
    }
    return predicate_evaluate(event->predicate, values);
}
