/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "tests/tcp-unit.h"
#include "util.h"

/* The state of one TCP flow: its numbers, how it begins and how long it lives,
 * by connections that can be worked out by hand.  tests/tcp-oracle.py has the
 * random ones. */

static struct tcp_rig rig;

static void
setup(void)
{
    rig_init(&rig);
}

/* ## Sequence and acknowledgment numbers ## */

START_TEST(test_nothing_is_known)
{
    struct tcp_state state = rig_state(&rig);

    ck_assert(!state.seen);
    ck_assert(!state.has_seq);
    ck_assert(!state.has_ack);
    ck_assert_uint_eq(state.duplicates, 0);
    ck_assert_uint_eq(state.largest, 0);
}
END_TEST

START_TEST(test_wrap)
{
    ck_assert(!rig_data(&rig, WRAP - 100, 150));
    rig_ack(&rig, WRAP - 50);
    check_numbers(&rig, WRAP + 50, WRAP - 50);
    ck_assert(!rig_data(&rig, WRAP + 50, 10));
    rig_ack(&rig, WRAP + 60);
    check_numbers(&rig, WRAP + 60, WRAP + 60);
    ck_assert(rig_data(&rig, WRAP - 100, 150));
    check_numbers(&rig, WRAP + 60, WRAP + 60);
}
END_TEST

/* Ten wraps within half a millisecond. */
START_TEST(test_several_wraps)
{
    int64_t seq = 7;

    rig_data(&rig, seq, 2);
    rig_ack(&rig, seq + 2);
    for (int i = 0; i < 40; i++) {
        seq += WRAP / 4;
        rig.ns += 10 * US;
        ck_assert(!rig_data(&rig, seq, 2));
        ck_assert(rig_data(&rig, seq, 2));
        rig.ns += US;
        rig_ack(&rig, seq + 2);
        check_numbers(&rig, seq + 2, seq + 2);
    }
    ck_assert_int_eq(seq, 7 + 10 * WRAP);
}
END_TEST

/* Signed 32-bit difference: 2**31 is below. */
START_TEST(test_nearest)
{
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 0, 0, 1);
    ck_assert(!rig_state(&rig).has_seq);
    rig_data(&rig, WRAP - 1, 1);
    ck_assert_int_eq(rig_state(&rig).seq, WRAP);
    ck_assert(rig_data(&rig, WRAP + WRAP / 2, 1));
    ck_assert_int_eq(rig_state(&rig).seq, WRAP);
    ck_assert(!rig_data(&rig, WRAP + WRAP / 2 - 1, 1));
    ck_assert_int_eq(rig_state(&rig).seq, WRAP + WRAP / 2);
}
END_TEST

/* The acknowledgment, if it comes first, and seq is near to it. */
START_TEST(test_first_number_stands)
{
    rig_ack(&rig, WRAP - 5);
    rig_data(&rig, 10, 10);
    check_numbers(&rig, WRAP + 20, WRAP - 5);
}
END_TEST

START_TEST(test_ack_near_seq)
{
    rig_data(&rig, 5, 10);
    rig_ack(&rig, WRAP - 3);
    check_numbers(&rig, 15, -3);
    rig_ack(&rig, 15);
    check_numbers(&rig, 15, 15);
}
END_TEST

/* Numbers that forged segments have driven far up are forgotten before they
 * overflow. */
START_TEST(test_far_numbers)
{
    int64_t *numbers[] = { &rig.flow.seq, &rig.flow.ack };

    rig_data(&rig, 0, 1);
    rig_ack(&rig, 1);
    *numbers[_i] = INT64_C(1) << 62;
    rig_data(&rig, 0, 1);
    ck_assert(rig_state(&rig).has_ack);
    *numbers[_i] = (INT64_C(1) << 62) + 1;

    uint32_t life = rig_state(&rig).life;

    rig_data(&rig, 5, 1);
    ck_assert_int_eq(rig_state(&rig).seq, 6);
    ck_assert(!rig_state(&rig).has_ack);
    ck_assert_uint_ne(rig_state(&rig).life, life);
}
END_TEST

/* ## How it begins ## */

