/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/scatter-private.h"
#include "tests/monitor-rig.h"

/* Packet threads: bursts against a model that keeps every packet, and
 * everything that may be full. */

#define FRAME_BYTES (14 + 20 + 8)   /* Of an empty UDP packet. */

/* A monitor with one trigger "n" that reports each interval. */
static void
start(struct rig *rig, uint32_t max_flows, struct scatter **scatter)
{
    rig_init(rig, max_flows);
    sweep(rig, 0);
    rig_add(rig, "n", "on any when count() >= 0", T0 - 1);
    *scatter = monitor_add_thread(rig->monitor, "a");
    ck_assert(*scatter);
}

static void
stop(struct rig *rig, struct scatter *scatter)
{
    monitor_remove_thread(rig->monitor, scatter);
    rig_uninit(rig);
}

/* The model. */

struct model_packet {
    uint64_t epoch;
    struct flow_fields fields;
    uint32_t bytes, volume;
    bool syn;
};

#define MAX_PACKETS 4000
static struct model_packet packets[MAX_PACKETS];
static size_t n_packets, n_runts;

static const char *const model_matches[] = {
    "any", "ip", "tcp", "udp,nw_src=0.0.0.0/31", "tcp6", "dl_vlan=5",
};
static const char *const model_granularities[] = {
    "5tuple", "nw_src/31,tp_dst", "none", "vlan_vid", "ipv6_dst/126",
    "in_port,nw_proto"
};
#define MODEL_PREDICATE \
    "count() > 0 && (sum(bytes) > 0 || sum(volume) > 0 || sum(is_syn) > 0 " \
    "|| max(volume) > 0 || min(bytes) > 0 || count(volume > 100) > 0 " \
    "|| avg(volume) > 0 || sum(bytes)[-1] > 0)"

/* Computes the values of 'report' from all packets. */
static size_t
model_values(const struct report *report, double v[9])
{
    const struct event *event = report->event;
    uint64_t interval = report->interval_start_us / event->interval_us;
    size_t n = 0;

    for (int i = 0; i < 9; i++) {
        v[i] = 0;
    }
    v[5] = UINT32_MAX;
    for (size_t i = 0; i < n_packets; i++) {
        const struct model_packet *p = &packets[i];
        uint64_t at_interval = p->epoch * EPOCH_US / event->interval_us;
        struct flow_fields key;

        if (at_interval + 1 < interval || at_interval > interval
            || !filter_matches(&event->filter, &p->fields)
            || !granularity_key(&event->granularity, &p->fields, &key)
            || !flow_fields_equal(&key, &report->key)) {
            continue;
        }
        if (at_interval < interval) {
            v[8] += p->bytes;
            continue;
        }
        n++;
        v[0]++;
        v[1] += p->bytes;
        v[2] += p->volume;
        v[3] += p->syn;
        v[4] = MAX(v[4], p->volume);
        v[5] = MIN(v[5], p->bytes);
        v[6] += p->volume > 100;
        v[7] += p->volume;
    }
    v[7] /= n;
    return n;
}

/* Counts the keys and intervals of 'event' that have a packet. */
static size_t
model_n_reports(const struct event *event)
{
    size_t n = 0;

    for (size_t i = 0; i < n_packets; i++) {
        struct flow_fields key, other;
        size_t j;

        if (!filter_matches(&event->filter, &packets[i].fields)
            || !granularity_key(&event->granularity, &packets[i].fields,
                                &key)) {
            continue;
        }
        uint64_t interval = packets[i].epoch * EPOCH_US / event->interval_us;
        for (j = 0; j < i; j++) {
            if (packets[j].epoch * EPOCH_US / event->interval_us == interval
                && filter_matches(&event->filter, &packets[j].fields)
                && granularity_key(&event->granularity, &packets[j].fields,
                                   &other)
                && flow_fields_equal(&key, &other)) {
                break;
            }
        }
        n += j == i;
    }
    return n;
}

