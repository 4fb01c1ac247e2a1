/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tracker.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/packet.h"
#include "monitor/scatter-private.h"
#include "monitor/tracker-private.h"
#include "util.h"

/* How a record finds those whom it concerns
 * =========================================
 *
 * A record names its flow by the entry of a packet thread.  The first record
 * of an entry in a run looks up the connection, and the tracked flow if the
 * flow itself matches a trigger that needs its history; the others find them
 * in 'resolved'.  The packet is one of its flow's own, and one of the reverse
 * direction for each flow of the connection's other direction, at whatever
 * place.
 *
 * Order of what happens to a flow in a run
 * ========================================
 *
 *     first record        its state is filed for the intervals that ended
 *                         (state-history.h), it enters the run's list
 *     each record         state machine, measures into the flow's cells
 *     after the run       gather.c adds the cells to the triggers' keys */

/* Makes room for more plans if it is getting scarce. */
static void
tracker_grow_plans(struct tracker *tracker)
{
    if (plan_store_is_tight(tracker->plans)) {
        tracker->plan_words *= 2;
        ignore(tracker_set_table(tracker, tracker->plans->table));
    }
}

/* Finds out what the flow of 'active' stands for. */
static void
tracker_resolve(struct tracker *tracker, const struct closed_buffer *closed,
                const struct active_flow *active, struct resolved *resolved)
{
    const struct flow_table *table = &closed->scatter->table;
    uint32_t record = plan_store_cells(closed->buffer->plans,
                                       active->plan).record;
    struct flow_fields fields;

    resolved->done = true;
    flow_table_get_fields(table, &active->key, active->entry, &fields);
    if (fields.nw_proto == IPPROTO_TCP) {
        resolved->connection = tracker_get_connection(tracker, &fields,
                                                      &resolved->direction);
        if (!resolved->connection) {
            resolved->refused = true;
            return;
        }
        connection_begin_run(tracker, resolved->connection);
    }
    if (record & PLAN_RECORD_FLOW) {
        resolved->flow = tracker_find_flow(tracker, &fields);
        if (!resolved->flow) {
            resolved->flow = tracker_add_flow(tracker, &fields,
                                              resolved->connection,
                                              resolved->direction);
            resolved->refused = !resolved->flow;
        }
    }
}

/* Adds 'values' to the cells of 'flow'. */
static void
flow_count(struct tracker *tracker, const struct tracked_flow *flow,
           const struct packet_values *values)
{
    struct plan_cells pc = plan_store_cells(tracker->plans, flow->plan);

    plan_store_count(tracker->plans, &pc, values,
                     &tracker->cells[flow->cells]);
}

/* Does for 'flow', which is TCP, what 'side' sent. */
static void
flow_add_segment(struct tracker *tracker, struct tracked_flow *flow,
                 enum tcp_side side, const struct packet_record *record,
                 struct tcp_verdict *verdict)
{
    tcp_flow_add(&flow->tcp, side,
                 record->is & PACKET_IS_SEGMENT ? &record->segment : NULL,
                 record->ns, tracker->settings.history.life_ns, verdict);
    flow->last_ns = record->ns;
    flow->heard = flow->heard || verdict->heard;
    if (verdict->has_rtt) {
        struct packet_values values;

        values.defined = 1u << VAR_RTT;
        values.value[VAR_RTT] = verdict->rtt_us;
        flow_count(tracker, flow, &values);
    }
    if (OVS_UNLIKELY(verdict->oddities)) {
        for (int i = 0; i < N_TCP_ODDITIES; i++) {
            tracker->oddities[i] += verdict->oddities >> i & 1;
        }
    }
}

/* The variables of a recorded packet, but for 'rtt'. */
static void
record_get_values(const struct packet_record *record,
                  const struct tcp_verdict *verdict, bool is_burst,
                  struct packet_values *values)
{
    const struct packet_facts facts = {
        .bytes = record->bytes,
        .volume = record->segment.payload,
        .is_ip = record->is & PACKET_IS_IP,
        .tos = record->tos,
        .ttl = record->ttl,
        .tcp_flags = record->segment.flags,
    };

    packet_facts_get_values(&facts, values);

    values->defined |= 1u << VAR_IS_LOST | 1u << VAR_IS_BURST;
    values->value[VAR_IS_LOST] = verdict->is_lost;
    values->value[VAR_IS_BURST] = is_burst;
    if (record->is & PACKET_IS_SEGMENT) {
        values->defined |= 1u << VAR_RWND;
        values->value[VAR_RWND] = verdict->rwnd;
    }
}

/* One of the flow's own packets. */
static void
flow_add_own(struct tracker *tracker, struct tracked_flow *flow,
             const struct packet_record *record)
{
    const struct history_settings *history = &tracker->settings.history;
    struct tcp_verdict verdict = { .is_lost = false };
    struct packet_values values;
    bool is_burst = false;

    tracked_flow_begin_run(tracker, flow);
    flow->active = true;
    flow->last_packet = tracker->n_packets;
    if (flow->connection) {
        flow_add_segment(tracker, flow, TCP_FORWARD, record, &verdict);
    }
    if (record->is & PACKET_IS_IP) {
        is_burst = burst_run_add(&flow->burst, record->ns,
                                 history->burst_gap_us,
                                 history->burst_packets);
    }
    flow->last_ns = record->ns;
    record_get_values(record, &verdict, is_burst, &values);
    flow_count(tracker, flow, &values);
}

