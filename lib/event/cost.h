/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_COST_H
#define EVENT_COST_H 1

#include "event/event.h"
#include "openvswitch/dynamic-string.h"

/* What an event costs where it is installed.
 *
 * Thread-safety: any thread. */

struct event_cost {
    size_t n_own;               /* Measures beyond those that each flow entry
                                 * has anyway. */
    size_t flow_bytes;          /* Per flow and epoch, for them. */
    unsigned n_intervals;       /* That a key keeps. */
    size_t key_bytes;           /* Per key. */
};

struct event_cost event_get_cost(const struct event *);

/* Appends lines for people: the pattern (events whose patterns are the same
 * are matched together) and the state for each flow and each key. */
void event_format_cost(const struct event *, struct ds *);

#endif /* event/cost.h */