static void
model_add(const struct packet_spec *ps, uint32_t bytes, uint64_t epoch)
{
    struct model_packet *p = &packets[n_packets++];

    ck_assert_uint_lt(n_packets, MAX_PACKETS);
    memset(p, 0, sizeof *p);
    p->epoch = epoch;
    p->bytes = bytes;
    p->volume = ps->payload;
    p->syn = ps->proto == IPPROTO_TCP && ps->tcp_flags & 2;
    p->fields.in_port = 1;
    p->fields.vlan = ps->vlan ? ps->vlan | FLOW_FIELDS_VLAN : 0;
    p->fields.dl_type = ps->ipv6 ? 0x86dd : 0x0800;
    p->fields.has = ps->ipv6 ? FLOW_HAS_IPV6 : FLOW_HAS_IPV4;
    p->fields.nw_proto = ps->proto;
    p->fields.tp_src = ps->tp_src;
    p->fields.tp_dst = ps->tp_dst;
    if (ps->ipv6) {
        static const uint8_t prefix[] = { 0x20, 0x01, 0x0d, 0xb8 };

        memcpy(p->fields.src, prefix, 4);
        memcpy(p->fields.dst, prefix, 4);
    }
    p->fields.src[15] = ps->src;
    p->fields.dst[15] = ps->dst;
}

static void
random_packet(struct packet_spec *ps)
{
    *ps = (struct packet_spec) {
        .vlan = unit_random(3) ? 0 : 4 + unit_random(2),
        .ipv6 = !unit_random(3),
        .src = unit_random(4),
        .dst = unit_random(6),
        .proto = unit_random(2) ? IPPROTO_TCP : IPPROTO_UDP,
        .tp_src = unit_random(4),
        .tp_dst = 80,
        .tcp_flags = unit_random(4) ? 0x10 : 2,
        .payload = unit_random(300),
    };
}

/* Gives 'scatter' a random burst: of one flow, of different ones, of a
 * mixture, with runts inside. */
static void
random_burst(struct scatter *scatter, uint64_t now_us, uint64_t epoch)
{
    static struct frame_buffer buffers[BURST_MAX];
    struct packet_spec ps;
    struct burst burst = { .entrance = { .in_port = 1 }, .now_us = now_us };
    int kind = unit_random(3);

    burst.n = unit_random(3) ? unit_random(BURST_MAX + 1) : BURST_MAX;
    random_packet(&ps);
    for (size_t i = 0; i < burst.n; i++) {
        if (kind == 1) {
            ps.tp_src++;
        } else if (kind == 2) {
            random_packet(&ps);
        }
        build_frame(&buffers[i], &ps);
        if (!unit_random(10)) {
            buffers[i].n = unit_random(14);
            n_runts++;
        } else {
            model_add(&ps, buffers[i].n, epoch);
        }
        burst.frames[i] = (struct frame) {
            buffers[i].data, buffers[i].n, buffers[i].n
        };
    }
    scatter_burst(scatter, &burst);
}