/* Does for the other flows of the connection what 'record' tells of their
 * reverse direction. */
static void
connection_add_reverse(struct tracker *tracker,
                       const struct resolved *resolved,
                       const struct packet_record *record)
{
    struct connection *connection = resolved->connection;
    int reverse = connection->is_own_mirror ? 0 : !resolved->direction;
    struct tcp_verdict verdict;
    struct tracked_flow *flow;

    LIST_FOR_EACH (flow, connection_node, &connection->flows) {
        if (flow->direction == reverse && flow != resolved->flow) {
            tracked_flow_begin_run(tracker, flow);
            flow_add_segment(tracker, flow, TCP_REVERSE, record, &verdict);
        }
    }
    if (connection->wanted[reverse]) {
        tcp_flow_add(&connection->unseen[reverse], TCP_REVERSE,
                     (record->is & PACKET_IS_SEGMENT
                      ? &record->segment : NULL),
                     record->ns, tracker->settings.history.life_ns, &verdict);
    }
    connection->last_ns = record->ns;
}

static void
tracker_add_record(struct tracker *tracker, const struct resolved *resolved,
                   const struct packet_record *record)
{
    tracker->n_packets++;
    tracker->n_untracked += resolved->refused;
    if (resolved->flow) {
        flow_add_own(tracker, resolved->flow, record);
    }
    if (resolved->connection) {
        connection_add_reverse(tracker, resolved, record);
    }
}

/* A log on its way through a run. */
struct log_cursor {
    const struct closed_buffer *closed;
    struct resolved *resolved;  /* By active flow. */
    uint32_t next;              /* Record. */
};

static const struct packet_record *
log_cursor_record(const struct log_cursor *cursor)
{
    const struct epoch_buffer *buffer = cursor->closed->buffer;

    return (cursor->next < buffer->n_records
            ? &buffer->records[cursor->next] : NULL);
}

/* Returns the cursor whose next record is the earliest, or null. */
static struct log_cursor *
earliest_cursor(struct log_cursor *cursors, size_t n)
{
    struct log_cursor *earliest = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct packet_record *record = log_cursor_record(&cursors[i]);

        if (record && (!earliest
                       || record->ns < log_cursor_record(earliest)->ns)) {
            earliest = &cursors[i];
        }
    }
    return earliest;
}

/* Runs through 'n' logs in order of time. */
static void
tracker_merge(struct tracker *tracker, struct log_cursor *cursors, size_t n)
{
    struct log_cursor *cursor;

    while ((cursor = earliest_cursor(cursors, n))) {
        const struct packet_record *record = log_cursor_record(cursor);
        struct resolved *resolved = &cursor->resolved[record->active];

        if (!resolved->done) {
            const struct closed_buffer *closed = cursor->closed;

            tracker_resolve(tracker, closed,
                            &closed->buffer->active[record->active],
                            resolved);
        }
        tracker_add_record(tracker, resolved, record);
        cursor->next++;
    }
}

/* Forgets the TCP state of all flows, because segments are missing. */
static void
tracker_forget(struct tracker *tracker)
{
    struct connection *connection;
    struct tracked_flow *flow;

    HMAP_FOR_EACH (flow, node, &tracker->flows) {
        if (flow->connection) {
            tracked_flow_begin_run(tracker, flow);
            tcp_flow_forget(&flow->tcp);
        }
    }
    HMAP_FOR_EACH (connection, node, &tracker->connections) {
        for (int i = 0; i < 2; i++) {
            tcp_flow_forget(&connection->unseen[i]);
        }
    }
}

cause_set
tracker_run(struct tracker *tracker, const struct closed_buffer *closed,
            size_t n)
{
    size_t n_resolved = 0, n_cursors = 0;
    uint64_t n_unlogged = 0;

    tracker_grow_plans(tracker);
    tracker->n_runs++;
    tracker->n_cells = 0;
    tracker->causes = 0;
    ovs_list_init(&tracker->run_flows);
    for (size_t i = 0; i < n; i++) {
        const struct epoch_buffer *buffer = closed[i].buffer;

        n_unlogged += buffer->n_unlogged;
        if (buffer->n_records) {
            tracker->epoch_start_us = (buffer->epoch
                                       * tracker->settings.epoch_us);
            n_cursors++;
            n_resolved += buffer->n_active;
        }
    }

    if (n_cursors) {
        struct log_cursor *cursors = xcalloc(n_cursors, sizeof *cursors);
        struct log_cursor *cursor = cursors;
        struct resolved *resolved;

        while (tracker->allocated_resolved < n_resolved) {
            tracker->resolved = x2nrealloc(tracker->resolved,
                                           &tracker->allocated_resolved,
                                           sizeof *tracker->resolved);
        }
        resolved = tracker->resolved;
        memset(resolved, 0, n_resolved * sizeof *resolved);
        for (size_t i = 0; i < n; i++) {
            if (closed[i].buffer->n_records) {
                cursor->closed = &closed[i];
                cursor->resolved = resolved;
                resolved += closed[i].buffer->n_active;
                cursor++;
            }
        }
        tracker_merge(tracker, cursors, n_cursors);
        free(cursors);
    }
    if (n_unlogged) {
        tracker->n_unlogged += n_unlogged;
        tracker_forget(tracker);
    }
    return tracker->causes;
}
