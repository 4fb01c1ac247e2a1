/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <arpa/inet.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "random.h"
#include "report/report.h"
#include "util.h"

static struct event *
parse_event(const char *text)
{
    struct event *event;
    char *error = event_parse(text, NULL, 10000, &event);

    ck_assert_msg(!error, "%s", error);
    return event;
}

static struct report *
make_report(const char *trigger, const char *text)
{
    struct event *event = parse_event(text);
    struct report *report = report_create(REPORT_SATISFIED, trigger, event);

    event_unref(event);
    return report;
}

/* Fails unless 'report' is formatted as 'expected'.  Destroys it. */
static void
expect_json(struct report *report, const char *expected)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct json *json;

    report_format_json(report, &ds);
    ck_assert_str_eq(ds_cstr(&ds), expected);

    json = json_from_string(ds_cstr(&ds));
    ck_assert_int_eq(json->type, JSON_OBJECT);
    json_destroy(json);
    ds_destroy(&ds);
    report_destroy(report);
}

START_TEST(test_example_of_contract)
{
    struct report *report;

    report = make_report("hh", "on ip,nw_dst=10.0.128.0/24 by 5tuple "
                         "every 10ms when sum(volume) > 125KB");
    report->interval_start_us = 1469000000010000;
    report->key.dl_type = 0x0800;
    ck_assert_int_eq(inet_pton(AF_INET, "10.0.0.1", report->key.src + 12), 1);
    ck_assert_int_eq(inet_pton(AF_INET, "10.0.128.5", report->key.dst + 12),
                     1);
    report->key.nw_proto = 6;
    report->key.tp_src = 40000;
    report->key.tp_dst = 80;
    report->values[0] = 131072;
    report->packets = 96;
    report->seq = 17;
    expect_json(report,
                "{\"event\":\"satisfied\",\"trigger\":\"hh\","
                "\"interval_start_us\":1469000000010000,"
                "\"interval_us\":10000,"
                "\"key\":{\"nw_src\":\"10.0.0.1\",\"nw_dst\":\"10.0.128.5\","
                "\"nw_proto\":6,\"tp_src\":40000,\"tp_dst\":80},"
                "\"values\":{\"sum(volume)\":131072},\"packets\":96,"
                "\"complete\":true,\"seq\":17}");
}
END_TEST

/* No key, several values, one of them undefined, one for a percentage. */
START_TEST(test_values)
{
    struct report *report;

    report = make_report("a.b-c_1", "on any every 1s when "
                         "avg( bytes ) / 3 > 1 || sum(is_syn&ecn)[-1] > 10%");
    report->interval_start_us = 2000000;
    report->values[0] = 0.1;
    report->values[2] = 3;
    expect_json(report,
                "{\"event\":\"satisfied\",\"trigger\":\"a.b-c_1\","
                "\"interval_start_us\":2000000,\"interval_us\":1000000,"
                "\"key\":{},"
                "\"values\":{\"avg(bytes)\":0.1,\"sum(is_syn&ecn)[-1]\":null,"
                "\"count()\":3},\"packets\":0,"
                "\"complete\":true,\"seq\":0}");
}
END_TEST

START_TEST(test_incomplete)
{
    struct report *report = make_report("x", "on any when count() == 0");

    report->why = 1u << CAUSE_RESTART | 1u << CAUSE_TABLE_FULL;
    report->values[0] = 0;
    report->seq = UINT64_MAX;
    expect_json(report,
                "{\"event\":\"satisfied\",\"trigger\":\"x\","
                "\"interval_start_us\":0,\"interval_us\":10000,"
                "\"key\":{},\"values\":{\"count()\":0},\"packets\":0,"
                "\"complete\":false,\"why\":\"table_full,restart\","
                "\"seq\":18446744073709551615}");
}
END_TEST

START_TEST(test_observed)
{
    struct event *event = parse_event("on any when count() == 0");
    struct report *report = report_create(REPORT_OBSERVED, "x", event);

    event_unref(event);
    report->seq = 5;
    expect_json(report,
                "{\"event\":\"observed\",\"trigger\":\"x\","
                "\"interval_start_us\":0,\"interval_us\":10000,"
                "\"key\":{},\"values\":{\"count()\":null},\"packets\":0,"
                "\"complete\":true}");
}
END_TEST

/* The window of five intervals is what is reported; a run that ended says how
 * long it was, and a report, how many were held back before it. */
START_TEST(test_window)
{
    struct report *report;

    report = make_report("x", "on any every 20ms over 5 when count() > 1");
    report->values[0] = 2;
    report->packets = 2;
    report->seq = 7;
    report->held = 3;
    expect_json(report,
                "{\"event\":\"satisfied\",\"trigger\":\"x\","
                "\"interval_start_us\":0,\"interval_us\":100000,"
                "\"key\":{},\"values\":{\"count()\":2},\"packets\":2,"
                "\"complete\":true,\"seq\":7,\"held\":3}");

    report = make_report("x", "on any over 2 when count() > 1 report rising");
    report->type = REPORT_CLEARED;
    report->values[0] = 1;
    report->packets = 1;
    report->seq = 8;
    report->lasted_us = 120000;
    expect_json(report,
                "{\"event\":\"cleared\",\"trigger\":\"x\","
                "\"interval_start_us\":0,\"interval_us\":20000,"
                "\"key\":{},\"values\":{\"count()\":1},\"packets\":1,"
                "\"complete\":true,\"seq\":8,\"lasted_us\":120000}");
}
END_TEST

