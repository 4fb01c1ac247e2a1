/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/report-record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "openvswitch/json.h"
#include "openvswitch/ofp-msgs.h"
#include "util.h"
#include "wire/property.h"
#include "wire/report-detail.h"
#include "wire/request.h"

/* The texts of aggregates are at most as long as a trigger's. */
#define VALUE_TEXT_MAX WIRE_SPEC_MAX

static void
put_values(struct ofpbuf *b, const struct report *report, size_t start)
{
    const struct event *event = report->event;

    for (size_t i = 0; i < event->n_aggregates; i++) {
        const char *text = event->aggregates[i].text;

        if (b->size - start + sizeof(struct tr_property_number)
            + ROUND_UP(strlen(text), 8) > WIRE_REPORT_MAX) {
            break;
        }
        property_put_number(b, TRPT_VALUE, number_to_bits(report->values[i]),
                            text);
    }
}

void
wire_report_put(struct ofpbuf *b, const struct report *report,
                uint32_t fields, key_field_port *port)
{
    const struct granularity *granularity = &report->event->granularity;
    size_t start = b->size;
    struct tr_report *trr = ofpbuf_put_zeros(b, sizeof *trr);

    trr->flags = htons(fields | (report->type == REPORT_CLEARED
                                 ? TRRF_CLEARED : 0));
    trr->why = htonl(report->why);
    trr->seq = htonll(report->seq);
    trr->interval_start_us = htonll(report->interval_start_us);
    trr->interval_us = htonll(event_window_us(report->event));
    trr->packets = htonll(report->packets);
    trr->cookie = htonll(report->cookie);
    if (fields & TRRF_NAME) {
        property_put_text(b, TRPT_NAME, trigger_id_name(report->trigger));
    }
    if (fields & TRRF_KEY) {
        for (size_t i = 0; i < granularity->n_fields; i++) {
            key_field_put(b, &granularity->fields[i], &report->key, port);
        }
    }
    if (fields & TRRF_VALUES) {
        put_values(b, report, start);
    }
    report_details_put(b, start, WIRE_REPORT_MAX, report, fields, port);
    record_end(b, start);
}

/* What a later version knows is skipped. */
static enum ofperr
check_property(const struct property *property, uint32_t *seen)
{
    struct key_field field;
    enum ofperr error;
    double value;
    char *text;

    switch (property->type) {
    case TRPT_NAME:
        error = property_get_text(property, 0, WIRE_NAME_MAX, &text);
        free(text);
        break;

    case TRPT_VALUE:
        /* How often it happens to be a text is bounded by the record. */
        error = property_get_number(property, VALUE_TEXT_MAX, &value, &text);
        free(text);
        return error;

    default:
        error = report_detail_check(property);
        if (!error && report_detail_may_repeat(property->type)) {
            return 0;
        }
        if (error == OFPERR_OFPBPC_BAD_TYPE) {
            error = key_field_get(property, &field);
        }
        if (error == OFPERR_OFPBPC_BAD_TYPE) {
            return 0;
        }
    }
    return error ? error : property_check_once(property, seen);
}

enum ofperr
wire_report_pull(struct ofpbuf *b, struct wire_report *wr)
{
    const struct tr_report *trr = record_pull(b, sizeof *trr,
                                              &wr->properties);

    if (!trr) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    wr->fields = ntohs(trr->flags);
    wr->why = ntohl(trr->why);
    wr->seq = ntohll(trr->seq);
    wr->interval_start_us = ntohll(trr->interval_start_us);
    wr->interval_us = ntohll(trr->interval_us);
    wr->packets = ntohll(trr->packets);
    wr->cookie = ntohll(trr->cookie);

    struct ofpbuf properties = wr->properties;
    enum ofperr error = 0;
    uint32_t seen = 0;

    while (properties.size && !error) {
        struct property property;

        error = property_pull(&properties, &property);
        error = error ? error : check_property(&property, &seen);
    }
    return error;
}

/* Formatting. */

static void
format_values(const struct wire_report *wr, bool json, struct ds *ds)
{
    struct ofpbuf properties = wr->properties;
    const char *separator = "";

    ds_put_char(ds, '{');
    while (properties.size) {
        struct property property;
        double value;
        char *text;

        ovs_assert(!property_pull(&properties, &property));
        if (property.type == TRPT_VALUE
            && !property_get_number(&property, VALUE_TEXT_MAX, &value,
                                    &text)) {
            ds_put_cstr(ds, separator);
            if (json) {
                json_string_escape(text, ds);
            } else {
                ds_put_cstr(ds, text);
            }
            ds_put_char(ds, json ? ':' : '=');
            report_format_number(value, ds);
            separator = ",";
            free(text);
        }
    }
    ds_put_char(ds, '}');
}

static void
format_why(cause_set why, struct ds *ds)
{
    const char *separator = "";

    for (int i = 0; i < 32; i++) {
        if (why & (1u << i)) {
            ds_put_cstr(ds, separator);
            if (i < N_CAUSES) {
                ds_put_cstr(ds, cause_name(i));
            } else {
                ds_put_format(ds, "cause_%d", i);
            }
            separator = ",";
        }
    }
}

/* Returns the trigger's name, which the caller must free; null if the record
 * does not have it. */
static char *
get_name(const struct wire_report *wr)
{
    struct ofpbuf properties = wr->properties;
    char *name = NULL;

    while (properties.size && !name) {
        struct property property;

        ovs_assert(!property_pull(&properties, &property));
        if (property.type == TRPT_NAME) {
            ignore(property_get_text(&property, 0, WIRE_NAME_MAX, &name));
        }
    }
    return name;
}

