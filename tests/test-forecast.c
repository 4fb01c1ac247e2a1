/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <math.h>

#include "monitor/burst-sampler.h"
#include "monitor/census.h"
#include "monitor/forecast.h"
#include "monitor/trigger-table.h"
#include "monitor/trigger.h"
#include "tests/cost-unit.h"
#include "tests/monitor-unit.h"

/* Forecasts, and the censuses that they are made of. */

START_TEST(test_distinct)
{
    /* All were seen several times: there are no others. */
    ck_assert_double_eq(census_total(&(struct census) { 10, 0, 3 }), 10);
    ck_assert_double_eq(census_total(&(struct census) { 0, 0, 0 }), 0);
    ck_assert(census_total(&(struct census) { 100, 90, 10 }) > 400);
    ck_assert(census_total(&(struct census) { 1, 1, 0 }) == 1);

    ck_assert_double_eq(census_active(0, 100), 0);
    ck_assert_double_eq(census_active(100, 0), 0);
    ck_assert_double_eq_tol(census_active(10, 1e6), 10, 1e-6);
    ck_assert_double_eq_tol(census_active(1e9, 100), 100, 1e-3);
    ck_assert(census_active(10, 0.25) <= 0.25);
}
END_TEST

/* Of 'n' flows, 'n_sampled' of whose packets are sampled at random, the
 * estimate is about right. */
START_TEST(test_distinct_random)
{
    static const uint32_t n_flows[] = { 1, 10, 300, 3000 };

    unit_seed();
    for (size_t i = 0; i < ARRAY_SIZE(n_flows); i++) {
        uint32_t n[3000] = { 0 };
        struct census census = { 0, 0, 0 };
        double estimate;

        for (int j = 0; j < N_SAMPLED_PACKETS; j++) {
            n[unit_random(n_flows[i])]++;
        }
        for (size_t j = 0; j < n_flows[i]; j++) {
            if (n[j]) {
                census_add(&census, n[j]);
            }
        }
        estimate = census_total(&census);
        ck_assert_msg(estimate > 0.7 * n_flows[i]
                      && estimate < 1.4 * n_flows[i],
                      "%"PRIu32" flows: %f", n_flows[i], estimate);
    }
}
END_TEST

#define PACKETS_HZ 1000000.0
#define MATCHES_HZ 1000.0

/* Stores packets of 'n' TCP flows from 10.0.0.'i', one in ten to port 80. */
static void
make_packets(struct sampled_packet *packets, size_t n_flows)
{
    memset(packets, 0, N_SAMPLED_PACKETS * sizeof *packets);
    for (size_t i = 0; i < N_SAMPLED_PACKETS; i++) {
        struct flow_fields *fields = &packets[i].fields;
        size_t flow = i % n_flows;

        fields->dl_type = 0x0800;
        fields->has = FLOW_HAS_IPV4;
        fields->nw_proto = IPPROTO_TCP;
        fields->src[12] = 10;
        fields->src[14] = flow >> 8;
        fields->src[15] = flow;
        fields->dst[12] = 10;
        fields->dst[13] = 1;
        fields->tp_src = 1000;
        fields->tp_dst = flow % 10 ? 443 : 80;
    }
}

/* Two threads, of which the second has no traffic. */
static struct forecast *
make_forecast(double packets_hz, size_t n_flows)
{
    static struct sampled_packet packets[N_SAMPLED_PACKETS];
    const struct forecast_thread_settings busy = {
        "busy", packets_hz, MATCHES_HZ, 1.0 / 32,
    };
    const struct forecast_thread_settings idle = { "idle", 0, 0, 0 };
    struct cost_model model = make_model();
    struct forecast *f = forecast_create(&model, EPOCH_US);

    make_packets(packets, n_flows);
    forecast_add_thread(f, &idle, packets, 0, NULL);
    forecast_add_thread(f, &busy, packets, N_SAMPLED_PACKETS, NULL);
    return f;
}

static struct trigger *
make_trigger(const char *text)
{
    struct event *event = unit_parse(text);
    struct trigger *trigger = trigger_create("t", event);

    event_unref(event);
    return trigger;
}

static struct forecast_cost
foresee(struct forecast *f, enum forecast_mode mode, const char *text)
{
    struct trigger *trigger = make_trigger(text);
    struct forecast_cost cost;

    forecast_add(f, trigger, mode, &cost);
    trigger_unref(trigger);
    return cost;
}

