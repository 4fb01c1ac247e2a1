/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tracker-private.h"

#include "coverage.h"
#include "util.h"

/* What is kept of a tracked flow. */

COVERAGE_DEFINE(trumpet_track_flow);
COVERAGE_DEFINE(trumpet_track_forget);
COVERAGE_DEFINE(trumpet_track_flow_full);

static void
flow_clear_histories(struct tracked_flow *flow)
{
    for (size_t i = 0; i < flow->n_histories; i++) {
        state_history_uninit(&flow->histories[i]);
    }
    free(flow->histories);
    flow->histories = NULL;
    flow->n_histories = 0;
}

void
tracked_flow_destroy(struct tracker *tracker, struct tracked_flow *flow)
{
    COVERAGE_INC(trumpet_track_forget);
    siblings_remove(tracker, flow);
    if (flow->connection) {
        ovs_list_remove(&flow->connection_node);
    }
    if (flow->run == tracker->n_runs) {
        ovs_list_remove(&flow->run_node);
    }
    ovs_list_remove(&flow->age_node);
    hmap_remove(&tracker->flows, &flow->node);
    flow_clear_histories(flow);
    free(flow);
}

struct tracked_flow *
tracker_find_flow(const struct tracker *tracker,
                  const struct flow_fields *fields)
{
    struct tracked_flow *flow;

    HMAP_FOR_EACH_WITH_HASH (flow, node,
                             flow_fields_hash(fields, tracker->secret),
                             &tracker->flows) {
        if (flow_fields_equal(&flow->fields, fields)) {
            return flow;
        }
    }
    return NULL;
}

/* True if there is room for another flow, after forgetting the one that was
 * silent longest if its state is forgotten anyway: then only what it was some
 * intervals earlier is lost. */
static bool
tracker_make_room(struct tracker *tracker)
{
    uint64_t now_ns = tracker->epoch_start_us * 1000;
    struct tracked_flow *oldest;

    if (!tracker_is_full(tracker, hmap_count(&tracker->flows))) {
        return true;
    }
    oldest = CONTAINER_OF(ovs_list_front(&tracker->by_age),
                          struct tracked_flow, age_node);
    if (oldest->last_ns + tracker->settings.history.life_ns >= now_ns) {
        return false;
    }
    tracked_flow_destroy(tracker, oldest);
    return true;
}

struct tracked_flow *
tracker_add_flow(struct tracker *tracker, const struct flow_fields *fields,
                 struct connection *connection, uint8_t direction)
{
    struct tracked_flow *flow;

    if (!tracker_make_room(tracker)) {
        COVERAGE_INC(trumpet_track_flow_full);
        tracker->causes |= 1u << CAUSE_HISTORY_FULL;
        return NULL;
    }
    COVERAGE_INC(trumpet_track_flow);
    flow = xzalloc(sizeof *flow);
    flow->fields = *fields;
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
flow_renew_histories(const struct tracker *tracker,
                     struct tracked_flow *flow,
                     const struct flow_state *state)
{
    const struct plan_store *plans = tracker->plans;
    struct state_history *old = flow->histories;
    size_t n_old = flow->n_histories, allocated = 0;
    struct plan_trigger pt;

    flow->histories = NULL;
    flow->n_histories = 0;
    PLAN_FOR_EACH_TRIGGER (pt, plans, flow->plan) {
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
flow_match(struct tracker *tracker, struct tracked_flow *flow)
{
    flow->plan = plan_store_match(tracker->plans, &flow->fields);
    if (flow->plan == PLAN_FULL) {
        flow->plan = PLAN_NONE;      /* Until the store has grown. */
        tracker->causes |= 1u << CAUSE_PLANS_FULL;
    }
    flow->generation = tracker->generation;
}

static void
flow_alloc_cells(struct tracker *tracker, struct tracked_flow *flow)
{
    size_t n = plan_store_cells(tracker->plans, flow->plan).n;

    while (tracker->allocated_cells - tracker->n_cells < n) {
        tracker->cells = x2nrealloc(tracker->cells,
                                    &tracker->allocated_cells,
                                    sizeof *tracker->cells);
    }
    flow->cells = tracker->n_cells;
    if (n) {                    /* Else there may be no array at all. */
        memset(&tracker->cells[tracker->n_cells], 0,
               n * sizeof *tracker->cells);
        tracker->n_cells += n;
    }
}

void
tracked_flow_get_state(const struct tracked_flow *flow,
                       struct flow_state *state)
{
    tcp_flow_get_state(&flow->tcp, &state->tcp);
    state->last_packet = flow->last_packet;
}

void
tracked_flow_begin_run(struct tracker *tracker, struct tracked_flow *flow)
{
    struct flow_state state;

    if (flow->run == tracker->n_runs) {
        return;
    }
    flow->run = tracker->n_runs;
    tracked_flow_get_state(flow, &state);
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
    flow->active = false;
    flow->heard = false;
    ovs_list_push_back(&tracker->run_flows, &flow->run_node);
    ovs_list_remove(&flow->age_node);
    ovs_list_push_back(&tracker->by_age, &flow->age_node);
}
