/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/request.h"

#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "event/granularity-table.h"
#include "nx-match.h"
#include "openvswitch/ofp-match.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-prop.h"
#include "openvswitch/ofp-util.h"
#include "packets.h"
#include "util.h"
#include "wire/key-field.h"
#include "wire/property.h"

/* A property may be given once, unless it is NAME in a list of names. */
static enum ofperr
check_once(uint32_t *seen, uint16_t type)
{
    if (*seen & (1u << type)) {
        return OFPERR_OFPBPC_DUP_TYPE;
    }
    *seen |= 1u << type;
    return 0;
}

/* TRT_TRIGGER_MOD and TRST_CHECK. */

void
wire_trigger_mod_uninit(struct wire_trigger_mod *tm)
{
    free(tm->name);
    free(tm->spec);
}

static void
put_match(struct ofpbuf *b, const struct match *match,
          enum ofp_version version)
{
    size_t start = ofpprop_start(b, TRPT_MATCH);

    ofpbuf_put_zeros(b, 4);
    ofputil_put_ofp11_match(b, match,
                            ofputil_protocol_from_ofp_version(version));
    ofpprop_end(b, start);
}

static enum ofperr
get_match(const struct property *property, const struct tun_table *tun_table,
          struct match *match)
{
    struct ofpbuf b;
    enum ofperr error;

    if (property->size < 4) {
        return OFPERR_OFPBPC_BAD_LEN;
    }
    ofpbuf_use_const(&b, property->data + 4, property->size - 4);
    error = ofputil_pull_ofp11_match(&b, tun_table, NULL, match, NULL);
    return error ? error : b.size ? OFPERR_OFPBPC_BAD_LEN : 0;
}

static void
put_trigger(struct ofpbuf *b, const struct wire_trigger_mod *tm,
            enum ofp_version version)
{
    if (tm->name) {
        property_put_text(b, TRPT_NAME, tm->name);
    }
    if (tm->spec) {
        property_put_text(b, TRPT_SPEC, tm->spec);
    }
    if (tm->has_match) {
        put_match(b, &tm->match, version);
    }
    if (tm->history) {
        property_put_u32(b, TRPT_HISTORY, tm->history);
    }
}

static enum ofperr
get_trigger_property(struct wire_trigger_mod *tm,
                     const struct property *property,
                     const struct tun_table *tun_table)
{
    switch (property->type) {
    case TRPT_NAME:
        return property_get_text(property, 0, WIRE_NAME_MAX, &tm->name);

    case TRPT_SPEC:
        return property_get_text(property, 0, WIRE_SPEC_MAX, &tm->spec);

    case TRPT_MATCH:
        tm->has_match = true;
        return get_match(property, tun_table, &tm->match);

    case TRPT_HISTORY:
        return property_get_u32(property, &tm->history);

    default:
        return OFPERR_OFPBPC_BAD_TYPE;
    }
}

/* Decodes the properties in 'b', of which those in 'needed' must be there, and
 * those in 'allowed' may be. */
static enum ofperr
get_trigger(struct wire_trigger_mod *tm, struct ofpbuf *b, uint32_t needed,
            uint32_t allowed, const struct tun_table *tun_table)
{
    enum ofperr error = 0;
    uint32_t seen = 0;

    while (b->size && !error) {
        struct property property;

        error = property_pull(b, &property);
        if (!error && (property.type >= 32
                       || !(allowed & 1u << property.type))) {
            error = OFPERR_OFPBPC_BAD_TYPE;
        }
        error = error ? error : check_once(&seen, property.type);
        error = error ? error : get_trigger_property(tm, &property,
                                                     tun_table);
    }
    if (!error && needed & ~seen) {
        error = OFPERR_OFPBPC_BAD_VALUE;
    }
    if (error) {
        wire_trigger_mod_uninit(tm);
    }
    return error;
}

struct ofpbuf *
wire_trigger_mod_encode(const struct wire_trigger_mod *tm,
                        enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc(OFPRAW_TRT_TRIGGER_MOD, version, 256);
    struct tr_trigger_mod *trm = ofpbuf_put_zeros(b, sizeof *trm);

    trm->command = htons(tm->command);
    trm->cookie = htonll(tm->cookie);
    put_trigger(b, tm, version);
    return b;
}

enum ofperr
wire_trigger_mod_decode(struct wire_trigger_mod *tm,
                        const struct ofp_header *oh,
                        const struct tun_table *tun_table)
{
    const uint32_t name = 1u << TRPT_NAME, spec = 1u << TRPT_SPEC;
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw = ofpraw_pull_assert(&b);
    const struct tr_trigger_mod *trm = ofpbuf_pull(&b, sizeof *trm);

    ovs_assert(raw == OFPRAW_TRT_TRIGGER_MOD);
    memset(tm, 0, sizeof *tm);
    tm->command = ntohs(trm->command);
    tm->cookie = ntohll(trm->cookie);
    switch (tm->command) {
    case TRTC_ADD:
    case TRTC_MODIFY:
        return get_trigger(tm, &b, name | spec,
                           name | spec | 1u << TRPT_MATCH | 1u << TRPT_HISTORY,
                           tun_table);

    case TRTC_DELETE:
        return get_trigger(tm, &b, 0, name, tun_table);

    default:
        return OFPERR_OFPBRC_BAD_SUBTYPE;
    }
}

