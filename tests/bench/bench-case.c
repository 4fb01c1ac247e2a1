/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/bench-case.h"

#include <inttypes.h>

#include "monitor/monitor.h"
#include "openvswitch/dynamic-string.h"
#include "tests/bench/bench-port.h"
#include "util.h"

#define N_TYPICAL 10

/* Longer than an epoch, so that the sweep of what state B counted last is not
 * in the time of state A. */
#define WARM_UP_MS 12

/* Where nothing is counted there is no such sweep.  Many short windows tell
 * smaller differences than few long ones in the same time. */
#define SMALL_DIFFERENCE                                \
    .n_pairs = 1000,                                    \
    .timed_ms = 5,                                      \
    .warm_up_ms = 2

#define LOAD                                            \
    .traffic = { .n_flows = 300 },                      \
    .triggers = TRIGGERS_BASELINE,                      \
    .against = TRIGGERS_OFF,                            \
    .max_flows = MONITOR_DEFAULT_MAX_FLOWS,             \
    .n_groups = 512,                                    \
    .n_per_flow = 8,                                    \
    .n_patterns = 32,                                   \
    .n_spread = 8,                                      \
    .n_pairs = 200,                                     \
    .timed_ms = 20,                                     \
    .warm_up_ms = WARM_UP_MS,                           \
    .epoch_us = MONITOR_DEFAULT_EPOCH_US

/* Each begins with the baseline's load and says what differs. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const struct bench_case bench_cases[] = {
    { "idle", "enabled, no trigger", LOAD,
      SMALL_DIFFERENCE,
      .triggers = TRIGGERS_NONE },
    { "nomatch", "4,096 triggers on other destinations", LOAD,
      SMALL_DIFFERENCE,
      .triggers = TRIGGERS_ELSEWHERE },
    { "typical", "10 triggers that match 1 % of 3,000 flows", LOAD,
      .traffic = { .n_flows = 3000, .n_marked = 30 },
      .triggers = TRIGGERS_TYPICAL },
    { "baseline", "4,096 triggers, 8 match, 300 flows", LOAD },
    { "tcpstate", "the same with is_lost", LOAD,
      .traffic = { .n_flows = 300, .tcp_data = true },
      .triggers = TRIGGERS_TCP },
    { "tcpflow", "is_lost against the baseline", LOAD,
      .traffic = { .n_flows = 300, .tcp_data = true },
      .triggers = TRIGGERS_TCP,
      .against = TRIGGERS_BASELINE },
    { "flows30k", "baseline with 30,000 flows", LOAD,
      .traffic = { .n_flows = 30000 } },
    { "flows1m", "baseline with 1,000,000 flows", LOAD,
      .traffic = { .n_flows = 1000000 },
      .max_flows = 1 << 21,     /* More than half full, it is guarded. */
      .timed_ms = 50 },
    { "simple", "baseline, simple match", LOAD,
      .rule = BENCH_RULE_SIMPLE },
    { "churn", "baseline, 1,000 new flows a second", LOAD,
      .traffic = { .n_flows = 300, .churn_hz = 1000 } },
    { "flood", "64,000 flows that match 1 trigger, as many packets of new ones",
      LOAD,
      .traffic = { .n_flows = 64000, .hostile = { .share = 5000 } },
      .max_flows = 1 << 17,
      .n_per_flow = 1,
      .epoch_us = 100000 },
    { "sweep300", "one sweep, 300 flows x 8", LOAD,
      .kind = BENCH_SWEEP },
    { "sweep30k", "one sweep, 30,000 flows x 8", LOAD,
      .kind = BENCH_SWEEP,
      .traffic = { .n_flows = 30000 } },
    { "sweeptcp", "one sweep, 300 flows x 8 with is_lost", LOAD,
      .kind = BENCH_SWEEP,
      .traffic = { .n_flows = 300, .tcp_data = true },
      .triggers = TRIGGERS_TCP },
    { "match8", "match of a new flow, 8 patterns", LOAD,
      .kind = BENCH_MATCH,
      .n_patterns = 8 },
    { "match16", "match of a new flow, 16 patterns", LOAD,
      .kind = BENCH_MATCH,
      .n_patterns = 16 },
    { "match32", "match of a new flow, 32 patterns", LOAD,
      .kind = BENCH_MATCH },
    { "match64", "match of a new flow, 64 patterns", LOAD,
      .kind = BENCH_MATCH,
      .n_patterns = 64 },
    { "heap", "memory for each flow's keys", LOAD,
      .kind = BENCH_HEAP,
      .traffic = { .n_flows = 30000 } },
    { "heaptcp", "the same with is_lost", LOAD,
      .kind = BENCH_HEAP,
      .traffic = { .n_flows = 30000, .tcp_data = true },
      .triggers = TRIGGERS_TCP },
    { "entry", "memory of a flow entry", LOAD,
      .kind = BENCH_ENTRY },
    { "nothing", "the monitor off in either state", LOAD,
      .triggers = TRIGGERS_OFF },
};
#pragma GCC diagnostic pop
const size_t n_bench_cases = ARRAY_SIZE(bench_cases);

const struct bench_case *
bench_case_find(const char *name)
{
    for (size_t i = 0; i < n_bench_cases; i++) {
        if (!strcmp(bench_cases[i].name, name)) {
            return &bench_cases[i];
        }
    }
    return NULL;
}

