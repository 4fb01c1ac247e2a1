/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tracker.h"

#include <netinet/in.h>

#include "coverage.h"
#include "monitor/burst-run.h"
#include "monitor/packet.h"
#include "monitor/scatter-private.h"
#include "monitor/state-history.h"
#include "monitor/tcp-flow.h"
#include "openvswitch/hmap.h"
#include "packets.h"
#include "random.h"
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
 * What came of the reverse direction before a flow's first own packet counts
 * for it too, but at what place that packet will come cannot be known.  So
 * for each direction that may match, the connection keeps the state of a flow
 * that has not been seen yet, and a flow begins with a copy of that.
 *
 * Order of what happens to a flow in a run
 * ========================================
 *
 *     first record        its state is filed for the intervals that ended
 *                         (state-history.h), it enters the run's list
 *     each record         state machine, measures into the flow's cells
 *     after the run       gather.c adds the cells to the triggers' keys */

COVERAGE_DEFINE(trumpet_track_flow);
COVERAGE_DEFINE(trumpet_track_forget);
COVERAGE_DEFINE(trumpet_track_full);

/* Words of plans for each flow, on the average. */
#define PLAN_WORDS_PER_FLOW 16

struct flow {
    struct tracked_flow up;
    struct hmap_node node;      /* In tracker->flows. */
    struct ovs_list age_node;   /* In tracker->by_age. */
    struct connection *connection;  /* Null if it is not TCP. */
    struct ovs_list connection_node;    /* In its connection's flows. */
    uint8_t direction;          /* Of the connection. */
    struct siblings *siblings;
    struct ovs_list siblings_node;  /* In its siblings' flows. */

    struct burst_run burst;
    struct tcp_flow tcp;        /* If TCP. */
    uint64_t last_ns;           /* Latest packet of either direction. */
    uint64_t last_packet;       /* Number of its own last packet. */

    uint32_t generation;        /* Of the plan store of 'up.plan'. */
    uint64_t run;               /* Last run that concerned it. */
    struct state_history *histories;    /* Of triggers that read state. */
    size_t n_histories;
};

/* The flows of one 5-tuple, at all their places. */
struct siblings {
    struct hmap_node node;      /* In tracker->siblings. */
    struct flow_fields fields;  /* The 5-tuple, no place. */
    struct ovs_list flows;      /* struct flow. */
};

struct connection {
    struct hmap_node node;      /* In tracker->connections. */
    struct ovs_list age_node;   /* In tracker->connections_by_age. */
    struct flow_fields fields;  /* The 5-tuple of direction 0, no place. */
    bool is_own_mirror;         /* Both directions are one. */
    struct ovs_list flows;      /* struct flow, tracked ones. */
    uint64_t last_ns;
    uint64_t run;

    uint32_t generation;        /* Of the plan store when this was found: */
    bool wanted[2];             /* Flows of the direction may match. */
    struct tcp_flow unseen[2];  /* Of a flow that had no packet yet. */
};

/* What an entry of a packet thread stands for. */
struct resolved {
    bool done;
    uint8_t direction;
    struct connection *connection;
    struct flow *flow;
};

struct tracker {
    struct tracker_settings settings;
    struct plan_store *plans;
    uint32_t generation;        /* Of 'plans'. */
    size_t plan_words;
    uint64_t keep_ns;           /* How long a flow's history is looked at
                                 * after its life. */

    struct hmap flows;          /* struct flow, by fields. */
    struct hmap siblings;       /* struct siblings, by 5-tuple. */
    struct hmap connections;    /* struct connection, by fields. */
    uint64_t secret;            /* For hashing. */
    struct ovs_list by_age;     /* Flows, least recently concerned first. */
    struct ovs_list connections_by_age;

    /* The run. */
    uint64_t n_runs;
    uint64_t epoch_start_us;
    uint64_t n_packets;         /* Numbers the packets of all runs. */
    struct ovs_list run_flows;  /* struct tracked_flow. */
    struct cell *cells;
    size_t n_cells, allocated_cells;
    struct resolved *resolved;
    size_t allocated_resolved;
    cause_set causes;

    uint64_t oddities[N_TCP_ODDITIES];
};

