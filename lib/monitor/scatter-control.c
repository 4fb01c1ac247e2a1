/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/scatter-batch.h"

#include "openvswitch/compiler.h"
#include "util.h"

/* What others than the packet thread do with a scatter. */

/* Words of plans for each flow, on the average, for which there is room.  A
 * plan of its own for each flow would need a few more, but then flows that
 * come and go share the store. */
#define PLAN_WORDS_PER_FLOW 16

static void
scatter_free(struct scatter *scatter)
{
    struct plan_store *plans, *newer;

    for (plans = scatter->oldest_plans; plans; plans = newer) {
        newer = plans->newer;
        plan_store_destroy(plans);
    }
    free(scatter->name);
    free_cacheline(scatter->few);
    free_cacheline(scatter);
}

struct scatter *
scatter_create(const char *name, struct scatter_shared *shared,
               uint32_t max_flows, struct trigger_table *table)
{
    static atomic_count next_id = ATOMIC_COUNT_INIT(1);
    struct scatter *scatter = xzalloc_cacheline(sizeof *scatter);

    scatter->id = atomic_count_inc(&next_id) & INT32_MAX;
    scatter->few = xzalloc_cacheline(sizeof *scatter->few);
    scatter->shared = shared;
    scatter->epoch_us = shared->epoch_us;
    scatter->next_seq = 1;
    scatter->name = xstrdup(name);
    scatter->plan_words = (size_t) max_flows * PLAN_WORDS_PER_FLOW;
    if (!scatter_set_table(scatter, table)) {
        scatter_free(scatter);
        return NULL;
    }
    if (!flow_table_init(&scatter->table, max_flows)) {
        scatter_free(scatter);
        return NULL;
    }
    if (!plan_cache_init(&scatter->held_plans)) {
        flow_table_uninit(&scatter->table);
        scatter_free(scatter);
        return NULL;
    }
    if (!guard_init(&scatter->guard, max_flows, shared->epoch_us)) {
        plan_cache_uninit(&scatter->held_plans);
        flow_table_uninit(&scatter->table);
        scatter_free(scatter);
        return NULL;
    }
    if (!epoch_buffers_init(&scatter->buffers,
                            max_flows + scatter->table.n_shared,
                            max_flows * CELLS_PER_FLOW, LOG_RECORDS)) {
        guard_uninit(&scatter->guard);
        plan_cache_uninit(&scatter->held_plans);
        flow_table_uninit(&scatter->table);
        scatter_free(scatter);
        return NULL;
    }
    return scatter;
}

void
scatter_destroy(struct scatter *scatter)
{
    if (scatter) {
        flow_table_uninit(&scatter->table);
        guard_uninit(&scatter->guard);
        plan_cache_uninit(&scatter->held_plans);
        epoch_buffers_uninit(&scatter->buffers);
        scatter_free(scatter);
    }
}

/* Removes 'plans', which the packet thread never saw or does not use any
 * more, from the list. */
static void
scatter_remove_plans(struct scatter *scatter, struct plan_store *plans)
{
    struct plan_store **link = &scatter->oldest_plans;

    while (*link != plans) {
        link = &(*link)->newer;
    }
    *link = plans->newer;
    plan_store_destroy(plans);
}

struct plan_store *
scatter_make_plans(struct scatter *scatter, struct trigger_table *table)
{
    uint32_t generation = scatter->generation + 1;

    if (!generation) {
        generation = 1;         /* 0 is the generation of a new entry. */
    }
    return plan_store_create(PLAN_PACKET, table, generation,
                             MAX(scatter->plan_words,
                                 plan_store_min_words(table)));
}

void
scatter_set_plans(struct scatter *scatter, struct plan_store *plans)
{
    struct plan_store *untaken, **link;

    scatter->generation = plans->generation;
    for (link = &scatter->oldest_plans; *link; link = &(*link)->newer) {
        continue;
    }
    *link = plans;

    /* Release: pairs with scatter_open_buffer().  Acquire: an untaken store
     * comes back as this thread, or another one under the mutex, made it. */
    untaken = atomic_exchange_explicit(&scatter->next_plans, plans,
                                       memory_order_acq_rel);
    if (untaken) {
        scatter_remove_plans(scatter, untaken);
    }
}

bool
scatter_set_table(struct scatter *scatter, struct trigger_table *table)
{
    struct plan_store *plans = scatter_make_plans(scatter, table);

    if (plans) {
        scatter_set_plans(scatter, plans);
    }
    return plans != NULL;
}

void
scatter_forget_plans(struct scatter *scatter, const struct plan_store *plans)
{
    while (scatter->oldest_plans != plans) {
        struct plan_store *older = scatter->oldest_plans;

        scatter->oldest_plans = older->newer;
        plan_store_destroy(older);
    }
}

