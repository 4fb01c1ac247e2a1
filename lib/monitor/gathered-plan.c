/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/gathered-plan.h"

#include "monitor/gather.h"
#include "monitor/key-space.h"
#include "util.h"

struct gathered_plans *
gathered_plans_get(struct gather *gather, struct plan_store *store)
{
    struct gathered_plans *plans = store->gathered;

    if (!plans) {
        plans = xzalloc(sizeof *plans);
        plans->store = store;
        hmap_init(&plans->by_number);
        ovs_list_push_back(&gather->plans, &plans->node);
        store->gathered = plans;
    }
    return plans;
}

static void
release_parts(struct plan_part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        key_group_unref(parts[i].group);
        free(parts[i].cells);
    }
    free(parts);
}

/* Takes the parts out of 'gp', which the caller must release. */
static struct plan_part *
steal_parts(struct gathered_plan *gp, size_t *n)
{
    struct plan_part *parts = (gp->parts != &gp->first ? gp->parts
                               : xmemdup(gp->parts, sizeof *parts));

    *n = gp->n_parts;
    gp->parts = NULL;
    gp->n_parts = 0;
    return parts;
}

static struct plan_part *
append_part(struct gathered_plan *gp)
{
    if (!gp->n_parts) {
        gp->parts = &gp->first;
    } else if (gp->parts == &gp->first) {
        gp->parts = xmalloc(2 * sizeof *gp->parts);
        gp->parts[0] = gp->first;
    } else {
        gp->parts = xrealloc(gp->parts,
                             (gp->n_parts + 1) * sizeof *gp->parts);
    }
    return &gp->parts[gp->n_parts++];
}

/* Returns the trigger at 'pt'. */
static struct trigger *
get_trigger(const struct gathered_plans *plans, const struct plan_trigger *pt)
{
    return plans->store->table->entries[pt->entry].trigger;
}

void
gathered_plans_settle(struct gathered_plans *plans)
{
    struct gathered_plan *gp;

    HMAP_FOR_EACH (gp, node, &plans->by_number) {
        struct plan_trigger pt;

        if (gp->packets) {
            PLAN_FOR_EACH_TRIGGER (pt, plans->store, gp->plan) {
                get_trigger(plans, &pt)->packets += gp->packets;
            }
            gp->packets = 0;
        }
    }
}

void
gathered_plans_destroy(struct gathered_plans *plans)
{
    if (plans) {
        struct gathered_plan *gp;

        gathered_plans_settle(plans);
        HMAP_FOR_EACH_POP (gp, node, &plans->by_number) {
            size_t n;
            struct plan_part *parts = steal_parts(gp, &n);

            release_parts(parts, n);
            free_cacheline(gp);
        }
        hmap_destroy(&plans->by_number);
        ovs_list_remove(&plans->node);
        free(plans);
    }
}

/* Finds out which of the flow's cells are for those of the group of
 * 'part'. */
static void
find_cells(const struct gathered_plans *plans, uint32_t plan,
           struct plan_part *part)
{
    const struct key_group *group = part->group;
    struct plan_trigger pt;

    part->cells = xmalloc(MAX(group->n_cells, 1) * sizeof *part->cells);
    PLAN_FOR_EACH_TRIGGER (pt, plans->store, plan) {
        const struct trigger *trigger = get_trigger(plans, &pt);
        const struct key_member *member = key_group_find(group, trigger);

        if (member) {
            part->tells_flows_apart
                = plans->store->table->entries[pt.entry].tells_flows_apart;
        }
        for (size_t i = 0; member && i < trigger->event->n_measures; i++) {
            uint16_t counter = member->counters[i];

            if (counter != COUNTER_NONE && counter >= COUNTER_CELLS) {
                part->cells[counter - COUNTER_CELLS] = pt.cells[i];
            }
        }
    }
}

/* Makes a part of the 'n' triggers that are in the space of the first one,
 * which are moved to the end of 'triggers'.  Returns how many are left. */
static size_t
add_part(const struct gathered_plans *plans, struct gathered_plan *gp,
         struct trigger **triggers, size_t n)
{
    struct key_space *space = triggers[0]->space;
    size_t n_left = 0;

    for (size_t i = 0; i < n; i++) {
        if (triggers[i]->space != space) {
            struct trigger *other = triggers[i];

            triggers[i] = triggers[n_left];
            triggers[n_left++] = other;
        }
    }
    struct plan_part *part = append_part(gp);
    part->group = key_group_get(space, triggers + n_left, n - n_left);
    find_cells(plans, gp->plan, part);
    return n_left;
}

/* When 'trigger' begins to be observed. */
static uint64_t
first_us(const struct trigger *trigger)
{
    uint64_t interval_us = trigger->event->interval_us;

    return (trigger->first_interval > UINT64_MAX / interval_us ? UINT64_MAX
            : trigger->first_interval * interval_us);
}

struct gathered_plan *
gathered_plan_resolve__(const struct gather *gather,
                        struct gathered_plans *plans, uint32_t plan,
                        uint64_t start_us)
{
    struct gathered_plan *gp = gathered_plan_find(plans, plan);
    struct trigger **triggers;
    struct plan_part *old;
    struct plan_trigger pt;
    size_t n = 0, n_old;

    if (!gp) {
        gp = xzalloc_cacheline(sizeof *gp);
        gp->plan = plan;
        hmap_insert(&plans->by_number, &gp->node, hash_int(plan, 0));
    }
    old = steal_parts(gp, &n_old);
    gp->version = gather->version;
    gp->until_us = UINT64_MAX;

    pt = plan_trigger_first(plans->store, plan);
    triggers = xcalloc(MAX(pt.n_left, 1), sizeof *triggers);
    PLAN_FOR_EACH_TRIGGER (pt, plans->store, plan) {
        struct trigger *trigger = get_trigger(plans, &pt);

        if (!trigger->space) {
            continue;
        } else if (first_us(trigger) > start_us) {
            gp->until_us = MIN(gp->until_us, first_us(trigger));
        } else {
            triggers[n++] = trigger;
        }
    }
    gp->n_triggers = n;
    while (n) {
        n = add_part(plans, gp, triggers, n);
    }
    free(triggers);

    /* Only now, so that groups which go on stay. */
    release_parts(old, n_old);
    return gp;
}
