/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_STATE_HISTORY_H
#define MONITOR_STATE_HISTORY_H 1

#include <stdbool.h>
#include <stdint.h>

#include "monitor/tcp-flow.h"
#include "monitor/trigger.h"

/* State histories: what the TCP state of a flow was at the end of each of a
 * trigger's latest intervals.
 *
 * The state changes only when a packet comes.  So nothing is to be done for
 * intervals without packets: before the first packet of a later interval, the
 * state as it is then is filed under all intervals that have ended.
 *
 * Thread-safety: guarded by the monitor's mutex. */
struct state_history {
    struct trigger *trigger;    /* One reference. */
    uint64_t superseded;        /* Number of the last packet that the same key
                                 * had at a place which is forgotten. */
    uint64_t interval;          /* The running one: those before are filed. */
    struct filed_state *ring;   /* [depth] */
    unsigned depth;
};

/* The state of a flow. */
struct flow_state {
    struct tcp_state tcp;
    uint64_t last_packet;       /* Number of its last own packet; 0: none. */
};

/* The same at an interval's end. */
struct filed_state {
    uint64_t interval;          /* Number + 1; 0: unused. */
    struct flow_state state;
    bool alive;                 /* Not forgotten by then. */
};

/* Begins with 'state', which all intervals before 'interval' are taken to
 * have ended with: the caller knows of no packet since. */
void state_history_init(struct state_history *, struct trigger *,
                        const struct flow_state *state, uint64_t life_ns,
                        uint64_t interval);
void state_history_uninit(struct state_history *);

/* 'interval' begins, and 'state' is what it was up to then. */
void state_history_advance(struct state_history *,
                           const struct flow_state *state, uint64_t life_ns,
                           uint64_t interval);

/* Stores in 'filed' the state at the end of 'interval', where 'now' is the
 * state as it is.  Returns false if that is not known any more. */
bool state_history_get(const struct state_history *,
                       const struct flow_state *now, uint64_t life_ns,
                       uint64_t interval, struct filed_state *filed);

#endif /* monitor/state-history.h */
