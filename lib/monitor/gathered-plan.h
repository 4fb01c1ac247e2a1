/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_GATHERED_PLAN_H
#define MONITOR_GATHERED_PLAN_H 1

#include <stddef.h>
#include <stdint.h>

#include "hash.h"
#include "monitor/key-group.h"
#include "monitor/plan.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "util.h"

struct gather;

/* Plans as they are gathered: for which groups of triggers a flow counts.
 *
 * Many flows share few plans, and so what takes a while to find out is found
 * out once for a plan.  It is kept with the plan store until triggers come or
 * go.
 *
 * Thread-safety: guarded by the monitor's mutex. */

/* The triggers of a plan that are in one key space. */
struct plan_part {
    struct key_group *group;    /* One reference. */
    uint32_t *cells;            /* For each of the group's cells, which of the
                                 * flow's, or PLAN_NO_CELL. */
    bool tells_flows_apart;     /* As all its trigger table entries. */
};

struct gathered_plan {
    struct hmap_node node;      /* In plans->by_number. */
    uint32_t plan;
    uint64_t packets;           /* Not added to its triggers yet. */

    /* The parts are good while the gather has this version, for epochs that
     * begin before 'until_us'. */
    uint64_t version;
    uint64_t until_us;
    uint32_t n_triggers;        /* In all parts. */
    uint32_t n_parts;
    struct plan_part *parts;    /* 'first', or allocated if there are more. */
    struct plan_part first;
};

/* Those of a plan store. */
struct gathered_plans {
    struct ovs_list node;       /* In gather->plans. */
    const struct plan_store *store;
    struct hmap by_number;      /* struct gathered_plan. */
};

/* Returns those of 'store', which are made if they are not there. */
struct gathered_plans *gathered_plans_get(struct gather *,
                                          struct plan_store *store);

/* Adds what was counted to the triggers, and frees 'plans', which may be
 * null.  For plan_store_destroy(). */
void gathered_plans_destroy(struct gathered_plans *plans);

/* Adds the packets of all flows to their triggers. */
void gathered_plans_settle(struct gathered_plans *);

/* Finds out what is to be known of 'plan' in the epoch that begins at
 * 'start_us'. */
struct gathered_plan *gathered_plan_resolve__(const struct gather *,
                                              struct gathered_plans *,
                                              uint32_t plan,
                                              uint64_t start_us);

/* Prefetches what is known of 'plan', and then, who counts for it. */
static inline void
gathered_plan_prefetch(const struct gathered_plans *plans, uint32_t plan)
{
    const struct hmap *hmap = &plans->by_number;
    const char *node
        = (const char *) hmap->buckets[hash_int(plan, 0) & hmap->mask];

    if (node) {
        OVS_PREFETCH(node);
        OVS_PREFETCH(node + CACHE_LINE_SIZE);
    }
}

static inline void
gathered_plan_prefetch_groups(const struct gathered_plan *gp)
{
    for (uint32_t i = 0; i < gp->n_parts; i++) {
        const char *group = (const char *) gp->parts[i].group;

        OVS_PREFETCH(group);
        OVS_PREFETCH_WRITE(group + CACHE_LINE_SIZE);
    }
}

static inline struct gathered_plan *
gathered_plan_find(const struct gathered_plans *plans, uint32_t plan)
{
    struct gathered_plan *gp;

    HMAP_FOR_EACH_WITH_HASH (gp, node, hash_int(plan, 0), &plans->by_number) {
        if (gp->plan == plan) {
            return gp;
        }
    }
    return NULL;
}

/* Returns what is known of 'plan' in the epoch that begins at 'start_us';
 * 'version' is the gather's. */
static inline struct gathered_plan *
gathered_plan_get(const struct gather *gather, uint64_t version,
                  struct gathered_plans *plans, uint32_t plan,
                  uint64_t start_us)
{
    struct gathered_plan *gp = gathered_plan_find(plans, plan);

    return (gp && gp->version == version && start_us < gp->until_us
            ? gp : gathered_plan_resolve__(gather, plans, plan, start_us));
}

#endif /* monitor/gathered-plan.h */
