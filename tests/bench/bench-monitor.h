/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_MONITOR_H
#define TESTS_BENCH_MONITOR_H 1

/* A monitor of the benchmark's packet thread, made of what ovs-vswitchd has:
 * monitor, clock, observer and sweeper thread.  Reports are counted and
 * dropped.
 *
 * Thread-safety: main thread, but for bench_monitor_get_observer(). */

#include <stdbool.h>
#include <stdint.h>

#include "monitor/ledger.h"
#include "tests/bench/bench-case.h"
#include "tests/bench/windows.h"

struct bench_monitor;
struct dp_observer;

/* What stands between the datapath and the monitor. */
struct bench_handicap {
    uint32_t slow_cycles;       /* Wastes so many on each packet. */
    bool match_each;            /* Matches each packet with all triggers
                                 * before it is counted, as a monitor would
                                 * that does not remember flows. */
};

/* Returns null for TRIGGERS_OFF.  Exits if there is no memory. */
struct bench_monitor *bench_monitor_create(const struct bench_case *,
                                           enum bench_triggers,
                                           const struct bench_handicap *);

/* No packet thread may use it any more. */
void bench_monitor_destroy(struct bench_monitor *);

/* Null is allowed, and returned for it.  Runs on: any. */
struct dp_observer *bench_monitor_get_observer(const struct bench_monitor *);

/* Ends the sweeper, and sweeps all that was counted. */
void bench_monitor_finish(struct bench_monitor *);

/* What there is afterwards. */
struct bench_monitor_figures {
    struct ledger ledger;
    uint64_t trigger_packets;   /* Sum over all triggers. */
    uint64_t reports;
    uint64_t keys;
    uint64_t overruns;
    uint32_t flows;             /* Entries in use, of idle flows, too. */
    uint32_t patterns;
    uint64_t memory_bytes;      /* That it may come to use. */
    uint64_t held;              /* Packets that the guard held back. */
    uint32_t threshold;         /* The guard's, 0 while it is off. */
};
void bench_monitor_get_figures(const struct bench_monitor *,
                               struct bench_monitor_figures *);

/* How long sweeps took since the last call, in microseconds. */
struct spread bench_monitor_sweep_us(struct bench_monitor *);

/* How long a sweep would take in addition that goes over all flow entries to
 * find those that were active, in microseconds.  Packets may be counted
 * meanwhile. */
struct spread bench_monitor_scan_us(const struct bench_monitor *);

/* What triggers cost: foreseen by 'bm', which has no triggers and has seen
 * packets for two seconds, and measured by it in the last second. */
struct bench_cost {
    double packet_cycles;
    double sweep_us;
};
struct bench_cost bench_monitor_foresee(struct bench_monitor *bm,
                                        const struct bench_case *,
                                        enum bench_triggers);
void bench_monitor_install(struct bench_monitor *bm, const struct bench_case *,
                           enum bench_triggers);
struct bench_cost bench_monitor_get_cost(struct bench_monitor *bm);

/* Cycles that matching a new flow takes. */
struct spread bench_monitor_match_cycles(const struct bench_case *);

#endif /* tests/bench/bench-monitor.h */
