/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_PACKET_PLAIN_H
#define MONITOR_PACKET_PLAIN_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "monitor/packet.h"
#include "openvswitch/compiler.h"
#include "packets.h"

/* What most packets are, read with few instructions: IPv4 without options,
 * fragments or VLAN tags, with TCP or UDP, nothing cut.
 *
 * packet_parse() stores the key in pieces of 1 to 4 bytes, which the processor
 * cannot forward to the load of whole words that hashes it.  Here the key is
 * made in registers, and stored and hashed from there.
 *
 * Thread-safety: plain values. */

enum {
    PLAIN_IP_OFS = ETH_HEADER_LEN,
    PLAIN_L4_OFS = PLAIN_IP_OFS + IP_HEADER_LEN,
    PLAIN_MIN_LEN = PLAIN_L4_OFS + TCP_HEADER_LEN,  /* Of UDP, too. */
};

static inline uint64_t
plain_load_u64(const uint8_t *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof x);
    return x;
}

static inline uint32_t
plain_load_u32(const uint8_t *p)
{
    uint32_t x;

    memcpy(&x, p, sizeof x);
    return x;
}

/* The words of a struct packet. */
enum {
    PLAIN_KEY,                  /* First of two. */
    PLAIN_LENGTHS = 2,          /* 'bytes' and 'volume'. */
    PLAIN_OFS,                  /* From 'vlan' on. */
    PLAIN_WORDS,
};
BUILD_ASSERT_DECL(sizeof(struct packet) == PLAIN_WORDS * sizeof(uint64_t));

/* Where 'place' of the key, and 'frame', begin in their words. */
enum {
    PLAIN_PLACE_SHIFT = 48,
    PLAIN_IP_OFS_SHIFT = 16,
    PLAIN_FRAME_SHIFT = 24,
    PLAIN_TCP_OFS_SHIFT = 32,
};

/* Reads 'frame'.  Stores in 'words' those of what packet_parse() makes of it,
 * but for 'place' and 'frame', which are 0.  Returns false, whatever it stored,
 * if the frame is not plain.  Runs on: PMD. */
static inline bool
packet_parse_plain(const struct frame *frame, uint64_t words[PLAIN_WORDS])
{
#ifdef WORDS_BIGENDIAN
    return false;
#else
    const uint8_t *data = frame->data;

    if (OVS_UNLIKELY(frame->captured < PLAIN_MIN_LEN)) {
        return false;
    }

    /* Ethernet type, version, header length, TOS, total length, id; then
     * fragment, TTL, protocol. */
    uint64_t start = plain_load_u64(data + ETH_HEADER_LEN - 2);
    uint64_t rest = plain_load_u64(data + PLAIN_IP_OFS + 6);
    if (OVS_UNLIKELY(((start ^ 0x450008) & 0xffffff)
                     | (rest & 0xff1f))) {
        return false;
    }

    uint32_t proto = rest >> 24 & 0xff;
    uint32_t l4_len = data[PLAIN_L4_OFS + 12] >> 2 & 0x3c;
    uint64_t ofs = (PLAIN_IP_OFS << PLAIN_IP_OFS_SHIFT
                    | (uint64_t) PLAIN_L4_OFS << PLAIN_TCP_OFS_SHIFT);
    if (OVS_UNLIKELY(proto != IPPROTO_TCP)) {
        if (proto != IPPROTO_UDP) {
            return false;
        }
        l4_len = UDP_HEADER_LEN;
        ofs = PLAIN_IP_OFS << PLAIN_IP_OFS_SHIFT;
    } else if (OVS_UNLIKELY(l4_len < TCP_HEADER_LEN)) {
        return false;
    }

    /* Both wrap around if there is less than that.  Padding: the wire had the
     * whole of the packet, and no more than 65,535 bytes behind it. */
    uint32_t total_len = __builtin_bswap16(start >> 32);
    uint32_t volume = total_len - IP_HEADER_LEN - l4_len;
    uint32_t padding = frame->bytes - ETH_HEADER_LEN - total_len;
    if (OVS_UNLIKELY((volume | padding) > UINT16_MAX
                     || frame->captured < PLAIN_L4_OFS + l4_len)) {
        return false;
    }

    words[PLAIN_KEY] = plain_load_u64(data + PLAIN_IP_OFS + 12);
    words[PLAIN_KEY + 1] = (plain_load_u32(data + PLAIN_L4_OFS)
                            | (uint64_t) (proto | FLOW_IPV4 << 8) << 32);
    words[PLAIN_LENGTHS] = frame->bytes | (uint64_t) volume << 32;
    words[PLAIN_OFS] = ofs;
    return true;
#endif
}

/* If 'packet', read from 'frame', is a TCP segment in plain IPv4, and no SYN,
 * of which options matter, stores what packet_get_segment() would, and its TOS
 * and TTL.  Returns false, and stores nothing, if not.  Runs on: PMD. */
static inline bool
packet_get_plain_segment(const struct packet *packet,
                         const struct frame *frame,
                         struct tcp_segment *segment, uint8_t *tos,
                         uint8_t *ttl)
{
#ifdef WORDS_BIGENDIAN
    return false;
#else
    const uint8_t *ip = frame->data + PLAIN_IP_OFS;
    const uint8_t *tcp = frame->data + PLAIN_L4_OFS;

    if (OVS_UNLIKELY(packet->tcp_ofs != PLAIN_L4_OFS
                     || packet->ip_ofs != PLAIN_IP_OFS
                     || packet->key.kind != FLOW_IPV4
                     || tcp[13] & TCP_SYN)) {
        return false;
    }
    *segment = (struct tcp_segment) {
        .seq = __builtin_bswap32(plain_load_u32(tcp + 4)),
        .ack = __builtin_bswap32(plain_load_u32(tcp + 8)),
        .payload = packet->volume,
        .window = tcp[14] << 8 | tcp[15],
        .flags = tcp[13],
        .scale = TCP_NO_SCALE,
    };
    *tos = ip[1];
    *ttl = ip[8];
    return true;
#endif
}

#endif /* monitor/packet-plain.h */
