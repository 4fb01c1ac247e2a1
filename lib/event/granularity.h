/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_GRANULARITY_H
#define EVENT_GRANULARITY_H 1

#include <stdbool.h>

#include "event/flow-fields.h"
#include "openvswitch/dynamic-string.h"

/* A granularity: the fields, each with a prefix, by which an event's packets
 * are told apart into keys.
 *
 * Thread-safety: plain value once parsed. */

enum granularity_field_id {
    GRANULARITY_NW_SRC,
    GRANULARITY_NW_DST,
    GRANULARITY_IPV6_SRC,
    GRANULARITY_IPV6_DST,
    GRANULARITY_NW_PROTO,
    GRANULARITY_TP_SRC,
    GRANULARITY_TP_DST,
    GRANULARITY_IN_PORT,
    GRANULARITY_TUN_ID,
    GRANULARITY_VLAN_VID,
    GRANULARITY_5TUPLE,
    N_GRANULARITY_FIELDS
};

struct granularity_field {
    enum granularity_field_id id;
    uint8_t prefix;             /* Of an address: 0 .. 32 or 128. */
};

struct granularity {
    size_t n_fields;            /* 0: one key for all packets ("none"). */
    struct granularity_field fields[N_GRANULARITY_FIELDS];
    struct flow_fields mask;    /* What a key keeps ('has' is 0 in it).
                                 * Keeps dl_type where a key may be of
                                 * either address family. */
    bool has_5tuple;
    bool is_flow;               /* A key is one 5-tuple: 5tuple or all of its
                                 * fields, with whole addresses. */
};

/* "5tuple", for granularity_compare_keys() and granularity_format_key(). */
extern const struct granularity granularity_5tuple;

/* Stores in 'key' the key to which a packet with 'fields' belongs; false if
 * it belongs to none because it lacks a field.
 * Runs on: sweeper, any. */
bool granularity_key(const struct granularity *,
                     const struct flow_fields *fields,
                     struct flow_fields *key);

/* True if 'a' and 'b' have the same fields in the same order. */
bool granularity_equal(const struct granularity *a,
                       const struct granularity *b);

/* Orders two keys of 'granularity' field by field, by value, IPv4 before
 * IPv6, interfaces by name: negative, 0 or positive. */
int granularity_compare_keys(const struct granularity *,
                             const struct flow_fields *,
                             const struct flow_fields *);

/* Parses 'text' ("none", "nw_src/24,tp_dst").  Errors as filter_parse(). */
char *granularity_parse(struct granularity *, const char *text,
                        size_t *error_offset) OVS_WARN_UNUSED_RESULT;

/* Appends the normal form ("none" for no field). */
void granularity_format(const struct granularity *, struct ds *);

/* Appends 'key' as a JSON object with the granularity's fields in its order:
 * {"nw_src":"10.0.0.0/24","tp_dst":80}. */
void granularity_format_key(const struct granularity *,
                            const struct flow_fields *key, struct ds *);

#endif /* event/granularity.h */
