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

/* Ethernet type, version, header length, TOS, total length, id. */
static inline uint64_t
plain_load_start(const uint8_t *data)
{
    return plain_load_u64(data + ETH_HEADER_LEN - 2);
}

static inline bool
plain_is_start(uint64_t start)
{
    return !((start ^ 0x450008) & 0xffffff);
}

/* Stores the L4 payload of 'frame', which begins with 'start' and has an L4
 * header of 'l4_len' bytes, in 'volume'.  Returns false if the frame has less
 * than it says, or too much. */
static inline bool
plain_get_payload(const struct frame *frame, uint64_t start, uint32_t l4_len,
                  uint32_t *volume)
{
    /* Both wrap around if there is less than that.  Padding: the wire had the
     * whole of the packet, and no more than 65,535 bytes behind it. */
    uint32_t total_len = __builtin_bswap16(start >> 32);
    uint32_t padding = frame->bytes - ETH_HEADER_LEN - total_len;

    *volume = total_len - IP_HEADER_LEN - l4_len;
    return OVS_LIKELY((*volume | padding) <= UINT16_MAX
                      && frame->captured >= PLAIN_L4_OFS + l4_len);
}

/* The length of a TCP header at 'tcp', as it says. */
static inline uint32_t
plain_get_tcp_len(const uint8_t *tcp)
{
    return tcp[12] >> 2 & 0x3c;
}

/* Reads 'frame'.  Stores in 'words' those of what packet_parse() makes of it,
 * but for 'place' and 'frame', which are 0.  Returns false, whatever it
 * stored, if the frame is not plain.  Runs on: PMD. */
static inline bool
packet_parse_plain(const struct frame *frame, uint64_t words[PLAIN_WORDS])
{
#ifdef WORDS_BIGENDIAN
    return false;
#else
    const uint8_t *data = frame->data;
    uint32_t volume;

    if (OVS_UNLIKELY(frame->captured < PLAIN_MIN_LEN)) {
        return false;
    }

    /* After the start: fragment, TTL, protocol. */
    uint64_t start = plain_load_start(data);
    uint64_t rest = plain_load_u64(data + PLAIN_IP_OFS + 6);
    if (OVS_UNLIKELY(!plain_is_start(start) || rest & 0xff1f)) {
        return false;
    }

    uint32_t proto = rest >> 24 & 0xff;
    uint32_t l4_len = plain_get_tcp_len(data + PLAIN_L4_OFS);
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
    if (OVS_UNLIKELY(!plain_get_payload(frame, start, l4_len, &volume))) {
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

/* What is left to be read of 'frame' if a plain one before it had the same
 * addresses, protocol, ports and fragment offset: stores its L4 payload in
 * 'volume'.  'min_l4_len' is that of the protocol.  Returns false if this
 * frame is not plain.  Runs on: PMD. */
static inline bool
plain_get_volume(const struct frame *frame, uint32_t min_l4_len,
                 uint32_t *volume)
{
    if (OVS_UNLIKELY(frame->captured < PLAIN_MIN_LEN)) {
        return false;
    }

    uint64_t start = plain_load_start(frame->data);
    uint32_t l4_len = (OVS_LIKELY(min_l4_len == TCP_HEADER_LEN)
                       ? plain_get_tcp_len(frame->data + PLAIN_L4_OFS)
                       : UDP_HEADER_LEN);
    return (OVS_LIKELY(plain_is_start(start) && l4_len >= min_l4_len)
            && plain_get_payload(frame, start, l4_len, volume));
}

/* Reads the segment with the TCP header at 'tcp', which is no SYN, of which
 * options matter.  Returns false, and stores nothing, if it is one. */
static inline bool
plain_read_segment(const uint8_t *tcp, uint32_t volume,
                   struct tcp_segment *segment)
{
    if (OVS_UNLIKELY(tcp[13] & TCP_SYN)) {
        return false;
    }
    *segment = (struct tcp_segment) {
        .seq = __builtin_bswap32(plain_load_u32(tcp + 4)),
        .ack = __builtin_bswap32(plain_load_u32(tcp + 8)),
        .payload = volume,
        .window = tcp[14] << 8 | tcp[15],
        .flags = tcp[13],
        .scale = TCP_NO_SCALE,
    };
    return true;
}

/* True if 'packet' is a TCP segment in plain IPv4. */
static inline bool
packet_is_plain_segment(const struct packet *packet)
{
#ifdef WORDS_BIGENDIAN
    return false;
#else
    return (packet->tcp_ofs == PLAIN_L4_OFS && packet->ip_ofs == PLAIN_IP_OFS
            && packet->key.kind == FLOW_IPV4);
#endif
}

#endif /* monitor/packet-plain.h */
