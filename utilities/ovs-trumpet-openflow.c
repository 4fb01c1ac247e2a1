/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "ovs-trumpet.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dirs.h"
#include "fatal-signal.h"
#include "event/event.h"
#include "event/granularity-table.h"
#include "event/port-name.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-print.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/vconn.h"
#include "packets.h"
#include "socket-util.h"
#include "util.h"
#include "wire/answer.h"
#include "wire/report-record.h"
#include "wire/request.h"

/* Commands to a bridge over OpenFlow, as a controller would give them. */

/* Where to connect: a target such as "tcp:10.0.0.1:6653", or the name of a
 * bridge of this host, whose management socket is found as ovs-ofctl does. */
static char *
vconn_name(const char *bridge)
{
    return (strchr(bridge, ':')
            ? xstrdup(bridge)
            : xasprintf("unix:%s/%s.mgmt", ovs_rundir(), bridge));
}

static enum ofp_version
version_of(const struct vconn *vconn)
{
    return vconn_get_version(vconn);
}

static struct vconn *
open_bridge(const struct trumpet_options *options)
{
    uint32_t versions = (options->versions ? options->versions
                         : 1u << OFP13_VERSION | 1u << OFP14_VERSION
                           | 1u << OFP15_VERSION);
    char *name = vconn_name(options->bridge);
    struct vconn *vconn;
    int error;

    /* A switch that hangs up is an error, not the end of us. */
    fatal_ignore_sigpipe();
    error = vconn_open_block(name, versions, DSCP_DEFAULT, -1, &vconn);
    if (error == ENOENT && !strchr(options->bridge, ':')) {
        ovs_fatal(0, "%s is not a bridge of a running ovs-vswitchd, or a "
                  "target such as tcp:10.0.0.1:6653", options->bridge);
    } else if (error == EPROTO || error == EPIPE || error == ECONNRESET
               || error == EOF) {
        /* It may be gone before we know. */
        ovs_fatal(0, "%s: the switch does not speak OpenFlow 1.3 or later "
                  "(ovs-vsctl set bridge %s protocols=OpenFlow13)",
                  options->bridge, options->bridge);
    } else if (error) {
        ovs_fatal(error, "%s: cannot connect", options->bridge);
    }
    free(name);
    return vconn;
}

/* Exits with what 'oh', an error message, says. */
OVS_NO_RETURN static void
fail_by_switch(const struct trumpet_options *options,
               const struct ofp_header *oh)
{
    enum ofperr error = ofperr_decode_msg(oh, NULL);

    if (error == OFPERR_OFPBRC_BAD_VENDOR) {
        ovs_fatal(0, "%s: this switch has no Trumpet (it answered %s): run "
                  "the ovs-vswitchd that was built with openvswitch-trumpet",
                  options->bridge, ofperr_get_name(error));
    } else if (error == OFPERR_OFPBRC_IS_SECONDARY) {
        ovs_fatal(0, "%s: a secondary controller may not change triggers",
                  options->bridge);
    } else if (!error) {
        ovs_fatal(0, "%s: the switch answered an error that is unknown here",
                  options->bridge);
    }
    ovs_fatal(0, "%s: %s (%s)", options->bridge,
              ofperr_get_description(error), ofperr_get_name(error));
}

static bool
is_error(const struct ofpbuf *msg)
{
    enum ofptype type;

    return !ofptype_decode(&type, msg->data) && type == OFPTYPE_ERROR;
}

/* Sends 'request' and waits for its reply, of which there is just one part. */
static struct ofpbuf *
transact(const struct trumpet_options *options, struct vconn *vconn,
         struct ofpbuf *request)
{
    struct ofpbuf *reply;
    int error;

    ofpmsg_update_length(request);
    error = vconn_transact(vconn, request, &reply);
    if (error) {
        ovs_fatal(error, "%s: talking to the switch failed", options->bridge);
    }
    if (is_error(reply)) {
        fail_by_switch(options, reply->data);
    }
    return reply;
}

