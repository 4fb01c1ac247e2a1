/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "tests/tcp-unit.h"
#include "util.h"

/* Segments that no sound connection sends: by which names they are counted,
 * and that nothing else is. */

static struct tcp_rig rig;

static void
setup(void)
{
    rig_init(&rig);
}

/* ## Oddities ## */

/* A connection of which nothing is known but one segment of each side. */
static void
join_connection(void)
{
    rig_init(&rig);
    rig_data(&rig, 0, WINDOW);
    rig_ack(&rig, WINDOW);
}

#define check_oddity(...)                                               \
    ck_assert_uint_eq(rig.verdict.oddities, (uint32_t) (__VA_ARGS__))

#define ODDITY(ID) (1u << TCP_ODDITY_##ID)

START_TEST(test_names)
{
    for (int i = 0; i < N_TCP_ODDITIES; i++) {
        ck_assert_uint_gt(strlen(tcp_oddity_name(i)), 0);
        for (int j = 0; j < i; j++) {
            ck_assert_str_ne(tcp_oddity_name(i), tcp_oddity_name(j));
        }
    }
}
END_TEST

START_TEST(test_flags)
{
    const uint8_t valid[] = {
        TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_ACK | TCP_FIN, TCP_RST,
        TCP_RST | TCP_ACK,
    };
    const uint8_t more[] = { 0, TCP_PSH, TCP_URG, TCP_ECE | TCP_CWR };

    for (int flags = 0; flags < 0x20; flags++) {
        uint8_t without_psh = flags & ~TCP_PSH;
        bool is_valid = memchr(valid, without_psh, sizeof valid) != NULL;

        for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
            rig_init(&rig);
            rig_send(&rig, TCP_FORWARD, flags | more[i], 0, 0, 0);
            ck_assert_msg(rig.verdict.oddities == (is_valid ? 0
                                                   : ODDITY(FLAGS)),
                          "%#x", flags | more[i]);
        }
    }
}
END_TEST

START_TEST(test_syn_in_connection)
{
    const enum tcp_side side = _i;

    rig_open_window(&rig);
    rig_send(&rig, side, TCP_SYN, 77, 0, 0);
    check_oddity(ODDITY(SYN));
    rig_send(&rig, side, TCP_SYN, 78, 0, 0);    /* Nobody answered. */
    check_oddity(0);

    for (int other = 0; other < N_TCP_SIDES; other++) {
        rig_open_window(&rig);
        rig_send(&rig, other, TCP_ACK | TCP_FIN,
                 other == TCP_FORWARD ? WINDOW : 6, 0, WINDOW);
        rig_send(&rig, side, TCP_SYN, 77, 0, 0);
        check_oddity(0);

        rig_open_window(&rig);
        rig_send(&rig, other, TCP_RST, other == TCP_FORWARD ? WINDOW : 6, 0,
                 0);
        rig_send(&rig, side, TCP_SYN, 77, 0, 0);
        check_oddity(0);
    }
}
END_TEST

/* Where the window ends, and what it is called there. */
static void
check_window(int64_t window)
{
    const struct {
        uint8_t flags;
        tcp_oddity_set above, below;
    } kinds[] = {
        { TCP_ACK, ODDITY(SEQ_ABOVE), ODDITY(SEQ_BELOW) },
        { TCP_RST, ODDITY(RST), ODDITY(RST) },
        { TCP_ACK | TCP_SYN, ODDITY(SEQ_ABOVE), ODDITY(SEQ_BELOW) },
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct tcp_rig saved = rig;

        rig_send(&rig, TCP_FORWARD, kinds[i].flags, WINDOW + window, 0,
                 WINDOW);
        check_oddity(0);
        rig = saved;
        rig_send(&rig, TCP_FORWARD, kinds[i].flags, WINDOW + window + 1, 0,
                 WINDOW);
        check_oddity(kinds[i].above);
        rig = saved;
        rig_send(&rig, TCP_FORWARD, kinds[i].flags, WINDOW - window, 0,
                 WINDOW);
        check_oddity(0);
        rig = saved;
        rig_send(&rig, TCP_FORWARD, kinds[i].flags, WINDOW - window - 1, 0,
                 WINDOW);
        check_oddity(kinds[i].below);
        rig = saved;
    }
}

