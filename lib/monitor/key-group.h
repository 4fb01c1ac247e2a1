/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_KEY_GROUP_H
#define MONITOR_KEY_GROUP_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/aggregate.h"
#include "monitor/trigger.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct counted_key;
struct key_space;

/* Key groups: triggers of a key space that count the same.
 *
 * Groups are interned: there is one for each set of triggers.  A group knows
 * how its counted keys are laid out, and what a key must have counted for
 * any of the triggers to be satisfied.
 *
 * Thread-safety: guarded by the monitor's mutex. */

/* What an interval of a key counts: packets, bytes, volume, and cells. */
enum {
    COUNTER_PACKETS = MEASURE_PACKETS,
    COUNTER_BYTES = MEASURE_BYTES,
    COUNTER_VOLUME = MEASURE_VOLUME,
    COUNTER_CELLS,              /* First of them. */
};
#define COUNTER_NONE UINT16_MAX

/* A trigger of a group. */
struct key_member {
    struct trigger *trigger;    /* One reference. */
    uint16_t *counters;         /* For each of the event's measures, its
                                 * COUNTER_*; COUNTER_NONE if none counts
                                 * it. */
    size_t run_offset;          /* Of a key's struct trigger_run; 0: none. */
};

/* No trigger is satisfied by a key unless some 'counter' is at least 'min'. */
struct key_bound {
    uint16_t counter;
    double min;
};
#define KEY_GROUP_BOUNDS 4

struct key_group {
    /* For each key that is counted or tested. */
    struct key_space *space;
    uint32_t number;            /* Another one for each of the space. */
    uint32_t interval_bytes;    /* Of a struct key_interval. */
    uint32_t n_members;
    uint16_t n_cells;
    bool has_contributors;      /* Its only member's reports name some. */
    bool has_runs;
    bool bounded;               /* 'bounds' are those of all members... */
    uint8_t n_bounds;           /* ...and so many. */
    struct key_bound bounds[KEY_GROUP_BOUNDS];

    uint64_t newest;            /* Last interval with an active key, + 1. */

    uint64_t tested_window;     /* The last window with a key... */
    uint64_t n_tested;          /* ...and the number of keys then. */

    struct hmap_node node;      /* In space->groups. */
    size_t n_refs;              /* Keys, and who counts for it. */
    struct ovs_list keys;       /* struct counted_key. */
    struct key_member *members; /* By address of the trigger. */
    const struct measure **cells;   /* What each cell is for; of a trigger's
                                     * event. */
    size_t key_bytes;           /* Of a counted key. */
};

/* For qsort() of pointers to triggers: the order of members. */
int key_group_compare_triggers(const void *, const void *);

/* Memory of a key of 'trigger' that it shares with no other. */
size_t trigger_key_bytes(const struct trigger *);

/* Returns a reference to the group of the 'n' triggers, all of 'space', which
 * are sorted on the way.  'n' is not 0. */
struct key_group *key_group_get(struct key_space *, struct trigger **,
                                size_t n);

struct key_group *key_group_ref(struct key_group *);
void key_group_unref(struct key_group *);

/* Returns the member of 'group' that is 'trigger', or null. */
const struct key_member *key_group_find(const struct key_group *,
                                        const struct trigger *);

#endif /* monitor/key-group.h */
