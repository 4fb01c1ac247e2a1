/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/key-space.h"

#include "monitor/counted-key.h"
#include "random.h"
#include "util.h"

/* How many keys ahead one is prefetched. */
#define KEYS_AHEAD 8

/* What key spaces are there, and what they have to do with time.  How flows
 * find their keys is in key-split.c. */

void
key_budget_init(struct key_budget *budget, uint64_t max)
{
    budget->n = 0;
    budget->max = max;
    budget->refused = false;
    budget->n_refused = 0;
    key_pool_init(&budget->pool);
}

void
key_budget_uninit(struct key_budget *budget)
{
    ovs_assert(!budget->n);
    key_pool_uninit(&budget->pool);
}

/* True if a space of 'event' may be shared. */
static bool
may_share(const struct event *event)
{
    return event->granularity.is_flow;
}

/* True if triggers of 'a' and 'b' may share a space.  Where what is counted
 * comes from different places, from packet threads, from the tracker, which
 * also hears of the reverse direction, or from ports, it would soon have to be
 * split. */
static bool
events_share(const struct event *a, const struct event *b)
{
    return (a->interval_us == b->interval_us
            && a->over == b->over
            && granularity_equal(&a->granularity, &b->granularity)
            && event_layer(a) == event_layer(b)
            && event_hears_reverse(a) == event_hears_reverse(b)
            && !a->counters == !b->counters);
}

/* Returns the space where 'trigger' belongs, or null.  Those that are not
 * shared come last in 'spaces'. */
static struct key_space *
find_space(const struct ovs_list *spaces, const struct trigger *trigger)
{
    struct key_space *space;

    LIST_FOR_EACH (space, node, spaces) {
        if (!may_share(space->event) || !may_share(trigger->event)) {
            break;
        } else if (space->depth == trigger->depth && space->n_triggers
                   && events_share(space->event, trigger->event)) {
            return space;
        }
    }
    return NULL;
}

static struct key_space *
space_create(struct ovs_list *spaces, struct key_budget *budget,
             const struct trigger *trigger)
{
    struct key_space *space = xzalloc(sizeof *space);

    space->budget = budget;
    hmap_init(&space->groups);
    space->event = event_ref(trigger->event);
    space->granularity = &space->event->granularity;
    space->interval_us = space->event->interval_us;
    space->over = space->event->over;
    space->depth = trigger->depth;
    space->one_key = trigger_has_one_key(trigger);
    key_table_init(&space->keys);
    space->secret = random_uint64();
    space->active = xcalloc(space->depth + 1, sizeof *space->active);
    ovs_list_init(&space->resting);
    if (may_share(space->event)) {
        ovs_list_push_front(spaces, &space->node);
    } else {
        ovs_list_push_back(spaces, &space->node);
    }
    return space;
}

void
key_space_join(struct ovs_list *spaces, struct key_budget *budget,
               struct trigger *trigger)
{
    struct key_space *space = find_space(spaces, trigger);

    if (!space) {
        space = space_create(spaces, budget, trigger);
    }
    if (!may_share(trigger->event)) {
        space->only = trigger;
    }
    space->n_triggers++;
    trigger->space = space;
}

/* Returns the keys of the earliest interval that had any, or null.  A key
 * stands there for each interval in which it was active, and is gone after
 * the last one. */
static struct active_keys *
earliest_active(const struct key_space *space)
{
    struct active_keys *earliest = NULL;

    for (unsigned i = 0; i <= space->depth; i++) {
        struct active_keys *active = &space->active[i];

        if (active->interval
            && (!earliest || active->interval < earliest->interval)) {
            earliest = active;
        }
    }
    return earliest;
}

/* Removes all keys. */
static void
space_clear(struct key_space *space)
{
    struct active_keys *active;
    struct counted_key *key;

    while ((active = earliest_active(space))) {
        for (size_t j = 0; j < active->n; j++) {
            if (active->keys[j]->last_interval + 1 == active->interval) {
                counted_key_destroy(space, active->keys[j]);
            }
        }
        active->n = 0;
        active->interval = 0;
    }
    LIST_FOR_EACH_SAFE (key, rest_node, &space->resting) {
        counted_key_destroy(space, key);
    }
}

void
key_space_leave(struct trigger *trigger)
{
    struct key_space *space = trigger->space;

    trigger->space = NULL;
    space->n_runs -= trigger->n_runs;
    space->budget->n -= trigger->n_keys;
    trigger->n_keys = 0;
    if (space->n_triggers == 1) {
        space_clear(space);
    }
    space->n_triggers--;
    key_space_destroy_if_unused(space);
}

