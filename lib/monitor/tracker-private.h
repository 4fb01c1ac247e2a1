/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_TRACKER_PRIVATE_H
#define MONITOR_TRACKER_PRIVATE_H 1

#include "monitor/burst-run.h"
#include "monitor/state-history.h"
#include "monitor/tcp-flow.h"
#include "monitor/tracker.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

/* The state of a tracker, for tracker.c (its life), tracker-run.c (packets
 * in order of time), tracked-flow.c (what is kept of a flow), tracked-state.c
 * (the state of a key), connection.c (who is whose reverse direction) and
 * gather.c, which reads the flows of a run. */

/* A flow that matches a trigger which needs its history. */
struct tracked_flow {
    struct hmap_node node;      /* In tracker->flows. */
    struct flow_fields fields;
    struct ovs_list age_node;   /* In tracker->by_age. */
    struct connection *connection;  /* Null if it is not TCP. */
    struct ovs_list connection_node;    /* In its connection's flows. */
    uint8_t direction;          /* Of the connection. */
    struct siblings *siblings;
    struct ovs_list siblings_node;  /* In its siblings' flows. */

    /* What its packets told. */
    struct burst_run burst;
    struct tcp_flow tcp;        /* If TCP. */
    uint64_t last_ns;           /* Latest packet of either direction. */
    uint64_t last_packet;       /* Number of its own last packet. */

    /* What is asked about it. */
    uint32_t plan;              /* In the tracker's plan store... */
    uint32_t generation;        /* ...of this generation. */
    struct state_history *histories;    /* Of triggers that read state. */
    size_t n_histories;

    /* The run. */
    uint64_t run;               /* Last one that concerned it. */
    struct ovs_list run_node;   /* In tracker->run_flows. */
    size_t cells;               /* First of its cells in tracker->cells. */
    bool active;                /* A packet of its own came. */
    bool heard;                 /* A segment of the reverse direction came
                                 * that makes keys tested. */
};

/* The flows of one 5-tuple, at all their places. */
struct siblings {
    struct hmap_node node;      /* In tracker->siblings. */
    struct flow_fields fields;  /* The 5-tuple, no place. */
    struct ovs_list flows;      /* struct tracked_flow. */
};

/* Two directions. */
struct connection {
    struct hmap_node node;      /* In tracker->connections. */
    struct ovs_list age_node;   /* In tracker->connections_by_age. */
    struct flow_fields fields;  /* The 5-tuple of direction 0, no place. */
    bool is_own_mirror;         /* Both directions are one. */
    struct ovs_list flows;      /* struct tracked_flow, tracked ones. */
    uint64_t last_ns;
    uint64_t run;

    uint32_t generation;        /* Of the plan store when this was found: */
    bool wanted[2];             /* Flows of the direction may match. */
    struct tcp_flow unseen[2];  /* Of a flow that had no packet yet. */
};

/* What an entry of a packet thread stands for in a run. */
struct resolved {
    bool done;
    bool refused;               /* There was no room for what it needs. */
    uint8_t direction;
    struct connection *connection;
    struct tracked_flow *flow;
};

struct tracker {
    struct tracker_settings settings;
    struct plan_store *plans;
    uint32_t generation;        /* Of 'plans'. */
    size_t plan_words;
    uint64_t keep_ns;           /* How long a flow's history is looked at
                                 * after its life. */

    struct hmap flows;          /* struct tracked_flow, by fields. */
    struct hmap siblings;       /* struct siblings, by 5-tuple. */
    struct hmap connections;    /* struct connection, by fields. */
    uint64_t secret;            /* For hashing. */
    struct ovs_list by_age;     /* Flows, least recently concerned first. */
    struct ovs_list connections_by_age;

    /* The run. */
    uint64_t n_runs;
    uint64_t epoch_start_us;
    uint64_t n_packets;         /* Numbers the packets of all runs. */
    struct ovs_list run_flows;  /* struct tracked_flow, concerned by it. */
    struct cell *cells;
    size_t n_cells, allocated_cells;
    struct resolved *resolved;
    size_t allocated_resolved;
    cause_set causes;

    /* Ever. */
    uint64_t n_unlogged;        /* Packets that no log had room for. */
    uint64_t n_untracked;       /* Recorded ones of flows without room. */
    uint64_t oddities[N_TCP_ODDITIES];
};

static inline bool
tracker_is_full(const struct tracker *tracker, size_t n)
{
    return !tracker->settings.replay && n >= tracker->settings.max_flows;
}

/* Flows
 * ===== */

struct tracked_flow *tracker_find_flow(const struct tracker *,
                                       const struct flow_fields *);

/* Starts to track the flow with 'fields', of which the first own packet comes
 * now.  Returns null if there is no room. */
struct tracked_flow *tracker_add_flow(struct tracker *,
                                      const struct flow_fields *fields,
                                      struct connection *, uint8_t direction);
void tracked_flow_destroy(struct tracker *, struct tracked_flow *);

/* Takes the flow into the run, if it is not, before anything happens to it:
 * files its state for the intervals that ended, makes its cells. */
void tracked_flow_begin_run(struct tracker *, struct tracked_flow *);

void tracked_flow_get_state(const struct tracked_flow *, struct flow_state *);

/* Connections
 * =========== */

/* Returns the connection of a flow with 'fields' and stores the flow's
 * direction, or returns null if there is no room for another. */
struct connection *tracker_get_connection(struct tracker *,
                                          const struct flow_fields *fields,
                                          uint8_t *direction);
void connection_destroy(struct tracker *, struct connection *);

/* Takes the connection into the run, if it is not. */
void connection_begin_run(struct tracker *, struct connection *);

/* Siblings
 * ======== */

void siblings_add(struct tracker *, struct tracked_flow *);
void siblings_remove(struct tracker *, struct tracked_flow *);

#endif /* monitor/tracker-private.h */