struct ofpbuf *
wire_check_encode(const struct wire_trigger_mod *tm, enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc(OFPRAW_TRST_CHECK_REQUEST, version, 256);
    struct wire_trigger_mod text_and_match = *tm;

    text_and_match.name = NULL;
    text_and_match.history = 0;
    put_trigger(b, &text_and_match, version);
    return b;
}

enum ofperr
wire_check_decode(struct wire_trigger_mod *tm, const struct ofp_header *oh,
                  const struct tun_table *tun_table)
{
    const uint32_t spec = 1u << TRPT_SPEC;
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw = ofpraw_pull_assert(&b);

    ovs_assert(raw == OFPRAW_TRST_CHECK_REQUEST);
    memset(tm, 0, sizeof *tm);
    return get_trigger(tm, &b, spec, spec | 1u << TRPT_MATCH, tun_table);
}

/* Lists of names. */

static void
put_names(struct ofpbuf *b, const struct svec *names)
{
    for (size_t i = 0; i < names->n; i++) {
        property_put_text(b, TRPT_NAME, names->names[i]);
    }
}

/* Decodes properties that are all NAME. */
static enum ofperr
get_names(struct svec *names, struct ofpbuf *b)
{
    enum ofperr error = 0;

    svec_init(names);
    while (b->size && !error) {
        struct property property;
        char *name = NULL;

        error = property_pull(b, &property);
        if (!error) {
            error = (property.type != TRPT_NAME ? OFPERR_OFPBPC_BAD_TYPE
                     : names->n >= WIRE_NAMES_MAX ? OFPERR_OFPBPC_TOO_MANY
                     : property_get_text(&property, 0, WIRE_NAME_MAX, &name));
        }
        if (name) {
            svec_add_nocopy(names, name);
        }
    }
    if (error) {
        svec_destroy(names);
    } else {
        svec_sort_unique(names);
    }
    return error;
}

/* TRT_SUBSCRIBE. */

void
wire_subscribe_uninit(struct wire_subscribe *subscribe)
{
    svec_destroy(&subscribe->names);
}

struct ofpbuf *
wire_subscribe_encode(const struct wire_subscribe *subscribe,
                      enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc(OFPRAW_TRT_SUBSCRIBE, version, 64);
    struct tr_subscribe *trs = ofpbuf_put_zeros(b, sizeof *trs);

    trs->id = htonl(subscribe->id);
    trs->fields = htonl(subscribe->fields);
    trs->rate = htonl(subscribe->rate);
    trs->burst = htonl(subscribe->burst);
    put_names(b, &subscribe->names);
    return b;
}

enum ofperr
wire_subscribe_decode(struct wire_subscribe *subscribe,
                      const struct ofp_header *oh)
{
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw = ofpraw_pull_assert(&b);
    const struct tr_subscribe *trs = ofpbuf_pull(&b, sizeof *trs);

    ovs_assert(raw == OFPRAW_TRT_SUBSCRIBE);
    subscribe->id = ntohl(trs->id);
    subscribe->fields = ntohl(trs->fields);
    subscribe->rate = ntohl(trs->rate);
    subscribe->burst = ntohl(trs->burst);
    if (subscribe->id == TR_ALL_SUBSCRIPTIONS
        || subscribe->fields & ~TRRF_ALL) {
        return OFPERR_OFPBRC_BAD_PACKET;
    }
    return get_names(&subscribe->names, &b);
}

/* TRT_UNSUBSCRIBE. */

struct ofpbuf *
wire_unsubscribe_encode(uint32_t id, enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc(OFPRAW_TRT_UNSUBSCRIBE, version, 0);
    struct tr_unsubscribe *tru = ofpbuf_put_zeros(b, sizeof *tru);

    tru->id = htonl(id);
    return b;
}

enum ofperr
wire_unsubscribe_decode(uint32_t *id, const struct ofp_header *oh)
{
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw = ofpraw_pull_assert(&b);
    const struct tr_unsubscribe *tru = b.msg;

    ovs_assert(raw == OFPRAW_TRT_UNSUBSCRIBE);
    *id = ntohl(tru->id);
    return 0;
}

/* TRST_TRIGGERS. */

struct ofpbuf *
wire_triggers_encode(const struct svec *names, enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc(OFPRAW_TRST_TRIGGERS_REQUEST, version,
                                    64);

    put_names(b, names);
    return b;
}

enum ofperr
wire_triggers_decode(struct svec *names, const struct ofp_header *oh)
{
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw = ofpraw_pull_assert(&b);

    ovs_assert(raw == OFPRAW_TRST_TRIGGERS_REQUEST);
    return get_names(names, &b);
}

/* TRST_STATUS. */

struct ofpbuf *
wire_status_encode(uint32_t which, enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc(OFPRAW_TRST_STATUS_REQUEST, version, 0);
    struct tr_status_request *trs = ofpbuf_put_zeros(b, sizeof *trs);

    trs->which = htonl(which);
    return b;
}

enum ofperr
wire_status_decode(uint32_t *which, const struct ofp_header *oh)
{
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw = ofpraw_pull_assert(&b);
    const struct tr_status_request *trs = b.msg;

    ovs_assert(raw == OFPRAW_TRST_STATUS_REQUEST);
    *which = ntohl(trs->which);
    return *which >> N_TRST ? OFPERR_OFPBRC_BAD_PACKET : 0;
}

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
        error = error ? error : check_once(&seen, property.type);
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
