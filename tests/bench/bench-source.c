/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/bench-source.h"

#include "dp-packet.h"
#include "monitor/pages.h"
#include "tests/bench/bench-port.h"
#include "tests/bench/pcap-source.h"
#include "tests/bench/traffic.h"
#include "util.h"

/* As many as there are descriptors in the ring of a queue by default. */
#define N_BUFFERS 2048

static struct dp_packet *ring;
static unsigned int ring_cursor;

static void
receive_own(struct traffic *traffic, struct dp_packet_batch *batch)
{
    for (int i = 0; i < NETDEV_MAX_BURST; i++) {
        struct dp_packet *packet = &ring[ring_cursor];

        ring_cursor = (ring_cursor + 1) % N_BUFFERS;
        dp_packet_set_base(packet, traffic_next(traffic));
        dp_packet_reset_offload(packet);
        batch->packets[i] = packet;
    }
    batch->count = NETDEV_MAX_BURST;
}

static bool
bench_source_receive(struct dp_packet_batch *batch, void *source_)
{
    static unsigned int n_bursts;
    struct bench_source *source = source_;
    bool running;

    atomic_read_explicit(&source->running, &running, memory_order_acquire);
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
    if (!source->pcap) {
        receive_own(source->traffic, batch);
    } else if (!pcap_source_receive(source->pcap, batch)) {
        return false;
    }
    source->n_received += dp_packet_batch_size(batch);
    return true;
}

/* The buffers are the ring's, so nothing is to be freed. */
static void
send_own(struct traffic *traffic, struct dp_packet_batch *batch)
{
    struct dp_packet *packet;

    if (traffic->seq_step) {
        DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
            traffic_advance(traffic, dp_packet_data(packet));
        }
    }
}

static void
bench_source_send(const char *port OVS_UNUSED,
                  struct dp_packet_batch *batch, void *source_)
{
    struct bench_source *source = source_;

    source->n_sent += dp_packet_batch_size(batch);
    if (source->pcap) {
        pcap_source_send(source->pcap, batch);
    } else {
        send_own(source->traffic, batch);
    }
}

static void
create_ring(void)
{
    static struct traffic_frame nothing;

    ring = pages_alloc(N_BUFFERS * sizeof *ring);
    if (!ring) {
        ovs_fatal(0, "no memory for packets");
    }
    for (unsigned int i = 0; i < N_BUFFERS; i++) {
        dp_packet_use_stub(&ring[i], &nothing, sizeof nothing);
        dp_packet_set_size(&ring[i], FRAME_BYTES);
    }
}

int
bench_source_kind_from_string(const char *s)
{
    return (!strcmp(s, "own") ? BENCH_SOURCE_OWN
            : !strcmp(s, "pcap") ? BENCH_SOURCE_PCAP
            : -1);
}

/* True if it is to be net_pcap. */
static bool
is_pcap(const struct bench_source *source)
{
    const struct traffic *traffic = source->traffic;
    bool fair = (traffic->n_frames <= PCAP_SOURCE_MAX_FRAMES
                 && !traffic->hostile);

    if (source->kind == BENCH_SOURCE_PCAP && !fair) {
        ovs_fatal(0, "net_pcap has up to %d frames, and none of an attacker; "
                  "use --source=own", PCAP_SOURCE_MAX_FRAMES);
    }
    return (source->kind == BENCH_SOURCE_PCAP
            || (source->kind == BENCH_SOURCE_DEFAULT && fair
                && pcap_source_is_built()));
}

void
bench_source_register(struct bench_source *source)
{
    const struct bench_feed feed = {
        .receive = bench_source_receive,
        .send = bench_source_send,
        .aux = source,
    };
    int error;

    if (is_pcap(source)) {
        source->pcap = pcap_source_open(source->traffic);
    } else {
        create_ring();
    }
    error = bench_port_register(&feed);
    if (error) {
        ovs_fatal(error, "no netdev class");
    }
}

const char *
bench_source_name(const struct bench_source *source)
{
    return source->pcap ? "pcap" : "own";
}
