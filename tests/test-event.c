/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/event.h"

#include "event-unit.h"
#include "tests/unit.h"

/* The reference events of the contract and what they become. */
static const struct {
    const char *text;
    const char *normal;
} references[] = {
    { "on ip,nw_dst=10.0.128.0/24 by 5tuple every 10ms "
      "when sum(volume) > 125KB",
      "on ip,nw_dst=10.0.128.0/24 by 5tuple every 10ms "
      "when sum(volume) > 125000" },
    { "on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms "
      "when sum(is_lost & is_burst) > 10%",
      "on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms "
      "when sum(is_lost&is_burst) > 10%" },
    { "on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms "
      "when 1 - (ack - ack[-1] + dup) / (seq[-1] - ack[-1]) > 0.5",
      "on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms "
      "when 1 - (ack - ack[-1] + dup) / (seq[-1] - ack[-1]) > 0.5" },
    { "on tcp,nw_dst=10.0.128.30,tp_dst=80 by nw_dst,tp_dst every 10ms "
      "when sum(volume) > 100MB",
      "on tcp,nw_dst=10.0.128.30,tp_dst=80 by nw_dst,tp_dst every 10ms "
      "when sum(volume) > 100000000" },
    { "on tcp,nw_src=10.0.128.0/20,nw_dst=10.20.93.0/24 "
      "by nw_src/24,nw_dst/24 every 10ms when sum(is_lost) > 100",
      "on tcp,nw_src=10.0.128.0/20,nw_dst=10.20.93.0/24 "
      "by nw_src/24,nw_dst/24 every 10ms when sum(is_lost) > 100" },
    { "on ip,nw_src=10.0.128.0/20,nw_dst=10.0.128.0/20 "
      "by nw_src/24,nw_dst/24 every 1s when sum(volume) > 10GB",
      "on ip,nw_src=10.0.128.0/20,nw_dst=10.0.128.0/20 "
      "by nw_src/24,nw_dst/24 every 1s when sum(volume) > 10000000000" },
    { "on tcp by nw_dst,tp_dst every 100ms "
      "when count(rtt) > 20 && avg(rtt) > 5ms",
      "on tcp by nw_dst,tp_dst every 100ms "
      "when count(rtt) > 20 && avg(rtt) > 5000" },
    { "on tcp,nw_src=10.0.0.9 every 1s when count() == 0",
      "on tcp,nw_src=10.0.0.9 every 1s when count() == 0" },
    { "on ip by nw_dst every 100ms "
      "when sum(bytes) > 10 * sum(bytes)[-1] && sum(bytes) > 1MB",
      "on ip by nw_dst every 100ms "
      "when sum(bytes) > 10 * sum(bytes)[-1] && sum(bytes) > 1000000" },
};

START_TEST(test_references)
{
    struct event *event = unit_parse(references[_i].text);

    ck_assert_str_eq(event->text, references[_i].normal);
    event_unref(event);
}
END_TEST

/* Every text, cut after every byte, is an event or an error. */
START_TEST(test_cut)
{
    const char *text = references[_i].text;

    for (size_t n = 0; n <= strlen(text); n++) {
        char *cut = xmemdup0(text, n);
        struct event *event;

        free(event_parse(cut, NULL, EPOCH_US, &event));
        event_unref(event);
        free(cut);
    }
}
END_TEST

