/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "of-handler.h"

#include <stdlib.h>
#include <string.h>

#include "bridge-map.h"
#include "event/cost.h"
#include "monitor/monitor.h"
#include "monitor/trigger.h"
#include "of-connection.h"
#include "of-trigger.h"
#include "ofproto/connmgr.h"
#include "ofproto/ofproto-provider.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "port-map.h"
#include "report/reporter.h"
#include "switch-monitor.h"
#include "util.h"
#include "wire/answer.h"
#include "wire/report-record.h"
#include "wire/request.h"

VLOG_DEFINE_THIS_MODULE(trumpet_of_handler);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 20);

static const char *
bridge_of(const struct ofconn *ofconn)
{
    return ofconn_get_ofproto(ofconn)->name;
}

/* Returns who owns the triggers of 'ofconn', which the caller must free. */
static char *
owner_of(const struct ofconn *ofconn)
{
    return xasprintf("openflow:%s:%s", bridge_of(ofconn),
                     ofconn_get_target(ofconn));
}

/* True if the packets of the bridge are seen: the bridge itself is a port of
 * an observed datapath. */
static bool
is_monitored(const struct ofconn *ofconn)
{
    return port_map_contains(bridge_of(ofconn));
}

/* TRT_TRIGGER_MOD. */

static enum ofperr
error_from_stage(enum stage_error code)
{
    switch (code) {
    case STAGE_OK:
        return 0;
    case STAGE_BAD_NAME:
        return OFPERR_TR_BAD_NAME;
    case STAGE_BAD_SPEC:
        return OFPERR_TR_BAD_TRIGGER;
    case STAGE_EXISTS:
        return OFPERR_TR_EXISTS;
    case STAGE_UNKNOWN:
        return OFPERR_TR_UNKNOWN_TRIGGER;
    case STAGE_NOT_OWNER:
        return OFPERR_TR_NOT_OWNER;
    case STAGE_QUOTA_TRIGGERS:
        return OFPERR_TR_QUOTA_TRIGGERS;
    case STAGE_QUOTA_PATTERNS:
        return OFPERR_TR_QUOTA_PATTERNS;
    case STAGE_BUDGET:
        return OFPERR_TR_BUDGET;
    default:
        OVS_NOT_REACHED();
    }
}

/* Logs 'error', unless null, and frees it: on the wire it is just a code. */
static void
log_refusal(const char *owner, char *error)
{
    if (error) {
        VLOG_INFO_RL(&rl, "%s: trigger refused: %s", owner, error);
        free(error);
    }
}

static enum ofperr
put_trigger(const struct wire_trigger_mod *tm, const char *bridge,
            const char *owner)
{
    enum stage_error code = STAGE_BAD_SPEC;
    char *id = trigger_id_make(bridge, tm->name);
    char *text;
    char *error = of_trigger_text(tm, bridge, &text);

    if (!error) {
        const struct trigger_spec spec = {
            .name = id,
            .spec = text,
            .owner = owner,
            .cookie = tm->cookie,
            .history = tm->history,
        };

        error = monitor_stage(switch_monitor_get(),
                              tm->command == TRTC_ADD ? STAGE_ADD
                              : STAGE_MODIFY, &spec, &code);
    }
    if (!error) {
        VLOG_DBG("%s: %s trigger %s: %s", owner,
                 tm->command == TRTC_ADD ? "added" : "modified", id, text);
    }
    log_refusal(owner, error);
    free(text);
    free(id);
    return error_from_stage(code);
}

static enum ofperr
delete_triggers(const struct wire_trigger_mod *tm, const char *bridge,
                const char *owner)
{
    struct monitor *monitor = switch_monitor_get();
    enum stage_error code = STAGE_OK;

    if (tm->name) {
        char *id = trigger_id_make(bridge, tm->name);

        log_refusal(owner, monitor_stage_removal(monitor, id, owner, &code));
        free(id);
    } else {
        monitor_stage_removals(monitor, owner, bridge);
    }
    return error_from_stage(code);
}

