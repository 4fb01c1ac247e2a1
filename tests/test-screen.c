/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/flow-table.h"
#include "monitor/packet.h"
#include "monitor/screen-gate.h"
#include "monitor/screen.h"
#include "monitor/trigger-table.h"
#include "tests/monitor-unit.h"

/* Screens: what they reject matches no trigger, whatever is in the frame. */

static struct flow_table flows;     /* To read the fields of a packet. */

/* Returns a table of triggers with the texts, which end with null. */
static struct trigger_table *
make_table(const char *const *texts)
{
    struct trigger *triggers[16] = { NULL };
    struct trigger_table *table;
    size_t n;

    for (n = 0; texts[n]; n++) {
        struct event *event = unit_parse(texts[n]);

        triggers[n] = trigger_create("t", event);
        event_unref(event);
    }
    table = trigger_table_create(triggers, n, NULL, 1);
    while (n) {
        trigger_unref(triggers[--n]);
    }
    return table;
}

/* A frame of a small world, some bits of which are changed, cut somewhere. */
static void
random_frame(struct frame_buffer *fb)
{
    build_frame(fb, &(struct packet_spec) {
        .vlan = unit_random(8) ? 0 : 5,
        .ipv6 = !unit_random(4),
        .src = 0x0a000000 | unit_random(4) << 16 | unit_random(4),
        .dst = 0x0a000000 | unit_random(4) << 16 | unit_random(4),
        .proto = unit_random(2) ? IPPROTO_TCP : IPPROTO_UDP,
        .tp_src = unit_random(4), .tp_dst = 80,
    });
    for (int n = unit_random(3); n; n--) {
        fb->data[12 + unit_random(30)] ^= 1 << unit_random(8);
    }
    if (!unit_random(8)) {
        fb->n = unit_random(fb->n + 1);
    }
}

/* Whether a packet matches a trigger, or may be the reverse of one. */
static bool
may_match(const struct trigger_table *table, const struct frame *frame)
{
    struct flow_fields fields;
    struct packet packet;
    uint32_t matches[16];

    if (!packet_parse(&packet, frame, &flows.secret)) {
        return true;            /* To be counted as such. */
    }
    packet.key.place = place_get(&flows.places, &(struct entrance) {
        .in_port = 1 }, packet.vlan);
    if (packet.key.kind == FLOW_IPV6) {
        flows.ipv6[0] = *packet_ipv6(&packet, frame);
    }
    flow_table_get_fields(&flows, &packet.key, 0, &fields);
    return (trigger_table_match(table, &fields, matches)
            || trigger_table_matches_reverse(table, &fields));
}

/* Fails if the screen of 'texts' rejects what may match.  Returns the share of
 * frames that match nothing which it rejects. */
static double
check(const char *const *texts)
{
    struct trigger_table *table = make_table(texts);
    const struct screen *screen = &table->screen;
    size_t n_rejected = 0, n_nothing = 0;

    ck_assert(flow_table_init(&flows, 64));
    for (int i = 0; i < 20000; i++) {
        struct frame_buffer fb;

        random_frame(&fb);

        struct frame frame = { fb.data, fb.n, fb.n };
        bool may = may_match(table, &frame);
        bool rejected = screen_rejects(screen, fb.data, fb.n);

        unit_check(!rejected || (!may && screen_is_useful(screen)));
        n_rejected += rejected;
        n_nothing += !may;
    }
    flow_table_uninit(&flows);
    trigger_table_unref(table);
    return n_nothing ? (double) n_rejected / n_nothing : 0;
}

#define CHECK(...) check((const char *const[]) { __VA_ARGS__, NULL })
#define WHEN " when count() > 0"

