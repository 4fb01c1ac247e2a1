/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/bench-options.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "util.h"

/* Flows come into the caches, tables grow. */
#define FIRST_MS 1500

#define RUN_MS 5000

static void
usage(void)
{
    printf("usage: %s [OPTION]... CASE\n\n"
           "  --list              show all cases\n"
           "  --source=SOURCE     pcap, DPDK's driver, which is the default up\n"
           "                      to some 3,000 flows; or own, which costs\n"
           "                      next to nothing\n"
           "  --pairs=N           pairs of windows, even\n"
           "  --window=MS         length of a window\n"
           "  --warm-up=MS        untimed before each window\n"
           "  --first=MS          untimed at the beginning\n"
           "  --forecast          foresee what the triggers cost, too\n"
           "  --run=MS            timed where there are no windows\n"
           "  --flows=N           active flows\n"
           "  --churn=HZ          flows replaced by new ones, a second\n"
           "  --max-flows=N       trumpet-max-flows\n"
           "  --marked=N          of them from 10.1.0.0/16, which the\n"
           "                      baseline's triggers do not match\n"
           "  --run-length=N      packets in a row of one flow\n"
           "  --triggers=SET      none, elsewhere, typical, baseline, tcp or\n"
           "                      off\n"
           "  --against=SET       the same for the other state\n"
           "  --groups=N          groups of triggers\n"
           "  --per-flow=N        triggers of a group; a packet matches one\n"
           "                      group\n"
           "  --patterns=N        distinct masks of filters\n"
           "  --spread=N          the same among those of a group\n"
           "  --epoch=US          epoch\n"
           "  --slow=CYCLES       waste them on each packet\n"
           "  --no-huge-pages     give none to the process\n"
           "  --scan              time how long going over all entries takes\n"
           "  --hostile=SHARE     frames of an attacker, of 10,000\n"
           "  --hostile-packets=N packets of each of his flows\n"
           "  --hostile-match     that match triggers\n"
           "  --match-each        match each packet with all triggers, too\n",
           program_name);
    exit(EXIT_SUCCESS);
}

static uint32_t
parse_number(const char *s, uint32_t min, uint32_t max)
{
    unsigned int n;

    if (!str_to_uint(s, 10, &n) || n < min || n > max) {
        ovs_fatal(0, "%s: must be a number from %"PRIu32" to %"PRIu32,
                  s, min, max);
    }
    return n;
}

static uint32_t
parse_power(const char *s, uint32_t min, uint32_t max)
{
    uint32_t n = parse_number(s, min, max);

    if (!is_pow2(n)) {
        ovs_fatal(0, "%s: must be a power of 2", s);
    }
    return n;
}

static enum bench_triggers
parse_triggers(const char *s)
{
    int set = bench_triggers_from_string(s);

    if (set < 0) {
        ovs_fatal(0, "%s: no such set of triggers, see --help", s);
    }
    return set;
}

static enum bench_source_kind
parse_source(const char *s)
{
    int kind = bench_source_kind_from_string(s);

    if (kind < 0) {
        ovs_fatal(0, "%s: no such source, see --help", s);
    }
    return kind;
}

static void
list_cases(void)
{
    for (size_t i = 0; i < n_bench_cases; i++) {
        printf("%-10s %s\n", bench_cases[i].name, bench_cases[i].title);
    }
    exit(EXIT_SUCCESS);
}

