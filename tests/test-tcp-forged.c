/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "tests/tcp-unit.h"
#include "util.h"

/* How far forged segments can move the state of a TCP flow, as docs/tcp.rst
 * promises. */

static struct tcp_rig rig;

static void
setup(void)
{
    rig_init(&rig);
}

/* A sound connection that sends STEP, sends every 50th segment again, and has
 * it acknowledged after RTT_US. */
#define STEP 60000
#define RTT_US 1000
#define MSS 1460
#define MAX_PAYLOAD 65535
#define HALF (WRAP / 2)
#define N_STEPS (HALF / STEP + 2)       /* More than 2**31 bytes. */

struct talk {
    int64_t seq;                /* Next to be sent. */
    int n_steps;
    int n_false;                /* First sent, but is_lost. */
    int64_t last_false;         /* The latest of them. */
    int n_hidden;               /* Sent again, but not is_lost. */
    int n_samples;
    double min_rtt, max_rtt;
};

static void
talk_forget(struct talk *talk)
{
    talk->n_false = talk->n_hidden = talk->n_samples = 0;
    talk->last_false = -1;
    talk->min_rtt = 1e99;
    talk->max_rtt = -1;
}

static void
talk_start(struct talk *talk, int64_t seq)
{
    rig_init(&rig);
    talk->seq = seq;
    talk->n_steps = 0;
    talk_forget(talk);
}

static void
talk_note_rtt(struct talk *talk)
{
    if (rig.verdict.has_rtt) {
        talk->n_samples++;
        talk->min_rtt = MIN(talk->min_rtt, rig.verdict.rtt_us);
        talk->max_rtt = MAX(talk->max_rtt, rig.verdict.rtt_us);
    }
}

static void
talk_send(struct talk *talk)
{
    if (rig_data(&rig, talk->seq, STEP)) {
        talk->n_false++;
        talk->last_false = talk->seq;
    }
    if (talk->n_steps++ % 50 == 7) {
        talk->n_hidden += !rig_data(&rig, talk->seq, STEP);
    }
    talk->seq += STEP;
}

static void
talk_receive(struct talk *talk)
{
    rig.ns += RTT_US * US;
    rig_ack(&rig, talk->seq);
    talk_note_rtt(talk);
    rig.ns += US;
}

static void
talk_run(struct talk *talk, int n)
{
    for (int i = 0; i < n; i++) {
        talk_send(talk);
        talk_receive(talk);
    }
}

/* Returns a number that is anything, or somewhere of interest around 'x'. */
static uint32_t
forge_number(int64_t x)
{
    switch (unit_random(6)) {
    case 0:
        return x + unit_random(2 * STEP);
    case 1:
        return x - unit_random(2 * STEP);
    case 2:
        return x + HALF - unit_random(4 * STEP);
    case 3:
        return x + HALF + unit_random(4 * STEP);
    case 4:
        return x + HALF - unit_random(3);
    default:
        return unit_random(UINT32_MAX);
    }
}

/* Adds any segment that is not a SYN without ACK. */
static void
forge(struct talk *talk, enum tcp_side side)
{
    const uint8_t flags[] = {
        TCP_ACK, TCP_ACK, TCP_ACK, TCP_RST, TCP_RST | TCP_ACK,
        TCP_FIN | TCP_ACK, TCP_SYN | TCP_ACK, 0,
    };
    const uint32_t payloads[] = { 0, 1, MSS, MAX_PAYLOAD };
    struct tcp_segment segment = {
        .seq = forge_number(talk->seq),
        .ack = forge_number(talk->seq),
        .payload = payloads[unit_random(ARRAY_SIZE(payloads))],
        .window = unit_random(2) ? unit_random(65536) : 8192,
        .flags = flags[unit_random(ARRAY_SIZE(flags))],
        .scale = unit_random(2) ? unit_random(15) : TCP_NO_SCALE,
    };

    rig_add(&rig, side, &segment);
    talk_note_rtt(talk);
}

