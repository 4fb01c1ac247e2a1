/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/burst-run.h"
#include "tests/tcp-unit.h"
#include "util.h"

/* The state of one TCP flow, by connections that can be worked out by hand.
 * tests/tcp-oracle.py has the random ones. */

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

/* ## Loss ## */

START_TEST(test_retransmissions)
{
    rig_data(&rig, 1000, 100);
    rig_data(&rig, 1100, 100);
    ck_assert(rig_data(&rig, 1000, 100));
    ck_assert(rig_data(&rig, 1150, 10));
    ck_assert(rig_data(&rig, 1100, 200));       /* And new data. */
    ck_assert_int_eq(rig_state(&rig).seq, 1300);
    ck_assert(!rig_data(&rig, 1300, 1));
}
END_TEST

/* Selective acknowledgments: the holes are filled, from below or not. */
START_TEST(test_sack_retransmissions)
{
    for (int i = 0; i < 10; i++) {
        ck_assert(!rig_data(&rig, 1000 + 100 * i, 100));
    }
    for (int i = 0; i < 7; i++) {
        rig_ack(&rig, 1000);
    }
    ck_assert_uint_eq(rig_state(&rig).duplicates, 6);
    ck_assert(rig_data(&rig, 1000, 100));
    ck_assert(rig_data(&rig, 1500, 100));
    ck_assert(rig_data(&rig, 1300, 100));
    rig_ack(&rig, 2000);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 6);
    check_numbers(&rig, 2000, 2000);
}
END_TEST

/* By the definition a late segment is a lost one, since it begins below. */
START_TEST(test_reordering)
{
    ck_assert(!rig_data(&rig, 1000, 100));
    ck_assert(!rig_data(&rig, 1200, 100));
    ck_assert(rig_data(&rig, 1100, 100));
    ck_assert_int_eq(rig_state(&rig).seq, 1300);
    ck_assert_uint_eq(rig.oddities, 0);
}
END_TEST

START_TEST(test_keep_alives)
{
    const struct {
        int64_t seq;
        uint32_t payload;
        uint8_t flags;
        bool is_lost;
    } segments[] = {
        { 1099, 1, TCP_ACK, false },
        { 1099, 0, TCP_ACK, false },
        { 1099, 1, TCP_ACK | TCP_RST, false },
        { 1099, 2, TCP_ACK, true },
        { 1098, 1, TCP_ACK, true },
        { 1099, 1, TCP_ACK | TCP_FIN, true },
        { 1099, 0, TCP_ACK | TCP_FIN, true },
        { 1099, 0, TCP_ACK | TCP_SYN, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(segments); i++) {
        rig_init(&rig);
        rig_data(&rig, 1000, 100);
        rig_send(&rig, TCP_FORWARD, segments[i].flags, segments[i].seq,
                 segments[i].payload, 1);
        ck_assert_msg(rig.verdict.is_lost == segments[i].is_lost, "%zu", i);
    }
}
END_TEST

START_TEST(test_lost_fin)
{
    rig_data(&rig, 1000, 100);
    rig_send(&rig, TCP_FORWARD, TCP_ACK | TCP_FIN, 1100, 0, 1);
    ck_assert(!rig.verdict.is_lost);
    rig_send(&rig, TCP_FORWARD, TCP_ACK | TCP_FIN, 1100, 0, 1);
    ck_assert(rig.verdict.is_lost);
    rig_send(&rig, TCP_FORWARD, TCP_ACK | TCP_FIN, 1000, 100, 1);
    ck_assert(rig.verdict.is_lost);
    ck_assert_int_eq(rig_state(&rig).seq, 1101);
}
END_TEST

/* ## Duplicate ACKs ## */

START_TEST(test_duplicates)
{
    rig_data(&rig, 1000, 100);
    rig_data(&rig, 1100, 500);
    rig_ack(&rig, 1100);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 0);
    rig_ack(&rig, 1100);
    rig_ack(&rig, 1100);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 2);
    ck_assert_uint_eq(rig_state(&rig).largest, 500);
    rig_ack(&rig, 1000);                /* Another number. */
    rig_ack(&rig, 1600);
    rig_ack(&rig, 1600);                /* Nothing is outstanding. */
    ck_assert_uint_eq(rig_state(&rig).duplicates, 2);
}
END_TEST