#define COST_OF(ID) cost_default_cycles(COST_##ID)

START_TEST(test_forecast)
{
    struct forecast *f = make_forecast(PACKETS_HZ, 100);
    double base = (COST_OF(PACKET) + COST_OF(BURST) / 32
                   + MATCHES_HZ / PACKETS_HZ * (COST_OF(MATCH)
                                                + COST_OF(PATTERN)));
    struct forecast_cost cost;

    /* The first trigger makes the thread look at all packets... */
    cost = foresee(f, FORECAST_TRY, "on udp when count() > 1");
    ck_assert_str_eq(cost.thread, "busy");
    ck_assert_double_eq_tol(cost.packet_cycles, base, 1e-6);
    ck_assert_double_eq_tol(cost.thread_percent,
                            100 * PACKETS_HZ * base / HZ, 1e-6);
    ck_assert_double_eq(cost.thread_others, 0);
    ck_assert_double_eq(cost.matched_hz, 0);
    ck_assert_double_eq(cost.flows, 0);
    cost = foresee(f, FORECAST_ADD, "on udp when count() > 1");
    ck_assert_double_eq_tol(cost.packet_cycles, base, 1e-6);

    /* ...the second one not, if it has the same pattern. */
    cost = foresee(f, FORECAST_TRY, "on tcp by 5tuple when count() > 1");
    ck_assert_double_eq(cost.packet_cycles, 0);
    ck_assert_double_eq_tol(cost.thread_others,
                            100 * PACKETS_HZ * base / HZ, 1e-6);
    ck_assert_double_eq_tol(cost.matched_hz, PACKETS_HZ, 1);
    ck_assert_double_eq_tol(cost.flows, 100, 1e-6);
    ck_assert_double_eq_tol(cost.keys, 100, 1e-6);
    ck_assert_double_eq_tol(cost.sweep_us, (100 * (COST_OF(PAIR)
                                                   + COST_OF(FLOW)
                                                   + COST_OF(TEST))
                                            / HZ * 1e6), 1e-3);

    /* A new pattern is paid for by new flows, a measure by packets that
     * match. */
    cost = foresee(f, FORECAST_TRY,
                   "on tcp,tp_dst=80 by nw_dst when count(is_syn) > 1");
    ck_assert_double_eq_tol(cost.matched_hz, PACKETS_HZ / 10,
                            PACKETS_HZ / 100);
    ck_assert_double_eq_tol(cost.packet_cycles,
                            (MATCHES_HZ * COST_OF(PATTERN) / PACKETS_HZ
                             + (cost.matched_hz / PACKETS_HZ
                                * COST_OF(MEASURE))), 1e-6);
    ck_assert_double_eq_tol(cost.keys, 1, 1e-6);
    ck_assert_double_eq_tol(cost.flows, 10, 1e-6);
    forecast_destroy(f);
}
END_TEST

/* Packets that no trigger can match are only screened. */
START_TEST(test_screened)
{
    double matches = MATCHES_HZ / PACKETS_HZ;
    struct forecast *f = make_forecast(PACKETS_HZ, 100);
    struct forecast_cost cost;

    cost = foresee(f, FORECAST_ADD, "on ip,nw_dst=192.168.0.0/16 "
                   "when count() > 1");
    ck_assert_double_eq_tol(cost.packet_cycles,
                            COST_OF(SCREEN) + matches * (COST_OF(MATCH)
                                                         + COST_OF(PATTERN)),
                            1e-6);
    cost = foresee(f, FORECAST_TRY, "on ip,nw_dst=192.168.1.0/24 "
                   "when count() > 1");
    ck_assert_double_eq_tol(cost.packet_cycles, matches * COST_OF(PATTERN),
                            1e-6);

    /* With one that they can match, they are looked at. */
    cost = foresee(f, FORECAST_ADD, "on ip,nw_dst=10.1.0.0/16 "
                   "when count() > 1");
    ck_assert_double_eq_tol(cost.packet_cycles, (COST_OF(PACKET)
                                                 - COST_OF(SCREEN)
                                                 + COST_OF(BURST) / 32), 1e-6);
    cost = foresee(f, FORECAST_TRY, "on ip,nw_src=10.0.0.0/16 "
                   "when count() > 1");
    ck_assert_double_eq_tol(cost.packet_cycles, matches * COST_OF(PATTERN),
                            1e-6);
    forecast_destroy(f);

    /* The same for the reverse direction, if it has to be recorded. */
    f = make_forecast(PACKETS_HZ, 100);
    cost = foresee(f, FORECAST_TRY, "on tcp,nw_src=10.1.0.0 by 5tuple "
                   "when count() > 1");
    ck_assert_double_lt(cost.packet_cycles, COST_OF(PACKET));
    cost = foresee(f, FORECAST_TRY, "on tcp,nw_src=10.1.0.0 by 5tuple "
                   "when sum(is_lost) > 1");
    ck_assert_double_gt(cost.packet_cycles, (COST_OF(PACKET)
                                             + COST_OF(RECORD)));
    forecast_destroy(f);
}
END_TEST

