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
#include "util.h"

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
    uint32_t bytes;             /* On the wire, from the Ethernet header. */
    uint32_t volume;            /* L4 payload of TCP and UDP. */
    uint16_t vlan;              /* Outer VLAN id | FLOW_FIELDS_VLAN, or 0. */
    uint8_t ip_ofs;             /* Of the IP header in the frame; if IP. */
    uint8_t frame;              /* Index of the frame in the burst. */
    uint32_t tcp_ofs;           /* Of the TCP header, whole; 0 without. */
};
BUILD_ASSERT_DECL(sizeof(struct packet) == 32);

/* Reads 'frame'.  Returns false if it is shorter than an Ethernet header.
 * The digest of IPv6 addresses is keyed with 'secret'.
 * Runs on: PMD. */
bool packet_parse(struct packet *, const struct frame *frame,
                  const struct flow_hash_secret *secret);

/* The addresses of 'packet', which is a FLOW_IPV6, in its 'frame'. */
static inline const struct ipv6_addresses *
packet_ipv6(const struct packet *packet, const struct frame *frame)
{
    return ALIGNED_CAST(const struct ipv6_addresses *,
                        frame->data + packet->ip_ofs + 8);
}

/* What a packet tells by itself, beside its flow. */
struct packet_facts {
    uint32_t bytes;             /* As struct packet's. */
    uint32_t volume;
    bool is_ip;
    uint8_t tos;                /* DSCP and ECN; if IP. */
    uint8_t ttl;                /* If IP. */
    uint8_t tcp_flags;          /* 0 without a TCP header. */
};

/* Stores what 'packet', read from 'frame', tells in 'facts'.
 * Runs on: PMD. */
void packet_get_facts(const struct packet *, const struct frame *frame,
                      struct packet_facts *facts);

/* Stores all packet variables that need no state in 'values'.
 * Runs on: PMD, sweeper. */
void packet_facts_get_values(const struct packet_facts *,
                             struct packet_values *values);

/* Stores in 'segment' what the TCP header tells; without one, only 'payload'.
 * Runs on: PMD. */
void packet_get_segment(const struct packet *, const struct frame *frame,
                        struct tcp_segment *segment);

#endif /* monitor/packet.h */