/* Life and death. */

struct tracker *
tracker_create(const struct tracker_settings *settings,
               struct trigger_table *table)
{
    struct tracker *tracker = xzalloc(sizeof *tracker);

    tracker->settings = *settings;
    tracker->secret = random_uint64();
    tracker->plan_words = ((size_t) settings->max_flows
                           * PLAN_WORDS_PER_FLOW);
    hmap_init(&tracker->flows);
    hmap_init(&tracker->siblings);
    hmap_init(&tracker->connections);
    ovs_list_init(&tracker->by_age);
    ovs_list_init(&tracker->connections_by_age);
    ovs_list_init(&tracker->run_flows);

    if (!tracker_set_table(tracker, table)) {
        out_of_memory();
    }
    return tracker;
}

static void
flow_clear_histories(struct flow *flow)
{
    for (size_t i = 0; i < flow->n_histories; i++) {
        state_history_uninit(&flow->histories[i]);
    }
    free(flow->histories);
    flow->histories = NULL;
    flow->n_histories = 0;
}

/* Siblings. */

static struct flow_fields
without_place(const struct flow_fields *fields)
{
    struct flow_fields tuple = *fields;

    tuple.in_port = 0;
    tuple.tun_id = 0;
    tuple.vlan = 0;
    tuple.dl_type = 0;
    tuple.has = 0;
    return tuple;
}

static struct siblings *
tracker_find_siblings(const struct tracker *tracker,
                      const struct flow_fields *tuple, uint32_t hash)
{
    struct siblings *siblings;

    HMAP_FOR_EACH_WITH_HASH (siblings, node, hash, &tracker->siblings) {
        if (flow_fields_equal(&siblings->fields, tuple)) {
            return siblings;
        }
    }
    return NULL;
}

static void
siblings_add(struct tracker *tracker, struct flow *flow)
{
    struct flow_fields tuple = without_place(&flow->up.fields);
    uint32_t hash = flow_fields_hash(&tuple, tracker->secret);
    struct siblings *siblings = tracker_find_siblings(tracker, &tuple, hash);

    if (!siblings) {
        siblings = xmalloc(sizeof *siblings);
        siblings->fields = tuple;
        ovs_list_init(&siblings->flows);
        hmap_insert(&tracker->siblings, &siblings->node, hash);
    }
    flow->siblings = siblings;
    ovs_list_push_back(&siblings->flows, &flow->siblings_node);
}

/* Returns the history of 'flow' for 'trigger' if its key there is 'key', or
 * null. */
static struct state_history *
flow_find_history(const struct flow *flow, const struct trigger *trigger,
                  const struct flow_fields *key)
{
    struct flow_fields own;

    for (size_t i = 0; i < flow->n_histories; i++) {
        if (flow->histories[i].trigger == trigger) {
            return (granularity_key(&trigger->event->granularity,
                                    &flow->up.fields, &own)
                    && flow_fields_equal(&own, key)
                    ? &flow->histories[i] : NULL);
        }
    }
    return NULL;
}

/* Tells the siblings of 'flow', which is forgotten, up to which packet its
 * place was the last one of a key that they share. */
static void
flow_supersede(const struct flow *flow)
{
    for (size_t i = 0; i < flow->n_histories; i++) {
        const struct state_history *history = &flow->histories[i];
        const struct trigger *trigger = history->trigger;
        uint64_t last = MAX(flow->last_packet, history->superseded);
        struct flow_fields key;
        struct flow *sibling;

        if (!granularity_key(&trigger->event->granularity, &flow->up.fields,
                             &key)) {
            continue;
        }
        LIST_FOR_EACH (sibling, siblings_node, &flow->siblings->flows) {
            struct state_history *other = flow_find_history(sibling, trigger,
                                                            &key);

            if (other) {
                other->superseded = MAX(other->superseded, last);
            }
        }
    }
}

static void
siblings_remove(struct tracker *tracker, struct flow *flow)
{
    struct siblings *siblings = flow->siblings;

    ovs_list_remove(&flow->siblings_node);
    flow_supersede(flow);
    if (ovs_list_is_empty(&siblings->flows)) {
        hmap_remove(&tracker->siblings, &siblings->node);
        free(siblings);
    }
}

