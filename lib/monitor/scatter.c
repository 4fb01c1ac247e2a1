/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/scatter.h"

#include "coverage.h"
#include "monitor/packet.h"
#include "monitor/scatter-private.h"
#include "openvswitch/compiler.h"

/* Trumpet, SIGCOMM 2016: match-and-scatter, in three passes over
 * a burst, so that the misses of all its packets overlap:
 *
 *     1. prefetch the headers;
 *     2. read the headers, hash the keys, prefetch the flow entries;
 *     3. find the entries and count.
 *
 * The rare ways out of the third pass, in the order in which they are taken:
 * the first packet of a flow (flow_table_insert), the first of a flow in an
 * epoch (scatter_activate), a flow of which more than packets, bytes and
 * volume is asked (scatter_count_more). */

COVERAGE_DEFINE(trumpet_log_full);
COVERAGE_DEFINE(trumpet_not_observed);
COVERAGE_DEFINE(trumpet_sweep_overrun);

/* A burst on its way through the passes. */
struct scatter_batch {
    const struct burst *burst;
    size_t n;
    uint64_t epoch;
    struct packet packets[BURST_MAX];
    uint64_t hashes[BURST_MAX];
    uint32_t received;
    uint32_t counted;
    uint32_t unmatched;
    uint32_t dropped_invalid;
    uint32_t not_observed[N_CAUSES];
};

/* Pins the epoch of a burst; see scatter-private.h. */
static inline uint64_t
scatter_pin(struct scatter *scatter, uint64_t epoch)
{
    if (scatter->current && scatter->current->epoch > epoch) {
        epoch = scatter->current->epoch;    /* Time does not go back. */
    }
    for (;;) {
        uint64_t open_from;

        /* Both seq_cst: pair with sweep_close() in sweep.c. */
        atomic_store(&scatter->pin, epoch + 1);
        atomic_read(&scatter->shared->open_from, &open_from);
        if (OVS_LIKELY(epoch >= open_from)) {
            return epoch;
        }
        epoch = open_from;
    }
}

static inline void
scatter_unpin(struct scatter *scatter)
{
    /* Pairs with the sweeper's read in sweep.c: what was counted is seen. */
    atomic_store_explicit(&scatter->pin, UINT64_C(0), memory_order_release);
}

static void
scatter_age(const struct scatter *scatter, struct flow_table_age *age)
{
    age->current = scatter->next_seq - 1;

    /* Pairs with scatter_release(): the sweeper has done with the entries. */
    atomic_read_explicit(&CONST_CAST(struct scatter *, scatter)->released_seq,
                         &age->released, memory_order_acquire);
}

/* Opens a buffer for 'epoch'.  Returns false if the sweeper has them all. */
static bool
scatter_open_buffer(struct scatter *scatter, uint64_t epoch)
{
    int slot = epoch_buffers_find_free(&scatter->buffers);
    struct plan_store *plans;

    scatter->current = NULL;
    if (OVS_UNLIKELY(slot < 0)) {
        COVERAGE_INC(trumpet_sweep_overrun);
        return false;
    }

    /* Pairs with scatter_set_plans(): the store is complete. */
    plans = atomic_exchange_explicit(&scatter->next_plans, NULL,
                                     memory_order_acquire);
    if (plans) {
        scatter->plans = plans;
    }

    struct epoch_buffer *buffer = &scatter->buffers.buffers[slot];
    buffer->epoch = epoch;
    buffer->seq = scatter->next_seq++;
    if (OVS_UNLIKELY(!scatter->next_seq)) {
        scatter->next_seq = 1;  /* 0 is the tag of a slot never used. */
    }
    buffer->plans = scatter->plans;
    buffer->n_active = 0;
    buffer->n_cells = 0;
    buffer->n_records = 0;
    buffer->log_overflowed = false;
    /* Pairs with the sweeper's read of 'state'. */
    atomic_store_explicit(&buffer->state, EPOCH_BUFFER_OPEN,
                          memory_order_release);
    scatter->current = buffer;
    scatter->slot = slot;

    struct flow_table_age age;
    scatter_age(scatter, &age);
    flow_table_expire(&scatter->table,
                      flow_table_expire_step(&scatter->table), &age);
    atomic_store_relaxed(&scatter->plans_tight,
                         plan_store_is_tight(scatter->plans));
    return true;
}

