/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/bench-port.h"

#include <errno.h>

#include "dp-packet.h"
#include "netdev-provider.h"
#include "util.h"

struct bench_port {
    struct netdev up;
    atomic_uint64_t n_sent;     /* Written by the packet thread. */
};

static struct bench_feed feed;

static struct bench_port *
bench_port_cast(const struct netdev *netdev)
{
    return CONTAINER_OF(netdev, struct bench_port, up);
}

static struct netdev *
bench_port_alloc(void)
{
    struct bench_port *port = xzalloc(sizeof *port);

    return &port->up;
}

static int
bench_port_construct(struct netdev *netdev)
{
    netdev->n_rxq = !strcmp(netdev_get_name(netdev), BENCH_PORT_SOURCE);
    netdev->n_txq = 1;
    return 0;
}

static void
bench_port_destruct(struct netdev *netdev OVS_UNUSED)
{
}

static void
bench_port_dealloc(struct netdev *netdev)
{
    free(bench_port_cast(netdev));
}

static int
bench_port_get_numa_id(const struct netdev *netdev OVS_UNUSED)
{
    return 0;
}

static int
bench_port_set_tx_multiq(struct netdev *netdev, unsigned int n_txq)
{
    netdev->n_txq = n_txq;
    return 0;
}

static int
bench_port_get_etheraddr(const struct netdev *netdev OVS_UNUSED,
                         struct eth_addr *mac)
{
    *mac = (struct eth_addr) ETH_ADDR_C(02,00,00,00,00,02);
    return 0;
}

static int
bench_port_get_mtu(const struct netdev *netdev OVS_UNUSED, int *mtu)
{
    *mtu = ETH_PAYLOAD_MAX;
    return 0;
}

static int
bench_port_update_flags(struct netdev *netdev OVS_UNUSED,
                        enum netdev_flags off OVS_UNUSED,
                        enum netdev_flags on OVS_UNUSED,
                        enum netdev_flags *old)
{
    *old = NETDEV_UP;
    return 0;
}

static int
bench_port_reconfigure(struct netdev *netdev OVS_UNUSED)
{
    return 0;
}

static struct netdev_rxq *
bench_port_rxq_alloc(void)
{
    return xzalloc(sizeof(struct netdev_rxq));
}

static int
bench_port_rxq_construct(struct netdev_rxq *rxq OVS_UNUSED)
{
    return 0;
}

static void
bench_port_rxq_destruct(struct netdev_rxq *rxq OVS_UNUSED)
{
}

static void
bench_port_rxq_dealloc(struct netdev_rxq *rxq)
{
    free(rxq);
}

static int
bench_port_rxq_recv(struct netdev_rxq *rxq OVS_UNUSED,
                    struct dp_packet_batch *batch, int *qfill)
{
    if (qfill) {
        *qfill = -ENOTSUP;
    }
    return feed.receive(batch, feed.aux) ? 0 : EAGAIN;
}

static int
bench_port_send(struct netdev *netdev, int qid OVS_UNUSED,
                struct dp_packet_batch *batch,
                bool concurrent_txq OVS_UNUSED)
{
    struct bench_port *port = bench_port_cast(netdev);
    uint64_t n_sent;

    atomic_read_relaxed(&port->n_sent, &n_sent);
    n_sent += dp_packet_batch_size(batch);
    atomic_store_relaxed(&port->n_sent, n_sent);
    feed.send(netdev_get_name(netdev), batch, feed.aux);
    return 0;
}

static int
bench_port_get_stats(const struct netdev *netdev, struct netdev_stats *stats)
{
    struct bench_port *port = bench_port_cast(netdev);

    memset(stats, 0, sizeof *stats);
    atomic_read_relaxed(&port->n_sent, &stats->tx_packets);
    return 0;
}

static const struct netdev_class bench_port_class = {
    .type = BENCH_PORT_TYPE,
    .is_pmd = true,
    .alloc = bench_port_alloc,
    .construct = bench_port_construct,
    .destruct = bench_port_destruct,
    .dealloc = bench_port_dealloc,
    .get_numa_id = bench_port_get_numa_id,
    .set_tx_multiq = bench_port_set_tx_multiq,
    .send = bench_port_send,
    .get_stats = bench_port_get_stats,
    .get_etheraddr = bench_port_get_etheraddr,
    .get_mtu = bench_port_get_mtu,
    .update_flags = bench_port_update_flags,
    .reconfigure = bench_port_reconfigure,
    .rxq_alloc = bench_port_rxq_alloc,
    .rxq_construct = bench_port_rxq_construct,
    .rxq_destruct = bench_port_rxq_destruct,
    .rxq_dealloc = bench_port_rxq_dealloc,
    .rxq_recv = bench_port_rxq_recv,
};

int
bench_port_register(const struct bench_feed *feed_)
{
    feed = *feed_;
    return netdev_register_provider(&bench_port_class);
}
