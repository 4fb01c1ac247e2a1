/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/counted-key.h"

#include "coverage.h"
#include "monitor/contributors.h"
#include "util.h"

/* How flows find their keys, and how keys are split and joined so that the
 * triggers of each have counted the same.
 *
 *     flow matches   counted keys of its fields    become
 *     a b c          abc                           abc
 *     a b c          none                          abc
 *     a b            abc                           ab (counts), c
 *     a b c          ab                            ab, c (empty until now)
 *     a b c          ab, c, equal by now           abc
 *
 * A key that is replaced stays on the list of the interval in which it was
 * active last, without a group, until that one is forgotten.
 *
 * Without memory a key is not made, and one that would have to be split stays
 * whole and does not count the flow: for the triggers that this concerns the
 * interval is incomplete. */

COVERAGE_DEFINE(trumpet_keys_full);
COVERAGE_DEFINE(trumpet_key_split);
COVERAGE_DEFINE(trumpet_key_join);

/* Takes over the reference to 'group'.  Returns null if there is no memory. */
static struct counted_key *
key_create(struct key_space *space, struct key_group *group,
           const struct flow_fields *fields, uint32_t hash)
{
    struct counted_key *key = key_pool_alloc(&space->budget->pool,
                                             group->key_bytes);

    if (!key) {
        key_group_unref(group);
        return NULL;
    }
    key->group = group;
    key->bytes = group->key_bytes;
    key->fields = *fields;
    ovs_list_init(&key->rest_node);
    ovs_list_push_back(&group->keys, &key->group_node);
    key->hash = hash;
    key_table_insert(&space->keys, key, hash, group->number);
    for (size_t i = 0; i < group->n_members; i++) {
        group->members[i].trigger->n_keys++;
    }
    space->budget->n += group->n_members;
    return key;
}

/* Makes 'key' nobody's. */
static void
key_detach(struct key_space *space, struct counted_key *key)
{
    struct key_group *group = key->group;

    key_table_remove(&space->keys, key, key->hash);
    ovs_list_remove(&key->group_node);
    for (size_t i = 0; i < group->n_members; i++) {
        struct trigger *trigger = group->members[i].trigger;

        if (!trigger->removed) {
            trigger->n_keys--;
            space->budget->n--;
        }
    }
    key->group = NULL;
    key_group_unref(group);
}

void
counted_key_destroy(struct key_space *space, struct counted_key *key)
{
    if (key->group) {
        key_detach(space, key);
    }
    ovs_list_remove(&key->rest_node);
    key_pool_free(&space->budget->pool, key, key->bytes);
}

/* Removes 'key', which others replace. */
static void
key_retire(struct key_space *space, struct counted_key *key)
{
    if (ovs_list_is_empty(&key->rest_node)) {
        key_detach(space, key);
    } else {
        counted_key_destroy(space, key);
    }
}

/* Copies what 'src' has counted for 'from' to 'dst', where that trigger is
 * 'to'. */
static void
copy_member(const struct key_space *space, struct counted_key *dst,
            const struct key_member *to, const struct counted_key *src,
            const struct key_member *from)
{
    const struct event *event = to->trigger->event;

    for (unsigned slot = 0; slot < space->depth; slot++) {
        struct key_interval *d = counted_key_slot(dst, slot);
        const struct key_interval *s = counted_key_slot(src, slot);

        memcpy(d, s, sizeof *d);
        for (size_t i = 0; i < event->n_measures; i++) {
            uint16_t counter = to->counters[i];

            if (counter != COUNTER_NONE && counter >= COUNTER_CELLS) {
                d->cells[counter - COUNTER_CELLS]
                    = s->cells[from->counters[i] - COUNTER_CELLS];
            }
        }
    }
    if (to->run_offset) {
        *counted_key_run(dst, to) = *counted_key_run(src, from);
    }
}

/* Returns a counted key for the 'n' triggers of 'sources', which is there
 * beside them until it succeeds them and they are retired, or it is
 * destroyed.  Returns null if there is no memory. */
static struct counted_key *
key_derive(struct key_space *space, struct counted_key *const *sources,
           size_t n_sources, struct trigger **triggers, size_t n)
{
    struct key_group *group = key_group_get(space, triggers, n);
    struct counted_key *key = key_create(space, group, &sources[0]->fields,
                                         sources[0]->hash);

    if (!key) {
        return NULL;
    }
    key->last_interval = sources[0]->last_interval;
    for (size_t i = 0; i < group->n_members; i++) {
        const struct key_member *to = &group->members[i];

        for (size_t j = 0; j < n_sources; j++) {
            const struct key_member *from
                = key_group_find(sources[j]->group, to->trigger);

            if (from) {
                copy_member(space, key, to, sources[j], from);
                break;
            }
        }
    }
    return key;
}