/* Other texts and their normal forms. */
static const struct {
    const char *text;
    const char *normal;
} normals[] = {
    { "on any when count()>1", "on any every 10ms when count() > 1" },
    { " on\tany  by none every 60s\twhen(count() > 1 ) ",
      "on any every 60s when count() > 1" },
    { "on any every 1000000us when count() > 1",
      "on any every 1s when count() > 1" },
    { "on any every 2010ms when count() > 1",
      "on any every 2010ms when count() > 1" },
    { "on any when !count() > 3", "on any every 10ms when !(count() > 3)" },
    { "on any when !(!((count() > 3)))",
      "on any every 10ms when !!(count() > 3)" },
    { "on any when (1 > 2 && 3 > 4) && (5 > 6) || (7 > 8 && 9 > 1)",
      "on any every 10ms when "
      "1 > 2 && 3 > 4 && 5 > 6 || 7 > 8 && 9 > 1" },
    { "on any when 1 > 2 && (3 > 4 && 5 > 6) || (7 > 8 || 9 > 1)",
      "on any every 10ms when "
      "1 > 2 && (3 > 4 && 5 > 6) || (7 > 8 || 9 > 1)" },
    { "on any when (1 > 2 || 3 > 4) && (5 > 6)",
      "on any every 10ms when (1 > 2 || 3 > 4) && 5 > 6" },
    { "on any when (1 + 2) - (3 - (4)) > -(-5) * -(6 / 7)",
      "on any every 10ms when 1 + 2 - (3 - 4) > --5 * -(6 / 7)" },
    { "on any when 10% <= sum(bytes)",
      "on any every 10ms when 10% <= sum(bytes)" },
    { "on any when avg(rtt) > 1 && sum(bytes) > 1",
      "on any every 10ms when avg(rtt) > 1 && sum(bytes) > 1" },
    { "on any when sum((bytes - 14) * packets) > 1.5KiB",
      "on any every 10ms when sum((bytes-14)*packets) > 1536" },
    { "on any when count(bytes > 1.5KB) > 0.001K",
      "on any every 10ms when count(bytes>1500) > 1" },
    { "on any when count(!is_syn & (ecn)) > 1",
      "on any every 10ms when count(!is_syn&ecn) > 1" },
    { "on any when count(!(is_syn & ecn)) > 1",
      "on any every 10ms when count(!(is_syn&ecn)) > 1" },
    { "on any when count((ttl > 1) > (ttl < 3)) > 1",
      "on any every 10ms when count((ttl>1)>(ttl<3)) > 1" },
    { "on any when sum(bytes) [ - 8 ] > 1.001K + 2Ti + 3s + 4us + 1TB",
      "on any every 10ms when sum(bytes)[-8] > "
      "1001 + 2199023255552 + 3000000 + 4 + 1000000000000" },

    /* Windows and options. */
    { "on any over 3 when count() > 1",
      "on any every 10ms over 3 when count() > 1" },
    { "on any by nw_src every 20ms over 64 when count() > 1",
      "on any by nw_src every 20ms over 64 when count() > 1" },
    { "on any over 1 when count() > 1 report every top 5",
      "on any every 10ms when count() > 1" },
    { "on any when count() > 1 top 0 hold 1000ms\treport  rising ",
      "on any every 10ms when count() > 1 report rising hold 1s top 0" },
    { "on any when (count() > 1)hold 10ms",
      "on any every 10ms when count() > 1 hold 10ms" },
    { "on any by 5tuple when count() > 10% top 32",
      "on any by 5tuple every 10ms when count() > 10% top 32" },
    { "on any by in_port when port ( rx_dropped ) [ -1 ] > 0",
      "on any by in_port every 10ms when port(rx_dropped)[-1] > 0" },
    { "on in_port=vm1 when port(qdisc_backlog) > 1MB",
      "on in_port=vm1 every 10ms when port(qdisc_backlog) > 1000000" },
};

START_TEST(test_normal_form)
{
    struct event *event = unit_parse(normals[_i].text);

    ck_assert_str_eq(event->text, normals[_i].normal);
    event_unref(event);
}
END_TEST

START_TEST(test_measures)
{
    static const struct {
        const char *aggregate;
        size_t measure;
        unsigned lag;
    } expected[] = {
        { "count()", 0, 0 },
        { "sum(packets)[-2]", 0, 2 },
        { "sum(bytes)", 1, 0 },
        { "sum(volume)", 2, 0 },
        { "avg(bytes)", 3, 0 },
        { "avg(bytes)[-3]", 3, 3 },
        { "count(bytes>1500)", 4, 0 },
        { "count(bytes>1501)", 5, 0 },
        { "seq", 6, 0 },
        { "seq[-1]", 6, 1 },
        { "port(tx_errors)", 7, 0 },
        { "port(rx_dropped)", 8, 0 },
    };
    static const enum measure_kind kinds[] = {
        MEASURE_PACKETS, MEASURE_BYTES, MEASURE_VOLUME, MEASURE_AVG,
        MEASURE_COUNT, MEASURE_COUNT, MEASURE_SEQ, MEASURE_PORT, MEASURE_PORT,
    };
    struct event *event = unit_parse(
        "on any by in_port,5tuple when "
        "count() + sum(packets)[-2] > sum(bytes) && "
        "sum(volume) > avg(bytes) - avg((bytes))[-3] && "
        "count(bytes > 1.5KB) > 1 || count(bytes>1500) > 1 || "
        "count(bytes > 1501) > seq + seq[-1] || "
        "port(tx_errors) > port(rx_dropped) || "
        "sum(bytes) > 10%");

    ck_assert_uint_eq(event->n_aggregates, ARRAY_SIZE(expected));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        ck_assert_str_eq(event->aggregates[i].text, expected[i].aggregate);
        ck_assert_uint_eq(event->aggregates[i].measure, expected[i].measure);
        ck_assert_uint_eq(event->aggregates[i].lag, expected[i].lag);
    }
    ck_assert_uint_eq(event->n_measures, ARRAY_SIZE(kinds));
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        ck_assert_uint_eq(event->measures[i].kind, kinds[i]);
        ck_assert_int_eq(!event->measures[i].value,
                         measure_kind_is_base(kinds[i])
                         || measure_kind_is_asked(kinds[i]));
        ck_assert_int_eq(measure_kind_is_asked(kinds[i]),
                         measure_kind_is_state(kinds[i])
                         || kinds[i] == MEASURE_PORT);
    }
    ck_assert_uint_eq(event->measures[7].counter, PORT_COUNTER_TX_ERRORS);
    ck_assert_uint_eq(event->counters, (1u << PORT_COUNTER_TX_ERRORS
                                        | 1u << PORT_COUNTER_RX_DROPPED));
    ck_assert_uint_eq(event->max_lag, 3);
    ck_assert(event->reads_state);
    ck_assert_uint_eq(event->variables, (1u << VAR_PACKETS | 1u << VAR_BYTES
                                         | 1u << VAR_VOLUME));
    event_unref(event);
}
END_TEST

