/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/plan.h"

#include "coverage.h"
#include "hash.h"
#include "monitor/gathered-plan.h"
#include "monitor/pages.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_plan_create);

/* Layout of a plan, in words; a plan's number is the index of its first.
 *
 *     next                    plan in the same bucket, or 0
 *     n_triggers
 *     n_cells
 *     record                  PLAN_RECORD_*
 *     entry * n_triggers      to compare plans by
 *     measure * n_cells       index into the table's measures
 *     then n_triggers times:
 *         entry               index into the table's entries
 *         cell * n_measures   of that entry's event
 *
 * Word 0 is no plan, so that 0 is free for PLAN_NONE.  The first plan is
 * PLAN_REVERSE. */
enum {
    PLAN_NEXT,
    PLAN_N_TRIGGERS,
    PLAN_N_CELLS,
    PLAN_RECORD,
    PLAN_ENTRIES,               /* First of them. */
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
    size_t words = PLAN_ENTRIES;

    for (size_t i = 0; i < n; i++) {
        words += 2 + 2 * event_n_measures(table, matches[i]);
    }
    return words;
}

size_t
plan_store_min_words(const struct trigger_table *table)
{
    size_t words = PLAN_ENTRIES;

    for (uint32_t i = 0; i < table->n_entries; i++) {
        words += 2 + 2 * event_n_measures(table, i);
    }
    return PLAN_REVERSE + PLAN_ENTRIES + 4 * words;
}

struct plan_store *
plan_store_create(enum plan_kind kind, struct trigger_table *table,
                  uint32_t generation, size_t max_words)
{
    struct plan_store *store = xzalloc(sizeof *store);

    store->kind = kind;
    store->table = trigger_table_ref(table);
    store->generation = generation;
    store->max_words = max_words;
    store->words = pages_alloc(max_words * sizeof *store->words);
    store->buckets = pages_alloc(BUCKETS_BYTES);
    store->matches = xcalloc(table->n_entries, sizeof *store->matches);
    if (!store->words || !store->buckets) {
        plan_store_destroy(store);
        return NULL;
    }
    store->words[PLAN_REVERSE + PLAN_RECORD] = PLAN_RECORD_REVERSE;
    store->n_words = PLAN_REVERSE + PLAN_ENTRIES;
    return store;
}

void
plan_store_destroy(struct plan_store *store)
{
    if (store) {
        gathered_plans_destroy(store->gathered);
        pages_free(store->words, store->max_words * sizeof *store->words);
        pages_free(store->buckets, BUCKETS_BYTES);
        trigger_table_unref(store->table);
        free(store->matches);
        free(store);
    }
}

/* A flow's matches, for which there is a plan or is to be one. */
struct plan_matches {
    const uint32_t *entries;
    size_t n;
    uint32_t record;            /* PLAN_RECORD_*. */
};

/* True if 'plan' is that of 'matches'. */
static bool
plan_is(const struct plan_store *store, uint32_t plan,
        const struct plan_matches *matches)
{
    const uint32_t *words = &store->words[plan];

    if (words[PLAN_N_TRIGGERS] != matches->n
        || words[PLAN_RECORD] != matches->record) {
        return false;
    }
    for (size_t i = 0; i < matches->n; i++) {
        if (words[PLAN_ENTRIES + i] != matches->entries[i]) {
            return false;
        }
    }
    return true;
}

/* The index, in the words of 'plan', of its first measure. */
static inline uint32_t
plan_measures(const uint32_t *plan)
{
    return PLAN_ENTRIES + plan[PLAN_N_TRIGGERS];
}

/* Returns the cell of 'measure' in the plan at 'plan', after adding it if it
 * is not there. */
static uint32_t
plan_add_measure(uint32_t *plan, uint32_t measure)
{
    uint32_t *measures = &plan[plan_measures(plan)];
    uint32_t n = plan[PLAN_N_CELLS];

    for (uint32_t i = 0; i < n; i++) {
        if (measures[i] == measure) {
            return i;
        }
    }
    measures[n] = measure;
    plan[PLAN_N_CELLS]++;
    return n;
}