/* Who contributed, and by what they are ranked. */
START_TEST(test_top)
{
    struct report *report = make_report("x", "on any when sum(bytes) > 1");

    report->values[0] = 300;
    report->packets = 3;
    report->top = xcalloc(3, sizeof *report->top);
    report->n_top = 3;
    report->top[0].value = 150;
    report->top[0].flow = (struct flow_fields) {
        .dl_type = 0x0800, .src = { [12] = 10, 0, 0, 1 },
        .dst = { [12] = 10, 0, 0, 2 }, .nw_proto = 6, .tp_src = 1,
        .tp_dst = 2,
    };
    report->top[1].value = 75;
    report->top[1].flow = (struct flow_fields) {
        .dl_type = 0x86dd, .src = { [0] = 0x20, [15] = 1 }, .nw_proto = 17,
    };
    report->top[2].value = -1.5;
    report->top_inexact = true;
    expect_json(report,
                "{\"event\":\"satisfied\",\"trigger\":\"x\","
                "\"interval_start_us\":0,\"interval_us\":10000,"
                "\"key\":{},\"values\":{\"sum(bytes)\":300},\"packets\":3,"
                "\"complete\":true,\"seq\":0,\"top_by\":\"sum(bytes)\","
                "\"top\":[{\"flow\":{\"nw_src\":\"10.0.0.1\","
                "\"nw_dst\":\"10.0.0.2\",\"nw_proto\":6,\"tp_src\":1,"
                "\"tp_dst\":2},\"value\":150,\"share\":0.5},"
                "{\"flow\":{\"ipv6_src\":\"2000::1\",\"ipv6_dst\":\"::\","
                "\"nw_proto\":17,\"tp_src\":0,\"tp_dst\":0},\"value\":75,"
                "\"share\":0.25},{\"flow\":{},\"value\":-1.5,"
                "\"share\":-0.005}],\"top_exact\":false}");

    /* No share of nothing, and count() where nothing else adds up. */
    report = make_report("x", "on any when max(ttl) > 1 "
                         "|| sum(bytes)[-1] > 1");
    report->values[0] = 3;
    report->values[1] = 0;
    report->top = xcalloc(1, sizeof *report->top);
    report->n_top = 1;
    report->top[0].value = 2;
    expect_json(report,
                "{\"event\":\"satisfied\",\"trigger\":\"x\","
                "\"interval_start_us\":0,\"interval_us\":10000,"
                "\"key\":{},\"values\":{\"max(ttl)\":3,"
                "\"sum(bytes)[-1]\":0},\"packets\":0,"
                "\"complete\":true,\"seq\":0,\"top_by\":\"count()\","
                "\"top\":[{\"flow\":{},\"value\":2}]}");
}
END_TEST

/* Windows of different length are ordered by their ends. */
START_TEST(test_window_order)
{
    struct report *a = make_report("a", "on any over 1 when count() > 1");
    struct report *b = make_report("b", "on any over 3 when count() > 1");

    a->interval_start_us = 30000;
    b->interval_start_us = 10000;
    ck_assert_int_lt(report_compare(a, b), 0);
    b->interval_start_us = 0;
    ck_assert_int_gt(report_compare(a, b), 0);
    report_destroy(a);
    report_destroy(b);
}
END_TEST

START_TEST(test_causes)
{
    for (enum cause cause = 0; cause < N_CAUSES; cause++) {
        ck_assert_uint_gt(strlen(cause_name(cause)), 0);
        ck_assert_uint_gt(strlen(cause_help(cause)), 0);
        for (enum cause other = 0; other < cause; other++) {
            ck_assert_str_ne(cause_name(cause), cause_name(other));
        }
    }
}
END_TEST

static const struct number_case {
    double value;
    const char *text;
} number_cases[] = {
    { 0, "0" },
    { -0.0, "0" },
    { 1, "1" },
    { -17, "-17" },
    { 125000, "125000" },
    { 1e15, "1000000000000000" },
    { 9007199254740991, "9007199254740991" },
    { 9007199254740992, "9007199254740992" },
    { 18446744073709551616.0, "18446744073709551616" },
    { 1e22, "10000000000000000000000" },
    { 0.5, "0.5" },
    { 0.1, "0.1" },
    { -2.5, "-2.5" },
    { 1 / 3.0, "0.3333333333333333" },
    { 0.1 + 0.2, "0.30000000000000004" },
    { 4503599627370495.5, "4503599627370495.5" },
    { 1e-7, "1e-07" },
    { NAN, "null" },
    { -NAN, "null" },
    { INFINITY, "null" },
    { -INFINITY, "null" },
};

