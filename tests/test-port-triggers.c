/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "event/port-name.h"
#include "monitor/port-counters.h"
#include "smap.h"
#include "tests/monitor-rig.h"

/* Counters of ports in predicates and reports, from readings that the tests
 * make up.  Packets enter by vm1, which has number 1. */

#define N_PORTS 20

struct ports_rig {
    struct rig rig;
    struct scatter *scatter;
    struct port_counters *counters;
    struct port_reading readings[N_PORTS];
};

static void
ports_rig_init(struct ports_rig *pr)
{
    memset(pr, 0, sizeof *pr);
    rig_init(&pr->rig, 64);
    pr->scatter = monitor_add_thread(pr->rig.monitor, "t");
    pr->counters = monitor_port_counters(pr->rig.monitor);
    for (int i = 0; i < N_PORTS; i++) {
        char name[16];

        snprintf(name, sizeof name, "vm%d", i + 1);
        pr->readings[i].port = port_name_intern(name);
        pr->readings[i].has = (1u << PORT_COUNTER_RX_DROPPED
                               | 1u << PORT_COUNTER_TX_DROPPED
                               | 1u << PORT_COUNTER_QDISC_BACKLOG);
    }
    ck_assert_uint_eq(pr->readings[0].port, 1);
}

static void
ports_rig_uninit(struct ports_rig *pr)
{
    monitor_remove_thread(pr->rig.monitor, pr->scatter);
    rig_uninit(&pr->rig);
}

static void
del(struct ports_rig *pr, const char *name)
{
    ck_assert_ptr_null(monitor_del_trigger(pr->rig.monitor, name, at(0)));
}

/* Time shortly before the end of epoch number E0 + 'epoch'. */
static uint64_t
late_in(uint64_t epoch)
{
    return T0 + (epoch + 1) * EPOCH_US - 500;
}

static void
sample(struct ports_rig *pr, uint64_t epoch)
{
    ck_assert(port_counters_add(pr->counters, late_in(epoch), pr->readings,
                                N_PORTS));
}

/* vm'i' dropped 'n' packets since the last sample. */
static void
drop(struct ports_rig *pr, int i, uint64_t n)
{
    pr->readings[i - 1].values[PORT_COUNTER_RX_DROPPED] += n;
}

/* Takes the sample that all others are compared with. */
static void
start(struct ports_rig *pr)
{
    sample(pr, 0);
    sweep(&pr->rig, 1);
}

static void
expect(struct ports_rig *pr, const char *expected)
{
    rig_expect(&pr->rig, expected);
}

/* Takes the reports, and returns name and causes of each. */
static char *
take_causes(struct ports_rig *pr)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct report *report;

    LIST_FOR_EACH_POP (report, node, &pr->rig.reports) {
        struct ds json = DS_EMPTY_INITIALIZER;
        const char *causes;

        report_format_json(report, &json);
        causes = strstr(ds_cstr(&json), ",\"causes\":");
        ds_put_format(&ds, "%s%s; ", report->trigger, causes ? causes : "}");
        ds_destroy(&json);
        report_destroy(report);
    }
    return ds_steal_cstr(&ds);
}

static void
expect_causes(struct ports_rig *pr, const char *expected)
{
    char *s = take_causes(pr);

    ck_assert_str_eq(s, expected);
    free(s);
}

/* A port that moves is a key, with packets or without. */
START_TEST(test_by_port)
{
    struct ports_rig pr;

    ports_rig_init(&pr);
    rig_add(&pr.rig, "t", "on any by in_port when port(rx_dropped) > 2",
            at(0));
    start(&pr);

    drop(&pr, 2, 3);
    drop(&pr, 3, 2);
    sample(&pr, 1);
    sweep(&pr.rig, 2);
    expect(&pr, "t 1 {\"in_port\":\"vm2\"} [3] 0; ");

    /* Other counters than those of the predicate make no key. */
    pr.readings[4].values[PORT_COUNTER_TX_DROPPED] = 100;
    drop(&pr, 1, 7);
    give_flows(pr.scatter, at(2), 5, 1, 1);
    sample(&pr, 2);
    sweep(&pr.rig, 3);
    expect(&pr, "t 2 {\"in_port\":\"vm1\"} [7] 5; ");

    struct trigger_status *status;
    size_t n = monitor_list_triggers(pr.rig.monitor, &status);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(status[0].keys, 1);
    trigger_status_destroy(status, n);

    /* Nothing moves, packets come: 0, not undefined. */
    rig_add(&pr.rig, "u", "on any by in_port when port(rx_dropped) == 0",
            at(3));
    sample(&pr, 3);
    sweep(&pr.rig, 4);
    give_flows(pr.scatter, at(4), 1, 1, 1);
    sample(&pr, 4);
    sweep(&pr.rig, 5);
    expect(&pr, "u 4 {\"in_port\":\"vm1\"} [0] 1; ");
    ports_rig_uninit(&pr);
}
END_TEST

