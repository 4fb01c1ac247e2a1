/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_TRUMPET_OBSERVER_H
#define OFPROTO_EXT_TRUMPET_OBSERVER_H 1

/* The observer of one packet thread: hands the datapath's packets on to the
 * monitor.
 *
 * It turns batches of the datapath into bursts of the monitor, each with the
 * name of the interface where it entered and the Unix time of its reception.
 *
 * Usage
 * =====
 *
 *     observer = trumpet_observer_create(monitor, clock, ports, "pmd-c01");
 *     ovsrcu_set(&slot->observer, trumpet_observer_get(observer));
 *     ...
 *     ovsrcu_set(&slot->observer, NULL);
 *     ovsrcu_synchronize();
 *     trumpet_observer_destroy(observer);
 *
 * Thread-safety: the callbacks run on the packet thread.  They take no lock,
 * allocate nothing, make no system call and log nothing.  All else runs on
 * the main thread. */

struct dp_observer;
struct monitor;
struct port_map;
struct trumpet_observer;
struct unix_clock;

/* Returns null if there is no memory.  'clock' and 'ports' must stay. */
struct trumpet_observer *trumpet_observer_create(struct monitor *,
                                                 const struct unix_clock *,
                                                 const struct port_map *ports,
                                                 const char *name);

/* No packet thread may use the observer any more.  Null is allowed. */
void trumpet_observer_destroy(struct trumpet_observer *);

/* What the datapath is given. */
struct dp_observer *trumpet_observer_get(struct trumpet_observer *);

#endif /* ofproto-ext/trumpet-observer.h */
