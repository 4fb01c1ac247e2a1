/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/guard.h"

#include "coverage.h"
#include "monitor/pages.h"
#include "util.h"

/* Trumpet, SIGCOMM 2016, section 5.4, keeps small flows out of its table by an
 * array of counters.  Two things differ: the counters have tags, so that two
 * flows rarely share one and a flow is not let in for what another one sent;
 * and the threshold follows the load, so that there is none without a
 * flood. */

COVERAGE_DEFINE(trumpet_guard_on);
COVERAGE_DEFINE(trumpet_guard_off);
COVERAGE_DEFINE(trumpet_guard_threshold);

/* A flow that has no entry yet: a tag out of its hash, the epoch of its last
 * packet and the number of packets, saturating. */
struct guard_cell {
    uint16_t tag;
    uint8_t epoch;
    uint8_t packets;            /* 0: unused. */
};

/* A new flow takes the place of the one that has sent least. */
#define CELLS_PER_BUCKET 2
struct guard_bucket {
    struct guard_cell cells[CELLS_PER_BUCKET];
};
BUILD_ASSERT_DECL(sizeof(struct guard_bucket) == sizeof(uint64_t));

/* New flows in a millisecond that are let in whatever they cost; at a few
 * hundred ns for a match it is a fraction of a core. */
#define NEW_FLOWS_PER_MS 400
#define MIN_LIMIT 1024

/* A flow that sends nothing for so many epochs starts anew.  Fewer than
 * epochs of 8 bits can tell apart. */
#define CELL_EPOCHS 64

#define MIN_THRESHOLD 2
#define MAX_THRESHOLD 128

#define CALM_US 1000000

bool
guard_init(struct guard *guard, uint32_t max_flows, uint64_t epoch_us)
{
    uint64_t limit = MIN(max_flows / 8, NEW_FLOWS_PER_MS * epoch_us / 1000);

    memset(guard, 0, sizeof *guard);
    guard->calm_epochs = MAX(CALM_US / epoch_us, 1);
    guard->limit = MAX(limit, MIN_LIMIT);
    guard->limit_admitted = 2 * guard->limit;

    /* Buckets for what may come in several epochs while it is on. */
    int bits = MIN(log_2_ceil(max_flows), 20);
    guard->mask = (1u << bits) - 1;
    guard->shift = 32 - bits;
    atomic_init(&guard->pressure, 0);
    atomic_init(&guard->threshold, MIN_THRESHOLD);
    atomic_init(&guard->n_held, 0);
    guard->cells = pages_alloc((guard->mask + 1) * sizeof *guard->cells);
    return guard->cells != NULL;
}

void
guard_uninit(struct guard *guard)
{
    pages_free(guard->cells, (guard->mask + 1) * sizeof *guard->cells);
}

uint64_t
guard_memory_bytes(const struct guard *guard)
{
    return (guard->mask + UINT64_C(1)) * sizeof *guard->cells;
}

static uint32_t
get_threshold(const struct guard *guard)
{
    uint32_t threshold;

    atomic_read_relaxed(&CONST_CAST(struct guard *, guard)->threshold,
                        &threshold);
    return threshold;
}

static uint64_t
get_pressure(const struct guard *guard)
{
    uint64_t pressure;

    atomic_read_relaxed(&CONST_CAST(struct guard *, guard)->pressure,
                        &pressure);
    return pressure;
}

void
guard_set_on(struct guard *guard, uint64_t epoch)
{
    COVERAGE_INC(trumpet_guard_on);
    guard->on = true;
    guard->n_admitted = 0;
    guard->strained_epoch = epoch;
    atomic_store_relaxed(&guard->threshold, MIN_THRESHOLD);
    atomic_store_relaxed(&guard->pressure, epoch);
}

/* Raises the threshold if too many flows got in; lowers it when there were few
 * for as long as it takes to be calm. */
static void
guard_adapt(struct guard *guard, uint64_t epoch)
{
    uint32_t threshold = get_threshold(guard);

    if (guard->n_admitted > guard->limit) {
        guard->strained_epoch = epoch;
        if (threshold < MAX_THRESHOLD) {
            COVERAGE_INC(trumpet_guard_threshold);
            atomic_store_relaxed(&guard->threshold, 2 * threshold);
        }
    } else if (threshold > MIN_THRESHOLD
               && epoch - guard->strained_epoch > guard->calm_epochs) {
        guard->strained_epoch = epoch;
        atomic_store_relaxed(&guard->threshold, threshold / 2);
    }
}

void
guard_open(struct guard *guard, uint64_t epoch)
{
    if (OVS_UNLIKELY(guard->on)) {
        if (guard->n_new > guard->limit / 2
            || guard->n_admitted > guard->limit / 2) {
            atomic_store_relaxed(&guard->pressure, epoch);
            guard_adapt(guard, epoch);
        } else if (epoch - get_pressure(guard) > guard->calm_epochs) {
            COVERAGE_INC(trumpet_guard_off);
            guard->on = false;
            atomic_store_relaxed(&guard->pressure, UINT64_C(0));
        }
    }
    guard->epoch = epoch;
    guard->n_new = guard->n_admitted = guard->spent = 0;
}

static bool
cell_is_stale(const struct guard *guard, const struct guard_cell *cell)
{
    return (!cell->packets
            || (uint8_t) (guard->epoch - cell->epoch) > CELL_EPOCHS);
}

/* Returns the cell of the flow with 'tag', which may be a new one. */
static struct guard_cell *
guard_find_cell(struct guard *guard, struct guard_bucket *bucket,
                uint16_t tag)
{
    struct guard_cell *least = NULL;

    for (int i = 0; i < CELLS_PER_BUCKET; i++) {
        struct guard_cell *cell = &bucket->cells[i];

        if (cell_is_stale(guard, cell)) {
            cell->packets = 0;
        } else if (cell->tag == tag) {
            return cell;
        }
        if (!least || cell->packets < least->packets
            || (cell->packets == least->packets
                && ((uint8_t) (guard->epoch - cell->epoch)
                    > (uint8_t) (guard->epoch - least->epoch)))) {
            least = cell;
        }
    }
    guard->n_new++;
    *least = (struct guard_cell) { .tag = tag };
    return least;
}

/* The same while the guard is on. */
bool
guard_admits__(struct guard *guard, uint64_t hash)
{
    struct guard_bucket *bucket
        = &guard->cells[guard_index__(guard, hash)];
    struct guard_cell *cell = guard_find_cell(guard, bucket, hash);
    uint64_t n_held;

    cell->epoch = guard->epoch;
    cell->packets++;
    if (cell->packets >= get_threshold(guard)
        && guard->n_admitted < guard->limit_admitted) {
        guard->n_admitted++;
        cell->packets = 0;
        return true;
    }
    cell->packets = MIN(cell->packets, MAX_THRESHOLD);
    atomic_read_relaxed(&guard->n_held, &n_held);
    atomic_store_relaxed(&guard->n_held, n_held + 1);
    return false;
}

void
guard_get_status(const struct guard *guard, uint64_t epoch,
                 struct guard_status *status)
{
    uint64_t pressure = get_pressure(guard);

    /* A thread without packets does not turn it off. */
    status->on = pressure && epoch < pressure + 2 * guard->calm_epochs;
    status->threshold = get_threshold(guard);
    atomic_read_relaxed(&CONST_CAST(struct guard *, guard)->n_held,
                        &status->held);
}