/* A filter that names the port makes other keys possible, or none. */
START_TEST(test_filter)
{
    struct ports_rig pr;

    ports_rig_init(&pr);
    rig_add(&pr.rig, "all", "on in_port=vm2 when port(rx_dropped) >= 0",
            at(0));
    rig_add(&pr.rig, "flow", "on udp,in_port=vm1 by tp_src when "
            "port(rx_dropped) > 0 && count() > 1", at(0));
    rig_add(&pr.rig, "port", "on in_port=vm2 by in_port when "
            "port(rx_dropped) > 0", at(0));
    start(&pr);

    drop(&pr, 1, 3);
    drop(&pr, 2, 4);
    drop(&pr, 3, 5);
    sample(&pr, 1);
    sweep(&pr.rig, 2);
    expect(&pr, "all 1 {} [4] 0; port 1 {\"in_port\":\"vm2\"} [4] 0; ");

    drop(&pr, 1, 2);
    give_flows(pr.scatter, at(2), 5, 10, 3);
    sample(&pr, 2);
    sweep(&pr.rig, 3);
    expect(&pr, "all 2 {} [0] 0; flow 2 {\"tp_src\":10} [2,2] 2; "
           "flow 2 {\"tp_src\":11} [2,2] 2; ");

    /* Without a sample it is undefined, which is not >= 0. */
    give_flows(pr.scatter, at(3), 5, 10, 3);
    sweep(&pr.rig, 4);
    expect(&pr, "");
    sample(&pr, 4);
    sweep(&pr.rig, 5);
    expect(&pr, "all 4 {} [0] 0; ");

    /* So is a counter that the port does not have. */
    rig_add(&pr.rig, "none", "on in_port=vm2 when port(rx_nombuf) >= 0 || "
            "port(rx_dropped) == 9", at(5));
    sample(&pr, 5);
    sweep(&pr.rig, 6);
    drop(&pr, 2, 9);
    sample(&pr, 6);
    sweep(&pr.rig, 7);
    expect(&pr, "all 5 {} [0] 0; all 6 {} [9] 0; none 6 {} [null,9] 0; "
           "port 6 {\"in_port\":\"vm2\"} [9] 0; ");
    ports_rig_uninit(&pr);
}
END_TEST

/* A sweeper that is late finds what happened in between, where no packet
 * came. */
START_TEST(test_silence)
{
    struct ports_rig pr;

    ports_rig_init(&pr);
    rig_add(&pr.rig, "t", "on in_port=vm2 when port(rx_dropped) > 0", at(0));
    start(&pr);
    for (int epoch = 1; epoch < 20; epoch++) {
        drop(&pr, 2, epoch == 5 || epoch == 15);
        sample(&pr, epoch);
    }
    sweep(&pr.rig, 20);
    expect(&pr, "t 5 {} [1] 0; t 15 {} [1] 0; ");
    ports_rig_uninit(&pr);
}
END_TEST