static void
flow_destroy(struct tracker *tracker, struct flow *flow)
{
    COVERAGE_INC(trumpet_track_forget);
    siblings_remove(tracker, flow);
    if (flow->connection) {
        ovs_list_remove(&flow->connection_node);
    }
    if (flow->run == tracker->n_runs) {
        ovs_list_remove(&flow->up.run_node);
    }
    ovs_list_remove(&flow->age_node);
    hmap_remove(&tracker->flows, &flow->node);
    flow_clear_histories(flow);
    free(flow);
}

static void
connection_destroy(struct tracker *tracker, struct connection *connection)
{
    ovs_list_remove(&connection->age_node);
    hmap_remove(&tracker->connections, &connection->node);
    free(connection);
}

void
tracker_destroy(struct tracker *tracker)
{
    if (tracker) {
        struct connection *connection;
        struct flow *flow;

        LIST_FOR_EACH_SAFE (flow, age_node, &tracker->by_age) {
            flow_destroy(tracker, flow);
        }
        LIST_FOR_EACH_SAFE (connection, age_node,
                            &tracker->connections_by_age) {
            connection_destroy(tracker, connection);
        }
        hmap_destroy(&tracker->flows);
        hmap_destroy(&tracker->siblings);
        hmap_destroy(&tracker->connections);
        plan_store_destroy(tracker->plans);
        free(tracker->cells);
        free(tracker->resolved);
        free(tracker);
    }
}

/* The longest time that a trigger of 'table' looks back. */
static uint64_t
table_keep_ns(const struct trigger_table *table)
{
    uint64_t keep_us = 0;

    for (size_t i = 0; i < table->n_entries; i++) {
        const struct trigger *trigger = table->entries[i].trigger;

        if (trigger->event->reads_state) {
            keep_us = MAX(keep_us, ((trigger->depth + 1)
                                    * trigger->event->interval_us));
        }
    }
    return keep_us * 1000;
}

bool
tracker_set_table(struct tracker *tracker, struct trigger_table *table)
{
    size_t words = MAX(tracker->plan_words, plan_store_min_words(table));
    struct plan_store *plans = plan_store_create(PLAN_HISTORY, table,
                                                 tracker->generation + 1,
                                                 words);

    if (!plans) {
        return false;
    }
    plan_store_destroy(tracker->plans);
    tracker->plans = plans;
    tracker->generation++;
    tracker->keep_ns = table_keep_ns(table);
    return true;
}

/* Makes room for more plans if it is getting scarce. */
static void
tracker_grow_plans(struct tracker *tracker)
{
    if (plan_store_is_tight(tracker->plans)) {
        tracker->plan_words *= 2;
        ignore(tracker_set_table(tracker, tracker->plans->table));
    }
}

static bool
tracker_is_full(const struct tracker *tracker, size_t n)
{
    return !tracker->settings.replay && n >= tracker->settings.max_flows;
}

/* Flows. */

static struct flow *
tracker_find_flow(const struct tracker *tracker,
                  const struct flow_fields *fields)
{
    struct flow *flow;

    HMAP_FOR_EACH_WITH_HASH (flow, node,
                             flow_fields_hash(fields, tracker->secret),
                             &tracker->flows) {
        if (flow_fields_equal(&flow->up.fields, fields)) {
            return flow;
        }
    }
    return NULL;
}

/* Starts to track the flow with 'fields', whose own packet came first just
 * now.  Returns null if there is no room. */
static struct flow *
tracker_add_flow(struct tracker *tracker, const struct flow_fields *fields,
                 struct connection *connection, uint8_t direction)
{
    struct flow *flow;

    if (tracker_is_full(tracker, hmap_count(&tracker->flows))) {
        COVERAGE_INC(trumpet_track_full);
        tracker->causes |= 1u << CAUSE_HISTORY_FULL;
        return NULL;
    }
    COVERAGE_INC(trumpet_track_flow);
    flow = xzalloc(sizeof *flow);
    flow->up.fields = *fields;
    flow->direction = direction;
    flow->connection = connection;
    if (connection) {
        ovs_list_push_back(&connection->flows, &flow->connection_node);
        flow->tcp = connection->unseen[direction];
        flow->last_ns = connection->last_ns;
    }
    siblings_add(tracker, flow);
    hmap_insert(&tracker->flows, &flow->node,
                flow_fields_hash(fields, tracker->secret));
    ovs_list_push_back(&tracker->by_age, &flow->age_node);
    return flow;
}

