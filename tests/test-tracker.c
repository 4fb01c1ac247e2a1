/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/monitor-private.h"
#include "monitor/tracker-private.h"
#include "packets.h"
#include "tests/monitor-rig.h"

/* TCP state put together from the logs of several packet threads: against one
 * thread that sees it all, and everything that may be full.  What a segment
 * means is the business of test-tcp-flow. */

#define MAX_THREADS 3

/* A segment from host 'src' to the other one of hosts 1 and 2. */
struct segment {
    uint32_t src;
    uint16_t port;              /* Of host 1; host 2 has 80. */
    uint32_t seq, ack;
    uint16_t payload;
    uint8_t flags;
};

/* Gives one segment, received at 'in_port'. */
static void
give_segment(struct scatter *scatter, uint64_t now_us, uint32_t in_port,
             const struct segment *s)
{
    struct frame_buffer fb;
    struct packet_spec spec = {
        .proto = IPPROTO_TCP,
        .src = s->src,
        .dst = 3 - s->src,
        .tp_src = s->src == 1 ? s->port : 80,
        .tp_dst = s->src == 1 ? 80 : s->port,
        .tcp_flags = s->flags,
        .payload = s->payload,
    };
    struct burst burst = {
        .entrance = { .in_port = in_port }, .now_us = now_us, .n = 1,
    };
    const size_t tcp = ETH_HEADER_LEN + IP_HEADER_LEN;

    build_frame(&fb, &spec);
    put_unaligned_be32(ALIGNED_CAST(ovs_be32 *, &fb.data[tcp + 4]),
                       htonl(s->seq));
    put_unaligned_be32(ALIGNED_CAST(ovs_be32 *, &fb.data[tcp + 8]),
                       htonl(s->ack));
    burst.frames[0] = (struct frame) { fb.data, fb.n, fb.n };
    scatter_burst(scatter, &burst);
}

#define DATA(SEQ, LEN) \
    (&(struct segment) { 1, 1000, SEQ, 500, LEN, TCP_ACK })
#define ACK(NUMBER) \
    (&(struct segment) { 2, 1000, 500, NUMBER, 0, TCP_ACK })

static struct scatter *
add_thread(struct rig *rig, const char *name)
{
    struct scatter *scatter = monitor_add_thread(rig->monitor, name);

    ck_assert_ptr_nonnull(scatter);
    return scatter;
}

/* Ends a rig with 'n' threads. */
static void
stop(struct rig *rig, struct scatter **scatters, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        monitor_remove_thread(rig->monitor, scatters[i]);
    }
    rig_uninit(rig);
}

/* Data on one thread, acknowledgments on another. */
START_TEST(test_both_directions)
{
    struct scatter *threads[2];
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    rig_add(&rig, "t", "on tcp,nw_src=0.0.0.1 by 5tuple when seq > 0 "
            "|| ack > 0 || dup > 0 || avg(rtt) > 0 || sum(is_lost) > 0",
            T0 - 1);
    threads[0] = add_thread(&rig, "a");
    threads[1] = add_thread(&rig, "b");

    /* The acknowledgment is not taken for earlier although its thread comes
     * first in the second epoch. */
    give_segment(threads[1], at(0), 7, DATA(1000, 100));
    give_segment(threads[0], at(0) + 250, 8, ACK(1100));
    give_segment(threads[1], at(1), 7, DATA(1100, 100));
    give_segment(threads[0], at(1) + 1000, 8, ACK(1200));
    give_segment(threads[1], at(1) + 2000, 7, DATA(1200, 100));
    give_segment(threads[1], at(1) + 3000, 7, DATA(1200, 100));
    give_segment(threads[0], at(1) + 4000, 8, ACK(1200));
    /* The reverse direction alone. */
    give_segment(threads[0], at(2), 8, ACK(1200));
    give_segment(threads[0], at(3), 8, ACK(1300));
    sweep(&rig, 5);
    rig_expect(&rig, "t 0 {\"nw_src\":\"0.0.0.1\",\"nw_dst\":\"0.0.0.2\","
               "\"nw_proto\":6,\"tp_src\":1000,\"tp_dst\":80} "
               "[1100,1100,0,250,0] 1; "
               "t 1 {\"nw_src\":\"0.0.0.1\",\"nw_dst\":\"0.0.0.2\","
               "\"nw_proto\":6,\"tp_src\":1000,\"tp_dst\":80} "
               "[1300,1200,100,1000,1] 3; "
               "t 2 {\"nw_src\":\"0.0.0.1\",\"nw_dst\":\"0.0.0.2\","
               "\"nw_proto\":6,\"tp_src\":1000,\"tp_dst\":80} "
               "[1300,1200,100,null,0] 0; "
               "t 3 {\"nw_src\":\"0.0.0.1\",\"nw_dst\":\"0.0.0.2\","
               "\"nw_proto\":6,\"tp_src\":1000,\"tp_dst\":80} "
               "[1300,1300,0,null,0] 0; ");
    stop(&rig, threads, 2);
}
END_TEST