START_TEST(test_no_duplicates)
{
    const uint8_t flags[] = { TCP_ACK | TCP_SYN, TCP_ACK | TCP_FIN,
                              TCP_ACK | TCP_RST, 0 };

    rig_data(&rig, 1000, 100);
    rig_ack(&rig, 1000);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        rig_send(&rig, TCP_REVERSE, flags[i], 1, 0, 1000);
    }
    rig_send(&rig, TCP_REVERSE, TCP_ACK, 1, 1, 1000);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 0);

    /* The window of the segment before it, whatever that is. */
    rig.windows[TCP_REVERSE] = 100;
    rig_ack(&rig, 1000);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 0);
    rig_send(&rig, TCP_REVERSE, 0, 1, 0, 0);
    rig_ack(&rig, 1000);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 1);
}
END_TEST

/* A probe is answered with the same number and the same window of 0: that is a
 * duplicate ACK by the definition.  The update of the window is none. */
START_TEST(test_zero_window)
{
    rig_data(&rig, 1000, 100);
    rig_ack(&rig, 1100);
    rig.windows[TCP_REVERSE] = 0;
    rig_ack(&rig, 1100);
    ck_assert(!rig_data(&rig, 1100, 1));
    rig_ack(&rig, 1100);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 1);
    rig.windows[TCP_REVERSE] = 8192;
    rig_ack(&rig, 1100);
    ck_assert_uint_eq(rig_state(&rig).duplicates, 1);
    rig_ack(&rig, 1101);
    check_numbers(&rig, 1101, 1101);
    ck_assert_uint_eq(rig.oddities, 0);
}
END_TEST

/* ## Round trips ## */

START_TEST(test_rtt)
{
    rig_data(&rig, 1000, 100);
    rig.ns += 300;
    rig_data(&rig, 1100, 100);          /* Only one is timed. */
    rig.ns += 300;
    ck_assert_double_eq(rig_ack(&rig, 1099), -1);
    rig.ns += 11;
    ck_assert_double_eq(rig_ack(&rig, 1150), 0.611);
    ck_assert_double_eq(rig_ack(&rig, 1200), -1);
    rig_data(&rig, 1200, 1);
    ck_assert_double_eq(rig_ack(&rig, 1201), 0);
    rig_data(&rig, 1300, 1);
    rig.ns += 1000;
    rig_send(&rig, TCP_REVERSE, 0, 1, 0, 1301); /* Without ACK. */
    ck_assert(!rig.verdict.has_rtt);
    rig_send(&rig, TCP_REVERSE, TCP_ACK | TCP_RST, 1, 0, 1301);
    ck_assert(rig.verdict.has_rtt);
    ck_assert_double_eq(rig.verdict.rtt_us, 1);
}
END_TEST

START_TEST(test_karn)
{
    const struct {
        int64_t seq;
        uint32_t payload;
        bool is_cancelled;
    } again[] = {
        { 1099, 1, false },     /* Below it. */
        { 1099, 2, true },
        { 1150, 10, true },
        { 1199, 1, true },
        { 1199, 2, true },
        { 1200, 50, false },    /* Above it. */
        { 1000, 100, false },
        { 1000, 250, true },
        { 1249, 1, false },     /* A keep-alive, not of it. */
        { 1250, 1, false },     /* New. */
    };

    for (size_t i = 0; i < ARRAY_SIZE(again); i++) {
        rig_init(&rig);
        rig_data(&rig, 1000, 100);
        rig_ack(&rig, 1100);
        rig_data(&rig, 1100, 100);
        rig_data(&rig, 1200, 50);
        rig_data(&rig, again[i].seq, again[i].payload);
        ck_assert_msg((rig_ack(&rig, 1250) < 0) == again[i].is_cancelled,
                      "%zu", i);
    }

    /* A keep-alive that covers the timed segment's last byte. */
    rig_init(&rig);
    rig_data(&rig, 1000, 100);
    rig_data(&rig, 1099, 1);
    ck_assert_double_eq(rig_ack(&rig, 1100), 0);
}
END_TEST

/* What is sent after a cancelled one is timed again, once it is new. */
START_TEST(test_timed_again)
{
    rig_data(&rig, 1000, 100);
    rig.ns += MS;
    rig_data(&rig, 1000, 100);
    rig.ns += MS;
    rig_data(&rig, 1100, 100);
    rig.ns += MS;
    ck_assert_double_eq(rig_ack(&rig, 1200), 1000);
}
END_TEST

/* ## Windows ## */

/* Opens a connection with these window scale options. */
static void
open_scaled(uint8_t forward, uint8_t reverse)
{
    rig_init(&rig);
    rig.scales[TCP_FORWARD] = forward;
    rig.scales[TCP_REVERSE] = reverse;
    rig.windows[TCP_FORWARD] = 1000;
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 999, 0, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);
    rig_send(&rig, TCP_REVERSE, TCP_SYN | TCP_ACK, 5, 0, 1000);
    ck_assert_uint_eq(rig.verdict.rwnd, 0);
    rig.scales[TCP_FORWARD] = rig.scales[TCP_REVERSE] = TCP_NO_SCALE;
    rig_data(&rig, 1000, 0);
}