static void
run_model(size_t n_threads)
{
    struct scatter *scatters[3];
    uint64_t current[3] = { 0 };
    struct trigger_status *status;
    struct ledger ledger;
    struct report *report;
    size_t n = 0, n_expected = 0;
    uint64_t swept = E0 - 20;
    struct rig rig;

    n_packets = n_runts = 0;
    rig_init(&rig, 4096);
    monitor_sweep(rig.monitor, swept * EPOCH_US);
    for (size_t i = 0; i < ARRAY_SIZE(model_matches); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(model_granularities); j++) {
            char name[16];
            char *spec = xasprintf("on %s by %s every %zums when %s",
                                   model_matches[i], model_granularities[j],
                                   (1 + (i + j) % 3) * 10, MODEL_PREDICATE);

            snprintf(name, sizeof name, "t%zu.%zu", i, j);
            char *error = monitor_add_trigger(rig.monitor, name, spec,
                                              T0 - 60000);
            free(error);        /* Some families do not go together. */
            free(spec);
        }
    }
    for (size_t t = 0; t < n_threads; t++) {
        scatters[t] = monitor_add_thread(rig.monitor, "x");
    }

    for (uint64_t epoch = E0; epoch < E0 + 12; epoch++) {
        for (int i = 0; i < 12; i++) {
            size_t t = unit_random(n_threads);
            uint64_t now_us = epoch * EPOCH_US + unit_random(EPOCH_US);
            uint64_t at_epoch;

            if (!unit_random(6)) {
                now_us -= unit_random(3 * EPOCH_US);    /* Time goes back. */
            } else if (!unit_random(6)) {
                now_us += EPOCH_US;                     /* Ahead. */
            }
            at_epoch = MAX(MAX(now_us / EPOCH_US, current[t]), swept);
            current[t] = at_epoch;
            random_burst(scatters[t], now_us, at_epoch);
        }
        if (unit_random(3) || epoch > swept) {
            swept = epoch + 1;
            monitor_sweep(rig.monitor, swept * EPOCH_US);
        }
    }
    monitor_sweep(rig.monitor, (E0 + 20) * EPOCH_US);

    LIST_FOR_EACH (report, node, &rig.reports) {
        double v[9];

        unit_check(report->event->n_aggregates == 9);
        size_t n_model = model_values(report, v);
        ck_assert_msg(n_model == report->packets,
                      "%s: interval %"PRIu64": %zu != %"PRIu64" packets",
                      report->event->text, report->interval_start_us, n_model,
                      report->packets);
        unit_check(report->packets);
        for (int i = 0; i < 9; i++) {
            ck_assert_msg(v[i] == report->values[i]
                          || (i == 8 && isnan(report->values[i])),
                          "%s: value %d: %g != %g", report->event->text, i,
                          report->values[i], v[i]);
        }
        unit_check(!report->why);
        n++;
    }
    size_t n_triggers = monitor_list_triggers(rig.monitor, &status);
    ck_assert_uint_gt(n_triggers, 20);
    for (size_t i = 0; i < n_triggers; i++) {
        n_expected += model_n_reports(status[i].event);
    }
    trigger_status_destroy(status, n_triggers);
    ck_assert_uint_eq(n, n_expected);
    ck_assert_uint_gt(n, 100);

    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.received, n_packets + n_runts);
    ck_assert_uint_eq(ledger.counted, n_packets);
    ck_assert_uint_eq(ledger.dropped_invalid, n_runts);
    for (size_t t = 0; t < n_threads; t++) {
        monitor_remove_thread(rig.monitor, scatters[t]);
    }
    rig_uninit(&rig);
}

START_TEST(test_model)
{
    unit_seed();
    for (size_t n_threads = 1; n_threads <= 3; n_threads++) {
        run_model(n_threads);
    }
}
END_TEST

/* Bursts of each length from 0 to 32, of different flows and of one. */
START_TEST(test_burst_lengths)
{
    struct scatter *scatter;
    struct ledger ledger;
    struct rig rig;

    start(&rig, 4096, &scatter);
    for (size_t n = 0; n <= BURST_MAX; n++) {
        give_flows(scatter, at(0), n, 100, BURST_MAX);
        give_flows(scatter, at(0), n, 1000, 1);
    }
    sweep(&rig, 1);
    rig_expect(&rig, "n 0 {} [1056] 1056; ");
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.received, 1056);
    ck_assert_uint_eq(ledger.counted, 1056);
    stop(&rig, scatter);
}
END_TEST

/* A thread that runs ahead of the sweeper has four epochs; then it does not
 * observe, says so, and goes on when it may. */
START_TEST(test_run_ahead)
{
    uint64_t ahead = 1 + _i;
    struct scatter *scatter;
    struct sweep_status status;
    struct ds expected = DS_EMPTY_INITIALIZER;
    struct ledger ledger;
    struct rig rig;

    start(&rig, 4096, &scatter);
    for (uint64_t epoch = 0; epoch < ahead; epoch++) {
        give_flows(scatter, at(epoch), 10 + epoch, 1, 3);
        if (epoch < N_EPOCH_BUFFERS) {
            ds_put_format(&expected, "n %"PRIu64" {} [%"PRIu64"] %"PRIu64"; ",
                          epoch, 10 + epoch, 10 + epoch);
        } else {
            ds_put_format(&expected, "n %"PRIu64" {} [0] 0 sweep_overrun; ",
                          epoch);
        }
    }
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.not_observed[CAUSE_SWEEP_OVERRUN],
                      ahead <= 4 ? 0 : ahead == 5 ? 14 : 14 + 15);

    sweep(&rig, ahead);
    rig_expect(&rig, ds_cstr(&expected));
    monitor_get_sweep_status(rig.monitor, &status);
    ck_assert_uint_eq(status.overruns, ahead <= 4 ? 0 : ahead - 4);

    /* It goes on. */
    give_flows(scatter, at(ahead), 5, 1, 3);
    sweep(&rig, ahead + 1);
    ds_clear(&expected);
    ds_put_format(&expected, "n %"PRIu64" {} [5] 5; ", ahead);
    rig_expect(&rig, ds_cstr(&expected));
    ds_destroy(&expected);
    stop(&rig, scatter);
}
END_TEST

