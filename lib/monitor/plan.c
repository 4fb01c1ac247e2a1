/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/plan.h"

#include "coverage.h"
#include "hash.h"
#include "monitor/pages.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_plan_create);

/* Layout of a plan, in words; a plan's number is the index of its first.
 *
 *     next                    plan in the same bucket, or 0
 *     n_triggers
 *     n_cells
 *     variables               that the cells' measures read
 *     measure * n_cells       index into the table's measures
 *     then n_triggers times:
 *         entry               index into the table's entries
 *         cell * n_measures   of that entry's event
 *
 * Word 0 is no plan, so that 0 is free for PLAN_NONE. */
enum {
    PLAN_NEXT,
    PLAN_N_TRIGGERS,
    PLAN_N_CELLS,
    PLAN_VARIABLES,
    PLAN_MEASURES,              /* First of them. */
};

#define N_PLAN_BUCKETS 4096
#define BUCKETS_BYTES (N_PLAN_BUCKETS * sizeof(uint32_t))

static size_t
event_n_measures(const struct trigger_table *table, uint32_t entry)
{
    return table->entries[entry].trigger->event->n_measures;
}

/* The most words that the plan of the 'n' triggers in 'matches' can need. */
static size_t
plan_words(const struct trigger_table *table, const uint32_t *matches,
           size_t n)
{
    size_t words = PLAN_MEASURES;

    for (size_t i = 0; i < n; i++) {
        words += 1 + 2 * event_n_measures(table, matches[i]);
    }
    return words;
}

size_t
plan_store_min_words(const struct trigger_table *table)
{
    size_t words = PLAN_MEASURES;

    for (uint32_t i = 0; i < table->n_entries; i++) {
        words += 1 + 2 * event_n_measures(table, i);
    }
    return 4 * words;
}

struct plan_store *
plan_store_create(struct trigger_table *table, uint32_t generation,
                  size_t max_words)
{
    struct plan_store *store = xzalloc(sizeof *store);

    store->table = trigger_table_ref(table);
    store->generation = generation;
    store->max_words = max_words;
    store->n_words = 1;
    store->words = pages_alloc(max_words * sizeof *store->words);
    store->buckets = pages_alloc(BUCKETS_BYTES);
    store->matches = xcalloc(table->n_entries, sizeof *store->matches);
    if (!store->words || !store->buckets) {
        plan_store_destroy(store);
        return NULL;
    }
    return store;
}

void
plan_store_destroy(struct plan_store *store)
{
    if (store) {
        pages_free(store->words, store->max_words * sizeof *store->words);
        pages_free(store->buckets, BUCKETS_BYTES);
        trigger_table_unref(store->table);
        free(store->matches);
        free(store);
    }
}

/* True if 'plan' is that of the 'n' triggers in 'matches'. */
static bool
plan_is(const struct plan_store *store, uint32_t plan,
        const uint32_t *matches, size_t n)
{
    struct plan_trigger pt;

    if (store->words[plan + PLAN_N_TRIGGERS] != n) {
        return false;
    }
    PLAN_FOR_EACH_TRIGGER (pt, store, plan) {
        if (pt.entry != *matches++) {
            return false;
        }
    }
    return true;
}

/* Returns the cell of 'measure' in the plan at 'plan', after adding it if it
 * is not there. */
static uint32_t
plan_add_measure(uint32_t *plan, uint32_t measure)
{
    uint32_t n = plan[PLAN_N_CELLS];

    for (uint32_t i = 0; i < n; i++) {
        if (plan[PLAN_MEASURES + i] == measure) {
            return i;
        }
    }
    plan[PLAN_MEASURES + n] = measure;
    plan[PLAN_N_CELLS]++;
    return n;
}

/* Appends the plan of the 'n' triggers in 'matches', for which there is room,
 * and returns its number. */
static uint32_t
plan_append(struct plan_store *store, const uint32_t *matches, size_t n)
{
    const struct trigger_table *table = store->table;
    uint32_t number = store->n_words;
    uint32_t *plan = &store->words[number];

    COVERAGE_INC(trumpet_plan_create);
    plan[PLAN_N_TRIGGERS] = n;
    plan[PLAN_N_CELLS] = 0;
    plan[PLAN_VARIABLES] = 0;
    for (size_t i = 0; i < n; i++) {
        const struct trigger_table_entry *entry = &table->entries[matches[i]];

        for (size_t j = 0; j < event_n_measures(table, matches[i]); j++) {
            uint32_t measure = entry->measures[j];

            if (measure != TRIGGER_MEASURE_BASE) {
                plan_add_measure(plan, measure);
                plan[PLAN_VARIABLES]
                    |= value_variables(table->measures[measure]->value);
            }
        }
    }

    uint32_t *word = &plan[PLAN_MEASURES + plan[PLAN_N_CELLS]];
    for (size_t i = 0; i < n; i++) {
        const struct trigger_table_entry *entry = &table->entries[matches[i]];

        *word++ = matches[i];
        for (size_t j = 0; j < event_n_measures(table, matches[i]); j++) {
            uint32_t measure = entry->measures[j];

            *word++ = (measure == TRIGGER_MEASURE_BASE
                       ? 0 : plan_add_measure(plan, measure));
        }
    }
    store->n_words = word - store->words;
    return number;
}

uint32_t
plan_store_match(struct plan_store *store, const struct flow_fields *fields)
{
    uint32_t *matches = store->matches;
    size_t n = trigger_table_match(store->table, fields, matches);

    if (!n) {
        return PLAN_NONE;
    }

    uint32_t hash = hash_bytes(matches, n * sizeof *matches, 0);
    uint32_t *bucket = &store->buckets[hash % N_PLAN_BUCKETS];
    for (uint32_t plan = *bucket; plan;
         plan = store->words[plan + PLAN_NEXT]) {
        if (plan_is(store, plan, matches, n)) {
            return plan;
        }
    }
    if (plan_words(store->table, matches, n)
        > store->max_words - store->n_words) {
        return PLAN_FULL;
    }

    uint32_t plan = plan_append(store, matches, n);
    store->words[plan + PLAN_NEXT] = *bucket;
    *bucket = plan;
    return plan;
}

struct plan_cells
plan_store_cells(const struct plan_store *store, uint32_t plan)
{
    const uint32_t *words = &store->words[plan];

    return (struct plan_cells) {
        .n = words[PLAN_N_CELLS],
        .variables = words[PLAN_VARIABLES],
        .measures = &words[PLAN_MEASURES],
    };
}

struct plan_trigger
plan_trigger_first(const struct plan_store *store, uint32_t plan)
{
    const uint32_t *words = &store->words[plan];
    uint32_t first = plan + PLAN_MEASURES + words[PLAN_N_CELLS];

    return (struct plan_trigger) {
        .entry = store->words[first],
        .cells = &store->words[first + 1],
        .n_left = words[PLAN_N_TRIGGERS],
    };
}

struct plan_trigger
plan_trigger_next(const struct plan_store *store, struct plan_trigger pt)
{
    const uint32_t *word = pt.cells + event_n_measures(store->table,
                                                       pt.entry);

    pt.n_left--;
    if (pt.n_left) {
        pt.entry = word[0];
        pt.cells = &word[1];
    }
    return pt;
}