START_TEST(test_out_of_window)
{
    rig_open_window(&rig);
    check_window(WINDOW);

    /* The largest one, not the last. */
    rig.windows[TCP_REVERSE] = 30000;
    rig_ack(&rig, WINDOW);
    check_window(WINDOW);

    /* Of a window that was small when it was seen. */
    rig_open_window(&rig);
    rig.flow.largest_window = 500;
    check_window(65535);

    /* Where both SYNs were not seen. */
    join_connection();
    check_window(INT64_C(65535) << 14);
    for (int side = 0; side < N_TCP_SIDES; side++) {
        rig_open_window(&rig);
        rig.flow.syns[side].seen = false;
        check_window(INT64_C(65535) << 14);
    }
}
END_TEST

START_TEST(test_ack_out_of_window)
{
    rig_open_window(&rig);
    rig_ack(&rig, WINDOW + 1);
    check_oddity(ODDITY(ACK_UNSENT));
    rig_open_window(&rig);
    rig_ack(&rig, 0);
    check_oddity(0);
    rig_ack(&rig, -1);
    check_oddity(ODDITY(ACK_OLD));

    /* What was sent before, but not seen, may be acknowledged. */
    join_connection();
    rig_ack(&rig, WINDOW + (INT64_C(65535) << 14));
    check_oddity(0);
    join_connection();
    rig_ack(&rig, WINDOW + (INT64_C(65535) << 14) + 1);
    check_oddity(ODDITY(ACK_UNSENT));

    /* A number without ACK is none. */
    rig_open_window(&rig);
    rig_send(&rig, TCP_REVERSE, TCP_RST, 6, 0, WINDOW + 1);
    check_oddity(0);
}
END_TEST

/* A segment that is odd counts like any other. */
START_TEST(test_oddities_change_nothing)
{
    rig_open_window(&rig);
    rig_data(&rig, 2 * WINDOW + 1, 100);
    check_oddity(ODDITY(SEQ_ABOVE));
    ck_assert_int_eq(rig_state(&rig).seq, WRAP + 2 * WINDOW + 101);
    ck_assert(rig_data(&rig, WINDOW, 100));
    rig_ack(&rig, 3 * WINDOW);
    check_oddity(ODDITY(ACK_UNSENT));
    ck_assert(rig.verdict.has_rtt);
    ck_assert_int_eq(rig_state(&rig).ack, WRAP + 3 * WINDOW);
}
END_TEST

/* ## Sound connections ## */

/* Two ends, and an observer between them.  Segments take their time on each
 * half of the way, get lost or overtake each other.  Time is in ticks of 10
 * us. */

#define SIM_MSS 1460
#define SIM_TIMEOUT 150
#define SIM_IN_FLIGHT (40 * SIM_MSS)

struct sim_segment {
    struct tcp_segment tcp;
    int64_t seq, ack;           /* Not wrapped. */
    int from;
    int due;                    /* At the observer, then at the other end. */
    bool is_beyond;             /* The observer has seen it. */
};

struct sim_end {
    int64_t first, una, next;   /* Sent. */
    int64_t edge;               /* Of the other end's window. */
    int64_t received;           /* Up to here, in order... */
    int64_t offered;            /* ...and the edge told to the other end. */
    int64_t first_received;     /* SYN of the other end, or -1. */
    int64_t observed;           /* Highest sequence end at the observer. */
    int progress;               /* Tick. */
    uint8_t scale;
    bool is_syn_seen;           /* By the observer. */
};

struct sim {
    struct sim_end ends[2];
    struct sim_segment segments[512];
    size_t n_segments;
    int now;
    bool is_rough;              /* Segments overtake or get lost at once. */

    struct tcp_flow flows[2];   /* By who sends forward. */
    int start;                  /* When the observer comes. */
    int n_lost, n_wanted;       /* is_lost. */
    int n_oddities;
    int n_segments_seen;
    int n_wraps;
};

