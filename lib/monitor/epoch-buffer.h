/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_EPOCH_BUFFER_H
#define MONITOR_EPOCH_BUFFER_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/aggregate.h"
#include "monitor/flow-key.h"
#include "monitor/packet-log.h"
#include "ovs-atomic.h"

struct plan_store;

/* Epoch buffers: how what a packet thread counted in an epoch changes hands.
 *
 * A packet thread has N_EPOCH_BUFFERS buffers.  The first packet of an epoch
 * opens a free one; the flows that are active in it stand on its list, one
 * after the other, with all that the sweeper has to know of them; their
 * counters are beside it, their cells in the buffer's arena.  Once the epoch
 * is closed, the buffer belongs to the sweeper until it releases it.  So
 * nothing is ever overwritten or torn: a thread that finds no free buffer does
 * not observe, and says so.
 *
 * An epoch may have several buffers of one thread, since gathering adds up.
 *
 * Thread-safety: see above; 'state' hands over. */

#define N_EPOCH_BUFFERS 4

struct active_flow {
    struct flow_key key;        /* As its entry's. */
    uint32_t entry;             /* Index into the flow table. */
    uint32_t plan;              /* In the buffer's plan store. */
    uint32_t cells;             /* First of its cells. */
};

/* What a flow counted in a buffer.  32 bits are enough, since a thread turns
 * to another buffer before one overflows. */
struct flow_counters {
    uint32_t packets;
    uint32_t bytes;
    uint32_t volume;
    uint32_t unused;            /* So that none is in two cache lines. */
};

enum epoch_buffer_state {
    EPOCH_BUFFER_FREE,
    EPOCH_BUFFER_OPEN,          /* Also while the sweeper has it. */
};

struct epoch_buffer {
    /* Set free by the sweeper (release), pairs with the packet thread's
     * acquire in epoch_buffers_find_free(): what the sweeper read was read
     * before the packet thread writes.  Opened by the packet thread; the
     * sweeper looks only after it knows that the epoch is closed
     * (scatter-private.h). */
    atomic_int state;

    /* Written by the packet thread while it is open. */
    uint64_t epoch;
    uint32_t seq;               /* Number of this use, never 0. */
    struct plan_store *plans;   /* Of all its flows. */
    uint32_t n_active;
    uint32_t n_cells;
    uint32_t n_records;
    uint32_t n_unlogged;        /* Packets whose records are missing. */
    struct active_flow *active; /* [max_active] */
    struct flow_counters *counters;     /* [max_active + 1], of these; the last
                                         * one is for all flows that match
                                         * nothing, and nobody reads it. */
    struct cell *cells;         /* [max_cells] */
    struct packet_record *records;  /* [max_records], in order of time. */
};

struct epoch_buffers {
    uint32_t max_active;
    uint32_t max_cells;
    uint32_t max_records;
    struct epoch_buffer buffers[N_EPOCH_BUFFERS];
};

/* Cells a flow, on the average, for which there is room in each buffer. */
#define CELLS_PER_FLOW 8

/* Records in the packet log of each buffer: those of an epoch of 10 ms at 26
 * million packets a second.  Memory is taken when they are first used. */
#define LOG_RECORDS (1u << 18)

/* Makes buffers for 'max_flows' flows.  Returns false if there is no
 * memory. */
bool epoch_buffers_init(struct epoch_buffers *, uint32_t max_flows,
                        uint32_t max_cells, uint32_t max_records);
void epoch_buffers_uninit(struct epoch_buffers *);

/* Memory of all buffers, that which was not used yet included. */
uint64_t epoch_buffers_memory_bytes(const struct epoch_buffers *);

/* Returns the index of a free buffer, the lowest one since that is most likely
 * in a cache; -1 if there is none.  Runs on: PMD. */
int epoch_buffers_find_free(struct epoch_buffers *);

/* Returns the lowest epoch of the buffers that are not free, or UINT64_MAX.
 * Runs on: sweeper. */
uint64_t epoch_buffers_first_epoch(const struct epoch_buffers *);

/* True if a buffer of 'epoch' is in use. */
bool epoch_buffers_have(const struct epoch_buffers *, uint64_t epoch);

/* Stores the buffers of 'epoch' in 'buffers', in the order in which they were
 * opened, and returns their number.
 * Runs on: sweeper, when 'epoch' is closed for the thread. */
size_t epoch_buffers_get(struct epoch_buffers *, uint64_t epoch,
                         struct epoch_buffer *buffers[N_EPOCH_BUFFERS]);

#endif /* monitor/epoch-buffer.h */
