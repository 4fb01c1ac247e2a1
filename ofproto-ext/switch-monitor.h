/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_SWITCH_MONITOR_H
#define OFPROTO_EXT_SWITCH_MONITOR_H 1

#include <stdbool.h>
#include <stdint.h>

/* The monitor of this switch, and whether it is on.
 *
 * There is one for all userspace datapaths of the process.  It exists from
 * the start, so that triggers can be added while monitoring is disabled; when
 * it is enabled, its packet threads get their tables, the sweeper runs and
 * reports are served.  Settings that a monitor cannot change are changed by
 * another monitor with the same triggers, whose counters begin at 0.
 *
 * Whatever cannot be done (no memory, an epoch that does not fit a trigger)
 * is logged as an error and leaves the switch forwarding and monitoring as
 * before.
 *
 * Thread-safety: main thread only. */

struct dp_observer_slot;
struct monitor;
struct port_sampler;
struct reporter;
struct simap;
struct smap;

void switch_monitor_init(void);

/* Puts the settings in 'other_config' in force.  'restarted' tells that the
 * switch has just begun to run, so that the triggers that it has are observed
 * in the running interval already, incomplete as it is. */
void switch_monitor_set_config(const struct smap *other_config,
                               bool restarted);

/* To be called from the datapath's callbacks. */
void switch_monitor_run(void);
void switch_monitor_add_thread(const char *dp_name, unsigned int core_id,
                               struct dp_observer_slot *);
void switch_monitor_get_memory_usage(struct simap *usage);

bool switch_monitor_is_enabled(void);

/* The monitor, never null.  May be another one after any of the functions
 * above was called. */
struct monitor *switch_monitor_get(void);

/* Null if monitoring was never enabled. */
struct reporter *switch_monitor_reporter(void);

/* Null while disabled. */
struct port_sampler *switch_monitor_sampler(void);

/* Current Unix time as packets are stamped. */
uint64_t switch_monitor_now_us(void);

/* Sweeps up to now, and passes on the reports, so that a command shows what
 * there is now.  Nothing while disabled. */
void switch_monitor_sweep(void);

#endif /* ofproto-ext/switch-monitor.h */
