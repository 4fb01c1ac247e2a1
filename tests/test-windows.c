/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <math.h>

#include "tests/monitor-rig.h"

/* Windows, runs, hold-off and contributors, against a model that remembers all
 * packets and computes each window anew. */

#define N_KEYS 5
#define N_EPOCHS 160
#define MAX_PACKETS 4

/* Payloads of the packets of tp_src 'key' + 1 in an epoch.  A packet's payload
 * decides on its tp_dst, so that a key has N_FLOWS flows. */
#define N_FLOWS 3
static uint16_t payloads[N_KEYS][N_EPOCHS][MAX_PACKETS];
static int n_payloads[N_KEYS][N_EPOCHS];
static bool marked[N_EPOCHS];

static const char *const granularities[] = { "by tp_src", "by none" };

static const char *const predicates[] = {
    "count() > 4",
    "count() > 0",
    "count() == 0",
    "count() > count()[-1]",
    "max(volume) - min(volume) > 60",
    "avg(volume) > 45 || sum(volume)[-3] > 150",
    "count()[-2] > 2 && !(min(volume)[-1] > 20)",
    "!(sum(volume)[-1] > 100)",
};

static const char *const options[] = {
    "", "report rising", "hold 60ms", "hold 120ms report rising", "hold 600ms",
    "top 0", "top 1", "top 2", "top 32",
};

/* What the model knows of a key. */
struct model {
    bool satisfied[N_EPOCHS];   /* By window. */
    bool reported;              /* The run's first. */
    uint64_t last_end;          /* Epoch; 0: none. */
    uint64_t n_held;
};

/* The first epoch of 'interval', from E0 on; may be before it. */
static int64_t
first_epoch(const struct event *event, uint64_t interval)
{
    return (int64_t) (interval * event->interval_us / EPOCH_US) - (int64_t) E0;
}

/* The first one that is observed. */
static uint64_t
model_first_interval(const struct event *event)
{
    return (T0 - 1) / event->interval_us + 1;
}

/* Stores the aggregates of key 'k' (-1: all) in 'window' in 'values'. */
static void
model_values(const struct event *event, int k, uint64_t window,
             uint64_t first_interval, double *values)
{
    for (size_t a = 0; a < event->n_aggregates; a++) {
        const struct aggregate *aggregate = &event->aggregates[a];
        enum measure_kind kind = event->measures[aggregate->measure].kind;
        uint64_t end = window - aggregate->lag;
        double sum = 0, max = 0, min = 0;
        uint64_t n = 0;

        for (int i = 0; i < N_KEYS; i++) {
            for (int64_t e = first_epoch(event, end + 1 - event->over);
                 e < first_epoch(event, end + 1); e++) {
                bool counts = (k < 0 || k == i) && e >= 0 && e < N_EPOCHS;

                for (int p = 0; counts && p < n_payloads[i][e]; p++) {
                    double x = payloads[i][e][p];

                    max = !n || x > max ? x : max;
                    min = !n || x < min ? x : min;
                    sum += x;
                    n++;
                }
            }
        }
        values[a] = (end + 1 < first_interval + event->over ? NAN
                     : kind == MEASURE_PACKETS ? n
                     : kind == MEASURE_VOLUME ? sum
                     : !n ? NAN
                     : kind == MEASURE_MAX ? max
                     : kind == MEASURE_MIN ? min
                     : sum / n);
    }
}

static uint64_t
model_packets(const struct event *event, int k, uint64_t window)
{
    uint64_t n = 0;

    for (int64_t e = first_epoch(event, window + 1 - event->over);
         e < first_epoch(event, window + 1); e++) {
        for (int i = 0; i < N_KEYS && e >= 0 && e < N_EPOCHS; i++) {
            n += k < 0 || k == i ? n_payloads[i][e] : 0;
        }
    }
    return n;
}

static bool
model_window_is_marked(const struct event *event, uint64_t window)
{
    for (int64_t e = first_epoch(event, window + 1 - event->over);
         e < first_epoch(event, window + 1); e++) {
        if (e >= 0 && e < N_EPOCHS && marked[e]) {
            return true;
        }
    }
    return false;
}

static bool
model_is_marked(const struct event *event, uint64_t window)
{
    bool is_marked = model_window_is_marked(event, window);

    for (size_t a = 0; a < event->n_aggregates; a++) {
        uint64_t end = window - event->aggregates[a].lag;

        is_marked |= (end + 1 >= model_first_interval(event) + event->over
                      && model_window_is_marked(event, end));
    }
    return is_marked;
}

