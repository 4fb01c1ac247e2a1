/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/bench-monitor.h"

#include "dp-observer.h"
#include "dp-packet.h"
#include "event/port-name.h"
#include "monitor/forecast.h"
#include "monitor/monitor-private.h"
#include "monitor/plan.h"
#include "ofproto-ext/sweeper.h"
#include "ofproto-ext/trumpet-observer.h"
#include "ofproto-ext/tunnel-map.h"
#include "ofproto-ext/unix-clock.h"
#include "packets.h"
#include "random.h"
#include "tests/bench/bench-port.h"
#include "util.h"

/* An observer that does more than it should, before it calls the real one. */
struct handicapped_observer {
    struct dp_observer up;
    struct dp_observer *inner;
    const struct monitor *monitor;
    double wasted_ns;           /* On each packet. */
    bool match_each;
    uint32_t *matches;          /* Room for all triggers. */
    uint64_t n_matches;
};

struct bench_monitor {
    struct monitor *monitor;
    struct unix_clock clock;
    struct trumpet_observer *observer;
    struct sweeper *sweeper;
    struct handicapped_observer handicapped;
    uint64_t n_swept;           /* By bench_monitor_sweep_us(). */
    uint64_t n_reports;         /* Written by the sweeper. */
};

static void
count_report(struct report *report, void *bm_)
{
    struct bench_monitor *bm = bm_;

    bm->n_reports++;
    report_destroy(report);
}

/* Stores the flow of 'packet', as the tests' traffic has it. */
static void
packet_to_flow(const struct dp_packet *packet, struct flow_fields *fields)
{
    const uint8_t *data = dp_packet_data(packet);
    const struct ip_header *ip = ALIGNED_CAST(const struct ip_header *,
                                              data + ETH_HEADER_LEN);
    const struct tcp_header *tcp = ALIGNED_CAST(const struct tcp_header *,
                                                ip + 1);

    memset(fields, 0, sizeof *fields);
    fields->in_port = port_name_intern(BENCH_PORT_SOURCE);
    fields->dl_type = ETH_TYPE_IP;
    fields->has = FLOW_HAS_IPV4;
    fields->nw_proto = IPPROTO_TCP;
    memcpy(&fields->src[12], &ip->ip_src, sizeof ip->ip_src);
    memcpy(&fields->dst[12], &ip->ip_dst, sizeof ip->ip_dst);
    fields->tp_src = ntohs(tcp->tcp_src);
    fields->tp_dst = ntohs(tcp->tcp_dst);
}

static void
match_each(struct handicapped_observer *handicapped,
           const struct dp_packet_batch *batch)
{
    const struct dp_packet *packet;

    DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
        struct flow_fields fields;

        packet_to_flow(packet, &fields);
        handicapped->n_matches
            += trigger_table_match(handicapped->monitor->table, &fields,
                                   handicapped->matches);
    }
}

static void
handicapped_rx(struct dp_observer *up, struct dp_packet_batch *batch,
               odp_port_t in_port, long long int now_us,
               struct dp_observer_view *view)
{
    struct handicapped_observer *handicapped
        = CONTAINER_OF(up, struct handicapped_observer, up);

    if (handicapped->wasted_ns) {
        uint64_t until = (clock_ns(CLOCK_MONOTONIC)
                          + (dp_packet_batch_size(batch)
                             * handicapped->wasted_ns));

        while (clock_ns(CLOCK_MONOTONIC) < until) {
            continue;
        }
    }
    if (handicapped->match_each) {
        match_each(handicapped, batch);
    }
    handicapped->inner->rx(handicapped->inner, batch, in_port, now_us, view);
}

static void
handicapped_rx_more(struct dp_observer *up, struct dp_observer_view *view)
{
    struct handicapped_observer *handicapped
        = CONTAINER_OF(up, struct handicapped_observer, up);

    handicapped->inner->rx_more(handicapped->inner, view);
}

static struct monitor *
create_monitor(const struct bench_case *c, enum bench_triggers triggers,
               uint64_t now_us, void *bm)
{
    const struct monitor_settings settings = {
        .epoch_us = c->epoch_us,
        .max_flows = c->max_flows,
    };
    struct monitor *monitor = monitor_create(&settings, count_report, bm);

    bench_case_add_triggers(c, triggers, monitor, now_us);
    return monitor;
}