/* Fails unless the numbers are right, up to 'n' times 2**32 too high. */
static void
check_modulo(const struct talk *talk, int n)
{
    struct tcp_state state = rig_state(&rig);
    int64_t seq_off = state.seq - talk->seq;
    int64_t ack_off = state.ack - talk->seq;

    ck_assert_int_eq(seq_off % WRAP, 0);
    ck_assert_int_ge(seq_off, 0);
    ck_assert_int_le(seq_off, n * WRAP);
    ck_assert_int_eq(ack_off % WRAP, 0);
    ck_assert_int_ge(ack_off, 0);
    ck_assert_int_le(ack_off, n * WRAP);
}

/* One forged segment somewhere in a connection. */
START_TEST(test_one_forged)
{
    int n_false = 0, n_edge = 0;

    unit_seed();
    for (int i = 0; i < 400; i++) {
        enum tcp_side side = i % 2;
        struct talk talk;
        struct tcp_state before, after;
        int64_t moved;

        talk_start(&talk, unit_random(UINT32_MAX));
        talk_run(&talk, 20 + unit_random(40));
        unit_check(!talk.n_false && !talk.n_hidden);
        if (unit_random(2)) {
            talk_send(&talk);
            rig.ns += unit_random(RTT_US * US);
        }

        before = rig_state(&rig);
        forge(&talk, side);
        after = rig_state(&rig);

        moved = after.seq - before.seq;
        unit_check(moved >= 0 && moved < HALF + MAX_PAYLOAD + 1);
        unit_check(after.ack >= before.ack && after.ack < before.ack + HALF);
        unit_check(after.duplicates - before.duplicates <= 1);
        unit_check(after.largest <= MAX_PAYLOAD);
        unit_check(after.life == before.life);
        unit_check(side == TCP_FORWARD ? after.ack == before.ack : !moved);

        rig.ns = ROUND_UP(rig.ns, RTT_US * US);
        talk_run(&talk, N_STEPS);
        if (moved <= HALF - 2 * STEP) {
            /* False losses end where the forged one did; no loss is hidden, no
             * sample too long. */
            unit_check(talk.last_false < before.seq + moved);
            unit_check(talk.n_false <= moved / STEP + 1);
            unit_check(!talk.n_hidden);
            unit_check(talk.max_rtt < 3 * RTT_US);
            check_modulo(&talk, 0);
        } else {
            unit_check(talk.n_hidden <= 1);
            check_modulo(&talk, 1);
            n_edge++;
        }
        n_false += talk.n_false;

        /* All is well again. */
        talk_forget(&talk);
        talk_run(&talk, 200);
        unit_check(!talk.n_false && !talk.n_hidden);
    }
    ck_assert_int_gt(n_false, 100000);
    ck_assert_int_gt(n_edge, 10);
}
END_TEST

/* Several, of either side. */
START_TEST(test_some_forged)
{
    unit_seed();
    for (int i = 0; i < 300; i++) {
        int n = 2 + unit_random(8);
        struct talk talk;

        talk_start(&talk, unit_random(UINT32_MAX));
        talk_run(&talk, 20);
        for (int j = 0; j < n; j++) {
            forge(&talk, unit_random(2));
            talk_run(&talk, unit_random(4));
        }
        talk_run(&talk, N_STEPS);
        check_modulo(&talk, n * (HALF + MAX_PAYLOAD + 1) / WRAP + 1);
        talk_forget(&talk);
        talk_run(&talk, 200);
        unit_check(!talk.n_false && !talk.n_hidden);
    }
}
END_TEST