/* Sends 'request' and stores all parts of its reply in 'replies'. */
static void
transact_multipart(const struct trumpet_options *options,
                   struct vconn *vconn, struct ofpbuf *request,
                   struct ovs_list *replies)
{
    ovs_be32 xid = ((struct ofp_header *) request->data)->xid;
    bool more = true;

    ovs_list_init(replies);
    ofpmsg_update_length(request);

    int error = vconn_send_block(vconn, request);

    while (!error && more) {
        struct ofpbuf *reply;

        error = vconn_recv_xid(vconn, xid, &reply);
        if (!error && is_error(reply)) {
            fail_by_switch(options, reply->data);
        } else if (!error) {
            more = ofpmp_more(reply->data);
            ovs_list_push_back(replies, &reply->list_node);
        }
    }
    if (error) {
        ovs_fatal(error, "%s: talking to the switch failed", options->bridge);
    }
}

/* Sends 'requests', which have no replies, and waits until the switch has
 * handled them.  Returns the error message to the first one that failed, which
 * the caller must free, or null. */
static struct ofpbuf *
send_all(const struct trumpet_options *options, struct vconn *vconn,
         struct ovs_list *requests)
{
    struct ofpbuf *reply, *request;
    int error;

    LIST_FOR_EACH (request, list_node, requests) {
        ofpmsg_update_length(request);
    }
    error = vconn_transact_multiple_noreply(vconn, requests, &reply);
    if (error) {
        ovs_fatal(error, "%s: talking to the switch failed", options->bridge);
    }
    return reply;
}

/* Prints why the switch refused 'tm', which it only tells by a code. */
static void
explain(const struct trumpet_options *options, struct vconn *vconn,
        const struct wire_trigger_mod *tm)
{
    struct wire_check_reply reply;
    struct ofpbuf *msg;

    msg = transact(options, vconn, wire_check_encode(tm, version_of(vconn)));
    if (!wire_check_reply_decode(&reply, msg->data)) {
        if (reply.error) {
            trumpet_fail(reply.error);
        }
        wire_check_reply_uninit(&reply);
    }
    ofpbuf_delete(msg);
}

/* Adds or modifies a trigger. */
static void
put_trigger(const struct ovs_cmdl_context *ctx,
            enum tr_trigger_command command)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct vconn *vconn = open_bridge(options);
    struct ovs_list requests = OVS_LIST_INITIALIZER(&requests);
    struct wire_trigger_mod tm = {
        .command = command,
        .name = ctx->argv[1],
        .spec = ctx->argv[2],
        .history = options->n_history,
    };
    struct ofpbuf *request = wire_trigger_mod_encode(&tm, version_of(vconn));
    struct ofpbuf *refusal;

    ovs_list_push_back(&requests, &request->list_node);
    refusal = send_all(options, vconn, &requests);
    if (refusal) {
        enum ofperr why = ofperr_decode_msg(refusal->data, NULL);

        if (why == OFPERR_TR_BAD_TRIGGER || why == OFPERR_TR_BUDGET) {
            explain(options, vconn, &tm);
        }
        fail_by_switch(options, refusal->data);
    }
    vconn_close(vconn);
}

static void
delete_triggers(const struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct vconn *vconn = open_bridge(options);
    struct ovs_list requests = OVS_LIST_INITIALIZER(&requests);
    struct wire_trigger_mod tm = {
        .command = TRTC_DELETE, .name = ctx->argv[1],
    };
    struct ofpbuf *request = wire_trigger_mod_encode(&tm, version_of(vconn));
    struct ofpbuf *refusal;

    ovs_list_push_back(&requests, &request->list_node);
    refusal = send_all(options, vconn, &requests);
    if (refusal) {
        fail_by_switch(options, refusal->data);
    }
    vconn_close(vconn);
}

