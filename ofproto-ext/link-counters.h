/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_LINK_COUNTERS_H
#define OFPROTO_EXT_LINK_COUNTERS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port_reading;

/* The counters of interfaces of the kernel, and of their queueing disciplines.
 *
 * Three requests read those of all interfaces at once, whatever their number.
 * "rx_missed" includes what a packet socket of this process had no room for.
 * Only what is in this process's network namespace is found.
 *
 * Usage
 * =====
 *
 *     struct link_counters *lc = link_counters_create();
 *     link_counters_add(lc, "tap0", true, 0);
 *     link_counters_add(lc, "eth1", false, 1);
 *     error = link_counters_read(lc, readings);        readings[0..1]
 *     link_counters_destroy(lc);
 *
 * Thread-safety: one thread at a time. */
struct link_counters;

struct link_counters *link_counters_create(void);
void link_counters_destroy(struct link_counters *);

/* Forgets all interfaces. */
void link_counters_clear(struct link_counters *);

/* From now on reads the interface 'name', which need not exist yet, into
 * element 'index' of the readings.  If 'reversed', what it transmits is
 * received, as from a tap device that this process has opened. */
void link_counters_add(struct link_counters *, const char *name,
                       bool reversed, size_t index);

/* Adds to 'readings' what the kernel counts and is not there yet; an
 * interface that does not exist adds nothing.  Returns null or an error, which
 * the caller must not free. */
const char *link_counters_read(struct link_counters *,
                               struct port_reading *readings);

#endif /* ofproto-ext/link-counters.h */