/* However long the sweeper is away, no interval with a packet that was not
 * observed is reported as complete. */
START_TEST(test_long_overrun)
{
    struct scatter *scatter;
    struct report *report;
    struct rig rig;
    size_t n = 0;

    start(&rig, 4096, &scatter);
    for (uint64_t epoch = 0; epoch < 300; epoch++) {
        give_flows(scatter, at(epoch), 1, 1, 3);
    }
    sweep(&rig, 300);
    LIST_FOR_EACH (report, node, &rig.reports) {
        unit_check(report->interval_start_us == T0 + n * EPOCH_US);
        ck_assert_uint_eq(report->packets, n < N_EPOCH_BUFFERS);
        ck_assert(n < N_EPOCH_BUFFERS
                  || report->why == 1u << CAUSE_SWEEP_OVERRUN);
        n++;
    }
    ck_assert_uint_eq(n, 300);
    reports_destroy(&rig.reports);

    /* And afterwards none is by mistake. */
    for (uint64_t epoch = 300; epoch < 500; epoch++) {
        give_flows(scatter, at(epoch), 1, 1, 3);
        sweep(&rig, epoch + 1);
    }
    LIST_FOR_EACH (report, node, &rig.reports) {
        unit_check(!report->why && report->packets == 1);
    }
    stop(&rig, scatter);
}
END_TEST

static const struct screen *
get_screen(struct scatter *scatter, uint64_t now_us)
{
    return screen_gate_get(scatter_get_gate(scatter), now_us);
}

/* What no trigger can match has no entry, not even where whoever gives the
 * bursts has no screen: at the beginning of an epoch, and when packets are
 * remembered. */
START_TEST(test_screen_shut)
{
    const uint64_t end_us = T0 + 3 * SAMPLE_INTERVAL_US;
    struct sampled_packet sampled[N_SAMPLED_PACKETS];
    struct scatter *scatter;
    uint64_t n_shut = 0;
    struct rig rig;

    rig_init(&rig, 4096);
    sweep(&rig, 0);
    rig_add(&rig, "n", "on udp,nw_dst=99.0.0.0/8 when count() > 0", T0 - 1);
    scatter = monitor_add_thread(rig.monitor, "a");
    for (uint64_t us = T0; us < end_us; us += 100) {
        if (!get_screen(scatter, us)) {
            give_flows(scatter, us, 1, 1, 3);
            n_shut++;
        }
    }
    ck_assert_uint_ge(n_shut, 4);
    ck_assert_uint_eq(burst_sampler_get_packets(&scatter->sampler, 0, sampled,
                                                N_SAMPLED_PACKETS), 3);
    ck_assert_uint_eq(scatter->table.n_flows, 0);
    ck_assert_uint_eq(rig_ledger(&rig).unmatched,
                      rig_ledger(&rig).received);
    stop(&rig, scatter);
}
END_TEST

/* What no trigger can match is still known, until there are others. */
START_TEST(test_screen_without_buffer)
{
    struct scatter *scatter;
    struct rig rig;

    rig_init(&rig, 4096);
    sweep(&rig, 0);
    rig_add(&rig, "n", "on ip,nw_dst=99.0.0.0/8 when count() > 0", T0 - 1);
    scatter = monitor_add_thread(rig.monitor, "a");
    for (uint64_t epoch = 0; epoch <= N_EPOCH_BUFFERS; epoch++) {
        ck_assert_ptr_null(get_screen(scatter, at(epoch)));
        give_flows(scatter, at(epoch), 1, 1, 3);
        ck_assert_ptr_nonnull(get_screen(scatter, at(epoch)));
    }
    ck_assert_uint_eq(rig_ledger(&rig).not_observed[CAUSE_SWEEP_OVERRUN], 1);

    rig_add(&rig, "m", "on ip,nw_dst=98.0.0.0/8 when count() > 0", T0 - 1);
    ck_assert_ptr_nonnull(get_screen(scatter, at(N_EPOCH_BUFFERS)));
    give_flows(scatter, at(N_EPOCH_BUFFERS + 1), 1, 1, 3);
    ck_assert_ptr_null(get_screen(scatter, at(N_EPOCH_BUFFERS + 1)));

    sweep(&rig, N_EPOCH_BUFFERS + 1);
    give_flows(scatter, at(N_EPOCH_BUFFERS + 1), 1, 1, 3);
    ck_assert_ptr_nonnull(get_screen(scatter, at(N_EPOCH_BUFFERS + 1)));
    stop(&rig, scatter);
}
END_TEST

