/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/bench-port.h"

#include <errno.h>

#include "dp-packet.h"
#include "monitor/pages.h"
#include "netdev-provider.h"
#include "tests/bench/traffic.h"
#include "util.h"

/* As many as there are descriptors in the ring of a queue by default. */
#define N_BUFFERS 2048

static struct bench_source *source;
static struct dp_packet *ring;
static unsigned int ring_cursor;

static struct netdev *
bench_port_alloc(void)
{
    return xzalloc(sizeof(struct netdev));
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
    free(netdev);
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
    static unsigned int n_bursts;
    bool running;

    atomic_read_relaxed(&source->running, &running);
    if (OVS_UNLIKELY(!running)) {
        return EAGAIN;
    }
    if (OVS_UNLIKELY(!(n_bursts++ % BENCH_PORT_TICK_BURSTS))) {
        source->tick(source->aux);
        atomic_read_relaxed(&source->running, &running);
        if (!running) {
            return EAGAIN;
        }
    }
    for (int i = 0; i < NETDEV_MAX_BURST; i++) {
        struct dp_packet *packet = &ring[ring_cursor];

        ring_cursor = (ring_cursor + 1) % N_BUFFERS;
        dp_packet_set_base(packet, traffic_next(source->traffic));
        dp_packet_reset_offload(packet);
        batch->packets[i] = packet;
    }
    batch->count = NETDEV_MAX_BURST;
    source->n_received += NETDEV_MAX_BURST;
    if (qfill) {
        *qfill = -ENOTSUP;
    }
    return 0;
}

/* The buffers are the ring's, so nothing is to be freed. */
static int
bench_port_send(struct netdev *netdev OVS_UNUSED, int qid OVS_UNUSED,
                struct dp_packet_batch *batch,
                bool concurrent_txq OVS_UNUSED)
{
    struct traffic *traffic = source->traffic;
    struct dp_packet *packet;

    source->n_sent += dp_packet_batch_size(batch);
    if (traffic->seq_step) {
        DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
            traffic_advance(traffic, dp_packet_data(packet));
        }
    }
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

void
bench_port_register(struct bench_source *source_)
{
    static struct traffic_frame nothing;

    source = source_;
    ring = pages_alloc(N_BUFFERS * sizeof *ring);
    if (!ring) {
        ovs_fatal(0, "no memory for packets");
    }
    for (unsigned int i = 0; i < N_BUFFERS; i++) {
        dp_packet_use_stub(&ring[i], &nothing, sizeof nothing);
        dp_packet_set_size(&ring[i], FRAME_BYTES);
    }

    int error = netdev_register_provider(&bench_port_class);

    if (error) {
        ovs_fatal(error, "no netdev class");
    }
}