/* Puts 'successor' on a list like that of 'origin', from which it was
 * derived. */
static void
key_succeed(struct key_space *space, struct counted_key *successor,
            const struct counted_key *origin)
{
    if (!ovs_list_is_empty(&origin->rest_node)) {
        ovs_list_push_back(&space->resting, &successor->rest_node);
    } else {
        counted_key_enlist(space, successor);
    }
}

/* Moves the members of 'group' which are in 'other', too, to the front of
 * 'triggers' and those that are not, and are not removed, behind them. */
static size_t
divide_members(const struct key_group *group, const struct key_group *other,
               struct trigger **triggers, size_t *n_rest)
{
    size_t n = 0;

    for (size_t i = 0; i < group->n_members; i++) {
        struct trigger *trigger = group->members[i].trigger;

        if (!trigger->removed && key_group_find(other, trigger)) {
            triggers[n++] = trigger;
        }
    }
    *n_rest = 0;
    for (size_t i = 0; i < group->n_members; i++) {
        struct trigger *trigger = group->members[i].trigger;

        if (!trigger->removed && !key_group_find(other, trigger)) {
            triggers[n + (*n_rest)++] = trigger;
        }
    }
    return n;
}

/* Says of the 'n' 'triggers' that a key of theirs does not count. */
static void
mark_keys_full(const struct key_space *space, struct trigger **triggers,
               size_t n)
{
    space->budget->refused = true;
    space->budget->n_refused += n;
    for (size_t i = 0; i < n; i++) {
        COVERAGE_INC(trumpet_keys_full);
        trigger_mark(triggers[i], space->next_interval,
                     1u << CAUSE_KEYS_FULL);
    }
}

/* Replaces 'key' by a key for the first 'n' of 'triggers', which is returned,
 * and one for the 'n_rest' behind them.  Returns null, and leaves 'key' as it
 * is, if there is no memory. */
static struct counted_key *
key_divide(struct key_space *space, struct counted_key *key,
           struct trigger **triggers, size_t n, size_t n_rest)
{
    struct counted_key *part = key_derive(space, &key, 1, triggers, n);
    struct counted_key *rest = NULL;

    if (part && n_rest) {
        rest = key_derive(space, &key, 1, triggers + n, n_rest);
        if (!rest) {
            counted_key_destroy(space, part);
            part = NULL;
        }
    }
    if (!part) {
        return NULL;
    }
    COVERAGE_INC(trumpet_key_split);
    if (rest) {
        key_succeed(space, rest, key);
    }
    key_succeed(space, part, key);
    key_retire(space, key);
    return part;
}

/* Returns the part of 'key' that 'group' has, after 'key' was split if it has
 * more; null for none.  Sets '*refused' if the part stays in 'key', and must
 * not count, because there is no memory. */
static struct counted_key *
key_split(struct key_space *space, struct counted_key *key,
          const struct key_group *group, bool *refused)
{
    size_t n_members = key->group->n_members, n, n_rest;
    struct trigger **triggers = xcalloc(n_members, sizeof *triggers);
    struct counted_key *part = NULL;

    *refused = false;
    n = divide_members(key->group, group, triggers, &n_rest);
    if (n == n_members) {
        part = key;
    } else if (n) {
        part = key_divide(space, key, triggers, n, n_rest);
        if (!part) {
            mark_keys_full(space, triggers, n);
            *refused = true;
        }
    }
    free(triggers);
    return part;
}

static bool
cell_is_same(const struct cell *a, const struct cell *b)
{
    uint64_t x, y;

    /* To the bit: a negative 0 is shown as one. */
    memcpy(&x, &a->x, sizeof x);
    memcpy(&y, &b->x, sizeof y);
    return a->n == b->n && x == y;
}

/* True if 'a' and 'b' have counted the same, as far as both know. */
static bool
keys_are_equal(const struct key_space *space, const struct counted_key *a,
               const struct counted_key *b)
{
    if (a->last_interval != b->last_interval) {
        return false;
    }
    for (unsigned slot = 0; slot < space->depth; slot++) {
        const struct key_interval *x = counted_key_slot(a, slot);
        const struct key_interval *y = counted_key_slot(b, slot);

        if (x->interval != y->interval || x->packets != y->packets
            || x->bytes != y->bytes || x->volume != y->volume) {
            return false;
        }
        for (size_t i = 0; i < a->group->n_cells; i++) {
            for (size_t j = 0; j < b->group->n_cells; j++) {
                if (measure_equal(a->group->cells[i], b->group->cells[j])
                    && !cell_is_same(&x->cells[i], &y->cells[j])) {
                    return false;
                }
            }
        }
    }
    return true;
}

