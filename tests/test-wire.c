/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "event/port-name.h"
#include "flow.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "random.h"
#include "tests/event-unit.h"
#include "util.h"
#include "wire/answer.h"
#include "wire/property.h"
#include "wire/report-detail.h"
#include "wire/report-record.h"
#include "wire/request.h"
#include "wire/wire-print.h"

/* The OpenFlow messages: what is encoded can be read, and what was tampered
 * with cannot. */

#define V OFP13_VERSION

/* One of each message, with all that it may have. */

static struct ofpbuf *
make_trigger_mod(void)
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

static struct ofpbuf *
make_subscribe(void)
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

/* Reports of all granularities, in an arbitrary order. */
static void
put_reports(struct ofpbuf *records)
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

static struct ofpbuf *
make_reports(void)
{
    const struct wire_reports header = {
        .subscription = 5, .n_reports = 5, .first_seq = 100,
        .n_lost = 3, .n_dropped = 2,
    };
    struct ofpbuf records, *b;

    ofpbuf_init(&records, 0);
    put_reports(&records);
    b = wire_reports_encode(&header, records.data, records.size, V);
    ofpbuf_uninit(&records);
    return b;
}

/* A report with all that one may have; cleared, or held back before. */
static struct report *
make_detailed_report(bool cleared)
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
        struct report *report = make_detailed_report(i);

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

static struct ofpbuf *
make_triggers(void)
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

static void
put_triggers(struct ovs_list *replies)
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
    return make_reply(make_triggers(), put_triggers);
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

static struct ofpbuf *
make_query(void)
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

    put_reports(b);
}

static struct ofpbuf *
make_query_reply(void)
{
    return make_reply(make_query(), put_query);
}

