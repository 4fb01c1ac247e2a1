/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/answer.h"

#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "openvswitch/ofp-msgs.h"
#include "unaligned.h"
#include "util.h"
#include "wire/property.h"
#include "wire/request.h"

#define TEXT_MAX 65535

/* Decodes the text 'property' into '*text', which must be the first. */
static enum ofperr
get_text_once(const struct property *property, char **text)
{
    return (*text ? OFPERR_OFPBPC_DUP_TYPE
            : property_get_text(property, 0, TEXT_MAX, text));
}

static void
put_text_if_any(struct ofpbuf *b, uint16_t type, const char *text)
{
    if (text && text[0]) {
        property_put_text(b, type, text);
    }
}

/* TRST_TRIGGERS. */

void
wire_trigger_uninit(struct wire_trigger *trigger)
{
    free(trigger->name);
    free(trigger->owner);
    free(trigger->spec);
}

void
wire_trigger_put(struct ovs_list *replies, const struct wire_trigger *trigger)
{
    struct ofpbuf *b = ofpbuf_from_list(ovs_list_back(replies));
    size_t start = b->size;
    struct tr_trigger_desc *trd = ofpbuf_put_zeros(b, sizeof *trd);

    trd->flags = htons(trigger->flags);
    trd->cookie = htonll(trigger->cookie);
    trd->packets = htonll(trigger->packets);
    trd->keys = htonll(trigger->keys);
    trd->fired = htonll(trigger->fired);
    trd->suppressed = htonll(trigger->suppressed);
    trd->last_fired_us = htonll(trigger->last_fired_us);
    property_put_text(b, TRPT_NAME, trigger->name);
    put_text_if_any(b, TRPT_OWNER, trigger->owner);
    property_put_text(b, TRPT_SPEC, trigger->spec);
    if (trigger->history) {
        property_put_u32(b, TRPT_HISTORY, trigger->history);
    }
    record_end(b, start);
    ofpmp_postappend(replies, start);
}

static enum ofperr
get_trigger_properties(struct ofpbuf *b, struct wire_trigger *trigger)
{
    enum ofperr error = 0;

    while (b->size && !error) {
        struct property property;

        error = property_pull(b, &property);
        if (error) {
            break;
        }
        switch (property.type) {
        case TRPT_NAME:
            error = get_text_once(&property, &trigger->name);
            break;
        case TRPT_OWNER:
            error = get_text_once(&property, &trigger->owner);
            break;
        case TRPT_SPEC:
            error = get_text_once(&property, &trigger->spec);
            break;
        case TRPT_HISTORY:
            error = property_get_u32(&property, &trigger->history);
            break;
        default:
            break;              /* Of a later version. */
        }
    }
    return (error ? error
            : !trigger->name || !trigger->spec ? OFPERR_OFPBPC_BAD_VALUE : 0);
}

enum ofperr
wire_trigger_pull(struct ofpbuf *b, struct wire_trigger *trigger)
{
    const struct tr_trigger_desc *trd;
    struct ofpbuf properties;
    enum ofperr error;

    memset(trigger, 0, sizeof *trigger);
    trd = record_pull(b, sizeof *trd, &properties);
    if (!trd) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    trigger->flags = ntohs(trd->flags);
    trigger->cookie = ntohll(trd->cookie);
    trigger->packets = ntohll(trd->packets);
    trigger->keys = ntohll(trd->keys);
    trigger->fired = ntohll(trd->fired);
    trigger->suppressed = ntohll(trd->suppressed);
    trigger->last_fired_us = ntohll(trd->last_fired_us);
    error = get_trigger_properties(&properties, trigger);
    if (error) {
        wire_trigger_uninit(trigger);
    }
    return error;
}

/* TRST_STATUS. */

struct counter {
    enum tr_status_type type;
    const char *name;
};

static const struct counter counters[] = {
#define STATUS_COUNTER(TYPE, NAME, HELP) { TRST_##TYPE, #NAME },
    STATUS_COUNTERS
#undef STATUS_COUNTER
};

const char *
wire_status_counter_name(enum tr_status_type type, size_t i)
{
    for (size_t j = 0; j < ARRAY_SIZE(counters); j++) {
        if (counters[j].type == type && !i--) {
            return counters[j].name;
        }
    }
    return NULL;
}

void
wire_status_uninit(struct wire_status *status)
{
    free(status->name);
    for (size_t i = 0; i < status->n_causes; i++) {
        free(CONST_CAST(char *, status->causes[i].name));
    }
}

