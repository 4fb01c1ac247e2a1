/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/flood.h"

#include "dp-packet.h"
#include "tests/bench/traffic.h"
#include "util.h"

/* As many as there are descriptors in the ring of a queue by default. */
#define N_BUFFERS 2048

/* Free buffers, first in, first out. */
struct flood {
    struct traffic *traffic;
    struct dp_packet *buffers[N_BUFFERS];
    unsigned int head;
    unsigned int n;
};

/* A buffer that dp_packet_delete() could free. */
static struct dp_packet *
create_buffer(void)
{
    static struct traffic_frame nothing;
    struct dp_packet *buffer = xmalloc_cacheline(sizeof *buffer);

    dp_packet_use_stub(buffer, &nothing, sizeof nothing);
    dp_packet_set_size(buffer, FRAME_BYTES);
    return buffer;
}

struct flood *
flood_create(uint32_t n_flows)
{
    const struct traffic_settings settings = { .n_flows = n_flows };
    struct traffic *traffic = traffic_create(&settings);
    struct flood *flood;

    if (!traffic) {
        return NULL;
    }
    flood = xzalloc(sizeof *flood);
    flood->traffic = traffic;
    for (flood->n = 0; flood->n < N_BUFFERS; flood->n++) {
        flood->buffers[flood->n] = create_buffer();
    }
    return flood;
}

void
flood_receive(struct flood *flood, struct dp_packet_batch *batch)
{
    for (int i = 0; i < NETDEV_MAX_BURST; i++) {
        struct dp_packet *packet;

        if (OVS_LIKELY(flood->n)) {
            packet = flood->buffers[flood->head++ % N_BUFFERS];
            flood->n--;
        } else {
            packet = create_buffer();
        }
        dp_packet_set_base(packet, traffic_next(flood->traffic));
        dp_packet_reset_offload(packet);
        *dp_packet_ol_flags_ptr(packet) |= (DP_PACKET_OL_RX_IP_CKSUM_GOOD
                                            | DP_PACKET_OL_RX_L4_CKSUM_GOOD);
        batch->packets[i] = packet;
    }
    batch->count = NETDEV_MAX_BURST;
}

bool
flood_take_back(struct flood *flood, struct dp_packet *packet)
{
    if (packet->source != DPBUF_STUB || flood->n >= N_BUFFERS) {
        return false;
    }
    flood->buffers[(flood->head + flood->n++) % N_BUFFERS] = packet;
    return true;
}
