/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_COST_METER_H
#define MONITOR_COST_METER_H 1

#include <stdint.h>

#include "monitor/burst-sampler.h"
#include "monitor/cost.h"

/* What monitoring costs now: packet rates and CPU time, a second at a time.
 *
 * The sweeper tells the meter of each sweep.  When a second is over, the meter
 * reads what the packet threads have counted and sampled, and fits the cost
 * model to it.
 *
 * Thread-safety: guarded by the monitor's mutex. */

struct gather;
struct ovs_list;

/* A window, in microseconds of the monitor's time. */
#define METER_WINDOW_US 1000000

/* Of one packet thread, in its scatter. */
struct thread_meter {
    /* When the window began. */
    uint64_t received;
    uint64_t n_screened;
    uint64_t n_matches;
    struct burst_sums sums;

    /* In the last window. */
    double packets_hz;          /* Packets a second... */
    double looked_hz;           /* ...and those of them that were not
                                 * screened. */
    double matches_hz;          /* New flows a second. */
    double bursts;              /* For each of those. */
    double cycles;              /* The same, measured. */
};

struct cost_meter {
    struct cost_model model;
    uint64_t n_windows;         /* That are over. */
    uint64_t start_us;          /* Of the running one; 0: none is. */

    /* By the hardware's clocks, to know the frequency. */
    uint64_t start_cycles;
    uint64_t start_ns;

    /* Of the sweeper, in the running window... */
    struct cost_work sweep_work;
    uint64_t sweep_ns;          /* CPU time. */
    uint64_t n_flows, n_pairs, n_tests, n_tracked;  /* The gather's. */

    /* ...and in the last one. */
    double sweep_hz;            /* Cycles a second. */
};

void cost_meter_init(struct cost_meter *);

/* Notes a sweep that took 'ns' of CPU time. */
void cost_meter_add_sweep(struct cost_meter *, const struct gather *,
                          uint64_t ns);

/* Ends the window if it is time to; 'scatters' are all packet threads. */
void cost_meter_run(struct cost_meter *, struct ovs_list *scatters,
                    uint64_t now_us);

#endif /* monitor/cost-meter.h */