/* What the reverse direction told before counts, wherever the flow begins. */
START_TEST(test_reverse_first)
{
    struct scatter *thread;
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    rig_add(&rig, "t", "on tcp,nw_src=0.0.0.1 by 5tuple when ack > 0",
            T0 - 1);
    thread = add_thread(&rig, "a");
    give_segment(thread, at(0), 2, ACK(1100));
    give_segment(thread, at(1), 1, DATA(1000, 50));
    sweep(&rig, 2);

    char *s = reports_take(&rig.reports);
    ck_assert_ptr_nonnull(strstr(s, "[1100] 1; "));
    free(s);
    stop(&rig, &thread, 1);
}
END_TEST

/* Segments of some connections, lost, doubled and acknowledged at random. */
static void
random_segment(struct segment *s, uint32_t next[4][2])
{
    uint32_t c = unit_random(4), side = unit_random(2);
    uint16_t payload = unit_random(3) ? unit_random(200) : 0;
    uint32_t back = unit_random(5) ? 0 : unit_random(400);

    *s = (struct segment) {
        .src = 1 + side,
        .port = 1000 + c,
        .seq = next[c][side] - back,
        .ack = next[c][!side] - (unit_random(4)
                                 ? 0 : unit_random(300)),
        .payload = payload,
        .flags = TCP_ACK,
    };
    if (!back) {
        next[c][side] += payload;
    }
    if (!unit_random(200)) {
        s->flags = TCP_SYN;
        s->seq = next[c][side] = unit_random(UINT32_MAX);
        s->payload = 0;
        next[c][side]++;
    }
}

/* Whatever thread a segment comes to, reports are the same. */
START_TEST(test_threads_do_not_matter)
{
    struct scatter *one[1], *many[MAX_THREADS];
    uint32_t next[4][2];
    struct rig a, b;
    size_t n = 0;

    unit_seed();
    unit_random_state += _i;
    for (int i = 0; i < 8; i++) {
        next[i / 2][i % 2] = unit_random(UINT32_MAX);
    }
    for (int i = 0; i < 2; i++) {
        struct rig *rig = i ? &b : &a;

        rig_init(rig, 64);
        sweep(rig, 0);
        rig_add(rig, "s", "on tcp,nw_src=0.0.0.1 by 5tuple when seq > 0 "
                "|| ack[-1] > 0 || dup > 0 || seq[-3] > 0", T0 - 1);
        rig_add(rig, "l", "on tcp by nw_src every 30ms when sum(is_lost) > 0 "
                "|| sum(rtt) > 0 || sum(is_burst) > 0 || max(rwnd) > 0",
                T0 - 1);
    }
    one[0] = add_thread(&a, "one");
    for (int i = 0; i < MAX_THREADS; i++) {
        many[i] = add_thread(&b, "many");
    }
    for (uint64_t epoch = 0; epoch < 60; epoch++) {
        uint64_t now_us = at(epoch);

        for (size_t i = unit_random(60); i; i--) {
            uint32_t in_port = 1 + unit_random(2);
            struct segment s;

            random_segment(&s, next);
            now_us += 1 + unit_random(150);
            give_segment(one[0], now_us, in_port, &s);
            give_segment(many[unit_random(MAX_THREADS)], now_us,
                         in_port, &s);
        }
        sweep(&a, epoch);
        sweep(&b, epoch);
        n += ovs_list_size(&a.reports);

        char *expected = reports_take(&a.reports);
        rig_expect(&b, expected);
        free(expected);
    }
    ck_assert_uint_gt(n, 200);
    stop(&a, one, 1);
    stop(&b, many, MAX_THREADS);
}
END_TEST