/* Within one epoch. */
START_TEST(test_overrun_ends_within_epoch)
{
    struct scatter *scatter;
    struct rig rig;

    start(&rig, 4096, &scatter);
    for (uint64_t epoch = 0; epoch < 5; epoch++) {
        give_flows(scatter, at(epoch), 2, 1, 3);
    }
    sweep(&rig, 4);
    give_flows(scatter, at(4), 3, 1, 3);
    sweep(&rig, 5);
    rig_expect(&rig, "n 0 {} [2] 2; n 1 {} [2] 2; n 2 {} [2] 2; "
               "n 3 {} [2] 2; n 4 {} [3] 3 sweep_overrun; ");
    stop(&rig, scatter);
}
END_TEST

/* Gives 'n' flows in epoch 0, of which some do not fit; then checks that just
 * 'cause' moved, that the interval says so, and the next one does not. */
static void
check_full(struct rig *rig, struct scatter *scatter, enum cause cause,
           size_t min, size_t max)
{
    struct ledger ledger = rig_ledger(rig);
    uint64_t missed = ledger.not_observed[cause];
    char *s;

    ck_assert_uint_ge(missed, min);
    ck_assert_uint_le(missed, max);
    ck_assert_uint_eq(ledger_not_observed(&ledger), missed);
    sweep(rig, 1);
    s = xasprintf("n 0 {} [%"PRIu64"] %"PRIu64" %s; ", ledger.counted,
                  ledger.counted, cause_name(cause));
    rig_expect(rig, s);
    free(s);

    give_flows(scatter, at(1), 1, 1, 1);
    sweep(rig, 2);
    rig_expect(rig, "n 1 {} [1] 1; ");
}

START_TEST(test_table_full)
{
    struct scatter *scatter;
    struct ledger ledger;
    struct rig rig;

    start(&rig, 64, &scatter);
    give_flows(scatter, at(0), 100, 1, 100);
    check_full(&rig, scatter, CAUSE_TABLE_FULL, 36, 40);

    /* Released entries are taken over, at least where they are met. */
    for (uint64_t epoch = 2; epoch < 40; epoch++) {
        give_flows(scatter, at(epoch), 16, 1000 * epoch, 16);
        sweep(&rig, epoch + 1);
    }
    ledger = rig_ledger(&rig);
    ck_assert_uint_gt(ledger.counted, 64 + 38 * 4);
    stop(&rig, scatter);
}
END_TEST

/* Many aggregates, more than there is room for on the average. */
START_TEST(test_cells_full)
{
    struct scatter *scatter;
    struct rig rig;

    start(&rig, 64, &scatter);
    for (int i = 0; i < 4; i++) {
        char name[] = { 'm', 'a' + i, '\0' };
        char *spec = xasprintf("on ip by tp_dst when count(bytes > %d1) < 0 "
                               "|| count(bytes > %d2) < 0 "
                               "|| max(bytes * %d) < 0 "
                               "|| max(bytes - %d) < 0",
                               i + 1, i + 1, i + 2, i + 1);

        rig_add(&rig, name, spec, T0 - 1);
        free(spec);
    }
    /* 16 cells a flow. */
    give_flows(scatter, at(0), 60, 1, 60);
    check_full(&rig, scatter, CAUSE_CELLS_FULL, 60 - 64 * CELLS_PER_FLOW / 16,
               60 - 64 * CELLS_PER_FLOW / 16);
    stop(&rig, scatter);
}
END_TEST

/* More sets of matching triggers than there is room for; the sweeper gives
 * another plan store. */
