/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef WIRE_KEY_FIELD_H
#define WIRE_KEY_FIELD_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "event/flow-fields.h"
#include "event/granularity.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/types.h"
#include "wire/property.h"

/* The fields of a trigger's key as properties.
 *
 * A 5-tuple is on the wire as the five fields that it consists of.
 *
 * Thread-safety: functions of their arguments. */

/* Names of interfaces on the wire have at most this length. */
#define KEY_FIELD_PORT_MAX 255

struct key_field {
    enum granularity_field_id id;   /* Not GRANULARITY_5TUPLE. */
    uint8_t prefix;                 /* Of an address. */
    struct in6_addr address;        /* IPv4 in the last four bytes. */
    uint64_t number;                /* Of other fields; the OpenFlow port. */
    char port[KEY_FIELD_PORT_MAX + 1];
};

/* Returns the OpenFlow port of the interface with number 'in_port' (see
 * event/port-name.h), OFPP_NONE if it has none. */
typedef ofp_port_t key_field_port(uint32_t in_port);

/* Appends 'field' of 'key'; of a 5-tuple, five properties.  'port' may be
 * null: ports have no numbers. */
void key_field_put(struct ofpbuf *, const struct granularity_field *field,
                   const struct flow_fields *key, key_field_port *port);

/* Decodes 'property'; OFPERR_OFPBPC_BAD_TYPE if it is no field of a key. */
enum ofperr key_field_get(const struct property *, struct key_field *);

/* Stores 'field' in 'key', with what it implies ('dl_type', 'has').  An
 * interface that does not exist sets '*unknown_port'. */
void key_field_apply(const struct key_field *field, struct flow_fields *key,
                     bool *unknown_port);

/* Parses 'text', the value of field 'id' as a user writes it.  False if it is
 * none. */
bool key_field_parse(enum granularity_field_id id, const char *text,
                     struct key_field *);

/* Appends the field's name and its value: as JSON, "nw_src":"10.0.0.0/8", or
 * in words, nw_src=10.0.0.0/8. */
void key_field_format(const struct key_field *, bool json, struct ds *);

/* Appends all fields of a key among 'properties', which were checked, in
 * braces. */
void key_fields_format(const struct ofpbuf *properties, bool json,
                       struct ds *);

#endif /* wire/key-field.h */
