/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/wire-print.h"

#include <inttypes.h>
#include <stdlib.h>

#include "byte-order.h"
#include "openflow/openflow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-msgs.h"
#include "util.h"
#include "wire/answer.h"
#include "wire/report-record.h"
#include "wire/request.h"

static void
print_names(struct ds *ds, const struct svec *names)
{
    if (!names->n) {
        ds_put_cstr(ds, " triggers=all");
        return;
    }
    for (size_t i = 0; i < names->n; i++) {
        ds_put_format(ds, "%s%s", i ? "," : " triggers=", names->names[i]);
    }
}

static void
print_trigger(struct ds *ds, const struct wire_trigger_mod *tm,
              const struct ofputil_port_map *port_map)
{
    if (tm->history) {
        ds_put_format(ds, " history=%"PRIu32, tm->history);
    }
    if (tm->has_match) {
        ds_put_cstr(ds, " match=");
        match_format(&tm->match, port_map, ds, OFP_DEFAULT_PRIORITY);
    }
    if (tm->spec) {
        ds_put_format(ds, " spec='%s'", tm->spec);
    }
}

static enum ofperr
print_trigger_mod(struct ds *ds, const struct ofp_header *oh,
                  const struct ofputil_port_map *port_map)
{
    static const char *const commands[] = {
        [TRTC_ADD] = "ADD", [TRTC_MODIFY] = "MOD", [TRTC_DELETE] = "DEL",
    };
    struct wire_trigger_mod tm;
    enum ofperr error = wire_trigger_mod_decode(&tm, oh, NULL);

    if (!error) {
        ds_put_format(ds, " %s %s", commands[tm.command],
                      tm.name ? tm.name : "all");
        if (tm.cookie) {
            ds_put_format(ds, " cookie=%#"PRIx64, tm.cookie);
        }
        print_trigger(ds, &tm, port_map);
        wire_trigger_mod_uninit(&tm);
    }
    return error;
}

static enum ofperr
print_check(struct ds *ds, const struct ofp_header *oh,
            const struct ofputil_port_map *port_map)
{
    struct wire_trigger_mod tm;
    enum ofperr error = wire_check_decode(&tm, oh, NULL);

    if (!error) {
        print_trigger(ds, &tm, port_map);
        wire_trigger_mod_uninit(&tm);
    }
    return error;
}

static enum ofperr
print_check_reply(struct ds *ds, const struct ofp_header *oh)
{
    struct wire_check_reply reply;
    enum ofperr error = wire_check_reply_decode(&reply, oh);

    if (error) {
        return error;
    }
    if (reply.accepted) {
        ds_put_format(ds, " accepted measures=%"PRIu32" flow_bytes=%"PRIu32
                      " key_bytes=%"PRIu32" interval=%"PRIu64"us",
                      reply.n_measures, reply.flow_bytes, reply.key_bytes,
                      reply.interval_us);
    } else {
        ds_put_cstr(ds, " refused");
    }
    if (reply.spec) {
        ds_put_format(ds, "\n spec='%s'", reply.spec);
    }
    if (reply.error) {
        ds_put_format(ds, "\n error='%s'", reply.error);
    }
    if (reply.cost) {
        ds_put_format(ds, "\n%s", reply.cost);
    }
    wire_check_reply_uninit(&reply);
    return 0;
}

static enum ofperr
print_subscribe(struct ds *ds, const struct ofp_header *oh)
{
    /* Of the TRRF_*, from the lowest. */
    static const char letters[] = "nkvtpr";
    struct wire_subscribe subscribe;
    enum ofperr error = wire_subscribe_decode(&subscribe, oh);

    if (error) {
        return error;
    }
    ds_put_format(ds, " id=%"PRIu32" fields=", subscribe.id);
    for (int i = 0; 1u << i <= TRRF_ALL; i++) {
        ds_put_char(ds, subscribe.fields & 1u << i ? letters[i] : '-');
    }
    if (subscribe.rate) {
        ds_put_format(ds, " rate=%"PRIu32" burst=%"PRIu32, subscribe.rate,
                      subscribe.burst ? subscribe.burst : subscribe.rate);
    }
    print_names(ds, &subscribe.names);
    wire_subscribe_uninit(&subscribe);
    return 0;
}