/* A segment that passes at two places is lost at neither. */
START_TEST(test_places)
{
    struct scatter *thread;
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    rig_add(&rig, "t", "on tcp when sum(is_lost) >= 0", T0 - 1);
    thread = add_thread(&rig, "a");
    for (uint32_t in_port = 1; in_port <= 3; in_port++) {
        give_segment(thread, at(0), in_port, DATA(1000, 100));
    }
    give_segment(thread, at(1), 3, DATA(1000, 100));
    sweep(&rig, 2);
    rig_expect(&rig, "t 0 {} [0] 3; t 1 {} [1] 1; ");
    stop(&rig, &thread, 1);
}
END_TEST

static struct history_status
history(struct rig *rig)
{
    struct history_status status;

    monitor_get_history_status(rig->monitor, &status);
    return status;
}

/* Only packets of which a trigger asks more are recorded, and those of their
 * reverse direction; which are unmatched for all that. */
START_TEST(test_who_pays)
{
    const struct epoch_buffer *buffer;
    struct scatter *thread;
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    rig_add(&rig, "c", "on ip when count() > 100", T0 - 1);
    rig_add(&rig, "m", "on ip by nw_src when max(volume) > 1000", T0 - 1);
    thread = add_thread(&rig, "a");
    give_segment(thread, at(0), 1, DATA(1000, 100));
    give_flows(thread, at(0), 5, 1, 5);
    buffer = thread->current;
    ck_assert_uint_eq(buffer->n_records, 0);
    sweep(&rig, 1);

    ck_assert_ptr_null(monitor_del_all_triggers(rig.monitor, at(1)));
    rig_add(&rig, "l", "on tcp,nw_src=0.0.0.1,tp_src=1000 by 5tuple "
            "when sum(is_lost) > 100", at(1));
    give_segment(thread, at(2), 1, DATA(1000, 100));
    give_segment(thread, at(2), 2, ACK(1100));
    give_segment(thread, at(2), 2,
                 &(struct segment) { 2, 1001, 1, 1, 100, TCP_ACK });
    give_flows(thread, at(2), 5, 1, 5);
    buffer = thread->current;
    ck_assert_uint_eq(buffer->n_records, 2);
    sweep(&rig, 3);
    ck_assert_uint_eq(history(&rig).flows, 1);
    ck_assert_uint_eq(history(&rig).connections, 1);
    ck_assert_uint_eq(rig_ledger(&rig).counted, 1 + 5 + 1);

    /* Bursts are nobody's reverse direction. */
    ck_assert_ptr_null(monitor_del_all_triggers(rig.monitor, at(3)));
    rig_add(&rig, "b", "on udp,tp_src=1 by 5tuple when sum(is_burst) > 100",
            at(3));
    give_flows(thread, at(4), 6, 1, 6);
    ck_assert_uint_eq(thread->current->n_records, 1);
    stop(&rig, &thread, 1);
}
END_TEST

/* A log that is full is said to be, and what it lacks is not guessed. */
START_TEST(test_log_full)
{
    struct scatter *thread;
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    rig_add(&rig, "t", "on tcp,nw_src=0.0.0.1 by 5tuple "
            "when count() > 0 && (seq > 0 || !seq > 0)", T0 - 1);
    thread = add_thread(&rig, "a");
    thread->buffers.max_records = 2;
    give_segment(thread, at(0), 1, DATA(1000, 100));
    give_segment(thread, at(1), 1, DATA(1100, 100));
    give_segment(thread, at(1), 1, DATA(1200, 100));
    give_segment(thread, at(1), 1, DATA(1300, 100));
    give_segment(thread, at(2), 1, DATA(1400, 0));
    give_segment(thread, at(3), 1, DATA(1400, 100));
    sweep(&rig, 4);
    thread->buffers.max_records = LOG_RECORDS;

    char *s = reports_take(&rig.reports);
    ck_assert_ptr_nonnull(strstr(s, "[1,1100] 1; "));
    ck_assert_ptr_nonnull(strstr(s, "[3,null] 3 log_full; "));
    ck_assert_ptr_nonnull(strstr(s, "[1,null] 1; "));
    ck_assert_ptr_nonnull(strstr(s, "[1,1500] 1; "));
    free(s);
    ck_assert_uint_eq(rig_ledger(&rig).counted, 6);
    stop(&rig, &thread, 1);
}
END_TEST