/* The histories for the triggers of the flow's plan; those that it has
 * already go on. */
static void
flow_renew_histories(const struct tracker *tracker, struct flow *flow,
                     const struct flow_state *state)
{
    const struct plan_store *plans = tracker->plans;
    struct state_history *old = flow->histories;
    size_t n_old = flow->n_histories, allocated = 0;
    struct plan_trigger pt;

    flow->histories = NULL;
    flow->n_histories = 0;
    PLAN_FOR_EACH_TRIGGER (pt, plans, flow->up.plan) {
        struct trigger *trigger = plans->table->entries[pt.entry].trigger;
        size_t i;

        if (!trigger->event->reads_state) {
            continue;
        }
        if (flow->n_histories >= allocated) {
            flow->histories = x2nrealloc(flow->histories, &allocated,
                                         sizeof *flow->histories);
        }
        for (i = 0; i < n_old && old[i].trigger != trigger; i++) {
            continue;
        }
        if (i < n_old) {
            flow->histories[flow->n_histories++] = old[i];
            old[i] = old[--n_old];
        } else {
            state_history_init(&flow->histories[flow->n_histories++],
                               trigger, state,
                               tracker->settings.history.life_ns,
                               trigger_interval_at(trigger,
                                                   tracker->epoch_start_us));
        }
    }
    while (n_old) {
        state_history_uninit(&old[--n_old]);
    }
    free(old);
}

/* Matches 'flow' against the current table. */
static void
flow_match(struct tracker *tracker, struct flow *flow)
{
    flow->up.plan = plan_store_match(tracker->plans, &flow->up.fields);
    if (flow->up.plan == PLAN_FULL) {
        flow->up.plan = PLAN_NONE;      /* Until the store has grown. */
        tracker->causes |= 1u << CAUSE_PLANS_FULL;
    }
    flow->generation = tracker->generation;
}

static void
flow_alloc_cells(struct tracker *tracker, struct flow *flow)
{
    size_t n = plan_store_cells(tracker->plans, flow->up.plan).n;

    while (tracker->allocated_cells - tracker->n_cells < n) {
        tracker->cells = x2nrealloc(tracker->cells,
                                    &tracker->allocated_cells,
                                    sizeof *tracker->cells);
    }
    flow->up.cells = tracker->n_cells;
    memset(&tracker->cells[tracker->n_cells], 0, n * sizeof *tracker->cells);
    tracker->n_cells += n;
}

static void
flow_get_state(const struct flow *flow, struct flow_state *state)
{
    tcp_flow_get_state(&flow->tcp, &state->tcp);
    state->last_packet = flow->last_packet;
}

/* Takes 'flow' into the run, if it is not, before anything happens to it. */
static void
flow_begin_run(struct tracker *tracker, struct flow *flow)
{
    struct flow_state state;

    if (flow->run == tracker->n_runs) {
        return;
    }
    flow->run = tracker->n_runs;
    flow_get_state(flow, &state);
    for (size_t i = 0; i < flow->n_histories; i++) {
        struct state_history *history = &flow->histories[i];

        state_history_advance(history, &state,
                              tracker->settings.history.life_ns,
                              trigger_interval_at(history->trigger,
                                                  tracker->epoch_start_us));
    }
    if (flow->generation != tracker->generation) {
        flow_match(tracker, flow);
        flow_renew_histories(tracker, flow, &state);
    }
    flow_alloc_cells(tracker, flow);
    flow->up.active = false;
    flow->up.heard = false;
    ovs_list_push_back(&tracker->run_flows, &flow->up.run_node);
    ovs_list_remove(&flow->age_node);
    ovs_list_push_back(&tracker->by_age, &flow->age_node);
}

/* Connections. */

/* Brings 'fields' into the form that both directions of a connection share.
 * Returns the direction. */