static void
check(const struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct vconn *vconn = open_bridge(options);
    const struct wire_trigger_mod tm = { .spec = ctx->argv[1] };
    struct wire_check_reply reply;
    struct ofpbuf *msg;

    msg = transact(options, vconn, wire_check_encode(&tm, version_of(vconn)));
    if (wire_check_reply_decode(&reply, msg->data)) {
        ovs_fatal(0, "%s: the switch's answer is malformed", options->bridge);
    }
    if (!reply.accepted) {
        trumpet_fail(reply.error ? reply.error : "refused");
    }
    printf("%s\n%s", reply.spec ? reply.spec : "",
           reply.cost ? reply.cost : "");
    wire_check_reply_uninit(&reply);
    ofpbuf_delete(msg);
    vconn_close(vconn);
}

/* Returns the records of a reply's part. */
static struct ofpbuf
records_of(const struct ofpbuf *reply)
{
    struct ofpbuf b = *reply;

    ofpraw_pull_assert(&b);
    return b;
}

OVS_NO_RETURN static void
fail_malformed(const struct trumpet_options *options, enum ofperr error)
{
    ovs_fatal(0, "%s: the switch's answer is malformed (%s)",
              options->bridge, ofperr_to_string(error));
}

static void
list(const struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct vconn *vconn = open_bridge(options);
    struct svec names = SVEC_EMPTY_INITIALIZER;
    struct ovs_list replies;
    struct ofpbuf *reply;

    transact_multipart(options, vconn,
                       wire_triggers_encode(&names, version_of(vconn)),
                       &replies);
    printf("%-16s  %12s  %8s  %8s  %10s  %-5s  %s\n", "name", "packets",
           "keys", "fired", "suppressed", "own", "trigger");
    LIST_FOR_EACH_POP (reply, list_node, &replies) {
        struct ofpbuf b = records_of(reply);

        while (b.size) {
            struct wire_trigger t;
            enum ofperr error = wire_trigger_pull(&b, &t);

            if (error) {
                fail_malformed(options, error);
            }
            printf("%-16s  %12"PRIu64"  %8"PRIu64"  %8"PRIu64"  %10"PRIu64
                   "  %-5s  %s\n", t.name, t.packets, t.keys, t.fired,
                   t.suppressed, t.flags & TRTF_OWN ? "yes" : "no", t.spec);
            wire_trigger_uninit(&t);
        }
        ofpbuf_delete(reply);
    }
    vconn_close(vconn);
}

static void
print_status(const struct wire_status *status)
{
    static const char *const types[N_TRST] = {
        [TRST_MONITOR] = "monitor", [TRST_THREAD] = "thread",
        [TRST_OWNER] = "owner", [TRST_SUBSCRIPTION] = "subscription",
    };

    if (status->type >= N_TRST) {
        return;                 /* Of a later version. */
    }
    printf("%s%s%s:", types[status->type], status->name ? " " : "",
           status->name ? status->name : "");
    for (size_t i = 0; i < status->n; i++) {
        const char *name = wire_status_counter_name(status->type, i);

        if (name) {
            printf(" %s=%"PRIu64, name, status->counters[i]);
        }
    }
    for (size_t i = 0; i < status->n_causes; i++) {
        printf(" %s=%"PRIu64, status->causes[i].name, status->causes[i].n);
    }
    putchar('\n');
}

static void
show(const struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct vconn *vconn = open_bridge(options);
    struct ovs_list replies;
    struct ofpbuf *reply;

    transact_multipart(options, vconn,
                       wire_status_encode(0, version_of(vconn)), &replies);
    LIST_FOR_EACH_POP (reply, list_node, &replies) {
        struct ofpbuf b = records_of(reply);

        while (b.size) {
            struct wire_status status;
            enum ofperr error = wire_status_pull(&b, &status);

            if (error) {
                fail_malformed(options, error);
            }
            print_status(&status);
            wire_status_uninit(&status);
        }
        ofpbuf_delete(reply);
    }
    vconn_close(vconn);
}

