/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* One case of the benchmark in a process of its own; see bench.py for all of
 * them.  Prints a line of NAME=VALUE words. */

#include <config.h>

#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dp-observer.h"
#include "fatal-signal.h"
#include "monitor/flow-table.h"
#include "openvswitch/vlog.h"
#include "ovs-rcu.h"
#include "tests/bench/bench-case.h"
#include "tests/bench/bench-monitor.h"
#include "tests/bench/bench-source.h"
#include "tests/bench/bench-switch.h"
#include "tests/bench/traffic.h"
#include "tests/bench/windows.h"
#include "timeval.h"
#include "util.h"

/* Untimed at the beginning: flows come into the caches, tables grow. */
#define FIRST_MS 1500
#define FIRST_ROUNDS 4          /* And so many packets of each flow. */

/* After a switch, untimed: longer than an epoch, so that the sweep of what
 * state B counted last is not in the time of state A. */
#define WARM_UP_MS 12

/* How long what is not compared runs. */
#define RUN_MS 5000

#define POLL_MS 50

struct options {
    struct bench_case c;
    struct bench_handicap handicap;
    uint32_t first_ms;
    uint32_t warm_up_ms;
};

struct run_times {
    uint64_t thread_ns;         /* CPU time of the packet thread... */
    uint64_t process_ns;        /* ...and of all, which is the sweeper's. */
    uint64_t packets;
};

struct run {
    struct bench_source source;
    struct bench_monitor *monitors[2];  /* Of states A and B. */
    struct windows *windows;    /* Null: B all the time. */

    /* Of the packet thread. */
    struct bench_monitor *current;
    uint64_t entered_at;        /* Packets received before it was. */
    uint64_t n_shown;           /* Packets shown to monitors[1]. */
    struct run_times start;     /* Of what is measured without windows... */
    struct run_times now;
    atomic_bool measuring;      /* ...as soon as this is set. */
};

static void
run_show_to(struct run *run, struct bench_monitor *monitor)
{
    if (run->current == run->monitors[1]) {
        run->n_shown += run->source.n_received - run->entered_at;
    }
    run->current = monitor;
    run->entered_at = run->source.n_received;
    bench_switch_set_observer(bench_monitor_get_observer(monitor));
}

static void
run_enter(enum window_state state, void *run_)
{
    struct run *run = run_;

    run_show_to(run, run->monitors[state == WINDOW_B]);
}

/* Without windows. */
static void
run_measure(struct run *run)
{
    bool measuring;

    if (!run->current) {
        run_show_to(run, run->monitors[1]);
    }
    atomic_read_relaxed(&run->measuring, &measuring);
    run->now = (struct run_times) {
        .thread_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID),
        .process_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
        .packets = run->source.n_received,
    };
    if (!measuring) {
        run->start = run->now;
    }
}

static void
run_tick(void *run_)
{
    struct run *run = run_;

    traffic_churn(run->source.traffic, time_usec());
    if (run->windows) {
        const struct window_counts counts = {
            .packets = run->source.n_received,
            .cache_hits = bench_switch_cache_hits(),
        };

        windows_run(run->windows, &counts);
        if (windows_are_done(run->windows)) {
            atomic_store_relaxed(&run->source.running, false);
        }
    } else {
        run_measure(run);
    }
}

static void
run_start(struct run *run, const struct options *options)
{
    const struct bench_case *c = &options->c;
    const struct bench_switch_settings settings = {
        .rule = c->rule,
        .source = &run->source,
    };

    run->source.tick = run_tick;
    run->source.aux = run;
    atomic_init(&run->source.running, false);
    atomic_init(&run->measuring, false);
    run->source.traffic = traffic_create(&c->traffic);
    if (!run->source.traffic) {
        ovs_fatal(0, "no memory for %"PRIu32" flows", c->traffic.n_flows);
    }
    bench_switch_start(&settings);
    run->monitors[0] = bench_monitor_create(c, c->against,
                                            &(struct bench_handicap) { 0 });
    run->monitors[1] = bench_monitor_create(c, c->triggers,
                                            &options->handicap);
    cycles_per_ns();
    atomic_store_relaxed(&run->source.running, true);
}

/* What the main thread of a switch does meanwhile. */
static void
run_wait(void)
{
    bench_switch_run();
    ovsrcu_quiesce();
    xnanosleep(POLL_MS * UINT64_C(1000000));
}

static void
run_for(uint64_t ms)
{
    uint64_t until = clock_ns(CLOCK_MONOTONIC) + ms * 1000000;

    while (clock_ns(CLOCK_MONOTONIC) < until) {
        run_wait();
    }
}