/* A percentage brings count(), also where the text has none. */
START_TEST(test_percent_count)
{
    struct event *event = unit_parse("on any when 10% < sum(is_syn)");

    ck_assert_uint_eq(event->n_aggregates, 2);
    ck_assert_str_eq(event->aggregates[0].text, "count()");
    ck_assert_str_eq(event->aggregates[1].text, "sum(is_syn)");
    ck_assert_uint_eq(event->variables, 1u << VAR_IS_SYN);
    ck_assert_uint_eq(event->interval_us, EPOCH_US);
    event_unref(event);
}
END_TEST

/* What a text's options become, and by what flows are ranked. */
START_TEST(test_options)
{
    static const struct {
        const char *text;
        unsigned over, top;
        enum event_report report;
        uint64_t hold_us;
        const char *top_by;     /* Null: packets. */
    } cases[] = {
        { "on any when max(ttl) > 1",
          1, 5, EVENT_REPORT_EVERY, 0, NULL },
        { "on any over 7 when max(ttl) > sum(bytes)[-1] + sum(ttl) "
          "report rising hold 3s top 0",
          7, 0, EVENT_REPORT_RISING, 3000000, "sum(ttl)" },
        { "on any when avg(ttl) > 10% && min(ttl) > 3 top 32",
          1, 32, EVENT_REPORT_EVERY, 0, NULL },
        { "on any when avg(ttl) > 10% && sum(volume) > count() hold 10ms",
          1, 5, EVENT_REPORT_EVERY, 10000, "sum(volume)" },
        { "on any when avg(ttl) > 10% && count() > sum(volume)",
          1, 5, EVENT_REPORT_EVERY, 0, "count()" },
        { "on any when count(is_syn) > 10%",
          1, 5, EVENT_REPORT_EVERY, 0, "count(is_syn)" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct event *event = unit_parse(cases[i].text);

        ck_assert_uint_eq(event->over, cases[i].over);
        ck_assert_uint_eq(event->top, cases[i].top);
        ck_assert_int_eq(event->report, cases[i].report);
        ck_assert_uint_eq(event->hold_us, cases[i].hold_us);
        if (cases[i].top_by) {
            ck_assert_str_eq(event->aggregates[event->top_aggregate].text,
                             cases[i].top_by);
        } else {
            ck_assert(event->top_aggregate == EVENT_TOP_COUNT);
        }
        event_unref(event);
    }
}
END_TEST

START_TEST(test_reference_count)
{
    struct event *event = unit_parse("on any when count() > 1");

    ck_assert_ptr_eq(event_ref(event), event);
    event_unref(event);
    ck_assert_str_eq(event->text, "on any every 10ms when count() > 1");
    event_unref(event);
    event_unref(NULL);
}
END_TEST

START_TEST(test_duration)
{
    ck_assert_uint_eq(event_parse_duration("10ms"), 10000);
    ck_assert_uint_eq(event_parse_duration("1us"), 1);
    ck_assert_uint_eq(event_parse_duration("3s"), 3000000);
    ck_assert_uint_eq(event_parse_duration("9223372036854775807us"),
                      INT64_MAX);
    ck_assert_uint_eq(event_parse_duration("9223372036854775808us"), 0);
    ck_assert_uint_eq(event_parse_duration("9223372036855s"), 0);
    ck_assert_uint_eq(event_parse_duration(""), 0);
    ck_assert_uint_eq(event_parse_duration("10"), 0);
    ck_assert_uint_eq(event_parse_duration("0ms"), 0);
    ck_assert_uint_eq(event_parse_duration("10 ms"), 0);
    ck_assert_uint_eq(event_parse_duration("10ms "), 0);
    ck_assert_uint_eq(event_parse_duration("-10ms"), 0);
    ck_assert_uint_eq(event_parse_duration("1.5ms"), 0);
}
END_TEST

START_TEST(test_name)
{
    char name[66];

    memset(name, 'x', sizeof name);
    name[65] = '\0';
    ck_assert(!event_name_is_valid(name));
    name[64] = '\0';
    ck_assert(event_name_is_valid(name));
    ck_assert(event_name_is_valid("Az09_.-"));
    ck_assert(!event_name_is_valid(""));
    ck_assert(!event_name_is_valid("a b"));
    ck_assert(!event_name_is_valid("a:"));
    ck_assert(!event_name_is_valid("\xc3\xa4"));
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("event");
    TCase *tcase = tcase_create("event");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_references, 0, ARRAY_SIZE(references));
    tcase_add_loop_test(tcase, test_normal_form, 0, ARRAY_SIZE(normals));
    tcase_add_loop_test(tcase, test_cut, 0, ARRAY_SIZE(references));
    tcase_add_test(tcase, test_measures);
    tcase_add_test(tcase, test_percent_count);
    tcase_add_test(tcase, test_options);
    tcase_add_test(tcase, test_reference_count);
    tcase_add_test(tcase, test_duration);
    tcase_add_test(tcase, test_name);
    suite_add_tcase(suite, tcase);
    return suite;
}
