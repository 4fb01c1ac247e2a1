/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/report-detail.h"

#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "event/port-name.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofp-prop.h"
#include "report/port-changes.h"
#include "report/report.h"
#include "unaligned.h"
#include "util.h"
#include "wire/report-detail-private.h"
#include "wire/request.h"
#include "wire/trumpet-ext.h"

/* Where the parts of a property's value begin. */
#define FLOW_KEY_OFFSET 12
#define PORT_VALUES_OFFSET 12

/* Encoding. */

static void
put_top_by(struct ofpbuf *b, const struct report *report)
{
    const struct event *event = report->event;
    ovs_be32 flags = htonl(report->top_inexact ? TRTB_INEXACT : 0);
    const char *by = (event->top_aggregate == EVENT_TOP_COUNT ? "count()"
                      : event->aggregates[event->top_aggregate].text);
    size_t start = ofpprop_start(b, TRPT_TOP_BY);

    ofpbuf_put(b, &flags, sizeof flags);
    ofpbuf_put(b, by, strlen(by));
    ofpprop_end(b, start);
}

static void
put_flow(struct ofpbuf *b, const struct report_flow *rf)
{
    ovs_be64 value = htonll(number_to_bits(rf->value));
    size_t start = ofpprop_start(b, TRPT_FLOW);

    ofpbuf_put_zeros(b, 4);
    ofpbuf_put(b, &value, sizeof value);
    if (rf->flow.dl_type) {
        key_field_put(b, &granularity_5tuple.fields[0], &rf->flow, NULL);
    }
    ofpprop_end(b, start);
}

static void
put_port(struct ofpbuf *b, const struct port_change *change,
         key_field_port *port)
{
    const char *name = port_name_get(change->port);
    ovs_be32 number = ofputil_port_to_ofp11(port ? port(change->port)
                                            : OFPP_NONE);
    ovs_be32 moved = htonl(change->moved);
    size_t start = ofpprop_start(b, TRPT_PORT);

    ofpbuf_put(b, &number, sizeof number);
    ofpbuf_put(b, &moved, sizeof moved);
    ofpbuf_put_zeros(b, 4);
    for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
        if (change->moved & (1u << i)) {
            ovs_be64 value = htonll(change->values[i]);

            ofpbuf_put(b, &value, sizeof value);
        }
    }
    ofpbuf_put(b, name, strnlen(name, KEY_FIELD_PORT_MAX));
    ofpprop_end(b, start);
}

/* Takes back what was appended to 'b' since it had 'size' bytes, if that is
 * more than a record may have.  Returns true if so. */
static bool
take_back(struct ofpbuf *b, size_t size, size_t start, size_t max)
{
    bool too_large = b->size - start > max;

    if (too_large) {
        b->size = size;
    }
    return too_large;
}

static void
put_run(struct ofpbuf *b, const struct report *report)
{
    if (report->type == REPORT_CLEARED) {
        property_put_u64(b, TRPT_LASTED, report->lasted_us);
    }
    if (report->held) {
        property_put_u64(b, TRPT_HELD, report->held);
    }
}

void
report_details_put(struct ofpbuf *b, size_t start, size_t max,
                   const struct report *report, uint32_t fields,
                   key_field_port *port)
{
    size_t size = b->size;

    if (fields & TRRF_RUN) {
        put_run(b, report);
        take_back(b, size, start, max);
    }
    if (fields & TRRF_PORTS && report->causes) {
        for (size_t i = 0; i < report->causes->n; i++) {
            size = b->size;
            put_port(b, &report->causes->changes[i], port);
            if (take_back(b, size, start, max)) {
                break;
            }
        }
    }
    if (fields & TRRF_TOP && (report->n_top || report->top_inexact)) {
        size = b->size;
        put_top_by(b, report);
        for (size_t i = 0; i < report->n_top; i++) {
            if (take_back(b, size, start, max)) {
                return;
            }
            size = b->size;
            put_flow(b, &report->top[i]);
        }
        take_back(b, size, start, max);
    }
}

/* Decoding. */

enum ofperr
report_detail_get_top_by(const struct property *property, uint32_t *flags,
                         char **by)
{
    *flags = 0;
    enum ofperr error = property_get_text(property, 4, WIRE_SPEC_MAX, by);

    if (!error) {
        *flags = ntohl(get_unaligned_be32((const void *) property->data));
    }
    return error;
}

enum ofperr
report_detail_get_flow(const struct property *property, double *value,
                       struct ofpbuf *key)
{
    if (property->size < FLOW_KEY_OFFSET) {
        return OFPERR_OFPBPC_BAD_LEN;
    }
    *value = number_from_bits(ntohll(get_unaligned_be64(
                                  (const void *) (property->data + 4))));
    ofpbuf_use_const(key, property->data + FLOW_KEY_OFFSET,
                     property->size - FLOW_KEY_OFFSET);
    return 0;
}

/* As in a report's key, fields of a later version are skipped. */
static enum ofperr
check_flow(const struct property *property)
{
    uint32_t seen = 0;
    struct ofpbuf key;
    double value;
    enum ofperr error = report_detail_get_flow(property, &value, &key);

    while (!error && key.size) {
        struct property field_property;
        struct key_field field;

        error = property_pull(&key, &field_property);
        error = error ? error : key_field_get(&field_property, &field);
        if (error == OFPERR_OFPBPC_BAD_TYPE) {
            error = 0;
        } else if (!error && seen & 1u << field.id) {
            error = OFPERR_OFPBPC_DUP_TYPE;
        } else if (!error) {
            seen |= 1u << field.id;
        }
    }
    return error;
}

enum ofperr
report_detail_get_port(const struct property *property, struct wire_port *port)
{
    if (property->size < PORT_VALUES_OFFSET) {
        return OFPERR_OFPBPC_BAD_LEN;
    }
    port->moved = ntohl(get_unaligned_be32((const void *)
                                           (property->data + 4)));
    port->values = property->data + PORT_VALUES_OFFSET;
    return property_get_text(property,
                             PORT_VALUES_OFFSET
                             + 8 * count_1bits(port->moved),
                             KEY_FIELD_PORT_MAX, &port->name);
}

enum ofperr
report_detail_check(const struct property *property)
{
    struct wire_port port = { .name = NULL };
    enum ofperr error;
    uint32_t flags;
    uint64_t number;
    char *text;

    switch (property->type) {
    case TRPT_HELD:
    case TRPT_LASTED:
        return property_get_u64(property, &number);

    case TRPT_TOP_BY:
        error = report_detail_get_top_by(property, &flags, &text);
        free(text);
        return error;

    case TRPT_FLOW:
        return check_flow(property);

    case TRPT_PORT:
        error = report_detail_get_port(property, &port);
        free(port.name);
        return error;

    default:
        return OFPERR_OFPBPC_BAD_TYPE;
    }
}

bool
report_detail_may_repeat(uint16_t type)
{
    return type == TRPT_FLOW || type == TRPT_PORT;
}
