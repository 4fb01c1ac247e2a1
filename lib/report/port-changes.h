/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef REPORT_PORT_CHANGES_H
#define REPORT_PORT_CHANGES_H 1

#include <stddef.h>
#include <stdint.h>

#include "event/port-counter.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-atomic.h"

/* Which counters of which ports moved in the window of a report: "causes".
 *
 * Many reports of one window share it.
 *
 * Thread-safety: immutable once it is shared, and reference counted. */

struct port_change {
    uint32_t port;              /* port_name_intern(). */
    port_counter_set has;       /* Counters whose change is known. */
    port_counter_set moved;     /* Those of them that are not 0. */
    uint64_t values[N_PORT_COUNTERS];   /* Change; of a level, its value. */
};

/* A report names at most so many ports. */
#define PORT_CHANGES_MAX 16

struct port_changes {
    struct ovs_refcount refs;
    size_t n;
    struct port_change changes[];
};

/* Returns those of the 'n' changes that moved a counter, with one reference:
 * at most PORT_CHANGES_MAX, the largest first.  Null if nothing moved.  Sorts
 * 'changes'. */
struct port_changes *port_changes_create(struct port_change *changes,
                                         size_t n);
struct port_changes *port_changes_ref(struct port_changes *);
void port_changes_unref(struct port_changes *);

/* Appends {"vm1":{"rx_dropped":12},...}. */
void port_changes_format(const struct port_changes *, struct ds *);

#endif /* report/port-changes.h */
