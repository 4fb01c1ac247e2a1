/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "event/port-name.h"
#include "monitor/census.h"
#include "monitor/cost.h"
#include "monitor/forecast.h"
#include "monitor/monitor-private.h"
#include "tests/monitor-rig.h"

/* The cost model, forecasts, samples of bursts, and the budget. */

#define HZ 1e9

static struct cost_model
make_model(void)
{
    struct cost_model model;

    cost_model_init(&model);
    model.hz = HZ;
    return model;
}

/* The model. */

START_TEST(test_model)
{
    struct cost_work work = { .n = { [COST_BURST] = 1, [COST_PACKET] = 32 } };
    struct cost_work more = work;
    struct cost_model model;
    double cycles;

    cost_model_init(&model);
    cycles = cost_model_packet_thread(&model, &work);
    ck_assert_double_eq(cycles, (cost_default_cycles(COST_BURST)
                                 + 32 * cost_default_cycles(COST_PACKET)));
    ck_assert_double_eq(cost_model_cycles(&model, COST_PART_SWEEPS, &work),
                        0);

    /* Nothing is said in percent before the frequency is known. */
    ck_assert_double_eq(cost_model_percent(&model, cycles), 0);
    model.hz = HZ;
    ck_assert_double_eq(cost_model_percent(&model, HZ), 100);
    ck_assert_double_eq(cost_model_percent(&model, HZ / 1000), 0.1);

    /* More work of any kind costs more, and only of its part. */
    for (int i = 0; i < N_COSTS; i++) {
        enum cost_part own = cost_part(i);

        for (enum cost_part part = 0; part < N_COST_PARTS; part++) {
            double before = cost_model_cycles(&model, part, &more);

            more.n[i]++;
            double after = cost_model_cycles(&model, part, &more);
            ck_assert_double_eq(after - before,
                                part == own ? cost_default_cycles(i) : 0);
            more.n[i]--;
        }
        ck_assert(cost_default_cycles(i) > 0);
    }
    more.n[COST_PACKET] = 0;
    cost_work_add(&more, &work, 2);
    ck_assert_double_eq(more.n[COST_PACKET], 64);
    ck_assert_double_eq(more.n[COST_BURST], 3);
}
END_TEST

START_TEST(test_calibration)
{
    struct cost_work work = { .n = { [COST_PAIR] = 10, [COST_PACKET] = 5 } };
    double unit = cost_default_cycles(COST_PAIR);
    struct cost_model model = make_model();

    /* Few observations are not believed. */
    cost_model_observe(&model, COST_PART_SWEEPS, &work, 30 * unit,
                       COST_MIN_OBSERVATIONS - 1);
    ck_assert(!cost_model_is_measured(&model, COST_PART_SWEEPS));
    ck_assert_double_eq(cost_model_unit(&model, COST_PAIR), unit);

    cost_model_observe(&model, COST_PART_SWEEPS, &work, 30 * unit, 1);
    ck_assert(cost_model_is_measured(&model, COST_PART_SWEEPS));
    ck_assert_double_eq(cost_model_unit(&model, COST_PAIR), 3 * unit);
    ck_assert_double_eq(cost_model_unit(&model, COST_TEST),
                        3 * cost_default_cycles(COST_TEST));
    ck_assert_double_eq(cost_model_cycles(&model, COST_PART_SWEEPS, &work),
                        30 * unit);

    /* Other parts are not concerned. */
    ck_assert(!cost_model_is_measured(&model, COST_PART_PACKETS));
    ck_assert_double_eq(cost_model_unit(&model, COST_PACKET),
                        cost_default_cycles(COST_PACKET));

    /* What is long ago counts less and less. */
    for (int i = 0; i < 100; i++) {
        cost_model_observe(&model, COST_PART_SWEEPS, &work, 10 * unit, 100);
    }
    ck_assert_double_eq_tol(cost_model_unit(&model, COST_PAIR), unit,
                            0.01 * unit);

    /* Work that took no time at all says nothing. */
    model = make_model();
    cost_model_observe(&model, COST_PART_MATCHES, &work, 0, 1000);
    ck_assert(!cost_model_is_measured(&model, COST_PART_MATCHES));
}
END_TEST

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