void
key_space_destroy_if_unused(struct key_space *space)
{
    if (space->n_triggers || !hmap_is_empty(&space->groups)) {
        return;
    }
    for (unsigned i = 0; i <= space->depth; i++) {
        free(space->active[i].keys);
    }
    free(space->active);
    free(space->found);
    hmap_destroy(&space->groups);
    key_table_uninit(&space->keys);
    ovs_list_remove(&space->node);
    event_unref(space->event);
    free(space);
}

/* Activity. */

/* True if it matters from 'interval' on when 'key' was reported last, or how
 * many reports of it were held back. */
static bool
is_in_hold_off(const struct counted_key *key, uint64_t interval)
{
    for (size_t i = 0; i < key->group->n_members; i++) {
        const struct key_member *member = &key->group->members[i];
        const struct trigger *trigger = member->trigger;
        const struct trigger_run *run;

        if (trigger->removed || !trigger->event->hold_us
            || !member->run_offset) {
            continue;
        }
        run = counted_key_run(key, member);
        if (run->n_held
            || (run->last_end_us
                && (run->last_end_us + trigger->event->hold_us
                    > trigger_window_end_us(trigger, interval)))) {
            return true;
        }
    }
    return false;
}

/* Finds out for all triggers when they last had an active key. */
static void
find_newest(struct key_space *space)
{
    const struct key_group *group;

    if (space->found_newest == space->newest) {
        return;
    }
    space->found_newest = space->newest;
    HMAP_FOR_EACH (group, node, &space->groups) {
        for (size_t i = 0; i < group->n_members; i++) {
            struct trigger *trigger = group->members[i].trigger;

            trigger->newest = MAX(trigger->newest, group->newest);
        }
    }
}

/* True if one of the triggers of 'key' had no other key since. */
static bool
is_among_last(struct key_space *space, const struct counted_key *key)
{
    if (key->group->newest > key->last_interval + 1) {
        return false;
    }
    find_newest(space);
    for (size_t i = 0; i < key->group->n_members; i++) {
        const struct trigger *trigger = key->group->members[i].trigger;

        if (!trigger->removed && trigger->newest == key->last_interval + 1) {
            return true;
        }
    }
    return false;
}

/* Prefetches the keys behind number 'i' of 'active', and then what they stand
 * in. */
static void
prefetch_ahead(const struct key_space *space, const struct active_keys *active,
               size_t i)
{
    if (i + 2 * KEYS_AHEAD < active->n) {
        const char *line = (const char *) active->keys[i + 2 * KEYS_AHEAD];

        OVS_PREFETCH_WRITE(line);
        OVS_PREFETCH_WRITE(line + CACHE_LINE_SIZE);
    }
    if (i + KEYS_AHEAD < active->n) {
        key_space_prefetch_slot(space, active->keys[i + KEYS_AHEAD]->hash);
    }
}

/* Forgets who was active in the interval of 'active'. */
static void
expire_active(struct key_space *space, struct active_keys *active,
              uint64_t interval)
{
    for (size_t i = 0; i < active->n; i++) {
        struct counted_key *key = active->keys[i];

        prefetch_ahead(space, active, i);
        if (key->last_interval + 1 != active->interval) {
            continue;
        }
        if (key->group
            && (is_among_last(space, key)
                || is_in_hold_off(key, interval))) {
            ovs_list_push_back(&space->resting, &key->rest_node);
        } else {
            counted_key_destroy(space, key);
        }
    }
    active->n = 0;
    active->interval = 0;
}

void
counted_key_enlist(struct key_space *space, struct counted_key *key)
{
    struct active_keys *active
        = &space->active[key->last_interval % (space->depth + 1)];

    /* What stood there was forgotten when the running interval began. */
    ovs_assert(!active->interval
               || active->interval == key->last_interval + 1);
    active->interval = key->last_interval + 1;
    if (active->n >= active->allocated) {
        active->keys = x2nrealloc(active->keys, &active->allocated,
                                  sizeof *active->keys);
    }
    active->keys[active->n++] = key;
}

void
counted_key_activate__(struct key_space *space, struct counted_key *key)
{
    struct key_interval *ki = counted_key_slot(key, space->slot);

    memset(ki, 0, key->group->interval_bytes);
    ki->interval = space->next_interval + 1;
    key->last_interval = space->next_interval;
    ovs_list_remove(&key->rest_node);
    ovs_list_init(&key->rest_node);
    counted_key_enlist(space, key);
    space->newest = space->next_interval;
    key->group->newest = space->next_interval + 1;
}

