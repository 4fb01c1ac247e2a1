/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/report-detail.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "event/port-counter.h"
#include "openvswitch/json.h"
#include "report/report.h"
#include "unaligned.h"
#include "util.h"
#include "wire/report-detail-private.h"
#include "wire/request.h"
#include "wire/trumpet-ext.h"

/* What was read, in any order, is written in one. */

struct details {
    bool has_lasted;
    uint64_t lasted_us, held;
    char *top_by;
    bool inexact;
    double total;               /* Of 'top_by'; not a number: unknown. */
    struct ofpbuf properties;
};

static void
details_init(struct details *details, const struct ofpbuf *properties)
{
    struct ofpbuf rest = *properties;

    *details = (struct details) { .properties = *properties, .total = NAN };
    while (rest.size) {
        struct property property;
        uint32_t flags;

        ovs_assert(!property_pull(&rest, &property));
        if (property.type == TRPT_LASTED) {
            details->has_lasted = true;
            ignore(property_get_u64(&property, &details->lasted_us));
        } else if (property.type == TRPT_HELD) {
            ignore(property_get_u64(&property, &details->held));
        } else if (property.type == TRPT_TOP_BY) {
            ignore(report_detail_get_top_by(&property, &flags,
                                            &details->top_by));
            details->inexact = flags & TRTB_INEXACT;
        }
    }
}

/* The whole of which the flows are parts: the value that they are ranked by,
 * or the number of packets, if it has none. */
static void
details_find_total(struct details *details, uint64_t packets)
{
    struct ofpbuf rest = details->properties;

    if (details->top_by && !strcmp(details->top_by, "count()")) {
        details->total = packets;
    }
    while (details->top_by && rest.size) {
        struct property property;
        double value;
        char *text;

        ovs_assert(!property_pull(&rest, &property));
        if (property.type == TRPT_VALUE
            && !property_get_number(&property, WIRE_SPEC_MAX, &value,
                                    &text)) {
            if (!strcmp(text, details->top_by)) {
                details->total = value;
            }
            free(text);
        }
    }
}

static void
format_port(const struct property *property, bool json, struct ds *ds)
{
    struct wire_port port = { .name = NULL };
    const char *separator = "";

    ovs_assert(!report_detail_get_port(property, &port));
    if (json) {
        json_string_escape(port.name, ds);
    } else {
        ds_put_cstr(ds, port.name);
    }
    ds_put_cstr(ds, json ? ":{" : "{");
    for (int i = 0; i < 32; i++) {
        if (port.moved & (1u << i)) {
            const char *quote = json ? "\"" : "";

            ds_put_format(ds, "%s%s", separator, quote);
            if (i < N_PORT_COUNTERS) {
                ds_put_cstr(ds, port_counter_name(i));
            } else {
                ds_put_format(ds, "counter_%d", i);
            }
            ds_put_format(ds, "%s%c%"PRIu64, quote, json ? ':' : '=',
                          ntohll(get_unaligned_be64((const void *)
                                                    port.values)));
            port.values += 8;
            separator = ",";
        }
    }
    ds_put_char(ds, '}');
    free(port.name);
}

static void
format_flow(const struct property *property, double total, bool json,
            struct ds *ds)
{
    struct ofpbuf key;
    double value;

    ovs_assert(!report_detail_get_flow(property, &value, &key));
    ds_put_cstr(ds, json ? "{\"flow\":" : "");
    key_fields_format(&key, json, ds);
    ds_put_cstr(ds, json ? ",\"value\":" : "=");
    report_format_number(value, ds);
    if (json && total && !isnan(total)) {
        ds_put_cstr(ds, ",\"share\":");
        report_format_number(value / total, ds);
    }
    ds_put_cstr(ds, json ? "}" : "");
}

/* Appends all properties of 'type', between 'begin' and 'end', if there are
 * any. */
static void
format_all(const struct details *details, uint16_t type, bool json,
           const char *begin, const char *end, struct ds *ds)
{
    struct ofpbuf rest = details->properties;
    bool any = false;

    while (rest.size) {
        struct property property;

        ovs_assert(!property_pull(&rest, &property));
        if (property.type == type) {
            ds_put_cstr(ds, any ? "," : begin);
            if (type == TRPT_PORT) {
                format_port(&property, json, ds);
            } else {
                format_flow(&property, details->total, json, ds);
            }
            any = true;
        }
    }
    ds_put_cstr(ds, any ? end : "");
}

static bool
details_have(const struct details *details, uint16_t type)
{
    struct ofpbuf rest = details->properties;

    while (rest.size) {
        struct property property;

        ovs_assert(!property_pull(&rest, &property));
        if (property.type == type) {
            return true;
        }
    }
    return false;
}

void
report_details_format_json(const struct ofpbuf *properties, uint64_t packets,
                           struct ds *ds)
{
    struct details details;

    details_init(&details, properties);
    details_find_total(&details, packets);
    if (details.has_lasted) {
        ds_put_format(ds, ",\"lasted_us\":%"PRIu64, details.lasted_us);
    }
    if (details.held) {
        ds_put_format(ds, ",\"held\":%"PRIu64, details.held);
    }
    format_all(&details, TRPT_PORT, true, ",\"causes\":{", "}", ds);
    if (details.top_by && details_have(&details, TRPT_FLOW)) {
        ds_put_cstr(ds, ",\"top_by\":");
        json_string_escape(details.top_by, ds);
    }
    format_all(&details, TRPT_FLOW, true, ",\"top\":[", "]", ds);
    if (details.inexact) {
        ds_put_cstr(ds, ",\"top_exact\":false");
    }
    free(details.top_by);
}

void
report_details_format(const struct ofpbuf *properties, struct ds *ds)
{
    struct details details;

    details_init(&details, properties);
    if (details.has_lasted) {
        ds_put_format(ds, " lasted=%"PRIu64"us", details.lasted_us);
    }
    if (details.held) {
        ds_put_format(ds, " held=%"PRIu64, details.held);
    }
    format_all(&details, TRPT_PORT, false, " causes={", "}", ds);
    if (details.top_by) {
        ds_put_format(ds, " top_by=%s", details.top_by);
    }
    format_all(&details, TRPT_FLOW, false, " top={", "}", ds);
    if (details.inexact) {
        ds_put_cstr(ds, " top_inexact");
    }
    free(details.top_by);
}
