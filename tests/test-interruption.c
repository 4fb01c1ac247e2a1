/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "tests/monitor-rig.h"

/* What is reported about a time in which nobody ran, and after it.  In all of
 * these tests the process is stopped in epoch 5 and goes on in epoch 505. */
#define STOPPED 5
#define RESUMED 505

/* Gives 2 packets in each epoch from 'from' to before 'to', and sweeps. */
static void
run(struct rig *rig, struct scatter *scatter, uint64_t from, uint64_t to)
{
    for (uint64_t epoch = from; epoch < to; epoch++) {
        give_flows(scatter, at(epoch), 2, 1, 1);
        sweep(rig, epoch + 1);
    }
}

/* Runs, is stopped after a packet in epoch STOPPED, and gets 1000 packets that
 * had waited as soon as it goes on. */
static void
run_and_be_stopped(struct rig *rig, struct scatter *scatter)
{
    run(rig, scatter, 0, STOPPED);
    give_flows(scatter, at(STOPPED), 1, 1, 1);
    give_flows(scatter, at(RESUMED), 500, 1, 1);
    ck_assert(monitor_interrupt(rig->monitor, at(RESUMED)));
    sweep(rig, RESUMED);
    give_flows(scatter, at(RESUMED), 500, 1, 1);
    sweep(rig, RESUMED + 1);
}

/* Neither the silence nor what comes after it is believed, and the next epoch
 * is right again. */
START_TEST(test_no_false_report)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "all", "on udp when count() > 0", T0 - 1);
    rig_add(&rig, "heavy", "on udp by tp_src when count() > 100", T0 - 1);
    rig_add(&rig, "key", "on udp by tp_src when count() < 2", T0 - 1);
    rig_add(&rig, "silence", "on udp when count() == 0", T0 - 1);
    rig_add(&rig, "surge", "on udp when count() > 2 * count()[-1]", T0 - 1);
    rig_add(&rig, "window", "on udp over 3 when count() < 5", T0 - 1);
    run_and_be_stopped(&rig, scatter);
    rig_expect(&rig, "all 0 {} [2] 2; all 1 {} [2] 2; all 2 {} [2] 2; "
               "all 3 {} [2] 2; all 4 {} [2] 2; all 5 {} [1] 1 stalled; "
               "key 5 {\"tp_src\":1} [1] 1 stalled; ");
    run(&rig, scatter, RESUMED + 1, RESUMED + 5);
    rig_expect(&rig, "all 506 {} [2] 2; all 507 {} [2] 2; "
               "all 508 {} [2] 2; all 509 {} [2] 2; ");
    sweep(&rig, RESUMED + 6);
    rig_expect(&rig, "silence 510 {} [0] 0; window 508 {} [4] 4; ");

    /* All of it is accounted for. */
    ck_assert_uint_eq(rig_ledger(&rig).counted, 10 + 1 + 1000 + 8);
    rig_stop(&rig, scatter);
}
END_TEST

