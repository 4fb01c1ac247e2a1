/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "dp-observer.h"
#include "dp-packet.h"
#include "flow.h"
#include "hash.h"
#include "monitor/epoch-buffer.h"
#include "ofproto-ext/port-map.h"
#include "ofproto-ext/trumpet-observer.h"
#include "ofproto-ext/tunnel-map.h"
#include "ofproto-ext/unix-clock.h"
#include "openvswitch/hmap.h"
#include "packets.h"
#include "tests/event-unit.h"
#include "tests/monitor-rig.h"
#include "timeval.h"
#include "util.h"

/* Hints: an observer that is given those of an exact match cache, against one
 * that never is.  What is in an entry of the cache, Open vSwitch's own
 * extraction says. */

static uint64_t now_us;

struct side {
    struct rig rig;
    struct unix_clock clock;
    struct trumpet_observer *observer;
};

static void
side_init(struct side *side, const struct port_map *ports,
          const char *const specs[])
{
    rig_init(&side->rig, 1024);
    unix_clock_init(&side->clock);
    for (size_t i = 0; specs[i]; i++) {
        char name[2] = { 'a' + i };

        rig_add(&side->rig, name, specs[i],
                unix_clock_at(&side->clock, now_us));
    }
    side->observer = trumpet_observer_create(side->rig.monitor, &side->clock,
                                             ports, "pmd");
    ck_assert_ptr_nonnull(side->observer);
}

static void
side_uninit(struct side *side)
{
    trumpet_observer_destroy(side->observer);
    rig_uninit(&side->rig);
}

/* An exact match cache. */
struct entry {
    struct hmap_node node;
    struct flow flow;
    struct dp_observer_hint hint;
};

static struct dp_observer_hint *
cache_lookup(struct hmap *cache, struct dp_packet *packet, odp_port_t in_port)
{
    struct entry *entry;
    struct flow flow;
    uint32_t hash;

    pkt_metadata_init(&packet->md, in_port);
    flow_extract(packet, &flow);
    hash = flow_hash(&flow, 0);
    HMAP_FOR_EACH_WITH_HASH (entry, node, hash, cache) {
        if (flow_equal(&entry->flow, &flow)) {
            return &entry->hint;
        }
    }
    entry = xzalloc(sizeof *entry);
    entry->flow = flow;
    hmap_insert(cache, &entry->node, hash);
    return unit_random(2) ? &entry->hint : NULL;    /* An upcall. */
}

/* Another one takes its place. */
static void
cache_evict(struct hmap *cache)
{
    struct hmap_node *node = hmap_random_node(cache);

    hmap_remove(cache, node);
    free(CONTAINER_OF(node, struct entry, node));
}

static void
cache_destroy(struct hmap *cache)
{
    while (!hmap_is_empty(cache)) {
        cache_evict(cache);
    }
    hmap_destroy(cache);
}

/* Bursts that were counted in two halves. */
static size_t n_later;

/* Shows 'batch' as dfc_processing() does, and returns how many hints, of those
 * that there were, had a stamp. */
static size_t
show(struct trumpet_observer *observer, struct dp_packet_batch *batch,
     odp_port_t in_port, enum dp_observer_more possible, struct hmap *cache)
{
    struct dp_observer *up = trumpet_observer_get(observer);
    struct dp_observer_view view = { .possible = possible };
    struct dp_packet *packet;
    size_t n_known = 0;

    up->rx(up, batch, in_port, now_us, &view);
    ck_assert_uint_le(view.wanted, possible);
    DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
        if (dp_packet_size(packet) < ETH_HEADER_LEN) {
            view.n_runts++;
        } else if (view.wanted == DP_OBSERVER_HINTS) {
            struct dp_observer_hint *hint = cache_lookup(cache, packet,
                                                         in_port);

            n_known += hint && hint->stamp;
            dp_observer_view_add(&view, packet, hint);
        }
    }
    n_later += view.wanted == DP_OBSERVER_LATER;
    if (view.wanted > DP_OBSERVER_RUNTS || (view.wanted && view.n_runts)) {
        up->rx_more(up, &view);
    }
    return n_known;
}

/* A packet of one of a few flows, most often as plain as can be; what else
 * there may be differs in nothing, or in nearly nothing, that a cache looks
 * at. */