/* Each with what ovs-ofctl prints. */
static const struct {
    struct ofpbuf *(*make)(void);
    const char *text;
} messages[] = {
    { make_trigger_mod,
      " ADD heavy cookie=0xc00c1e history=16 match=ip,nw_dst=10.0.0.1 "
      "spec='on tcp when count() > 1'" },
    { make_delete, " DEL t" },
    { make_check, " spec='on udp when count() > 1'" },
    { make_check_reply,
      " accepted measures=2 flow_bytes=32 key_bytes=64 interval=10000us\n"
      " spec='on udp every 10ms when count() > 1'\n error='none'\n"
      "pattern: x\n" },
    { make_subscribe,
      " id=5 fields=nkvtpr rate=100 burst=7 triggers=a,b,seven77" },
    { make_unsubscribe, " id=all" },
    { make_reports,
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
    { make_triggers, " triggers=a" },
    { make_triggers_reply, NULL },
    { make_status, " threads" },
    { make_status_reply,
      "\n thread pmd-c01: received=0 counted=1 unmatched=2 not_observed=3 "
      "dropped_invalid=4 flows=5 capacity=6 not_observed(table_full)=3"
      "\n owner me: triggers=1 patterns=2 suppressed=3" },
    { make_query,
      " trigger=a time=1469000000.010000s "
      "key=nw_src=10.0.0.1,tp_dst=80,in_port=vm1,tun_id=7" },
    { make_query_reply, NULL },
};
#define N_MESSAGES ARRAY_SIZE(messages)

static enum ofperr
print(const struct ofpbuf *b, struct ds *ds)
{
    return wire_print(ds, b->data, NULL, 0);
}

START_TEST(test_print)
{
    struct ofpbuf *b = messages[_i].make();
    struct ds ds = DS_EMPTY_INITIALIZER;

    ofpmsg_update_length(b);
    ck_assert_int_eq(print(b, &ds), 0);
    if (messages[_i].text) {
        ck_assert_str_eq(ds_cstr(&ds), messages[_i].text);
    }
    ds_destroy(&ds);
    ofpbuf_delete(b);
}
END_TEST

/* Lengths. */

struct lengths {
    size_t n;
    struct {
        size_t offset;
        enum ofperr error;      /* What answers it if it is wrong... */
        enum ofperr less;       /* ...by -1. */
    } fields[64];
};

static void
lengths_add(struct lengths *lengths, size_t offset, enum ofperr error,
            enum ofperr less)
{
    ck_assert_uint_lt(lengths->n, ARRAY_SIZE(lengths->fields));
    lengths->fields[lengths->n].offset = offset;
    lengths->fields[lengths->n].error = error;
    lengths->fields[lengths->n++].less = less;
}

static uint16_t
get_u16(const struct ofpbuf *b, size_t offset)
{
    return ntohs(*(const ovs_be16 *) ofpbuf_at_assert(b, offset, 2));
}

/* Notes the properties from 'offset' to 'end'.  One that is too short for the
 * match within is a fault of the match. */
static void
find_properties(const struct ofpbuf *b, size_t offset, size_t end,
                struct lengths *lengths)
{
    while (offset < end) {
        if (get_u16(b, offset) == TRPT_MATCH) {
            lengths_add(lengths, offset + 2, OFPERR_OFPBPC_BAD_LEN,
                        OFPERR_OFPBMC_BAD_LEN);
            lengths_add(lengths, offset + 8 + 2, OFPERR_OFPBMC_BAD_LEN,
                        OFPERR_OFPBMC_BAD_LEN);
        } else {
            lengths_add(lengths, offset + 2, OFPERR_OFPBPC_BAD_LEN,
                        OFPERR_OFPBPC_BAD_LEN);
        }
        if (get_u16(b, offset) == TRPT_FLOW) {
            find_properties(b, offset + 16, offset + get_u16(b, offset + 2),
                            lengths);
        }
        offset += ROUND_UP(get_u16(b, offset + 2), 8);
    }
    ck_assert_uint_eq(offset, end);
}

/* Notes all length fields of 'b' but that of its header, and the number of
 * reports. */
static void
find_lengths(const struct ofpbuf *b, struct lengths *lengths)
{
    static const struct {
        enum ofpraw raw;
        size_t fixed;           /* Before the properties or records. */
        size_t record;          /* Fixed part of a record; 0: none. */
    } layouts[] = {
        { OFPRAW_TRT_TRIGGER_MOD, 16 + 16, 0 },
        { OFPRAW_TRST_CHECK_REQUEST, 24, 0 },
        { OFPRAW_TRST_CHECK_REPLY, 24 + 32, 0 },
        { OFPRAW_TRT_SUBSCRIBE, 16 + 24, 0 },
        { OFPRAW_TRT_REPORTS, 16 + 32, 48 },
        { OFPRAW_TRST_TRIGGERS_REQUEST, 24, 0 },
        { OFPRAW_TRST_TRIGGERS_REPLY, 24, 56 },
        { OFPRAW_TRST_STATUS_REPLY, 24, 8 },
        { OFPRAW_TRST_QUERY_REQUEST, 24 + 8, 0 },
        { OFPRAW_TRST_QUERY_REPLY, 24, 48 },
    };
    enum ofpraw raw;

    lengths->n = 0;
    ck_assert(!ofpraw_decode(&raw, b->data));
    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        size_t offset = layouts[i].fixed;

        if (layouts[i].raw != raw) {
            continue;
        } else if (!layouts[i].record) {
            find_properties(b, offset, b->size, lengths);
            return;
        }
        if (raw == OFPRAW_TRT_REPORTS) {
            lengths_add(lengths, 16 + 4, OFPERR_OFPBRC_BAD_LEN,
                        OFPERR_OFPBRC_BAD_LEN);
        }
        while (offset < b->size) {
            size_t end = offset + get_u16(b, offset);
            size_t start = offset + layouts[i].record;

            lengths_add(lengths, offset, OFPERR_OFPBRC_BAD_LEN,
                        OFPERR_OFPBRC_BAD_LEN);
            if (raw == OFPRAW_TRST_STATUS_REPLY) {
                start += 8 * get_u16(b, offset + 4);
            }
            find_properties(b, start, end, lengths);
            offset = end;
        }
        return;
    }
}