static void
run_stop(struct run *run)
{
    atomic_store_relaxed(&run->source.running, false);
    run_for(100);
    if (run->current == run->monitors[1]) {
        run->n_shown += run->source.n_received - run->entered_at;
    }
    for (int i = 0; i < 2; i++) {
        if (run->monitors[i]) {
            bench_monitor_finish(run->monitors[i]);
        }
    }
}

/* Prints what must be exact, and whether it was. */
static void
print_checks(const struct run *run, const struct bench_case *c)
{
    bool sound = run->source.n_sent == run->source.n_received;

    printf(" forwarded=%"PRIu64, run->source.n_sent);
    if (run->monitors[1]) {
        struct bench_monitor_figures figures;
        const struct ledger *ledger = &figures.ledger;
        uint64_t not_observed;

        bench_monitor_get_figures(run->monitors[1], &figures);
        not_observed = ledger_not_observed(ledger);
        sound = (sound && ledger_balances(ledger)
                 && ledger->received == run->n_shown
                 && (figures.trigger_packets
                     == ledger->counted * bench_case_per_packet(c,
                                                                c->triggers)));
        if (c->triggers == TRIGGERS_NONE
            || c->triggers == TRIGGERS_ELSEWHERE) {
            sound = sound && !ledger->counted;
        } else if (c->triggers != TRIGGERS_TYPICAL && !c->traffic.n_marked) {
            sound = sound && !ledger->unmatched;
        }
        printf(" shown=%"PRIu64" received=%"PRIu64" counted=%"PRIu64
               " not_observed=%"PRIu64" overruns=%"PRIu64" reports=%"PRIu64
               " keys=%"PRIu64" patterns=%"PRIu32,
               run->n_shown, ledger->received, ledger->counted,
               not_observed, figures.overruns, figures.reports, figures.keys,
               figures.patterns);
    }
    printf(" churned=%"PRIu64" exact=%s",
           traffic_n_churned(run->source.traffic), sound ? "yes" : "no");
}

static void
show_progress(const char *name, double done)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%-10s %3.0f %%%s", name, 100 * done,
                done < 1 ? "" : "\r                 \r");
        fflush(stderr);
    }
}

static void
print_spread(const char *name, const struct spread *spread)
{
    printf(" %s=%.5g %s_low=%.5g %s_high=%.5g", name, spread->median,
           name, spread->low, name, spread->high);
}

static void
bench_ratio(struct run *run, const struct options *options)
{
    const struct bench_case *c = &options->c;
    const struct windows_settings settings = {
        .n_pairs = c->n_pairs,
        .first_ns = options->first_ms * UINT64_C(1000000),
        .first_packets = FIRST_ROUNDS * (uint64_t) c->traffic.n_flows,
        .warm_up_ns = options->warm_up_ms * UINT64_C(1000000),
        .timed_ns = c->timed_ms * UINT64_C(1000000),
        .enter = run_enter,
        .aux = run,
    };
    struct windows_result result;

    run->windows = windows_create(&settings);
    run_start(run, options);
    while (!windows_are_done(run->windows)) {
        show_progress(c->name, windows_progress(run->windows));
        run_wait();
    }
    show_progress(c->name, 1);
    run_stop(run);

    windows_get_result(run->windows, &result);
    printf(" pairs=%"PRIuSIZE, result.n_pairs);
    print_spread("ratio", &result.ratio);
    print_spread("control", &result.control);
    print_spread("extra_cycles", &result.extra_cycles);
    print_spread("cycles_a", &result.cycles[WINDOW_A]);
    print_spread("cycles_b", &result.cycles[WINDOW_B]);
    printf(" cache_a=%.4f cache_b=%.4f lost=%.4f",
           result.cache_hits[WINDOW_A], result.cache_hits[WINDOW_B],
           result.lost);
    print_checks(run, c);
}

/* Prints the cycles for each packet, of the packet thread and of the sweeper,
 * and the latter's CPU time for each of 'n_sweeps'. */
static void
print_cycles(const struct run *run, size_t n_sweeps)
{
    double n = run->now.packets - run->start.packets;
    double thread_ns = run->now.thread_ns - run->start.thread_ns;
    double process_ns = run->now.process_ns - run->start.process_ns;

    printf(" cpu_us=%.4g cycles=%.1f sweeper_cycles=%.2f hz=%.4g",
           (process_ns - thread_ns) / n_sweeps / 1000,
           thread_ns / n * cycles_per_ns(),
           (process_ns - thread_ns) / n * cycles_per_ns(),
           cycles_per_ns() * 1e9);
}

static void
bench_sweep(struct run *run, const struct options *options)
{
    struct spread us;

    run_start(run, options);
    run_for(options->first_ms);
    bench_monitor_sweep_us(run->monitors[1]);
    atomic_store_relaxed(&run->measuring, true);
    run_for(RUN_MS);
    us = bench_monitor_sweep_us(run->monitors[1]);
    run_stop(run);
    print_spread("us", &us);
    print_cycles(run, us.n);
    print_checks(run, &options->c);
}