void
key_space_expire(struct key_space *space, uint64_t interval)
{
    struct active_keys *active;

    while ((active = earliest_active(space))
           && active->interval - 1 + space->depth <= interval) {
        expire_active(space, active, interval);
    }
}

void
key_space_set_interval(struct key_space *space, uint64_t interval)
{
    space->next_interval = interval;
    space->slot = interval % space->depth;
    if (interval) {
        key_space_expire(space, interval - 1);
    }
}

/* True if nobody needs 'key', which rests, any more. */
static bool
may_go(struct key_space *space, const struct counted_key *key,
       uint64_t now_us, bool forget)
{
    uint64_t interval = key_space_interval_at(space, now_us);

    if (key->last_interval + space->depth > interval
        && is_among_last(space, key)) {
        return false;
    }
    for (size_t i = 0; i < key->group->n_members; i++) {
        const struct key_member *member = &key->group->members[i];
        const struct trigger *trigger = member->trigger;
        const struct trigger_run *run;

        if (trigger->removed || !member->run_offset) {
            continue;
        }
        run = counted_key_run(key, member);
        if (run->last_end_us + trigger->event->hold_us >= now_us
            || (run->n_held && !forget)) {
            return false;
        }
    }
    return true;
}

void
key_space_expire_idle(struct key_space *space, uint64_t now_us, bool forget)
{
    struct counted_key *key;

    key_space_expire(space, key_space_interval_at(space, now_us));
    LIST_FOR_EACH_SAFE (key, rest_node, &space->resting) {
        if (may_go(space, key, now_us, forget)) {
            counted_key_destroy(space, key);
        }
    }
}

/* The past. */

const struct key_interval *
counted_key_interval(const struct key_space *space,
                     const struct counted_key *key, uint64_t interval)
{
    const struct key_interval *ki
        = counted_key_slot(key, interval % space->depth);

    return ki->interval == interval + 1 ? ki : NULL;
}

bool
counted_key_in_window(const struct key_space *space,
                      const struct counted_key *key, uint64_t window,
                      uint64_t *packets)
{
    bool active = false;

    *packets = 0;
    for (uint64_t i = window + 1 - space->over; i <= window; i++) {
        const struct key_interval *ki = counted_key_interval(space, key, i);

        if (ki) {
            active = true;
            *packets += ki->packets;
        }
    }
    return active;
}

struct counted_key *
key_space_find_key(const struct trigger *trigger,
                   const struct flow_fields *fields)
{
    const struct key_space *space = trigger->space;
    uint32_t hash = key_space_hash(space, fields);
    const struct key_slot *slot;

    KEY_TABLE_FOR_EACH_NEAR (slot, hash, &space->keys) {
        if (slot->hash == hash
            && flow_fields_equal(&slot->key->fields, fields)
            && key_group_find(slot->key->group, trigger)) {
            return slot->key;
        }
    }
    return NULL;
}

size_t
key_space_list_keys(const struct trigger *trigger,
                    struct counted_key ***keysp)
{
    const struct key_space *space = trigger->space;
    struct counted_key **keys = xcalloc(trigger->n_keys + 1, sizeof *keys);
    const struct key_group *group;
    size_t n = 0;

    HMAP_FOR_EACH (group, node, &space->groups) {
        if (key_group_find(group, trigger)) {
            struct counted_key *key;

            LIST_FOR_EACH (key, group_node, &group->keys) {
                keys[n++] = key;
            }
        }
    }
    ovs_assert(n == trigger->n_keys);
    *keysp = keys;
    return n;
}

size_t
key_space_list_triggers(const struct key_space *space,
                        struct trigger ***triggersp)
{
    struct trigger **triggers = NULL;
    const struct key_group *group;
    size_t n = 0, allocated = 0, n_distinct = 0;

    HMAP_FOR_EACH (group, node, &space->groups) {
        for (size_t i = 0; i < group->n_members; i++) {
            if (n >= allocated) {
                triggers = x2nrealloc(triggers, &allocated, sizeof *triggers);
            }
            triggers[n++] = group->members[i].trigger;
        }
    }
    if (n) {
        qsort(triggers, n, sizeof *triggers, key_group_compare_triggers);
    }
    for (size_t i = 0; i < n; i++) {
        if (!i || triggers[i] != triggers[i - 1]) {
            triggers[n_distinct++] = triggers[i];
        }
    }
    *triggersp = triggers;
    return n_distinct;
}
