/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef KEY_RIG_H
#define KEY_RIG_H 1

/* Key spaces without a gather, for the suites that count by hand. */

#include "monitor/key-space.h"
#include "tests/monitor-unit.h"

struct key_rig {
    struct ovs_list spaces;
    struct key_budget budget;
};

static inline void
key_rig_init(struct key_rig *rig)
{
    ovs_list_init(&rig->spaces);
    key_budget_init(&rig->budget, UINT64_MAX);
}

static inline struct trigger *
key_rig_add(struct key_rig *rig, const char *text, uint64_t first)
{
    struct event *event = unit_parse(text);
    struct trigger *trigger = trigger_create("t", event);

    event_unref(event);
    trigger->first_interval = first;
    key_space_join(&rig->spaces, &rig->budget, trigger);
    return trigger;
}

static inline void
key_rig_remove(struct trigger *trigger)
{
    trigger->removed = true;
    key_space_leave(trigger);
    trigger_unref(trigger);
}

/* All spaces must be gone. */
static inline void
key_rig_uninit(struct key_rig *rig)
{
    ck_assert(ovs_list_is_empty(&rig->spaces));
    ck_assert_uint_eq(rig->budget.n, 0);
    key_budget_uninit(&rig->budget);
}

static inline struct flow_fields
key_fields(uint16_t i)
{
    return (struct flow_fields) {
        .tp_dst = i, .dl_type = 0x0800, .has = FLOW_HAS_IPV4,
    };
}

/* Counts 'packets' of a flow with 'fields' that matches the 'n' triggers, all
 * of one space, and whose value of every other measure is 'x'. */
static inline void
key_rig_count(struct trigger *const *triggers, size_t n,
              const struct flow_fields *fields, uint64_t packets, double x)
{
    struct key_space *space = triggers[0]->space;
    struct trigger **copy = xmemdup(triggers, n * sizeof *copy);
    struct key_group *group = key_group_get(space, copy, n);
    struct counted_key **keys;
    size_t n_keys = key_space_get(space, group, fields,
                                  key_space_hash(space, fields), &keys);

    for (size_t i = 0; i < n_keys; i++) {
        struct key_interval *ki = counted_key_activate(space, keys[i]);

        ki->packets += packets;
        for (size_t j = 0; j < keys[i]->group->n_cells; j++) {
            cell_add(&ki->cells[j], keys[i]->group->cells[j]->kind, x);
        }
    }
    key_group_unref(group);
    free(copy);
}

#endif /* key-rig.h */