/* True if 'measure', an index into the table's, is counted by plans of the
 * store's kind. */
static bool
plan_store_counts(const struct plan_store *store, uint32_t measure)
{
    if (measure == TRIGGER_MEASURE_NONE) {
        return false;
    }

    bool history = (measure_layer(store->table->measures[measure])
                    != VARIABLE_PACKET);
    return history == (store->kind == PLAN_HISTORY);
}

/* Appends the plan of 'matches', for which there is room, and returns its
 * number. */
static uint32_t
plan_append(struct plan_store *store, const struct plan_matches *matches)
{
    const struct trigger_table *table = store->table;
    uint32_t number = store->n_words;
    uint32_t *plan = &store->words[number];
    size_t n = matches->n;

    COVERAGE_INC(trumpet_plan_create);
    plan[PLAN_N_TRIGGERS] = n;
    plan[PLAN_N_CELLS] = 0;
    plan[PLAN_RECORD] = matches->record;
    memcpy(&plan[PLAN_ENTRIES], matches->entries, n * sizeof *plan);
    for (size_t i = 0; i < n; i++) {
        uint32_t e = matches->entries[i];

        for (size_t j = 0; j < event_n_measures(table, e); j++) {
            uint32_t measure = table->entries[e].measures[j];

            if (plan_store_counts(store, measure)) {
                plan_add_measure(plan, measure);
            }
        }
    }

    uint32_t *word = &plan[plan_measures(plan) + plan[PLAN_N_CELLS]];
    for (size_t i = 0; i < n; i++) {
        uint32_t e = matches->entries[i];

        *word++ = e;
        for (size_t j = 0; j < event_n_measures(table, e); j++) {
            uint32_t measure = table->entries[e].measures[j];

            *word++ = (plan_store_counts(store, measure)
                       ? plan_add_measure(plan, measure) : PLAN_NO_CELL);
        }
    }
    store->n_words = word - store->words;
    return number;
}

/* Keeps only the 'matches' that plans of the store's kind are about, and tells
 * what is to be recorded because of them. */
static void
plan_select_matches(const struct plan_store *store, uint32_t *entries,
                    struct plan_matches *matches)
{
    size_t n = 0;

    for (size_t i = 0; i < matches->n; i++) {
        if (store->table->layers[entries[i]] != VARIABLE_PACKET) {
            matches->record |= PLAN_RECORD_FLOW;
        } else if (store->kind == PLAN_HISTORY) {
            continue;
        }
        entries[n++] = entries[i];
    }
    matches->n = n;
}

uint32_t
plan_store_match(struct plan_store *store, const struct flow_fields *fields)
{
    struct plan_matches matches = {
        .entries = store->matches,
        .n = trigger_table_match(store->table, fields, store->matches),
    };

    plan_select_matches(store, store->matches, &matches);
    if (store->kind == PLAN_PACKET
        && trigger_table_matches_reverse(store->table, fields)) {
        matches.record |= PLAN_RECORD_REVERSE;
    }
    if (!matches.n) {
        return matches.record ? PLAN_REVERSE : PLAN_NONE;
    }

    uint32_t hash = hash_bytes(matches.entries,
                               matches.n * sizeof *matches.entries,
                               matches.record);
    uint32_t *bucket = &store->buckets[hash % N_PLAN_BUCKETS];
    for (uint32_t plan = *bucket; plan;
         plan = store->words[plan + PLAN_NEXT]) {
        if (plan_is(store, plan, &matches)) {
            return plan;
        }
    }
    if (plan_words(store->table, matches.entries, matches.n)
        > store->max_words - store->n_words) {
        return PLAN_FULL;
    }

    uint32_t plan = plan_append(store, &matches);
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
        .record = words[PLAN_RECORD],
        .measures = &words[plan_measures(words)],
    };
}

struct plan_trigger
plan_trigger_first(const struct plan_store *store, uint32_t plan)
{
    const uint32_t *words = &store->words[plan];
    uint32_t first = plan + plan_measures(words) + words[PLAN_N_CELLS];

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
