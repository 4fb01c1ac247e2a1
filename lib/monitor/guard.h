/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_GUARD_H
#define MONITOR_GUARD_H 1

#include <stdbool.h>
#include <stdint.h>

#include "monitor/flow-key.h"
#include "openvswitch/compiler.h"
#include "ovs-atomic.h"

/* The guard: what keeps a flood of new flows out of a packet thread's flow
 * table.
 *
 * Only packets without a flow entry ever come here.  While there are few of
 * them, or the table has room, the guard is off: it counts them, and each gets
 * an entry.  When more than 'limit' came in one epoch buffer and the table is
 * half full, the guard is on until a second passed with less than half of
 * that.
 *
 * While it is on, a flow gets an entry when it has sent 'threshold' packets,
 * counted in small counters by hash; so a flow that goes on is let in within
 * a few packets, and one that does not never takes the place of another.  If
 * more flows than 'limit' get in all the same, the threshold doubles.
 *
 * What is done with packets that are held back is scatter-hold.c's affair: as
 * many as cost no more than 'limit' in a buffer are counted in entries that
 * many flows share (shared-flows.h), which is exact for all triggers that do
 * not tell sources apart.  The others are not observed.
 *
 * Flows that have an entry do not notice any of it.
 *
 * Thread-safety: one writer, the packet thread.  Figures may be read by any
 * thread. */

struct guard {
    /* Immutable. */
    uint64_t calm_epochs;       /* So long without pressure: it goes off. */
    uint32_t limit;             /* New flows in a buffer. */
    uint32_t mask;              /* Of 'cells'. */
    int shift;                  /* Of a hash, for an index. */

    /* Of the packet thread. */
    struct guard_bucket *cells; /* [mask + 1] */
    bool on;
    uint8_t epoch;              /* The low bits, for the cells. */
    uint32_t n_new;             /* In this buffer: flows seen first... */
    uint32_t n_admitted;        /* ...and let in while it is on. */
    uint32_t spent;             /* On packets held back, see
                                 * guard_may_spend(). */
    uint32_t limit_admitted;    /* Of 'n_admitted' in a buffer. */
    uint64_t strained_epoch;    /* Last one in which 'threshold' was too
                                 * low. */

    /* Written by the packet thread, read by any. */
    atomic_uint64_t pressure;   /* Last epoch with pressure; 0: it is off. */
    atomic_uint32_t threshold;  /* Packets. */
    atomic_uint64_t n_held;     /* Packets held back, ever. */
};

/* Makes a guard for a table of 'max_flows' flows and epochs of 'epoch_us'.
 * Returns false if there is no memory. */
bool guard_init(struct guard *, uint32_t max_flows, uint64_t epoch_us);
void guard_uninit(struct guard *);
uint64_t guard_memory_bytes(const struct guard *);

/* A buffer was opened for 'epoch'. */
void guard_open(struct guard *, uint64_t epoch);

/* For the inline functions only. */
bool guard_admits__(struct guard *, uint64_t hash);
void guard_set_on(struct guard *, uint64_t epoch);

/* Tells whether the flow with 'hash', which has no entry, is to get one now.
 * 'tight': the table is at least half full.  Runs on: PMD. */
static inline bool
guard_admits(struct guard *guard, uint64_t hash, uint64_t epoch, bool tight)
{
    if (OVS_LIKELY(!guard->on)) {
        if (++guard->n_new <= guard->limit || !tight) {
            return true;
        }
        guard_set_on(guard, epoch);
    }
    return guard_admits__(guard, hash);
}

/* Which of the cells' buckets is for the flow with 'hash'. */
static inline uint32_t
guard_index__(const struct guard *guard, uint64_t hash)
{
    return (uint32_t) hash >> guard->shift & guard->mask;
}

/* For what is to be asked about a flow with 'hash' while it is on. */
static inline void
guard_prefetch(const struct guard *guard, uint64_t hash)
{
    /* A bucket is as large as that. */
    OVS_PREFETCH_WRITE((uint64_t *) guard->cells + guard_index__(guard, hash));
}

/* What it costs to count a packet that is held back, the unit being what it
 * takes if the triggers of such a flow are known; and in addition if they are
 * not. */
#define GUARD_COST_KNOWN 1
#define GUARD_COST_MATCH 7

/* Tells whether there is time for 'cost' more in this buffer.
 * Runs on: PMD. */
static inline bool
guard_may_spend(struct guard *guard, uint32_t cost)
{
    bool may = guard->limit - guard->spent >= cost;

    guard->spent += may ? cost : 0;
    return may;
}

/* How it stands at the end of 'epoch'. */
struct guard_status {
    bool on;
    uint32_t threshold;         /* Packets. */
    uint64_t held;              /* Packets held back, ever. */
};

/* Runs on: any. */
void guard_get_status(const struct guard *, uint64_t epoch,
                      struct guard_status *);

#endif /* monitor/guard.h */