/* Prints the records in 'b' as lines of JSON.  Returns how many there were. */
static unsigned
print_records(const struct trumpet_options *options, struct ofpbuf *b,
              const char *event)
{
    unsigned n = 0;

    while (b->size) {
        struct ds ds = DS_EMPTY_INITIALIZER;
        struct wire_report report;
        enum ofperr error = wire_report_pull(b, &report);

        if (error) {
            fail_malformed(options, error);
        }
        wire_report_format_json(&report, event, options->bridge, &ds);
        puts(ds_cstr(&ds));
        ds_destroy(&ds);
        n++;
    }
    return n;
}

/* Stores "in_port=vm1,nw_src=10.0.0.1,tp_dst=80" in 'query'. */
static void
parse_key(const char *text, struct wire_query *wq)
{
    char *copy = xstrdup(text);
    char *save = NULL;

    for (char *s = strtok_r(copy, ",", &save); s;
         s = strtok_r(NULL, ",", &save)) {
        char *value = strchr(s, '=');
        enum granularity_field_id id;
        struct key_field field;

        if (value) {
            *value++ = '\0';
        }
        for (id = 0; id < GRANULARITY_5TUPLE; id++) {
            if (!strcmp(granularity_table[id].name, s)) {
                break;
            }
        }
        if (id == GRANULARITY_5TUPLE || !value
            || !key_field_parse(id, value, &field)) {
            ovs_fatal(0, "key: expected FIELD=VALUE,... with the fields of "
                      "the trigger's granularity, such as nw_src=10.0.0.1; "
                      "found '%s'", s);
        }
        wq->has |= 1u << id;
        if (id == GRANULARITY_IN_PORT) {
            port_name_intern(field.port);
        }
        key_field_apply(&field, &wq->key, &wq->unknown_port);
    }
    free(copy);
}

static void
query(const struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct vconn *vconn = open_bridge(options);
    struct wire_query wq = {
        .name = ctx->argv[1], .time_us = options->time_us,
    };
    struct ovs_list replies;
    struct ofpbuf *reply;

    if (ctx->argc > 2) {
        parse_key(ctx->argv[2], &wq);
    }
    transact_multipart(options, vconn,
                       wire_query_encode(&wq, version_of(vconn)), &replies);
    LIST_FOR_EACH_POP (reply, list_node, &replies) {
        struct ofpbuf b = records_of(reply);

        print_records(options, &b, "observed");
        ofpbuf_delete(reply);
    }
    vconn_close(vconn);
}

/* Watching. */

static void
print_resumed(struct ofpbuf *b)
{
    while (b->size) {
        const struct tr_resumed *trr = ofpbuf_pull(b, sizeof *trr);

        printf("{\"event\":\"resumed\",\"reports\":%"PRIu64"}\n",
               ntohll(trr->n_lost));
    }
}

/* Prints what 'msg' says.  Returns the number of reports. */
static unsigned
print_message(const struct trumpet_options *options, const struct ofpbuf *msg)
{
    struct ofpbuf b = *msg;
    struct wire_reports reports;
    struct ofpbuf records;
    enum ofpraw raw;

    if (is_error(msg)) {
        fail_by_switch(options, msg->data);
    }
    if (ofpraw_pull(&raw, &b)) {
        return 0;
    }
    switch ((int) raw) {
    case OFPRAW_TRT_REPORTS:
        if (wire_reports_decode(&reports, &records, msg->data)) {
            fail_malformed(options, OFPERR_OFPBRC_BAD_LEN);
        }
        if (reports.n_lost) {
            printf("{\"event\":\"lost\",\"reports\":%"PRIu64"}\n",
                   reports.n_lost);
        }
        if (reports.n_dropped) {
            printf("{\"event\":\"lost\",\"reports_at_most\":%"PRIu64"}\n",
                   reports.n_dropped);
        }
        return print_records(options, &records, "satisfied");

    case OFPRAW_TRT_PAUSED:
        puts("{\"event\":\"paused\"}");
        return 0;

    case OFPRAW_TRT_RESUMED:
        print_resumed(&b);
        return 0;

    default:
        return 0;
    }
}