/* Longer intervals, and the one before. */
START_TEST(test_history)
{
    struct ports_rig pr;

    ports_rig_init(&pr);
    rig_add(&pr.rig, "t", "on any by in_port every 50ms when "
            "port(rx_dropped) > port(rx_dropped)[-1]", at(0));
    start(&pr);

    /* The first interval observed is that of the epochs 5 to 9. */
    for (int epoch = 1; epoch < 30; epoch++) {
        drop(&pr, 1, epoch / 5 == 3 ? 0 : 1);
        drop(&pr, 2, epoch);
        sample(&pr, epoch);
        sweep(&pr.rig, epoch + 1);
    }
    expect(&pr, "t 10 {\"in_port\":\"vm2\"} [60,35] 0; "
           "t 15 {\"in_port\":\"vm2\"} [85,60] 0; "
           "t 20 {\"in_port\":\"vm1\"} [5,0] 0; "
           "t 20 {\"in_port\":\"vm2\"} [110,85] 0; "
           "t 25 {\"in_port\":\"vm2\"} [135,110] 0; ");

    /* A level is the largest of the interval. */
    rig_add(&pr.rig, "q", "on any by in_port every 50ms when "
            "port(qdisc_backlog) > 100", at(30));
    for (int epoch = 30; epoch < 45; epoch++) {
        pr.readings[6].values[PORT_COUNTER_QDISC_BACKLOG]
            = epoch == 36 ? 99 : epoch == 41 ? 200 : epoch == 43 ? 300 : 7;
        sample(&pr, epoch);
        sweep(&pr.rig, epoch + 1);
    }
    expect(&pr, "q 40 {\"in_port\":\"vm7\"} [300] 0; ");
    ports_rig_uninit(&pr);
}
END_TEST

/* A window of several intervals, in which the key needs to move once. */
START_TEST(test_window)
{
    struct ports_rig pr;

    ports_rig_init(&pr);
    rig_add(&pr.rig, "w", "on any by in_port over 3 when "
            "port(rx_dropped) >= 5 && port(rx_dropped)[-1] >= 0", at(0));
    start(&pr);
    for (int epoch = 1; epoch < 15; epoch++) {
        drop(&pr, 2, epoch == 8 ? 4 : epoch == 10 ? 1 : 0);
        drop(&pr, 3, epoch == 8 ? 4 : epoch == 11 ? 1 : 0);
        drop(&pr, 4, epoch == 2 ? 9 : 0);
        sample(&pr, epoch);
        sweep(&pr.rig, epoch + 1);
    }
    /* Windows begin with epoch 1; [-1] is defined from the second one on. */
    expect(&pr, "w 2 {\"in_port\":\"vm4\"} [9,9] 0; "
           "w 8 {\"in_port\":\"vm2\"} [5,4] 0; ");

    del(&pr, "w");
    rig_add(&pr.rig, "r", "on in_port=vm2 every 10ms over 2 when "
            "port(rx_dropped) > 0 report rising", at(15));
    for (int epoch = 15; epoch < 30; epoch++) {
        drop(&pr, 2, epoch == 20);
        sample(&pr, epoch);
        sweep(&pr.rig, epoch + 1);
    }
    /* The run of windows 20 and 21 clears with 22. */
    expect(&pr, "r 19 {} [1] 0; r 21 {} [0] 0; ");
    ports_rig_uninit(&pr);
}
END_TEST

/* A trigger on a bridge knows the bridge's ports alone. */
START_TEST(test_bridge)
{
    struct smap bridges = SMAP_INITIALIZER(&bridges);
    struct report *report;
    struct ports_rig pr;

    ports_rig_init(&pr);
    rig_add(&pr.rig, "br0/early",
            "on any by in_port when port(rx_dropped) > 0", at(0));
    rig_add(&pr.rig, "br0/silent", "on any when count() == 0 top 0", at(0));
    start(&pr);
    drop(&pr, 2, 1);
    sample(&pr, 1);
    sweep(&pr.rig, 2);
    expect_causes(&pr, "br0/silent}; ");
    del(&pr, "br0/silent");

    smap_add(&bridges, "vm1", "br0");
    smap_add(&bridges, "vm2", "br0");
    smap_add(&bridges, "vm3", "br1");
    monitor_set_bridges(pr.rig.monitor, &bridges);
    ck_assert_ptr_null(monitor_commit(pr.rig.monitor, at(2)));
    rig_add(&pr.rig, "br0/a", "on any when count() > 0", at(2));
    rig_add(&pr.rig, "z", "on any when count() > 0", at(2));
    sample(&pr, 2);
    sweep(&pr.rig, 3);
    for (int i = 1; i <= 4; i++) {
        drop(&pr, i, i);
    }
    give_flows(pr.scatter, at(3), 1, 1, 1);
    sample(&pr, 3);
    sweep(&pr.rig, 4);
    LIST_FOR_EACH (report, node, &pr.rig.reports) {
        if (!strcmp(report->trigger, "br0/a")) {
            ck_assert_uint_eq(report->causes->n, 2);
        } else if (!strcmp(report->trigger, "z")) {
            ck_assert_uint_eq(report->causes->n, 4);
        }
    }
    expect(&pr, "br0/a 3 {} [1] 1; "
           "br0/early 3 {\"in_port\":\"vm1\"} [1] 1; "
           "br0/early 3 {\"in_port\":\"vm2\"} [2] 0; z 3 {} [1] 1; ");
    smap_destroy(&bridges);
    ports_rig_uninit(&pr);
}
END_TEST

