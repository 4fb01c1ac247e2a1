/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/key-group.h"

#include <stdlib.h>

#include "hash.h"
#include "monitor/contributors.h"
#include "monitor/key-space.h"
#include "util.h"

int
key_group_compare_triggers(const void *a_, const void *b_)
{
    const struct trigger *const *a = a_;
    const struct trigger *const *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* Returns the counter of 'measure', after a cell was added for it if there
 * was none. */
static uint16_t
group_get_counter(struct key_group *group, const struct measure *measure)
{
    if (measure_kind_is_asked(measure->kind)) {
        return COUNTER_NONE;
    } else if (measure_kind_is_base(measure->kind)) {
        return measure->kind;
    }
    for (size_t i = 0; i < group->n_cells; i++) {
        if (measure_equal(group->cells[i], measure)) {
            return COUNTER_CELLS + i;
        }
    }
    group->cells = xrealloc(group->cells, ((group->n_cells + 1)
                                           * sizeof *group->cells));
    group->cells[group->n_cells] = measure;
    return COUNTER_CELLS + group->n_cells++;
}

static void
member_init(struct key_group *group, struct key_member *member,
            struct trigger *trigger)
{
    const struct event *event = trigger->event;

    member->trigger = trigger_ref(trigger);
    member->counters = xcalloc(event->n_measures + 1,
                               sizeof *member->counters);
    for (size_t i = 0; i < event->n_measures; i++) {
        member->counters[i] = group_get_counter(group, &event->measures[i]);
    }
}

size_t
trigger_key_bytes(const struct trigger *trigger)
{
    const struct event *event = trigger->event;
    size_t n_cells = 0;

    for (size_t i = 0; i < event->n_measures; i++) {
        enum measure_kind kind = event->measures[i].kind;

        n_cells += (!measure_kind_is_base(kind)
                    && !measure_kind_is_asked(kind));
    }
    return (sizeof(struct counted_key)
            + trigger->depth * (sizeof(struct key_interval)
                                + n_cells * sizeof(struct cell)
                                + (contributors_are_wanted(event)
                                   ? sizeof(struct key_contributors) : 0))
            + (trigger_needs_run(trigger) ? sizeof(struct trigger_run) : 0));
}

/* Decides where everything is in a key of 'group'. */
static void
group_lay_out(struct key_group *group)
{
    size_t bytes;

    group->interval_bytes = (sizeof(struct key_interval)
                             + group->n_cells * sizeof(struct cell)
                             + (group->has_contributors
                                ? sizeof(struct key_contributors) : 0));
    bytes = (sizeof(struct counted_key)
             + group->space->depth * group->interval_bytes);
    for (size_t i = 0; i < group->n_members; i++) {
        struct key_member *member = &group->members[i];

        if (!group->space->one_key && trigger_needs_run(member->trigger)) {
            member->run_offset = bytes;
            bytes += sizeof(struct trigger_run);
            group->has_runs = true;
        }
    }
    group->key_bytes = bytes;
}

/* Stores in 'bound' what has to be counted if 'member' is to be satisfied.
 * Returns false if nothing so simple is known. */
static bool
member_get_bound(const struct key_member *member, struct key_bound *bound)
{
    const struct event *event = member->trigger->event;
    struct predicate_bound pb;
    const struct aggregate *aggregate;

    if (event->over != 1 || !predicate_get_bound(event->predicate, &pb)) {
        return false;
    }
    aggregate = &event->aggregates[pb.aggregate];
    bound->counter = member->counters[aggregate->measure];
    bound->min = pb.min;
    return (!aggregate->lag
            && measure_kind_adds_up(event->measures[aggregate->measure].kind));
}

/* Returns false if there is no room for another bound. */
static bool
group_add_bound(struct key_group *group, const struct key_bound *bound)
{
    for (size_t i = 0; i < group->n_bounds; i++) {
        if (group->bounds[i].counter == bound->counter) {
            group->bounds[i].min = MIN(group->bounds[i].min, bound->min);
            return true;
        }
    }
    if (group->n_bounds >= KEY_GROUP_BOUNDS) {
        return false;
    }
    group->bounds[group->n_bounds++] = *bound;
    return true;
}

static void
group_find_bounds(struct key_group *group)
{
    group->bounded = true;
    for (size_t i = 0; i < group->n_members && group->bounded; i++) {
        struct key_bound bound;

        group->bounded = (member_get_bound(&group->members[i], &bound)
                          && group_add_bound(group, &bound));
    }
}

static struct key_group *
group_create(struct key_space *space, struct trigger **triggers, size_t n,
             uint32_t hash)
{
    struct key_group *group = xzalloc_cacheline(sizeof *group);

    group->space = space;
    group->number = space->next_group++;
    ovs_list_init(&group->keys);
    group->members = xcalloc(n, sizeof *group->members);
    group->n_members = n;
    for (size_t i = 0; i < n; i++) {
        member_init(group, &group->members[i], triggers[i]);
    }
    group->has_contributors = contributors_are_wanted(triggers[0]->event);
    group_lay_out(group);
    group_find_bounds(group);
    hmap_insert(&space->groups, &group->node, hash);
    return group;
}

static bool
group_is(const struct key_group *group, struct trigger *const *triggers,
         size_t n)
{
    if (group->n_members != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (group->members[i].trigger != triggers[i]) {
            return false;
        }
    }
    return true;
}

struct key_group *
key_group_get(struct key_space *space, struct trigger **triggers, size_t n)
{
    struct key_group *group;
    uint32_t hash;

    qsort(triggers, n, sizeof *triggers, key_group_compare_triggers);
    hash = hash_bytes(triggers, n * sizeof *triggers, 0);
    HMAP_FOR_EACH_WITH_HASH (group, node, hash, &space->groups) {
        if (group_is(group, triggers, n)) {
            return key_group_ref(group);
        }
    }
    return key_group_ref(group_create(space, triggers, n, hash));
}

struct key_group *
key_group_ref(struct key_group *group)
{
    group->n_refs++;
    return group;
}

void
key_group_unref(struct key_group *group)
{
    struct key_space *space = group->space;

    if (--group->n_refs) {
        return;
    }
    for (size_t i = 0; i < group->n_members; i++) {
        struct key_member *member = &group->members[i];

        trigger_note_tested(member->trigger, &member->trigger->tested,
                            group->tested_window, group->n_tested);
        trigger_unref(member->trigger);
        free(member->counters);
    }
    hmap_remove(&space->groups, &group->node);
    free(group->members);
    free(group->cells);
    free_cacheline(group);
    key_space_destroy_if_unused(space);
}

const struct key_member *
key_group_find(const struct key_group *group, const struct trigger *trigger)
{
    size_t low = 0, high = group->n_members;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (group->members[mid].trigger < trigger) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return (low < group->n_members && group->members[low].trigger == trigger
            ? &group->members[low] : NULL);
}