/* A forged SYN makes the state forgotten; then as above. */
START_TEST(test_forged_syn)
{
    unit_seed();
    for (int i = 0; i < 200; i++) {
        enum tcp_side side = i % 2;
        struct talk talk;
        struct tcp_state state;

        talk_start(&talk, unit_random(UINT32_MAX));
        rig_send(&rig, TCP_REVERSE, TCP_ACK, 5, 1, talk.seq);
        talk_run(&talk, 20);

        uint32_t life = rig_state(&rig).life;

        rig_send(&rig, side, TCP_SYN, forge_number(talk.seq), 0, 0);
        state = rig_state(&rig);
        unit_check(state.life != life && !state.has_ack && !state.duplicates);
        unit_check(state.has_seq == (side == TCP_FORWARD));
        talk_run(&talk, N_STEPS);
        state = rig_state(&rig);
        unit_check((state.seq - talk.seq) % WRAP == 0);
        unit_check((state.ack - talk.seq) % WRAP == 0);
        unit_check(talk.n_false <= HALF / STEP + 1);
        talk_forget(&talk);
        talk_run(&talk, 200);
        unit_check(!talk.n_false && !talk.n_hidden);
    }
}
END_TEST

/* One that moves seq by more than 2**31: the next segment of the connection
 * seems to be ahead by almost as much, and from then on seq is 2**32 too high
 * for ack.  The forged one stays timed until 2**31 bytes were acknowledged. */
START_TEST(test_forged_more_than_half)
{
    struct talk talk;
    uint64_t start_ns;

    talk_start(&talk, 5);
    talk_run(&talk, 5);
    start_ns = rig.ns;
    rig_data(&rig, talk.seq + HALF - 1, 100);
    talk_forget(&talk);
    talk_run(&talk, HALF / STEP);
    ck_assert_int_eq(talk.n_samples, 0);
    ck_assert_int_eq(talk.n_false, 0);
    check_numbers(&rig, talk.seq + WRAP, talk.seq);
    talk_run(&talk, 2);
    ck_assert_int_eq(talk.n_samples, 1);
    ck_assert_double_gt(talk.max_rtt, (rig.ns - start_ns) / 1000.0
                        - 3 * RTT_US);
    talk_run(&talk, WRAP / STEP - HALF / STEP - 2);
    ck_assert_int_eq(talk.n_samples, 1);
}
END_TEST

/* The same, if the connection sends again what is so far below that it seems
 * to be ahead.  One real loss is hidden. */
START_TEST(test_forged_almost_half)
{
    struct talk talk;

    talk_start(&talk, 5);
    talk_run(&talk, 5);
    rig_data(&rig, talk.seq + HALF - STEP, 1);
    ck_assert(!rig_data(&rig, talk.seq - STEP, STEP));
    ck_assert_int_eq(rig_state(&rig).seq, talk.seq + WRAP);
    ck_assert(rig_data(&rig, talk.seq - STEP, STEP));
    talk_forget(&talk);
    talk_run(&talk, HALF / STEP - 1);
    ck_assert_int_eq(talk.n_samples, 0);
    ck_assert_int_eq(talk.n_false, 0);
    ck_assert_int_eq(talk.n_hidden, 0);
    check_numbers(&rig, talk.seq + WRAP, talk.seq);
}
END_TEST

/* Two that lower the number modulo 2**32 hide what is sent again, up to the
 * next new segment. */
START_TEST(test_forged_pair_hides)
{
    struct talk talk;

    talk_start(&talk, 5);
    talk_run(&talk, 20);
    rig_data(&rig, talk.seq + HALF - 1, 0);
    rig_data(&rig, talk.seq + HALF - 10, 10);
    rig_data(&rig, talk.seq + WRAP - 10 * STEP, 1);
    ck_assert(!rig_data(&rig, talk.seq - 9 * STEP, STEP));
    ck_assert(!rig_data(&rig, talk.seq - 5 * STEP, STEP));
    ck_assert(!rig_data(&rig, talk.seq, STEP));
    for (int i = 0; i < 9; i++) {
        ck_assert(rig_data(&rig, talk.seq - i * STEP, STEP));
    }
}
END_TEST

/* A forged ACK that is the first one, and 2**31 below: those of the connection
 * are 2**31 below it in turn. */
START_TEST(test_forged_first_ack)
{
    struct talk talk;

    talk_start(&talk, WRAP - 5);
    talk_send(&talk);
    rig_ack(&rig, talk.seq - HALF);
    talk_receive(&talk);
    talk_run(&talk, HALF / STEP + 1);
    check_numbers(&rig, talk.seq, talk.seq - WRAP);
    ck_assert_int_eq(talk.n_samples, 0);
    ck_assert_int_eq(talk.n_false, 0);
}
END_TEST

