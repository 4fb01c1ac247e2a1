/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "monitor/trigger-table.h"
#include "monitor/tracker-private.h"
#include "random.h"
#include "util.h"

/* Words of plans to begin with. */
#define PLAN_WORDS (1u << 16)

struct tracker *
tracker_create(const struct tracker_settings *settings,
               struct trigger_table *table)
{
    struct tracker *tracker = xzalloc(sizeof *tracker);

    tracker->settings = *settings;
    tracker->secret = random_uint64();
    tracker->plan_words = PLAN_WORDS;
    hmap_init(&tracker->flows);
    hmap_init(&tracker->siblings);
    hmap_init(&tracker->connections);
    ovs_list_init(&tracker->by_age);
    ovs_list_init(&tracker->connections_by_age);
    ovs_list_init(&tracker->run_flows);

    if (!tracker_set_table(tracker, table)) {
        tracker_destroy(tracker);
        return NULL;
    }
    return tracker;
}

void
tracker_destroy(struct tracker *tracker)
{
    if (tracker) {
        struct connection *connection;
        struct tracked_flow *flow;

        LIST_FOR_EACH_SAFE (flow, age_node, &tracker->by_age) {
            tracked_flow_destroy(tracker, flow);
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

void
tracker_expire(struct tracker *tracker, uint64_t now_us)
{
    uint64_t life_ns = tracker->settings.history.life_ns;
    uint64_t now_ns = now_us * 1000;
    struct connection *connection;
    struct tracked_flow *flow;

    LIST_FOR_EACH_SAFE (flow, age_node, &tracker->by_age) {
        if (flow->last_ns + life_ns + tracker->keep_ns >= now_ns) {
            break;
        }
        tracked_flow_destroy(tracker, flow);
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

void
tracker_get_status(const struct tracker *tracker,
                   struct tracker_status *status)
{
    status->flows = hmap_count(&tracker->flows);
    status->connections = hmap_count(&tracker->connections);
    status->memory_bytes
        = (status->flows * sizeof(struct tracked_flow)
           + status->connections * sizeof(struct connection)
           + tracker->allocated_cells * sizeof *tracker->cells
           + tracker->allocated_resolved * sizeof *tracker->resolved
           + tracker->plans->max_words * sizeof *tracker->plans->words);
    status->n_unlogged = tracker->n_unlogged;
    status->n_untracked = tracker->n_untracked;
    memcpy(status->oddities, tracker->oddities, sizeof status->oddities);
}