/* However late samples come, and the sweeper, nothing is lost, nothing is
 * counted twice, and each trigger agrees. */
START_TEST(test_late)
{
    static const char *const specs[] = {
        "on any by in_port when port(rx_dropped) > 0",
        "on any by in_port every 30ms when port(rx_dropped) > 0",
        "on in_port=vm1 every 70ms when port(rx_dropped) >= 0",
    };
    uint64_t sums[ARRAY_SIZE(specs)] = { 0 };
    uint64_t dropped = 0;
    struct ports_rig pr;
    struct report *report;
    uint64_t swept = 1;

    unit_seed();
    ports_rig_init(&pr);
    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        char name[2] = { '0' + i, '\0' };

        rig_add(&pr.rig, name, specs[i], at(0));
    }
    start(&pr);
    /* All observe from the same time: E0 + 20 is a multiple of 21. */
    for (uint64_t epoch = 1; epoch < 20; epoch++) {
        sample(&pr, epoch);
    }
    sweep(&pr.rig, 20);
    swept = 20;
    reports_destroy(&pr.rig.reports);

    for (uint64_t epoch = 20; epoch < 2000; epoch++) {
        uint64_t n = unit_random(2) ? unit_random(10) : 0;

        dropped += n;
        drop(&pr, 1, n);
        if (unit_random(4)) {
            uint64_t back = unit_random(3);

            sample(&pr, epoch > back + 20 ? epoch - back : epoch);
        }
        if (!unit_random(4)) {
            give_flows(pr.scatter, at(epoch), 1, 1, 1);
        }
        if (!unit_random(3)) {
            swept = epoch + 1;
            sweep(&pr.rig, swept);
        }
    }
    sample(&pr, 2000);
    for (uint64_t epoch = 2001; epoch < 2100; epoch++) {
        sample(&pr, epoch);
        sweep(&pr.rig, epoch + 1);
    }

    LIST_FOR_EACH (report, node, &pr.rig.reports) {
        sums[report->trigger[0] - '0'] += report->values[0];
    }
    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        ck_assert_msg(sums[i] == dropped, "%s: %"PRIu64" of %"PRIu64,
                      specs[i], sums[i], dropped);
    }
    ports_rig_uninit(&pr);
}
END_TEST

/* A late sample in the middle of a sweep. */
static void
drop_late(struct rig *rig)
{
    struct ports_rig *pr = CONTAINER_OF(rig, struct ports_rig, rig);

    rig->delivered = NULL;
    drop(pr, 1, 7);
    sample(pr, 1);
}

/* What was tested in a sweep is not tested again in the same sweep, because
 * another thread adds a sample of that time: it counts for what comes next. */
START_TEST(test_late_in_sweep)
{
    struct ports_rig pr;

    ports_rig_init(&pr);
    rig_add(&pr.rig, "t", "on any by in_port when port(rx_dropped) > 0",
            at(0));
    start(&pr);
    drop(&pr, 1, 4);
    sample(&pr, 1);
    pr.rig.delivered = drop_late;
    sweep(&pr.rig, 5);
    expect(&pr, "t 1 {\"in_port\":\"vm1\"} [4] 0; "
                "t 2 {\"in_port\":\"vm1\"} [7] 0; ");
    ports_rig_uninit(&pr);
}
END_TEST