/* The part of flow 'f' of key 'k' in 'window'. */
static double
model_part(const struct event *event, int k, int f, uint64_t window)
{
    bool by_volume
        = (event->top_aggregate != EVENT_TOP_COUNT
           && !strncmp(event->aggregates[event->top_aggregate].text,
                       "sum(volume)", 11));
    double part = 0;

    for (int64_t e = first_epoch(event, window + 1 - event->over);
         e < first_epoch(event, window + 1); e++) {
        for (int p = 0; p < n_payloads[k][e]; p++) {
            if (payloads[k][e][p] % N_FLOWS == f) {
                part += by_volume ? payloads[k][e][p] : 1;
            }
        }
    }
    return part;
}

/* Adds the largest contributors to 'report', each time looking for the largest
 * one that is smaller than the last. */
static void
model_top(const struct event *event, int k, uint64_t window,
          struct report *report)
{
    bool taken[N_KEYS][N_FLOWS] = { { false } };

    report->top = xcalloc(event->top, sizeof *report->top);
    while (report->n_top < event->top) {
        struct report_flow *rf = &report->top[report->n_top];
        double best = 0;
        int best_i = 0, best_f = 0;

        for (int i = 0; i < N_KEYS; i++) {
            for (int f = 0; f < N_FLOWS; f++) {
                double part = (k < 0 || k == i
                               ? model_part(event, i, f, window) : 0);

                if (!taken[i][f] && part > best) {
                    best = part;
                    best_i = i;
                    best_f = f;
                }
            }
        }
        if (!best) {
            break;
        }
        taken[best_i][best_f] = true;
        *rf = (struct report_flow) {
            .flow = {
                .dl_type = 0x0800, .nw_proto = IPPROTO_UDP,
                .src = { [15] = 1 }, .dst = { [15] = 2 },
                .tp_src = best_i + 1, .tp_dst = 80 + best_f,
            },
            .value = best,
        };
        report->n_top++;
    }
}

static void
model_report(const struct event *event, enum report_type type, int k,
             uint64_t window, const double *values, uint64_t packets,
             uint64_t held, uint64_t lasted, struct ds *ds)
{
    struct report *report = report_create(type, "t", event);

    report->interval_start_us = ((window + 1 - event->over)
                                 * event->interval_us);
    if (k >= 0) {
        report->key.tp_src = k + 1;
    }
    report->packets = packets;
    report->held = held;
    report->lasted_us = lasted * event->interval_us;
    report->why = (model_is_marked(event, window) ? 1u << CAUSE_RESTART : 0);
    memcpy(report->values, values, event->n_aggregates * sizeof *values);
    if (type == REPORT_SATISFIED) {
        model_top(event, k, window, report);
    }
    report_format_json(report, ds);
    ds_put_char(ds, '\n');
    report_destroy(report);
}

/* Appends what is to be reported of key 'k' at the end of 'window', which has
 * number 'i' among those that are tested. */
static void
model_test(const struct event *event, struct model *model, int k,
           uint64_t window, uint64_t first_interval, int i, struct ds *ds)
{
    bool rising = event->report == EVENT_REPORT_RISING;
    uint64_t end_us = (window + 1) * event->interval_us;
    double values[event->n_aggregates];
    uint64_t packets = model_packets(event, k, window);
    int run = 0;

    model_values(event, k, window, first_interval, values);
    while (run < i && model->satisfied[i - 1 - run]) {
        run++;
    }
    model->satisfied[i] = ((k < 0 || packets)
                           && predicate_evaluate(event->predicate, values));
    if (model->satisfied[i] && !(rising && run)) {
        model->reported = (!model->last_end
                           || end_us >= model->last_end + event->hold_us);
        if (model->reported) {
            model_report(event, REPORT_SATISFIED, k, window, values, packets,
                         model->n_held, 0, ds);
            model->n_held = 0;
            model->last_end = end_us;
        } else {
            model->n_held++;
        }
    } else if (!model->satisfied[i] && rising && run && model->reported) {
        model_report(event, REPORT_CLEARED, k, window, values, packets, 0,
                     run, ds);
    }
}

/* Appends all reports of 'event', observed since T0, in order. */
static void
model_run(const struct event *event, struct ds *ds)
{
    static struct model models[N_KEYS + 1];
    uint64_t first = model_first_interval(event);

    memset(models, 0, sizeof models);
    for (uint64_t w = first + event->over - 1;
         (w + 1) * event->interval_us <= T0 + N_EPOCHS * EPOCH_US; w++) {
        int i = w - (first + event->over - 1);

        if (!event->granularity.n_fields) {
            model_test(event, &models[N_KEYS], -1, w, first, i, ds);
        }
        for (int k = 0; event->granularity.n_fields && k < N_KEYS; k++) {
            model_test(event, &models[k], k, w, first, i, ds);
        }
    }
}