static enum ofperr
handle_trigger_mod(struct ofconn *ofconn, const struct ofp_header *oh)
{
    struct wire_trigger_mod tm;
    enum ofperr error;
    char *owner;

    if (ofconn_get_role(ofconn) == OFPCR12_ROLE_SECONDARY) {
        return OFPERR_OFPBRC_IS_SECONDARY;
    }
    error = wire_trigger_mod_decode(
        &tm, oh, ofproto_get_tun_tab(ofconn_get_ofproto(ofconn)));
    if (error) {
        return error;
    }
    owner = owner_of(ofconn);
    if (tm.name && !event_name_is_valid(tm.name)) {
        error = OFPERR_TR_BAD_NAME;
    } else if (tm.history > TRIGGER_HISTORY_MAX) {
        error = OFPERR_OFPBPC_BAD_VALUE;
    } else if (tm.command == TRTC_DELETE) {
        error = delete_triggers(&tm, bridge_of(ofconn), owner);
    } else {
        error = put_trigger(&tm, bridge_of(ofconn), owner);
    }
    free(owner);
    wire_trigger_mod_uninit(&tm);

    /* What was staged is committed by the next round of the main loop. */
    poll_immediate_wake();
    return error;
}

/* TRT_SUBSCRIBE, TRT_UNSUBSCRIBE. */

static enum ofperr
handle_subscribe(struct ofconn *ofconn, const struct ofp_header *oh)
{
    struct wire_subscribe subscribe;
    enum ofperr error = wire_subscribe_decode(&subscribe, oh);

    if (!error) {
        error = of_connection_subscribe(ofconn, &subscribe);
        wire_subscribe_uninit(&subscribe);
    }
    return error;
}

static enum ofperr
handle_unsubscribe(struct ofconn *ofconn, const struct ofp_header *oh)
{
    uint32_t id;
    enum ofperr error = wire_unsubscribe_decode(&id, oh);

    return error ? error : of_connection_unsubscribe(ofconn, id);
}

/* TRST_TRIGGERS. */

/* Appends 'status' if it is of 'bridge' and among 'names' (none: all).
 * Returns true if so. */
static bool
put_status(struct ovs_list *replies, const struct trigger_status *status,
           const char *bridge, const char *owner, const struct svec *names)
{
    const char *name = trigger_id_name(status->name);
    char actual[TRIGGER_BRIDGE_MAX + 1];

    trigger_id_get_bridge(status->name, actual);
    if (strcmp(actual, bridge)
        || (names->n && !svec_contains(names, name))) {
        return false;
    }

    const struct wire_trigger trigger = {
        .name = CONST_CAST(char *, name),
        .owner = status->owner,
        .spec = status->event->text,
        .flags = ((!strcmp(status->owner, owner) ? TRTF_OWN : 0)
                  | (status->pending ? TRTF_PENDING : 0)),
        .history = status->history,
        .cookie = status->cookie,
        .packets = status->packets,
        .keys = status->keys,
        .fired = status->fired,
        .suppressed = status->suppressed,
        .last_fired_us = status->last_fired_us,
    };

    wire_trigger_put(replies, &trigger);
    return true;
}

static enum ofperr
handle_triggers(struct ofconn *ofconn, const struct ofp_header *oh)
{
    struct trigger_status *status;
    struct ovs_list replies;
    enum ofperr error;
    struct svec names;
    size_t n_found = 0;

    error = wire_triggers_decode(&names, oh);
    if (error) {
        return error;
    }

    char *owner = owner_of(ofconn);
    size_t n = monitor_list_triggers(switch_monitor_get(), &status);

    ofpmp_init(&replies, oh);
    for (size_t i = 0; i < n; i++) {
        n_found += put_status(&replies, &status[i], bridge_of(ofconn), owner,
                              &names);
    }
    if (n_found < names.n) {
        ofpbuf_list_delete(&replies);
        error = OFPERR_TR_UNKNOWN_TRIGGER;
    } else {
        ofconn_send_replies(ofconn, &replies);
    }
    trigger_status_destroy(status, n);
    svec_destroy(&names);
    free(owner);
    return error;
}

/* TRST_STATUS. */

static void
put_monitor(struct ovs_list *replies)
{
    struct monitor *monitor = switch_monitor_get();
    const struct monitor_settings *settings = monitor_settings(monitor);
    struct wire_status status = { .type = TRST_MONITOR };
    struct reporter_status reporter = { .dropped = 0 };
    struct sweep_status sweep;

    monitor_get_sweep_status(monitor, &sweep);
    if (switch_monitor_reporter()) {
        reporter_get_status(switch_monitor_reporter(), &reporter);
    }
    wire_status_add(&status, switch_monitor_is_enabled());
    wire_status_add(&status, settings->epoch_us);
    wire_status_add(&status, settings->max_flows);
    wire_status_add(&status, sweep.triggers);
    wire_status_add(&status, sweep.patterns);
    wire_status_add(&status, sweep.keys);
    wire_status_add(&status, sweep.sweeps);
    wire_status_add(&status, sweep.overruns);
    wire_status_add(&status, sweep.reports);
    wire_status_add(&status, reporter.dropped);
    wire_status_add(&status, sweep.memory_bytes);
    wire_status_put(replies, &status);
}