void
scatter_release(struct scatter *scatter, struct epoch_buffer *buffer)
{
    /* Pairs with scatter_get_age() in scatter-rare.c. */
    atomic_store_explicit(&scatter->released_seq, buffer->seq,
                          memory_order_release);
    /* Pairs with epoch_buffers_find_free(). */
    atomic_store_explicit(&buffer->state, EPOCH_BUFFER_FREE,
                          memory_order_release);
}

static uint64_t
read_relaxed(const atomic_uint64_t *counter)
{
    uint64_t x;

    atomic_read_relaxed(CONST_CAST(atomic_uint64_t *, counter), &x);
    return x;
}

cause_set
scatter_get_causes(const struct scatter *scatter_, uint64_t epoch)
{
    struct scatter *scatter = CONST_CAST(struct scatter *, scatter_);
    struct missed_epoch *missed = &scatter->missed[epoch % N_MISSED_EPOCHS];
    uint64_t missed_epoch;
    uint32_t causes;

    atomic_read_relaxed(&missed->epoch, &missed_epoch);
    atomic_read_relaxed(&missed->causes, &causes);

    /* A later epoch may stand where this one stood. */
    return missed_epoch >= epoch + 1 ? causes : 0;
}

bool
scatter_missed_since(const struct scatter *scatter, uint64_t epoch)
{
    for (int i = 0; i < N_MISSED_EPOCHS; i++) {
        if (read_relaxed(&scatter->missed[i].epoch) > epoch) {
            return true;
        }
    }
    return false;
}

void
scatter_ledger(const struct scatter *scatter, struct ledger *copy)
{
    const struct shared_ledger *ledger = &scatter->ledger;
    uint64_t before, after, n_screened;

    do {
        /* Pairs with the release of 'version' in scatter_account(). */
        atomic_read_explicit(CONST_CAST(atomic_uint64_t *, &ledger->version),
                             &before, memory_order_acquire);
        n_screened = read_relaxed(&scatter->gate.n_screened);
        copy->received = read_relaxed(&ledger->received) + n_screened;
        copy->counted = read_relaxed(&ledger->counted);
        copy->unmatched = read_relaxed(&ledger->unmatched) + n_screened;
        copy->dropped_invalid = read_relaxed(&ledger->dropped_invalid);
        for (int i = 0; i < N_CAUSES; i++) {
            copy->not_observed[i] = read_relaxed(&ledger->not_observed[i]);
        }
        /* Pairs with the fence in scatter_account(). */
        atomic_thread_fence(memory_order_acquire);
        after = read_relaxed(&ledger->version);
    } while (before != after || before & 1);
}

/* Gives the epoch buffers room for so many flows and cells. */
static bool
scatter_grow_buffers(struct scatter *scatter, uint32_t max_flows,
                     uint32_t max_cells)
{
    struct epoch_buffers buffers;

    if (!epoch_buffers_init(&buffers, max_flows, max_cells,
                            scatter->buffers.max_records)) {
        return false;
    }
    epoch_buffers_uninit(&scatter->buffers);
    scatter->buffers = buffers;
    return true;
}

bool
scatter_grow(struct scatter *scatter, enum cause cause,
             struct trigger_table *table)
{
    const struct flow_table_age age = { scatter->next_seq, scatter->next_seq };
    uint32_t max_flows = scatter->table.max_flows;
    uint32_t max_cells = scatter->buffers.max_cells;

    switch ((int) cause) {
    case CAUSE_TABLE_FULL:
        return (max_flows <= FLOW_ACTIVE_MASK / 4
                && flow_table_grow(&scatter->table, 2 * max_flows, &age)
                && scatter_grow_buffers(scatter, scatter->table.max_flows,
                                        max_cells));

    case CAUSE_CELLS_FULL:
        return (max_cells <= UINT32_MAX / 4
                && scatter_grow_buffers(scatter, max_flows, 2 * max_cells));

    case CAUSE_PLANS_FULL:
        scatter->plan_words = MAX(2 * scatter->plan_words,
                                  plan_store_min_words(table));
        return (scatter->plan_words < UINT32_MAX
                && scatter_set_table(scatter, table));

    case CAUSE_SWEEP_OVERRUN:
    case CAUSE_LOG_FULL:
        return true;            /* All buffers are free again. */

    default:
        return false;
    }
}

uint64_t
scatter_memory_bytes(const struct scatter *scatter)
{
    return (sizeof *scatter
            + flow_table_memory_bytes(&scatter->table)
            + guard_memory_bytes(&scatter->guard)
            + plan_cache_memory_bytes()
            + epoch_buffers_memory_bytes(&scatter->buffers));
}
