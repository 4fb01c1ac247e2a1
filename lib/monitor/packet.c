/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/packet.h"

#include <netinet/in.h>

#include "openvswitch/compiler.h"
#include "packets.h"
#include "unaligned.h"

/* One pass over the headers, without copying.  Frames may start at any
 * address, so that all loads are unaligned ones. */

/* What is left of a frame. */
struct rest {
    const uint8_t *data;
    size_t captured;            /* Bytes at 'data' that may be read. */
    size_t bytes;               /* Bytes on the wire, >= 'captured'. */
};

#define N_VLANS 2
#define VLAN_TAG_LEN 4
#define LLC_SNAP_LEN 8
#define ETHERTYPE_LEN 2
#define IPV6_EXT_MIN_LEN 8

static inline uint16_t
get_u16(const uint8_t *p)
{
    return p[0] << 8 | p[1];
}

static inline uint32_t
get_wire_u32(const uint8_t *p)
{
    uint32_t x;

    memcpy(&x, p, sizeof x);
    return x;
}

static inline uint16_t
get_wire_u16(const uint8_t *p)
{
    uint16_t x;

    memcpy(&x, p, sizeof x);
    return x;
}

/* True if the next 'n' bytes are there, on the wire and in the capture. */
static inline bool
rest_has(const struct rest *rest, size_t n)
{
    return rest->bytes >= n && rest->captured >= n;
}

/* Goes 'n' bytes on; the caller knows that the wire had them. */
static inline void
rest_pull(struct rest *rest, size_t n)
{
    rest->data += n;
    rest->bytes -= n;
    rest->captured = rest->captured > n ? rest->captured - n : 0;
}

/* Cuts padding: only 'bytes' bytes are left. */
static inline void
rest_trim(struct rest *rest, size_t bytes)
{
    rest->bytes = bytes;
    rest->captured = MIN(rest->captured, bytes);
}

static inline bool
is_vlan_type(uint16_t type)
{
    return type == ETH_TYPE_VLAN_8021Q || type == ETH_TYPE_VLAN_8021AD;
}

/* Returns the Ethernet type behind VLAN tags and LLC. */
static inline uint16_t
parse_ethernet(struct rest *rest, uint16_t *vlan)
{
    rest_pull(rest, 2 * ETH_ADDR_LEN);
    for (int i = 0; (i < N_VLANS && is_vlan_type(get_u16(rest->data))
                     && rest_has(rest, VLAN_TAG_LEN + ETHERTYPE_LEN)); i++) {
        if (!i) {
            *vlan = ((get_u16(rest->data + ETHERTYPE_LEN) & VLAN_VID_MASK)
                     | FLOW_FIELDS_VLAN);
        }
        rest_pull(rest, VLAN_TAG_LEN);
    }

    uint16_t type = get_u16(rest->data);
    rest_pull(rest, ETHERTYPE_LEN);
    if (OVS_LIKELY(type >= ETH_TYPE_MIN)) {
        return type;
    }

    static const uint8_t snap[] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
    if (!rest_has(rest, LLC_SNAP_LEN)
        || memcmp(rest->data, snap, sizeof snap)
        || get_u16(rest->data + sizeof snap) < ETH_TYPE_MIN) {
        return FLOW_FIELDS_NO_TYPE;
    }
    type = get_u16(rest->data + sizeof snap);
    rest_pull(rest, LLC_SNAP_LEN);
    return type;
}

static inline void
parse_tcp(struct packet *packet, const struct frame *frame,
          const struct rest *rest)
{
    if (OVS_LIKELY(rest_has(rest, TCP_HEADER_LEN))) {
        size_t header_len = (rest->data[12] >> 4) * 4;

        if (OVS_LIKELY(header_len >= TCP_HEADER_LEN
                       && rest_has(rest, header_len))) {
            packet->key.tp_src = get_wire_u16(rest->data);
            packet->key.tp_dst = get_wire_u16(rest->data + 2);
            packet->tcp_ofs = rest->data - frame->data;
            packet->volume = rest->bytes - header_len;
        }
    }
}