/* Replaces the 'n' keys in space->found, which together have the triggers of
 * 'group', by one, if they have counted the same.  Returns how many there are
 * now. */
static size_t
join_found(struct key_space *space, const struct key_group *group, size_t n)
{
    struct trigger **triggers;
    struct counted_key *key;

    if (space->found[0]->last_interval == space->next_interval) {
        return n;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!keys_are_equal(space, space->found[j], space->found[i])) {
                return n;
            }
        }
    }

    triggers = xcalloc(group->n_members, sizeof *triggers);
    for (size_t i = 0; i < group->n_members; i++) {
        triggers[i] = group->members[i].trigger;
    }
    key = key_derive(space, space->found, n, triggers, group->n_members);
    free(triggers);
    if (!key) {
        return n;
    }
    COVERAGE_INC(trumpet_key_join);
    key_succeed(space, key, space->found[0]);
    for (size_t i = 0; i < n; i++) {
        key_retire(space, space->found[i]);
    }
    space->found[0] = key;
    return 1;
}

/* Adds a key for the members of 'group' that none of the 'n_all' keys in
 * space->found has, behind the 'n' of them that are to count.  Returns how
 * many those are now. */
static size_t
add_missing(struct key_space *space, struct key_group *group,
            const struct flow_fields *fields, uint32_t hash, size_t n,
            size_t n_all)
{
    struct key_budget *budget = space->budget;
    struct trigger **triggers = xcalloc(group->n_members, sizeof *triggers);
    size_t n_missing = 0;

    for (size_t i = 0; i < group->n_members; i++) {
        struct trigger *trigger = group->members[i].trigger;
        bool has = false;

        for (size_t j = 0; j < n_all && !has; j++) {
            has = key_group_find(space->found[j]->group, trigger);
        }
        if (has) {
            continue;
        } else if (budget->n + n_missing < budget->max) {
            triggers[n_missing++] = trigger;
        } else {
            mark_keys_full(space, &trigger, 1);
        }
    }
    if (n_missing) {
        struct counted_key *key
            = key_create(space, key_group_get(space, triggers, n_missing),
                         fields, hash);

        if (key) {
            space->found[n++] = key;
        } else {
            mark_keys_full(space, triggers, n_missing);
        }
    }
    free(triggers);
    return n;
}

/* Stores the keys with 'fields' in space->found and returns their number. */
static size_t
find_all(struct key_space *space, const struct flow_fields *fields,
         uint32_t hash)
{
    const struct key_slot *slot;
    size_t n = 0;

    KEY_TABLE_FOR_EACH_NEAR (slot, hash, &space->keys) {
        if (slot->hash == hash
            && flow_fields_equal(&slot->key->fields, fields)) {
            if (n + 1 >= space->allocated_found) {
                space->found = x2nrealloc(space->found,
                                          &space->allocated_found,
                                          sizeof *space->found);
            }
            space->found[n++] = slot->key;
        }
    }
    return n;
}

static size_t
get_slowly(struct key_space *space, struct key_group *group,
           const struct flow_fields *fields, uint32_t hash)
{
    size_t n_all = find_all(space, fields, hash);
    size_t n = 0, n_refused = 0, n_triggers = 0;

    if (!n_all && space->budget->n + group->n_members <= space->budget->max) {
        space->found[0] = key_create(space, key_group_ref(group), fields,
                                     hash);
        if (space->found[0]) {
            return 1;
        }
    }
    for (size_t i = 0; i < n_all; i++) {
        struct counted_key *key = space->found[i];
        bool refused;
        struct counted_key *part = key_split(space, key, group, &refused);

        /* Behind each other: what counts, and what is refused. */
        if (part) {
            n_triggers += part->group->n_members;
            space->found[n + n_refused] = space->found[n];
            space->found[n++] = part;
        } else if (refused) {
            space->found[n + n_refused++] = key;
        }
    }
    if (n_triggers < group->n_members) {
        return add_missing(space, group, fields, hash, n, n + n_refused);
    }
    return join_found(space, group, n);
}

size_t
key_space_get(struct key_space *space, struct key_group *group,
              const struct flow_fields *fields, uint32_t hash,
              struct counted_key ***keys)
{
    struct counted_key *key = key_space_find(space, group, fields, hash);
    size_t n = 1;

    if (!space->found) {
        space->found = x2nrealloc(NULL, &space->allocated_found,
                                  sizeof *space->found);
    }
    if (key) {
        space->found[0] = key;
    } else {
        n = get_slowly(space, group, fields, hash);
    }
    *keys = space->found;
    return n;
}
