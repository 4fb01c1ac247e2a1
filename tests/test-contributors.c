/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/contributors.h"
#include "tests/monitor-unit.h"

/* Contributors, against a model that remembers the parts of all flows. */

#define N_FLOWS 40
#define N_KEYS 6
#define N_EPOCHS 400

/* Flows of both families, and of none, in the order of keys. */
static struct flow_fields
flow_fields(int f)
{
    struct flow_fields fields = { .in_port = f, .dl_type = 0x0806 };

    if (f) {
        fields.dl_type = f < N_FLOWS / 2 ? 0x0800 : 0x86dd;
        fields.has = f < N_FLOWS / 2 ? FLOW_HAS_IPV4 : FLOW_HAS_IPV6;
        fields.src[15] = f / 8;
        fields.dst[15] = f / 4 % 2;
        fields.nw_proto = 6;
        fields.tp_src = f / 2 % 2;
        fields.tp_dst = f % 2;
    }
    return fields;
}

struct line {
    const char *text;
    struct event *event;
    struct contributor_class *class;
    struct key_contributors keys[N_KEYS][N_EPOCHS]; /* By interval. */
    double parts[N_KEYS][N_EPOCHS][N_FLOWS];
};

static uint64_t serial;         /* Of the flow. */

static struct line lines[] = {
    { .text = "on any by tp_src when count() > 1" },
    { .text = "on any by tp_src over 4 when count() > 1 top 3" },
    { .text = "on any every 50ms when count() > 1 top 32" },
    { .text = "on any every 50ms over 3 when count() > 1 top 1" },
    { .text = "on any every 70ms when count() > 1" },
};

/* Notes random parts of some flows, of which several may be the same one at
 * another place. */
static void
note_epoch(struct contributors *c, uint64_t epoch)
{
    for (int n = unit_random(20); n > 0; n--) {
        int f = unit_random(N_FLOWS);
        struct flow_fields fields = flow_fields(f);

        serial++;
        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
            struct line *line = &lines[i];
            uint64_t interval = epoch * EPOCH_US / line->event->interval_us;

            for (int k = unit_random(N_KEYS); k < N_KEYS;
                 k += 1 + unit_random(3)) {
                double value = (int) unit_random(20) - 3;
                uint32_t flow = contributors_note_flow(c, line->class,
                                                       interval, serial,
                                                       &fields);

                unit_check(flow);
                contributors_note(c, line->class, flow,
                                  &line->keys[k][interval], value);
                line->parts[k][interval][f] += value;
            }
        }
    }
}

static void
check_window(struct contributors *c, struct line *line, int k,
             uint64_t window)
{
    const struct event *event = line->event;
    struct report *report = report_create(REPORT_SATISFIED, "t", event);
    bool taken[N_FLOWS] = { false };
    unsigned n = 0;

    contributors_begin(c);
    for (uint64_t i = window + 1 - event->over; i <= window; i++) {
        contributors_add(c, line->class, i, &line->keys[k][i]);
    }
    contributors_finish(c, event->top, report);
    unit_check(!report->top_inexact);
    for (;; n++) {
        struct flow_fields fields;
        double best = 0;
        int best_f = -1;

        for (int f = 0; f < N_FLOWS; f++) {
            double part = 0;

            for (uint64_t i = window + 1 - event->over; i <= window; i++) {
                part += line->parts[k][i][f];
            }
            if (part && !taken[f] && (best_f < 0 || part > best)) {
                best = part;
                best_f = f;
            }
        }
        if (best_f < 0 || n >= event->top) {
            break;
        }
        taken[best_f] = true;
        fields = flow_fields(best_f);
        fields.has = 0;
        fields.in_port = 0;
        fields.dl_type = best_f ? fields.dl_type : 0;
        unit_check(n < report->n_top);
        unit_check(report->top[n].value == best);
        unit_check(flow_fields_equal(&report->top[n].flow, &fields));
    }
    unit_check(n == report->n_top);
    report_destroy(report);
}

