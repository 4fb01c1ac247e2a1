/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/scatter-batch.h"

#include "coverage.h"
#include "monitor/shared-flows.h"
#include "openvswitch/compiler.h"

/* The rare ways out of the third pass, in the order in which they are taken:
 * the first packet of a flow (scatter_insert), or of one that the guard holds
 * back (scatter-hold.c), the first of a flow in an epoch (scatter_activate), a
 * flow of which more than packets, bytes and volume is asked
 * (scatter_count_plan). */

COVERAGE_DEFINE(trumpet_log_full);
COVERAGE_DEFINE(trumpet_not_observed);
COVERAGE_DEFINE(trumpet_sweep_overrun);

void
scatter_get_age(const struct scatter *scatter, struct flow_table_age *age)
{
    age->current = scatter->next_seq - 1;

    /* Pairs with scatter_release(): the sweeper has done with the entries. */
    atomic_read_explicit(&CONST_CAST(struct scatter *, scatter)->released_seq,
                         &age->released, memory_order_acquire);
}

void
scatter_set_gate(struct scatter *scatter)
{
    scatter->gate.until_us = (screen_is_useful(&scatter->gate.screen)
                              ? MIN(scatter->end_us,
                                    scatter->sampler.remember_us)
                              : 0);
}

/* Packets of 'epoch' are about the triggers of 'scatter->plans'. */
static void
scatter_set_epoch(struct scatter *scatter, uint64_t epoch)
{
    scatter->end_us = (epoch + 1) * scatter->epoch_us;
    scatter->gate.screen = scatter->plans->table->screen;
    scatter->gate.stamp
        = flow_hint_reject_stamp(scatter->id, scatter->plans->generation);
    scatter_set_gate(scatter);
}

/* The same if there is no buffer, so that what matches no trigger does not
 * count as missed, and costs no more than ever. */
static void
scatter_set_epoch_without_buffer(struct scatter *scatter, uint64_t epoch)
{
    struct plan_store *next;

    /* If there are others, it is not known from when on they count. */
    atomic_read_relaxed(&scatter->next_plans, &next);
    if (!next) {
        scatter_set_epoch(scatter, epoch);
    }
}

bool
scatter_open_buffer(struct scatter *scatter, uint64_t epoch)
{
    int i = epoch_buffers_find_free(&scatter->buffers);
    struct plan_store *plans;

    scatter_close_buffer(scatter);
    if (OVS_UNLIKELY(i < 0)) {
        COVERAGE_INC(trumpet_sweep_overrun);
        scatter_set_epoch_without_buffer(scatter, epoch);
        return false;
    }

    /* Pairs with scatter_set_plans(): the store is complete. */
    plans = atomic_exchange_explicit(&scatter->next_plans, NULL,
                                     memory_order_acquire);
    if (plans) {
        scatter->plans = plans;
    }

    struct epoch_buffer *buffer = &scatter->buffers.buffers[i];
    buffer->epoch = epoch;
    buffer->seq = scatter->next_seq++;
    if (OVS_UNLIKELY(!scatter->next_seq)) {
        scatter->next_seq = 1;  /* 0: no buffer was ever released. */
    }
    buffer->plans = scatter->plans;
    buffer->n_active = 0;
    buffer->n_cells = 0;
    buffer->n_records = 0;
    buffer->n_unlogged = 0;
    /* Pairs with the sweeper's read of 'state'. */
    atomic_store_explicit(&buffer->state, EPOCH_BUFFER_OPEN,
                          memory_order_release);
    scatter->current = buffer;
    scatter_set_epoch(scatter, epoch);

    struct flow_table_age age;
    scatter_get_age(scatter, &age);
    flow_table_begin(&scatter->table, &age);
    shared_flows_expire(&scatter->table, &age);
    guard_open(&scatter->guard, epoch);
    atomic_store_relaxed(&scatter->plans_tight,
                         plan_store_is_tight(scatter->plans));
    return true;
}

void
scatter_close_buffer(struct scatter *scatter)
{
    scatter->current = NULL;
    scatter->end_us = 0;
    scatter_set_gate(scatter);
}

/* Counts a flow that was matched with all triggers. */
static void
scatter_note_match(struct scatter *scatter)
{
    uint64_t n;

    atomic_read_relaxed(&scatter->n_matches, &n);
    atomic_store_relaxed(&scatter->n_matches, n + 1);
}