START_TEST(test_handshake)
{
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 999, 0, 0);
    ck_assert(!rig.verdict.is_lost);
    ck_assert_int_eq(rig_state(&rig).seq, 1000);
    rig.ns += MS;
    rig_send(&rig, TCP_REVERSE, TCP_SYN | TCP_ACK, 5, 0, 1000);
    ck_assert(rig.verdict.heard);
    ck_assert(rig.verdict.has_rtt);
    ck_assert_double_eq(rig.verdict.rtt_us, 1000);
    ck_assert(!rig_data(&rig, 1000, 0));
    ck_assert(!rig_data(&rig, 1000, 100));
    check_numbers(&rig, 1100, 1000);
    rig_send(&rig, TCP_FORWARD, TCP_ACK | TCP_FIN, 1100, 0, 6);
    ck_assert(!rig.verdict.is_lost);
    rig_ack(&rig, 1101);
    check_numbers(&rig, 1101, 1101);
    ck_assert_uint_eq(rig.oddities, 0);
}
END_TEST

START_TEST(test_simultaneous_open)
{
    uint32_t life;

    rig_send(&rig, TCP_FORWARD, TCP_SYN, 999, 0, 0);
    life = rig_state(&rig).life;
    rig_send(&rig, TCP_REVERSE, TCP_SYN, 5, 0, 0);
    ck_assert(!rig_state(&rig).has_ack);
    rig_send(&rig, TCP_REVERSE, TCP_SYN | TCP_ACK, 5, 0, 1000);
    rig_send(&rig, TCP_FORWARD, TCP_SYN | TCP_ACK, 999, 0, 6);
    ck_assert(rig.verdict.is_lost);     /* That SYN was sent before. */
    check_numbers(&rig, 1000, 1000);
    ck_assert_uint_eq(rig_state(&rig).life, life);
    ck_assert_uint_eq(rig.oddities, 0);
}
END_TEST

/* A connection of which only one direction comes here. */
START_TEST(test_half_open)
{
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 999, 0, 0);
    rig_data(&rig, 1000, 10);
    ck_assert(!rig_state(&rig).has_ack);
    ck_assert_int_eq(rig_state(&rig).seq, 1010);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 0);

    rig_init(&rig);
    rig_ack(&rig, 500);
    ck_assert(!rig.verdict.heard);
    rig_ack(&rig, 500);
    ck_assert(!rig_state(&rig).seen);
    ck_assert(!rig_state(&rig).has_seq);
    ck_assert_int_eq(rig_state(&rig).ack, 500);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 0);
}
END_TEST

START_TEST(test_mid_stream)
{
    /* From the forward side, with a retransmission first. */
    ck_assert(!rig_data(&rig, 5000, 100));
    ck_assert(!rig_data(&rig, 9000, 100));
    ck_assert(rig_data(&rig, 5100, 100));
    rig_ack(&rig, 5200);
    check_numbers(&rig, 9100, 5200);
    ck_assert_uint_eq(rig.oddities, 0);

    /* From the reverse side: more is acknowledged than was seen here. */
    rig_init(&rig);
    rig_ack(&rig, 9000);
    ck_assert(!rig_data(&rig, 5000, 100));
    ck_assert(rig_data(&rig, 5000, 100));
    check_numbers(&rig, 5100, 9000);
    ck_assert_uint_eq(rig.oddities, 0);
}
END_TEST

START_TEST(test_heard)
{
    rig_ack(&rig, 1);
    ck_assert(!rig.verdict.heard);
    rig_data(&rig, 1, 0);
    ck_assert(!rig.verdict.heard);
    rig_ack(&rig, 1);
    ck_assert(rig.verdict.heard);
    rig_add(&rig, TCP_REVERSE, NULL);
    ck_assert(!rig.verdict.heard);
    rig.ns += LIFE_NS + 1;
    rig_ack(&rig, 1);
    ck_assert(!rig.verdict.heard);
}
END_TEST

/* ## Life ## */