START_TEST(test_rejects)
{
    unit_seed();

    /* Without a trigger, all. */
    ck_assert(check((const char *const[]) { NULL }) == 1);

    /* What differs in a bit on which all filters agree. */
    ck_assert(CHECK("on ip,nw_dst=10.1.0.0/16" WHEN) > .3);
    ck_assert(CHECK("on tcp,nw_src=10.1.0.0/16" WHEN,
                    "on ip,nw_src=10.1.0.2,nw_dst=10.3.0.0/16" WHEN) > .3);
    ck_assert(CHECK("on ip,nw_src=11.0.0.0/24" WHEN) > .3);
    ck_assert(CHECK("on ip,nw_src=10.1.0.0/24" WHEN,
                    "on ip,nw_src=10.3.0.0/16" WHEN,
                    "on tcp6,tp_src=2" WHEN) > .3);

    /* And then IPv6, unless a filter is about that. */
    ck_assert(CHECK("on ip,nw_src=11.0.0.0/24" WHEN) > .7);
    ck_assert(CHECK("on ip,nw_src=11.0.0.0/24" WHEN,
                    "on udp6,tp_src=2" WHEN) < .7);
    ck_assert(CHECK("on dl_type=0x0806" WHEN) > .7);

    /* All IPv4 if all are about something else. */
    ck_assert(CHECK("on tcp6" WHEN, "on dl_type=0x0806" WHEN) > .3);

    /* A trigger with TCP state has a reverse direction. */
    ck_assert(CHECK("on tcp,nw_src=10.1.0.0/16 when sum(is_lost) > 0") == 0);
    ck_assert(CHECK("on tcp,nw_src=11.1.0.0/16,nw_dst=11.1.0.0/16 "
                    "when sum(is_lost) > 0") > .4);
}
END_TEST

START_TEST(test_rejects_nothing)
{
    unit_seed();
    ck_assert(CHECK("on any" WHEN) == 0);
    ck_assert(CHECK("on ip,nw_dst=10.1.0.0/16" WHEN, "on any" WHEN) == 0);
    ck_assert(CHECK("on any" WHEN, "on ip,nw_dst=10.1.0.0/16" WHEN) == 0);
    ck_assert(CHECK("on tcp" WHEN) == 0);
    ck_assert(CHECK("on dl_vlan=5" WHEN, "on ip,nw_src=10.1.0.0/16" WHEN)
              == 0);
    ck_assert(CHECK("on ip,nw_dst=10.1.0.0/16" WHEN,
                    "on ip,nw_src=10.1.0.0/16" WHEN) == 0);
}
END_TEST

/* Frames and their times stay together. */
START_TEST(test_burst)
{
    static const char *const texts[] = {
        "on ip,nw_dst=10.1.0.0/16" WHEN, NULL
    };
    struct trigger_table *table = make_table(texts);
    struct frame_buffer fbs[BURST_MAX];

    unit_seed();
    for (size_t n = 0; n <= BURST_MAX; n++) {
        struct burst burst = { .n = n, .timed = true };
        size_t n_kept = 0;

        for (size_t i = 0; i < n; i++) {
            random_frame(&fbs[i]);
            burst.frames[i] = (struct frame) {
                fbs[i].data, fbs[i].n, fbs[i].n
            };
            burst.ns[i] = i;
        }
        size_t n_rejected = screen_burst(&table->screen, &burst);
        ck_assert_uint_eq(burst.n + n_rejected, n);
        for (size_t i = 0; i < n; i++) {
            if (!screen_rejects(&table->screen, fbs[i].data, fbs[i].n)) {
                ck_assert_uint_lt(n_kept, burst.n);
                ck_assert_ptr_eq(burst.frames[n_kept].data, fbs[i].data);
                ck_assert_uint_eq(burst.ns[n_kept++], i);
            }
        }
        ck_assert_uint_eq(n_kept, burst.n);
    }
    trigger_table_unref(table);
}
END_TEST

/* A screen that rejects nothing of a burst has a rest; one that rejects some
 * goes on. */
START_TEST(test_gate)
{
    struct screen_gate gate = { .until_us = 10 };
    uint64_t n_screened;

    ck_assert_ptr_eq(screen_gate_get(&gate, 9), &gate.screen);
    screen_gate_count(&gate, 2);
    ck_assert_ptr_eq(screen_gate_get(&gate, 9), &gate.screen);
    screen_gate_count(&gate, 0);
    for (int i = 0; i < SCREEN_GATE_REST; i++) {
        ck_assert_ptr_null(screen_gate_get(&gate, 9));
        ck_assert_ptr_null(screen_gate_get(&gate, 10));     /* Is no rest. */
    }
    ck_assert_ptr_eq(screen_gate_get(&gate, 9), &gate.screen);
    atomic_read_relaxed(&gate.n_screened, &n_screened);
    ck_assert_uint_eq(n_screened, 2);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("screen");
    TCase *tc = tcase_create("screen");

    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_rejects);
    tcase_add_test(tc, test_rejects_nothing);
    tcase_add_test(tc, test_burst);
    tcase_add_test(tc, test_gate);
    suite_add_tcase(suite, tc);
    return suite;
}
