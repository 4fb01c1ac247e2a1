/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_TRACKER_H
#define MONITOR_TRACKER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/aggregate.h"
#include "event/flow-fields.h"
#include "monitor/history-settings.h"
#include "monitor/plan.h"
#include "monitor/tcp-oddity.h"
#include "monitor/trigger.h"
#include "openvswitch/list.h"
#include "report/cause.h"

struct epoch_buffer;
struct scatter;
struct tracker;

/* The tracker: what takes more than one packet to know.
 *
 * Data and acknowledgments of a connection may arrive on different packet
 * threads, and one segment may pass the switch at several places.  So packet
 * threads only record packets of flows whose triggers ask for bursts or TCP
 * state, and of their reverse direction (packet-log.h).  At the end of each
 * epoch the tracker puts the logs of all threads in order of time and runs
 * one exact state machine for each flow (tcp-flow.h).  What it counts is
 * gathered as what the threads counted themselves is.
 *
 * A flow is a 5-tuple at a place, and has a state of its own.  A connection
 * is the 5-tuple and its mirror: who is whose reverse direction.
 *
 * Memory is bounded by 'max_flows', but in a replay.
 *
 * Thread-safety: guarded by the monitor's mutex. */

struct tracker_settings {
    uint64_t epoch_us;
    uint32_t max_flows;
    bool replay;                /* No places but VLANs; memory grows. */
    struct history_settings history;
};

struct tracker *tracker_create(const struct tracker_settings *,
                               struct trigger_table *);
void tracker_destroy(struct tracker *);

/* Makes the tracker use 'table'.  Returns false, and goes on with the old one,
 * if there is no memory. */
bool tracker_set_table(struct tracker *, struct trigger_table *);

/* A closed epoch buffer, and its owner. */
struct closed_buffer {
    struct scatter *scatter;
    struct epoch_buffer *buffer;
};

/* Runs through the logs of 'n' closed buffers of one epoch, those of each
 * thread in their order.  What the flows had in them is then there for
 * gather_tracked().  Returns why something is missing in this epoch, if so. */
cause_set tracker_run(struct tracker *, const struct closed_buffer *,
                      size_t n);

/* Forgets flows of which nothing can be asked at 'now_us' any more. */
void tracker_expire(struct tracker *, uint64_t now_us);

/* Returns the state measure 'kind' of the trigger's key 'key': at the end of
 * 'interval', or, MEASURE_DUP, in the 'n' intervals up to there.  NaN if
 * undefined. */
double tracker_get_state(const struct tracker *, const struct trigger *,
                         const struct flow_fields *key,
                         enum measure_kind kind, uint64_t interval,
                         unsigned n);

struct tracker_status {
    uint64_t flows;
    uint64_t connections;
    uint64_t memory_bytes;
    uint64_t n_unlogged;        /* Packets that no log had room for, ever. */
    uint64_t n_untracked;       /* Those of flows without room, ever. */
    uint64_t oddities[N_TCP_ODDITIES];
};
void tracker_get_status(const struct tracker *, struct tracker_status *);

#endif /* monitor/tracker.h */