/* The same of the tracker, which has room again when flows are forgotten. */
START_TEST(test_history_full)
{
    struct scatter *thread;
    struct rig rig;

    rig_init(&rig, 1024);
    rig.monitor->gather.tracker->settings.max_flows = 64;
    sweep(&rig, 0);
    rig_add(&rig, "t", "on tcp,nw_src=0.0.0.1 every 50ms "
            "when count() > 0 && sum(is_lost) >= 0", T0 - 1);
    thread = add_thread(&rig, "a");
    for (int i = 0; i < 2; i++) {
        for (uint16_t port = 0; port < 64; port++) {
            give_segment(thread, at(0) + i, 1,
                         &(struct segment) { 1, port, 1, 1, 2, TCP_ACK });
        }
    }
    sweep(&rig, 4);
    for (uint16_t port = 64; port < 70; port++) {
        give_segment(thread, at(4), 1,
                     &(struct segment) { 1, port, 1, 1, 2, TCP_ACK });
    }
    sweep(&rig, 5);
    rig_expect(&rig, "t 0 {} [134,64] 134 history_full; ");
    ck_assert_uint_eq(history(&rig).flows, 64);
    ck_assert_uint_eq(history(&rig).connections, 64);

    /* After three seconds. */
    for (uint16_t port = 0; port < 3; port++) {
        give_segment(thread, at(310), 1,
                     &(struct segment) { 1, port, 1, 1, 2, TCP_ACK });
    }
    sweep(&rig, 315);
    rig_expect(&rig, "t 310 {} [3,0] 3; ");
    ck_assert_uint_eq(history(&rig).flows, 3);
    ck_assert_uint_eq(history(&rig).connections, 3);
    ck_assert_uint_eq(rig_ledger(&rig).counted, 137);
    stop(&rig, &thread, 1);
}
END_TEST

/* What a flow did before a trigger was there is not known; what it did since
 * is kept when another trigger comes or goes. */
START_TEST(test_triggers_change)
{
    struct scatter *thread;
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    thread = add_thread(&rig, "a");
    give_segment(thread, at(0), 1, DATA(1000, 100));
    sweep(&rig, 1);
    rig_add(&rig, "a", "on tcp when sum(is_lost) >= 0 && count() > 0", at(1));
    give_segment(thread, at(1), 1, DATA(1000, 100));
    sweep(&rig, 2);
    give_segment(thread, at(2), 1, DATA(1000, 100));
    sweep(&rig, 3);
    rig_add(&rig, "b", "on tcp by 5tuple when seq > 0", at(3));
    give_segment(thread, at(4), 1, DATA(1000, 100));
    sweep(&rig, 5);
    ck_assert_ptr_null(monitor_del_trigger(rig.monitor, "a", at(5)));
    give_segment(thread, at(5), 1, DATA(1050, 100));
    give_segment(thread, at(6), 1, DATA(900, 1));
    sweep(&rig, 7);

    char *s = reports_take(&rig.reports);
    ck_assert_ptr_nonnull(strstr(s, "a 2 {} [1,1] 1; "));
    ck_assert_ptr_nonnull(strstr(s, "a 4 {} [1,1] 1; "));
    ck_assert_ptr_nonnull(strstr(s, "[1100] 1; "));
    ck_assert_ptr_nonnull(strstr(s, "[1150] 1; "));
    free(s);
    stop(&rig, &thread, 1);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("tracker");
    TCase *tc = tcase_create("tracker");

    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_both_directions);
    tcase_add_test(tc, test_reverse_first);
    tcase_add_loop_test(tc, test_threads_do_not_matter, 0, 20);
    tcase_add_test(tc, test_places);
    tcase_add_test(tc, test_who_pays);
    tcase_add_test(tc, test_log_full);
    tcase_add_test(tc, test_history_full);
    tcase_add_test(tc, test_triggers_change);
    suite_add_tcase(suite, tc);
    return suite;
}