static void
put_threads(struct ovs_list *replies)
{
    struct thread_status *threads;
    size_t n = monitor_list_threads(switch_monitor_get(), &threads);

    for (size_t i = 0; i < n; i++) {
        const struct ledger *ledger = &threads[i].ledger;
        struct wire_status status = {
            .type = TRST_THREAD, .name = threads[i].name,
        };

        wire_status_add(&status, ledger->received);
        wire_status_add(&status, ledger->counted);
        wire_status_add(&status, ledger->unmatched);
        wire_status_add(&status, ledger_not_observed(ledger));
        wire_status_add(&status, ledger->dropped_invalid);
        wire_status_add(&status, threads[i].flows);
        wire_status_add(&status, threads[i].capacity);
        for (int cause = 0; cause < N_CAUSES; cause++) {
            if (ledger->not_observed[cause]) {
                status.causes[status.n_causes++] = (struct wire_cause) {
                    cause_name(cause), ledger->not_observed[cause],
                };
            }
        }
        wire_status_put(replies, &status);
    }
    thread_status_destroy(threads, n);
}

/* A controller is told of its own quotas, not of others'. */
static void
put_owner(const struct ofconn *ofconn, struct ovs_list *replies)
{
    struct owner_status *owners;
    size_t n = monitor_list_owners(switch_monitor_get(), &owners);
    char *owner = owner_of(ofconn);
    struct wire_status status = { .type = TRST_OWNER, .name = owner };
    struct owner_status own = { .triggers = 0 };

    for (size_t i = 0; i < n; i++) {
        if (!strcmp(owners[i].name, owner)) {
            own = owners[i];
        }
    }
    wire_status_add(&status, own.triggers);
    wire_status_add(&status, own.patterns);
    wire_status_add(&status, own.suppressed);
    wire_status_put(replies, &status);
    owner_status_destroy(owners, n);
    free(owner);
}

static enum ofperr
handle_status(struct ofconn *ofconn, const struct ofp_header *oh)
{
    struct ovs_list replies;
    uint32_t which;
    enum ofperr error = wire_status_decode(&which, oh);

    if (error) {
        return error;
    }
    which = which ? which : UINT32_MAX;
    ofpmp_init(&replies, oh);
    if (which & 1u << TRST_MONITOR) {
        put_monitor(&replies);
    }
    if (which & 1u << TRST_THREAD) {
        put_threads(&replies);
    }
    if (which & 1u << TRST_OWNER) {
        put_owner(ofconn, &replies);
    }
    if (which & 1u << TRST_SUBSCRIPTION) {
        of_connection_put_status(ofconn, &replies);
    }
    ofconn_send_replies(ofconn, &replies);
    return 0;
}

/* TRST_CHECK. */

static void
check(const char *text, const char *bridge, struct wire_check_reply *reply)
{
    uint64_t epoch_us = monitor_settings(switch_monitor_get())->epoch_us;
    struct ds cost = DS_EMPTY_INITIALIZER;
    struct event *event;

    reply->error = event_parse(text, NULL, epoch_us, &event);
    if (reply->error) {
        return;
    }
    struct event_cost ec = event_get_cost(event);
    char *id = trigger_id_make(bridge, "new");

    event_format_cost(event, &cost);
    reply->error = monitor_foresee(switch_monitor_get(), id, event, &cost);
    reply->accepted = !reply->error;
    free(id);
    reply->n_measures = event->n_measures;
    reply->flow_bytes = ec.flow_bytes;
    reply->key_bytes = ec.key_bytes;
    reply->interval_us = event->interval_us;
    reply->spec = xstrdup(event->text);
    reply->cost = ds_steal_cstr(&cost);
    event_unref(event);
}

