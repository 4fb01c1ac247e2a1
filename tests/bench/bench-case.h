/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_CASE_H
#define TESTS_BENCH_CASE_H 1

/* What is measured: traffic, triggers, and of what.
 *
 * The load of most cases is the baseline of the paper: 4,096 triggers in 512
 * groups of 8 with one prefix of /25 each, 32 patterns (distinct masks), of
 * which each packet matches 8, by 5-tuple, and which are never satisfied.
 * The paper's prefixes are of destinations, here they are of sources, because
 * the switch's rule is a /24 of destinations. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/bench-switch.h"
#include "tests/bench/traffic.h"

struct monitor;

enum bench_kind {
    BENCH_RATIO,                /* Throughput with and without. */
    BENCH_SWEEP,                /* Duration of a sweep. */
    BENCH_HEAP,                 /* Memory beside a flow's entry. */
    BENCH_MATCH,                /* Match of a new flow. */
    BENCH_ENTRY,                /* Size of a flow entry. */
};

enum bench_triggers {
    TRIGGERS_NONE,              /* Monitoring is enabled, that is all. */
    TRIGGERS_ELSEWHERE,         /* The baseline's, for other destinations. */
    TRIGGERS_TYPICAL,           /* 10, of the marked flows. */
    TRIGGERS_BASELINE,          /* Packets, bytes, volume in turn. */
    TRIGGERS_TCP,               /* The baseline's, of sum(is_lost). */
    TRIGGERS_OFF,               /* No monitor. */
};

struct bench_case {
    const char *name;
    const char *title;
    enum bench_kind kind;
    enum bench_rule rule;
    struct traffic_settings traffic;
    enum bench_triggers triggers;
    enum bench_triggers against;    /* What state A has. */
    uint32_t max_flows;         /* trumpet-max-flows. */
    uint32_t n_groups;          /* Of triggers, a power of 2. */
    uint32_t n_per_flow;        /* Triggers of a group, all of which a packet
                                 * matches. */
    uint32_t n_patterns;        /* A power of 2, up to 64... */
    uint32_t n_spread;          /* ...and so many among those of a group. */
    uint32_t n_pairs;
    uint32_t timed_ms;          /* Of a window. */
    uint32_t warm_up_ms;        /* Untimed before each window. */
    uint64_t epoch_us;
};

extern const struct bench_case bench_cases[];
extern const size_t n_bench_cases;

/* Returns null if there is no case called 'name'. */
const struct bench_case *bench_case_find(const char *name);

/* Returns -1 if there is no such set of triggers. */
int bench_triggers_from_string(const char *);

/* Adds the triggers 'set' of 'c' to 'monitor'. */
void bench_case_add_triggers(const struct bench_case *c,
                             enum bench_triggers set, struct monitor *,
                             uint64_t now_us);

/* How many triggers a packet that is counted matches. */
uint32_t bench_case_per_packet(const struct bench_case *,
                               enum bench_triggers);

#endif /* tests/bench/bench-case.h */