/* Makes traffic that comes and goes. */
static void
make_traffic(void)
{
    for (int k = 0; k < N_KEYS; k++) {
        bool on = false;

        for (int e = 0; e < N_EPOCHS; e++) {
            on = unit_random(5) ? on : unit_random(2);
            n_payloads[k][e] = on ? unit_random(MAX_PACKETS + 1) : 0;
            for (int p = 0; p < n_payloads[k][e]; p++) {
                payloads[k][e][p] = unit_random(100);
            }
        }
    }
    for (int e = 0; e < N_EPOCHS; e++) {
        marked[e] = !unit_random(20);
    }
}

static void
give_epoch(struct scatter *scatters[2], uint64_t epoch)
{
    for (int k = 0; k < N_KEYS; k++) {
        for (int p = 0; p < n_payloads[k][epoch]; p++) {
            give(scatters[unit_random(2)], at(epoch), &(struct packet_spec) {
                .proto = IPPROTO_UDP, .src = 1, .dst = 2, .tp_src = k + 1,
                .tp_dst = 80 + payloads[k][epoch][p] % N_FLOWS,
                .payload = payloads[k][epoch][p],
            }, 1);
        }
    }
}

/* Takes the reports as lines of JSON in order, without 'seq', after a check
 * that numbers are as they should be. */
static char *
take_lines(struct rig *rig, size_t *n_reports)
{
    size_t n = ovs_list_size(&rig->reports), i = 0;
    struct report **sorted = xcalloc(n, sizeof *sorted);
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct report *report;

    LIST_FOR_EACH_POP (report, node, &rig->reports) {
        ck_assert_uint_eq(report->seq, i + 1);
        report->seq = 0;
        sorted[i++] = report;
    }
    qsort(sorted, n, sizeof *sorted, rig_compare);
    for (i = 0; i < n; i++) {
        report_format_json(sorted[i], &ds);
        ds_put_char(&ds, '\n');
        report_destroy(sorted[i]);
    }
    free(sorted);
    *n_reports += n;
    return ds_steal_cstr(&ds);
}

/* Runs one random trigger over random traffic. */
static void
check_random(size_t *n_reports)
{
    struct ds expected = DS_EMPTY_INITIALIZER;
    char *spec, *lines;
    struct scatter *scatters[2];
    struct event *event;
    struct rig rig;

    spec = xasprintf("on udp %s every %d0ms over %d when %s %s",
                     granularities[unit_random(ARRAY_SIZE(granularities))],
                     1 + unit_random(3), 1 + unit_random(6),
                     predicates[unit_random(ARRAY_SIZE(predicates))],
                     options[unit_random(ARRAY_SIZE(options))]);
    make_traffic();
    rig_init(&rig, 256);
    sweep(&rig, 0);
    scatters[0] = monitor_add_thread(rig.monitor, "a");
    scatters[1] = monitor_add_thread(rig.monitor, "b");
    rig_add(&rig, "t", spec, T0 - 1);
    for (uint64_t e = 0; e < N_EPOCHS; e++) {
        bool late = !unit_random(4) && e % 3;

        if (!late || marked[e]) {
            sweep(&rig, e);
        }
        if (marked[e]) {
            monitor_mark_incomplete(rig.monitor, CAUSE_RESTART, false);
        }
        give_epoch(scatters, e);
    }
    sweep(&rig, N_EPOCHS);
    lines = take_lines(&rig, n_reports);

    event = unit_parse(spec);
    model_run(event, &expected);
    size_t same = 0;
    while (lines[same] && lines[same] == ds_cstr(&expected)[same]) {
        same++;
    }
    while (same && lines[same - 1] != '\n') {
        same--;
    }
    ck_assert_msg(!strcmp(lines + same, ds_cstr(&expected) + same),
                  "%s: %.*s\nexpected %.*s", spec,
                  (int) strcspn(lines + same, "\n"), lines + same,
                  (int) strcspn(ds_cstr(&expected) + same, "\n"),
                  ds_cstr(&expected) + same);
    ds_destroy(&expected);
    event_unref(event);
    free(lines);
    free(spec);
    monitor_remove_thread(rig.monitor, scatters[0]);
    monitor_remove_thread(rig.monitor, scatters[1]);
    rig_uninit(&rig);
}

START_TEST(test_random)
{
    size_t n_reports = 0;

    unit_seed();
    for (int i = 0; i < 1000; i++) {
        check_random(&n_reports);
    }
    ck_assert_uint_gt(n_reports, 20000);
}
END_TEST

static struct scatter *
start(struct rig *rig, const char *spec)
{
    struct scatter *scatter;

    rig_init(rig, 256);
    sweep(rig, 0);
    scatter = monitor_add_thread(rig->monitor, "a");
    rig_add(rig, "t", spec, T0 - 1);
    return scatter;
}

