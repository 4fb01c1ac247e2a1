/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_PACKET_LOG_H
#define MONITOR_PACKET_LOG_H 1

#include <stdbool.h>
#include <stdint.h>

#include "monitor/tcp-segment.h"
#include "openvswitch/compiler.h"

/* The packet log: what a packet thread hands to the sweeper of each packet
 * for which more than the packet must be known.
 *
 * Whether a segment was sent before, or what it acknowledges, depends on
 * packets that other threads received.  So the packet thread only notes what
 * it saw, in order; the tracker (tracker.h) puts the logs of all threads
 * together.  Flows that match no trigger which needs this, and are not the
 * reverse direction of such a flow, are not recorded.
 *
 * A log belongs to an epoch buffer and changes hands with it
 * (epoch-buffer.h). */

enum {
    PACKET_IS_IP = 1 << 0,
    PACKET_IS_SEGMENT = 1 << 1, /* It has a whole TCP header. */
};

struct packet_record {
    uint64_t ns;                /* Unix time of reception. */
    uint32_t active;            /* Its flow: index into the buffer's active
                                 * ones. */
    uint32_t bytes;             /* As struct packet's. */
    struct tcp_segment segment; /* 'payload' is the packet's volume, also if
                                 * it is no segment. */
    uint8_t tos;
    uint8_t ttl;
    uint8_t is;                 /* PACKET_IS_*. */
};
BUILD_ASSERT_DECL(sizeof(struct packet_record) == 40);

#endif /* monitor/packet-log.h */