static enum ofperr
handle_check(struct ofconn *ofconn, const struct ofp_header *oh)
{
    struct wire_check_reply reply = { .accepted = false };
    struct wire_trigger_mod tm;
    enum ofperr error;
    char *text;

    error = wire_check_decode(
        &tm, oh, ofproto_get_tun_tab(ofconn_get_ofproto(ofconn)));
    if (error) {
        return error;
    }
    reply.error = of_trigger_text(&tm, bridge_of(ofconn), &text);
    if (!reply.error) {
        check(text, bridge_of(ofconn), &reply);
    }
    ofconn_send_reply(ofconn, wire_check_reply_encode(&reply, oh));
    wire_check_reply_uninit(&reply);
    wire_trigger_mod_uninit(&tm);
    free(text);
    return 0;
}

/* TRST_QUERY. */

static enum ofperr
error_from_query(enum query_error error)
{
    switch (error) {
    case QUERY_OK:
        return 0;
    case QUERY_UNKNOWN:
        return OFPERR_TR_UNKNOWN_TRIGGER;
    case QUERY_NOT_ENDED:
        return OFPERR_TR_NOT_ENDED;
    case QUERY_NOT_OBSERVED:
        return OFPERR_TR_NOT_OBSERVED;
    case QUERY_FORGOTTEN:
        return OFPERR_TR_FORGOTTEN;
    default:
        OVS_NOT_REACHED();
    }
}

/* What an answer tells of a key: all that is known of the past. */
#define QUERY_FIELDS (TRRF_NAME | TRRF_KEY | TRRF_VALUES)

/* Looks up what 'query' asks about the trigger 'id'. */
static enum ofperr
run_query(const struct wire_query *query, const char *id,
          struct ovs_list *reports)
{
    struct event *event = monitor_get_event(switch_monitor_get(), id);
    struct flow_fields key;
    enum ofperr error;

    if (!event) {
        return OFPERR_TR_UNKNOWN_TRIGGER;
    }
    if (query->has && !wire_query_key(query, &event->granularity, &key)) {
        error = OFPERR_TR_BAD_KEY;
    } else {
        error = error_from_query(monitor_query(switch_monitor_get(), id,
                                               query->time_us,
                                               query->has ? &key : NULL,
                                               reports));
    }
    event_unref(event);
    return error;
}

static void
put_report(struct ovs_list *replies, const struct report *report)
{
    struct ofpbuf *b = ofpbuf_from_list(ovs_list_back(replies));
    size_t start = b->size;

    wire_report_put(b, report, QUERY_FIELDS, bridge_map_port_number);
    ofpmp_postappend(replies, start);
}

static enum ofperr
handle_query(struct ofconn *ofconn, const struct ofp_header *oh)
{
    struct ovs_list reports = OVS_LIST_INITIALIZER(&reports);
    struct ovs_list replies;
    struct wire_query query;
    struct report *report;
    enum ofperr error = wire_query_decode(&query, oh);

    if (error) {
        return error;
    }

    char *id = trigger_id_make(bridge_of(ofconn), query.name);

    error = run_query(&query, id, &reports);
    ofpmp_init(&replies, oh);
    LIST_FOR_EACH_POP (report, node, &reports) {
        put_report(&replies, report);
        report_destroy(report);
    }
    if (error) {
        ofpbuf_list_delete(&replies);
    } else {
        ofconn_send_replies(ofconn, &replies);
    }
    wire_query_uninit(&query);
    free(id);
    return error;
}

enum ofperr
of_handle(struct ofconn *ofconn, const struct ofp_header *oh)
{
    enum ofpraw raw;
    enum ofperr error = ofpraw_decode(&raw, oh);

    if (error) {
        return error;
    }
    if (!is_monitored(ofconn)) {
        return OFPERR_TR_UNSUPPORTED;
    }
    switch ((int) raw) {
    case OFPRAW_TRT_TRIGGER_MOD:
        return handle_trigger_mod(ofconn, oh);
    case OFPRAW_TRT_SUBSCRIBE:
        return handle_subscribe(ofconn, oh);
    case OFPRAW_TRT_UNSUBSCRIBE:
        return handle_unsubscribe(ofconn, oh);
    case OFPRAW_TRST_TRIGGERS_REQUEST:
        return handle_triggers(ofconn, oh);
    case OFPRAW_TRST_STATUS_REQUEST:
        return handle_status(ofconn, oh);
    case OFPRAW_TRST_CHECK_REQUEST:
        return handle_check(ofconn, oh);
    case OFPRAW_TRST_QUERY_REQUEST:
        return handle_query(ofconn, oh);
    default:
        /* What only the switch sends. */
        return OFPERR_OFPBRC_BAD_SUBTYPE;
    }
}