START_TEST(test_plans_full)
{
    struct scatter *scatter;
    struct trigger_spec specs[17] = { { .name = NULL } };
    struct ledger ledger;
    uint64_t missed;
    struct rig rig;

    start(&rig, 1u << 15, &scatter);
    specs[0] = (struct trigger_spec) {
        .name = "n", .spec = "on any when count() >= 0"
    };
    for (int i = 0; i < 16; i++) {
        specs[1 + i].name = xasprintf("p%d", i);
        specs[1 + i].spec = xasprintf("on udp,tp_src=0x%x/0x%x by tp_dst when "
                                      "max(bytes) < 0 || min(bytes) < 0 "
                                      "|| avg(bytes) < 0 || max(ttl) < 0 "
                                      "|| min(ttl) < 0 || avg(ttl) < 0",
                                      1 << i, 1 << i);
        specs[1 + i].source.name = NULL;
    }
    ck_assert(!monitor_replace_triggers(rig.monitor, specs, 17, T0 - 1));
    for (int i = 1; i < 17; i++) {
        free(CONST_CAST(char *, specs[i].name));
        free(CONST_CAST(char *, specs[i].spec));
    }

    give_flows(scatter, at(0), 1u << 14, 0, 1u << 14);
    ledger = rig_ledger(&rig);
    missed = ledger.not_observed[CAUSE_PLANS_FULL];
    ck_assert_uint_gt(missed, 100);
    sweep(&rig, 1);
    char *s = reports_take(&rig.reports);
    ck_assert(strstr(s, "plans_full"));
    free(s);

    /* The thread asks with the next buffer, and takes with the one after. */
    give_flows(scatter, at(1), 1, 1, 1);
    sweep(&rig, 2);
    ledger = rig_ledger(&rig);
    missed = ledger_not_observed(&ledger);
    give_flows(scatter, at(2), 1000, 15000, 1000);
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger_not_observed(&ledger), missed);
    sweep(&rig, 3);
    rig_expect(&rig, "n 1 {} [1] 1; n 2 {} [1000] 1000; ");
    stop(&rig, scatter);
}
END_TEST

START_TEST(test_places_full)
{
    static struct frame_buffer fb;
    struct scatter *scatter;
    struct ledger ledger;
    uint64_t n_missed = 0;
    struct rig rig;

    start(&rig, 1u << 17, &scatter);
    build_frame(&fb, &(struct packet_spec) { .proto = IPPROTO_UDP });
    for (uint32_t i = 0; n_missed < 7; i++) {
        struct burst burst = {
            .entrance = { .tunnel = true, .tun_id = i },
            .now_us = at(0),
            .n = 1,
            .frames = { { fb.data, fb.n, fb.n } },
        };

        /* A few flows may collide; then their places are free again. */
        scatter_burst(scatter, &burst);
        scatter_ledger(scatter, &ledger);
        n_missed = ledger.not_observed[CAUSE_PLACES_FULL];
        unit_check(i < 2 * N_PLACES);
    }
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.counted, N_PLACES);
    sweep(&rig, 1);
    char *s = reports_take(&rig.reports);
    ck_assert(strstr(s, "n 0 {} [65535] 65535 "));
    ck_assert(strstr(s, "places_full"));
    free(s);
    stop(&rig, scatter);
}
END_TEST

