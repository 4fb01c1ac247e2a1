/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_MONITOR_PRIVATE_H
#define MONITOR_MONITOR_PRIVATE_H 1

#include "monitor/gather.h"
#include "monitor/monitor.h"
#include "monitor/scatter-private.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/thread.h"

/* The state of a monitor, for monitor.c (its life and its threads),
 * monitor-triggers.c (changes of triggers), sweep.c (epochs) and
 * monitor-status.c (figures). */

/* Durations of the latest sweeps, for percentiles. */
#define N_SWEEP_TIMES 1024

struct monitor {
    struct monitor_settings settings;   /* Immutable. */
    struct scatter_shared shared;       /* Read by packet threads. */

    struct ovs_mutex mutex;             /* Guards all below. */

    /* Triggers. */
    struct hmap triggers;               /* struct trigger, by name. */
    struct trigger_table *table;        /* Of all of them. */
    struct gather gather;

    /* Packet threads. */
    struct ovs_list scatters;           /* struct scatter. */
    struct ledger retired_ledger;       /* Of those that are gone. */

    /* Epochs. */
    uint64_t finalized;                 /* Epochs below are tested. */
    bool started;                       /* 'finalized' was set. */
    uint64_t last_epoch;                /* Last one with a packet. */

    /* Figures. */
    uint64_t n_sweeps;
    uint64_t n_overruns;
    uint32_t sweep_us[N_SWEEP_TIMES];
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

/* Returns the trigger called 'name' or null. */
struct trigger *monitor_find_trigger(const struct monitor *monitor,
                                     const char *name)
    OVS_REQUIRES(monitor->mutex);

/* Returns all triggers, ordered by name, in an array of
 * hmap_count(&monitor->triggers) that the caller must free. */
struct trigger **monitor_sort_triggers(const struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex);

#endif /* monitor/monitor-private.h */