/* Answers what the switch asks to see if we are there. */
static void
answer_echo(struct vconn *vconn, const struct ofpbuf *msg)
{
    enum ofptype type;

    if (!ofptype_decode(&type, msg->data) && type == OFPTYPE_ECHO_REQUEST) {
        vconn_send_block(vconn, ofputil_encode_echo_reply(msg->data));
    }
}

static void
watch(const struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct vconn *vconn = open_bridge(options);
    struct wire_subscribe subscribe = {
        .id = 1, .fields = TRRF_ALL, .rate = options->rate,
        .names = SVEC_EMPTY_INITIALIZER,
    };
    struct ofpbuf *request;
    unsigned n = 0;

    if (ctx->argc > 1) {
        svec_add(&subscribe.names, ctx->argv[1]);
    }
    request = wire_subscribe_encode(&subscribe, version_of(vconn));
    ofpmsg_update_length(request);

    int error = vconn_send_block(vconn, request);

    while (!error && (!options->count || n < options->count)) {
        struct ofpbuf *msg;

        error = vconn_recv_block(vconn, &msg);
        if (!error) {
            answer_echo(vconn, msg);
            n += print_message(options, msg);
            fflush(stdout);
            ofpbuf_delete(msg);
        }
    }
    if (error && error != EOF) {
        ovs_fatal(error, "%s: talking to the switch failed", options->bridge);
    }
    svec_destroy(&subscribe.names);
    vconn_close(vconn);
}

/* The commands that can be given over OpenFlow. */

#define COMMON (1u << TRUMPET_BRIDGE | 1u << TRUMPET_PROTOCOLS)

static void
cmd_add(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, COMMON | 1u << TRUMPET_HISTORY);
    put_trigger(ctx, TRTC_ADD);
}

static void
cmd_mod(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, COMMON | 1u << TRUMPET_HISTORY);
    put_trigger(ctx, TRTC_MODIFY);
}

static void
cmd_del(struct ovs_cmdl_context *ctx)
{
    bool all = trumpet_options(ctx)->given & (1u << TRUMPET_ALL);

    trumpet_allow_options(ctx, COMMON | 1u << TRUMPET_ALL);
    if (all == (ctx->argc > 1)) {
        ovs_fatal(0, "'del' takes either the NAME of a trigger or --all");
    }
    delete_triggers(ctx);
}

static void
cmd_list(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, COMMON);
    list(ctx);
}

static void
cmd_show(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, COMMON);
    show(ctx);
}

static void
cmd_check(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, COMMON);
    check(ctx);
}

static void
cmd_query(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, COMMON | 1u << TRUMPET_AT);
    query(ctx);
}

static void
cmd_watch(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, (COMMON | 1u << TRUMPET_COUNT
                                | 1u << TRUMPET_RATE));
    watch(ctx);
}

const struct ovs_cmdl_command trumpet_openflow_commands[] = {
    { "add", "NAME SPEC", 2, 2, cmd_add, OVS_RW },
    { "mod", "NAME SPEC", 2, 2, cmd_mod, OVS_RW },
    { "del", "NAME | --all", 0, 1, cmd_del, OVS_RW },
    { "list", "", 0, 0, cmd_list, OVS_RO },
    { "show", "", 0, 0, cmd_show, OVS_RO },
    { "check", "SPEC", 1, 1, cmd_check, OVS_RO },
    { "query", "NAME [KEY]", 1, 2, cmd_query, OVS_RO },
    { "watch", "[NAME]", 0, 1, cmd_watch, OVS_RO },
    { NULL, NULL, 0, 0, NULL, OVS_RO },
};

void
trumpet_cmd_query(struct ovs_cmdl_context *ctx)
{
    ovs_fatal(0, "'%s' is for a bridge: use --bridge", ctx->argv[0]);
}
