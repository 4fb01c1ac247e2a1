/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/wire-unit.h"

#include <netinet/in.h>

#include "event/port-name.h"
#include "flow.h"
#include "openvswitch/ofp-msgs.h"
#include "packets.h"
#include "tests/unit.h"
#include "util.h"
#include "wire/answer.h"
#include "wire/report-record.h"
#include "wire/request.h"

#define V OFP13_VERSION

/* One of each message, with all that it may have. */

struct ofpbuf *
unit_trigger_mod(void)
{
    struct wire_trigger_mod tm = {
        .command = TRTC_ADD,
        .cookie = 0xc00c1e,
        .name = CONST_CAST(char *, "heavy"),
        .spec = CONST_CAST(char *, "on tcp when count() > 1"),
        .has_match = true,
        .history = 16,
    };

    match_init_catchall(&tm.match);
    match_set_dl_type(&tm.match, htons(ETH_TYPE_IP));
    match_set_nw_dst(&tm.match, htonl(0x0a000001));
    return wire_trigger_mod_encode(&tm, V);
}

static struct ofpbuf *
make_delete(void)
{
    struct wire_trigger_mod tm = {
        .command = TRTC_DELETE, .name = CONST_CAST(char *, "t"),
    };

    return wire_trigger_mod_encode(&tm, V);
}

static struct ofpbuf *
make_check(void)
{
    struct wire_trigger_mod tm = {
        .name = CONST_CAST(char *, "ignored"),
        .spec = CONST_CAST(char *, "on udp when count() > 1"),
        .history = 7,
    };

    return wire_check_encode(&tm, V);
}

static struct ofpbuf *
make_check_reply(void)
{
    struct ofpbuf *request = make_check();
    const struct wire_check_reply reply = {
        .accepted = true,
        .n_measures = 2, .flow_bytes = 32, .key_bytes = 64,
        .interval_us = 10000,
        .spec = CONST_CAST(char *, "on udp every 10ms when count() > 1"),
        .cost = CONST_CAST(char *, "pattern: x\n"),
        .error = CONST_CAST(char *, "none"),
    };
    struct ofpbuf *b = wire_check_reply_encode(&reply, request->data);

    ofpbuf_delete(request);
    return b;
}

struct ofpbuf *
unit_subscribe(void)
{
    struct wire_subscribe subscribe = {
        .id = 5, .fields = TRRF_ALL, .rate = 100, .burst = 7,
        .names = SVEC_EMPTY_INITIALIZER,
    };
    struct ofpbuf *b;

    svec_add(&subscribe.names, "b");
    svec_add(&subscribe.names, "seven77");
    svec_add(&subscribe.names, "a");
    b = wire_subscribe_encode(&subscribe, V);
    svec_destroy(&subscribe.names);
    return b;
}

static struct ofpbuf *
make_unsubscribe(void)
{
    return wire_unsubscribe_encode(TR_ALL_SUBSCRIPTIONS, V);
}

static ofp_port_t
port_number(uint32_t in_port)
{
    return in_port ? u16_to_ofp(17) : OFPP_NONE;
}

