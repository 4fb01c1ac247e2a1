/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_PORT_COUNTERS_H
#define MONITOR_PORT_COUNTERS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/port-counter.h"
#include "openvswitch/list.h"
#include "report/port-changes.h"

/* Counters of ports, on their way from the sampler to the sweeper.
 *
 * The sampler reads all counters of all ports once an epoch and gives the
 * readings, absolute numbers, to this.  What changed since the last reading
 * becomes a sample, which the sweeper takes.  A sample belongs to the epoch in
 * which it was taken; if that one is tested already, to the first that is not,
 * so that no change is ever lost or counted twice.
 *
 * A counter that was read for the first time has not changed yet, and is not
 * known before its second reading.  One that went backwards, because it
 * wrapped or was reset, has changed by 0.
 *
 * Usage
 * =====
 *
 *     while (port_counters_are_wanted(pc)) {               the sampler
 *         ...read...
 *         port_counters_add(pc, now_us, readings, n);
 *     }
 *     port_counters_forget(pc);
 *
 *     while ((sample = port_counters_pop(pc, first, end))) {   the sweeper
 *         ...
 *         free(sample);
 *     }
 *
 * Thread-safety: one sampler and one sweeper at a time.  They exclude each
 * other by a mutex that is held for a few instructions. */
struct port_counters;

/* What the sampler read of a port. */
struct port_reading {
    uint32_t port;              /* port_name_intern(). */
    port_counter_set has;       /* Counters that were read. */
    uint64_t values[N_PORT_COUNTERS];
};

/* What changed in one epoch.  Freed by free(). */
struct port_sample {
    struct ovs_list node;
    uint64_t epoch;
    size_t n;
    struct port_change changes[];   /* A port each, moved or not. */
};

struct port_counters *port_counters_create(uint64_t epoch_us);
void port_counters_destroy(struct port_counters *);

/* Tells the sampler whether anybody reads counters.  For the sweeper. */
void port_counters_want(struct port_counters *, bool wanted);

/* For the sampler
 * =============== */

/* Returns false if nobody reads counters.  Then, wakes the calling thread's
 * next poll_block() when somebody does. */
bool port_counters_are_wanted(struct port_counters *);

/* Adds a sample taken at 'now_us'.  'readings' should hold each port that
 * there is, those that could not be read with an empty 'has': a port that is
 * missing is forgotten.  Returns false if the sweeper is far behind; the next
 * sample then has the changes of this one too. */
bool port_counters_add(struct port_counters *, uint64_t now_us,
                       const struct port_reading *readings, size_t n);

/* Forgets all readings: what changes from now to the next one is not
 * known. */
void port_counters_forget(struct port_counters *);

/* For the sweeper
 * =============== */

/* Removes and returns the oldest sample, if it belongs to an epoch before
 * 'end'; epochs before 'first' are tested already.  Epochs never go back,
 * even if the clock does.  The caller must free it. */
struct port_sample *port_counters_pop(struct port_counters *, uint64_t first,
                                      uint64_t end);

#endif /* monitor/port-counters.h */