static enum ofperr
print_unsubscribe(struct ds *ds, const struct ofp_header *oh)
{
    uint32_t id;
    enum ofperr error = wire_unsubscribe_decode(&id, oh);

    if (!error && id == TR_ALL_SUBSCRIPTIONS) {
        ds_put_cstr(ds, " id=all");
    } else if (!error) {
        ds_put_format(ds, " id=%"PRIu32, id);
    }
    return error;
}

static enum ofperr
print_records(struct ds *ds, struct ofpbuf *records)
{
    while (records->size) {
        struct wire_report report;
        enum ofperr error = wire_report_pull(records, &report);

        if (error) {
            return error;
        }
        ds_put_cstr(ds, "\n ");
        wire_report_format(&report, ds);
    }
    return 0;
}

static enum ofperr
print_reports(struct ds *ds, const struct ofp_header *oh)
{
    struct wire_reports reports;
    struct ofpbuf records;
    enum ofperr error = wire_reports_decode(&reports, &records, oh);

    if (error) {
        return error;
    }
    ds_put_format(ds, " subscription=%"PRIu32" reports=%"PRIu16
                  " first=%"PRIu64" lost=%"PRIu64" dropped=%"PRIu64,
                  reports.subscription, reports.n_reports, reports.first_seq,
                  reports.n_lost, reports.n_dropped);
    return print_records(ds, &records);
}

static enum ofperr
print_paused(struct ds *ds, const struct ofp_header *oh)
{
    const struct tr_paused *trp = ofpmsg_body(oh);

    ds_put_format(ds, " unread=%"PRIu32" bytes", ntohl(trp->n_bytes));
    return 0;
}

static enum ofperr
print_resumed(struct ds *ds, struct ofpbuf *b)
{
    while (b->size) {
        const struct tr_resumed *trr = ofpbuf_pull(b, sizeof *trr);

        ds_put_format(ds, " subscription=%"PRIu32" lost=%"PRIu64,
                      ntohl(trr->subscription), ntohll(trr->n_lost));
    }
    return 0;
}

static enum ofperr
print_triggers_request(struct ds *ds, const struct ofp_header *oh)
{
    struct svec names;
    enum ofperr error = wire_triggers_decode(&names, oh);

    if (!error) {
        print_names(ds, &names);
        svec_destroy(&names);
    }
    return error;
}

static enum ofperr
print_triggers_reply(struct ds *ds, struct ofpbuf *b)
{
    while (b->size) {
        struct wire_trigger trigger;
        enum ofperr error = wire_trigger_pull(b, &trigger);

        if (error) {
            return error;
        }
        ds_put_format(ds, "\n name=%s cookie=%#"PRIx64" packets=%"PRIu64
                      " keys=%"PRIu64" fired=%"PRIu64" suppressed=%"PRIu64
                      " last_fired=%"PRIu64"us owner=%s%s%s", trigger.name,
                      trigger.cookie, trigger.packets, trigger.keys,
                      trigger.fired, trigger.suppressed,
                      trigger.last_fired_us,
                      trigger.owner ? trigger.owner : "-",
                      trigger.flags & TRTF_OWN ? " own" : "",
                      trigger.flags & TRTF_PENDING ? " pending" : "");
        if (trigger.history) {
            ds_put_format(ds, " history=%"PRIu32, trigger.history);
        }
        ds_put_format(ds, " spec='%s'", trigger.spec);
        wire_trigger_uninit(&trigger);
    }
    return 0;
}

static void
print_which(struct ds *ds, uint32_t which)
{
    static const char *const types[N_TRST] = {
        [TRST_MONITOR] = "monitor", [TRST_THREAD] = "threads",
        [TRST_OWNER] = "owner", [TRST_SUBSCRIPTION] = "subscriptions",
    };

    for (int i = 0; i < N_TRST; i++) {
        if (!which || which & (1u << i)) {
            ds_put_format(ds, " %s", types[i]);
        }
    }
}

static enum ofperr
print_status_request(struct ds *ds, const struct ofp_header *oh)
{
    uint32_t which;
    enum ofperr error = wire_status_decode(&which, oh);

    if (!error) {
        print_which(ds, which);
    }
    return error;
}

