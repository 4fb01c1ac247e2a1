/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "dp-observer.h"
#include "dp-packet.h"
#include "event/port-name.h"
#include "flow.h"
#include "monitor/monitor.h"
#include "ofproto-ext/port-map.h"
#include "ofproto-ext/trumpet-observer.h"
#include "ofproto-ext/tunnel-map.h"
#include "ofproto-ext/unix-clock.h"
#include "random.h"
#include "simap.h"
#include "timeval.h"
#include "util.h"

static uint64_t now_us;
static struct dp_observer_view nothing_more;

static void
drop_report(struct report *report, void *aux OVS_UNUSED)
{
    report_destroy(report);
}

/* Everything that an observer needs. */
struct fixture {
    struct monitor *monitor;
    struct unix_clock clock;
    struct port_map *ports;
    struct trumpet_observer *observer;
};

static void
fixture_init(struct fixture *f, const char *spec)
{
    struct monitor_settings settings = {
        .epoch_us = MONITOR_DEFAULT_EPOCH_US,
        .max_flows = 1024,
    };

    tunnel_map_init();
    unix_clock_init(&f->clock);
    now_us = time_usec();
    f->monitor = monitor_create(&settings, drop_report, NULL);
    f->ports = port_map_get("ovs-test");
    port_map_insert(f->ports, u32_to_odp(1), "vm1");
    port_map_insert(f->ports, u32_to_odp(4789), "vxlan_sys_4789");

    if (spec) {
        uint64_t unix_us = unix_clock_at(&f->clock, now_us);
        char *error = monitor_add_trigger(f->monitor, "t", spec, unix_us);

        ck_assert_msg(!error, "%s", error);
    }
    f->observer = trumpet_observer_create(f->monitor, &f->clock, f->ports,
                                          "pmd-c01");
    ck_assert_ptr_nonnull(f->observer);

    /* The trigger is observed from the next epoch on. */
    now_us += MONITOR_DEFAULT_EPOCH_US;
    monitor_sweep(f->monitor, unix_clock_at(&f->clock, now_us));
}

static void
fixture_uninit(struct fixture *f)
{
    trumpet_observer_destroy(f->observer);
    monitor_destroy(f->monitor);
}

/* Ends the epoch and expects that it had 'n' keys, whose packets are 'sum'
 * in all. */
static void
fixture_expect(struct fixture *f, size_t n, uint64_t sum)
{
    struct ovs_list reports = OVS_LIST_INITIALIZER(&reports);
    struct report *report;

    now_us += MONITOR_DEFAULT_EPOCH_US;
    monitor_sweep(f->monitor, unix_clock_at(&f->clock, now_us));

    char *error = monitor_dump_keys(f->monitor, "t", 0, &reports);

    ck_assert_msg(!error, "%s", error);
    ck_assert_uint_eq(ovs_list_size(&reports), n);
    LIST_FOR_EACH_POP (report, node, &reports) {
        sum -= report->packets;
        report_destroy(report);
    }
    ck_assert_uint_eq(sum, 0);
}

static struct ledger
fixture_ledger(struct fixture *f)
{
    struct thread_status *status;
    size_t n = monitor_list_threads(f->monitor, &status);
    struct ledger ledger = status[n - 1].ledger;

    ck_assert(ledger_balances(&ledger));
    thread_status_destroy(status, n);
    return ledger;
}

/* A UDP packet from port 'tp_src', without Ethernet header if 'l3'. */
static struct dp_packet *
make_packet(uint16_t tp_src, bool l3)
{
    struct dp_packet *packet = dp_packet_new(0);
    struct flow flow;

    memset(&flow, 0, sizeof flow);
    flow.dl_type = htons(ETH_TYPE_IP);
    flow.nw_proto = IPPROTO_UDP;
    flow.nw_ttl = 64;
    flow.nw_src = htonl(0x0a000001);
    flow.nw_dst = htonl(0x0a000002);
    flow.tp_src = htons(tp_src);
    flow_compose(packet, &flow, NULL, 64);
    if (l3) {
        dp_packet_pull(packet, ETH_HEADER_LEN);
        packet->packet_type = PACKET_TYPE_BE(OFPHTN_ETHERTYPE, ETH_TYPE_IP);
    }
    return packet;
}

static void
set_tunnel(struct dp_packet *packet, uint64_t tun_id)
{
    pkt_metadata_init(&packet->md, u32_to_odp(4789));
    packet->md.tunnel.ip_src = htonl(0x01010101);
    packet->md.tunnel.ip_dst = htonl(0x02020202);
    packet->md.tunnel.tun_id = htonll(tun_id);
}

/* Whole bursts, in which each packet is a flow of its own. */
START_TEST(test_rx)
{
    struct dp_packet_batch batch;
    struct fixture f;

    fixture_init(&f, "on in_port=vm1,udp by tp_src when count() > 99");
    for (size_t n = 1; n <= NETDEV_MAX_BURST; n++) {
        struct dp_observer *up = trumpet_observer_get(f.observer);

        dp_packet_batch_init(&batch);
        for (size_t i = 0; i < n; i++) {
            dp_packet_batch_add(&batch, make_packet(i, false));
        }
        up->rx(up, &batch, u32_to_odp(1), now_us, &nothing_more);
        up->rx(up, &batch, u32_to_odp(1), now_us, &nothing_more);
        up->rx(up, &batch, u32_to_odp(2), now_us, &nothing_more);
        ck_assert_uint_eq(dp_packet_batch_size(&batch), n);
        dp_packet_delete_batch(&batch, true);
        fixture_expect(&f, n, 2 * n);
    }

    struct ledger ledger = fixture_ledger(&f);

    ck_assert_uint_eq(ledger.received, 3 * 32 * 33 / 2);
    ck_assert_uint_eq(ledger.counted, 2 * 32 * 33 / 2);
    ck_assert_uint_eq(ledger.unmatched, 32 * 33 / 2);
    fixture_uninit(&f);
}
END_TEST