void
scatter_close_buffer(struct scatter *scatter)
{
    scatter->current = NULL;
}

/* Makes 'entry' active in the current buffer.  Returns N_CAUSES, or why that
 * cannot be. */
static enum cause
scatter_activate(struct scatter *scatter, struct flow_entry *entry)
{
    struct epoch_buffer *buffer = scatter->current;
    uint32_t active = FLOW_PLAIN;

    if (OVS_UNLIKELY(entry->generation != scatter->plans->generation)) {
        struct flow_fields fields;

        flow_table_get_fields(&scatter->table, entry, &fields);
        uint32_t plan = plan_store_match(scatter->plans, &fields);
        if (OVS_UNLIKELY(plan == PLAN_FULL)) {
            return CAUSE_PLANS_FULL;
        }
        entry->plan = plan;
        entry->generation = scatter->plans->generation;
    }

    if (entry->plan != PLAN_NONE) {
        struct plan_cells pc = plan_store_cells(scatter->plans, entry->plan);

        if (OVS_UNLIKELY(buffer->n_active >= scatter->buffers.max_active)) {
            return CAUSE_TABLE_FULL;
        }
        if (OVS_UNLIKELY(pc.n > (scatter->buffers.max_cells
                                 - buffer->n_cells))) {
            return CAUSE_CELLS_FULL;
        }
        if (pc.n || pc.record) {
            active = buffer->n_active;
        }
        if (pc.n) {
            /* Not for nothing: even a store of no bytes is slow where the
             * page was never touched. */
            memset(&buffer->cells[buffer->n_cells], 0,
                   pc.n * sizeof *buffer->cells);
        }
        buffer->active[buffer->n_active++] = (struct active_flow) {
            .entry = entry - scatter->table.entries,
            .plan = entry->plan,
            .cells = buffer->n_cells,
        };
        buffer->n_cells += pc.n;
    }
    entry->active = active;
    entry->last_seq = buffer->seq;
    entry->slots[scatter->slot] = (struct slot) { .tag = buffer->seq };
    return N_CAUSES;
}

/* Notes that of packets of 'epoch' something is missing because of
 * 'cause'. */
static void
scatter_note_missed(struct scatter *scatter, uint64_t epoch, enum cause cause)
{
    struct missed_epoch *missed = &scatter->missed[epoch % N_MISSED_EPOCHS];
    uint64_t missed_epoch;
    uint32_t causes;

    atomic_read_relaxed(&missed->epoch, &missed_epoch);
    atomic_read_relaxed(&missed->causes, &causes);
    if (missed_epoch != epoch + 1) {
        atomic_store_relaxed(&missed->epoch, epoch + 1);
        causes = 0;
    }
    atomic_store_relaxed(&missed->causes, causes | 1u << cause);
}

/* Adds 'packet' to the cells of 'entry', which are those of 'pc'. */
static void
scatter_count_cells(struct scatter *scatter, const struct flow_entry *entry,
                    const struct plan_cells *pc, const struct packet *packet)
{
    const struct epoch_buffer *buffer = scatter->current;
    struct packet_values values;

    packet_get_values(packet, &values);
    plan_store_count(scatter->plans, pc, &values,
                     &buffer->cells[buffer->active[entry->active].cells]);
}

/* True if 'n' more packets can be recorded. */
static inline bool
scatter_has_log_room(const struct scatter *scatter, size_t n)
{
    return n <= scatter->buffers.max_records - scatter->current->n_records;
}

