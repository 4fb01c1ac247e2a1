/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_MONITOR_PRIVATE_H
#define MONITOR_MONITOR_PRIVATE_H 1

#include "monitor/cost-meter.h"
#include "monitor/durations.h"
#include "monitor/gather.h"
#include "monitor/monitor.h"
#include "monitor/owner.h"
#include "monitor/scatter-private.h"
#include "monitor/tracker.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/thread.h"

/* The state of a monitor, for those files that know it:
 *
 *     monitor.c             its life and its threads
 *     monitor-triggers.c    changes of triggers, one at a time or of all
 *     monitor-staging.c     many changes by anybody
 *     monitor-admission.c   what a trigger must be
 *     monitor-budget.c      what it may cost
 *     monitor-publish.c     a set of triggers comes into force
 *     sweep.c               epochs
 *     interruption.c        time in which no thread ran
 *     monitor-status.c      figures and keys
 *     monitor-query.c       the past
 *     monitor-trace.c       which triggers a packet matches
 */

struct monitor {
    struct monitor_settings settings;   /* Immutable. */
    struct scatter_shared shared;       /* Read by packet threads. */
    struct port_counters *ports;        /* Null in a replay. */

    struct ovs_mutex mutex;             /* Guards all below. */

    /* Triggers. */
    struct hmap triggers OVS_GUARDED;   /* struct trigger, by name. */
    struct trigger_table *table OVS_GUARDED;    /* Of all but pending ones. */
    uint64_t n_staged OVS_GUARDED;      /* Changes that it lacks. */
    struct owners owners OVS_GUARDED;
    struct scope_map *scopes OVS_GUARDED;   /* Null: there are none. */
    struct gather gather OVS_GUARDED;

    /* Packet threads. */
    struct ovs_list scatters OVS_GUARDED;   /* struct scatter. */
    struct ledger retired_ledger OVS_GUARDED;   /* Of those that are gone. */

    struct closed_buffer *closed OVS_GUARDED;   /* Scratch of the sweep. */
    size_t allocated_closed OVS_GUARDED;

    /* Epochs. */
    uint64_t finalized OVS_GUARDED;     /* Epochs below are tested. */
    bool started OVS_GUARDED;           /* 'finalized' was set. */
    uint64_t last_epoch OVS_GUARDED;    /* Last one with a packet. */

    /* Figures. */
    uint64_t n_sweeps OVS_GUARDED;
    uint64_t n_overruns OVS_GUARDED;
    struct durations sweep_times OVS_GUARDED;

    /* Cost. */
    struct cost_meter meter OVS_GUARDED;
    double budget OVS_GUARDED;  /* Percent of a packet thread; 0: none. */
    struct forecast *forecast OVS_GUARDED;  /* With all triggers; null: none
                                             * is there. */
    uint64_t forecast_window OVS_GUARDED;   /* The meter's 'n_windows', when
                                             * made. */
    bool forecast_stale OVS_GUARDED;        /* It has triggers that are
                                             * gone. */
};

/* Frees scatters that are retired and of which nothing is to be known any
 * more. */
void monitor_reap_threads(struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex);

/* Gathers and tests all epochs below 'end', which are closed and not
 * pinned. */
void monitor_sweep_epochs(struct monitor *monitor, uint64_t end)
    OVS_REQUIRES(monitor->mutex);

/* Drops 'trigger' and all that it has gathered. */
void monitor_remove_trigger(struct monitor *monitor, struct trigger *trigger)
    OVS_REQUIRES(monitor->mutex);

/* Accounts for 'trigger', whose owner is called 'owner', and adds it as
 * pending.  Takes over the reference. */
void monitor_insert_trigger(struct monitor *monitor,
                            struct trigger *trigger,
                            const char *owner)
    OVS_REQUIRES(monitor->mutex);

/* Errors: there is no trigger called 'name', or there is one. */
char *monitor_no_such_trigger(const char *name);
char *monitor_trigger_exists(const char *name);

/* Makes a trigger of 'spec', all of which is checked; 'old', which may be
 * null, is what it would replace. */
char *monitor_make_trigger(const struct monitor *monitor,
                           const struct trigger_spec *spec,
                           const struct trigger *old,
                           struct trigger **triggerp, enum stage_error *)
    OVS_REQUIRES(monitor->mutex);

/* Returns an error unless 'owner' may change 'trigger'. */
char *monitor_check_owner(const struct trigger *trigger, const char *owner);

/* Returns an error if the 'n' triggers together have more patterns than the
 * quota of all owners allows. */
char *monitor_check_patterns(const struct monitor *monitor,
                             struct trigger *const *triggers, size_t n)
    OVS_REQUIRES(monitor->mutex);

/* Returns an error if 'trigger', which would replace 'old' (null: nothing),
 * costs more than the budget allows.  Otherwise it counts from now on. */
char *monitor_check_budget(struct monitor *monitor,
                           const struct trigger *trigger,
                           const struct trigger *old)
    OVS_REQUIRES(monitor->mutex);

/* The same for the 'n' triggers 'added', when only the 'n_kept' triggers
 * 'kept' stay. */
char *monitor_check_budgets(struct monitor *monitor,
                            struct trigger *const *kept, size_t n_kept,
                            struct trigger *const *added, size_t n)
    OVS_REQUIRES(monitor->mutex);

/* Returns a forecast of the traffic that there is, without triggers. */
struct forecast *monitor_make_forecast(const struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex);

/* Forgets what was foreseen. */
void monitor_forget_forecast(struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex);

/* Publishes a table of the 'n' triggers, all among the monitor's.  Returns
 * null or an error, and then the old table is in force. */
char *monitor_publish(struct monitor *monitor, struct trigger **triggers,
                      size_t n)
    OVS_REQUIRES(monitor->mutex);

/* Begins to observe the pending triggers, which the table has now. */
void monitor_observe_pending(struct monitor *monitor, uint64_t now_us)
    OVS_REQUIRES(monitor->mutex);

/* Returns a REPORT_OBSERVED about 'key' (null: one without packets). */
struct report *monitor_observe_key(const struct monitor *monitor,
                                   const struct trigger *,
                                   const struct counted_key *key,
                                   uint64_t window)
    OVS_REQUIRES(monitor->mutex);

/* Returns the trigger called 'name' or null. */
struct trigger *monitor_find_trigger(const struct monitor *monitor,
                                     const char *name)
    OVS_REQUIRES(monitor->mutex);

/* Returns all triggers, ordered by name, in an array of
 * hmap_count(&monitor->triggers) that the caller must free. */
struct trigger **monitor_sort_triggers(const struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex);

#endif /* monitor/monitor-private.h */