START_TEST(test_idle)
{
    uint32_t life;

    rig_data(&rig, 1000, 100);
    rig_ack(&rig, 1000);
    life = rig_state(&rig).life;
    rig.ns += LIFE_NS;
    ck_assert(rig_data(&rig, 1000, 100));
    ck_assert_uint_eq(rig_state(&rig).life, life);
    rig.ns += LIFE_NS + 1;
    ck_assert(!rig_data(&rig, 1000, 100));
    ck_assert(!rig_state(&rig).has_ack);
    ck_assert_uint_ne(rig_state(&rig).life, life);
}
END_TEST

START_TEST(test_life_is_settable)
{
    const struct tcp_segment segment = { .seq = 1, .payload = 2 };
    struct tcp_verdict verdict;
    struct tcp_flow flow;

    tcp_flow_init(&flow, false);
    tcp_flow_add(&flow, TCP_FORWARD, &segment, 1000, 10, &verdict);
    tcp_flow_add(&flow, TCP_FORWARD, &segment, 1010, 10, &verdict);
    ck_assert(verdict.is_lost);
    tcp_flow_add(&flow, TCP_FORWARD, &segment, 1021, 10, &verdict);
    ck_assert(!verdict.is_lost);
}
END_TEST

/* Packets of either direction keep it alive, those without a header too. */
START_TEST(test_kept_alive)
{
    const enum tcp_side side = _i;

    rig_data(&rig, 1000, 100);
    rig.ns += LIFE_NS;
    rig_add(&rig, side, NULL);
    ck_assert_uint_eq(rig_state(&rig).last_ns, rig.ns);
    rig.ns += LIFE_NS;
    ck_assert(rig_data(&rig, 1000, 100));
    rig.ns += LIFE_NS + 1;
    rig_add(&rig, side, NULL);
    ck_assert(!rig_state(&rig).seen);
    ck_assert(!rig_state(&rig).has_seq);
    ck_assert(!rig_data(&rig, 1000, 100));
}
END_TEST

START_TEST(test_time_never_goes_back)
{
    rig.ns = 5 * MS;
    rig_data(&rig, 1000, 100);
    rig.ns = 4 * MS;
    ck_assert_double_eq(rig_ack(&rig, 1100), 0);
    ck_assert_uint_eq(rig_state(&rig).last_ns, 5 * MS);
    rig_data(&rig, 1100, 100);
    rig.ns = 6 * MS;
    ck_assert_double_eq(rig_ack(&rig, 1200), 1000);
}
END_TEST

/* A new connection on the same ports, begun by either side. */
START_TEST(test_reused_ports)
{
    const enum tcp_side side = _i;
    uint32_t life;

    rig_open_scaled(&rig, 7, 7);
    rig_data(&rig, 1000, 100);
    rig_ack(&rig, 1000);
    rig_ack(&rig, 1000);
    life = rig_state(&rig).life;
    rig_send(&rig, side, TCP_SYN, side == TCP_FORWARD ? 999 : 5, 0, 0);
    ck_assert_uint_eq(rig_state(&rig).life, life);      /* Sent again. */
    ck_assert_uint_eq(rig_state(&rig).duplicates, 2);
    rig_send(&rig, side, TCP_SYN | TCP_ACK, 70000, 0, 1000);
    ck_assert_uint_eq(rig_state(&rig).life, life);      /* Not the first. */
    rig_send(&rig, side, TCP_SYN, 12, 0, 0);
    ck_assert_uint_ne(rig_state(&rig).life, life);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 0);
    ck_assert_uint_eq(rig_state(&rig).largest, 0);
    ck_assert(!rig_state(&rig).has_ack);
    if (side == TCP_FORWARD) {
        ck_assert_int_eq(rig_state(&rig).seq, 13);
    } else {
        ck_assert(!rig_state(&rig).has_seq);
        ck_assert(!rig_state(&rig).seen);
        ck_assert(!rig.verdict.heard);
    }
    ck_assert(!rig_data(&rig, 13, 10));
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);
}
END_TEST