/* Every length field, one less, one more, 0 and the largest. */
START_TEST(test_lengths)
{
    struct ofpbuf *b = messages[_i].make();
    struct lengths lengths;

    ofpmsg_update_length(b);
    find_lengths(b, &lengths);
    for (size_t i = 0; i < lengths.n; i++) {
        size_t offset = lengths.fields[i].offset;
        uint16_t right = get_u16(b, offset);
        const uint16_t wrong[] = { right - 1, right + 1, 0, UINT16_MAX };

        for (size_t j = 0; j < ARRAY_SIZE(wrong); j++) {
            struct ofpbuf *bad = ofpbuf_clone(b);
            struct ds ds = DS_EMPTY_INITIALIZER;
            ovs_be16 *length = ofpbuf_at_assert(bad, offset, sizeof *length);
            enum ofperr error;

            *length = htons(wrong[j]);
            error = print(bad, &ds);
            ck_assert_msg(error == (j ? lengths.fields[i].error
                                    : lengths.fields[i].less),
                          "length %u at %"PRIuSIZE" is not %u: %s", wrong[j],
                          offset, right, ofperr_to_string(error));
            ds_destroy(&ds);
            ofpbuf_delete(bad);
        }
    }
    ofpbuf_delete(b);
}
END_TEST

/* The message's own length, when so many bytes came. */
START_TEST(test_message_length)
{
    struct ofpbuf *b = messages[_i].make();

    ofpmsg_update_length(b);
    for (size_t n = sizeof(struct ofp_header); n < b->size; n++) {
        struct ofpbuf *bad = ofpbuf_clone(b);
        struct ofp_header *oh = bad->data;
        struct ds ds = DS_EMPTY_INITIALIZER;
        enum ofpraw raw;
        enum ofperr error;

        bad->size = n;
        oh->length = htons(n);
        error = ofpraw_decode(&raw, oh);
        if (error) {
            ck_assert_int_eq(error, OFPERR_OFPBRC_BAD_LEN);
        } else {
            /* It may end behind any property or record, but nowhere else. */
            ck_assert_uint_eq(n % 8, 0);
            print(bad, &ds);
        }
        ds_destroy(&ds);
        ofpbuf_delete(bad);
    }
    ofpbuf_delete(b);
}
END_TEST

/* Whatever comes, nothing worse than an error happens. */
START_TEST(test_random)
{
    struct ofpbuf *b = messages[_i].make();

    random_init();
    ofpmsg_update_length(b);
    for (int i = 0; i < 20000; i++) {
        struct ofpbuf *bad = ofpbuf_clone(b);
        struct ds ds = DS_EMPTY_INITIALIZER;
        enum ofpraw raw;

        for (int n = 1 + random_range(4); n; n--) {
            uint8_t *byte = ofpbuf_at_assert(bad, 16 + random_range(b->size
                                                                    - 16), 1);

            *byte = random_uint32() >> 8;
        }
        if (!ofpraw_decode(&raw, bad->data)) {
            print(bad, &ds);
        }
        ds_destroy(&ds);
        ofpbuf_delete(bad);
    }
    ofpbuf_delete(b);
}
END_TEST

/* What the switch gets of what a controller sends. */
START_TEST(test_decode)
{
    struct wire_subscribe subscribe;
    struct wire_trigger_mod tm;
    struct ofpbuf *b;

    b = make_trigger_mod();
    ofpmsg_update_length(b);
    ck_assert(!wire_trigger_mod_decode(&tm, b->data, NULL));
    ck_assert_int_eq(tm.command, TRTC_ADD);
    ck_assert_uint_eq(tm.cookie, 0xc00c1e);
    ck_assert_str_eq(tm.name, "heavy");
    ck_assert_str_eq(tm.spec, "on tcp when count() > 1");
    ck_assert(tm.has_match);
    ck_assert_uint_eq(tm.match.flow.nw_dst, htonl(0x0a000001));
    ck_assert_uint_eq(tm.history, 16);
    wire_trigger_mod_uninit(&tm);
    ofpbuf_delete(b);

    b = make_subscribe();
    ofpmsg_update_length(b);
    ck_assert(!wire_subscribe_decode(&subscribe, b->data));
    ck_assert_uint_eq(subscribe.id, 5);
    ck_assert_uint_eq(subscribe.rate, 100);
    ck_assert_uint_eq(subscribe.burst, 7);
    ck_assert_uint_eq(subscribe.names.n, 3);
    ck_assert_str_eq(subscribe.names.names[0], "a");
    wire_subscribe_uninit(&subscribe);
    ofpbuf_delete(b);
}
END_TEST