/* Reads the L4 header at 'rest', which ends where the IP packet ends. */
static inline void
parse_l4(struct packet *packet, const struct frame *frame,
         const struct rest *rest, bool later_fragment)
{
    uint8_t proto = packet->key.nw_proto;

    if (OVS_UNLIKELY(later_fragment)) {
        if (proto == IPPROTO_TCP || proto == IPPROTO_UDP) {
            packet->volume = rest->bytes;
        }
    } else if (OVS_LIKELY(proto == IPPROTO_TCP)) {
        parse_tcp(packet, frame, rest);
    } else if (proto == IPPROTO_UDP || proto == IPPROTO_SCTP) {
        size_t header_len = (proto == IPPROTO_UDP
                             ? UDP_HEADER_LEN : SCTP_HEADER_LEN);

        if (rest_has(rest, header_len)) {
            packet->key.tp_src = get_wire_u16(rest->data);
            packet->key.tp_dst = get_wire_u16(rest->data + 2);
            if (proto == IPPROTO_UDP) {
                packet->volume = rest->bytes - header_len;
            }
        }
    }
}

static inline bool
parse_ipv4(struct packet *packet, const struct frame *frame,
           struct rest *rest)
{
    if (OVS_UNLIKELY(!rest_has(rest, IP_HEADER_LEN))) {
        return false;
    }

    const uint8_t *ip = rest->data;
    size_t header_len = (ip[0] & 0xf) * 4;
    size_t total_len = get_u16(ip + 2);
    if (OVS_UNLIKELY(header_len < IP_HEADER_LEN || !rest_has(rest, header_len)
                     || total_len > rest->bytes || header_len > total_len
                     || rest->bytes - total_len > UINT16_MAX)) {
        return false;
    }

    packet->key.kind = FLOW_IPV4;
    packet->key.src = get_wire_u32(ip + 12);
    packet->key.dst = get_wire_u32(ip + 16);
    packet->key.nw_proto = ip[9];
    packet->ip_ofs = ip - frame->data;

    bool later_fragment = get_u16(ip + 6) & IP_FRAG_OFF_MASK;
    rest_trim(rest, total_len);
    rest_pull(rest, header_len);
    parse_l4(packet, frame, rest, later_fragment);
    return true;
}

/* Goes past the extension headers.  Returns false if one is cut. */
static bool
parse_ipv6_extensions(struct rest *rest, uint8_t *proto, bool *later_fragment)
{
    for (;;) {
        size_t len;

        if (*proto != IPPROTO_HOPOPTS && *proto != IPPROTO_ROUTING
            && *proto != IPPROTO_DSTOPTS && *proto != IPPROTO_AH
            && *proto != IPPROTO_FRAGMENT) {
            return true;
        }
        if (!rest_has(rest, IPV6_EXT_MIN_LEN)) {
            return false;
        }

        const uint8_t *ext = rest->data;
        bool fragment = *proto == IPPROTO_FRAGMENT;
        len = (fragment ? IPV6_EXT_MIN_LEN
               : *proto == IPPROTO_AH ? (ext[1] + 2) * 4
               : (ext[1] + 1) * 8);
        if (!rest_has(rest, len)) {
            return false;
        }
        *proto = ext[0];
        rest_pull(rest, len);
        if (fragment && get_u16(ext + 2) & ~7) {
            *later_fragment = true;
            return true;
        }
    }
}

static inline bool
parse_ipv6(struct packet *packet, const struct frame *frame,
           struct rest *rest, const struct flow_hash_secret *secret)
{
    if (OVS_UNLIKELY(!rest_has(rest, IPV6_HEADER_LEN))) {
        return false;
    }

    const uint8_t *ip = rest->data;
    size_t payload_len = get_u16(ip + 4);
    if (OVS_UNLIKELY(payload_len + IPV6_HEADER_LEN > rest->bytes
                     || (rest->bytes - payload_len - IPV6_HEADER_LEN
                         > UINT16_MAX))) {
        return false;
    }
    rest_pull(rest, IPV6_HEADER_LEN);
    rest_trim(rest, payload_len);

    uint8_t proto = ip[6];
    bool later_fragment = false;
    if (!parse_ipv6_extensions(rest, &proto, &later_fragment)) {
        return false;
    }