static struct dp_packet *
make_packet(void)
{
    uint8_t frame[256] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
    size_t n = 2 * ETH_ADDR_LEN, l3, l4;
    bool tcp = unit_random(4);
    size_t options = unit_random(16) ? 0 : unit_random(4) * 4;
    size_t tcp_options = unit_random(3) ? 0 : unit_random(5) * 4;
    size_t payload = unit_random(3) ? unit_random(60) : 0;
    size_t total;

    if (!unit_random(24)) {
        frame[n] = 0x81;
        frame[n + 3] = 1 + unit_random(2);
        n += 4;
    }
    frame[n] = 8;               /* ETH_TYPE_IP, or 0x0801. */
    frame[n + 1] = !unit_random(64);
    l3 = n + 2;
    frame[l3] = 0x45 + options / 4;
    frame[l3 + 6] = unit_random(32) ? 0 : unit_random(2) * 0x20;
    frame[l3 + 7] = unit_random(32) ? 0 : unit_random(3);
    frame[l3 + 8] = 64 - unit_random(2);
    frame[l3 + 9] = tcp ? IPPROTO_TCP : IPPROTO_UDP;
    frame[l3 + 12] = frame[l3 + 16] = 10;
    frame[l3 + 15] = unit_random(2);
    frame[l3 + 19] = unit_random(3);
    l4 = l3 + IP_HEADER_LEN + options;
    frame[l4 + 1] = 1 + unit_random(2);
    frame[l4 + 3] = 80;
    if (tcp) {
        size_t doff = TCP_HEADER_LEN + tcp_options;

        frame[l4 + 6] = unit_random(3);
        frame[l4 + 7] = unit_random(256);
        frame[l4 + 10] = unit_random(2);
        frame[l4 + 12] = (unit_random(24) ? doff / 4 : unit_random(16)) << 4;
        frame[l4 + 13] = unit_random(12) ? TCP_ACK : 1 << unit_random(5);
        frame[l4 + 14] = unit_random(3);
        n = l4 + doff + payload;
    } else {
        n = l4 + UDP_HEADER_LEN + payload;
    }
    total = n - l3;
    if (!unit_random(24)) {
        total += unit_random(7) - 3;
    }
    frame[l3 + 2] = total >> 8;
    frame[l3 + 3] = total;
    if (unit_random(2)) {
        n = MAX(n, 60);         /* Padding. */
    }
    if (!unit_random(48)) {
        n = 1 + unit_random(n - 1);     /* Cut, or not even a frame. */
    }
    return dp_packet_clone_data(frame, n);
}

/* All of a flow, none of it, what screens reject, what is recorded, what takes
 * more than counters. */
static const char *const specs[][4] = {
    { "on ip by 5tuple when count() > 0 && sum(volume) >= 0 "
      "&& sum(bytes) > 0", "on any by in_port when count() > 0" },
    { "on ip,nw_dst=10.0.0.1 by 5tuple when count() > 0 && sum(volume) >= 0",
      "on udp,nw_dst=10.0.0.1,tp_src=1 when count() > 0" },
    { "on tcp by 5tuple when count() > 0 && sum(is_lost) >= 0 "
      "&& sum(volume) >= 0 && sum(bytes) > 0" },
    { "on ip,nw_src=10.0.0.1 by 5tuple when count() > 0 && max(ttl) > 0 "
      "&& max(volume) >= 0", "on tcp,nw_dst=10.0.0.2 when count() > 0" },
    { "on tcp,nw_src=10.0.0.1 by 5tuple when count() > 0 && ack >= 0 "
      "&& max(rwnd) >= 0", "on ip by nw_dst when sum(bytes) > 0" },
    { "on ip,nw_dst=10.0.0.0/31 by 5tuple when count() > 0 "
      "&& sum(is_burst) >= 0", "on in_port=vm1 when count() > 0" },
    { NULL },
};

/* Gives the ports each other's number; the cache does not know of it. */
static void
exchange_ports(struct port_map *ports)
{
    static bool exchanged;

    exchanged = !exchanged;
    for (int i = 0; i < 2; i++) {
        port_map_remove(ports, u32_to_odp(1 + i));
        port_map_insert(ports, u32_to_odp(1 + i),
                        i ^ exchanged ? "vm2" : "vm1");
    }
}