static enum ofperr
print_status_reply(struct ds *ds, struct ofpbuf *b)
{
    static const char *const types[N_TRST] = {
        [TRST_MONITOR] = "monitor", [TRST_THREAD] = "thread",
        [TRST_OWNER] = "owner", [TRST_SUBSCRIPTION] = "subscription",
    };

    while (b->size) {
        struct wire_status status;
        enum ofperr error = wire_status_pull(b, &status);

        if (error) {
            return error;
        }
        ds_put_format(ds, "\n %s",
                      status.type < N_TRST ? types[status.type] : "unknown");
        if (status.name) {
            ds_put_format(ds, " %s", status.name);
        }
        ds_put_char(ds, ':');
        for (size_t i = 0; i < status.n; i++) {
            const char *name = wire_status_counter_name(status.type, i);

            if (name) {
                ds_put_format(ds, " %s=%"PRIu64, name, status.counters[i]);
            }
        }
        for (size_t i = 0; i < status.n_causes; i++) {
            ds_put_format(ds, " not_observed(%s)=%"PRIu64,
                          status.causes[i].name, status.causes[i].n);
        }
        wire_status_uninit(&status);
    }
    return 0;
}

static enum ofperr
print_query(struct ds *ds, const struct ofp_header *oh)
{
    struct wire_query query;
    enum ofperr error = wire_query_decode(&query, oh);
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    const char *separator = " key=";

    if (error) {
        return error;
    }
    ds_put_format(ds, " trigger=%s", query.name);
    if (query.time_us) {
        ds_put_format(ds, " time=%"PRIu64".%06"PRIu64"s",
                      query.time_us / 1000000, query.time_us % 1000000);
    } else {
        ds_put_cstr(ds, " time=last");
    }
    ofpraw_pull_assert(&b);
    ofpbuf_pull(&b, sizeof(struct tr_query));
    while (b.size) {
        struct property property;
        struct key_field field;

        if (!property_pull(&b, &property)
            && !key_field_get(&property, &field)) {
            ds_put_cstr(ds, separator);
            key_field_format(&field, false, ds);
            separator = ",";
        }
    }
    wire_query_uninit(&query);
    return 0;
}

enum ofperr
wire_print(struct ds *ds, const struct ofp_header *oh,
           const struct ofputil_port_map *port_map, int verbosity OVS_UNUSED)
{
    struct ofpbuf b = ofpbuf_const_initializer(oh, ntohs(oh->length));
    enum ofpraw raw;
    enum ofperr error = ofpraw_pull(&raw, &b);

    if (error) {
        return error;
    }
    switch ((int) raw) {
    case OFPRAW_TRT_TRIGGER_MOD:
        return print_trigger_mod(ds, oh, port_map);
    case OFPRAW_TRT_SUBSCRIBE:
        return print_subscribe(ds, oh);
    case OFPRAW_TRT_UNSUBSCRIBE:
        return print_unsubscribe(ds, oh);
    case OFPRAW_TRT_REPORTS:
        return print_reports(ds, oh);
    case OFPRAW_TRT_PAUSED:
        return print_paused(ds, oh);
    case OFPRAW_TRT_RESUMED:
        return print_resumed(ds, &b);
    case OFPRAW_TRST_TRIGGERS_REQUEST:
        return print_triggers_request(ds, oh);
    case OFPRAW_TRST_TRIGGERS_REPLY:
        return print_triggers_reply(ds, &b);
    case OFPRAW_TRST_STATUS_REQUEST:
        return print_status_request(ds, oh);
    case OFPRAW_TRST_STATUS_REPLY:
        return print_status_reply(ds, &b);
    case OFPRAW_TRST_CHECK_REQUEST:
        return print_check(ds, oh, port_map);
    case OFPRAW_TRST_CHECK_REPLY:
        return print_check_reply(ds, oh);
    case OFPRAW_TRST_QUERY_REQUEST:
        return print_query(ds, oh);
    case OFPRAW_TRST_QUERY_REPLY:
        return print_records(ds, &b);
    default:
        return OFPERR_OFPBRC_BAD_SUBTYPE;
    }
}
