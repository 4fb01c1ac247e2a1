/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "event/event.h"
#include "tests/wire-unit.h"
#include "util.h"
#include "wire/property.h"
#include "wire/report-detail.h"
#include "wire/report-record.h"
#include "wire/trumpet-ext.h"

/* Reports as records of OpenFlow messages: nothing is lost on the way. */

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

/* A controller is told of 'report' what a watcher is told. */
static void
check_json(const struct report *report)
{
    struct ds expected = DS_EMPTY_INITIALIZER;
    struct ds actual = DS_EMPTY_INITIALIZER;
    struct wire_report wr;
    struct ofpbuf b;

    ofpbuf_init(&b, 0);
    wire_report_put(&b, report, TRRF_ALL, NULL);
    ck_assert(!wire_report_pull(&b, &wr));
    wire_report_format_json(&wr, "satisfied", "br0", &actual);
    report_format_json(report, &expected);
    ck_assert_str_eq(ds_cstr(&actual), ds_cstr(&expected));
    ofpbuf_uninit(&b);
    ds_destroy(&expected);
    ds_destroy(&actual);
}

/* What a controller is told is what a watcher is told, whatever it asked
 * for. */
START_TEST(test_json_details)
{
    for (int i = 0; i < 2; i++) {
        struct ds actual = DS_EMPTY_INITIALIZER;
        struct report *report = unit_detailed_report(i);
        struct wire_report wr;
        struct ofpbuf b;

        check_json(report);

        /* Without values, parts of the whole are not known. */
        ofpbuf_init(&b, 0);
        wire_report_put(&b, report, TRRF_TOP, NULL);
        ck_assert(!wire_report_pull(&b, &wr));
        wire_report_format_json(&wr, "satisfied", "br0", &actual);
        ck_assert_ptr_nonnull(strstr(ds_cstr(&actual), "\"value\":300}"));
        ck_assert_ptr_null(strstr(ds_cstr(&actual), "causes"));
        ck_assert_ptr_null(strstr(ds_cstr(&actual), "lasted_us"));
        ck_assert_ptr_null(strstr(ds_cstr(&actual), "held"));
        ofpbuf_uninit(&b);
        report_destroy(report);
        ds_destroy(&actual);
    }
}
END_TEST

/* However little room there is, what is there is whole. */
START_TEST(test_details_room)
{
    struct report *report = unit_detailed_report(true);
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

        report->seq = 1;
        report->packets = 4;
        report->n_top = !i;
        report->top = xzalloc(sizeof *report->top);
        report->top[0].value = 1;
        report->top_inexact = i;
        check_json(report);
        report_destroy(report);
    }
    event_unref(event);
}
END_TEST

/* Properties and counters of a later version are skipped. */
START_TEST(test_later_version)
{
    struct report *report = unit_detailed_report(false);
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
    unit_put_reports(&b);

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
    Suite *suite = suite_create("wire-reports");
    TCase *tc = tcase_create("reports");

    tcase_add_test(tc, test_cleared);
    tcase_add_test(tc, test_largest_report);
    tcase_add_test(tc, test_json);
    tcase_add_test(tc, test_json_details);
    tcase_add_test(tc, test_details_room);
    tcase_add_test(tc, test_json_top_by_packets);
    tcase_add_test(tc, test_later_version);
    suite_add_tcase(suite, tc);
    return suite;
}