/* What is missing, given twice, or does not belong there. */
START_TEST(test_refused)
{
    struct wire_trigger_mod tm = {
        .command = TRTC_ADD, .spec = CONST_CAST(char *, "x"),
    };
    struct wire_trigger_mod ignored;
    struct ofpbuf *b;

    b = wire_trigger_mod_encode(&tm, V);
    ofpmsg_update_length(b);
    ck_assert_int_eq(wire_trigger_mod_decode(&ignored, b->data, NULL),
                     OFPERR_OFPBPC_BAD_VALUE);
    property_put_text(b, TRPT_NAME, "a");
    property_put_text(b, TRPT_NAME, "a");
    ofpmsg_update_length(b);
    ck_assert_int_eq(wire_trigger_mod_decode(&ignored, b->data, NULL),
                     OFPERR_OFPBPC_DUP_TYPE);
    ofpbuf_delete(b);

    tm.command = TRTC_DELETE;
    b = wire_trigger_mod_encode(&tm, V);
    ofpmsg_update_length(b);
    ck_assert_int_eq(wire_trigger_mod_decode(&ignored, b->data, NULL),
                     OFPERR_OFPBPC_BAD_TYPE);
    ofpbuf_delete(b);

    tm = (struct wire_trigger_mod) { .command = 3 };
    b = wire_trigger_mod_encode(&tm, V);
    ofpmsg_update_length(b);
    ck_assert_int_eq(wire_trigger_mod_decode(&ignored, b->data, NULL),
                     OFPERR_OFPBRC_BAD_SUBTYPE);
    ofpbuf_delete(b);
}
END_TEST

/* Values that are well-formed but larger than they can be. */
START_TEST(test_too_large)
{
    struct wire_trigger_mod tm = {
        .command = TRTC_ADD, .name = CONST_CAST(char *, "a"),
        .spec = CONST_CAST(char *, "x"), .has_match = true,
    };
    struct wire_trigger_mod ignored;
    struct wire_reports reports;
    struct ofpbuf *b, rest;

    /* Eight bytes for four. */
    match_init_catchall(&tm.match);
    tm.has_match = false;
    b = wire_trigger_mod_encode(&tm, V);
    property_put_u64(b, TRPT_HISTORY, 1);
    ofpmsg_update_length(b);
    ck_assert_int_eq(wire_trigger_mod_decode(&ignored, b->data, NULL),
                     OFPERR_OFPBPC_BAD_LEN);
    ofpbuf_delete(b);

    /* Something behind the match, which ends the message. */
    tm.has_match = true;
    b = wire_trigger_mod_encode(&tm, V);
    *(ovs_be16 *) ofpbuf_at_assert(b, b->size - 14, 2) = htons(24);
    ofpbuf_put_zeros(b, 8);
    ofpmsg_update_length(b);
    ck_assert_int_eq(wire_trigger_mod_decode(&ignored, b->data, NULL),
                     OFPERR_OFPBPC_BAD_LEN);
    ofpbuf_delete(b);

    /* Fewer or more reports than there are. */
    for (int n = 0; n < 8; n++) {
        b = make_reports();
        ofpmsg_update_length(b);
        *(ovs_be16 *) ofpbuf_at_assert(b, 16 + 4, 2) = htons(n);
        ck_assert_int_eq(wire_reports_decode(&reports, &rest, b->data),
                         n == 5 ? 0 : OFPERR_OFPBRC_BAD_LEN);
        ofpbuf_delete(b);
    }
}
END_TEST

