/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "event/port-name.h"
#include "monitor/port-counters.h"
#include "netdev-provider.h"
#include "netdev.h"
#include "ofproto-ext/device-counters.h"
#include "ofproto-ext/sampled-ports.h"
#include "smap.h"
#include "util.h"

/* Which ports are sampled and how, with netdevs that the test makes up: of a
 * type "dpdktest", which is read as those of DPDK are, and of others. */

struct fake {
    struct netdev up;
};

static struct {
    const char *devargs;
    int error;                  /* Of fake_get_stats(). */
    struct netdev_stats stats;
    size_t n_custom;
    struct netdev_custom_counter custom[4];
    int n_destroyed;
} state;

static struct netdev *
fake_alloc(void)
{
    struct fake *fake = xzalloc(sizeof *fake);

    return &fake->up;
}

static int
fake_construct(struct netdev *netdev OVS_UNUSED)
{
    return 0;
}

static void
fake_destruct(struct netdev *netdev OVS_UNUSED)
{
    state.n_destroyed++;
}

static void
fake_dealloc(struct netdev *netdev)
{
    free(CONTAINER_OF(netdev, struct fake, up));
}

static int
fake_get_config(const struct netdev *netdev OVS_UNUSED, struct smap *args)
{
    if (state.devargs) {
        smap_add(args, "dpdk-devargs", state.devargs);
    }
    return 0;
}

static int
fake_get_stats(const struct netdev *netdev OVS_UNUSED,
               struct netdev_stats *stats)
{
    *stats = state.stats;
    return state.error;
}

static int
fake_get_custom_stats(const struct netdev *netdev OVS_UNUSED,
                      struct netdev_custom_stats *custom)
{
    custom->size = state.n_custom;
    custom->counters = xmemdup(state.custom, sizeof state.custom);
    return 0;
}

static const struct netdev_class classes[] = {
#define FAKE(TYPE)                                      \
    {                                                   \
        .type = TYPE,                                   \
        .alloc = fake_alloc,                            \
        .construct = fake_construct,                    \
        .destruct = fake_destruct,                      \
        .dealloc = fake_dealloc,                        \
        .get_config = fake_get_config,                  \
        .get_stats = fake_get_stats,                    \
        .get_custom_stats = fake_get_custom_stats,      \
    }
    FAKE("dpdktest"), FAKE("fake"),
};

static struct netdev *
open_fake(const char *name, const char *type)
{
    static bool registered;
    struct netdev *netdev;

    for (size_t i = 0; !registered && i < ARRAY_SIZE(classes); i++) {
        ck_assert_int_eq(netdev_register_provider(&classes[i]), 0);
    }
    registered = true;
    ck_assert_int_eq(netdev_open(name, type, &netdev), 0);
    return netdev;
}

/* Without a value, what the device does not count. */
static void
expect_reading(const struct port_reading *reading,
               enum port_counter counter, int64_t value)
{
    bool has = reading->has & (1u << counter);

    ck_assert_msg(has == (value >= 0), "%s", port_counter_name(counter));
    if (has) {
        ck_assert_uint_eq(reading->values[counter], value);
    }
}

START_TEST(test_device)
{
    struct netdev *netdev = open_fake("d0", "dpdktest");
    struct port_reading reading;

    memset(&state.stats, 0xff, sizeof state.stats);
    state.stats.rx_dropped = 1;
    state.stats.rx_missed_errors = 2;
    state.stats.tx_errors = 3;
    state.n_custom = 4;
    state.custom[0] = (struct netdev_custom_counter) {
        4, "rx_mbuf_allocation_errors" };
    state.custom[1] = (struct netdev_custom_counter) {
        5, "ovs_tx_failure_drops" };
    state.custom[2] = (struct netdev_custom_counter) {
        6, "ovs_tx_failure" };
    state.custom[3] = (struct netdev_custom_counter) {
        7, "ovs_tx_failure_drops2" };

    memset(&reading, 0, sizeof reading);
    ck_assert(device_counters_read(netdev, &reading));
    expect_reading(&reading, PORT_COUNTER_RX_DROPPED, 1);
    expect_reading(&reading, PORT_COUNTER_RX_ERRORS, -1);
    expect_reading(&reading, PORT_COUNTER_RX_MISSED, 2);
    expect_reading(&reading, PORT_COUNTER_RX_NOMBUF, 4);
    expect_reading(&reading, PORT_COUNTER_TX_DROPPED, -1);
    expect_reading(&reading, PORT_COUNTER_TX_ERRORS, 3);
    expect_reading(&reading, PORT_COUNTER_TX_FAILED, 5);
    expect_reading(&reading, PORT_COUNTER_QDISC_DROPS, -1);
    expect_reading(&reading, PORT_COUNTER_QDISC_BACKLOG, -1);

    state.stats.rx_errors = 8;
    state.stats.tx_dropped = 9;
    state.n_custom = 0;
    memset(&reading, 0, sizeof reading);
    ck_assert(device_counters_read(netdev, &reading));
    expect_reading(&reading, PORT_COUNTER_RX_ERRORS, 8);
    expect_reading(&reading, PORT_COUNTER_RX_NOMBUF, -1);
    expect_reading(&reading, PORT_COUNTER_TX_DROPPED, 9);
    expect_reading(&reading, PORT_COUNTER_TX_FAILED, -1);

    state.error = EPROTO;
    memset(&reading, 0, sizeof reading);
    ck_assert(!device_counters_read(netdev, &reading));
    ck_assert_uint_eq(reading.has, 0);
    netdev_close(netdev);
}
END_TEST