static uint8_t
connection_fields(const struct tracker *tracker, struct flow_fields *fields)
{
    int cmp = memcmp(fields->src, fields->dst, sizeof fields->src);

    fields->in_port = 0;
    fields->tun_id = 0;
    fields->vlan = tracker->settings.replay ? fields->vlan : 0;
    fields->has &= ~FLOW_HAS_TUNNEL;
    if (cmp < 0 || (!cmp && fields->tp_src <= fields->tp_dst)) {
        return 0;
    }
    flow_fields_mirror(fields);
    return 1;
}

static bool
is_own_mirror(const struct flow_fields *fields)
{
    return (fields->tp_src == fields->tp_dst
            && !memcmp(fields->src, fields->dst, sizeof fields->src));
}

/* Finds out for which directions flows may come that match. */
static void
connection_match(const struct tracker *tracker, struct connection *connection)
{
    const struct trigger_table *table = tracker->plans->table;
    struct flow_fields reverse = connection->fields;

    connection->generation = tracker->generation;
    flow_fields_mirror(&reverse);
    for (int i = 0; i < 2; i++) {
        bool wanted = trigger_table_matches_reverse(table, &reverse);

        if (wanted && !connection->wanted[i]) {
            tcp_flow_init(&connection->unseen[i], connection->is_own_mirror);
        }
        connection->wanted[i] = wanted;
        flow_fields_mirror(&reverse);
    }
}

/* Returns the connection of a flow with 'fields', and its direction, or null
 * if there is no room for another. */
static struct connection *
tracker_get_connection(struct tracker *tracker,
                       const struct flow_fields *fields_, uint8_t *direction)
{
    struct flow_fields fields = *fields_;
    struct connection *connection;
    uint32_t hash;

    *direction = connection_fields(tracker, &fields);
    hash = flow_fields_hash(&fields, tracker->secret);
    HMAP_FOR_EACH_WITH_HASH (connection, node, hash,
                             &tracker->connections) {
        if (flow_fields_equal(&connection->fields, &fields)) {
            return connection;
        }
    }

    if (tracker_is_full(tracker, hmap_count(&tracker->connections))) {
        COVERAGE_INC(trumpet_track_full);
        tracker->causes |= 1u << CAUSE_HISTORY_FULL;
        return NULL;
    }
    connection = xzalloc(sizeof *connection);
    connection->fields = fields;
    connection->is_own_mirror = is_own_mirror(&fields);
    ovs_list_init(&connection->flows);
    for (int i = 0; i < 2; i++) {
        tcp_flow_init(&connection->unseen[i], connection->is_own_mirror);
    }
    connection_match(tracker, connection);
    hmap_insert(&tracker->connections, &connection->node, hash);
    ovs_list_push_back(&tracker->connections_by_age, &connection->age_node);
    return connection;
}

static void
connection_begin_run(struct tracker *tracker, struct connection *connection)
{
    if (connection->run != tracker->n_runs) {
        connection->run = tracker->n_runs;
        if (connection->generation != tracker->generation) {
            connection_match(tracker, connection);
        }
        ovs_list_remove(&connection->age_node);
        ovs_list_push_back(&tracker->connections_by_age,
                           &connection->age_node);
    }
}

/* The run. */

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
    flow_table_get_fields(table, &table->entries[active->entry], &fields);
    if (fields.nw_proto == IPPROTO_TCP) {
        resolved->connection = tracker_get_connection(tracker, &fields,
                                                      &resolved->direction);
        if (!resolved->connection) {
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
        }
    }
}

/* Adds 'values' to the cells of 'flow'. */
static void
flow_count(struct tracker *tracker, const struct flow *flow,
           const struct packet_values *values)
{
    struct plan_cells pc = plan_store_cells(tracker->plans, flow->up.plan);
    struct cell *cells = &tracker->cells[flow->up.cells];

    for (uint32_t i = 0; i < pc.n; i++) {
        const struct measure *measure
            = tracker->plans->table->measures[pc.measures[i]];
        double x;

        if (value_evaluate(measure->value, values, &x)) {
            cell_add(&cells[i], measure->kind, x);
        }
    }
}

