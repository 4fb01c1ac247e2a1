/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "event/port-name.h"
#include "monitor/cost.h"
#include "monitor/monitor-private.h"
#include "tests/cost-unit.h"
#include "tests/monitor-rig.h"

/* The cost model, and the samples of bursts that it is fitted to. */

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

    /* Of the first burst a few packets are remembered, and a match of the
     * first one is measured; of the next one not, since it comes too soon; it
     * takes several until one is measured. */
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
    ck_assert_uint_eq(sums.n_probes, 2);
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

/* The first burst of an epoch is not measured if later ones are screened. */
START_TEST(test_unscreened)
{
    struct scatter *scatter;
    struct burst_sums sums;
    struct rig rig;

    ck_assert_uint_eq(port_name_intern("p1"), 1);
    rig_init(&rig, 4096);
    rig_add(&rig, "t", "on udp,nw_dst=192.168.0.0/16 when count() > 0", at(0));
    scatter = monitor_add_thread(rig.monitor, "a");
    for (int i = 0; i < WARM_UP_BURSTS; i++) {
        give_flows(scatter, at(1) + i, 8, 1, 8);
    }
    give_flows(scatter, at(2), 8, 1, 8);
    burst_sampler_get_sums(&scatter->sampler, &sums);
    ck_assert_uint_eq(sums.bursts, 0);
    give_flows(scatter, at(2) + 1, 8, 1, 8);
    burst_sampler_get_sums(&scatter->sampler, &sums);
    ck_assert_uint_eq(sums.bursts, 1);

    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("cost");
    TCase *tcase = tcase_create("model");

    tcase_add_test(tcase, test_model);
    tcase_add_test(tcase, test_calibration);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("samples");
    tcase_set_timeout(tcase, UNIT_TIMEOUT_S);
    tcase_add_test(tcase, test_sampler);
    tcase_add_test(tcase, test_unscreened);
    suite_add_tcase(suite, tcase);
    return suite;
}
