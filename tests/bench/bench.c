/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* One case of the benchmark in a process of its own; see bench.py for all of
 * them.  Prints a line of NAME=VALUE words. */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "dp-observer.h"
#include "fatal-signal.h"
#include "monitor/flow-table.h"
#include "openvswitch/vlog.h"
#include "ovs-rcu.h"
#include "tests/bench/bench-case.h"
#include "tests/bench/bench-monitor.h"
#include "tests/bench/bench-options.h"
#include "tests/bench/bench-source.h"
#include "tests/bench/bench-switch.h"
#include "tests/bench/traffic.h"
#include "tests/bench/windows.h"
#include "timeval.h"
#include "util.h"

#define FIRST_ROUNDS 4          /* Untimed packets of each flow, at least. */

#define POLL_MS 50

/* How long a monitor observes before its forecast, and then again with the
 * triggers before what it measured is asked for. */
#define OBSERVE_MS 2500

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
    uint64_t hostile_at;        /* Those of an attacker, of these. */
    uint64_t n_shown;           /* Packets shown to monitors[1]... */
    uint64_t n_hostile;         /* ...and those of an attacker. */
    uint64_t rss_bytes;         /* Of the process, before an attack. */
    struct run_times start;     /* Of what is measured without windows... */
    struct run_times now;
    atomic_bool measuring;      /* ...as soon as this is set. */
};

/* Adds up what was shown since run_show_to(). */
static void
run_add_shown(struct run *run)
{
    uint64_t n_hostile = hostile_n_frames(run->source.traffic->hostile);

    if (run->current == run->monitors[1]) {
        run->n_shown += run->source.n_received - run->entered_at;
        run->n_hostile += n_hostile - run->hostile_at;
    }
    run->hostile_at = n_hostile;
}