/* Keys of queries. */
START_TEST(test_query_key)
{
    static const struct {
        const char *by;
        bool ok;
    } cases[] = {
        { "nw_src,tp_dst,in_port,tun_id", true },
        { "tun_id,in_port,tp_dst,nw_src/8", true },
        { "nw_src,tp_dst,in_port", false },
        { "nw_src,tp_dst,in_port,tun_id,vlan_vid", false },
        { "5tuple", false },
        { "none", false },
    };
    struct ofpbuf *b = make_query();
    struct wire_query query;

    ofpmsg_update_length(b);
    ck_assert(!wire_query_decode(&query, b->data));
    ck_assert(!query.unknown_port);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct granularity granularity;
        struct flow_fields key;
        size_t offset;

        ck_assert(!granularity_parse(&granularity, cases[i].by, &offset));
        ck_assert_int_eq(wire_query_key(&query, &granularity, &key),
                         cases[i].ok);
        if (i == 1) {
            ck_assert_uint_eq(key.src[12], 10);
            ck_assert_uint_eq(key.src[15], 0);
            ck_assert_uint_eq(key.tp_dst, 80);
        }
    }
    wire_query_uninit(&query);
    ofpbuf_delete(b);
}
END_TEST

/* A reply of any size is cut into messages. */
START_TEST(test_multipart)
{
    struct ofpbuf *request = make_triggers();
    struct ovs_list replies;
    struct ofpbuf *reply;
    size_t n = 0;

    ofpmp_init(&replies, request->data);
    for (int i = 0; i < 5000; i++) {
        put_triggers(&replies);
    }
    ck_assert_uint_gt(ovs_list_size(&replies), 10);
    LIST_FOR_EACH (reply, list_node, &replies) {
        struct ofpbuf b;

        ofpmsg_update_length(reply);
        ck_assert_uint_le(reply->size, UINT16_MAX);
        b = ofpbuf_const_initializer(reply->data, reply->size);
        ofpraw_pull_assert(&b);
        while (b.size) {
            struct wire_trigger trigger;

            ck_assert(!wire_trigger_pull(&b, &trigger));
            wire_trigger_uninit(&trigger);
            n++;
        }
    }
    ck_assert_uint_eq(n, 10000);
    ofpbuf_list_delete(&replies);
    ofpbuf_delete(request);
}
END_TEST

/* A record tells the end of an event from its beginning. */
START_TEST(test_cleared)
{
    struct event *event;

    ck_assert(!event_parse("on tcp when count() > 1 report rising", NULL,
                           10000, &event));
    for (int i = 0; i < 2; i++) {
        struct report *report = report_create(i ? REPORT_CLEARED
                                              : REPORT_SATISFIED, "t", event);
        struct wire_report wr;
        struct ofpbuf b;

        ofpbuf_init(&b, 0);
        wire_report_put(&b, report, TRRF_NAME, NULL);
        ck_assert(!wire_report_pull(&b, &wr));
        ck_assert_uint_eq(wr.fields, TRRF_NAME | (i ? TRRF_CLEARED : 0));
        ofpbuf_uninit(&b);
        report_destroy(report);
    }
    event_unref(event);
}
END_TEST

/* A record has its place in a message, however long the trigger is. */
START_TEST(test_largest_report)
{
    struct ds spec = DS_EMPTY_INITIALIZER;
    struct report *report;
    struct event *event;
    struct wire_report wr;
    struct ofpbuf b;

    ds_put_cstr(&spec, "on tcp by 5tuple when count() > 1");
    for (int i = 0; i < 150; i++) {
        ds_put_format(&spec, " && sum(bytes+%d) > 1", i);
    }
    ck_assert(!event_parse(ds_cstr(&spec), NULL, 10000, &event));
    report = report_create(REPORT_SATISFIED, "t", event);
    ofpbuf_init(&b, 0);
    wire_report_put(&b, report, TRRF_ALL, NULL);
    ck_assert_uint_le(b.size, WIRE_REPORT_MAX);
    ck_assert(!wire_report_pull(&b, &wr));
    ck_assert_uint_eq(b.size, 0);
    ofpbuf_uninit(&b);
    report_destroy(report);
    event_unref(event);
    ds_destroy(&spec);
}
END_TEST

