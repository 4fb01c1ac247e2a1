/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_PLAN_H
#define MONITOR_PLAN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/trigger-table.h"

/* Plans: what to count for a flow.
 *
 * A plan is the set of triggers that a flow matches and the distinct measures
 * that these need beyond what each flow entry counts anyway.  Many flows
 * share few plans, so plans are interned: a flow entry holds 32 bits.
 *
 * The packet threads count what a packet alone tells; what takes the packets
 * before it, or the other direction, is counted by the sweeper out of records
 * of packets (tracker.h).  Each has plans of its own kind.
 *
 * A plan store belongs to one thread and one trigger table.  Another
 * table, or a store that has become full of plans that no flow needs any
 * more, means another store; entries notice by the generation.  So plans need
 * no reference counts.
 *
 * Thread-safety: the packet thread adds plans; the sweeper reads those that
 * closed epoch buffers name.  Memory is fixed. */

enum plan_kind {
    PLAN_PACKET,                /* All triggers, measures of one packet. */
    PLAN_HISTORY,               /* Triggers that need the history of flows or
                                 * TCP state, and the measures that do. */
};

struct plan_store {
    enum plan_kind kind;
    struct trigger_table *table;    /* One reference. */
    uint32_t generation;        /* Never 0. */

    uint32_t *words;            /* [PLAN_STORE_WORDS], plans one after the
                                 * other, layout in plan.c. */
    size_t max_words;
    uint32_t n_words;
    uint32_t *buckets;          /* [N_PLAN_BUCKETS], first plan of a chain. */

    uint32_t *matches;          /* [table->n_entries], scratch. */
    struct plan_store *newer;   /* For the owner. */
    struct gathered_plans *gathered;    /* The sweeper's, owned; null at
                                         * first. */
};

#define PLAN_NONE 0             /* The plan of flows that match nothing... */
#define PLAN_REVERSE 1          /* ...but are to be recorded because the
                                 * reverse direction may. */
#define PLAN_FULL UINT32_MAX    /* No room for another plan. */

/* Returns null if there is no memory. */
struct plan_store *plan_store_create(enum plan_kind, struct trigger_table *,
                                     uint32_t generation, size_t max_words);
void plan_store_destroy(struct plan_store *);

/* Room for four plans that match all of the table's triggers. */
size_t plan_store_min_words(const struct trigger_table *);

/* Returns the plan for a flow with 'fields': PLAN_NONE or PLAN_REVERSE if it
 * matches no trigger, PLAN_FULL if there is no room.  Runs on: PMD, sweeper,
 * each with its own. */
uint32_t plan_store_match(struct plan_store *, const struct flow_fields *);

/* True if the store should be replaced before it is full. */
static inline bool
plan_store_is_tight(const struct plan_store *store)
{
    return store->n_words > store->max_words / 4 * 3;
}

/* Which packets of a flow are to be recorded for the sweeper. */
enum plan_record {
    PLAN_RECORD_FLOW = 1 << 0,      /* It matches a trigger that needs their
                                     * history. */
    PLAN_RECORD_REVERSE = 1 << 1,   /* The reverse direction may match one
                                     * that needs TCP state. */
};

/* The measures that a plan adds to what each flow entry counts: cell number
 * 'i' of a flow is for the table's measure measures[i].
 * Runs on: PMD, sweeper. */
struct plan_cells {
    uint32_t n;
    uint32_t record;            /* PLAN_RECORD_*. */
    const uint32_t *measures;
};

struct plan_cells plan_store_cells(const struct plan_store *, uint32_t plan);

/* Adds a packet with 'values' to 'cells', which are for the measures of 'pc'.
 * Runs on: PMD, sweeper. */
static inline void
plan_store_count(const struct plan_store *store, const struct plan_cells *pc,
                 const struct packet_values *values, struct cell *cells)
{
    for (uint32_t i = 0; i < pc->n; i++) {
        const struct measure *measure
            = store->table->measures[pc->measures[i]];
        double x;

        if (value_evaluate(measure->value, values, &x)) {
            cell_add(&cells[i], measure->kind, x);
        }
    }
}

/* The triggers of a plan.  Runs on: sweeper.
 *
 *     struct plan_trigger pt;
 *     PLAN_FOR_EACH_TRIGGER (pt, store, plan) { ... }
 */
struct plan_trigger {
    uint32_t entry;             /* Index into the table's entries. */
    const uint32_t *cells;      /* For each of the event's measures, its cell,
                                 * or PLAN_NO_CELL. */
    uint32_t n_left;            /* Triggers from this one on. */
};

#define PLAN_NO_CELL UINT32_MAX /* This kind of plan does not count it. */

struct plan_trigger plan_trigger_first(const struct plan_store *,
                                       uint32_t plan);
struct plan_trigger plan_trigger_next(const struct plan_store *,
                                      struct plan_trigger);

#define PLAN_FOR_EACH_TRIGGER(PT, STORE, PLAN)                  \
    for ((PT) = plan_trigger_first(STORE, PLAN); (PT).n_left;   \
         (PT) = plan_trigger_next(STORE, PT))

#endif /* monitor/plan.h */