void
wire_report_format_json(const struct wire_report *wr, const char *event,
                        const char *bridge, struct ds *ds)
{
    char *name = get_name(wr);

    ds_put_format(ds, "{\"event\":\"%s\",",
                  wr->fields & TRRF_CLEARED ? "cleared" : event);
    if (name) {
        ds_put_cstr(ds, "\"trigger\":");
        json_string_escape(name, ds);
        ds_put_char(ds, ',');
    }
    ds_put_cstr(ds, "\"bridge\":");
    json_string_escape(bridge, ds);
    ds_put_format(ds, ",\"interval_start_us\":%"PRIu64
                  ",\"interval_us\":%"PRIu64, wr->interval_start_us,
                  wr->interval_us);
    if (wr->fields & TRRF_KEY) {
        ds_put_cstr(ds, ",\"key\":");
        key_fields_format(&wr->properties, true, ds);
    }
    if (wr->fields & TRRF_VALUES) {
        ds_put_cstr(ds, ",\"values\":");
        format_values(wr, true, ds);
    }
    ds_put_format(ds, ",\"packets\":%"PRIu64",\"complete\":%s", wr->packets,
                  wr->why ? "false" : "true");
    if (wr->why) {
        ds_put_cstr(ds, ",\"why\":\"");
        format_why(wr->why, ds);
        ds_put_char(ds, '"');
    }
    if (wr->seq) {
        ds_put_format(ds, ",\"seq\":%"PRIu64, wr->seq);
    }
    report_details_format_json(&wr->properties, wr->packets, ds);
    ds_put_char(ds, '}');
    free(name);
}

void
wire_report_format(const struct wire_report *wr, struct ds *ds)
{
    char *name = get_name(wr);

    if (name) {
        ds_put_format(ds, "trigger=%s ", name);
    }
    if (wr->fields & TRRF_CLEARED) {
        ds_put_cstr(ds, "cleared ");
    }
    if (wr->cookie) {
        ds_put_format(ds, "cookie=%#"PRIx64" ", wr->cookie);
    }
    if (wr->seq) {
        ds_put_format(ds, "seq=%"PRIu64" ", wr->seq);
    }
    ds_put_format(ds, "interval=%"PRIu64".%06"PRIu64"s+%"PRIu64"us "
                  "packets=%"PRIu64, wr->interval_start_us / 1000000,
                  wr->interval_start_us % 1000000, wr->interval_us,
                  wr->packets);
    if (wr->fields & TRRF_KEY) {
        ds_put_cstr(ds, " key=");
        key_fields_format(&wr->properties, false, ds);
    }
    if (wr->fields & TRRF_VALUES) {
        ds_put_cstr(ds, " values=");
        format_values(wr, false, ds);
    }
    if (wr->why) {
        ds_put_cstr(ds, " incomplete=");
        format_why(wr->why, ds);
    }
    report_details_format(&wr->properties, ds);
    free(name);
}

/* Messages. */

struct ofpbuf *
wire_reports_encode(const struct wire_reports *reports, const void *records,
                    size_t size, enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc_xid(OFPRAW_TRT_REPORTS, version, htonl(0),
                                        sizeof(struct tr_reports) + size);
    struct tr_reports *trr = ofpbuf_put_zeros(b, sizeof *trr);

    trr->subscription = htonl(reports->subscription);
    trr->n_reports = htons(reports->n_reports);
    trr->first_seq = htonll(reports->first_seq);
    trr->n_lost = htonll(reports->n_lost);
    trr->n_dropped = htonll(reports->n_dropped);
    ofpbuf_put(b, records, size);
    return b;
}

enum ofperr
wire_reports_decode(struct wire_reports *reports, struct ofpbuf *records,
                    const struct ofp_header *oh)
{
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw = ofpraw_pull_assert(&b);
    const struct tr_reports *trr = ofpbuf_pull(&b, sizeof *trr);
    struct ofpbuf rest;

    ovs_assert(raw == OFPRAW_TRT_REPORTS);
    reports->subscription = ntohl(trr->subscription);
    reports->n_reports = ntohs(trr->n_reports);
    reports->first_seq = ntohll(trr->first_seq);
    reports->n_lost = ntohll(trr->n_lost);
    reports->n_dropped = ntohll(trr->n_dropped);
    *records = rest = b;
    for (unsigned i = 0; i < reports->n_reports; i++) {
        struct ofpbuf ignored;

        if (!record_pull(&rest, sizeof(struct tr_report), &ignored)) {
            return OFPERR_OFPBRC_BAD_LEN;
        }
    }
    return rest.size ? OFPERR_OFPBRC_BAD_LEN : 0;
}

struct ofpbuf *
wire_paused_encode(uint32_t n_bytes, enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc_xid(OFPRAW_TRT_PAUSED, version, htonl(0),
                                        0);
    struct tr_paused *trp = ofpbuf_put_zeros(b, sizeof *trp);

    trp->n_bytes = htonl(n_bytes);
    return b;
}

struct ofpbuf *
wire_resumed_encode(const struct wire_resumed *resumed, size_t n,
                    enum ofp_version version)
{
    struct ofpbuf *b = ofpraw_alloc_xid(OFPRAW_TRT_RESUMED, version, htonl(0),
                                        n * sizeof(struct tr_resumed));

    for (size_t i = 0; i < n; i++) {
        struct tr_resumed *trr = ofpbuf_put_zeros(b, sizeof *trr);

        trr->subscription = htonl(resumed[i].subscription);
        trr->n_lost = htonll(resumed[i].n_lost);
    }
    return b;
}