/* Sweeps each epoch from 'from' to before 'to'. */
static void
pass(struct rig *rig, uint64_t from, uint64_t to)
{
    for (uint64_t e = from; e < to; e++) {
        sweep(rig, e);
    }
}

/* Returns the number of the reports, the last one's 'held' in '*held', and
 * forgets them. */
static size_t
take_held(struct rig *rig, uint64_t *held)
{
    struct report *report;
    size_t n = 0;

    *held = 0;
    LIST_FOR_EACH_POP (report, node, &rig->reports) {
        *held = report->held;
        n++;
        report_destroy(report);
    }
    return n;
}

/* A key in hold-off, and the number held back, outlive the key's history; but
 * for 10 s after the hold-off only. */
START_TEST(test_held_long)
{
    struct sweep_status status;
    struct scatter *scatter;
    uint64_t held, epoch = 0;
    struct rig rig;

    scatter = start(&rig, "on udp by tp_src when count() > 1 hold 5s");
    for (int i = 0; i < 3; i++) {
        give_flows(scatter, at(epoch), 2, 1, 1);
        sweep(&rig, epoch + 1);
        pass(&rig, epoch + 1, epoch + 200);
        epoch += 200;
    }
    ck_assert_uint_eq(take_held(&rig, &held), 1);
    ck_assert_uint_eq(held, 0);

    /* 9 s after the hold-off. */
    pass(&rig, epoch, 1400);
    give_flows(scatter, at(1400), 2, 1, 1);
    pass(&rig, 1401, 1600);
    ck_assert_uint_eq(take_held(&rig, &held), 1);
    ck_assert_uint_eq(held, 2);

    give_flows(scatter, at(1600), 2, 1, 1);
    pass(&rig, 1601, 3300);
    ck_assert_uint_eq(take_held(&rig, &held), 0);
    monitor_get_sweep_status(rig.monitor, &status);
    ck_assert_uint_eq(status.keys, 0);
    give_flows(scatter, at(3300), 2, 1, 1);
    sweep(&rig, 3301);
    ck_assert_uint_eq(take_held(&rig, &held), 1);
    ck_assert_uint_eq(held, 0);
    rig_stop(&rig, scatter);
}
END_TEST

/* Without a granularity, a run and a hold-off need no key. */
START_TEST(test_silent_run)
{
    struct scatter *scatter;
    struct rig rig;
    char *lines;
    size_t n = 0;

    scatter = start(&rig, "on udp when count() == 0 report rising");
    pass(&rig, 1, 3000);
    give_flows(scatter, at(3000), 2, 1, 1);
    pass(&rig, 3001, 5000);
    lines = take_lines(&rig, &n);
    ck_assert_uint_eq(n, 3);
    ck_assert_ptr_nonnull(strstr(lines, "\"lasted_us\":30000000}"));
    free(lines);
    rig_stop(&rig, scatter);
}
END_TEST

/* The last complete window is what is dumped; the running interval does not
 * disturb. */
START_TEST(test_dump)
{
    struct ovs_list reports = OVS_LIST_INITIALIZER(&reports);
    struct scatter *scatter;
    struct rig rig;
    static const char *const expected[] = {
        "", "", "",
        "t 0 {\"tp_src\":1} [3] 3; t 0 {\"tp_src\":2} [2] 2; ",
        "t 1 {\"tp_src\":1} [3] 3; t 1 {\"tp_src\":2} [3] 3; ",
        "t 2 {\"tp_src\":1} [2] 2; t 2 {\"tp_src\":2} [2] 2; ",
        "t 3 {\"tp_src\":1} [1] 1; t 3 {\"tp_src\":2} [1] 1; ",
        "t 3 {\"tp_src\":1} [1] 1; t 3 {\"tp_src\":2} [1] 1; ",
    };

    scatter = start(&rig, "on udp by tp_src over 3 when count() > 9");
    for (int e = 0; e < ARRAY_SIZE(expected); e++) {
        char *s;

        sweep(&rig, e);
        ck_assert(!monitor_dump_keys(rig.monitor, "t", 0, &reports));
        s = reports_take(&reports);
        ck_assert_str_eq(s, expected[e]);
        free(s);
        if (e < 4) {
            give_flows(scatter, at(e), e == 0 ? 1 : 2, 1, 2);
        }
    }
    rig_stop(&rig, scatter);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("windows");
    TCase *tc = tcase_create("windows");

    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_random);
    tcase_add_test(tc, test_held_long);
    tcase_add_test(tc, test_silent_run);
    tcase_add_test(tc, test_dump);
    suite_add_tcase(suite, tc);
    return suite;
}
