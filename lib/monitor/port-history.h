/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_PORT_HISTORY_H
#define MONITOR_PORT_HISTORY_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/port-counter.h"
#include "openvswitch/list.h"
#include "report/port-changes.h"

struct port_sample;
struct scope_map;

/* What the counters of ports changed by, in the intervals of triggers.
 *
 * A history keeps, for each port, the latest 'depth' intervals of one length.
 * Triggers that need the same share one.  It costs 88 bytes for each port and
 * interval that it keeps, however long the intervals are.
 *
 * Usage
 * =====
 *
 *     struct port_histories all;
 *     port_histories_init(&all);
 *     history = port_history_get(&all, n_epochs, depth);
 *     ...
 *     port_histories_add(&all, sample);        in order of epochs
 *     value = port_history_value(history, port, counter, last, n);
 *     ...
 *     port_history_put(history);
 *     port_histories_uninit(&all);
 *
 * Intervals are numbered from the Unix epoch, as those of triggers are.
 *
 * Thread-safety: guarded by the monitor's mutex. */
struct port_history;

struct port_histories {
    struct ovs_list all;        /* struct port_history. */
};

void port_histories_init(struct port_histories *);
void port_histories_uninit(struct port_histories *);

/* Adds 'sample' to all histories. */
void port_histories_add(struct port_histories *, const struct port_sample *);

/* True if nobody has a reference to a history. */
static inline bool
port_histories_are_empty(const struct port_histories *all)
{
    return ovs_list_is_empty(&all->all);
}

size_t port_histories_memory_bytes(const struct port_histories *);

/* Returns a reference to the history that keeps 'depth' intervals of
 * 'n_epochs' epochs, the running one included. */
struct port_history *port_history_get(struct port_histories *,
                                      uint64_t n_epochs, unsigned depth);
void port_history_put(struct port_history *);

/* Returns what 'counter' of 'port' changed by in the 'n' intervals up to
 * 'last', for a level its largest sample; NaN if it is not known. */
double port_history_value(const struct port_history *, uint32_t port,
                          enum port_counter counter, uint64_t last,
                          unsigned n);

/* Ports to tell of. */
struct port_choice {
    uint32_t port;              /* This one; if 0, all of those... */
    uint16_t scope;             /* ...of a bridge; if 0, of all bridges. */
    const struct scope_map *scopes;     /* Null: no bridge has ports. */
};

/* Returns a reference to what moved in the 'n' intervals up to 'last'; null
 * for nothing. */
struct port_changes *port_history_changes(struct port_history *,
                                          const struct port_choice *,
                                          uint64_t last, unsigned n);

#endif /* monitor/port-history.h */