/* What malloc() has given. */
static size_t
heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void
bench_heap(struct run *run, const struct options *options)
{
    size_t before, after;

    run_start(run, options);
    before = heap_bytes();
    run_for(options->first_ms);
    after = heap_bytes();
    run_stop(run);
    printf(" bytes=%.1f",
           (double) (after - before) / options->c.traffic.n_flows);
    print_checks(run, &options->c);
}

static void
bench_match(const struct options *options)
{
    struct spread cycles = bench_monitor_match_cycles(&options->c);

    print_spread("cycles", &cycles);
}

static void
usage(void)
{
    printf("usage: %s [OPTION]... CASE\n\n"
           "  --list              show all cases\n"
           "  --pairs=N           pairs of windows, even\n"
           "  --window=MS         length of a window\n"
           "  --warm-up=MS        untimed before each window\n"
           "  --first=MS          untimed at the beginning\n"
           "  --flows=N           active flows\n"
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

static void
list_cases(void)
{
    for (size_t i = 0; i < n_bench_cases; i++) {
        printf("%-10s %s\n", bench_cases[i].name, bench_cases[i].title);
    }
    exit(EXIT_SUCCESS);
}

static void
parse_options(int argc, char *argv[], struct options *options)
{
    enum {
        OPT_AGAINST = UCHAR_MAX + 1, OPT_EPOCH, OPT_FIRST, OPT_FLOWS,
        OPT_GROUPS, OPT_LIST, OPT_MARKED, OPT_MATCH_EACH, OPT_MAX_FLOWS,
        OPT_PAIRS, OPT_PATTERNS, OPT_PER_FLOW, OPT_RUN_LENGTH, OPT_SLOW,
        OPT_SPREAD, OPT_TRIGGERS, OPT_WARM_UP, OPT_WINDOW,
    };
    static const struct option longs[] = {
        { "against", required_argument, NULL, OPT_AGAINST },
        { "epoch", required_argument, NULL, OPT_EPOCH },
        { "first", required_argument, NULL, OPT_FIRST },
        { "flows", required_argument, NULL, OPT_FLOWS },
        { "groups", required_argument, NULL, OPT_GROUPS },
        { "help", no_argument, NULL, 'h' },
        { "list", no_argument, NULL, OPT_LIST },
        { "marked", required_argument, NULL, OPT_MARKED },
        { "match-each", no_argument, NULL, OPT_MATCH_EACH },
        { "max-flows", required_argument, NULL, OPT_MAX_FLOWS },
        { "pairs", required_argument, NULL, OPT_PAIRS },
        { "patterns", required_argument, NULL, OPT_PATTERNS },
        { "per-flow", required_argument, NULL, OPT_PER_FLOW },
        { "run-length", required_argument, NULL, OPT_RUN_LENGTH },
        { "slow", required_argument, NULL, OPT_SLOW },
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
    options->c = named ? *named : bench_cases[0];
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
        case OPT_EPOCH:
            c->epoch_us = parse_number(optarg, 1000, 1000000);
            break;
        case OPT_FIRST:
            options->first_ms = parse_number(optarg, 1, 60000);
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
        case OPT_MATCH_EACH:
            options->handicap.match_each = true;
            break;
        case OPT_SPREAD:
            c->n_spread = parse_power(optarg, 1, 64);
            break;
        case OPT_MAX_FLOWS:
            c->max_flows = parse_number(optarg, 64, 1 << 24);
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
        case OPT_RUN_LENGTH:
            c->traffic.run_length = parse_number(optarg, 1, 64);
            break;
        case OPT_SLOW:
            options->handicap.slow_cycles = parse_number(optarg, 0, 1000000);
            break;
        case OPT_TRIGGERS:
            c->triggers = parse_triggers(optarg);
            break;
        case OPT_WARM_UP:
            options->warm_up_ms = parse_number(optarg, 0, 10000);
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

int
main(int argc, char *argv[])
{
    struct options options = {
        .first_ms = FIRST_MS,
        .warm_up_ms = WARM_UP_MS,
    };
    static struct run run;

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_ERR);
    parse_options(argc, argv, &options);

    printf("id=%s", options.c.name);
    switch (options.c.kind) {
    case BENCH_RATIO:
        bench_ratio(&run, &options);
        break;
    case BENCH_SWEEP:
        bench_sweep(&run, &options);
        break;
    case BENCH_HEAP:
        bench_heap(&run, &options);
        break;
    case BENCH_MATCH:
        bench_match(&options);
        break;
    case BENCH_ENTRY:
        printf(" bytes=%"PRIuSIZE, sizeof(struct flow_entry));
        break;
    }
    putchar('\n');
    fflush(stdout);

    /* The packet thread goes with the process. */
    _exit(ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS);
}
