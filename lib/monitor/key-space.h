/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_KEY_SPACE_H
#define MONITOR_KEY_SPACE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/contributors.h"
#include "monitor/key-group.h"
#include "monitor/key-pool.h"
#include "monitor/key-table.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

/* Key spaces: the keys of triggers, counted once for all that count the same.
 *
 * A *key space* has the keys of all triggers whose keys are 5-tuples and that
 * tell packets apart in the same way and at the same times: by the same
 * granularity, interval, window and depth of history.  A flow has one key
 * there, whatever the number of triggers that it matches.  A trigger with a
 * coarser granularity, in whose keys many flows meet that match different
 * triggers, has a space of its own.
 *
 * Triggers that match the same flows count the same for a key, so a key is
 * counted for a *group* of them (key-group.h): the triggers of the space that
 * a flow matches.  Flows that match different triggers may have one key.  Then
 * there are several counted keys with the same fields, and this always holds:
 *
 *     The groups of counted keys with the same fields have no trigger in
 *     common.  All triggers of a group have seen the same packets of the key,
 *     as far back as its history reaches.
 *
 * When a flow comes that matches only some triggers of a group, the counted
 * key is split; those that have become equal again are joined.  Mostly the
 * flow's triggers are the group of the counted key, and that is found at once.
 *
 * A key's history is a ring of intervals, as deep as the predicates look back,
 * the running one and the last window included.  Intervals are numbered from
 * the Unix epoch: interval = time / interval_us.  They are gathered and tested
 * strictly in order.
 *
 * Thread-safety: guarded by the monitor's mutex. */

/* What a key counted in one interval. */
struct key_interval {
    uint64_t interval;          /* Number + 1; 0: unused. */
    uint64_t packets;
    uint64_t bytes;
    uint64_t volume;
    struct cell cells[];        /* group->n_cells, then perhaps a struct
                                 * key_contributors. */
};

struct counted_key {
    struct ovs_list group_node; /* In group->keys. */
    struct ovs_list rest_node;  /* In space->resting, or alone. */
    struct key_group *group;    /* Null: was replaced by others, or all its
                                 * triggers are gone. */
    uint64_t last_interval;     /* Last one in which it was active. */
    struct flow_fields fields;
    uint32_t hash;              /* Of 'fields', in space->keys. */
    uint32_t bytes;             /* Of all of this. */
    uint64_t ring[];            /* space->depth struct key_intervals, then a
                                 * struct trigger_run for each of the group's
                                 * triggers that needs one. */
};

/* The keys that were active in an interval.  Those with a later
 * 'last_interval' are to be ignored. */
struct active_keys {
    uint64_t interval;          /* Number + 1; 0: unused. */
    struct counted_key **keys;
    size_t n, allocated;
};

/* How many keys all spaces of a monitor have, and may have, and their
 * memory. */
struct key_budget {
    uint64_t n;                 /* For each trigger of a group, one. */
    uint64_t max;
    bool refused;               /* Some key was, since this was reset. */
    uint64_t n_refused;         /* So many ever. */
    struct key_pool pool;
};

struct key_space {
    struct ovs_list node;       /* In the owner's list. */
    struct key_budget *budget;
    size_t n_triggers;          /* That are not removed. */
    struct hmap groups;         /* struct key_group, by triggers. */
    uint32_t next_group;        /* Number of the next one. */

    /* What the triggers have in common, immutable. */
    struct event *event;        /* Of one of them; a reference. */
    const struct granularity *granularity;
    uint64_t interval_us;
    unsigned over;
    unsigned depth;             /* Intervals in a key's ring. */
    bool one_key;               /* No granularity. */
    struct trigger *only;       /* Its only trigger, if no other may join. */

    /* Time. */
    uint64_t next_interval;     /* Next one to test: the running one. */
    unsigned slot;              /* Its place in the rings. */
    uint64_t newest;            /* Last one in which a key was active... */
    uint64_t found_newest;      /* ...as of which each trigger's is known. */
    bool due;                   /* The running one is to be tested... */
    struct ovs_list due_node;   /* ...and this is in the gather's 'due'. */
    uint64_t n_runs;            /* Of all its triggers. */

    /* Keys. */
    struct key_table keys;
    uint64_t secret;            /* For hashing them. */
    struct active_keys *active; /* [depth + 1], by interval. */
    struct counted_key **found; /* For key_space_get(). */
    size_t allocated_found;
    struct ovs_list resting;    /* struct counted_key, kept though their ring
                                 * is of no use any more: for a hold-off, or
                                 * because they were a trigger's last ones. */
};

void key_budget_init(struct key_budget *, uint64_t max);

/* All spaces must be gone. */
void key_budget_uninit(struct key_budget *);

/* Puts 'trigger' into the space in 'spaces' where it belongs, which is made
 * if there is none.  To be called before it has counted anything. */
void key_space_join(struct ovs_list *spaces, struct key_budget *,
                    struct trigger *);

/* Takes 'trigger' out, and what it has counted.  The space goes with its last
 * trigger and the last group. */
void key_space_leave(struct trigger *);

/* Frees 'space' if nothing needs it any more. */
void key_space_destroy_if_unused(struct key_space *);