/* Where few packets are looked at, few share the cost of a burst. */
START_TEST(test_sparse)
{
    struct forecast *f = make_forecast(PACKETS_HZ, 100);
    double matches = MATCHES_HZ / PACKETS_HZ;
    double bursts = (1 - pow(0.99, 32)) / 32;
    struct forecast_cost cost;

    cost = foresee(f, FORECAST_TRY, "on ip,nw_src=10.0.0.7 when count() > 1");
    ck_assert_double_eq_tol(cost.matched_hz / PACKETS_HZ, 0.01, 0.001);
    ck_assert_double_eq_tol(cost.packet_cycles,
                            (0.99 * COST_OF(SCREEN) + 0.01 * COST_OF(PACKET)
                             + bursts * COST_OF(BURST)
                             + matches * (COST_OF(MATCH)
                                          + COST_OF(PATTERN))), 0.1);
    forecast_destroy(f);
}
END_TEST

/* What flows share is paid for once. */
START_TEST(test_shared)
{
    static const char first[] = "on tcp,tp_dst=80 when count(is_syn) > 1";
    struct forecast *f = make_forecast(PACKETS_HZ, 100);
    struct forecast_cost cost, alone;

    foresee(f, FORECAST_ADD, first);
    cost = foresee(f, FORECAST_TRY, first);
    ck_assert_double_eq(cost.packet_cycles, 0);
    cost = foresee(f, FORECAST_TRY, "on tcp,tp_dst=80 when sum(is_syn) > 1");
    ck_assert(cost.packet_cycles > 0);
    alone = foresee(f, FORECAST_ALONE, first);
    ck_assert(alone.packet_cycles > cost.packet_cycles);

    /* Of other flows, it is not shared. */
    cost = foresee(f, FORECAST_TRY,
                   "on tcp,tp_dst=443 when count(is_syn) > 1");
    ck_assert(cost.packet_cycles > 0);

    /* Recording a packet once is enough, too. */
    cost = foresee(f, FORECAST_ADD, "on tcp,tp_dst=80 by 5tuple "
                   "when sum(is_lost) > 1");
    ck_assert_double_eq_tol(cost.packet_cycles,
                            cost.matched_hz / PACKETS_HZ * COST_OF(RECORD),
                            1e-6);
    ck_assert(cost.memory_bytes > 10 * 500);
    cost = foresee(f, FORECAST_TRY, "on tcp,tp_dst=80 by 5tuple "
                   "when sum(rtt) > 1");
    ck_assert_double_eq(cost.packet_cycles, 0);

    /* The reverse direction is recorded, too: all of it is from port 1000. */
    cost = foresee(f, FORECAST_TRY, "on tcp,tp_dst=1000 by 5tuple "
                   "when sum(is_lost) > 1");
    ck_assert_double_eq(cost.matched_hz, 0);
    ck_assert(cost.packet_cycles > 0.8 * COST_OF(RECORD));
    forecast_destroy(f);
}
END_TEST

START_TEST(test_no_traffic)
{
    struct forecast *f = make_forecast(0, 100);
    struct forecast_cost cost;

    cost = foresee(f, FORECAST_ADD, "on tcp by 5tuple when sum(rtt) > 1");
    ck_assert_double_eq(cost.matched_hz, 0);
    ck_assert_double_eq(cost.packets_hz, 0);
    ck_assert_double_eq(cost.packet_cycles, 0);
    ck_assert_double_eq(cost.keys, 0);

    /* A trigger with one key is tested all the same. */
    cost = foresee(f, FORECAST_ADD, "on tcp every 20ms when count() == 0");
    ck_assert_double_eq_tol(cost.sweep_us, COST_OF(TEST) / 2 / HZ * 1e6,
                            1e-6);
    forecast_destroy(f);

    f = forecast_create(&(struct cost_model) { .hz = 0 }, EPOCH_US);
    cost = foresee(f, FORECAST_ADD, "on tcp by 5tuple when sum(rtt) > 1");
    ck_assert(!cost.thread);
    ck_assert_double_eq(cost.sweep_percent, 0);
    forecast_destroy(f);
}
END_TEST

