/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_TRIGGER_TABLE_H
#define MONITOR_TRIGGER_TABLE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/aggregate.h"
#include "monitor/scope.h"
#include "monitor/screen.h"
#include "monitor/trigger.h"
#include "ovs-atomic.h"

/* The trigger table: from a flow to all triggers that it matches.
 *
 * Tuple space search: one hash table per pattern (distinct filter mask), so
 * that a match costs one probe a pattern, whatever the number of triggers.
 * Unlike a classifier it returns every match, not the best one.
 *
 * Thread-safety: immutable and reference counted.  A changed set of triggers
 * is a new table. */

/* A trigger as the packet thread and gather see it. */
struct trigger_table_entry {
    struct trigger *trigger;    /* One reference. */
    struct filter filter;       /* trigger_filter(). */
    uint32_t *measures;         /* For each of the event's measures, its index
                                 * in the table's; TRIGGER_MEASURE_NONE if
                                 * no packet is evaluated for it: the flow
                                 * entry itself counts it, or it is state. */
    bool tells_flows_apart;     /* By their sources or by their history: no
                                 * two flows may share an entry. */
};

#define TRIGGER_MEASURE_NONE UINT32_MAX

struct trigger_table {
    struct ovs_refcount refs;
    uint64_t version;           /* Counts tables, from 1. */

    struct trigger_table_entry *entries;
    size_t n_entries;
    uint8_t *layers;            /* For each entry, its event_layer(): apart,
                                 * because all that a flow matches are looked
                                 * at. */
    bool scoped;                /* Some trigger has a scope. */
    struct scope_map *scopes;   /* Null if none has, or nothing is known. */

    const struct measure **measures;    /* Distinct ones, of all triggers,
                                         * that have a value; owned by their
                                         * events. */
    size_t n_measures;

    /* All that filters look at, the reverse ones too. */
    struct flow_fields seen_mask;

    /* What the keys of triggers have that do not tell flows apart. */
    struct flow_fields shared_mask;

    struct pattern *patterns;
    size_t n_patterns;

    /* Of triggers that need TCP state, for the reverse direction: the filters
     * mirrored, wherever the packet enters. */
    struct pattern *reverse;
    size_t n_reverse;

    struct screen screen;       /* Of all patterns, the reverse ones too. */
};

/* Returns a table with one reference for the 'n' triggers.  'scopes' may be
 * null: no interface is on a bridge. */
struct trigger_table *trigger_table_create(struct trigger *const *triggers,
                                           size_t n, struct scope_map *scopes,
                                           uint64_t version);
struct trigger_table *trigger_table_ref(struct trigger_table *);
void trigger_table_unref(struct trigger_table *);

/* Stores in 'matches', which has room for 'n_entries', the indices of all
 * entries whose filter 'fields' passes, and returns their number.  The scope
 * in 'fields' is ignored: it follows from in_port.  The same set always comes
 * in the same order.  Runs on: PMD. */
size_t trigger_table_match(const struct trigger_table *,
                           const struct flow_fields *fields,
                           uint32_t *matches);

/* True if segments with 'fields' may be the reverse direction of a flow that
 * matches a trigger which needs TCP state.  Runs on: PMD, sweeper. */
bool trigger_table_matches_reverse(const struct trigger_table *,
                                   const struct flow_fields *fields);

#endif /* monitor/trigger-table.h */