static inline uint64_t
key_space_interval_at(const struct key_space *space, uint64_t us)
{
    return us / space->interval_us;
}

/* The end of the running interval. */
static inline uint64_t
key_space_end_us(const struct key_space *space)
{
    return (space->next_interval + 1) * space->interval_us;
}

/* Makes 'interval' the running one, and removes what it does not need any
 * more. */
void key_space_set_interval(struct key_space *, uint64_t interval);

/* Counting
 * ======== */

static inline uint32_t
key_space_hash(const struct key_space *space, const struct flow_fields *fields)
{
    return flow_fields_hash(fields, space->secret);
}

/* Prefetches the way to the key of 'group' with 'hash', and then, what is
 * there. */
static inline void
key_space_prefetch_slot(const struct key_space *space, uint32_t hash)
{
    key_table_prefetch(&space->keys, hash);
}

static inline void
key_space_prefetch_key(const struct key_space *space,
                       const struct key_group *group, uint32_t hash)
{
    const struct counted_key *key = key_table_guess(&space->keys, hash,
                                                    group->number);

    if (key) {
        const char *line = (const char *) key;

        OVS_PREFETCH_WRITE(line);
        OVS_PREFETCH_WRITE(line + CACHE_LINE_SIZE);
        OVS_PREFETCH_WRITE(line + 2 * CACHE_LINE_SIZE);
    }
}

static inline struct key_interval *
counted_key_slot(const struct counted_key *key, unsigned slot)
{
    return (struct key_interval *) ((uintptr_t) key->ring
                                    + slot * key->group->interval_bytes);
}

/* What 'ki', of a key of 'group', knows of contributors; only if
 * group->has_contributors. */
static inline struct key_contributors *
key_interval_contributors(const struct key_group *group,
                          const struct key_interval *ki)
{
    return CONST_CAST(struct key_contributors *,
                      (const struct key_contributors *)
                      &ki->cells[group->n_cells]);
}

/* Makes 'key' active in the running interval, in which it was not yet. */
void counted_key_activate__(struct key_space *, struct counted_key *);

/* Returns what 'key' counts in the running interval, in which it is active
 * now. */
static inline struct key_interval *
counted_key_activate(struct key_space *space, struct counted_key *key)
{
    struct key_interval *ki = counted_key_slot(key, space->slot);

    if (ki->interval != space->next_interval + 1) {
        counted_key_activate__(space, key);
    }
    return ki;
}

/* Returns the counted key of 'group' with 'fields' or null. */
static inline struct counted_key *
key_space_find(const struct key_space *space, const struct key_group *group,
               const struct flow_fields *fields, uint32_t hash)
{
    const struct key_slot *slot;

    KEY_TABLE_FOR_EACH_NEAR (slot, hash, &space->keys) {
        if (slot->hash == hash && slot->group == group->number
            && flow_fields_equal(&slot->key->fields, fields)) {
            return slot->key;
        }
    }
    return NULL;
}

/* For a flow that matches the triggers of 'group': stores in '*keys' the
 * counted keys to which it adds, which are made if they are not there, and
 * returns their number.  Where there is no room for a trigger's key, this is
 * noted in the running interval of the trigger.
 * '*keys' is good until the next call. */
size_t key_space_get(struct key_space *, struct key_group *,
                     const struct flow_fields *fields, uint32_t hash,
                     struct counted_key ***keys);

/* The past
 * ======== */

/* Returns the keys that were active in 'interval', or null. */
static inline const struct active_keys *
key_space_active(const struct key_space *space, uint64_t interval)
{
    const struct active_keys *active
        = &space->active[interval % (space->depth + 1)];

    return active->interval == interval + 1 ? active : NULL;
}

/* Returns what 'key' counted in 'interval', or null for nothing. */
const struct key_interval *counted_key_interval(const struct key_space *,
                                                const struct counted_key *,
                                                uint64_t interval);

/* True if 'key' was active in any interval of 'window'.  Stores the number of
 * its packets there in '*packets'. */
bool counted_key_in_window(const struct key_space *,
                           const struct counted_key *, uint64_t window,
                           uint64_t *packets);

/* Returns the counted key that 'trigger' has for 'fields', or null. */
struct counted_key *key_space_find_key(const struct trigger *,
                                       const struct flow_fields *fields);

/* Stores in '*keys', which the caller must free, all keys of 'trigger' and
 * returns their number. */
size_t key_space_list_keys(const struct trigger *,
                           struct counted_key ***keys);

/* Stores in '*triggers', which the caller must free, all triggers with keys
 * and returns their number. */
size_t key_space_list_triggers(const struct key_space *,
                               struct trigger ***triggers);

/* Removes keys whose history no interval from 'interval' on can need, but for
 * those that rest. */
void key_space_expire(struct key_space *, uint64_t interval);

/* Removes what was idle until 'now_us', and keys that rest and whose hold-off
 * ended before; unless 'forget', not those of which a number held back is
 * still to be reported. */
void key_space_expire_idle(struct key_space *, uint64_t now_us, bool forget);

#endif /* monitor/key-space.h */
