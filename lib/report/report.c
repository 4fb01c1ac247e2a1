/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "util.h"

struct report *
report_create(enum report_type type, const char *trigger,
              const struct event *event)
{
    struct report *report;

    report = xzalloc(sizeof *report
                     + event->n_aggregates * sizeof report->values[0]);
    ovs_list_poison(&report->node);
    report->type = type;
    ovs_strlcpy(report->trigger, trigger, sizeof report->trigger);
    report->event = event_ref(event);
    for (size_t i = 0; i < event->n_aggregates; i++) {
        report->values[i] = NAN;
    }
    return report;
}

void
report_destroy(struct report *report)
{
    if (report) {
        event_unref(report->event);
        port_changes_unref(report->causes);
        free(report->top);
        free(report);
    }
}

static int
compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

int
report_compare(const struct report *a, const struct report *b)
{
    int cmp = compare_u64(a->interval_start_us + event_window_us(a->event),
                          b->interval_start_us + event_window_us(b->event));
    if (!cmp) {
        cmp = strcmp(a->trigger, b->trigger);
    }
    if (!cmp) {
        cmp = granularity_compare_keys(&a->event->granularity,
                                       &a->key, &b->key);
    }
    return cmp ? cmp : (int) a->type - (int) b->type;
}

int
report_flow_compare(const struct report_flow *a, const struct report_flow *b)
{
    return (a->value != b->value ? (a->value > b->value ? -1 : 1)
            : granularity_compare_keys(&granularity_5tuple, &a->flow,
                                       &b->flow));
}

/* A double of this size or more is whole, and %.0f prints its exact value;
 * the largest has 309 digits. */
#define NUMBER_MAX_DIGITS 309

void
report_format_number(double value, struct ds *ds)
{
    char text[NUMBER_MAX_DIGITS + 3];

    if (!isfinite(value)) {
        ds_put_cstr(ds, "null");
        return;
    }
    if (value == 0) {
        ds_put_char(ds, '0');   /* Not "-0". */
        return;
    }
    if (value == trunc(value)) {
        snprintf(text, sizeof text, "%.0f", value);
    } else {
        /* The shortest text that reads back as the same double; 17 digits
         * always do. */
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, value);
            if (strtod(text, NULL) == value) {
                break;
            }
        }
    }
    ds_put_cstr(ds, text);
}

static void
format_values(const struct report *report, struct ds *ds)
{
    const struct event *event = report->event;

    ds_put_cstr(ds, "\"values\":{");
    for (size_t i = 0; i < event->n_aggregates; i++) {
        if (i) {
            ds_put_char(ds, ',');
        }
        json_string_escape(event->aggregates[i].text, ds);
        ds_put_char(ds, ':');
        report_format_number(report->values[i], ds);
    }
    ds_put_char(ds, '}');
}

static void
format_completeness(cause_set why, struct ds *ds)
{
    const char *separator = "";

    if (!why) {
        ds_put_cstr(ds, "\"complete\":true");
        return;
    }
    ds_put_cstr(ds, "\"complete\":false,\"why\":\"");
    for (int i = 0; i < N_CAUSES; i++) {
        if (why & (1u << i)) {
            ds_put_format(ds, "%s%s", separator, cause_name(i));
            separator = ",";
        }
    }
    ds_put_char(ds, '"');
}

static void
format_top(const struct report *report, struct ds *ds)
{
    const struct event *event = report->event;
    bool by_packets = event->top_aggregate == EVENT_TOP_COUNT;
    double total = (by_packets ? report->packets
                    : report->values[event->top_aggregate]);

    ds_put_cstr(ds, ",\"top_by\":");
    json_string_escape(by_packets ? "count()"
                       : event->aggregates[event->top_aggregate].text, ds);
    ds_put_cstr(ds, ",\"top\":[");
    for (unsigned i = 0; i < report->n_top; i++) {
        const struct report_flow *rf = &report->top[i];

        ds_put_format(ds, "%s{\"flow\":", i ? "," : "");
        if (rf->flow.dl_type) {
            granularity_format_key(&granularity_5tuple, &rf->flow, ds);
        } else {
            ds_put_cstr(ds, "{}");
        }
        ds_put_cstr(ds, ",\"value\":");
        report_format_number(rf->value, ds);
        if (total != 0) {
            ds_put_cstr(ds, ",\"share\":");
            report_format_number(rf->value / total, ds);
        }
        ds_put_char(ds, '}');
    }
    ds_put_char(ds, ']');
}

void
report_format_json(const struct report *report, struct ds *ds)
{
    static const char *const names[] = {
        [REPORT_SATISFIED] = "satisfied",
        [REPORT_CLEARED] = "cleared",
        [REPORT_OBSERVED] = "observed",
    };
    const struct event *event = report->event;

    ds_put_format(ds, "{\"event\":\"%s\",\"trigger\":", names[report->type]);
    json_string_escape(trigger_id_name(report->trigger), ds);
    if (trigger_id_bridge_length(report->trigger)) {
        char bridge[TRIGGER_BRIDGE_MAX + 1];

        trigger_id_get_bridge(report->trigger, bridge);
        ds_put_cstr(ds, ",\"bridge\":");
        json_string_escape(bridge, ds);
    }
    ds_put_format(ds, ",\"interval_start_us\":%"PRIu64
                  ",\"interval_us\":%"PRIu64",\"key\":",
                  report->interval_start_us, event_window_us(event));
    granularity_format_key(&event->granularity, &report->key, ds);
    ds_put_char(ds, ',');
    format_values(report, ds);
    ds_put_format(ds, ",\"packets\":%"PRIu64",", report->packets);
    format_completeness(report->why, ds);
    if (report_is_numbered(report)) {
        ds_put_format(ds, ",\"seq\":%"PRIu64, report->seq);
    }
    if (report->type == REPORT_CLEARED) {
        ds_put_format(ds, ",\"lasted_us\":%"PRIu64, report->lasted_us);
    }
    if (report->held) {
        ds_put_format(ds, ",\"held\":%"PRIu64, report->held);
    }
    if (report->causes) {
        ds_put_cstr(ds, ",\"causes\":");
        port_changes_format(report->causes, ds);
    }
    if (report->n_top) {
        format_top(report, ds);
    }
    if (report->top_inexact) {
        ds_put_cstr(ds, ",\"top_exact\":false");
    }
    ds_put_char(ds, '}');
}

static int
compare_packets(const void *a_, const void *b_)
{
    const struct report *a = *(const struct report *const *) a_;
    const struct report *b = *(const struct report *const *) b_;

    return (a->packets != b->packets ? (a->packets < b->packets ? 1 : -1)
            : report_compare(a, b));
}

void
reports_keep_largest(struct ovs_list *all, size_t n, struct ovs_list *reports)
{
    size_t n_all = ovs_list_size(all);
    struct report **sorted = xcalloc(n_all, sizeof *sorted);
    struct report *report;
    size_t i = 0;

    LIST_FOR_EACH_POP (report, node, all) {
        sorted[i++] = report;
    }
    qsort(sorted, n_all, sizeof *sorted, compare_packets);
    for (i = 0; i < n_all; i++) {
        if (i < n) {
            ovs_list_push_back(reports, &sorted[i]->node);
        } else {
            report_destroy(sorted[i]);
        }
    }
    free(sorted);
}
