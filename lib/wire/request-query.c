/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/request.h"

#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "event/granularity-table.h"
#include "openvswitch/ofp-msgs.h"
#include "util.h"
#include "wire/key-field.h"
#include "wire/property.h"

/* TRST_QUERY. */

void
wire_query_uninit(struct wire_query *query)
{
    free(query->name);
}

struct ofpbuf *
wire_query_encode(const struct wire_query *query, enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc(OFPRAW_TRST_QUERY_REQUEST, version, 128);
    struct tr_query *trq = ofpbuf_put_zeros(b, sizeof *trq);

    trq->time_us = htonll(query->time_us);
    property_put_text(b, TRPT_NAME, query->name);
    for (int id = 0; id < N_GRANULARITY_FIELDS; id++) {
        if (query->has & 1u << id) {
            struct granularity_field field = {
                .id = id, .prefix = granularity_table[id].max_prefix,
            };

            key_field_put(b, &field, &query->key, NULL);
        }
    }
    return b;
}

static enum ofperr
get_query_property(struct wire_query *query, const struct property *property)
{
    struct key_field field;
    enum ofperr error;

    if (property->type == TRPT_NAME) {
        return property_get_text(property, 0, WIRE_NAME_MAX, &query->name);
    }
    error = key_field_get(property, &field);
    if (!error) {
        query->has |= 1u << field.id;
        key_field_apply(&field, &query->key, &query->unknown_port);
    }
    return error;
}

enum ofperr
wire_query_decode(struct wire_query *query, const struct ofp_header *oh)
{
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw = ofpraw_pull_assert(&b);
    const struct tr_query *trq = ofpbuf_pull(&b, sizeof *trq);
    enum ofperr error = 0;
    uint32_t seen = 0;

    ovs_assert(raw == OFPRAW_TRST_QUERY_REQUEST);
    memset(query, 0, sizeof *query);
    query->time_us = ntohll(trq->time_us);
    while (b.size && !error) {
        struct property property;

        error = property_pull(&b, &property);
        if (!error && property.type >= 32) {
            error = OFPERR_OFPBPC_BAD_TYPE;
        }
        error = error ? error : property_check_once(&property, &seen);
        error = error ? error : get_query_property(query, &property);
    }
    if (!error && !query->name) {
        error = OFPERR_OFPBPC_BAD_VALUE;
    }
    if (error) {
        wire_query_uninit(query);
    }
    return error;
}

/* The fields of which a 5-tuple consists, of one address family. */
static uint32_t
fields_of_5tuple(bool ipv6)
{
    return (1u << (ipv6 ? GRANULARITY_IPV6_SRC : GRANULARITY_NW_SRC)
            | 1u << (ipv6 ? GRANULARITY_IPV6_DST : GRANULARITY_NW_DST)
            | 1u << GRANULARITY_NW_PROTO
            | 1u << GRANULARITY_TP_SRC | 1u << GRANULARITY_TP_DST);
}

bool
wire_query_key(const struct wire_query *query,
               const struct granularity *granularity, struct flow_fields *key)
{
    bool ipv6 = query->has & 1u << GRANULARITY_IPV6_SRC;
    uint32_t needed = 0;

    for (size_t i = 0; i < granularity->n_fields; i++) {
        enum granularity_field_id id = granularity->fields[i].id;

        needed |= (id == GRANULARITY_5TUPLE ? fields_of_5tuple(ipv6)
                   : 1u << id);
    }
    return (query->has == needed
            && granularity_key(granularity, &query->key, key));
}