START_TEST(test_numbers)
{
    const struct number_case *c = &number_cases[_i];
    struct ds ds = DS_EMPTY_INITIALIZER;

    report_format_number(c->value, &ds);
    ck_assert_str_eq(ds_cstr(&ds), c->text);
    ds_destroy(&ds);
}
END_TEST

/* Any double reads back as it was, and whole ones have only digits. */
START_TEST(test_numbers_round_trip)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    random_set_seed(1);
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = random_uint64();
        double value;

        memcpy(&value, &bits, sizeof value);
        if (i == 0) {
            value = -DBL_MAX;
        } else if (i == 1) {
            value = -DBL_MIN;
        } else if (i % 2) {
            value = (double) bits / 1000;
        }
        if (!isfinite(value)) {
            continue;
        }
        ds_clear(&ds);
        report_format_number(value, &ds);
        ck_assert_msg(strtod(ds_cstr(&ds), NULL) == value,
                      "%s for %a", ds_cstr(&ds), value);
        if (value == trunc(value)) {
            ck_assert_uint_eq(strspn(ds_cstr(&ds), "-0123456789"), ds.length);
        }
    }
    ds_destroy(&ds);
}
END_TEST

/* In the order of report_compare(). */
static struct report *
report_of_rank(int rank)
{
    static const char short_text[] = "on ip by nw_src,tp_dst when count() > 0";
    static const char long_text[] = "on ip by nw_src,tp_dst every 30ms "
                                    "when count() > 0";
    struct report *report;

    report = make_report(rank == 1 ? "Z" : rank == 8 ? "aa" : "a",
                         rank == 7 ? long_text : short_text);
    report->key.dl_type = 0x0800;
    report->interval_start_us = 20000;
    switch (rank) {
    case 0:
        report->interval_start_us = 10000;
        report->key.src[12] = 255;
        break;
    case 1:
        report->key.src[12] = 255;
        break;
    case 2:
        report->key.src[15] = 9;
        report->key.tp_dst = 9;
        break;
    case 3:
        report->key.src[15] = 9;
        report->key.tp_dst = 10;
        break;
    case 4:
        report->key.src[15] = 9;
        report->key.tp_dst = 256;
        break;
    case 5:
        report->key.src[15] = 10;
        break;
    case 6:
        report->key.src[15] = 10;
        report->type = REPORT_OBSERVED;
        break;
    case 7:
        report->interval_start_us = 0;
        report->key.src[15] = 11;
        break;
    case 8:
        break;
    default:
        report->interval_start_us = 30000;
    }
    return report;
}

START_TEST(test_compare)
{
    enum { N = 10 };
    struct report *reports[N];

    for (int i = 0; i < N; i++) {
        reports[i] = report_of_rank(i);
    }
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            int cmp = report_compare(reports[i], reports[j]);

            ck_assert_msg((cmp > 0) - (cmp < 0) == (i > j) - (i < j),
                          "%d and %d: %d", i, j, cmp);
        }
    }
    for (int i = 0; i < N; i++) {
        report_destroy(reports[i]);
    }
}
END_TEST

/* Of reports with as many packets, those that come first in order. */
START_TEST(test_keep_largest)
{
    static const uint64_t packets[] = { 1, 7, 3, 7, 0 };
    static const size_t expected[] = { 1, 3, 2, 0, 4 };
    const size_t n = _i;
    struct ovs_list all = OVS_LIST_INITIALIZER(&all);
    struct ovs_list kept = OVS_LIST_INITIALIZER(&kept);
    struct report *report;
    size_t i = 0;

    for (i = 0; i < ARRAY_SIZE(packets); i++) {
        report = make_report("a", "on ip when count() > 0");
        report->interval_start_us = report->seq = i;
        report->packets = packets[i];
        ovs_list_push_front(&all, &report->node);
    }
    reports_keep_largest(&all, n, &kept);
    ck_assert(ovs_list_is_empty(&all));

    i = 0;
    LIST_FOR_EACH_POP (report, node, &kept) {
        ck_assert_uint_eq(report->seq, expected[i++]);
        report_destroy(report);
    }
    ck_assert_uint_eq(i, MIN(n, ARRAY_SIZE(packets)));
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tc = tcase_create("json");

    tcase_add_test(tc, test_example_of_contract);
    tcase_add_test(tc, test_values);
    tcase_add_test(tc, test_incomplete);
    tcase_add_test(tc, test_observed);
    tcase_add_test(tc, test_top);
    tcase_add_test(tc, test_window);
    tcase_add_test(tc, test_window_order);
    tcase_add_test(tc, test_causes);
    suite_add_tcase(suite, tc);

    tc = tcase_create("numbers");
    tcase_add_loop_test(tc, test_numbers, 0, ARRAY_SIZE(number_cases));
    tcase_add_test(tc, test_numbers_round_trip);
    suite_add_tcase(suite, tc);

    tc = tcase_create("order");
    tcase_add_test(tc, test_compare);
    tcase_add_loop_test(tc, test_keep_largest, 0, 7);
    suite_add_tcase(suite, tc);
    return suite;
}