void
unit_put_reports(struct ofpbuf *records)
{
    static const char *const specs[] = {
        "on ip by 5tuple when sum(bytes) > 1 && avg(ttl) > 2",
        "on ipv6 by ipv6_src/64,ipv6_dst,nw_proto when count() > 1",
        "on any by in_port,tun_id,vlan_vid when count() > 1",
        "on tcp by nw_src/24,nw_dst,tp_src,tp_dst when count() > 1",
        "on any when count() > 1",
    };
    struct flow_fields fields = {
        .in_port = port_name_intern("vm1"), .vlan = 10 | FLOW_FIELDS_VLAN,
        .tun_id = UINT64_C(0x123456789abc), .tp_src = 1000, .tp_dst = 80,
        .nw_proto = IPPROTO_TCP,
        .has = FLOW_HAS_IPV4 | FLOW_HAS_IPV6 | FLOW_HAS_TUNNEL,
        .src = { [0] = 0x20, [7] = 9, [12] = 10, [15] = 1 },
        .dst = { [0] = 0x20, [12] = 10, [15] = 2 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        struct event *event;
        struct report *report;

        ck_assert(!event_parse(specs[i], NULL, 10000, &event));
        report = report_create(REPORT_SATISFIED, "br0/trigger", event);
        fields.dl_type = i == 1 ? ETH_TYPE_IPV6 : ETH_TYPE_IP;
        ck_assert(granularity_key(&event->granularity, &fields,
                                  &report->key));
        report->interval_start_us = UINT64_C(1469000000010000);
        report->packets = 96;
        report->seq = 17 + i;
        report->cookie = i;
        report->why = i ? 0 : 1u << CAUSE_CLOCK | 1u << CAUSE_RESTART;
        report->values[0] = 0.5;
        wire_report_put(records, report, TRRF_ALL, port_number);
        report_destroy(report);
        event_unref(event);
    }
}

struct ofpbuf *
unit_reports(void)
{
    const struct wire_reports header = {
        .subscription = 5, .n_reports = 5, .first_seq = 100,
        .n_lost = 3, .n_dropped = 2,
    };
    struct ofpbuf records, *b;

    ofpbuf_init(&records, 0);
    unit_put_reports(&records);
    b = wire_reports_encode(&header, records.data, records.size, V);
    ofpbuf_uninit(&records);
    return b;
}

struct report *
unit_detailed_report(bool cleared)
{
    static const struct report_flow flows[] = {
        { .flow = { .dl_type = ETH_TYPE_IP, .nw_proto = IPPROTO_TCP,
                    .tp_src = 1000, .tp_dst = 80,
                    .src = { [12] = 10, [15] = 1 },
                    .dst = { [12] = 10, [15] = 2 } },
          .value = 300 },
        { .flow = { .dl_type = ETH_TYPE_IPV6, .nw_proto = IPPROTO_UDP,
                    .tp_dst = 53, .src = { [0] = 0x20 },
                    .dst = { [0] = 0x20, [15] = 2 } },
          .value = 50 },
        { .value = 50 },
    };
    struct port_change changes[] = {
        { .port = port_name_intern("vm1"),
          .moved = (1u << PORT_COUNTER_RX_DROPPED
                    | 1u << PORT_COUNTER_QDISC_BACKLOG),
          .values = { [PORT_COUNTER_RX_DROPPED] = 12,
                      [PORT_COUNTER_QDISC_BACKLOG] = 48000 } },
        { .port = port_name_intern("eth1"),
          .moved = 1u << PORT_COUNTER_TX_ERRORS,
          .values = { [PORT_COUNTER_TX_ERRORS] = UINT64_C(1) << 40 } },
    };
    struct report *report;
    struct event *event;

    ck_assert(!event_parse("on any by vlan_vid when sum(bytes) > 1 "
                           "report rising", NULL, 10000, &event));
    report = report_create(cleared ? REPORT_CLEARED : REPORT_SATISFIED,
                           "br0/detailed", event);
    event_unref(event);
    report->interval_start_us = UINT64_C(1469000000010000);
    report->seq = 17;
    report->key.vlan = 10 | FLOW_FIELDS_VLAN;
    report->values[0] = 500;
    report->packets = 5;
    report->lasted_us = cleared ? 30000 : 0;
    report->held = cleared ? 0 : 3;
    report->causes = port_changes_create(changes, ARRAY_SIZE(changes));
    report->n_top = ARRAY_SIZE(flows);
    report->top = xmemdup(flows, sizeof flows);
    report->top_inexact = cleared;
    return report;
}

static struct ofpbuf *
make_detailed(void)
{
    const struct wire_reports header = { .n_reports = 2, .first_seq = 1 };
    struct ofpbuf records, *b;

    ofpbuf_init(&records, 0);
    for (int i = 0; i < 2; i++) {
        struct report *report = unit_detailed_report(i);

        wire_report_put(&records, report, i ? TRRF_ALL & ~TRRF_NAME : TRRF_ALL,
                        port_number);
        report_destroy(report);
    }
    b = wire_reports_encode(&header, records.data, records.size, V);
    ofpbuf_uninit(&records);
    return b;
}

static struct ofpbuf *
make_paused(void)
{
    return wire_paused_encode(4711, V);
}

static struct ofpbuf *
make_resumed(void)
{
    const struct wire_resumed resumed[] = { { 1, 17 }, { 2, 0 } };

    return wire_resumed_encode(resumed, 2, V);
}

struct ofpbuf *
unit_triggers(void)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    struct ofpbuf *b;

    svec_add(&names, "a");
    b = wire_triggers_encode(&names, V);
    svec_destroy(&names);
    return b;
}