/* The interface of the kernel behind a port of DPDK. */
START_TEST(test_devargs)
{
    static const struct {
        const char *devargs;
        const char *link;
        bool reversed;
    } cases[] = {
        { NULL, NULL, false },
        { "0000:01:00.0", NULL, false },
        { "net_null0,iface=eth1", NULL, false },
        { "net_af_packet0,iface=eth1", "eth1", false },
        { "net_af_packet0,qpairs=2,iface=eth1,framecnt=16", "eth1", false },
        { "net_af_packet0,myiface=eth1", NULL, false },
        { "net_af_xdp7,iface=eth2,start_queue=1", "eth2", false },
        { "net_tap3,iface=tap9", "tap9", true },
        { "net_tap3", NULL, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sampled_ports ports = SAMPLED_PORTS_INITIALIZER;
        struct netdev *netdev;

        state.devargs = cases[i].devargs;
        netdev = open_fake("d0", "dpdktest");
        sampled_ports_insert("dp", u32_to_odp(1), netdev);
        ck_assert(sampled_ports_update(&ports));
        ck_assert_uint_eq(ports.n, 1);
        ck_assert_uint_eq(ports.ports[0]->id, port_name_intern("d0"));
        ck_assert(nullable_string_is_equal(ports.ports[0]->link,
                                           cases[i].link));
        ck_assert(ports.ports[0]->reversed == cases[i].reversed);
        sampled_ports_remove("dp", u32_to_odp(1));
        sampled_ports_uninit(&ports);
        netdev_close(netdev);
    }
}
END_TEST

static struct netdev *
device_of(struct sampled_port *port)
{
    struct netdev *device;

    ovs_mutex_lock(&port->mutex);
    device = port->device;
    ovs_mutex_unlock(&port->mutex);
    return device;
}

/* The netdev of a port lives as long as the port, and not longer. */
START_TEST(test_life)
{
    struct sampled_ports ports = SAMPLED_PORTS_INITIALIZER;
    struct sampled_ports other = SAMPLED_PORTS_INITIALIZER;
    struct netdev *a = open_fake("a", "dpdktest");
    struct netdev *b = open_fake("b", "fake");

    ck_assert(!sampled_ports_update(&ports));
    sampled_ports_insert("dp", u32_to_odp(1), a);
    sampled_ports_insert("dp", u32_to_odp(2), b);       /* Has no counters. */
    sampled_ports_insert("dp2", u32_to_odp(1), a);
    ck_assert(sampled_ports_update(&ports));
    ck_assert(!sampled_ports_update(&ports));
    ck_assert(sampled_ports_update(&other));
    ck_assert_uint_eq(ports.n, 2);
    netdev_close(b);
    ck_assert_int_eq(state.n_destroyed, 1);
    netdev_close(a);
    ck_assert_int_eq(state.n_destroyed, 1);

    /* No such port. */
    sampled_ports_remove("dp", u32_to_odp(2));
    sampled_ports_remove("dp3", u32_to_odp(1));
    ck_assert(!sampled_ports_update(&ports));

    sampled_ports_remove("dp", u32_to_odp(1));
    ck_assert_int_eq(state.n_destroyed, 1);
    ck_assert_ptr_null(device_of(ports.ports[0]));
    ck_assert_ptr_eq(device_of(ports.ports[1]), a);
    sampled_ports_remove("dp2", u32_to_odp(1));
    ck_assert_int_eq(state.n_destroyed, 2);
    ck_assert_ptr_null(device_of(ports.ports[1]));

    ck_assert(sampled_ports_update(&ports));
    ck_assert_uint_eq(ports.n, 0);
    sampled_ports_uninit(&ports);
    ck_assert_uint_eq(other.n, 2);
    sampled_ports_uninit(&other);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("sampled-ports");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, test_device);
    tcase_add_test(tc, test_devargs);
    tcase_add_test(tc, test_life);
    suite_add_tcase(suite, tc);
    return suite;
}
