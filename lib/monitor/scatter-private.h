/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_SCATTER_PRIVATE_H
#define MONITOR_SCATTER_PRIVATE_H 1

#include "monitor/burst-sampler.h"
#include "monitor/cost-meter.h"
#include "monitor/epoch-buffer.h"
#include "monitor/flow-table.h"
#include "monitor/guard.h"
#include "monitor/ledger.h"
#include "monitor/plan-cache.h"
#include "monitor/plan.h"
#include "monitor/scatter.h"
#include "monitor/screen-gate.h"
#include "openvswitch/list.h"
#include "ovs-atomic.h"

/* The state of a packet thread, for scatter.c and the sweeper.
 *
 * Closing an epoch
 * ================
 *
 * The packet thread pins the epoch in which it counts a burst, the sweeper
 * says from which epoch on counting is allowed:
 *
 *     packet thread                      sweeper
 *     -------------                      -------
 *     pin = epoch + 1      (seq_cst)     open_from = e + 1    (seq_cst)
 *     if open_from > epoch (seq_cst)     read pin             (seq_cst)
 *         epoch = open_from, again       if pin && pin - 1 <= e: not yet
 *     ... count ...                      ... gather the buffers up to e ...
 *     pin = 0              (release)
 *
 * Either the packet thread sees that the epoch was closed and counts in the
 * next one, or the sweeper sees the pin and comes back.  Nobody waits, and a
 * packet thread that was preempted at any point loses nothing.  The release
 * of the pin pairs with the sweeper's read of it. */

/* Why packets of an epoch were not observed. */
struct missed_epoch {
    atomic_uint64_t epoch;
    atomic_uint32_t causes;
};
#define N_MISSED_EPOCHS 64

/* The ledger as the packet thread keeps it: odd while it is being changed. */
struct shared_ledger {
    atomic_uint64_t version;
    atomic_uint64_t received;
    atomic_uint64_t counted;
    atomic_uint64_t unmatched;
    atomic_uint64_t dropped_invalid;
    atomic_uint64_t not_observed[N_CAUSES];
};

/* What all threads of a monitor share. */
struct scatter_shared {
    uint64_t epoch_us;          /* Immutable. */
    atomic_uint64_t open_from;  /* Lowest epoch that is not closed. */
};

struct scatter {
    struct screen_gate gate;    /* First, so in one cache line. */

    /* Immutable. */
    struct scatter_shared *shared;
    uint64_t epoch_us;          /* shared->epoch_us. */
    uint32_t id;                /* No other one has or had this number, in
                                 * stamps of hints. */

    /* Where time does not matter, in a replay, the thread may ask for room
     * between two packets when it lacks some because of 'cause'.  Returns
     * false if there is none to be had.  Null in a switch. */
    bool (*make_room)(struct scatter *, enum cause, void *aux);
    void *aux;

    /* Written and read by the packet thread. */
    struct epoch_buffer *current;   /* Null: none is open. */
    uint64_t end_us;            /* 'current' is for the epoch that ends then,
                                 * and so is what 'plans' are about; 0: for
                                 * none. */
    uint32_t next_seq;
    struct plan_store *plans;
    struct flow_table table;
    struct guard guard;         /* Of 'table'. */
    struct scatter_few *few;    /* Of the burst that scatter_try_end() began,
                                 * if any. */
    struct plan_cache held_plans;   /* For what the guard holds back. */
    struct epoch_buffers buffers;

    /* Written by the packet thread, read by any. */
    atomic_uint64_t pin;        /* Epoch + 1 while in a burst, else 0. */
    struct shared_ledger ledger;
    struct missed_epoch missed[N_MISSED_EPOCHS];    /* By epoch. */
    atomic_bool plans_tight;    /* Please, another plan store. */
    atomic_uint32_t n_flows;    /* Copy of table.n_flows. */
    atomic_uint64_t n_matches;  /* Flows that were matched with all triggers,
                                 * ever. */

    /* Written by others, read by the packet thread. */
    atomic_uint32_t released_seq;   /* Buffers up to this one were swept. */
    ATOMIC(struct plan_store *) next_plans; /* Taken when a buffer opens. */

    /* For the monitor, under its mutex. */
    struct ovs_list node;
    char *name;
    bool retired;               /* No more bursts will come. */
    uint32_t generation;        /* Last one given to a plan store. */
    size_t plan_words;          /* Least size of a plan store. */
    struct plan_store *oldest_plans;    /* All that exist, oldest first. */
    struct thread_meter meter;

    struct burst_sampler sampler;
};

/* Returns null if there is no memory. */
struct scatter *scatter_create(const char *name, struct scatter_shared *,
                               uint32_t max_flows, struct trigger_table *);
void scatter_destroy(struct scatter *);

/* Makes the thread use 'table' from the next buffer on.  Returns false if
 * there is no memory.  Runs on: main or sweeper, under the monitor's
 * mutex. */
bool scatter_set_table(struct scatter *, struct trigger_table *);

/* The same in two steps, of which only the first may fail: returns null if
 * there is no memory. */
struct plan_store *scatter_make_plans(struct scatter *,
                                      struct trigger_table *);
void scatter_set_plans(struct scatter *, struct plan_store *);

/* Destroys plan stores that are older than 'plans', which a buffer that is
 * being gathered uses.  Runs on: sweeper. */
void scatter_forget_plans(struct scatter *, const struct plan_store *plans);

/* Gives 'buffer' back.  Runs on: sweeper. */
void scatter_release(struct scatter *, struct epoch_buffer *);

/* Why packets of 'epoch', which is not final, were not observed, if any.  Of
 * an epoch so long ago that it was overwritten, this is what came later; so
 * no epoch that was missed is taken for a complete one.  Runs on: sweeper. */
cause_set scatter_get_causes(const struct scatter *, uint64_t epoch);

/* True if packets of 'epoch' or a later one were not observed. */
bool scatter_missed_since(const struct scatter *, uint64_t epoch);

/* Memory that the thread's tables may come to use. */
uint64_t scatter_memory_bytes(const struct scatter *);

/* Shuts the gate, or opens it with the screen of 'plans' until the end of the
 * epoch, or before packets are remembered: samples are of all packets.
 * Runs on: PMD. */
void scatter_set_gate(struct scatter *);

/* Stops counting in the current buffer, so that it may be gathered before its
 * epoch is closed.  Runs on: the thread that replays. */
void scatter_close_buffer(struct scatter *);

/* Doubles what a thread that replays had too little of because of 'cause',
 * when all buffers were released.  Returns false if there is no memory, or
 * nothing to double. */
bool scatter_grow(struct scatter *, enum cause, struct trigger_table *);

#endif /* monitor/scatter-private.h */
