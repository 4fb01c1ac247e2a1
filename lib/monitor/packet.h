/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_PACKET_H
#define MONITOR_PACKET_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/flow-fields.h"
#include "event/variable.h"
#include "monitor/flow-key.h"
#include "monitor/frame.h"
#include "monitor/tcp-segment.h"

/* What the monitor reads out of a frame, in one pass.
 *
 * Headers are read as OVS's miniflow_extract() reads them, but: two VLAN tags
 * are looked through whatever vlan-limit says; lengths are checked against
 * the length on the wire, and a header that the capture cut off, options
 * included, is absent; an IPv4 or IPv6 header that OVS refuses, or cut IPv6
 * extension headers, make the packet non-IP; of an IPv6 fragment after the
 * first, the protocol is the one that its fragment header names.
 *
 * Thread-safety: plain values. */
struct packet {
    struct flow_key key;        /* But for 'place'. */
    const struct ipv6_addresses *ipv6;  /* In the frame; if FLOW_IPV6. */
    const uint8_t *tcp;         /* TCP header in the frame, whole; or null. */
    uint32_t bytes;             /* On the wire, from the Ethernet header. */
    uint32_t volume;            /* L4 payload of TCP and UDP. */
    uint16_t vlan;              /* Outer VLAN id | FLOW_FIELDS_VLAN, or 0. */
    uint8_t tos;                /* DSCP and ECN; if IP. */
    uint8_t ttl;                /* If IP. */
    uint8_t tcp_flags;          /* 0 without a TCP header. */
    uint8_t frame;              /* Its index in the burst. */
};

/* Reads 'frame'.  Returns false if it is shorter than an Ethernet header.
 * The digest of IPv6 addresses is keyed with 'secret'.
 * Runs on: PMD. */
bool packet_parse(struct packet *, const struct frame *frame,
                  const struct flow_hash_secret *secret);

/* Stores all packet variables that need no state in 'values'.
 * Runs on: PMD. */
void packet_get_values(const struct packet *, struct packet_values *values);

/* Stores in 'segment' what its TCP header tells; without one, only 'payload'.
 * Runs on: PMD. */
void packet_get_segment(const struct packet *, struct tcp_segment *segment);

#endif /* monitor/packet.h */