static struct ofpbuf *
make_reply(struct ofpbuf *request, void (*put)(struct ovs_list *))
{
    struct ovs_list replies;

    ofpmp_init(&replies, request->data);
    put(&replies);
    ofpbuf_delete(request);
    ck_assert_uint_eq(ovs_list_size(&replies), 1);
    return ofpbuf_from_list(ovs_list_pop_front(&replies));
}

void
unit_put_triggers(struct ovs_list *replies)
{
    const struct wire_trigger trigger = {
        .name = CONST_CAST(char *, "a"),
        .owner = CONST_CAST(char *, "openflow:br0:tcp:1.2.3.4"),
        .spec = CONST_CAST(char *, "on tcp when count() > 1"),
        .flags = TRTF_OWN | TRTF_PENDING, .history = 16, .cookie = 1,
        .packets = 2, .keys = 3, .fired = 4, .suppressed = 5,
        .last_fired_us = 6,
    };

    wire_trigger_put(replies, &trigger);
    wire_trigger_put(replies, &trigger);
}

static struct ofpbuf *
make_triggers_reply(void)
{
    return make_reply(unit_triggers(), unit_put_triggers);
}

static struct ofpbuf *
make_status(void)
{
    return wire_status_encode(1u << TRST_THREAD, V);
}

static void
put_status(struct ovs_list *replies)
{
    struct wire_status thread = {
        .type = TRST_THREAD, .name = CONST_CAST(char *, "pmd-c01"),
        .n_causes = 1, .causes = { { "table_full", 3 } },
    };
    struct wire_status owner = {
        .type = TRST_OWNER, .name = CONST_CAST(char *, "me"),
    };

    for (int i = 0; i < 7; i++) {
        wire_status_add(&thread, i);
    }
    wire_status_put(replies, &thread);
    wire_status_add(&owner, 1);
    wire_status_add(&owner, 2);
    wire_status_add(&owner, 3);
    wire_status_put(replies, &owner);
}

static struct ofpbuf *
make_status_reply(void)
{
    return make_reply(make_status(), put_status);
}

struct ofpbuf *
unit_query(void)
{
    struct wire_query query = {
        .time_us = UINT64_C(1469000000010000),
        .name = CONST_CAST(char *, "a"),
        .has = (1u << GRANULARITY_NW_SRC | 1u << GRANULARITY_TP_DST
                | 1u << GRANULARITY_IN_PORT | 1u << GRANULARITY_TUN_ID),
        .key = {
            .src = { [12] = 10, [15] = 1 }, .tp_dst = 80, .tun_id = 7,
            .in_port = port_name_intern("vm1"),
        },
    };

    return wire_query_encode(&query, V);
}

static void
put_query(struct ovs_list *replies)
{
    struct ofpbuf *b = ofpbuf_from_list(ovs_list_back(replies));

    unit_put_reports(b);
}

static struct ofpbuf *
make_query_reply(void)
{
    return make_reply(unit_query(), put_query);
}