/* Makes 'entry' active in the current buffer.  Returns N_CAUSES, or why that
 * cannot be. */
static enum cause
scatter_activate(struct scatter *scatter, struct flow_entry *entry)
{
    struct epoch_buffer *buffer = scatter->current;
    uint32_t i = entry - scatter->table.entries;
    uint32_t active = scatter->buffers.max_active;

    if (OVS_UNLIKELY(entry->generation != scatter->plans->generation)) {
        struct flow_fields fields;

        if (flow_table_is_shared(&scatter->table, i)) {
            return CAUSE_GUARD; /* Its fields are not those of a flow. */
        }
        flow_table_get_fields(&scatter->table, &entry->key, i, &fields);
        uint32_t plan = plan_store_match(scatter->plans, &fields);
        if (OVS_UNLIKELY(plan == PLAN_FULL)) {
            return CAUSE_PLANS_FULL;
        }
        entry->plan = plan;
        entry->generation = scatter->plans->generation;
        scatter_note_match(scatter);
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
        if (pc.n) {
            /* Not for nothing: even a store of no bytes is slow where the
             * page was never touched. */
            memset(&buffer->cells[buffer->n_cells], 0,
                   pc.n * sizeof *buffer->cells);
        }
        active = buffer->n_active++;
        buffer->active[active] = (struct active_flow) {
            .key = entry->key,
            .entry = i,
            .plan = entry->plan,
            .cells = buffer->n_cells,
        };
        buffer->counters[active] = (struct flow_counters) { .packets = 0 };
        buffer->n_cells += pc.n;
        if (pc.n) {
            active |= FLOW_MORE;
        } else if (pc.record && !flow_table_is_shared(&scatter->table, i)) {
            active |= FLOW_LOGGED;
        }
    }
    if (entry->active == FLOW_UNSEEN) {
        active |= FLOW_ONCE;
    }
    if (entry->key.kind == FLOW_IPV6) {
        active |= FLOW_WIDE;
    }
    entry->active = active;
    entry->last_seq = buffer->seq;
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
scatter_count_cells(struct scatter *scatter, const struct scatter_batch *batch,
                    const struct flow_entry *entry,
                    const struct plan_cells *pc, const struct packet *packet)
{
    const struct epoch_buffer *buffer = scatter->current;
    struct packet_values values;
    struct packet_facts facts;

    packet_get_facts(packet, scatter_batch_frame(batch, packet), &facts);
    packet_facts_get_values(&facts, &values);
    plan_store_count(scatter->plans, pc, &values,
                     &buffer->cells[buffer->active[flow_entry_active(entry)]
                                    .cells]);
}

/* Records 'packet' of 'entry' for the sweeper. */
static void
scatter_record(struct scatter *scatter, const struct scatter_batch *batch,
               const struct flow_entry *entry, const struct packet *packet)
{
    struct epoch_buffer *buffer = scatter->current;
    const struct burst *burst = batch->pass->burst;
    struct packet_record *record = &buffer->records[buffer->n_records++];

    const struct frame *frame = scatter_batch_frame(batch, packet);
    struct packet_facts facts;

    packet_get_facts(packet, frame, &facts);
    record->ns = (burst->timed ? burst->ns[packet->frame]
                  : burst->now_us * 1000);
    record->active = flow_entry_active(entry);
    record->bytes = facts.bytes;
    packet_get_segment(packet, frame, &record->segment);
    record->tos = facts.tos;
    record->ttl = facts.ttl;
    record->is = ((facts.is_ip ? PACKET_IS_IP : 0)
                  | (packet->tcp_ofs ? PACKET_IS_SEGMENT : 0));
}

/* Counts what the plan of 'entry' asks for beyond its counters. */
static void
scatter_count_plan(struct scatter *scatter, const struct scatter_batch *batch,
                   const struct flow_entry *entry,
                   const struct packet *packet)
{
    struct plan_cells pc = plan_store_cells(scatter->plans, entry->plan);

    if (pc.n) {
        scatter_count_cells(scatter, batch, entry, &pc, packet);
    }
    if (pc.record && !flow_table_is_shared(&scatter->table,
                                           entry - scatter->table.entries)) {
        if (OVS_LIKELY(scatter_has_log_room(scatter, 1))) {
            scatter_record(scatter, batch, entry, packet);
        } else {
            scatter->current->n_unlogged++;
            COVERAGE_INC(trumpet_log_full);
            scatter_note_missed(scatter, batch->pass->epoch, CAUSE_LOG_FULL);
        }
    }
}

enum cause
scatter_count(struct scatter *scatter, struct scatter_batch *batch,
              struct flow_entry *entry, size_t i)
{
    const struct packet *packet = &batch->packets[i];

    for (;;) {
        uint32_t seq = scatter->current->seq;
        bool first = entry->last_seq != seq;

        if (first) {
            enum cause cause = scatter_activate(scatter, entry);

            if (OVS_UNLIKELY(cause != N_CAUSES)) {
                return cause;
            }
        }

        struct flow_counters *counters
            = &scatter->current->counters[flow_entry_active(entry)];
        if (entry->plan == PLAN_NONE) {
            /* Whatever was there. */
            *counters = (struct flow_counters) { .packets = 0 };
        }
        if (OVS_LIKELY(flow_counters_add(counters, packet))) {
            if (!first) {
                entry->active &= ~FLOW_ONCE;
            }
            break;
        }
        if (!scatter_open_buffer(scatter, scatter->current->epoch)) {
            return CAUSE_SWEEP_OVERRUN;
        }
    }
    if (entry->active & (FLOW_MORE | FLOW_LOGGED)) {
        scatter_count_plan(scatter, batch, entry, packet);
    }
    if (entry->plan > PLAN_REVERSE) {
        batch->counted++;
    } else {
        batch->unmatched++;
    }
    return N_CAUSES;
}

/* Makes an entry for the flow of packet 'i', which has none.  Returns null if
 * there is no room. */
static struct flow_entry *
scatter_insert(struct scatter *scatter, const struct scatter_batch *batch,
               size_t i, const struct ipv6_addresses *ipv6)
{
    struct flow_table_age age;

    const struct flow_key *key = &batch->packets[i].key;
    struct flow_table *table = &scatter->table;
    uint64_t hash = batch->hashes[i];

    scatter_get_age(scatter, &age);
    struct flow_entry *entry = flow_table_insert(table, key, hash, ipv6,
                                                 &age);
    if (OVS_UNLIKELY(!entry) && flow_table_reclaim(table, &age)) {
        entry = flow_table_insert(table, key, hash, ipv6, &age);
    }
    return entry;
}

/* Finds or makes the entry of packet 'i' and counts the packet. */
static enum cause
scatter_packet(struct scatter *scatter, struct scatter_batch *batch, size_t i)
{
    const struct packet *packet = &batch->packets[i];

    if (OVS_UNLIKELY(!scatter->current)) {
        return CAUSE_SWEEP_OVERRUN;
    }
    if (OVS_UNLIKELY(packet->key.place == PLACE_NONE)) {
        return CAUSE_PLACES_FULL;
    }

    const struct ipv6_addresses *ipv6
        = packet_ipv6(packet, scatter_batch_frame(batch, packet));
    struct flow_entry *entry = flow_table_lookup(&scatter->table,
                                                 &packet->key,
                                                 batch->hashes[i], ipv6);
    if (OVS_UNLIKELY(!entry)) {
        if (!scatter->make_room && !(batch->admitted & UINT32_C(1) << i)
            && !guard_admits(&scatter->guard, batch->hashes[i],
                             batch->pass->epoch,
                             flow_table_is_filling(&scatter->table))) {
            return scatter_hold(scatter, batch, i);
        }
        entry = scatter_insert(scatter, batch, i, ipv6);
        if (OVS_UNLIKELY(!entry)) {
            return CAUSE_TABLE_FULL;
        }
    }
    return scatter_count(scatter, batch, entry, i);
}

void
scatter_miss(struct scatter *scatter, struct scatter_batch *batch,
             enum cause cause)
{
    COVERAGE_INC(trumpet_not_observed);
    batch->not_observed[cause]++;
    scatter_note_missed(scatter, batch->pass->epoch, cause);
}

void
scatter_count_rare(struct scatter *scatter, struct scatter_batch *batch,
                   size_t i)
{
    enum cause cause;

    while (OVS_UNLIKELY((cause = scatter_packet(scatter, batch, i))
                        != N_CAUSES)) {
        if (!scatter->make_room
            || !scatter->make_room(scatter, cause, scatter->aux)) {
            scatter_miss(scatter, batch, cause);
            break;
        }
        scatter_open_buffer(scatter, batch->pass->epoch);
    }
}
