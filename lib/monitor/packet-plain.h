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

/* Reads 'frame'.  The words of the key go to 'key' instead of the packet,
 * which is what packet_parse() makes of it otherwise.  Returns false, whatever
 * it stored, if the frame is not plain.  Runs on: PMD. */
static inline bool
packet_parse_plain(struct packet *packet, const struct frame *frame,
                   uint64_t key[2])
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
    uint32_t total_len = __builtin_bswap16(start >> 32);
    uint32_t l4_len, tcp_ofs;
    if (OVS_LIKELY(proto == IPPROTO_TCP)) {
        l4_len = data[PLAIN_L4_OFS + 12] >> 2 & 0x3c;
        tcp_ofs = PLAIN_L4_OFS;
        if (OVS_UNLIKELY(l4_len < TCP_HEADER_LEN)) {
            return false;
        }
    } else if (proto == IPPROTO_UDP) {
        l4_len = UDP_HEADER_LEN;
        tcp_ofs = 0;
    } else {
        return false;
    }

    /* The second condition is both "the wire had it" and "it had no more than
     * 65,535 bytes of padding". */
    if (OVS_UNLIKELY(total_len < IP_HEADER_LEN + l4_len
                     || (frame->bytes - ETH_HEADER_LEN - total_len
                         > UINT16_MAX)
                     || frame->captured < PLAIN_L4_OFS + l4_len)) {
        return false;
    }

    key[0] = plain_load_u64(data + PLAIN_IP_OFS + 12);
    key[1] = (plain_load_u32(data + PLAIN_L4_OFS)
              | (uint64_t) (proto | FLOW_IPV4 << 8) << 32);
    packet->bytes = frame->bytes;
    packet->volume = total_len - IP_HEADER_LEN - l4_len;
    packet->vlan = 0;
    packet->ip_ofs = PLAIN_IP_OFS;
    packet->frame = 0;
    packet->tcp_ofs = tcp_ofs;
    return true;
#endif
}

/* Puts 'place' into the words of a plain packet's key, and these into
 * 'packet'. */
static inline void
packet_set_plain_key(struct packet *packet, uint64_t key[2], uint16_t place)
{
    key[1] |= (uint64_t) place << 48;
    memcpy(&packet->key, key, sizeof packet->key);
}

#endif /* monitor/packet-plain.h */