static void
run_show_to(struct run *run, struct bench_monitor *monitor)
{
    run_add_shown(run);
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

/* The memory of the process, in bytes. */
static uint64_t
rss_bytes(void)
{
    FILE *statm = fopen("/proc/self/statm", "r");
    unsigned long long int size, resident = 0;

    if (statm) {
        ignore(fscanf(statm, "%llu %llu", &size, &resident) == 2);
        fclose(statm);
    }
    return resident * sysconf(_SC_PAGESIZE);
}

/* Lets the attack begin when all other flows are there. */
static void
run_attack(struct run *run)
{
    struct traffic *traffic = run->source.traffic;

    if (traffic->hostile && !run->rss_bytes
        && run->source.n_received >= 2 * (uint64_t) traffic->n_frames) {
        run->rss_bytes = rss_bytes();
        hostile_start(traffic->hostile);
    }
}

static void
run_tick(void *run_)
{
    struct run *run = run_;

    traffic_churn(run->source.traffic, time_usec());
    run_attack(run);
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
run_start(struct run *run, const struct bench_options *options)
{
    const struct bench_case *c = &options->c;
    const struct bench_switch_settings settings = {
        .rule = c->rule,
        .source = &run->source,
    };

    run->source.kind = options->source;
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
    printf(" source=%s", bench_source_name(&run->source));
    /* Pairs with bench_source_receive(), to which all above is known then. */
    atomic_store_explicit(&run->source.running, true, memory_order_release);
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
    run_add_shown(run);
    for (int i = 0; i < 2; i++) {
        if (run->monitors[i]) {
            bench_monitor_finish(run->monitors[i]);
        }
    }
}

/* True if all packets but the attacker's were counted, but for those that were
 * not observed for another reason than the guard. */
static bool
attack_is_sound(const struct run *run, const struct ledger *ledger)
{
    uint64_t n = run->n_shown - run->n_hostile;

    return (ledger->counted <= n
            && n - ledger->counted <= (ledger_not_observed(ledger)
                                       - ledger->not_observed[CAUSE_GUARD]));
}

/* Prints what an attack did. */
static void
print_attack(const struct run *run,
             const struct bench_monitor_figures *figures)
{
    const struct ledger *ledger = &figures->ledger;
    double rss = rss_bytes();

    printf(" hostile=%"PRIu64" held=%"PRIu64" threshold=%"PRIu32
           " guarded=%"PRIu64" unmatched=%"PRIu64" memory_mb=%.1f "
           "grown_mb=%.1f", run->n_hostile, figures->held,
           figures->threshold, ledger->not_observed[CAUSE_GUARD],
           ledger->unmatched, figures->memory_bytes / 1e6,
           (rss - run->rss_bytes) / 1e6);
}

/* Prints what must be exact, and whether it was. */
static void
print_checks(const struct run *run, const struct bench_options *options)
{
    const struct bench_case *c = &options->c;
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
        if (run->n_hostile) {
            print_attack(run, &figures);
            sound = sound && (c->traffic.hostile.matching
                              || attack_is_sound(run, ledger));
        } else if (c->triggers == TRIGGERS_NONE
            || c->triggers == TRIGGERS_ELSEWHERE) {
            sound = sound && !ledger->counted;
        } else if (c->triggers != TRIGGERS_TYPICAL && !c->traffic.n_marked
                   && !options->forecast) {
            sound = sound && !ledger->unmatched;
        }
        printf(" shown=%"PRIu64" received=%"PRIu64" counted=%"PRIu64
               " not_observed=%"PRIu64" overruns=%"PRIu64" reports=%"PRIu64
               " keys=%"PRIu64" flows=%"PRIu32" patterns=%"PRIu32,
               run->n_shown, ledger->received, ledger->counted,
               not_observed, figures.overruns, figures.reports, figures.keys,
               figures.flows, figures.patterns);
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

/* Starts 'run' without triggers, lets the monitor foresee what they will cost,
 * adds them, and prints that and what the monitor measures then. */
static void
run_start_foreseeing(struct run *run, const struct bench_options *options)
{
    const struct bench_case *c = &options->c;
    struct bench_options without = *options;
    struct bench_cost cost;

    without.c.triggers = TRIGGERS_NONE;
    run_start(run, &without);
    run_for(OBSERVE_MS);
    cost = bench_monitor_foresee(run->monitors[1], c, c->triggers);
    printf(" foreseen_cycles=%.4g foreseen_us=%.4g", cost.packet_cycles,
           cost.sweep_us);
    bench_monitor_install(run->monitors[1], c, c->triggers);
    run_for(OBSERVE_MS);
    cost = bench_monitor_get_cost(run->monitors[1]);
    printf(" meter_cycles=%.4g meter_us=%.4g", cost.packet_cycles,
           cost.sweep_us);
}

static void
bench_ratio(struct run *run, const struct bench_options *options)
{
    const struct bench_case *c = &options->c;
    const struct windows_settings settings = {
        .n_pairs = c->n_pairs,
        .first_ns = (options->first_ms
                     + (options->forecast ? 2 * OBSERVE_MS : 0)
                     ) * UINT64_C(1000000),
        .first_packets = FIRST_ROUNDS * (uint64_t) c->traffic.n_flows,
        .warm_up_ns = c->warm_up_ms * UINT64_C(1000000),
        .timed_ns = c->timed_ms * UINT64_C(1000000),
        .enter = run_enter,
        .aux = run,
    };
    struct windows_result result;

    run->windows = windows_create(&settings);
    if (options->forecast) {
        run_start_foreseeing(run, options);
    } else {
        run_start(run, options);
    }
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
    printf(" cache_a=%.4f cache_b=%.4f lost=%.4f hz=%.4g",
           result.cache_hits[WINDOW_A], result.cache_hits[WINDOW_B],
           result.lost, cycles_per_ns() * 1e9);
    print_checks(run, options);
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
bench_sweep(struct run *run, const struct bench_options *options)
{
    struct spread us;

    run_start(run, options);
    run_for(options->first_ms);
    bench_monitor_sweep_us(run->monitors[1]);
    atomic_store_relaxed(&run->measuring, true);
    run_for(options->run_ms);
    us = bench_monitor_sweep_us(run->monitors[1]);
    if (options->scan) {
        struct spread scan_us = bench_monitor_scan_us(run->monitors[1]);

        print_spread("scan_us", &scan_us);
    }
    run_stop(run);
    print_spread("us", &us);
    print_cycles(run, us.n);
    print_checks(run, options);
}

/* What malloc() has given. */
static size_t
heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void
bench_heap(struct run *run, const struct bench_options *options)
{
    size_t before, after;

    run_start(run, options);
    before = heap_bytes();
    run_for(options->first_ms);
    after = heap_bytes();
    run_stop(run);
    printf(" bytes=%.1f",
           (double) (after - before) / options->c.traffic.n_flows);
    print_checks(run, options);
}

static void
bench_match(const struct bench_options *options)
{
    struct spread cycles = bench_monitor_match_cycles(&options->c);

    print_spread("cycles", &cycles);
}

int
main(int argc, char *argv[])
{
    struct bench_options options;
    static struct run run;

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_ERR);
    bench_options_parse(&options, argc, argv);
    if (options.no_huge_pages && prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)) {
        ovs_fatal(errno, "--no-huge-pages");
    }

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