START_TEST(test_random)
{
    struct hmap cache = HMAP_INITIALIZER(&cache);
    struct dp_packet_batch batch;
    struct side with, without;
    size_t n_known = 0, n_reports = 0;
    struct port_map *ports = port_map_get("hints");

    unit_seed();
    tunnel_map_init();
    now_us = time_usec();
    port_map_insert(ports, u32_to_odp(1), "vm1");
    port_map_insert(ports, u32_to_odp(2), "vm2");
    side_init(&with, ports, specs[_i]);
    side_init(&without, ports, specs[_i]);
    without.clock = with.clock;

    for (int epoch = 0; epoch < 60; epoch++) {
        enum dp_observer_more possible = unit_random(3) ? DP_OBSERVER_HINTS
                                         : unit_random(3) ? DP_OBSERVER_LATER
                                         : unit_random(3);

        for (int n = unit_random(40); n > 0; n--) {
            odp_port_t in_port = u32_to_odp(1 + !unit_random(8));

            dp_packet_batch_init(&batch);
            for (size_t m = unit_random(2) ? 32
                            : 1 + unit_random(unit_random(2) ? 32 : 8);
                 m; m--) {
                dp_packet_batch_add(&batch, make_packet());
            }
            n_known += show(with.observer, &batch, in_port, possible, &cache);
            show(without.observer, &batch, in_port, DP_OBSERVER_NOTHING,
                 NULL);
            dp_packet_delete_batch(&batch, true);
            while (!hmap_is_empty(&cache) && !unit_random(4)) {
                cache_evict(&cache);
            }
            now_us += unit_random(300);
            if (!unit_random(100)) {
                exchange_ports(ports);
            }
        }
        if (unit_random(8)) {
            now_us += EPOCH_US;
        }

        uint64_t unix_us = unix_clock_at(&with.clock, now_us);
        monitor_sweep(with.rig.monitor, unix_us);
        monitor_sweep(without.rig.monitor, unix_us);

        char *actual = reports_take(&with.rig.reports);
        char *expected = reports_take(&without.rig.reports);
        struct ledger a = rig_ledger(&with.rig);
        struct ledger b = rig_ledger(&without.rig);

        ck_assert_str_eq(actual, expected);
        ck_assert_mem_eq(&a, &b, sizeof a);
        n_reports += strlen(expected) > 0;
        free(actual);
        free(expected);
    }
    ck_assert((n_known > 1000 && n_reports > 20 && n_later > 10)
              || !specs[_i][0]);
    cache_destroy(&cache);
    side_uninit(&with);
    side_uninit(&without);
}
END_TEST

/* Shows a burst of 32 packets, of which the cache knows so many.  Returns true
 * if hints were wanted. */
static bool
show_known(struct trumpet_observer *observer, size_t n_known)
{
    struct dp_observer *up = trumpet_observer_get(observer);
    struct dp_observer_hint hints[NETDEV_MAX_BURST] = { { .stamp = 0 } };
    struct dp_observer_view view = { .possible = DP_OBSERVER_HINTS };
    struct dp_packet_batch batch;
    struct dp_packet *packet;

    dp_packet_batch_init(&batch);
    for (size_t i = 0; i < NETDEV_MAX_BURST; i++) {
        dp_packet_batch_add(&batch, make_packet());
    }
    up->rx(up, &batch, u32_to_odp(1), now_us, &view);
    if (view.wanted) {
        DP_PACKET_BATCH_FOR_EACH (i, packet, &batch) {
            dp_observer_view_add(&view, packet,
                                 i < n_known ? &hints[i] : NULL);
        }
        up->rx_more(up, &view);
    }
    dp_packet_delete_batch(&batch, true);
    return view.wanted == DP_OBSERVER_HINTS;
}

/* Where the cache knows next to nothing, hints are only tried now and then. */
START_TEST(test_unknown)
{
    const struct {
        size_t n_known;
        bool again;             /* Hints are wanted for the next burst. */
    } counts[] = { { 32, true }, { 4, true }, { 3, false }, { 0, false } };
    struct port_map *ports = port_map_get("hints");
    struct side side;

    unit_seed();
    tunnel_map_init();
    now_us = time_usec();
    port_map_insert(ports, u32_to_odp(1), "vm1");
    side_init(&side, ports, specs[0]);
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        int n = 0;

        ck_assert(show_known(side.observer, counts[i].n_known));
        while (!show_known(side.observer, 32)) {
            n++;
        }
        ck_assert_int_eq(n, counts[i].again ? 0 : 31);
    }
    side_uninit(&side);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("hints");
    TCase *tc = tcase_create("hints");

    tcase_add_loop_test(tc, test_random, 0, ARRAY_SIZE(specs));
    tcase_add_test(tc, test_unknown);
    tcase_set_timeout(tc, 30);
    suite_add_tcase(suite, tc);
    return suite;
}