static void
sim_send(struct sim *sim, int from, uint8_t flags, int64_t seq,
         uint32_t payload)
{
    struct sim_end *end = &sim->ends[from];
    bool has_ack = end->first_received >= 0;
    uint8_t shift = flags & TCP_SYN ? 0 : end->scale;
    uint32_t window = unit_random(8) ? unit_random(65536) : 0;
    int64_t least = (end->offered - end->received + (1 << shift) - 1) >> shift;
    struct sim_segment *segment;

    if (sim->n_segments == ARRAY_SIZE(sim->segments)) {
        return;
    }
    window = MIN(MAX(window, MAX(least, 0)), 65535);
    end->offered = MAX(end->offered, end->received + (window << shift));
    segment = &sim->segments[sim->n_segments++];
    *segment = (struct sim_segment) {
        .tcp = {
            .seq = seq,
            .ack = has_ack ? end->received : 0,
            .payload = payload,
            .window = window,
            .flags = flags | (has_ack ? TCP_ACK : 0),
            .scale = flags & TCP_SYN ? end->scale : TCP_NO_SCALE,
        },
        .seq = seq,
        .ack = end->received,
        .from = from,
        .due = sim->now + 10 + (sim->is_rough ? unit_random(20) : 0),
    };
}

/* Sends from 'seq' on what there is, which is new or was sent before. */
static void
sim_send_from(struct sim *sim, int from, int64_t seq, int64_t until)
{
    struct sim_end *end = &sim->ends[from];

    if (seq == end->first) {
        sim_send(sim, from, TCP_SYN, seq, 0);
        end->next = MAX(end->next, seq + 1);
    } else if (until > seq) {
        uint32_t payload = MIN(until - seq, 1 + unit_random(SIM_MSS));

        sim_send(sim, from, unit_random(2) ? TCP_PSH : 0, seq, payload);
        end->next = MAX(end->next, seq + payload);
    }
}

static void
sim_run_end(struct sim *sim, int i)
{
    struct sim_end *end = &sim->ends[i];

    if (end->next == end->first) {
        if (i == 0 || end->first_received >= 0) {
            sim_send_from(sim, i, end->first, 0);
            end->progress = sim->now;
        }
    } else if (end->una < end->next
               && sim->now - end->progress > SIM_TIMEOUT) {
        sim_send_from(sim, i, end->una, end->next);
        end->progress = sim->now;
    } else if (end->una > end->first && !unit_random(3)) {
        int64_t until = MIN(end->edge, end->una + SIM_IN_FLIGHT);

        if (end->next < until) {
            sim_send_from(sim, i, end->next, until);
        } else if (!unit_random(20)) {
            /* A keep-alive, or one byte beyond a window. */
            if (end->una == end->next && unit_random(2)) {
                sim_send_from(sim, i, end->next, end->next + 1);
            } else {
                sim_send(sim, i, 0, end->next - 1, unit_random(2));
            }
        }
    }
}

/* 'segment' arrives at its end. */
static void
sim_receive(struct sim *sim, const struct sim_segment *segment)
{
    struct sim_end *end = &sim->ends[!segment->from];
    bool is_syn = segment->tcp.flags & TCP_SYN;
    uint32_t len = segment->tcp.payload + is_syn;

    if (is_syn && end->first_received < 0) {
        end->first_received = segment->seq;
        end->received = end->offered = segment->seq;
    }
    if (end->first_received < 0) {
        return;
    }
    if (segment->seq <= end->received && segment->seq + len > end->received) {
        end->received = segment->seq + len;
    }
    if (segment->tcp.flags & TCP_ACK) {
        uint8_t shift = is_syn ? 0 : sim->ends[segment->from].scale;

        if (segment->ack > end->una) {
            end->una = segment->ack;
            end->progress = sim->now;
        }
        end->edge = MAX(end->edge, segment->ack
                        + (segment->tcp.window << shift));
    }
    if (end->next > end->first && (len || segment->seq < end->received)) {
        sim_send(sim, !segment->from, 0, end->next, 0);
    }
}

