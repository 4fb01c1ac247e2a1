/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_FRAME_H
#define MONITOR_FRAME_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the monitor is given: bursts of frames that entered at one place.
 *
 * This is the border to the world of packets: a dp_packet_batch in the
 * switch, a capture's records in a replay.
 *
 * Thread-safety: plain values. */

/* Where packets entered, but for the VLAN tag, which they carry. */
struct entrance {
    uint32_t in_port;           /* port_name_intern(); 0 in a replay. */
    bool tunnel;                /* The packet came out of a tunnel... */
    uint64_t tun_id;            /* ...with this id.  Else 0. */
};

/* One frame from the Ethernet header on. */
struct frame {
    const uint8_t *data;
    uint32_t captured;          /* Bytes that are there to be read. */
    uint32_t bytes;             /* Length on the wire, >= 'captured'. */
};

/* A burst.  The datapath's bursts are longer only if something grew them;
 * then they are handed over in pieces. */
#define BURST_MAX 32

struct burst {
    struct entrance entrance;
    uint64_t now_us;            /* Unix time of reception. */
    bool timed;                 /* Each frame has its own time. */
    size_t n;                   /* <= BURST_MAX. */
    struct frame frames[BURST_MAX];
    uint64_t ns[BURST_MAX];     /* Unix time of each frame, if 'timed'; never
                                 * goes back. */
};

#endif /* monitor/frame.h */