/* What a controller is told is what a watcher is told, whatever it asked
 * for. */
START_TEST(test_json_details)
{
    for (int i = 0; i < 2; i++) {
        struct ds expected = DS_EMPTY_INITIALIZER;
        struct ds actual = DS_EMPTY_INITIALIZER;
        struct report *report = make_detailed_report(i);
        struct wire_report wr;
        struct ofpbuf b;

        ofpbuf_init(&b, 0);
        wire_report_put(&b, report, TRRF_ALL, NULL);
        ck_assert(!wire_report_pull(&b, &wr));
        wire_report_format_json(&wr, "satisfied", "br0", &actual);
        report_format_json(report, &expected);
        ck_assert_str_eq(ds_cstr(&actual), ds_cstr(&expected));

        /* Without values, parts of the whole are not known. */
        ofpbuf_clear(&b);
        wire_report_put(&b, report, TRRF_TOP, NULL);
        ck_assert(!wire_report_pull(&b, &wr));
        ds_clear(&actual);
        wire_report_format_json(&wr, "satisfied", "br0", &actual);
        ck_assert_ptr_nonnull(strstr(ds_cstr(&actual), "\"value\":300}"));
        ck_assert_ptr_null(strstr(ds_cstr(&actual), "causes"));
        ck_assert_ptr_null(strstr(ds_cstr(&actual), "lasted_us"));
        ck_assert_ptr_null(strstr(ds_cstr(&actual), "held"));
        ofpbuf_uninit(&b);
        report_destroy(report);
        ds_destroy(&expected);
        ds_destroy(&actual);
    }
}
END_TEST

/* However little room there is, what is there is whole. */
START_TEST(test_details_room)
{
    struct report *report = make_detailed_report(true);
    size_t largest = 0;

    for (size_t max = 48; max < 600; max++) {
        struct wire_report wr;
        struct ofpbuf b;

        ofpbuf_init(&b, 0);
        ofpbuf_put_zeros(&b, 48);
        report_details_put(&b, 0, max, report, TRRF_ALL, NULL);
        ck_assert_uint_le(b.size, max);
        ck_assert_uint_ge(b.size, largest);
        largest = b.size;
        record_end(&b, 0);
        ck_assert(!wire_report_pull(&b, &wr));
        ofpbuf_uninit(&b);
    }
    ck_assert_uint_gt(largest, 300);
    report_destroy(report);
}
END_TEST

/* By packets, where the trigger has neither a sum nor a count; and nothing but
 * that some are not known. */
START_TEST(test_json_top_by_packets)
{
    struct event *event;

    ck_assert(!event_parse("on any when max(bytes) > 1", NULL, 10000,
                           &event));
    for (int i = 0; i < 2; i++) {
        struct report *report = report_create(REPORT_SATISFIED, "br0/t",
                                              event);
        struct ds expected = DS_EMPTY_INITIALIZER;
        struct ds actual = DS_EMPTY_INITIALIZER;
        struct wire_report wr;
        struct ofpbuf b;

        report->seq = 1;
        report->packets = 4;
        report->n_top = !i;
        report->top = xzalloc(sizeof *report->top);
        report->top[0].value = 1;
        report->top_inexact = i;
        ofpbuf_init(&b, 0);
        wire_report_put(&b, report, TRRF_ALL, NULL);
        ck_assert(!wire_report_pull(&b, &wr));
        wire_report_format_json(&wr, "satisfied", "br0", &actual);
        report_format_json(report, &expected);
        ck_assert_str_eq(ds_cstr(&actual), ds_cstr(&expected));
        ofpbuf_uninit(&b);
        report_destroy(report);
        ds_destroy(&expected);
        ds_destroy(&actual);
    }
    event_unref(event);
}
END_TEST