START_TEST(test_random)
{
    struct contributors *c = contributors_create(EPOCH_US, 1 << 20);
    uint64_t bytes = 0;

    unit_seed();
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        lines[i].event = unit_parse(lines[i].text);
        lines[i].class = contributors_get_class(c, lines[i].event);
    }
    ck_assert_ptr_eq(lines[0].class, lines[1].class);
    ck_assert_ptr_ne(lines[0].class, lines[2].class);
    for (uint64_t epoch = 0; epoch < N_EPOCHS; epoch++) {
        note_epoch(c, epoch);
        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
            struct line *line = &lines[i];
            uint64_t end_us = (epoch + 1) * EPOCH_US;
            uint64_t window = end_us / line->event->interval_us - 1;

            for (int k = 0; k < N_KEYS; k++) {
                if (end_us % line->event->interval_us == 0
                    && window + 1 >= line->event->over) {
                    check_window(c, line, k, window);
                }
            }
        }
        contributors_expire(c, (epoch + 1) * EPOCH_US);
        if (epoch == N_EPOCHS / 2) {
            bytes = contributors_memory_bytes(c);
        }
    }

    /* What was noted long ago is not there any more. */
    ck_assert_uint_gt(bytes, 0);
    ck_assert_uint_le(contributors_memory_bytes(c), 2 * bytes);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        contributors_release_class(c, lines[i].class);
        event_unref(lines[i].event);
    }
    ck_assert_uint_eq(contributors_memory_bytes(c), 0);
    contributors_destroy(c);
}
END_TEST

/* Reports of single flows name none, and some want none. */
START_TEST(test_not_wanted)
{
    static const char *const texts[] = {
        "on any by 5tuple when count() > 1",
        "on any by nw_src,nw_dst,nw_proto,tp_src,tp_dst when count() > 1",
        "on any when count() > 1 top 0",
    };
    struct contributors *c = contributors_create(EPOCH_US, 1 << 20);

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct event *event = unit_parse(texts[i]);

        ck_assert(!contributors_get_class(c, event));
        event_unref(event);
    }
    contributors_release_class(c, NULL);
    contributors_destroy(c);
}
END_TEST

/* Notes 'n' flows in 'interval' of 'class'; returns a report of the largest
 * one. */
static struct report *
note_many(struct contributors *c, struct contributor_class *class,
          const struct event *event, uint64_t interval, int n)
{
    struct report *report = report_create(REPORT_SATISFIED, "t", event);
    struct key_contributors kc = { .first = 0 };

    for (int i = 0; i < n; i++) {
        struct flow_fields fields = flow_fields(1);
        uint32_t flow;

        memcpy(fields.src, &i, sizeof i);
        flow = contributors_note_flow(c, class, interval, ++serial, &fields);
        if (flow) {
            contributors_note(c, class, flow, &kc, n - i);
        }
    }
    contributors_begin(c);
    contributors_add(c, class, interval, &kc);
    contributors_finish(c, event->top, report);
    return report;
}

/* Memory is bounded, that is told, and it is over with the interval. */
START_TEST(test_full)
{
    static const char *const texts[] = {
        "on any when count() > 1 top 1",
        "on any every 20ms when count() > 1 top 1",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct contributors *c = contributors_create(EPOCH_US, 100000);
        struct event *event = unit_parse(texts[i]);
        struct contributor_class *class = contributors_get_class(c, event);
        struct event *other = unit_parse("on any every 1s when count() > 1");
        struct contributor_class *other_class
            = contributors_get_class(c, other);
        struct report *report;

        report = note_many(c, class, event, 0, 10000);
        ck_assert(report->top_inexact);
        ck_assert_uint_eq(report->n_top, 1);
        ck_assert_double_eq(report->top[0].value, 10000);
        report_destroy(report);
        ck_assert_uint_le(contributors_memory_bytes(c), 100000);

        contributors_expire(c, event->interval_us);
        report = note_many(c, class, event, 1, 100);
        ck_assert(!report->top_inexact);
        report_destroy(report);

        /* What is kept for reuse only is given to who needs it. */
        contributors_expire(c, 2 * event->interval_us);
        report = note_many(c, other_class, other, 0, 300);
        ck_assert(!report->top_inexact);
        report_destroy(report);
        contributors_release_class(c, class);
        contributors_release_class(c, other_class);
        event_unref(other);
        event_unref(event);
        contributors_destroy(c);
    }
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("contributors");
    TCase *tc = tcase_create("contributors");

    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_random);
    tcase_add_test(tc, test_not_wanted);
    tcase_add_test(tc, test_full);
    suite_add_tcase(suite, tc);
    return suite;
}
