/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_SATISFACTION_H
#define MONITOR_SATISFACTION_H 1

#include "monitor/trigger-test.h"
#include "openvswitch/list.h"

struct gather;

/* What follows from a test: runs go on or end, reports are made or held
 * back.  All of it is about the window that ends with the running interval.
 *
 * Thread-safety: guarded by the monitor's mutex. */

/* The reports that are made about the intervals that end at one time. */
struct made {
    struct ovs_list numbered;   /* Satisfied and cleared. */
    struct ovs_list observed;
};

/* A test of 'tk' was satisfied. */
void trigger_satisfy(struct gather *, struct trigger *,
                     const struct tested_key *, const double *values,
                     struct made *);

/* A test of 'tk' was not satisfied, or not made: ends its run, if it has
 * one. */
void trigger_end_run(struct gather *, struct trigger *,
                     const struct tested_key *, const double *values,
                     struct made *);

/* Returns a report about 'tk'. */
struct report *gather_make_report(const struct gather *,
                                  const struct trigger *,
                                  const struct tested_key *, enum report_type,
                                  const double *values);

/* Returns the run of 'tk', or null if the event needs none. */
struct trigger_run *tested_key_run(struct trigger *,
                                   const struct tested_key *);

#endif /* monitor/satisfaction.h */