/* Of a direction whose seq is unknown a SYN begins nothing. */
START_TEST(test_first_syn)
{
    uint32_t life;

    rig_ack(&rig, 500);
    life = rig_state(&rig).life;
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 499, 0, 0);
    ck_assert_uint_eq(rig_state(&rig).life, life);
    check_numbers(&rig, 500, 500);

    /* One without a SYN before it, but with a seq, does. */
    rig_init(&rig);
    rig_data(&rig, 499, 1);
    life = rig_state(&rig).life;
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 499, 0, 0);
    ck_assert_uint_ne(rig_state(&rig).life, life);
    ck_assert(!rig.verdict.is_lost);
}
END_TEST

/* ## A 5-tuple that is its own mirror ## */

START_TEST(test_own_reverse)
{
    tcp_flow_init(&rig.flow, true);
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 1000, 100, 900);
    ck_assert(rig.verdict.heard);
    ck_assert(!rig.verdict.has_rtt);
    check_numbers(&rig, 1100, 900);
    rig.ns += MS;
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 1100, 0, 1100);
    ck_assert(rig.verdict.has_rtt);
    ck_assert_double_eq(rig.verdict.rtt_us, 1000);
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 1100, 10, 1100);
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 1110, 0, 1100);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 1);

    /* A segment that acknowledges itself. */
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 1110, 0, 1110);
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 1110, 5, 1115);
    ck_assert(rig.verdict.has_rtt);
    ck_assert_double_eq(rig.verdict.rtt_us, 0);

    /* Its one SYN is the last one of both. */
    rig.scales[TCP_FORWARD] = 3;
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 50, 0, 0);
    ck_assert_int_eq(rig_state(&rig).seq, 51);
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 51, 0, 51);
    ck_assert_uint_eq(rig.verdict.rwnd, 8192 << 3);
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 60, 0, 0);
    ck_assert_int_eq(rig_state(&rig).seq, 61);
    ck_assert(!rig_state(&rig).has_ack);
}
END_TEST

/* What passed at another place acknowledges, but was not sent here before. */
START_TEST(test_own_reverse_elsewhere)
{
    tcp_flow_init(&rig.flow, true);
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 100, 10, 100);
    rig_send(&rig, TCP_REVERSE, TCP_ACK, 100, 10, 100);
    ck_assert(!rig.verdict.is_lost);
    rig_send(&rig, TCP_REVERSE, TCP_ACK, 110, 10, 110);
    ck_assert(rig.verdict.has_rtt);
    check_numbers(&rig, 110, 110);
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 110, 10, 110);
    ck_assert(!rig.verdict.is_lost);
    rig_send(&rig, TCP_FORWARD, TCP_ACK, 110, 10, 110);
    ck_assert(rig.verdict.is_lost);
    rig_send(&rig, TCP_REVERSE, TCP_SYN, 50, 0, 0);
    ck_assert(!rig_state(&rig).seen);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("tcp-flow");
    TCase *tcase = tcase_create("tcp-flow");

    tcase_set_timeout(tcase, UNIT_TIMEOUT_S);
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_nothing_is_known);
    tcase_add_test(tcase, test_wrap);
    tcase_add_test(tcase, test_several_wraps);
    tcase_add_test(tcase, test_nearest);
    tcase_add_test(tcase, test_first_number_stands);
    tcase_add_test(tcase, test_ack_near_seq);
    tcase_add_loop_test(tcase, test_far_numbers, 0, 2);
    tcase_add_test(tcase, test_handshake);
    tcase_add_test(tcase, test_simultaneous_open);
    tcase_add_test(tcase, test_half_open);
    tcase_add_test(tcase, test_mid_stream);
    tcase_add_test(tcase, test_heard);
    tcase_add_test(tcase, test_idle);
    tcase_add_test(tcase, test_life_is_settable);
    tcase_add_loop_test(tcase, test_kept_alive, 0, N_TCP_SIDES);
    tcase_add_test(tcase, test_time_never_goes_back);
    tcase_add_loop_test(tcase, test_reused_ports, 0, N_TCP_SIDES);
    tcase_add_test(tcase, test_first_syn);
    tcase_add_test(tcase, test_own_reverse);
    tcase_add_test(tcase, test_own_reverse_elsewhere);
    suite_add_tcase(suite, tcase);
    return suite;
}