START_TEST(test_rwnd)
{
    open_scaled(7, 2);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000 << 7);
    rig.windows[TCP_FORWARD] = 0;
    rig_data(&rig, 1000, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, 0);

    open_scaled(7, TCP_NO_SCALE);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);
    open_scaled(TCP_NO_SCALE, 7);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);
    open_scaled(0, 7);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);
    open_scaled(14, 0);
    rig.windows[TCP_FORWARD] = UINT16_MAX;
    rig_data(&rig, 1000, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, UINT32_C(65535) << 14);

    /* The last SYN counts. */
    open_scaled(7, 2);
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 999, 0, 0);
    rig_data(&rig, 1000, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);

    /* Of a forgotten connection nothing is known. */
    open_scaled(7, 2);
    rig.ns += LIFE_NS + 1;
    rig_data(&rig, 1000, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);
}
END_TEST

START_TEST(test_window_scale)
{
    const struct {
        const char *options;    /* In hexadecimal. */
        uint8_t scale;
    } tests[] = {
        { "", TCP_NO_SCALE },
        { "030307", 7 },
        { "030300", 0 },
        { "03030e", 14 },
        { "03030f", 14 },
        { "0303ff", 14 },
        { "020405b401030309", 9 },
        { "030307030309", 9 },
        { "0302", TCP_NO_SCALE },
        { "030400010101", TCP_NO_SCALE },
        { "0304000103030301", 3 },
        { "03", TCP_NO_SCALE },
        { "0303", TCP_NO_SCALE },
        { "0301", TCP_NO_SCALE },
        { "0300030307", TCP_NO_SCALE },
        { "03030703", 7 },
        { "0303070303", 7 },
        { "00030307", TCP_NO_SCALE },
        { "0002030307", TCP_NO_SCALE },
        { "0200030307", TCP_NO_SCALE },
        { "0201030307", TCP_NO_SCALE },
        { "0202030307", 7 },
        { "02ff030307", TCP_NO_SCALE },
        { "0206030307", TCP_NO_SCALE },
        { "0205030307", TCP_NO_SCALE },
        { "01010103", TCP_NO_SCALE },
        { "0101010303", TCP_NO_SCALE },
        { "ff03030303077f", 7 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        const char *hex = tests[i].options;
        size_t n = strlen(hex) / 2;
        /* To the byte, for AddressSanitizer. */
        uint8_t *options = xmalloc(n);
        bool ok;

        for (size_t j = 0; j < n; j++) {
            options[j] = hexits_value(&hex[2 * j], 2, &ok);
        }
        ck_assert_msg(tcp_window_scale(options, n) == tests[i].scale, "%s",
                      hex);
        free(options);
    }
}
END_TEST

START_TEST(test_window_scale_random)
{
    unit_seed();
    for (int i = 0; i < 200000; i++) {
        size_t n = unit_random(41);
        uint8_t *options = xmalloc(n);
        uint8_t scale;

        for (size_t j = 0; j < n; j++) {
            options[j] = unit_random(unit_random(2) ? 5 : 256);
        }
        scale = tcp_window_scale(options, n);
        unit_check(scale <= TCP_MAX_SCALE || scale == TCP_NO_SCALE);
        free(options);
    }
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

    open_scaled(7, 7);
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
    tcase_add_test(tcase, test_retransmissions);
    tcase_add_test(tcase, test_sack_retransmissions);
    tcase_add_test(tcase, test_reordering);
    tcase_add_test(tcase, test_keep_alives);
    tcase_add_test(tcase, test_lost_fin);
    tcase_add_test(tcase, test_duplicates);
    tcase_add_test(tcase, test_no_duplicates);
    tcase_add_test(tcase, test_zero_window);
    tcase_add_test(tcase, test_rtt);
    tcase_add_test(tcase, test_karn);
    tcase_add_test(tcase, test_timed_again);
    tcase_add_test(tcase, test_rwnd);
    tcase_add_test(tcase, test_window_scale);
    tcase_add_test(tcase, test_window_scale_random);
    tcase_add_test(tcase, test_idle);
    tcase_add_test(tcase, test_life_is_settable);
    tcase_add_loop_test(tcase, test_kept_alive, 0, N_TCP_SIDES);
    tcase_add_test(tcase, test_time_never_goes_back);
    tcase_add_loop_test(tcase, test_reused_ports, 0, N_TCP_SIDES);
    tcase_add_test(tcase, test_first_syn);
    tcase_add_test(tcase, test_own_reverse);
    tcase_add_test(tcase, test_own_reverse_elsewhere);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("defects");
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