/* Properties and counters of a later version are skipped. */
START_TEST(test_later_version)
{
    struct report *report = make_detailed_report(false);
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct wire_report wr;
    struct ofpbuf b;

    ofpbuf_init(&b, 0);
    wire_report_put(&b, report, TRRF_ALL, NULL);
    property_put_u32(&b, 30, 4711);
    record_end(&b, 0);
    ck_assert(!wire_report_pull(&b, &wr));
    ck_assert_uint_eq(b.size, 0);
    ofpbuf_uninit(&b);

    /* Counter 30 of a port. */
    static const uint8_t record[48 + 32] = {
        [1] = 48 + 32, [3] = TRRF_PORTS,
        [49] = TRPT_PORT, [51] = 16 + 8 + 2,
        [56] = 0x40, [71] = 9, [72] = 'v', [73] = 'm',
    };

    ofpbuf_use_const(&b, record, sizeof record);
    ck_assert(!wire_report_pull(&b, &wr));
    wire_report_format(&wr, &ds);
    ck_assert_ptr_nonnull(strstr(ds_cstr(&ds), "causes={vm{counter_30=9}}"));
    ds_destroy(&ds);
    report_destroy(report);
}
END_TEST

START_TEST(test_json)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct wire_report wr;
    struct ofpbuf b;

    ofpbuf_init(&b, 0);
    put_reports(&b);

    struct ofpbuf rest = b;

    ck_assert(!wire_report_pull(&rest, &wr));
    wire_report_format_json(&wr, "satisfied", "br0", &ds);
    ck_assert_str_eq(ds_cstr(&ds),
                     "{\"event\":\"satisfied\",\"trigger\":\"trigger\","
                     "\"bridge\":\"br0\","
                     "\"interval_start_us\":1469000000010000,"
                     "\"interval_us\":10000,"
                     "\"key\":{\"nw_src\":\"10.0.0.1\","
                     "\"nw_dst\":\"10.0.0.2\",\"nw_proto\":6,"
                     "\"tp_src\":1000,\"tp_dst\":80},"
                     "\"values\":{\"sum(bytes)\":0.5,\"avg(ttl)\":null},"
                     "\"packets\":96,\"complete\":false,"
                     "\"why\":\"restart,clock\",\"seq\":17}");

    ds_clear(&ds);
    wr.fields |= TRRF_CLEARED;
    wire_report_format_json(&wr, "satisfied", "br0", &ds);
    ck_assert(!strncmp(ds_cstr(&ds), "{\"event\":\"cleared\",", 19));
    ofpbuf_uninit(&b);
    ds_destroy(&ds);
}
END_TEST

Suite *
test_suite(void)
{
    /* Open vSwitch logs each message that it refuses. */
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);

    Suite *suite = suite_create("wire");
    TCase *messages_case = tcase_create("messages");
    TCase *lengths_case = tcase_create("lengths");

    tcase_add_loop_test(messages_case, test_print, 0, N_MESSAGES);
    tcase_add_test(messages_case, test_decode);
    tcase_add_test(messages_case, test_refused);
    tcase_add_test(messages_case, test_too_large);
    tcase_add_test(messages_case, test_query_key);
    tcase_add_test(messages_case, test_multipart);
    tcase_add_test(messages_case, test_cleared);
    tcase_add_test(messages_case, test_largest_report);
    tcase_add_test(messages_case, test_json);
    tcase_add_test(messages_case, test_json_details);
    tcase_add_test(messages_case, test_details_room);
    tcase_add_test(messages_case, test_json_top_by_packets);
    tcase_add_test(messages_case, test_later_version);
    suite_add_tcase(suite, messages_case);

    tcase_set_timeout(lengths_case, 60);
    tcase_add_loop_test(lengths_case, test_lengths, 0, N_MESSAGES);
    tcase_add_loop_test(lengths_case, test_message_length, 0, N_MESSAGES);
    tcase_add_loop_test(lengths_case, test_random, 0, N_MESSAGES);
    suite_add_tcase(suite, lengths_case);
    return suite;
}