/* Records 'packet' of 'entry' for the sweeper. */
static void
scatter_record(struct scatter *scatter, const struct scatter_batch *batch,
               const struct flow_entry *entry, const struct packet *packet)
{
    struct epoch_buffer *buffer = scatter->current;
    const struct burst *burst = batch->burst;
    struct packet_record *record = &buffer->records[buffer->n_records++];

    record->ns = (burst->timed ? burst->ns[packet->frame]
                  : burst->now_us * 1000);
    record->active = entry->active;
    record->bytes = packet->bytes;
    packet_get_segment(packet, &record->segment);
    record->tos = packet->tos;
    record->ttl = packet->ttl;
    record->is = ((packet->key.kind != FLOW_OTHER ? PACKET_IS_IP : 0)
                  | (packet->tcp ? PACKET_IS_SEGMENT : 0));
}

/* Counts what the plan of 'entry' asks for beyond its counters. */
static void
scatter_count_more(struct scatter *scatter, const struct scatter_batch *batch,
                   const struct flow_entry *entry,
                   const struct packet *packet)
{
    struct plan_cells pc = plan_store_cells(scatter->plans, entry->plan);

    if (pc.n) {
        scatter_count_cells(scatter, entry, &pc, packet);
    }
    if (pc.record) {
        if (OVS_LIKELY(scatter_has_log_room(scatter, 1))) {
            scatter_record(scatter, batch, entry, packet);
        } else {
            COVERAGE_INC(trumpet_log_full);
            scatter->current->log_overflowed = true;
            scatter_note_missed(scatter, batch->epoch, CAUSE_LOG_FULL);
        }
    }
}

static inline bool
slot_would_overflow(const struct slot *slot, const struct packet *packet)
{
    return (slot->bytes > UINT32_MAX - packet->bytes
            || slot->volume > UINT32_MAX - packet->volume
            || slot->packets == UINT32_MAX);
}

/* Counts 'packet' in 'entry'.  Returns N_CAUSES, or why it cannot. */
static inline enum cause
scatter_count(struct scatter *scatter, const struct scatter_batch *batch,
              struct flow_entry *entry, const struct packet *packet)
{
    struct slot *slot = &entry->slots[scatter->slot];

    if (slot->tag != scatter->current->seq) {
        enum cause cause = scatter_activate(scatter, entry);

        if (OVS_UNLIKELY(cause != N_CAUSES)) {
            return cause;
        }
    } else if (OVS_UNLIKELY(slot_would_overflow(slot, packet))) {
        if (!scatter_open_buffer(scatter, scatter->current->epoch)) {
            return CAUSE_SWEEP_OVERRUN;
        }
        return scatter_count(scatter, batch, entry, packet);
    }
    slot->packets++;
    slot->bytes += packet->bytes;
    slot->volume += packet->volume;
    if (entry->active != FLOW_PLAIN) {
        scatter_count_more(scatter, batch, entry, packet);
    }
    return N_CAUSES;
}

/* Finds or makes the entry of packet 'i' and counts the packet. */
static inline enum cause
scatter_packet(struct scatter *scatter, struct scatter_batch *batch, size_t i)
{
    const struct packet *packet = &batch->packets[i];
    struct flow_table *table = &scatter->table;

    if (OVS_UNLIKELY(!scatter->current)) {
        return CAUSE_SWEEP_OVERRUN;
    }
    if (OVS_UNLIKELY(packet->key.place == PLACE_NONE)) {
        return CAUSE_PLACES_FULL;
    }

    struct flow_entry *entry = flow_table_lookup(table, &packet->key,
                                                 batch->hashes[i],
                                                 packet->ipv6);
    if (OVS_UNLIKELY(!entry)) {
        struct flow_table_age age;

        scatter_age(scatter, &age);
        entry = flow_table_insert(table, &packet->key, batch->hashes[i],
                                  packet->ipv6, &age);
        if (OVS_UNLIKELY(!entry)) {
            return CAUSE_TABLE_FULL;
        }
    }

    enum cause cause = scatter_count(scatter, batch, entry, packet);
    if (OVS_LIKELY(cause == N_CAUSES)) {
        if (entry->plan > PLAN_REVERSE) {
            batch->counted++;
        } else {
            batch->unmatched++;
        }
    }
    return cause;
}