void
wire_status_put(struct ovs_list *replies, const struct wire_status *status)
{
    struct ofpbuf *b = ofpbuf_from_list(ovs_list_back(replies));
    size_t start = b->size;
    struct tr_status *trs = ofpbuf_put_zeros(b, sizeof *trs);

    trs->type = htons(status->type);
    trs->n_counters = htons(status->n);
    for (size_t i = 0; i < status->n; i++) {
        ovs_be64 x = htonll(status->counters[i]);

        ofpbuf_put(b, &x, sizeof x);
    }
    put_text_if_any(b, status->type == TRST_OWNER ? TRPT_OWNER : TRPT_NAME,
                    status->name);
    for (size_t i = 0; i < status->n_causes; i++) {
        property_put_number(b, TRPT_CAUSE, status->causes[i].n,
                            status->causes[i].name);
    }
    record_end(b, start);
    ofpmp_postappend(replies, start);
}

static enum ofperr
get_cause(const struct property *property, struct wire_status *status)
{
    struct wire_cause *cause = &status->causes[status->n_causes];
    enum ofperr error;
    char *name;

    if (status->n_causes >= ARRAY_SIZE(status->causes)) {
        return OFPERR_OFPBPC_TOO_MANY;
    }
    error = property_get_text(property, 12, TEXT_MAX, &name);
    if (!error) {
        cause->name = name;
        cause->n = ntohll(get_unaligned_be64((const void *)
                                             (property->data + 4)));
        status->n_causes++;
    }
    return error;
}

static enum ofperr
get_status_properties(struct ofpbuf *b, struct wire_status *status)
{
    enum ofperr error = 0;

    while (b->size && !error) {
        struct property property;

        error = property_pull(b, &property);
        if (!error && (property.type == TRPT_NAME
                       || property.type == TRPT_OWNER)) {
            error = get_text_once(&property, &status->name);
        } else if (!error && property.type == TRPT_CAUSE) {
            error = get_cause(&property, status);
        }
    }
    return error;
}

enum ofperr
wire_status_pull(struct ofpbuf *b, struct wire_status *status)
{
    const struct tr_status *trs;
    struct ofpbuf rest;
    enum ofperr error;
    size_t n;

    memset(status, 0, sizeof *status);
    trs = record_pull(b, sizeof *trs, &rest);
    if (!trs) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    n = ntohs(trs->n_counters);
    if (n * sizeof(ovs_be64) > rest.size) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    status->type = ntohs(trs->type);
    for (size_t i = 0; i < n; i++) {
        const ovs_be64 *x = ofpbuf_pull(&rest, sizeof *x);

        if (i < STATUS_MAX_COUNTERS) {
            wire_status_add(status, ntohll(*x));
        }
    }
    error = get_status_properties(&rest, status);
    if (error) {
        wire_status_uninit(status);
    }
    return error;
}

/* TRST_CHECK. */

void
wire_check_reply_uninit(struct wire_check_reply *reply)
{
    free(reply->spec);
    free(reply->cost);
    free(reply->error);
}

struct ofpbuf *
wire_check_reply_encode(const struct wire_check_reply *reply,
                        const struct ofp_header *request)
{
    struct ofpbuf *b = ofpraw_alloc_stats_reply(request, 256);
    struct tr_check_reply *trc = ofpbuf_put_zeros(b, sizeof *trc);

    trc->accepted = htons(reply->accepted);
    trc->n_measures = htonl(reply->n_measures);
    trc->flow_bytes = htonl(reply->flow_bytes);
    trc->key_bytes = htonl(reply->key_bytes);
    trc->interval_us = htonll(reply->interval_us);
    put_text_if_any(b, TRPT_SPEC, reply->spec);
    put_text_if_any(b, TRPT_COST, reply->cost);
    put_text_if_any(b, TRPT_ERROR, reply->error);
    return b;
}

enum ofperr
wire_check_reply_decode(struct wire_check_reply *reply,
                        const struct ofp_header *oh)
{
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw = ofpraw_pull_assert(&b);
    const struct tr_check_reply *trc = ofpbuf_pull(&b, sizeof *trc);
    enum ofperr error = 0;

    ovs_assert(raw == OFPRAW_TRST_CHECK_REPLY);
    memset(reply, 0, sizeof *reply);
    reply->accepted = trc->accepted != htons(0);
    reply->n_measures = ntohl(trc->n_measures);
    reply->flow_bytes = ntohl(trc->flow_bytes);
    reply->key_bytes = ntohl(trc->key_bytes);
    reply->interval_us = ntohll(trc->interval_us);
    while (b.size && !error) {
        struct property property;

        error = property_pull(&b, &property);
        if (!error && property.type == TRPT_SPEC) {
            error = get_text_once(&property, &reply->spec);
        } else if (!error && property.type == TRPT_COST) {
            error = get_text_once(&property, &reply->cost);
        } else if (!error && property.type == TRPT_ERROR) {
            error = get_text_once(&property, &reply->error);
        }
    }
    if (error) {
        wire_check_reply_uninit(reply);
    }
    return error;
}