struct bench_monitor *
bench_monitor_create(const struct bench_case *c, enum bench_triggers triggers,
                     const struct bench_handicap *handicap)
{
    struct bench_monitor *bm;

    if (triggers == TRIGGERS_OFF) {
        return NULL;
    }
    bm = xzalloc_cacheline(sizeof *bm);
    tunnel_map_init();
    unix_clock_init(&bm->clock);
    bm->monitor = create_monitor(c, triggers, unix_clock_now(&bm->clock), bm);
    bm->observer = trumpet_observer_create(bm->monitor, &bm->clock,
                                           bench_switch_ports(), "pmd");
    if (!bm->observer) {
        ovs_fatal(0, "no memory for %"PRIu32" flows", c->max_flows);
    }
    bm->sweeper = sweeper_create(bm->monitor, &bm->clock);
    if (handicap->slow_cycles || handicap->match_each) {
        bm->handicapped = (struct handicapped_observer) {
            .up.rx = handicapped_rx,
            .up.rx_more = handicapped_rx_more,
            .inner = trumpet_observer_get(bm->observer),
            .monitor = bm->monitor,
            .wasted_ns = handicap->slow_cycles / cycles_per_ns(),
            .match_each = handicap->match_each,
            .matches = xcalloc(bm->monitor->table->n_entries + 1,
                               sizeof *bm->handicapped.matches),
        };
    }
    return bm;
}

void
bench_monitor_destroy(struct bench_monitor *bm)
{
    if (bm) {
        sweeper_destroy(bm->sweeper);
        trumpet_observer_destroy(bm->observer);
        monitor_destroy(bm->monitor);
        free(bm->handicapped.matches);
        free_cacheline(bm);
    }
}

struct dp_observer *
bench_monitor_get_observer(const struct bench_monitor *bm)
{
    return (!bm ? NULL
            : bm->handicapped.inner ? &CONST_CAST(struct bench_monitor *,
                                                  bm)->handicapped.up
            : trumpet_observer_get(bm->observer));
}

void
bench_monitor_finish(struct bench_monitor *bm)
{
    uint64_t now_us = unix_clock_now(&bm->clock);

    sweeper_destroy(bm->sweeper);
    bm->sweeper = NULL;
    monitor_sweep(bm->monitor,
                  now_us + monitor_settings(bm->monitor)->epoch_us);
}

void
bench_monitor_get_figures(const struct bench_monitor *bm,
                          struct bench_monitor_figures *figures)
{
    struct thread_status *threads;
    struct trigger_status *triggers;
    struct sweep_status sweep;
    size_t n;

    n = monitor_list_threads(bm->monitor, &threads);
    figures->ledger = threads[n - 1].ledger;
    figures->flows = threads[n - 1].flows;
    figures->held = threads[n - 1].guard.held;
    figures->threshold = (threads[n - 1].guard.on
                          ? threads[n - 1].guard.threshold : 0);
    thread_status_destroy(threads, n);

    figures->trigger_packets = 0;
    n = monitor_list_triggers(bm->monitor, &triggers);
    for (size_t i = 0; i < n; i++) {
        figures->trigger_packets += triggers[i].packets;
    }
    trigger_status_destroy(triggers, n);

    monitor_get_sweep_status(bm->monitor, &sweep);
    figures->reports = bm->n_reports;
    figures->keys = sweep.keys;
    figures->overruns = sweep.overruns;
    figures->patterns = sweep.patterns;
    figures->memory_bytes = sweep.memory_bytes;
}

struct spread
bench_monitor_sweep_us(struct bench_monitor *bm)
{
    struct monitor *monitor = bm->monitor;
    struct durations *times = &monitor->sweep_times;
    double us[N_DURATIONS];
    size_t n = 0;

    ovs_mutex_lock(&monitor->mutex);
    for (uint64_t i = bm->n_swept; i < times->n; i++) {
        if (times->n - i <= N_DURATIONS) {
            us[n++] = times->us[i % N_DURATIONS];
        }
    }
    bm->n_swept = times->n;
    ovs_mutex_unlock(&monitor->mutex);
    return spread_of(us, n);
}

/* As it may change at any time, what is read is of no further use: a race that
 * ThreadSanitizer is not to tell of. */
static uint32_t __attribute__((no_sanitize("thread")))
count_active(const struct flow_table *table)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i <= table->mask; i++) {
        const struct flow_entry *entry = &table->entries[i];

        n += entry->key.kind != FLOW_NONE && entry->last_seq;
    }
    return n;
}