/* A flow's bytes in 32 bits: the thread turns to another buffer. */
START_TEST(test_overflow)
{
    static struct frame_buffer fb;
    struct scatter *scatter;
    char *expected;
    struct rig rig;

    start(&rig, 64, &scatter);
    rig_add(&rig, "b", "on any by 5tuple when sum(bytes) > 0 "
            "&& max(bytes) > 0", T0 - 1);
    build_frame(&fb, &(struct packet_spec) { .proto = IPPROTO_UDP });
    for (int i = 0; i < 2; i++) {
        /* So much padding makes them non-IP, but for the short one. */
        struct burst burst = {
            .now_us = at(0),
            .n = 3,
            .frames = { { fb.data, fb.n, 3u << 30 },
                        { fb.data, fb.n, 0x3fffffff + i },
                        { fb.data, fb.n, 64 } },
        };

        scatter_burst(scatter, &burst);
    }
    sweep(&rig, 1);
    rig_expect(&rig, "b 0 {\"nw_src\":\"0.0.0.0\",\"nw_dst\":\"0.0.0.0\","
               "\"nw_proto\":17,\"tp_src\":0,\"tp_dst\":0} [128,64] 2; "
               "n 0 {} [6] 6; ");

    /* The same with a trigger that sums them. */
    rig_add(&rig, "s", "on any when sum(bytes) > 0 && max(bytes) > 0", at(1));
    for (int i = 0; i < 2; i++) {
        struct burst burst = {
            .now_us = at(2),
            .n = 2,
            .frames = { { fb.data, fb.n, UINT32_MAX - 20 },
                        { fb.data, 20, 20 + i } },
        };

        scatter_burst(scatter, &burst);
    }
    sweep(&rig, 3);
    expected = xasprintf("n 1 {} [0] 0; n 2 {} [4] 4; s 2 {} [%"PRIu64",%u] "
                         "4; ",
                         2 * (uint64_t) UINT32_MAX + 1, UINT32_MAX - 20);
    rig_expect(&rig, expected);
    free(expected);

    /* Until all four are used. */
    for (int i = 0; i < 6; i++) {
        struct burst burst = {
            .now_us = at(3), .n = 1,
            .frames = { { fb.data, fb.n, UINT32_MAX } },
        };

        scatter_burst(scatter, &burst);
    }
    sweep(&rig, 4);
    expected = xasprintf("n 3 {} [4] 4 sweep_overrun; s 3 {} [%"PRIu64",%u] 4 "
                         "sweep_overrun; ",
                         4 * (uint64_t) UINT32_MAX, UINT32_MAX);
    rig_expect(&rig, expected);
    free(expected);
    ck_assert_uint_eq(rig_ledger(&rig).not_observed[CAUSE_SWEEP_OVERRUN], 2);
    stop(&rig, scatter);
}
END_TEST

/* But not for flows that match nothing. */
START_TEST(test_unmatched_overflow)
{
    static struct frame_buffer fb;
    struct scatter *scatter;
    struct ledger ledger;
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    rig_add(&rig, "t", "on udp,tp_src=3 by tp_src when count() > 0", T0 - 1);
    scatter = monitor_add_thread(rig.monitor, "x");
    build_frame(&fb, &(struct packet_spec) { .proto = IPPROTO_UDP });
    for (int i = 0; i < 9; i++) {
        struct burst burst = {
            .now_us = at(0), .n = 1,
            .frames = { { fb.data, fb.n, i % 3 ? UINT32_MAX : 64 } },
        };

        scatter_burst(scatter, &burst);
        give_flows(scatter, at(0), 2, 3, 2);
    }
    ck_assert_uint_eq(scatter->next_seq, 2);
    sweep(&rig, 1);
    rig_expect(&rig, "t 0 {\"tp_src\":3} [9] 9; ");
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.unmatched, 18);
    ck_assert_uint_eq(ledger.counted, 9);
    stop(&rig, scatter);
}
END_TEST

/* True if the flow from port 'tp_src' is known to have sent one packet. */
static bool
sent_once(const struct scatter *scatter, uint16_t tp_src)
{
    const struct flow_table *table = &scatter->table;

    for (uint32_t i = 0; i <= table->mask; i++) {
        const struct flow_entry *entry = &table->entries[i];

        if (entry->key.kind != FLOW_NONE
            && ntohs((OVS_FORCE ovs_be16) entry->key.tp_src) == tp_src) {
            return entry->active & FLOW_ONCE;
        }
    }
    ck_abort_msg("no flow from port %d", tp_src);
    return false;
}

/* Flows are known to have sent more than a packet by the second one, in the
 * same epoch or in another, whether they match much or nothing. */
START_TEST(test_once)
{
    const char *const specs[] = {
        "on udp by 5tuple when count() > 0",
        "on udp by 5tuple when count() > 0 && max(bytes) > 0",
        "on tcp when count() > 0",
    };

    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        struct scatter *scatter;
        struct rig rig;

        rig_init(&rig, 64);
        sweep(&rig, 0);
        rig_add(&rig, "t", specs[i], T0 - 1);
        scatter = monitor_add_thread(rig.monitor, "x");
        give_flows(scatter, at(0), 4, 10, 4);
        give_flows(scatter, at(0), 1, 11, 1);
        give_flows(scatter, at(0), 2, 20, 1);
        sweep(&rig, 1);
        give_flows(scatter, at(1), 1, 12, 1);
        for (uint16_t port = 10; port < 14; port++) {
            ck_assert_int_eq(sent_once(scatter, port),
                             port == 10 || port == 13);
        }
        ck_assert(!sent_once(scatter, 20));
        stop(&rig, scatter);
    }
}
END_TEST

