/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/request.h"

#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "openvswitch/ofp-match.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-prop.h"
#include "openvswitch/ofp-util.h"
#include "util.h"
#include "wire/property.h"

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
        error = error ? error : property_check_once(&property, &seen);
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