struct spread
bench_monitor_scan_us(const struct bench_monitor *bm)
{
    enum { N_SCANS = 50 };
    const struct scatter *scatter
        = CONTAINER_OF(ovs_list_front(&bm->monitor->scatters),
                       struct scatter, node);
    double us[N_SCANS];
    uint32_t n_active = 0;

    for (size_t i = 0; i < N_SCANS; i++) {
        uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);

        n_active += count_active(&scatter->table);
        us[i] = (clock_ns(CLOCK_MONOTONIC) - start_ns) / 1000.0;
    }
    ovs_assert(n_active);
    return spread_of(us, N_SCANS);
}

struct bench_cost
bench_monitor_foresee(struct bench_monitor *bm, const struct bench_case *c,
                      enum bench_triggers triggers)
{
    struct monitor *with = create_monitor(c, triggers, 0, NULL);
    struct monitor *monitor = bm->monitor;
    struct forecast_cost total;
    struct forecast *f;
    double hz;

    ovs_mutex_lock(&monitor->mutex);
    hz = monitor->meter.model.hz;
    f = monitor_make_forecast(monitor);
    ovs_mutex_unlock(&monitor->mutex);
    forecast_add_table(f, with->table);
    forecast_total(f, &total);
    forecast_destroy(f);
    monitor_destroy(with);
    return (struct bench_cost) {
        .packet_cycles = total.thread_percent / 100 * hz / total.packets_hz,
        .sweep_us = total.sweep_us,
    };
}

void
bench_monitor_install(struct bench_monitor *bm, const struct bench_case *c,
                      enum bench_triggers triggers)
{
    bench_case_add_triggers(c, triggers, bm->monitor,
                            unix_clock_now(&bm->clock));
}

struct bench_cost
bench_monitor_get_cost(struct bench_monitor *bm)
{
    struct cost_status status;
    struct bench_cost cost;

    monitor_get_cost_status(bm->monitor, &status);
    cost.packet_cycles = status.threads[0].cycles;
    cost.sweep_us = status.sweep_us;
    cost_status_uninit(&status);
    return cost;
}

/* A flow as those of the traffic are, at random. */
static struct flow_fields
random_flow(void)
{
    struct flow_fields fields;
    uint32_t src = htonl(TRAFFIC_SRC | random_range(65536));
    uint32_t dst = htonl(TRAFFIC_DST | random_range(256));

    memset(&fields, 0, sizeof fields);
    fields.in_port = port_name_intern(BENCH_PORT_SOURCE);
    fields.dl_type = ETH_TYPE_IP;
    fields.has = FLOW_HAS_IPV4;
    fields.nw_proto = IPPROTO_TCP;
    memcpy(&fields.src[12], &src, sizeof src);
    memcpy(&fields.dst[12], &dst, sizeof dst);
    fields.tp_src = random_range(65536);
    fields.tp_dst = 80;
    return fields;
}

/* As scatter_activate() does: matches, and looks for the plan.  Blocks of
 * matches are short enough that few are interrupted. */
struct spread
bench_monitor_match_cycles(const struct bench_case *c)
{
    enum { N_FLOWS = 4096, N_BLOCKS = 2000, BLOCK = 64 };
    struct monitor *monitor = create_monitor(c, c->triggers, 0, NULL);
    struct plan_store *plans;
    struct flow_fields *flows = xcalloc(N_FLOWS, sizeof *flows);
    double *cycles = xcalloc(N_BLOCKS, sizeof *cycles);
    struct spread spread;

    plans = plan_store_create(PLAN_PACKET, monitor->table, 1,
                              plan_store_min_words(monitor->table));
    if (!plans) {
        ovs_fatal(0, "no memory for plans");
    }
    for (size_t i = 0; i < N_FLOWS; i++) {
        flows[i] = random_flow();
        ovs_assert(plan_store_match(plans, &flows[i]) != PLAN_FULL);
        ovs_assert(trigger_table_match(plans->table, &flows[i],
                                       plans->matches)
                   == bench_case_per_packet(c, c->triggers));
    }
    for (size_t i = 0, next = 0; i < N_BLOCKS; i++) {
        uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);

        for (size_t j = 0; j < BLOCK; j++) {
            plan_store_match(plans, &flows[next++ % N_FLOWS]);
        }
        cycles[i] = ((double) (clock_ns(CLOCK_MONOTONIC) - start_ns) / BLOCK
                     * cycles_per_ns());
    }
    spread = spread_of(cycles, N_BLOCKS);
    free(cycles);
    free(flows);
    plan_store_destroy(plans);
    monitor_destroy(monitor);
    return spread;
}