/* Each length of a packet up to that of its headers, with and without an
 * Ethernet header. */
START_TEST(test_short_packets)
{
    struct dp_packet_batch batch;
    struct fixture f;
    uint64_t n_short = 0;

    fixture_init(&f, "on any by in_port when count() > 99");
    for (int l3 = 0; l3 < 2; l3++) {
        for (size_t size = 1; size <= 50; size++) {
            struct dp_observer *up = trumpet_observer_get(f.observer);
            struct dp_packet *packet = make_packet(1, l3);

            /* In memory that ends where the packet does, for sanitizers. */
            struct dp_packet *exact
                = dp_packet_clone_data(dp_packet_data(packet),
                                       MIN(size, dp_packet_size(packet)));

            exact->packet_type = packet->packet_type;
            n_short += dp_packet_size(exact) < ETH_HEADER_LEN && !l3;
            dp_packet_batch_init_packet(&batch, exact);
            up->rx(up, &batch, u32_to_odp(1), now_us, &nothing_more);
            dp_packet_delete_batch(&batch, true);
            dp_packet_delete(packet);
        }
    }
    ck_assert_uint_eq(fixture_ledger(&f).received, 2 * 50);
    ck_assert_uint_eq(fixture_ledger(&f).dropped_invalid, n_short);
    fixture_uninit(&f);
}
END_TEST

/* Packets that no trigger can match are in the ledger all the same, and short
 * ones among them, whether there is a trigger or not. */
START_TEST(test_screened)
{
    static const char *const specs[] = {
        NULL, "on ip,nw_dst=10.9.0.0/16 by nw_src when count() > 99",
        "on tcp6 by ipv6_src when count() > 99",
    };
    struct dp_packet_batch batch;
    struct ledger ledger;
    struct fixture f;

    fixture_init(&f, specs[_i]);
    for (size_t n = 1; n <= NETDEV_MAX_BURST; n++) {
        struct dp_observer *up = trumpet_observer_get(f.observer);

        dp_packet_batch_init(&batch);
        for (size_t i = 0; i < n; i++) {
            struct dp_packet *packet = make_packet(i, !(i % 5));

            if (i == 3) {
                dp_packet_set_size(packet, 13);
            }
            dp_packet_batch_add(&batch, packet);
        }
        for (int i = 0; i < 3; i++) {
            up->rx(up, &batch, u32_to_odp(1), now_us, &nothing_more);
        }
        dp_packet_delete_batch(&batch, true);
        if (n % 7 == 0) {
            now_us += MONITOR_DEFAULT_EPOCH_US;
            monitor_sweep(f.monitor, unix_clock_at(&f.clock, now_us));
        }
    }
    ledger = fixture_ledger(&f);
    ck_assert_uint_eq(ledger.received, 3 * 32 * 33 / 2);
    ck_assert_uint_eq(ledger.dropped_invalid, 3 * 29);
    ck_assert_uint_eq(ledger.unmatched, 3 * (32 * 33 / 2 - 29));
    fixture_uninit(&f);
}
END_TEST

/* A batch of packets from different tunnels is a burst for each. */
START_TEST(test_decap)
{
    struct dp_packet_batch batch;
    struct fixture f;

    fixture_init(&f, "on in_port=vxlan_sys_4789,udp by tun_id,tp_src "
                     "when count() > 99");

    struct dp_observer *up = trumpet_observer_get(f.observer);

    dp_packet_batch_init(&batch);
    for (size_t i = 0; i < NETDEV_MAX_BURST; i++) {
        struct dp_packet *packet = make_packet(i % 2, i % 3 == 0);

        set_tunnel(packet, i / 8 % 2);
        dp_packet_batch_add(&batch, packet);
    }
    up->decap(up, &batch, now_us);
    dp_packet_delete_batch(&batch, true);
    fixture_expect(&f, 4, NETDEV_MAX_BURST);
    fixture_uninit(&f);
}
END_TEST

/* The map against a simple one. */
START_TEST(test_port_map)
{
    struct port_map *map = port_map_get("ovs-random");
    char names[64][8];
    bool present[64] = { false };

    ck_assert_ptr_eq(port_map_get("ovs-random"), map);
    random_set_seed(1);
    for (int i = 0; i < 2000; i++) {
        uint32_t port = random_range(64);

        snprintf(names[port], sizeof names[port], "p%"PRIu32, port);
        present[port] = !present[port];
        if (present[port]) {
            port_map_insert(map, u32_to_odp(port * 7919), names[port]);
        } else {
            port_map_remove(map, u32_to_odp(port * 7919));
        }
        for (uint32_t j = 0; j < 64; j++) {
            uint32_t id = port_map_lookup(map, u32_to_odp(j * 7919));

            ck_assert_str_eq(port_name_get(id), present[j] ? names[j] : "");
        }
    }
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("observer");
    TCase *tc = tcase_create("observer");

    tcase_add_test(tc, test_rx);
    tcase_add_test(tc, test_short_packets);
    tcase_add_loop_test(tc, test_screened, 0, 3);
    tcase_add_test(tc, test_decap);
    tcase_add_test(tc, test_port_map);
    suite_add_tcase(suite, tc);
    return suite;
}