/* Does for 'flow', which is TCP, what 'side' sent. */
static void
flow_add_segment(struct tracker *tracker, struct flow *flow,
                 enum tcp_side side, const struct packet_record *record,
                 struct tcp_verdict *verdict)
{
    tcp_flow_add(&flow->tcp, side,
                 record->is & PACKET_IS_SEGMENT ? &record->segment : NULL,
                 record->ns, tracker->settings.history.life_ns, verdict);
    flow->last_ns = record->ns;
    flow->up.heard = flow->up.heard || verdict->heard;
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
    struct packet packet;

    memset(&packet, 0, sizeof packet);
    packet.key.kind = record->is & PACKET_IS_IP ? FLOW_IPV4 : FLOW_OTHER;
    packet.bytes = record->bytes;
    packet.volume = record->segment.payload;
    packet.tos = record->tos;
    packet.ttl = record->ttl;
    packet.tcp_flags = record->segment.flags;
    packet_get_values(&packet, values);

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
flow_add_own(struct tracker *tracker, struct flow *flow,
             const struct packet_record *record)
{
    const struct history_settings *history = &tracker->settings.history;
    struct tcp_verdict verdict = { .is_lost = false };
    struct packet_values values;
    bool is_burst = false;

    flow_begin_run(tracker, flow);
    flow->up.active = true;
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
    struct flow *flow;

    LIST_FOR_EACH (flow, connection_node, &connection->flows) {
        if (flow->direction == reverse && flow != resolved->flow) {
            flow_begin_run(tracker, flow);
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
    struct flow *flow;

    HMAP_FOR_EACH (flow, node, &tracker->flows) {
        if (flow->connection) {
            flow_begin_run(tracker, flow);
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
    struct log_cursor *cursors = xcalloc(n, sizeof *cursors);
    size_t n_resolved = 0, n_cursors = 0;
    bool overflowed = false;

    tracker_grow_plans(tracker);
    tracker->n_runs++;
    tracker->n_cells = 0;
    tracker->causes = 0;
    ovs_list_init(&tracker->run_flows);
    for (size_t i = 0; i < n; i++) {
        const struct epoch_buffer *buffer = closed[i].buffer;

        overflowed = overflowed || buffer->log_overflowed;
        if (buffer->n_records) {
            tracker->epoch_start_us = (buffer->epoch
                                       * tracker->settings.epoch_us);
            cursors[n_cursors++].closed = &closed[i];
            n_resolved += buffer->n_active;
        }
    }

    if (n_cursors) {
        struct resolved *resolved;

        while (tracker->allocated_resolved < n_resolved) {
            tracker->resolved = x2nrealloc(tracker->resolved,
                                           &tracker->allocated_resolved,
                                           sizeof *tracker->resolved);
        }
        resolved = tracker->resolved;
        memset(resolved, 0, n_resolved * sizeof *resolved);
        for (size_t i = 0; i < n_cursors; i++) {
            cursors[i].resolved = resolved;
            resolved += cursors[i].closed->buffer->n_active;
        }
        tracker_merge(tracker, cursors, n_cursors);
    }
    if (overflowed) {
        tracker_forget(tracker);
    }
    free(cursors);
    return tracker->causes;
}

void
tracker_expire(struct tracker *tracker, uint64_t now_us)
{
    uint64_t life_ns = tracker->settings.history.life_ns;
    uint64_t now_ns = now_us * 1000;
    struct connection *connection;
    struct flow *flow;

    LIST_FOR_EACH_SAFE (flow, age_node, &tracker->by_age) {
        if (flow->last_ns + life_ns + tracker->keep_ns >= now_ns) {
            break;
        }
        flow_destroy(tracker, flow);
    }
    LIST_FOR_EACH_SAFE (connection, age_node, &tracker->connections_by_age) {
        if (connection->last_ns + life_ns >= now_ns) {
            break;
        }
        if (ovs_list_is_empty(&connection->flows)) {
            connection_destroy(tracker, connection);
        }
    }
}

/* Answers. */

const struct ovs_list *
tracker_flows(const struct tracker *tracker)
{
    return &tracker->run_flows;
}

const struct plan_store *
tracker_plans(const struct tracker *tracker)
{
    return tracker->plans;
}

const struct cell *
tracker_cells(const struct tracker *tracker, const struct tracked_flow *flow)
{
    return &tracker->cells[flow->cells];
}

/* Stores in 'filed' the state of 'flow' at the end of 'interval', as
 * 'history' knows it. */
static bool
flow_get_filed(const struct tracker *tracker, const struct flow *flow,
               const struct state_history *history, uint64_t interval,
               struct filed_state *filed)
{
    struct flow_state now;

    flow_get_state(flow, &now);
    return state_history_get(history, &now,
                             tracker->settings.history.life_ns, interval,
                             filed);
}

/* Returns the flow that had the last packet of 'key' up to the end of
 * 'interval', and its state then; null if that is forgotten. */
static const struct flow *
tracker_find_last(const struct tracker *tracker,
                  const struct trigger *trigger,
                  const struct flow_fields *key, uint64_t interval,
                  struct filed_state *state,
                  const struct state_history **historyp)
{
    struct flow_fields tuple = without_place(key);
    const struct siblings *siblings
        = tracker_find_siblings(tracker, &tuple,
                                flow_fields_hash(&tuple, tracker->secret));
    const struct flow *flow, *last = NULL;

    if (!siblings) {
        return NULL;
    }
    LIST_FOR_EACH (flow, siblings_node, &siblings->flows) {
        const struct state_history *history = flow_find_history(flow, trigger,
                                                                key);
        struct filed_state filed;

        if (history
            && flow_get_filed(tracker, flow, history, interval, &filed)
            && filed.state.last_packet > history->superseded
            && (!last
                || filed.state.last_packet > state->state.last_packet)) {
            last = flow;
            *historyp = history;
            *state = filed;
        }
    }
    return last;
}

/* Duplicate ACKs of 'flow' in the 'n' intervals up to 'interval', at the end
 * of which it was in 'state'. */
static uint32_t
flow_get_duplicates(const struct tracker *tracker, const struct flow *flow,
                    const struct state_history *history,
                    const struct tcp_state *state, uint64_t interval,
                    unsigned n)
{
    struct filed_state before;

    return (interval >= n
            && flow_get_filed(tracker, flow, history, interval - n, &before)
            && before.state.tcp.life == state->life
            ? state->duplicates - before.state.tcp.duplicates
            : state->duplicates);
}

/* Largest payload that is assumed where none was seen: Ethernet's. */
#define DEFAULT_PAYLOAD 1460

double
tracker_get_state(const struct tracker *tracker,
                  const struct trigger *trigger,
                  const struct flow_fields *key, enum measure_kind kind,
                  uint64_t interval, unsigned n)
{
    const struct state_history *history = NULL;
    struct filed_state filed = { .interval = 0 };
    const struct flow *flow = tracker_find_last(tracker, trigger, key,
                                                interval, &filed, &history);
    const struct tcp_state *tcp = &filed.state.tcp;
    uint32_t duplicates;

    if (!flow || !filed.alive || !tcp->seen) {
        return NAN;
    }
    switch ((int) kind) {
    case MEASURE_SEQ:
        return tcp->has_seq ? (double) tcp->seq : (double) NAN;
    case MEASURE_ACK:
        return tcp->has_ack ? (double) tcp->ack : (double) NAN;
    case MEASURE_DUP:
        duplicates = flow_get_duplicates(tracker, flow, history, tcp,
                                         interval, n);
        return ((double) duplicates
                * (tcp->largest ? tcp->largest : DEFAULT_PAYLOAD));
    default:
        OVS_NOT_REACHED();
    }
}

void
tracker_get_status(const struct tracker *tracker,
                   struct tracker_status *status)
{
    status->flows = hmap_count(&tracker->flows);
    status->connections = hmap_count(&tracker->connections);
    status->memory_bytes
        = (status->flows * sizeof(struct flow)
           + status->connections * sizeof(struct connection)
           + tracker->allocated_cells * sizeof *tracker->cells
           + tracker->allocated_resolved * sizeof *tracker->resolved
           + tracker->plans->max_words * sizeof *tracker->plans->words);
    memcpy(status->oddities, tracker->oddities, sizeof status->oddities);
}