/* Two together yield any rtt: a segment of which the connection sends nothing
 * soon, and its acknowledgment. */
START_TEST(test_forged_pair)
{
    struct talk talk;

    talk_start(&talk, 5);
    talk_run(&talk, 5);
    rig_data(&rig, talk.seq + HALF / 2, 1);
    talk_forget(&talk);
    talk_run(&talk, 1000);
    ck_assert_int_eq(talk.n_samples, 0);
    ck_assert_double_gt(rig_ack(&rig, talk.seq + HALF / 2 + 1),
                        1000 * RTT_US);
}
END_TEST

/* An acknowledgment in advance shortens one sample, and later ones are right.
 */
START_TEST(test_forged_ack_shortens)
{
    struct talk talk;

    talk_start(&talk, 5);
    talk_run(&talk, 5);
    talk_send(&talk);
    rig.ns += 100 * US;
    ck_assert_double_eq(rig_ack(&rig, talk.seq + HALF - STEP - 1), 100);
    talk_forget(&talk);
    talk_receive(&talk);
    ck_assert_int_eq(talk.n_samples, 0);
    talk_run(&talk, 7);
    ck_assert_int_eq(talk.n_samples, 6);        /* One was sent again. */
    ck_assert_double_eq(talk.min_rtt, RTT_US);
    ck_assert_double_eq(talk.max_rtt, RTT_US);
}
END_TEST

/* dup grows by a duplicate for each, or stands still until the connection has
 * acknowledged as much; each stands for the largest forged payload. */
START_TEST(test_forged_duplicates)
{
    struct talk talk;

    talk_start(&talk, 5);
    talk_run(&talk, 5);
    talk_send(&talk);
    for (int i = 0; i < 10; i++) {
        rig_ack(&rig, talk.seq - STEP);
    }
    ck_assert_uint_eq(rig_state(&rig).duplicates, 10);
    rig_data(&rig, talk.seq - STEP, MAX_PAYLOAD);
    ck_assert_uint_eq(rig_state(&rig).largest, MAX_PAYLOAD);
    rig_ack(&rig, talk.seq - STEP + 100);
    for (int i = 0; i < 10; i++) {
        rig_ack(&rig, talk.seq - STEP);
    }
    ck_assert_uint_eq(rig_state(&rig).duplicates, 10);
}
END_TEST

/* rwnd is at least the header's field, at most 2**14 times as much. */
START_TEST(test_forged_scale)
{
    rig_open_window(&rig);
    rig_data(&rig, WINDOW, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, 8192 << 2);
    rig.scales[TCP_FORWARD] = 14;
    rig_send(&rig, TCP_FORWARD, TCP_SYN | TCP_ACK, 9, 0, 9);
    rig_data(&rig, WINDOW, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, 8192 << 14);
    rig.scales[TCP_FORWARD] = TCP_NO_SCALE;
    rig_send(&rig, TCP_FORWARD, TCP_SYN | TCP_ACK, 9, 0, 9);
    rig_data(&rig, WINDOW, 0);
    ck_assert_uint_eq(rig.verdict.rwnd, 8192);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("tcp-forged");
    TCase *tcase = tcase_create("bounds");

    tcase_set_timeout(tcase, UNIT_TIMEOUT_S);
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_one_forged);
    tcase_add_test(tcase, test_some_forged);
    tcase_add_test(tcase, test_forged_syn);
    tcase_add_test(tcase, test_forged_more_than_half);
    tcase_add_test(tcase, test_forged_almost_half);
    tcase_add_test(tcase, test_forged_pair_hides);
    tcase_add_test(tcase, test_forged_first_ack);
    tcase_add_test(tcase, test_forged_pair);
    tcase_add_test(tcase, test_forged_ack_shortens);
    tcase_add_test(tcase, test_forged_duplicates);
    tcase_add_test(tcase, test_forged_scale);
    suite_add_tcase(suite, tcase);
    return suite;
}
