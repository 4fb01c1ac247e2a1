/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "event/port-name.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/vlog.h"
#include "tests/event-unit.h"
#include "tests/wire-unit.h"
#include "util.h"
#include "wire/answer.h"
#include "wire/property.h"
#include "wire/report-record.h"
#include "wire/request.h"
#include "wire/wire-print.h"

/* The OpenFlow messages: what is encoded can be read. */

#define V OFP13_VERSION

static enum ofperr
print(const struct ofpbuf *b, struct ds *ds)
{
    return wire_print(ds, b->data, NULL, 0);
}

START_TEST(test_print)
{
    struct ofpbuf *b = wire_messages[_i].make();
    struct ds ds = DS_EMPTY_INITIALIZER;

    ofpmsg_update_length(b);
    ck_assert_int_eq(print(b, &ds), 0);
    if (wire_messages[_i].text) {
        ck_assert_str_eq(ds_cstr(&ds), wire_messages[_i].text);
    }
    ds_destroy(&ds);
    ofpbuf_delete(b);
}
END_TEST

/* What the switch gets of what a controller sends. */
START_TEST(test_decode)
{
    struct wire_subscribe subscribe;
    struct wire_trigger_mod tm;
    struct ofpbuf *b;

    b = unit_trigger_mod();
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

    b = unit_subscribe();
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
        b = unit_reports();
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
    struct ofpbuf *b = unit_query();
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
    struct ofpbuf *request = unit_triggers();
    struct ovs_list replies;
    struct ofpbuf *reply;
    size_t n = 0;

    ofpmp_init(&replies, request->data);
    for (int i = 0; i < 5000; i++) {
        unit_put_triggers(&replies);
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

Suite *
test_suite(void)
{
    /* Open vSwitch logs each message that it refuses. */
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);

    Suite *suite = suite_create("wire");
    TCase *tc = tcase_create("messages");

    tcase_add_loop_test(tc, test_print, 0, n_wire_messages);
    tcase_add_test(tc, test_decode);
    tcase_add_test(tc, test_refused);
    tcase_add_test(tc, test_too_large);
    tcase_add_test(tc, test_query_key);
    tcase_add_test(tc, test_multipart);
    suite_add_tcase(suite, tc);
    return suite;
}
