/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_SWITCH_H
#define TESTS_BENCH_SWITCH_H 1

/* Open vSwitch's userspace datapath with one packet thread, which forwards
 * from the source to the sink of bench-port.h, and nothing around it: no
 * bridges, no database, no privileges.
 *
 * Thread-safety: main thread, but for what says otherwise. */

#include <stdbool.h>
#include <stdint.h>

struct bench_source;
struct dp_observer;
struct port_map;

enum bench_rule {
    BENCH_RULE_PREFIX,          /* in_port,ip,nw_dst/24: exact match cache. */
    BENCH_RULE_SIMPLE,          /* in_port: Open vSwitch's simple match. */
};

struct bench_switch_settings {
    enum bench_rule rule;
    const char *emc_insert_inv_prob;    /* Null: Open vSwitch's default. */
    struct bench_source *source;
};

/* Exits with a message where that cannot be.  Moves the calling thread, and
 * all that it creates later, away from the packet thread's CPU if there is
 * another. */
void bench_switch_start(const struct bench_switch_settings *);

/* To be called often while packets flow. */
void bench_switch_run(void);

/* The names of the ports, for an observer. */
const struct port_map *bench_switch_ports(void);

/* Shows packets to 'observer' from the next burst on; null: to nobody.
 * Runs on: PMD, within the source's 'tick'. */
void bench_switch_set_observer(struct dp_observer *);

/* How many packets met the exact match cache or, with the simple rule, the
 * table of simple matches.  Runs on: PMD. */
uint64_t bench_switch_cache_hits(void);

#endif /* tests/bench/bench-switch.h */
