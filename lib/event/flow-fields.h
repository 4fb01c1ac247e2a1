/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_FLOW_FIELDS_H
#define EVENT_FLOW_FIELDS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "openvswitch/types.h"

/* The header fields by which the trigger language tells packets apart: what a
 * filter looks at and what a granularity keeps.  One layout serves as value,
 * as mask and as the key of an aggregate, so that "does it match" and "which
 * key" are seven ANDs.
 *
 * Host byte order, except for addresses, which stand as on the wire.  An IPv4
 * address is the last four bytes of its array, the other twelve are 0; the
 * Ethernet type tells the family.  A field that the packet does not have is
 * 0.  All padding is explicit and 0, so the struct may be hashed and compared
 * as memory.
 *
 * Thread-safety: plain values. */
struct flow_fields {
    uint32_t in_port;       /* Interface, see port-name.h; 0: none. */
    uint16_t vlan;          /* Outer VLAN id | FLOW_FIELDS_VLAN; 0: none. */
    uint16_t dl_type;       /* Ethernet type behind the VLAN tags; 0 where it
                             * says IP but the IP header is none. */
    uint64_t tun_id;        /* Tunnel id; 0 outside a tunnel too. */
    uint8_t src[16];        /* IP source. */
    uint8_t dst[16];        /* IP destination. */
    uint16_t tp_src;        /* TCP, UDP, SCTP source port, else 0. */
    uint16_t tp_dst;
    uint8_t nw_proto;       /* IP protocol. */
    uint8_t has;            /* FLOW_HAS_*; not part of a filter's mask. */
    uint16_t scope;         /* Bridge, see monitor/scope.h, while a flow is
                             * matched with triggers; 0 everywhere else. */
};

/* 'vlan' of a tagged packet has this bit, so that VLAN 0 is not "untagged". */
#define FLOW_FIELDS_VLAN 0x1000

/* 'dl_type' of a frame without an Ethernet type, as in OVS's flows. */
#define FLOW_FIELDS_NO_TYPE 0x05ff

/* What a packet has, for granularities: a packet that lacks a field of the
 * granularity belongs to no key. */
enum {
    FLOW_HAS_IPV4 = 1 << 0,
    FLOW_HAS_IPV6 = 1 << 1,
    FLOW_HAS_TUNNEL = 1 << 2,   /* It came out of a tunnel. */
};

#define FLOW_FIELDS_WORDS (sizeof(struct flow_fields) / sizeof(uint64_t))
BUILD_ASSERT_DECL(sizeof(struct flow_fields) == 56);

/* Stores 'fields' & 'mask' in 'out'. */
static inline void
flow_fields_and(struct flow_fields *out, const struct flow_fields *fields,
                const struct flow_fields *mask)
{
    uint64_t a[FLOW_FIELDS_WORDS], b[FLOW_FIELDS_WORDS];

    memcpy(a, fields, sizeof a);
    memcpy(b, mask, sizeof b);
    for (size_t i = 0; i < FLOW_FIELDS_WORDS; i++) {
        a[i] &= b[i];
    }
    memcpy(out, a, sizeof a);
}

static inline bool
flow_fields_equal(const struct flow_fields *a, const struct flow_fields *b)
{
    return !memcmp(a, b, sizeof *a);
}

/* Turns 'fields' into those of the reverse direction at the same place. */
static inline void
flow_fields_mirror(struct flow_fields *fields)
{
    uint8_t address[sizeof fields->src];
    uint16_t port = fields->tp_src;

    memcpy(address, fields->src, sizeof address);
    memcpy(fields->src, fields->dst, sizeof address);
    memcpy(fields->dst, address, sizeof address);
    fields->tp_src = fields->tp_dst;
    fields->tp_dst = port;
}

/* The product of 'a' and 'b', folded: the core of all keyed hashes. */
static inline uint64_t
flow_hash_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128) a * b;

    return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* A keyed hash: 'secret' is a random number of the table, because whoever
 * sends packets chooses the fields.  The products are independent of each
 * other, so that a processor computes them at the same time. */
static inline uint32_t
flow_fields_hash(const struct flow_fields *fields, uint64_t secret)
{
    const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t w[FLOW_FIELDS_WORDS + 1], sum = 0, key = secret;

    memcpy(w, fields, sizeof *fields);
    w[FLOW_FIELDS_WORDS] = 0;
    for (size_t i = 0; i < FLOW_FIELDS_WORDS; i += 2) {
        sum += flow_hash_fold(w[i] ^ key, w[i + 1] ^ (key + step));
        key += 2 * step;
    }
    return flow_hash_fold(sum, step);
}

#endif /* event/flow-fields.h */
