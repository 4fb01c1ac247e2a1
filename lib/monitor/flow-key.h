/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_FLOW_KEY_H
#define MONITOR_FLOW_KEY_H 1

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "event/flow-fields.h"
#include "monitor/frame.h"
#include "util.h"

/* The flow key: a 5-tuple at a place, in 16 bytes.
 *
 * A place (place.h) stands for in_port, tunnel id and VLAN in 16 bits.  Of an
 * IPv6 flow the key holds a keyed digest of the addresses; the addresses
 * themselves are compared too, behind the key.
 *
 * The hash is keyed with random numbers per table, because whoever sends
 * packets chooses the keys: (a ^ k0) * (b ^ k1), the 128-bit product folded,
 * and once more with a constant: one product alone maps keys in sequence,
 * such as the ports of a scan, to numbers in sequence, which for some k0 and
 * k1 fall into few places of a table.
 * It does not depend on OVS's hash, which can be forged.
 *
 * Thread-safety: plain values. */

enum flow_kind {
    FLOW_NONE,                  /* An unused entry. */
    FLOW_IPV4,
    FLOW_IPV6,
    FLOW_OTHER,                 /* Not IP: 'src' is the Ethernet type. */
};

struct flow_key {
    uint32_t src;               /* IPv4 address as on the wire; ... */
    uint32_t dst;               /* ...IPv6: digest of both. */
    uint16_t tp_src;            /* As on the wire, 0 without ports. */
    uint16_t tp_dst;
    uint8_t nw_proto;
    uint8_t kind;               /* enum flow_kind. */
    uint16_t place;
};
BUILD_ASSERT_DECL(sizeof(struct flow_key) == 16);

/* The addresses of an IPv6 flow, as on the wire. */
struct ipv6_addresses {
    uint8_t src[16];
    uint8_t dst[16];
};

/* The secret of a table. */
struct flow_hash_secret {
    uint64_t key[6];
};

/* Draws a secret from the system's entropy. */
void flow_hash_secret_init(struct flow_hash_secret *);

/* The hash of the key whose words are 'w'. */
static inline uint64_t
flow_key_hash_words(const uint64_t w[2], const struct flow_hash_secret *secret)
{
    return flow_hash_fold(flow_hash_fold(w[0] ^ secret->key[0],
                                         w[1] ^ secret->key[1]),
                          UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint64_t
flow_key_hash(const struct flow_key *key,
              const struct flow_hash_secret *secret)
{
    uint64_t w[2];

    memcpy(w, key, sizeof w);
    return flow_key_hash_words(w, secret);
}

/* A keyed digest of 'addresses', for 'src' and 'dst' of a key. */
static inline uint64_t
ipv6_addresses_digest(const struct ipv6_addresses *addresses,
                      const struct flow_hash_secret *secret)
{
    uint64_t w[4];

    memcpy(w, addresses, sizeof w);
    return (flow_hash_fold(w[0] ^ secret->key[2], w[1] ^ secret->key[3])
            + flow_hash_fold(w[2] ^ secret->key[4], w[3] ^ secret->key[5]));
}

static inline bool
flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
    uint64_t x[2], y[2];

    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    return !((x[0] ^ y[0]) | (x[1] ^ y[1]));
}

/* Stores in 'fields' what a filter and a granularity see of the flow 'key',
 * whose place is 'entrance' and 'vlan'.  'ipv6' is looked at if the key is an
 * IPv6 one. */
void flow_key_get_fields(const struct flow_key *key,
                         const struct ipv6_addresses *ipv6,
                         const struct entrance *entrance, uint16_t vlan,
                         struct flow_fields *fields);

#endif /* monitor/flow-key.h */
