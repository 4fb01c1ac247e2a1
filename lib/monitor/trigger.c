/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/trigger.h"

#include "monitor/contributors.h"
#include "random.h"
#include "util.h"

static size_t
interval_bytes(const struct event *event)
{
    return (sizeof(struct trigger_interval)
            + event->n_measures * sizeof(struct cell)
            + (contributors_are_wanted(event)
               ? sizeof(struct key_contributors) : 0));
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
    ovs_list_init(&trigger->resting);
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
    trigger->key_bytes = (sizeof(struct trigger_key)
                          + trigger->depth * interval_bytes(event));
    if (event->report == EVENT_REPORT_RISING || event->hold_us) {
        trigger->run_offset = trigger->key_bytes;
        trigger->key_bytes += sizeof(struct trigger_run);
    }
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
        trigger_remove_keys(trigger);
        free(trigger->why);
        hmap_destroy(&trigger->keys);
        event_unref(trigger->event);
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

struct trigger_run *
trigger_get_run(struct trigger *trigger, struct trigger_key *key)
{
    return (!trigger->run_offset ? NULL
            : trigger_has_one_key(trigger) ? &trigger->run
            : ALIGNED_CAST(struct trigger_run *,
                           (uint8_t *) key + trigger->run_offset));
}

/* True if it matters from 'interval' on when 'key' was reported last, or how
 * many reports of it were held back. */
static bool
must_rest(struct trigger *trigger, struct trigger_key *key, uint64_t interval)
{
    const struct trigger_run *run;

    if (!trigger->event->hold_us || trigger_has_one_key(trigger)) {
        return false;
    }
    run = trigger_get_run(trigger, key);
    return (run->n_held
            || (run->last_end_us
                && (run->last_end_us + trigger->event->hold_us
                    > trigger_window_end_us(trigger, interval))));
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
        if (must_rest(trigger, key, interval)) {
            ovs_list_remove(&key->age_node);
            ovs_list_push_back(&trigger->resting, &key->age_node);
        } else {
            trigger_remove_key(trigger, key);
            n++;
        }
    }
    return n;
}

size_t
trigger_expire_resting(struct trigger *trigger, uint64_t now_us, bool forget)
{
    struct trigger_key *key;
    size_t n = 0;

    LIST_FOR_EACH_SAFE (key, age_node, &trigger->resting) {
        const struct trigger_run *run = trigger_get_run(trigger, key);

        if (run->last_end_us + trigger->event->hold_us < now_us
            && (forget || !run->n_held)) {
            trigger_remove_key(trigger, key);
            n++;
        }
    }
    return n;
}

size_t
trigger_remove_keys(struct trigger *trigger)
{
    size_t n = hmap_count(&trigger->keys);
    struct trigger_key *key;

    LIST_FOR_EACH_SAFE (key, age_node, &trigger->by_age) {
        trigger_remove_key(trigger, key);
    }
    LIST_FOR_EACH_SAFE (key, age_node, &trigger->resting) {
        trigger_remove_key(trigger, key);
    }
    return n;
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

cause_set
trigger_why(const struct trigger *trigger, uint64_t window)
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

bool
trigger_key_in_window(const struct trigger *trigger,
                      const struct trigger_key *key, uint64_t window,
                      uint64_t *packets)
{
    bool active = false;

    *packets = 0;
    for (uint64_t i = window + 1 - trigger->event->over; i <= window; i++) {
        const struct trigger_interval *ti
            = trigger_key_interval(trigger, key, i);

        if (ti) {
            active = true;
            *packets += ti->packets;
        }
    }
    return active;
}

struct report *
trigger_make_report(const struct trigger *trigger,
                    const struct trigger_key *key, uint64_t window,
                    enum report_type type, const double *values)
{
    struct report *report = report_create(type, trigger->name,
                                          trigger->event);

    report->interval_start_us = trigger_window_start_us(trigger, window);
    if (key) {
        report->key = key->fields;
        trigger_key_in_window(trigger, key, window, &report->packets);
    }
    report->cookie = trigger->cookie;
    report->why = trigger_why(trigger, window);
    memcpy(report->values, values,
           trigger->event->n_aggregates * sizeof *values);
    return report;
}
