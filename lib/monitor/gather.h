/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_GATHER_H
#define MONITOR_GATHER_H 1

#include <stdint.h>

#include "monitor/key-space.h"
#include "monitor/port-history.h"
#include "monitor/trigger.h"
#include "openvswitch/list.h"
#include "report/report.h"

struct epoch_buffer;
struct owners;
struct port_counters;
struct scatter;

/* Gather, test and report: what the sweeper does with a closed epoch.
 *
 * gather_buffer() adds what one packet thread counted to the triggers' keys
 * (gather.c); gather_test() tests the intervals that ended and makes the
 * reports (evaluate.c).  Both
 * cost what was active, not what is stored: a trigger without active keys is
 * not looked at.
 *
 * Thread-safety: guarded by the monitor's mutex. */
struct gather {
    uint64_t epoch_us;
    bool in_order;              /* Reports of one time are sorted. */
    size_t n_observe;           /* Largest keys to report unasked. */
    cause_set lasting;          /* Makes every interval incomplete. */

    struct tracker *tracker;    /* Knows the flows' state. */
    struct contributors *contributors;
    uint64_t n_flows;           /* Gathered, ever... */
    uint64_t n_pairs;           /* ...for so many triggers... */
    uint64_t n_tracked;         /* ...of so many recorded packets. */
    uint64_t n_tests;           /* Of keys, ever. */

    struct ovs_list plans;      /* struct gathered_plans. */
    uint64_t version;           /* Changes with what is observed from when. */

    struct ovs_list spaces;     /* struct key_space. */
    struct key_budget keys;     /* Of all of them. */
    struct ovs_list due;        /* struct key_space: its running interval is to
                                 * be tested when it ends. */

    /* Counters of ports. */
    struct port_counters *ports;        /* Not owned; null in a replay. */
    struct port_histories histories;    /* Of the triggers' intervals. */
    struct ovs_list port_triggers;      /* struct trigger: a port whose
                                         * counters move makes its key
                                         * active. */
    uint64_t sampled_from;      /* Epochs below are tested. */
    const struct scope_map *scopes;     /* The monitor's; may be null. */

    struct owners *owners;      /* The monitor's. */
    uint64_t n_reports;         /* Satisfied and cleared; numbers them. */
    void (*deliver)(struct report *, void *aux);
    void *aux;
};

/* Adds 'buffer', whose epoch was closed, to the keys of the triggers that its
 * flows match. */
void gather_buffer(struct gather *, const struct scatter *,
                   const struct epoch_buffer *buffer);

/* Adds what the tracker counted in the epoch that begins at 'start_us'. */
void gather_tracked(struct gather *, uint64_t start_us);

/* Adds the oldest sample of the ports' counters, if it belongs to an epoch
 * that ended at or before 'end_us'.  Returns false if there is none.
 * Samples and ends of intervals must be handled in order of time. */
bool gather_port_sample(struct gather *, uint64_t end_us);

/* Tests all due intervals that end at or before 'limit_us', those that end
 * first first, and delivers the reports. */
void gather_test(struct gather *, uint64_t limit_us);

/* The same for each due interval that began at or before 'last_us', however
 * late it ends: at the end of a replay. */
void gather_test_begun(struct gather *, uint64_t last_us);

/* The same for those that began at or before 'begun_us' only. */
void gather_test_begun_until(struct gather *, uint64_t begun_us,
                             uint64_t limit_us);

/* Ends all runs of satisfied tests of 'trigger' as if what they are about was
 * not satisfied any more. */
void gather_end_runs(struct gather *, struct trigger *);

/* Starts to observe 'trigger' with interval 'first'.  A trigger with one key
 * for all packets is due in every interval from there. */
void gather_add_trigger(struct gather *, struct trigger *, uint64_t first);

/* Stops, and drops the keys. */
void gather_remove_trigger(struct gather *, struct trigger *);

/* Lets 'trigger' be observed with interval 'first' only. */
void gather_postpone_trigger(struct gather *, struct trigger *,
                             uint64_t first);

/* Removes keys that are not needed at 'now_us' any more. */
void gather_expire_keys(struct gather *, uint64_t now_us);

/* Adds up what the triggers' figures lack. */
void gather_settle(struct gather *);

/* Lets 'trigger' follow the counters of ports, or not any more. */
void gather_add_ports(struct gather *, struct trigger *);
void gather_remove_ports(struct gather *, struct trigger *);

/* Notes that 'trigger' may lack packets of the interval at 'us'. */
void gather_mark(struct trigger *, uint64_t us, cause_set);

/* Makes 'space' due, or not.  For gather*.c and evaluate.c. */
void gather_set_due(struct gather *, struct key_space *);
void gather_clear_due(struct key_space *);

/* Makes 'space' due in the interval in which 'us' is, unless it is due
 * already. */
static inline void
gather_begin_interval(struct gather *gather, struct key_space *space,
                      uint64_t us)
{
    if (!space->due) {
        key_space_set_interval(space, key_space_interval_at(space, us));
        gather_set_due(gather, space);
    }
}

#endif /* monitor/gather.h */