int
bench_triggers_from_string(const char *s)
{
    static const char *const names[] = {
        [TRIGGERS_NONE] = "none",
        [TRIGGERS_ELSEWHERE] = "elsewhere",
        [TRIGGERS_TYPICAL] = "typical",
        [TRIGGERS_BASELINE] = "baseline",
        [TRIGGERS_TCP] = "tcp",
        [TRIGGERS_OFF] = "off",
    };

    for (int i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(s, names[i])) {
            return i;
        }
    }
    return -1;
}

static void
put_prefix(struct ds *ds, const char *field, uint32_t address, int plen)
{
    address &= UINT32_MAX << (32 - plen);
    ds_put_format(ds, ",%s=%"PRIu32".%"PRIu32".%"PRIu32".%"PRIu32"/%d", field,
                  address >> 24, address >> 16 & 255, address >> 8 & 255,
                  address & 255, plen);
}

/* Filter number 'j' of group 'group': the group's prefix of one address, and
 * for each pattern another prefix of the other one, with or without port and
 * interface. */
static void
put_filter(struct ds *ds, const struct bench_case *c,
           enum bench_triggers set, uint32_t group, uint32_t j)
{
    uint32_t spread = MIN(MIN(c->n_spread, c->n_per_flow), c->n_patterns);
    uint32_t pattern = (group % (c->n_patterns / spread) * spread
                        + j % spread);
    bool tcp = set == TRIGGERS_TCP || pattern & 16;
    int plen = (pattern & 32 ? 9 : 17) + pattern % 8;
    int group_plen = 16 + log_2_floor(c->n_groups);
    uint32_t prefix = group << (32 - group_plen);

    ds_put_cstr(ds, tcp ? "on tcp" : "on ip");
    if (set == TRIGGERS_ELSEWHERE) {
        put_prefix(ds, "nw_dst", 0xac100000 + prefix, group_plen);
        put_prefix(ds, "nw_src", TRAFFIC_SRC, plen);
    } else {
        put_prefix(ds, "nw_src", TRAFFIC_SRC + prefix, group_plen);
        put_prefix(ds, "nw_dst", TRAFFIC_DST, plen);
    }
    if (pattern & 8) {
        ds_put_cstr(ds, ",in_port=" BENCH_PORT_SOURCE);
    }
    if (pattern & 16) {
        ds_put_cstr(ds, ",tp_dst=80");
    }
}

static char *
baseline_spec(const struct bench_case *c, enum bench_triggers set, size_t i)
{
    static const char *const whens[] = {
        "count()", "sum(bytes)", "sum(volume)",
    };
    struct ds ds = DS_EMPTY_INITIALIZER;
    uint32_t j = i % c->n_per_flow;

    put_filter(&ds, c, set, i / c->n_per_flow, j);
    if (set == TRIGGERS_TCP) {
        /* Nothing is lost where sequence numbers go on. */
        ds_put_format(&ds, " by 5tuple when sum(is_lost) > %s",
                      c->traffic.tcp_data ? "0" : "80000000");
    } else {
        ds_put_format(&ds, " by 5tuple when %s > 80000000",
                      whens[j % ARRAY_SIZE(whens)]);
    }
    return ds_steal_cstr(&ds);
}

static char *
typical_spec(size_t i)
{
    static const char *const specs[N_TYPICAL] = {
        "by 5tuple when sum(volume) > 80MB",
        "by nw_src when sum(bytes) > 80MB",
        "by nw_dst when sum(bytes) > 80MB",
        "by nw_dst,tp_dst when count(is_syn) > 1000000",
        "by nw_src,nw_dst when count() > 1000000",
        "by nw_dst/28 when sum(bytes) > 80MB",
        "by tp_dst when count() > 1000000",
        "by nw_src every 100ms when sum(bytes) > 1GB",
        "by 5tuple every 100ms when max(volume) > 1500",
        "when sum(bytes) > 80MB",
    };

    return xasprintf("on tcp,nw_src=10.1.0.0/16 %s", specs[i]);
}

void
bench_case_add_triggers(const struct bench_case *c, enum bench_triggers set,
                        struct monitor *monitor, uint64_t now_us)
{
    size_t n = (set == TRIGGERS_NONE ? 0
                : set == TRIGGERS_TYPICAL ? N_TYPICAL
                : (size_t) c->n_groups * c->n_per_flow);
    struct trigger_spec *specs = xcalloc(MAX(n, 1), sizeof *specs);
    char *error;

    for (size_t i = 0; i < n; i++) {
        specs[i].name = xasprintf("t%"PRIuSIZE, i);
        specs[i].spec = (set == TRIGGERS_TYPICAL ? typical_spec(i)
                         : baseline_spec(c, set, i));
    }
    error = monitor_replace_triggers(monitor, specs, n, now_us);
    if (error) {
        ovs_fatal(0, "%s", error);
    }
    for (size_t i = 0; i < n; i++) {
        free(CONST_CAST(char *, specs[i].name));
        free(CONST_CAST(char *, specs[i].spec));
    }
    free(specs);
}

uint32_t
bench_case_per_packet(const struct bench_case *c, enum bench_triggers set)
{
    return (set == TRIGGERS_TYPICAL ? N_TYPICAL
            : set == TRIGGERS_BASELINE || set == TRIGGERS_TCP ? c->n_per_flow
            : 0);
}
