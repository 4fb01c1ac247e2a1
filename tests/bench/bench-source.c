/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/bench-source.h"

#include "dp-packet.h"
#include "monitor/pages.h"
#include "tests/bench/bench-port.h"
#include "tests/bench/traffic.h"
#include "util.h"

/* As many as there are descriptors in the ring of a queue by default. */
#define N_BUFFERS 2048

static struct dp_packet *ring;
static unsigned int ring_cursor;

static bool
bench_source_receive(struct dp_packet_batch *batch, void *source_)
{
    static unsigned int n_bursts;
    struct bench_source *source = source_;
    bool running;

    atomic_read_relaxed(&source->running, &running);
    if (OVS_UNLIKELY(!running)) {
        return false;
    }
    if (OVS_UNLIKELY(!(n_bursts++ % BENCH_SOURCE_TICK_BURSTS))) {
        source->tick(source->aux);
        atomic_read_relaxed(&source->running, &running);
        if (!running) {
            return false;
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
    return true;
}

/* The buffers are the ring's, so nothing is to be freed. */
static void
bench_source_send(const char *port OVS_UNUSED,
                  struct dp_packet_batch *batch, void *source_)
{
    struct bench_source *source = source_;
    struct traffic *traffic = source->traffic;
    struct dp_packet *packet;

    source->n_sent += dp_packet_batch_size(batch);
    if (traffic->seq_step) {
        DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
            traffic_advance(traffic, dp_packet_data(packet));
        }
    }
}

void
bench_source_register(struct bench_source *source)
{
    static struct traffic_frame nothing;
    const struct bench_feed feed = {
        .receive = bench_source_receive,
        .send = bench_source_send,
        .aux = source,
    };
    int error;

    ring = pages_alloc(N_BUFFERS * sizeof *ring);
    if (!ring) {
        ovs_fatal(0, "no memory for packets");
    }
    for (unsigned int i = 0; i < N_BUFFERS; i++) {
        dp_packet_use_stub(&ring[i], &nothing, sizeof nothing);
        dp_packet_set_size(&ring[i], FRAME_BYTES);
    }
    error = bench_port_register(&feed);
    if (error) {
        ovs_fatal(error, "no netdev class");
    }
}