/* IPv6 flows whose digests are equal are told apart by their addresses, also
 * while they are active: here, the one that is known gets another address. */
START_TEST(test_forged_digest)
{
    const struct packet_spec ps = {
        .ipv6 = true, .src = 1, .dst = 2, .proto = IPPROTO_UDP,
    };
    struct scatter *scatter;
    struct flow_table *table;
    struct rig rig;

    start(&rig, 64, &scatter);
    table = &scatter->table;
    for (int i = 0; i < 3; i++) {
        give(scatter, at(0), &ps, 1);
    }
    ck_assert_uint_eq(table->n_flows, 1);
    for (uint32_t i = 0; i <= table->mask; i++) {
        table->ipv6[i].src[15] ^= 1;
    }
    give(scatter, at(0), &ps, 1);
    ck_assert_uint_eq(table->n_flows, 2);
    sweep(&rig, 1);
    rig_expect(&rig, "n 0 {} [4] 4; ");
    stop(&rig, scatter);
}
END_TEST

/* One 5-tuple on several threads is one key. */
START_TEST(test_merge)
{
    struct scatter *scatters[3];
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    rig_add(&rig, "k", "on udp by tp_src when count() > 0 && max(bytes) > 0 "
            "&& avg(bytes) > 0 && min(bytes) > 0", T0 - 1);
    for (int i = 0; i < 3; i++) {
        scatters[i] = monitor_add_thread(rig.monitor, "x");
    }
    for (int i = 0; i < 3; i++) {
        struct packet_spec ps = {
            .proto = IPPROTO_UDP, .tp_src = 9, .payload = 100 * i
        };

        give(scatters[i], at(0) + i, &ps, 1);
    }
    sweep(&rig, 1);
    rig_expect(&rig, "k 0 {\"tp_src\":9} [3,242,142,42] 3; ");
    for (int i = 0; i < 3; i++) {
        monitor_remove_thread(rig.monitor, scatters[i]);
    }
    rig_uninit(&rig);
}
END_TEST

/* Cells survive that entries move from buffer to buffer, and flows that match
 * nothing are counted as such. */
START_TEST(test_unmatched)
{
    struct scatter *scatter;
    struct ledger ledger;
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    scatter = monitor_add_thread(rig.monitor, "x");
    give_flows(scatter, at(0), 10, 1, 5);
    rig_add(&rig, "t", "on udp,tp_src=3 by tp_src when count() > 0", at(0));
    give_flows(scatter, at(0), 10, 1, 5);
    sweep(&rig, 1);
    give_flows(scatter, at(1), 10, 1, 5);
    sweep(&rig, 2);
    rig_expect(&rig, "t 1 {\"tp_src\":3} [2] 2; ");
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.unmatched, 28);
    ck_assert_uint_eq(ledger.counted, 2);
    stop(&rig, scatter);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("scatter");
    TCase *tc;

    tc = tcase_create("bursts");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_model);
    tcase_add_test(tc, test_burst_lengths);
    tcase_add_test(tc, test_merge);
    tcase_add_test(tc, test_unmatched);
    tcase_add_test(tc, test_once);
    tcase_add_test(tc, test_forged_digest);
    suite_add_tcase(suite, tc);

    tc = tcase_create("full");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_loop_test(tc, test_run_ahead, 0, 6);
    tcase_add_test(tc, test_long_overrun);
    tcase_add_test(tc, test_screen_shut);
    tcase_add_test(tc, test_screen_without_buffer);
    tcase_add_test(tc, test_overrun_ends_within_epoch);
    tcase_add_test(tc, test_table_full);
    tcase_add_test(tc, test_cells_full);
    tcase_add_test(tc, test_plans_full);
    tcase_add_test(tc, test_places_full);
    tcase_add_test(tc, test_overflow);
    tcase_add_test(tc, test_unmatched_overflow);
    suite_add_tcase(suite, tc);
    return suite;
}
