/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "tests/tcp-unit.h"
#include "util.h"

/* What the segments of one TCP flow are worth, by connections that can be
 * worked out by hand: is_lost, dup, rtt and rwnd.  tests/tcp-oracle.py has the
 * random ones. */

static struct tcp_rig rig;

static void
setup(void)
{
    rig_init(&rig);
}

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

START_TEST(test_rwnd)
{
    rig_open_scaled(&rig, 7, 2);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000 << 7);
    rig.windows[TCP_FORWARD] = 0;
    rig_data(&rig, 1000, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, 0);

    rig_open_scaled(&rig, 7, TCP_NO_SCALE);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);
    rig_open_scaled(&rig, TCP_NO_SCALE, 7);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);
    rig_open_scaled(&rig, 0, 7);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);
    rig_open_scaled(&rig, 14, 0);
    rig.windows[TCP_FORWARD] = UINT16_MAX;
    rig_data(&rig, 1000, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, UINT32_C(65535) << 14);

    /* The last SYN counts. */
    rig_open_scaled(&rig, 7, 2);
    rig_send(&rig, TCP_FORWARD, TCP_SYN, 999, 0, 0);
    rig_data(&rig, 1000, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, 1000);

    /* Of a forgotten connection nothing is known. */
    rig_open_scaled(&rig, 7, 2);
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

Suite *
test_suite(void)
{
    Suite *suite = suite_create("tcp-measures");
    TCase *tcase = tcase_create("tcp-measures");

    tcase_set_timeout(tcase, UNIT_TIMEOUT_S);
    tcase_add_checked_fixture(tcase, setup, NULL);
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
    suite_add_tcase(suite, tcase);
    return suite;
}