/* More traffic and more flows never cost less. */
START_TEST(test_monotone)
{
    static const char *const texts[] = {
        "on tcp by 5tuple when count() > 1",
        "on tcp by nw_src/24 every 100ms when count(is_syn) > 1",
        "on ip by 5tuple when sum(is_lost) > 1",
        "on tcp,tp_dst=80 when max(ttl) > 1",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct forecast_cost last = { .packets_hz = 0 };

        for (double hz = 0; hz < 1e8; hz = hz ? hz * 10 : 1) {
            struct forecast *f = make_forecast(hz, 300);
            struct forecast_cost cost = foresee(f, FORECAST_TRY, texts[i]);

            ck_assert(cost.thread_percent >= last.thread_percent);
            ck_assert(cost.sweep_percent >= last.sweep_percent);
            ck_assert(cost.keys >= last.keys);
            ck_assert(cost.matched_hz <= hz * 1.000001);
            last = cost;
            last.thread = NULL;
            forecast_destroy(f);
        }
        last.sweep_percent = 0;
        for (size_t flows = 1; flows < N_SAMPLED_PACKETS; flows *= 4) {
            struct forecast *f = make_forecast(1e7, flows);
            struct forecast_cost cost = foresee(f, FORECAST_TRY, texts[i]);

            ck_assert(cost.sweep_percent >= last.sweep_percent);
            last = cost;
            last.thread = NULL;
            forecast_destroy(f);
        }
    }
}
END_TEST

/* A table at once is the same as its triggers one by one. */
START_TEST(test_table)
{
    static const char *const texts[] = {
        "on tcp,tp_dst=80 by 5tuple when count(is_syn) > 1",
        "on tcp by nw_src when count(is_syn) > sum(bytes)",
        "on udp when count() > 1",
        "on ip by 5tuple when sum(is_burst) > 1",
        "on tcp by 5tuple when sum(is_lost) > 1",
        "on tcp,nw_src=10.0.0.0/26 by nw_src when max(ttl) > 1",
    };
    struct trigger *triggers[ARRAY_SIZE(texts)];
    struct forecast *a = make_forecast(PACKETS_HZ, 200);
    struct forecast *b = make_forecast(PACKETS_HZ, 200);
    struct forecast_cost cost_a, cost_b;
    struct trigger_table *table;

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        triggers[i] = make_trigger(texts[i]);
        forecast_add(a, triggers[i], FORECAST_ADD, &cost_a);
    }
    table = trigger_table_create(triggers, ARRAY_SIZE(texts), NULL, 1);
    forecast_add_table(b, table);
    cost_a = foresee(a, FORECAST_TRY, "on sctp by 5tuple when max(ttl) > 1");
    cost_b = foresee(b, FORECAST_TRY, "on sctp by 5tuple when max(ttl) > 1");
    ck_assert(cost_a.thread_others > 0);
    ck_assert_double_eq_tol(cost_a.thread_others, cost_b.thread_others, 1e-9);
    ck_assert(cost_a.sweep_others > 0);
    ck_assert_double_eq_tol(cost_a.sweep_others, cost_b.sweep_others, 1e-9);

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        trigger_unref(triggers[i]);
    }
    trigger_table_unref(table);
    forecast_destroy(a);
    forecast_destroy(b);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("forecast");
    TCase *tcase = tcase_create("census");

    tcase_add_test(tcase, test_distinct);
    tcase_add_test(tcase, test_distinct_random);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("forecast");
    tcase_add_test(tcase, test_forecast);
    tcase_add_test(tcase, test_screened);
    tcase_add_test(tcase, test_sparse);
    tcase_add_test(tcase, test_shared);
    tcase_add_test(tcase, test_no_traffic);
    tcase_add_test(tcase, test_monotone);
    tcase_add_test(tcase, test_table);
    suite_add_tcase(suite, tcase);
    return suite;
}