START_TEST(test_causes)
{
    struct ports_rig pr;

    ports_rig_init(&pr);
    rig_add(&pr.rig, "all", "on any when count() > 0 top 0", at(0));
    start(&pr);
    drop(&pr, 2, 1);
    sample(&pr, 1);
    sweep(&pr.rig, 2);
    expect_causes(&pr, "");

    /* All ports, where no port is named. */
    drop(&pr, 2, 12);
    drop(&pr, 3, 13);
    pr.readings[1].values[PORT_COUNTER_TX_DROPPED] = 5;
    give_flows(pr.scatter, at(2), 1, 1, 1);
    sample(&pr, 2);
    sweep(&pr.rig, 3);
    expect_causes(&pr, "all,\"causes\":{\"vm3\":{\"rx_dropped\":13},"
                  "\"vm2\":{\"rx_dropped\":12,\"tx_dropped\":5}}}; ");

    /* Nothing moved. */
    give_flows(pr.scatter, at(3), 1, 1, 1);
    sample(&pr, 3);
    sweep(&pr.rig, 4);
    expect_causes(&pr, "all}; ");

    /* The port of the key, or that of the filter. */
    del(&pr, "all");
    rig_add(&pr.rig, "key", "on any by in_port,tp_src when count() > 0 "
            "top 0", at(4));
    sample(&pr, 4);
    sweep(&pr.rig, 5);
    drop(&pr, 1, 1);
    drop(&pr, 2, 2);
    give_flows(pr.scatter, at(5), 2, 1, 2);
    sample(&pr, 5);
    sweep(&pr.rig, 6);
    expect_causes(&pr, "key,\"causes\":{\"vm1\":{\"rx_dropped\":1}}}; "
                  "key,\"causes\":{\"vm1\":{\"rx_dropped\":1}}}; ");

    del(&pr, "key");
    rig_add(&pr.rig, "filter", "on in_port=vm2 when count() == 0 top 0",
            at(6));
    sample(&pr, 6);
    sweep(&pr.rig, 7);
    drop(&pr, 1, 1);
    drop(&pr, 2, 2);
    sample(&pr, 7);
    sweep(&pr.rig, 8);
    expect_causes(&pr, "filter,\"causes\":{\"vm2\":{\"rx_dropped\":2}}}; ");
    ports_rig_uninit(&pr);
}
END_TEST

/* Nobody samples for nobody, and memory is given back. */
START_TEST(test_wanted)
{
    struct sweep_status status;
    struct ports_rig pr;
    uint64_t before;

    ports_rig_init(&pr);
    ck_assert(!port_counters_are_wanted(pr.counters));
    rig_add(&pr.rig, "a", "on any when count() > 0", at(0));
    rig_add(&pr.rig, "b", "on any every 1s when count() > 0", at(0));
    ck_assert(port_counters_are_wanted(pr.counters));
    monitor_get_sweep_status(pr.rig.monitor, &status);
    before = status.memory_bytes;
    start(&pr);
    sample(&pr, 1);
    sweep(&pr.rig, 2);
    monitor_get_sweep_status(pr.rig.monitor, &status);
    ck_assert_uint_gt(status.memory_bytes, before);
    del(&pr, "a");
    ck_assert(port_counters_are_wanted(pr.counters));
    del(&pr, "b");
    ck_assert(!port_counters_are_wanted(pr.counters));
    monitor_get_sweep_status(pr.rig.monitor, &status);
    ck_assert_uint_eq(status.memory_bytes, before);
    ports_rig_uninit(&pr);

    const struct monitor_settings settings = {
        .epoch_us = EPOCH_US, .max_flows = 64, .replay = true,
    };
    struct monitor *replay = monitor_create(&settings, rig_deliver, &pr.rig);
    ck_assert_ptr_null(monitor_port_counters(replay));
    monitor_destroy(replay);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("port-triggers");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_by_port);
    tcase_add_test(tc, test_filter);
    tcase_add_test(tc, test_silence);
    tcase_add_test(tc, test_history);
    tcase_add_test(tc, test_window);
    tcase_add_test(tc, test_bridge);
    tcase_add_test(tc, test_late);
    tcase_add_test(tc, test_late_in_sweep);
    tcase_add_test(tc, test_causes);
    tcase_add_test(tc, test_wanted);
    suite_add_tcase(suite, tc);
    return suite;
}