/* Intervals that end within the interruption. */
START_TEST(test_long_intervals)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "b", "on udp every 100ms when count() >= 0", T0 - 1);
    rig_add(&rig, "c", "on udp by tp_src every 500ms when count() >= 0",
            T0 - 1);
    run_and_be_stopped(&rig, scatter);
    rig_expect(&rig, "b 0 {} [11] 11 stalled; "
               "c 0 {\"tp_src\":1} [11] 11 stalled; ");
    run(&rig, scatter, RESUMED + 1, 600);
    rig_expect(&rig, "b 510 {} [20] 20; b 520 {} [20] 20; "
               "b 530 {} [20] 20; b 540 {} [20] 20; b 550 {} [20] 20; "
               "b 560 {} [20] 20; b 570 {} [20] 20; b 580 {} [20] 20; "
               "b 590 {} [20] 20; c 550 {\"tp_src\":1} [100] 100; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* One that goes on is marked, the next one is not. */
START_TEST(test_interval_goes_on)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "d", "on udp every 10s when count() > 0", T0 - 1);
    run_and_be_stopped(&rig, scatter);
    sweep(&rig, 1000);
    rig_expect(&rig, "d 0 {} [1011] 1011 stalled; ");
    give_flows(scatter, at(1500), 3, 1, 1);
    sweep(&rig, 2000);
    rig_expect(&rig, "d 1000 {} [3] 3; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* A run ends, once, and another one may begin. */
START_TEST(test_runs)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "one", "on udp when count() > 1 report rising", T0 - 1);
    rig_add(&rig, "key", "on udp by tp_src when count() > 1 report rising",
            T0 - 1);
    run(&rig, scatter, 0, STOPPED);
    rig_expect(&rig, "key 0 {\"tp_src\":1} [2] 2; one 0 {} [2] 2; ");
    give_flows(scatter, at(STOPPED), 2, 1, 1);
    ck_assert(monitor_interrupt(rig.monitor, at(RESUMED)));
    sweep(&rig, RESUMED);
    rig_expect(&rig, "key 6 {\"tp_src\":1} [0] 0 stalled; "
               "one 6 {} [0] 0 stalled; ");
    run(&rig, scatter, RESUMED, RESUMED + 3);
    rig_expect(&rig, "key 506 {\"tp_src\":1} [2] 2; one 506 {} [2] 2; ");
    sweep(&rig, RESUMED + 5);
    rig_expect(&rig, "key 508 {\"tp_src\":1} [0] 0; one 508 {} [0] 0; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* Triggers that are not observed yet begin when they would have. */
START_TEST(test_later_triggers)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "a", "on udp every 10s when count() > 0", T0 + 17);
    run_and_be_stopped(&rig, scatter);
    rig_add(&rig, "b", "on udp when count() > 0", at(RESUMED + 1));
    run(&rig, scatter, RESUMED + 1, RESUMED + 4);
    rig_expect(&rig, "b 507 {} [2] 2; b 508 {} [2] 2; ");
    give_flows(scatter, at(1500), 3, 1, 1);
    sweep(&rig, 2000);
    rig_expect(&rig, "b 1500 {} [3] 3; a 1000 {} [3] 3; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* Before the first sweep, and where no epoch ended, there is no gap. */
START_TEST(test_no_gap)
{
    struct scatter *scatter;
    struct rig rig;

    rig_init(&rig, 4096);
    ck_assert(!monitor_interrupt(rig.monitor, at(0)));
    scatter = monitor_add_thread(rig.monitor, "a");
    sweep(&rig, 0);
    rig_add(&rig, "a", "on udp when count() > 0", T0 - 1);
    give_flows(scatter, at(0), 1, 1, 1);
    sweep(&rig, 1);
    give_flows(scatter, at(1), 1, 1, 1);
    ck_assert(!monitor_interrupt(rig.monitor, at(1)));
    sweep(&rig, 2);
    give_flows(scatter, at(2), 1, 1, 1);
    sweep(&rig, 3);
    rig_expect(&rig, "a 0 {} [1] 1; a 1 {} [1] 1; a 2 {} [1] 1; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* Only the sweeper does not run: packets are counted as long as there is room,
 * the intervals of those that are lost say so, and no other.  The same if it
 * was taken for more than that. */
START_TEST(test_sweeper_suspended)
{
    struct scatter *scatter;
    struct ledger ledger;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "all", "on udp when count() > 0", T0 - 1);
    rig_add(&rig, "few", "on udp by tp_src when count() < 2", T0 - 1);
    rig_add(&rig, "silence", "on udp when count() == 0", T0 - 1);
    run(&rig, scatter, 0, 2);
    for (uint64_t epoch = 2; epoch < 10; epoch++) {
        give_flows(scatter, at(epoch), 2, 1, 1);
    }
    if (_i) {                   /* Whoever called it was wrong. */
        ck_assert(!monitor_interrupt(rig.monitor, at(10)));
    }
    sweep(&rig, 10);
    run(&rig, scatter, 10, 12);
    rig_expect(&rig, "all 0 {} [2] 2; all 1 {} [2] 2; all 2 {} [2] 2; "
               "all 3 {} [2] 2; all 4 {} [2] 2; all 5 {} [2] 2; "
               "silence 6 {} [0] 0 sweep_overrun; "
               "silence 7 {} [0] 0 sweep_overrun; "
               "silence 8 {} [0] 0 sweep_overrun; "
               "silence 9 {} [0] 0 sweep_overrun; "
               "all 10 {} [2] 2; all 11 {} [2] 2; ");
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.counted, 16);
    ck_assert_uint_eq(ledger.not_observed[CAUSE_SWEEP_OVERRUN], 8);
    rig_stop(&rig, scatter);
}
END_TEST

/* The same for so long that of what came last, nothing could be counted. */
START_TEST(test_sweeper_suspended_long)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    run(&rig, scatter, 0, 2);
    for (uint64_t epoch = 2; epoch < 200; epoch++) {
        give_flows(scatter, at(epoch), 2, 1, 1);
    }
    ck_assert(!monitor_interrupt(rig.monitor, at(200)));
    rig_stop(&rig, scatter);
}
END_TEST

/* The sweeper is late already when the process is stopped, and again when
 * packet threads go on before it. */
START_TEST(test_late_sweeper)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "all", "on udp when count() > 0", T0 - 1);
    rig_add(&rig, "silence", "on udp when count() == 0", T0 - 1);
    run(&rig, scatter, 0, 2);
    for (uint64_t epoch = 2; epoch < 5; epoch++) {
        give_flows(scatter, at(epoch), 2, 1, 1);
    }
    give_flows(scatter, at(RESUMED - 1), 100, 1, 1);
    ck_assert(monitor_interrupt(rig.monitor, at(RESUMED)));
    run(&rig, scatter, RESUMED, RESUMED + 3);
    rig_expect(&rig, "all 0 {} [2] 2; all 1 {} [2] 2; "
               "all 2 {} [2] 2 stalled; all 506 {} [2] 2; "
               "all 507 {} [2] 2; ");
    rig_stop(&rig, scatter);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("interruption");
    TCase *tc = tcase_create("interruption");

    tcase_add_test(tc, test_no_false_report);
    tcase_add_test(tc, test_long_intervals);
    tcase_add_test(tc, test_interval_goes_on);
    tcase_add_test(tc, test_runs);
    tcase_add_test(tc, test_later_triggers);
    tcase_add_test(tc, test_no_gap);
    tcase_add_loop_test(tc, test_sweeper_suspended, 0, 2);
    tcase_add_test(tc, test_sweeper_suspended_long);
    tcase_add_test(tc, test_late_sweeper);
    suite_add_tcase(suite, tc);
    return suite;
}