/* Accounts for a packet that was not observed because of 'cause'. */
static void
scatter_miss(struct scatter *scatter, struct scatter_batch *batch,
             enum cause cause)
{
    COVERAGE_INC(trumpet_not_observed);
    batch->not_observed[cause]++;
    scatter_note_missed(scatter, batch->epoch, cause);
}

/* Third pass. */
static void
scatter_count_batch(struct scatter *scatter, struct scatter_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        enum cause cause = scatter_packet(scatter, batch, i);

        while (OVS_UNLIKELY(cause != N_CAUSES)) {
            if (!scatter->make_room
                || !scatter->make_room(scatter, cause, scatter->aux)) {
                scatter_miss(scatter, batch, cause);
                break;
            }
            scatter_open_buffer(scatter, batch->epoch);
            cause = scatter_packet(scatter, batch, i);
        }
    }
}

/* First and second pass. */
static void
scatter_parse(struct scatter *scatter, const struct burst *burst,
              struct scatter_batch *batch)
{
    struct flow_table *table = &scatter->table;
    size_t n = 0;

    for (size_t i = 0; i < burst->n; i++) {
        OVS_PREFETCH(burst->frames[i].data);
    }
    for (size_t i = 0; i < burst->n; i++) {
        struct packet *packet = &batch->packets[n];

        if (OVS_UNLIKELY(!packet_parse(packet, &burst->frames[i],
                                       &table->secret))) {
            batch->dropped_invalid++;
            continue;
        }
        packet->frame = i;
        packet->key.place = place_get(&table->places, &burst->entrance,
                                      packet->vlan);
        batch->hashes[n] = flow_key_hash(&packet->key, &table->secret);
        flow_table_prefetch(table, batch->hashes[n]);
        n++;
    }
    batch->n = n;
    batch->received = burst->n;
}

static inline void
add_relaxed(atomic_uint64_t *counter, uint64_t n)
{
    uint64_t x;

    atomic_read_relaxed(counter, &x);
    atomic_store_relaxed(counter, x + n);
}

/* Enters the batch in the ledger. */
static void
scatter_account(struct scatter *scatter, const struct scatter_batch *batch)
{
    struct shared_ledger *ledger = &scatter->ledger;
    uint64_t version;

    atomic_read_relaxed(&ledger->version, &version);
    atomic_store_relaxed(&ledger->version, version + 1);
    atomic_thread_fence(memory_order_release);  /* See scatter_ledger(). */
    add_relaxed(&ledger->received, batch->received);
    add_relaxed(&ledger->counted, batch->counted);
    add_relaxed(&ledger->unmatched, batch->unmatched);
    if (OVS_UNLIKELY(batch->counted + batch->unmatched != batch->received)) {
        add_relaxed(&ledger->dropped_invalid, batch->dropped_invalid);
        for (int i = 0; i < N_CAUSES; i++) {
            add_relaxed(&ledger->not_observed[i], batch->not_observed[i]);
        }
    }
    /* Pairs with the first read in scatter_ledger(). */
    atomic_store_explicit(&ledger->version, version + 2,
                          memory_order_release);
    atomic_store_relaxed(&scatter->n_flows, scatter->table.n_flows);
}

void
scatter_burst(struct scatter *scatter, const struct burst *burst)
{
    struct scatter_batch batch;

    batch.burst = burst;
    batch.counted = batch.unmatched = batch.dropped_invalid = 0;
    memset(batch.not_observed, 0, sizeof batch.not_observed);
    batch.epoch = scatter_pin(scatter, burst->now_us / scatter->epoch_us);
    place_table_reclaim(&scatter->table.places);
    if (!scatter->current || scatter->current->epoch != batch.epoch) {
        scatter_open_buffer(scatter, batch.epoch);
    } else if (OVS_UNLIKELY(scatter->make_room
                            && !scatter_has_log_room(scatter, burst->n))) {
        scatter->make_room(scatter, CAUSE_LOG_FULL, scatter->aux);
        scatter_open_buffer(scatter, batch.epoch);
    }
    scatter_parse(scatter, burst, &batch);
    scatter_count_batch(scatter, &batch);
    scatter_account(scatter, &batch);
    scatter_unpin(scatter);
}
