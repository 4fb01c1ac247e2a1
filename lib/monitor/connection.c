/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tracker-private.h"

#include "coverage.h"
#include "util.h"

/* Connections: a 5-tuple and its mirror.
 *
 * What came of the reverse direction before a flow's first own packet counts
 * for it too, but at what place that packet will come cannot be known.  So
 * for each direction that may match, the connection keeps the state of a flow
 * that has not been seen yet, and a flow begins with a copy of that. */

COVERAGE_DEFINE(trumpet_track_connection_full);

void
connection_destroy(struct tracker *tracker, struct connection *connection)
{
    ovs_list_remove(&connection->age_node);
    hmap_remove(&tracker->connections, &connection->node);
    free(connection);
}

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

struct connection *
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
        COVERAGE_INC(trumpet_track_connection_full);
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

void
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
