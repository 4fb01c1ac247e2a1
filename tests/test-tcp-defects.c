/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/burst-run.h"
#include "tests/tcp-unit.h"
#include "util.h"

/* What the authors' program gets wrong of one TCP flow, and bursts. */

static struct tcp_rig rig;

static void
setup(void)
{
    rig_init(&rig);
}

/* ## What the authors' program gets wrong ## */

/* The highest number is compared unsigned, and is the highest for ever. */
START_TEST(test_defect_no_wrap)
{
    int64_t seq = WRAP - 1460;

    for (int i = 0; i < 10; i++, seq += 1460) {
        ck_assert(!rig_data(&rig, seq, 1460));
    }
    ck_assert_int_eq(rig_state(&rig).seq, seq);
}
END_TEST

/* Each segment that does not go beyond the highest number is a loss, each pure
 * ACK, too. */
START_TEST(test_defect_pure_ack_is_lost)
{
    rig_data(&rig, 1000, 100);
    for (int i = 0; i < 5; i++) {
        ck_assert(!rig_data(&rig, 1100, 0));
        ck_assert(!rig_data(&rig, 1000, 0));
    }
}
END_TEST

START_TEST(test_defect_keep_alive_is_lost)
{
    rig_data(&rig, 1000, 100);
    for (int i = 0; i < 5; i++) {
        ck_assert(!rig_data(&rig, 1099, 1));
    }
    ck_assert_int_eq(rig_state(&rig).seq, 1100);
}
END_TEST

/* SYN and FIN take no sequence space: data after a SYN is expected one number
 * too low, and a lost SYN or FIN is not seen. */
START_TEST(test_defect_syn_and_fin_unknown)
{
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 999, 0, 0);
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 999, 0, 0);
    ck_assert(rig.verdict.is_lost);
    ck_assert(!rig_data(&rig, 1000, 100));
    rig_send(&rig, TCP_FORWARD, TCP_FIN | TCP_ACK, 1100, 0, 6);
    rig_send(&rig, TCP_FORWARD, TCP_FIN | TCP_ACK, 1100, 0, 6);
    ck_assert(rig.verdict.is_lost);
}
END_TEST

/* A flow that was silent for an epoch is forgotten, so that what is sent again
 * after a timeout, of 200 ms at least and doubled each time, is new. */
START_TEST(test_defect_forgotten_before_timeout)
{
    rig_data(&rig, 1000, 100);
    for (int ms = 200; ms <= 1600; ms *= 2) {
        rig.ns += ms * MS;
        ck_assert(rig_data(&rig, 1000, 100));
    }
}
END_TEST

/* One bitmap for all flows: what one sent, the other one lost. */
START_TEST(test_defect_flows_share_numbers)
{
    struct tcp_rig other;

    rig_init(&other);
    rig_data(&rig, 1000, 100);
    ck_assert(!rig_data(&other, 1000, 100));
}
END_TEST

/* The payload of other protocols is read as a sequence number. */
START_TEST(test_defect_no_header)
{
    rig_data(&rig, 1000, 100);
    rig_add(&rig, TCP_FORWARD, NULL);
    ck_assert(!rig.verdict.is_lost);
    ck_assert_uint_eq(rig.verdict.rwnd, 0);
    rig_data(&rig, 1100, 100);
    ck_assert(!rig.verdict.is_lost);
}
END_TEST

/* Data of the other direction, which acknowledges the same number as before,
 * is a duplicate ACK. */
START_TEST(test_defect_data_is_duplicate_ack)
{
    rig_data(&rig, 1000, 100);
    rig_ack(&rig, 1000);
    for (int i = 0; i < 5; i++) {
        rig_send(&rig, TCP_REVERSE, TCP_ACK, 1 + 100 * i, 100, 1000);
    }
    ck_assert_uint_eq(rig_state(&rig).duplicates, 0);
}
END_TEST

/* An old ACK takes 'ack' back, so that less than nothing was acknowledged. */
START_TEST(test_defect_ack_falls)
{
    rig_data(&rig, 1000, 1000);
    rig_ack(&rig, 1500);
    rig_ack(&rig, 1200);
    ck_assert_int_eq(rig_state(&rig).ack, 1500);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 0);
    rig_ack(&rig, 1500);
    ck_assert_int_eq(rig_state(&rig).ack, 1500);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 1);
}
END_TEST

/* A duplicate ACK stands for 1460 bytes whatever the flow sends, and the same
 * number counts when nothing is outstanding. */
START_TEST(test_defect_duplicate_is_1460)
{
    rig_data(&rig, 1000, 100);
    rig_ack(&rig, 1100);
    rig_ack(&rig, 1100);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 0);
    rig_data(&rig, 1100, 536);
    rig_ack(&rig, 1100);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 1);
    ck_assert_uint_eq(rig_state(&rig).largest, 536);
}
END_TEST

/* All packets are of time 0, so that no packet or every packet is in a burst.
 */
START_TEST(test_defect_burst_has_no_time)
{
    struct burst_run run = { 0 };
    int n = 0;

    for (int i = 0; i < 12; i++) {
        n += burst_run_add(&run, i * 100 * US, 100, 4);
    }
    ck_assert_int_eq(n, 9);
    for (int i = 0; i < 12; i++) {
        ck_assert(!burst_run_add(&run, run.last_ns + 100 * US + 1, 100, 4));
    }
}
END_TEST

/* ## Bursts ## */

START_TEST(test_burst_run)
{
    struct burst_run run = { 0 };

    ck_assert(!burst_run_add(&run, 0, 100, 4));
    ck_assert(!burst_run_add(&run, 100 * US, 100, 4));
    ck_assert(!burst_run_add(&run, 50 * US, 100, 4));   /* Clamped. */
    ck_assert(burst_run_add(&run, 200 * US, 100, 4));
    ck_assert(!burst_run_add(&run, 300 * US + 1, 100, 4));
    ck_assert(!burst_run_add(&run, 300 * US + 1, 0, 3));
    ck_assert(burst_run_add(&run, 300 * US + 1, 0, 3));
    ck_assert(!burst_run_add(&run, 300 * US + 2, 0, 3));
    ck_assert(burst_run_add(&run, 999 * MS, 100, 1));
    ck_assert(burst_run_add(&run, 999 * MS + UINT32_MAX * US, UINT32_MAX, 2));
}
END_TEST

START_TEST(test_burst_run_is_endless)
{
    struct burst_run run = { .n = UINT32_MAX - 1 };

    for (int i = 0; i < 3; i++) {
        ck_assert(burst_run_add(&run, 0, 100, UINT32_MAX));
    }
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("tcp-defects");
    TCase *tcase = tcase_create("defects");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_defect_no_wrap);
    tcase_add_test(tcase, test_defect_pure_ack_is_lost);
    tcase_add_test(tcase, test_defect_keep_alive_is_lost);
    tcase_add_test(tcase, test_defect_syn_and_fin_unknown);
    tcase_add_test(tcase, test_defect_forgotten_before_timeout);
    tcase_add_test(tcase, test_defect_flows_share_numbers);
    tcase_add_test(tcase, test_defect_no_header);
    tcase_add_test(tcase, test_defect_data_is_duplicate_ack);
    tcase_add_test(tcase, test_defect_ack_falls);
    tcase_add_test(tcase, test_defect_duplicate_is_1460);
    tcase_add_test(tcase, test_defect_burst_has_no_time);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("burst-run");
    tcase_add_test(tcase, test_burst_run);
    tcase_add_test(tcase, test_burst_run_is_endless);
    suite_add_tcase(suite, tcase);
    return suite;
}