static void
sim_observe(struct sim *sim, const struct sim_segment *segment)
{
    struct sim_end *end = &sim->ends[segment->from];
    uint32_t len = (segment->tcp.payload
                    + !!(segment->tcp.flags & TCP_SYN));

    if (sim->now >= sim->start) {
        for (int i = 0; i < 2; i++) {
            struct tcp_verdict verdict;

            tcp_flow_add(&sim->flows[i],
                         segment->from == i ? TCP_FORWARD : TCP_REVERSE,
                         &segment->tcp, sim->now * 10 * US, LIFE_NS, &verdict);
            sim->n_lost += verdict.is_lost;
            sim->n_oddities += verdict.oddities != 0;
        }
        sim->n_segments_seen++;
        sim->n_wanted += (len && segment->seq < end->observed
                          && !(segment->seq == end->observed - 1
                               && segment->tcp.payload == 1));
        if (len) {
            sim->n_wraps += (MAX(end->observed, segment->seq + len) >> 32
                             > end->observed >> 32);
        }
    }
    if (len) {
        end->observed = MAX(end->observed, segment->seq + len);
    }
}

static void
sim_run_segments(struct sim *sim)
{
    size_t i = 0;

    while (i < sim->n_segments) {
        struct sim_segment segment = sim->segments[i];

        if (segment.due > sim->now) {
            i++;
            continue;
        }
        memmove(&sim->segments[i], &sim->segments[i + 1],
                (--sim->n_segments - i) * sizeof segment);
        if (segment.is_beyond) {
            sim_receive(sim, &segment);
        } else if (!sim->is_rough || unit_random(30)) {
            sim_observe(sim, &segment);
            if (unit_random(30)
                && sim->n_segments < ARRAY_SIZE(sim->segments)) {
                segment.is_beyond = true;
                segment.due = sim->now + 10 + (sim->is_rough
                                               ? unit_random(20) : 0);
                sim->segments[sim->n_segments++] = segment;
            }
        }
    }
}

static void
sim_run(struct sim *sim, bool is_rough, int start, uint8_t scale)
{
    memset(sim, 0, sizeof *sim);
    sim->is_rough = is_rough;
    sim->start = start;
    for (int i = 0; i < 2; i++) {
        struct sim_end *end = &sim->ends[i];

        end->first = WRAP - 1 - unit_random(300000);
        end->una = end->next = end->edge = end->first;
        end->first_received = -1;
        end->scale = scale;
        tcp_flow_init(&sim->flows[i], false);
    }
    for (; sim->now < 20000; sim->now++) {
        sim_run_segments(sim);
        sim_run_end(sim, 0);
        sim_run_end(sim, 1);
    }
}

/* Nothing is odd in a connection seen from the beginning or from somewhere
 * on, with small windows or large ones. */
START_TEST(test_sound_connections)
{
    const uint8_t scales[] = { 0, 1, 7, 14 };
    static struct sim sim;
    int n_lost = 0, n_wraps = 0;

    unit_seed();
    for (int i = 0; i < 60; i++) {
        bool is_rough = i % 3;
        int start = i % 2 ? 500 + unit_random(10000) : 0;

        sim_run(&sim, is_rough, start, scales[i / 6 % 4]);
        ck_assert_int_gt(sim.n_segments_seen, 500);
        ck_assert_int_eq(sim.n_oddities, 0);
        n_lost += sim.n_lost;
        n_wraps += sim.n_wraps;

        /* What was lost behind the observer comes again. */
        if (!is_rough && !start) {
            ck_assert_int_gt(sim.n_wanted, 0);
            ck_assert_int_eq(sim.n_lost, sim.n_wanted);
        }
    }
    ck_assert_int_gt(n_lost, 1000);
    ck_assert_int_gt(n_wraps, 20);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("tcp-oddity");
    TCase *tcase = tcase_create("oddities");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_names);
    tcase_add_test(tcase, test_flags);
    tcase_add_loop_test(tcase, test_syn_in_connection, 0, N_TCP_SIDES);
    tcase_add_test(tcase, test_out_of_window);
    tcase_add_test(tcase, test_ack_out_of_window);
    tcase_add_test(tcase, test_oddities_change_nothing);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("sound");
    tcase_set_timeout(tcase, UNIT_TIMEOUT_S);
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_sound_connections);
    suite_add_tcase(suite, tcase);
    return suite;
}