const struct wire_message wire_messages[] = {
    { unit_trigger_mod,
      " ADD heavy cookie=0xc00c1e history=16 match=ip,nw_dst=10.0.0.1 "
      "spec='on tcp when count() > 1'" },
    { make_delete, " DEL t" },
    { make_check, " spec='on udp when count() > 1'" },
    { make_check_reply,
      " accepted measures=2 flow_bytes=32 key_bytes=64 interval=10000us\n"
      " spec='on udp every 10ms when count() > 1'\n error='none'\n"
      "pattern: x\n" },
    { unit_subscribe,
      " id=5 fields=nkvtpr rate=100 burst=7 triggers=a,b,seven77" },
    { make_unsubscribe, " id=all" },
    { unit_reports,
      " subscription=5 reports=5 first=100 lost=3 dropped=2\n"
      " trigger=trigger seq=17 interval=1469000000.010000s+10000us "
      "packets=96 key={nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_proto=6,"
      "tp_src=1000,tp_dst=80} values={sum(bytes)=0.5,avg(ttl)=null} "
      "incomplete=restart,clock\n"
      " trigger=trigger cookie=0x1 seq=18 "
      "interval=1469000000.010000s+10000us packets=96 "
      "key={ipv6_src=2000:0:0:9::/64,ipv6_dst=2000::a00:2,nw_proto=6} "
      "values={count()=0.5}\n"
      " trigger=trigger cookie=0x2 seq=19 "
      "interval=1469000000.010000s+10000us packets=96 "
      "key={in_port=vm1,tun_id=20015998343868,vlan_vid=10} "
      "values={count()=0.5}\n"
      " trigger=trigger cookie=0x3 seq=20 "
      "interval=1469000000.010000s+10000us packets=96 "
      "key={nw_src=10.0.0.0/24,nw_dst=10.0.0.2,tp_src=1000,tp_dst=80} "
      "values={count()=0.5}\n"
      " trigger=trigger cookie=0x4 seq=21 "
      "interval=1469000000.010000s+10000us packets=96 key={} "
      "values={count()=0.5}" },
    { make_detailed,
      " subscription=0 reports=2 first=1 lost=0 dropped=0\n"
      " trigger=detailed seq=17 interval=1469000000.010000s+10000us packets=5 "
      "key={vlan_vid=10} values={sum(bytes)=500} held=3 "
      "causes={eth1{tx_errors=1099511627776},"
      "vm1{rx_dropped=12,qdisc_backlog=48000}} top_by=sum(bytes) "
      "top={{nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_proto=6,tp_src=1000,"
      "tp_dst=80}=300,{ipv6_src=2000::,ipv6_dst=2000::2,nw_proto=17,tp_src=0,"
      "tp_dst=53}=50,{}=50}\n"
      " cleared seq=17 interval=1469000000.010000s+10000us packets=5 "
      "key={vlan_vid=10} values={sum(bytes)=500} lasted=30000us "
      "causes={eth1{tx_errors=1099511627776},"
      "vm1{rx_dropped=12,qdisc_backlog=48000}} top_by=sum(bytes) "
      "top={{nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_proto=6,tp_src=1000,"
      "tp_dst=80}=300,{ipv6_src=2000::,ipv6_dst=2000::2,nw_proto=17,tp_src=0,"
      "tp_dst=53}=50,{}=50} top_inexact" },
    { make_paused, " unread=4711 bytes" },
    { make_resumed, " subscription=1 lost=17 subscription=2 lost=0" },
    { unit_triggers, " triggers=a" },
    { make_triggers_reply, NULL },
    { make_status, " threads" },
    { make_status_reply,
      "\n thread pmd-c01: received=0 counted=1 unmatched=2 not_observed=3 "
      "dropped_invalid=4 flows=5 capacity=6 not_observed(table_full)=3"
      "\n owner me: triggers=1 patterns=2 suppressed=3" },
    { unit_query,
      " trigger=a time=1469000000.010000s "
      "key=nw_src=10.0.0.1,tp_dst=80,in_port=vm1,tun_id=7" },
    { make_query_reply, NULL },
};
const size_t n_wire_messages = ARRAY_SIZE(wire_messages);
