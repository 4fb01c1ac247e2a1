/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_PORT_COUNTER_H
#define EVENT_PORT_COUNTER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Port counters: what port() reads of the interface that a packet came in by.
 *
 * Thread-safety: plain values and constant tables. */

enum port_counter {
#define PORT_COUNTER(ID, NAME, UNIT, HELP) PORT_COUNTER_##ID,
#include "event/port-counter-table.h"
    N_PORT_COUNTERS
};

/* A set of counters: bit 1 << PORT_COUNTER_*. */
typedef uint32_t port_counter_set;

const char *port_counter_name(enum port_counter);

/* True if the counter is a level, of which the largest sample counts, not its
 * change. */
static inline bool
port_counter_is_level(enum port_counter counter)
{
    return counter == PORT_COUNTER_QDISC_BACKLOG;
}

/* Stores the counter called 'name' ('length' bytes) in '*counter', or returns
 * false. */
bool port_counter_from_name(const char *name, size_t length,
                            enum port_counter *counter);

#endif /* event/port-counter.h */