void
bench_options_parse(struct bench_options *options, int argc, char *argv[])
{
    enum {
        OPT_AGAINST = UCHAR_MAX + 1, OPT_CHURN, OPT_EPOCH, OPT_FIRST, OPT_FLOWS,
        OPT_FORECAST,
        OPT_GROUPS, OPT_HOSTILE, OPT_HOSTILE_MATCH, OPT_HOSTILE_PACKETS,
        OPT_LIST, OPT_MARKED, OPT_MATCH_EACH, OPT_MAX_FLOWS,
        OPT_NO_HUGE_PAGES, OPT_PAIRS, OPT_PATTERNS, OPT_PER_FLOW, OPT_RUN,
        OPT_RUN_LENGTH, OPT_SCAN, OPT_SLOW,
        OPT_SOURCE, OPT_SPREAD, OPT_TRIGGERS, OPT_WARM_UP, OPT_WINDOW,
    };
    static const struct option longs[] = {
        { "against", required_argument, NULL, OPT_AGAINST },
        { "churn", required_argument, NULL, OPT_CHURN },
        { "epoch", required_argument, NULL, OPT_EPOCH },
        { "first", required_argument, NULL, OPT_FIRST },
        { "forecast", no_argument, NULL, OPT_FORECAST },
        { "flows", required_argument, NULL, OPT_FLOWS },
        { "groups", required_argument, NULL, OPT_GROUPS },
        { "help", no_argument, NULL, 'h' },
        { "hostile", required_argument, NULL, OPT_HOSTILE },
        { "hostile-match", no_argument, NULL, OPT_HOSTILE_MATCH },
        { "hostile-packets", required_argument, NULL, OPT_HOSTILE_PACKETS },
        { "list", no_argument, NULL, OPT_LIST },
        { "marked", required_argument, NULL, OPT_MARKED },
        { "match-each", no_argument, NULL, OPT_MATCH_EACH },
        { "max-flows", required_argument, NULL, OPT_MAX_FLOWS },
        { "no-huge-pages", no_argument, NULL, OPT_NO_HUGE_PAGES },
        { "pairs", required_argument, NULL, OPT_PAIRS },
        { "patterns", required_argument, NULL, OPT_PATTERNS },
        { "per-flow", required_argument, NULL, OPT_PER_FLOW },
        { "run", required_argument, NULL, OPT_RUN },
        { "run-length", required_argument, NULL, OPT_RUN_LENGTH },
        { "scan", no_argument, NULL, OPT_SCAN },
        { "slow", required_argument, NULL, OPT_SLOW },
        { "source", required_argument, NULL, OPT_SOURCE },
        { "spread", required_argument, NULL, OPT_SPREAD },
        { "triggers", required_argument, NULL, OPT_TRIGGERS },
        { "warm-up", required_argument, NULL, OPT_WARM_UP },
        { "window", required_argument, NULL, OPT_WINDOW },
        { NULL, 0, NULL, 0 },
    };
    const struct bench_case *named;
    int opt;

    /* The case comes last, but options change it. */
    named = argc > 1 ? bench_case_find(argv[argc - 1]) : NULL;
    *options = (struct bench_options) {
        .c = named ? *named : bench_cases[0],
        .first_ms = FIRST_MS,
        .run_ms = RUN_MS,
    };
    while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
        struct bench_case *c = &options->c;

        switch (opt) {
        case 'h':
            usage();
            break;
        case OPT_LIST:
            list_cases();
            break;
        case OPT_AGAINST:
            c->against = parse_triggers(optarg);
            break;
        case OPT_CHURN:
            c->traffic.churn_hz = parse_number(optarg, 0, 100000);
            break;
        case OPT_EPOCH:
            c->epoch_us = parse_number(optarg, 1000, 1000000);
            break;
        case OPT_FIRST:
            options->first_ms = parse_number(optarg, 1, 60000);
            break;
        case OPT_FORECAST:
            options->forecast = true;
            break;
        case OPT_FLOWS:
            c->traffic.n_flows = parse_number(optarg, 64, 1 << 22);
            break;
        case OPT_MARKED:
            c->traffic.n_marked = parse_number(optarg, 0, 1 << 22);
            break;
        case OPT_GROUPS:
            c->n_groups = parse_power(optarg, 1, 65536);
            break;
        case OPT_HOSTILE:
            c->traffic.hostile.share = parse_number(optarg, 0, 9999);
            break;
        case OPT_HOSTILE_MATCH:
            c->traffic.hostile.matching = true;
            break;
        case OPT_HOSTILE_PACKETS:
            c->traffic.hostile.packets = parse_number(optarg, 1, 1000);
            break;
        case OPT_MATCH_EACH:
            options->handicap.match_each = true;
            break;
        case OPT_SPREAD:
            c->n_spread = parse_power(optarg, 1, 64);
            break;
        case OPT_MAX_FLOWS:
            c->max_flows = parse_number(optarg, 64, 1 << 24);
            break;
        case OPT_NO_HUGE_PAGES:
            options->no_huge_pages = true;
            break;
        case OPT_PAIRS:
            c->n_pairs = ROUND_UP(parse_number(optarg, 2, 100000), 2);
            break;
        case OPT_PATTERNS:
            c->n_patterns = parse_power(optarg, 1, 64);
            break;
        case OPT_PER_FLOW:
            c->n_per_flow = parse_number(optarg, 1, 64);
            break;
        case OPT_RUN:
            options->run_ms = parse_number(optarg, 1, 60000);
            break;
        case OPT_RUN_LENGTH:
            c->traffic.run_length = parse_number(optarg, 1, 64);
            break;
        case OPT_SCAN:
            options->scan = true;
            break;
        case OPT_SLOW:
            options->handicap.slow_cycles = parse_number(optarg, 0, 1000000);
            break;
        case OPT_SOURCE:
            options->source = parse_source(optarg);
            break;
        case OPT_TRIGGERS:
            c->triggers = parse_triggers(optarg);
            break;
        case OPT_WARM_UP:
            c->warm_up_ms = parse_number(optarg, 0, 10000);
            break;
        case OPT_WINDOW:
            c->timed_ms = parse_number(optarg, 1, 10000);
            break;
        default:
            exit(EXIT_FAILURE);
        }
    }
    if (!named || optind != argc - 1) {
        ovs_fatal(0, "name one case, as the last argument; "
                  "--list shows them");
    }
}