    packet->ip_ofs = ip - frame->data;
    uint64_t digest = ipv6_addresses_digest(packet_ipv6(packet, frame),
                                            secret);
    packet->key.kind = FLOW_IPV6;
    packet->key.src = digest;
    packet->key.dst = digest >> 32;
    packet->key.nw_proto = proto;
    parse_l4(packet, frame, rest, later_fragment);
    return true;
}

bool
packet_parse(struct packet *packet, const struct frame *frame,
             const struct flow_hash_secret *secret)
{
    struct rest rest = { frame->data, frame->captured, frame->bytes };
    uint16_t type = FLOW_FIELDS_NO_TYPE;

    memset(packet, 0, sizeof *packet);
    packet->bytes = frame->bytes;
    if (OVS_UNLIKELY(frame->bytes < ETH_HEADER_LEN)) {
        return false;
    }

    if (OVS_LIKELY(frame->captured >= ETH_HEADER_LEN)) {
        type = parse_ethernet(&rest, &packet->vlan);
        if (OVS_LIKELY(type == ETH_TYPE_IP)) {
            if (OVS_LIKELY(parse_ipv4(packet, frame, &rest))) {
                return true;
            }
            type = 0;
        } else if (type == ETH_TYPE_IPV6) {
            if (OVS_LIKELY(parse_ipv6(packet, frame, &rest, secret))) {
                return true;
            }
            type = 0;
        }
    }
    packet->key.kind = FLOW_OTHER;
    packet->key.src = type;
    return true;
}

void
packet_get_facts(const struct packet *packet, const struct frame *frame,
                 struct packet_facts *facts)
{
    const uint8_t *ip = frame->data + packet->ip_ofs;

    *facts = (struct packet_facts) {
        .bytes = packet->bytes,
        .volume = packet->volume,
    };
    if (packet->key.kind == FLOW_IPV4) {
        facts->is_ip = true;
        facts->tos = ip[1];
        facts->ttl = ip[8];
    } else if (packet->key.kind == FLOW_IPV6) {
        facts->is_ip = true;
        facts->tos = (ip[0] & 0xf) << 4 | ip[1] >> 4;
        facts->ttl = ip[7];
    }
    if (packet->tcp_ofs) {
        facts->tcp_flags = frame->data[packet->tcp_ofs + 13];
    }
}

void
packet_facts_get_values(const struct packet_facts *facts,
                        struct packet_values *values)
{
    double *v = values->value;

    values->defined = (1u << VAR_BYTES | 1u << VAR_PACKETS | 1u << VAR_VOLUME
                       | 1u << VAR_IS_SYN | 1u << VAR_IS_FIN
                       | 1u << VAR_IS_RST);
    v[VAR_BYTES] = facts->bytes;
    v[VAR_PACKETS] = 1;
    v[VAR_VOLUME] = facts->volume;
    v[VAR_IS_SYN] = (facts->tcp_flags & TCP_SYN) != 0;
    v[VAR_IS_FIN] = (facts->tcp_flags & TCP_FIN) != 0;
    v[VAR_IS_RST] = (facts->tcp_flags & TCP_RST) != 0;
    if (facts->is_ip) {
        values->defined |= 1u << VAR_TTL | 1u << VAR_DSCP | 1u << VAR_ECN;
        v[VAR_TTL] = facts->ttl;
        v[VAR_DSCP] = facts->tos >> 2;
        v[VAR_ECN] = (facts->tos & IP_ECN_MASK) == IP_ECN_CE;
    }
}

void
packet_get_segment(const struct packet *packet, const struct frame *frame,
                   struct tcp_segment *segment)
{
    const uint8_t *tcp = frame->data + packet->tcp_ofs;

    memset(segment, 0, sizeof *segment);
    segment->payload = packet->volume;
    if (packet->tcp_ofs) {
        size_t header_len = (tcp[12] >> 4) * 4;

        segment->seq = ntohl((OVS_FORCE ovs_be32) get_wire_u32(tcp + 4));
        segment->ack = ntohl((OVS_FORCE ovs_be32) get_wire_u32(tcp + 8));
        segment->flags = tcp[13];
        segment->window = get_u16(tcp + 14);
        segment->scale = (segment->flags & TCP_SYN
                          ? tcp_window_scale(tcp + TCP_HEADER_LEN,
                                             header_len - TCP_HEADER_LEN)
                          : TCP_NO_SCALE);
    }
}
