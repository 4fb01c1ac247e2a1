/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/request.h"

#include "openvswitch/ofp-msgs.h"
#include "util.h"
#include "wire/property.h"

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