/* Forecasts. */

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

/* Packets that no trigger can match are screened, and cost nothing. */
START_TEST(test_screened)
{
    struct forecast *f = make_forecast(PACKETS_HZ, 100);
    struct forecast_cost cost;

    cost = foresee(f, FORECAST_ADD, "on ip,nw_dst=192.168.0.0/16 "
                   "when count() > 1");
    ck_assert_double_lt(cost.packet_cycles, 2);
    cost = foresee(f, FORECAST_TRY, "on ip,nw_dst=192.168.1.0/24 "
                   "when count() > 1");
    ck_assert_double_lt(cost.packet_cycles, 2);
    cost = foresee(f, FORECAST_ADD, "on ip,nw_dst=10.1.0.0/16 "
                   "when count() > 1");
    ck_assert_double_gt(cost.packet_cycles, COST_OF(PACKET) - 1);
    cost = foresee(f, FORECAST_TRY, "on ip,nw_src=10.0.0.0/16 "
                   "when count() > 1");
    ck_assert_double_lt(cost.packet_cycles, 2);
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

/* Samples. */

START_TEST(test_sampler)
{
    static struct sampled_packet packets[N_SAMPLED_PACKETS];
    const struct burst_sampler *sampler;
    struct scatter *scatter;
    struct burst_sums sums;
    struct rig rig;
    size_t n;

    ck_assert_uint_eq(port_name_intern("p1"), 1);
    rig_init(&rig, 4096);
    rig_add(&rig, "t", "on udp when count() > 0", at(0));
    scatter = monitor_add_thread(rig.monitor, "a");
    sampler = &scatter->sampler;

    /* Of the first burst a few packets are remembered, of the next one not,
     * since it comes too soon; it takes several until one is measured. */
    give_flows(scatter, at(1), 8, 1, 8);
    give_flows(scatter, at(1) + SAMPLE_INTERVAL_US - 1, 8, 1, 8);
    n = burst_sampler_get_packets(sampler, 0, packets, N_SAMPLED_PACKETS);
    ck_assert_uint_eq(n, SAMPLED_PER_BURST);
    give_flows(scatter, at(1) + SAMPLE_INTERVAL_US, 8, 1, 8);
    n = burst_sampler_get_packets(sampler, 0, packets, N_SAMPLED_PACKETS);
    ck_assert_uint_eq(n, 2 * SAMPLED_PER_BURST);
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(packets[i].us,
                          at(1) + (i < 4 ? 0 : SAMPLE_INTERVAL_US));
        ck_assert_uint_eq(packets[i].fields.in_port, 1);
        ck_assert_uint_eq(packets[i].fields.nw_proto, IPPROTO_UDP);
        ck_assert_uint_eq(packets[i].fields.tp_dst, 80);
        ck_assert_uint_eq(packets[i].fields.tp_src, 1 + i / 4 + i % 4 * 2);
    }
    n = burst_sampler_get_packets(sampler, at(1) + 1, packets,
                                  N_SAMPLED_PACKETS);
    ck_assert_uint_eq(n, SAMPLED_PER_BURST);

    for (int i = 0; i < WARM_UP_BURSTS - 3; i++) {
        give_flows(scatter, at(1) + SAMPLE_INTERVAL_US, 8, 1, 8);
    }
    burst_sampler_get_sums(sampler, &sums);
    ck_assert_uint_eq(sums.bursts, 0);
    give_flows(scatter, at(1) + SAMPLE_INTERVAL_US, 8, 9, 8);
    burst_sampler_get_sums(sampler, &sums);
    ck_assert_uint_eq(sums.bursts, 1);
    ck_assert_uint_eq(sums.packets, 8);
    ck_assert_uint_eq(sums.n_bursts, 1);
    ck_assert_uint_eq(sums.n_matches, 8);
    ck_assert_uint_eq(sums.n_patterns, 8);
    ck_assert_uint_eq(sums.n_probes, 1);
    ck_assert(sums.cycles > 0 && sums.cycles == sums.burst_cycles);
    give_flows(scatter, at(1) + SAMPLE_INTERVAL_US + 1, 8, 1, 8);
    burst_sampler_get_sums(sampler, &sums);
    ck_assert_uint_eq(sums.packets, 8);

    /* The latest ones are kept. */
    for (uint64_t i = 0; i < N_SAMPLED_PACKETS; i++) {
        give_flows(scatter, at(2 + i), 2, 1, 2);
        sweep(&rig, 2 + i);
    }
    n = burst_sampler_get_packets(sampler, 0, packets, N_SAMPLED_PACKETS);
    ck_assert_uint_eq(n, N_SAMPLED_PACKETS);
    ck_assert_uint_eq(packets[n - 1].us, at(1 + N_SAMPLED_PACKETS));
    ck_assert_uint_eq(packets[0].us, at(2 + N_SAMPLED_PACKETS / 2));

    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

/* The budget. */

#define EPOCHS_PER_S (1000000 / EPOCH_US)

/* Gives packets of 64 flows in each epoch of a second from 'epoch' on, and
 * sweeps. */
static void
pass_second(struct rig *rig, struct scatter *scatter, uint64_t epoch)
{
    for (int i = 0; i <= EPOCHS_PER_S; i++, epoch++) {
        give_flows(scatter, at(epoch), 64, 1, 64);
        sweep(rig, epoch + 1);
    }
}

static void
expect_refusal(char *error, const char *part)
{
    ck_assert(error);
    ck_assert_msg(strstr(error, part), "%s", error);
    free(error);
}

static void
expect_ok(char *error)
{
    ck_assert_msg(!error, "%s", error);
}

static enum stage_error
stage(struct rig *rig, const char *name, const char *spec)
{
    struct trigger_spec ts = { .name = name, .spec = spec, .owner = "x" };
    enum stage_error code;
    char *error = monitor_stage(rig->monitor, STAGE_PUT, &ts, &code);

    ck_assert_int_eq(!error, code == STAGE_OK);
    free(error);
    return code;
}

static size_t
count_triggers(struct rig *rig)
{
    struct trigger_status *status;
    size_t n = monitor_list_triggers(rig->monitor, &status);

    trigger_status_destroy(status, n);
    return n;
}

#define CHEAP "on udp when count() > 1000"
#define DEAR "on udp when max(ttl) > 1000"
#define DEARER "on udp when max(ttl) + sum(dscp) + sum(ecn) > 1000"

START_TEST(test_budget)
{
    const struct trigger_spec specs[] = {
        { .name = "a", .spec = CHEAP },
        { .name = "r", .spec = DEAR },
    };
    struct cost_status status;
    struct scatter *scatter;
    struct rig rig;

    ck_assert_uint_eq(port_name_intern("p1"), 1);
    rig_init(&rig, 4096);
    scatter = monitor_add_thread(rig.monitor, "a");
    sweep(&rig, 0);

    /* Nothing is refused before anything is known... */
    monitor_set_budget(rig.monitor, 1e-9);
    rig_add(&rig, "a", DEAR, at(0));
    pass_second(&rig, scatter, 1);
    monitor_get_cost_status(rig.monitor, &status);
    ck_assert(status.known);
    ck_assert_uint_eq(status.n_threads, 1);
    ck_assert_double_eq_tol(status.threads[0].packets_hz, 6400, 100);
    ck_assert(status.threads[0].cycles > 0);
    ck_assert(status.threads[0].percent > 1e-9);
    ck_assert(status.sweep_percent > 0);
    cost_status_uninit(&status);

    /* ...and then on every way; but what is there stays. */
    expect_refusal(monitor_add_trigger(rig.monitor, "b", DEARER, at(200)),
                   "trigger 'b' is too dear: it would take ");
    expect_refusal(monitor_mod_trigger(rig.monitor, "a", DEARER, at(200)),
                   "of packet thread a, beside ");
    expect_refusal(monitor_replace_triggers(rig.monitor, specs, 2, at(200)),
                   "'r' is too dear");
    ck_assert_int_eq(stage(&rig, "s", DEARER), STAGE_BUDGET);
    ck_assert_uint_eq(count_triggers(&rig), 1);

    /* What costs nothing more is not refused, nor what costs less. */
    rig_add(&rig, "c", DEAR, at(200));
    ck_assert_int_eq(stage(&rig, "s", CHEAP), STAGE_OK);
    ck_assert_int_eq(stage(&rig, "s", CHEAP), STAGE_OK);
    expect_ok(monitor_mod_trigger(rig.monitor, "a", CHEAP, at(200)));
    expect_ok(monitor_replace_triggers(rig.monitor, specs, 1, at(200)));
    ck_assert_uint_eq(count_triggers(&rig), 2);

    /* There is room with a larger budget, and without one. */
    expect_refusal(monitor_add_trigger(rig.monitor, "b", DEARER, at(200)),
                   "'b' is too dear");
    monitor_set_budget(rig.monitor, 100);
    rig_add(&rig, "b", DEARER, at(200));
    monitor_set_budget(rig.monitor, 1e-9);
    expect_refusal(monitor_add_trigger(rig.monitor, "d",
                                       "on ip when max(ttl) < 0", at(200)),
                   "'d' is too dear");
    monitor_set_budget(rig.monitor, 0);
    rig_add(&rig, "d", "on ip when max(ttl) < 0", at(200));

    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

/* Triggers that were just added count, although nothing is measured yet. */
START_TEST(test_budget_adds_up)
{
    struct cost_status status;
    struct scatter *scatter;
    int n_refused = 0;
    struct rig rig;

    ck_assert_uint_eq(port_name_intern("p1"), 1);
    rig_init(&rig, 4096);
    scatter = monitor_add_thread(rig.monitor, "a");
    sweep(&rig, 0);
    rig_add(&rig, "a", CHEAP, at(0));
    pass_second(&rig, scatter, 1);
    monitor_get_cost_status(rig.monitor, &status);

    /* Each of these costs some part of a packet's cost. */
    monitor_set_budget(rig.monitor, 3 * status.threads[0].percent);
    cost_status_uninit(&status);
    for (int i = 0; i < 64; i++) {
        char *name = xasprintf("t%d", i);
        char *spec = xasprintf("on udp when sum(ttl + %d) > 1", i);

        n_refused += stage(&rig, name, spec) == STAGE_BUDGET;
        free(name);
        free(spec);
    }
    ck_assert_int_gt(n_refused, 0);
    ck_assert_int_lt(n_refused, 64);

    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

/* The sweeper has a limit of its own. */
START_TEST(test_budget_of_sweeper)
{
    struct scatter *scatter;
    struct rig rig;
    char *error;

    ck_assert_uint_eq(port_name_intern("p1"), 1);
    rig_init(&rig, 4096);
    scatter = monitor_add_thread(rig.monitor, "a");
    sweep(&rig, 0);
    rig_add(&rig, "a", CHEAP, at(0));
    pass_second(&rig, scatter, 1);

    /* So slow that a sweep does not end in time. */
    rig.monitor->meter.model.hz = 1e4;
    monitor_set_budget(rig.monitor, 100);
    rig.monitor->meter.n_windows++;
    error = monitor_add_trigger(rig.monitor, "b", "on udp by 5tuple "
                                "when count() > 1", at(200));
    expect_refusal(error, "% of the sweeper, beside ");

    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("cost");
    TCase *model = tcase_create("model");
    TCase *forecast = tcase_create("forecast");
    TCase *budget = tcase_create("budget");

    tcase_add_test(model, test_model);
    tcase_add_test(model, test_calibration);
    tcase_add_test(model, test_distinct);
    tcase_add_test(model, test_distinct_random);
    suite_add_tcase(suite, model);
    tcase_add_test(forecast, test_forecast);
    tcase_add_test(forecast, test_screened);
    tcase_add_test(forecast, test_shared);
    tcase_add_test(forecast, test_no_traffic);
    tcase_add_test(forecast, test_monotone);
    tcase_add_test(forecast, test_table);
    suite_add_tcase(suite, forecast);
    tcase_set_timeout(budget, UNIT_TIMEOUT_S);
    tcase_add_test(budget, test_sampler);
    tcase_add_test(budget, test_budget);
    tcase_add_test(budget, test_budget_adds_up);
    tcase_add_test(budget, test_budget_of_sweeper);
    suite_add_tcase(suite, budget);
    return suite;
}
