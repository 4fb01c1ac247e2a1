/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_SCATTER_BATCH_H
#define MONITOR_SCATTER_BATCH_H 1

#include "monitor/flow-hint.h"
#include "monitor/packet.h"
#include "monitor/scatter-private.h"

/* What scatter.c, which does what is done with each packet, and
 * scatter-rare.c, which does the rest, have in common.
 *
 * Thread-safety: of the packet thread. */

/* A burst on its way through the passes. */
struct scatter_batch {
    const struct scatter_pass *pass;
    size_t n;
    struct packet packets[BURST_MAX];
    uint64_t hashes[BURST_MAX];
    uint32_t admitted;          /* Packets, as bits, of flows without an entry
                                 * that the guard lets in. */
    uint32_t received;
    uint32_t counted;
    uint32_t unmatched;
    uint32_t dropped_invalid;
    uint32_t not_observed[N_CAUSES];
};

/* What the second half of a burst needs of the first, if few packets are in
 * it. */
#define FEW_PACKETS 8
struct scatter_few {
    size_t n;
    struct packet packets[FEW_PACKETS];
    uint64_t hashes[FEW_PACKETS];
    uint32_t unmatched;
    uint32_t dropped_invalid;
};

static inline const struct frame *
scatter_batch_frame(const struct scatter_batch *batch,
                    const struct packet *packet)
{
    return &batch->pass->burst->frames[packet->frame];
}

/* Opens a buffer for 'epoch'.  Returns false if the sweeper has them all. */
bool scatter_open_buffer(struct scatter *, uint64_t epoch);

/* Counts packet 'i', whatever that takes, or accounts for why it cannot. */
void scatter_count_rare(struct scatter *, struct scatter_batch *, size_t i);

/* Counts packet 'i' in 'entry'.  Returns N_CAUSES, or why it cannot. */
enum cause scatter_count(struct scatter *, struct scatter_batch *,
                         struct flow_entry *entry, size_t i);

/* Accounts for a packet that was not observed because of 'cause'. */
void scatter_miss(struct scatter *, struct scatter_batch *, enum cause);

/* Stores what entries of the flow table may go by in '*age'. */
void scatter_get_age(const struct scatter *, struct flow_table_age *age);

/* Counts packet 'i', which the guard holds back, for all triggers that do not
 * tell flows apart.  Returns N_CAUSES, or why it cannot. */
enum cause scatter_hold(struct scatter *, struct scatter_batch *, size_t i);

/* While the guard is on: takes packets that it holds back out of the batch,
 * and prefetches the entries of the others. */
void scatter_hold_unknown(struct scatter *, struct scatter_batch *);

/* True if 'n' more packets can be recorded. */
static inline bool
scatter_has_log_room(const struct scatter *scatter, size_t n)
{
    return n <= scatter->buffers.max_records - scatter->current->n_records;
}

/* True if adding so many bytes to 'counters' would not overflow. */
static inline bool
flow_counters_have_room(const struct flow_counters *counters, uint32_t bytes)
{
    return counters->bytes <= UINT32_MAX - bytes;
}

/* Adds 'packet' to 'counters'.  Returns false, and adds nothing, if that would
 * overflow.  If anything does, bytes do: each packet has some, and its volume
 * is among them. */
static inline bool
flow_counters_add(struct flow_counters *counters, const struct packet *packet)
{
    uint32_t bytes;

    if (OVS_UNLIKELY(__builtin_add_overflow(counters->bytes, packet->bytes,
                                            &bytes))) {
        return false;
    }
    counters->packets++;
    counters->bytes = bytes;
    counters->volume += packet->volume;
    return true;
}

#endif /* monitor/scatter-batch.h */
