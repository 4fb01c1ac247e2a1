/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <stdio.h>
#include <sys/resource.h>

#include "tests/monitor-rig.h"

/* Triggers that come and go, and what a user may ask. */

static void
expect_error(char *error, const char *expected)
{
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error, expected);
    free(error);
}

/* Triggers. */

/* A trigger is observed from the first whole interval on, on flows that were
 * there before. */
START_TEST(test_add_in_mid_epoch)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    give_flows(scatter, at(0), 3, 1, 1);
    rig_add(&rig, "a", "on udp by tp_src when count() > 0", at(0));
    rig_add(&rig, "b", "on udp every 20ms when count() >= 0", at(0));
    give_flows(scatter, at(0), 3, 1, 1);
    for (uint64_t epoch = 1; epoch < 6; epoch++) {
        sweep(&rig, epoch);
        give_flows(scatter, at(epoch), epoch, 1, 1);
    }
    sweep(&rig, 6);
    rig_expect(&rig,
               "a 1 {\"tp_src\":1} [1] 1; a 2 {\"tp_src\":1} [2] 2; "
               "a 3 {\"tp_src\":1} [3] 3; b 2 {} [5] 5; "
               "a 4 {\"tp_src\":1} [4] 4; a 5 {\"tp_src\":1} [5] 5; "
               "b 4 {} [9] 9; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* A thread counts in an epoch by the table with which it began it. */
START_TEST(test_add_behind_packets)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    give_flows(scatter, at(1), 3, 1, 1);
    rig_add(&rig, "a", "on udp by tp_src when count() > 0", at(0));
    rig_add(&rig, "b", "on udp when count() >= 0", at(0));
    give_flows(scatter, at(1), 3, 1, 1);
    sweep(&rig, 2);
    give_flows(scatter, at(2), 4, 1, 1);
    sweep(&rig, 3);
    rig_expect(&rig, "a 2 {\"tp_src\":1} [4] 4; b 2 {} [4] 4; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* The caller's clock was read before epochs were closed: those are not
 * observed. */
START_TEST(test_add_late)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    sweep(&rig, 3);
    rig_add(&rig, "a", "on udp when count() >= 0", at(0));
    rig_add(&rig, "b", "on udp every 20ms when count() >= 0", at(0));
    give_flows(scatter, at(3), 2, 1, 1);
    sweep(&rig, 6);
    rig_expect(&rig, "a 3 {} [2] 2; a 4 {} [0] 0; a 5 {} [0] 0; "
               "b 4 {} [0] 0; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* The first sweep comes late. */
START_TEST(test_first_sweep_late)
{
    struct scatter *scatter;
    struct rig rig;

    rig_init(&rig, 64);
    rig_add(&rig, "a", "on udp when count() >= 0", at(0));
    scatter = monitor_add_thread(rig.monitor, "a");
    give_flows(scatter, at(1), 1, 1, 1);
    give_flows(scatter, at(2), 2, 1, 1);
    give_flows(scatter, at(3), 3, 1, 1);
    sweep(&rig, 4);
    rig_expect(&rig, "a 1 {} [1] 1; a 2 {} [2] 2; a 3 {} [3] 3; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* The first sweep and the first packets come when intervals have passed: those
 * were silent, and nothing is counted there. */
START_TEST(test_first_packets_late)
{
    struct scatter *scatter;
    struct rig rig;

    rig_init(&rig, 64);
    rig_add(&rig, "a", "on udp every 20ms when count() >= 0", at(0));
    rig_add(&rig, "b", "on udp by nw_dst every 20ms when count() > 0", at(0));
    scatter = monitor_add_thread(rig.monitor, "a");
    give_flows(scatter, at(4), 5, 1, 1);
    give_flows(scatter, at(5), 1, 1, 1);
    sweep(&rig, 6);
    rig_expect(&rig, "a 2 {} [0] 0; a 4 {} [6] 6; "
               "b 4 {\"nw_dst\":\"0.0.0.2\"} [6] 6; ");
    rig_stop(&rig, scatter);
}
END_TEST

START_TEST(test_mod_and_del)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "a", "on udp when count() > 0 && count()[-1] >= 0", T0 - 1);
    rig_add(&rig, "b", "on udp when count() > 1 && count()[-1] >= 0", T0 - 1);
    give_flows(scatter, at(0), 5, 1, 1);
    sweep(&rig, 1);
    give_flows(scatter, at(1), 4, 1, 1);

    /* "a" begins anew, "b" goes on. */
    ck_assert(!monitor_mod_trigger(rig.monitor, "a", "on udp when count() > 2",
                                   at(1)));
    sweep(&rig, 2);
    rig_expect(&rig, "b 1 {} [4,5] 4; ");
    give_flows(scatter, at(2), 3, 1, 1);
    sweep(&rig, 3);
    rig_expect(&rig, "a 2 {} [3] 3; b 2 {} [3,4] 3; ");

    /* With packets that were counted but not gathered. */
    give_flows(scatter, at(3), 3, 1, 1);
    ck_assert(!monitor_del_trigger(rig.monitor, "b", 0));
    sweep(&rig, 4);
    rig_expect(&rig, "a 3 {} [3] 3; ");
    ck_assert(!monitor_del_all_triggers(rig.monitor, 0));
    give_flows(scatter, at(4), 3, 1, 1);
    sweep(&rig, 5);
    rig_expect(&rig, "");
    rig_stop(&rig, scatter);
}
END_TEST

START_TEST(test_replace)
{
    const struct trigger_spec specs[] = {
        { .name = "keep", .spec = "on udp  when count()>0&&count()[-1]>=0" },
        { .name = "new", .spec = "on udp when count() == 2" },
        { .name = "other", .spec = "on udp when count() == 2" },
    };
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "keep", "on udp when count() > 0 && count()[-1] >= 0",
            T0 - 1);
    rig_add(&rig, "other", "on udp when count() > 0", T0 - 1);
    rig_add(&rig, "gone", "on udp when count() > 0", T0 - 1);
    give_flows(scatter, at(0), 5, 1, 1);
    sweep(&rig, 1);
    rig_expect(&rig, "gone 0 {} [5] 5; other 0 {} [5] 5; ");
    give_flows(scatter, at(1), 2, 1, 1);
    ck_assert(!monitor_replace_triggers(rig.monitor, specs, 3, at(1)));
    sweep(&rig, 2);
    rig_expect(&rig, "keep 1 {} [2,5] 2; ");
    give_flows(scatter, at(2), 2, 1, 1);
    sweep(&rig, 3);
    rig_expect(&rig, "keep 2 {} [2,2] 2; new 2 {} [2] 2; "
               "other 2 {} [2] 2; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* What is refused leaves all as it was. */
START_TEST(test_refused)
{
    const struct trigger_spec twice[] = {
        { .name = "x", .spec = "on udp when count() > 0" },
        { .name = "x", .spec = "on udp when count() > 1" },
    };
    const struct trigger_spec wrong[] = {
        { .name = "x", .spec = "on udp when count() > 0" },
        { .name = "y", .spec = "on udp when", .source = {
              .name = "f", .line = 7, .column = 4 } },
    };
    const struct trigger_spec unnamed[] = {
        { .name = "", .spec = "on udp when count() > 0" },
    };
    const char *spec = "on udp when count() > 0";
    struct scatter *scatter;
    struct rig rig;
    char name[80];
    char *error;

    scatter = rig_start(&rig);
    rig_add(&rig, "a", spec, T0 - 1);
    expect_error(monitor_add_trigger(rig.monitor, "a", spec, at(0)),
                 "there is a trigger 'a' already; modify or delete it, or "
                 "choose another name");
    expect_error(monitor_add_trigger(rig.monitor, "a b", spec, at(0)),
                 "'a b' is not a name for a trigger: 1 to 64 of A-Z a-z 0-9 "
                 "_ . -");
    memset(name, 'n', sizeof name);
    name[65] = '\0';
    error = monitor_add_trigger(rig.monitor, name, spec, at(0));
    ck_assert(error);
    free(error);
    expect_error(monitor_mod_trigger(rig.monitor, "b", spec, at(0)),
                 "there is no trigger 'b'");
    expect_error(monitor_del_trigger(rig.monitor, "b", 0),
                 "there is no trigger 'b'");
    expect_error(monitor_replace_triggers(rig.monitor, twice, 2, at(0)),
                 "trigger 'x' is given twice");
    error = monitor_replace_triggers(rig.monitor, wrong, 2, at(0));
    ck_assert(error && !strncmp(error, "f:7:", 4));
    free(error);
    error = monitor_replace_triggers(rig.monitor, unnamed, 1, at(0));
    ck_assert(error);
    free(error);
    error = monitor_mod_trigger(rig.monitor, "a", "on udp when bytes", at(0));
    ck_assert(error);
    free(error);
    error = monitor_add_trigger(rig.monitor, "b",
                                "on udp every 15ms when count() > 0", at(0));
    ck_assert(error);
    free(error);

    give_flows(scatter, at(0), 5, 1, 1);
    sweep(&rig, 1);
    rig_expect(&rig, "a 0 {} [5] 5; ");
    rig_stop(&rig, scatter);
}
END_TEST

#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
/* A set that cannot be published leaves the old one in force. */
START_TEST(test_out_of_memory)
{
    struct scatter *a, *b;
    struct rlimit limit;
    struct rig rig;
    unsigned long pages = 0;
    uint64_t epoch = 0;
    char *error, *s;
    FILE *statm;

    rig_init(&rig, 1u << 17);
    sweep(&rig, 0);
    a = monitor_add_thread(rig.monitor, "a");
    b = monitor_add_thread(rig.monitor, "b");
    rig_add(&rig, "a", "on udp when count() > 0", T0 - 1);
    give_flows(a, at(0), 5, 1, 1);

    statm = fopen("/proc/self/statm", "r");
    ck_assert(statm && fscanf(statm, "%lu", &pages) == 1);
    fclose(statm);
    getrlimit(RLIMIT_AS, &limit);
    for (size_t mib = 1; mib < 40; mib++) {
        struct rlimit low = limit;

        low.rlim_cur = pages * 4096 + (mib << 20);
        setrlimit(RLIMIT_AS, &low);
        error = monitor_add_trigger(rig.monitor, "b",
                                    "on udp when count() > 1", at(0));
        setrlimit(RLIMIT_AS, &limit);
        if (!error) {
            ck_assert_uint_gt(mib, 1);
            break;
        }
        expect_error(error, "out of memory; the triggers are unchanged");
        give_flows(a, at(epoch), 1, 1, 1);
        give_flows(b, at(epoch), 1, 1, 1);
        epoch++;
        sweep(&rig, epoch);
        s = xasprintf("a %"PRIu64" {} [%d] %d; ", epoch - 1,
                      epoch == 1 ? 7 : 2, epoch == 1 ? 7 : 2);
        rig_expect(&rig, s);
        free(s);
    }
    ck_assert_uint_gt(epoch, 0);
    sweep(&rig, 50);
    rig_expect(&rig, "");
    give_flows(a, at(50), 3, 1, 1);
    give_flows(b, at(50), 3, 1, 1);
    sweep(&rig, 51);
    rig_expect(&rig, "a 50 {} [6] 6; b 50 {} [6] 6; ");
    monitor_remove_thread(rig.monitor, a);
    rig_stop(&rig, b);
}
END_TEST
#endif

/* Without a granularity, silence is observed. */
START_TEST(test_silence)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "quiet", "on udp every 20ms when count() == 0", T0 - 1);
    rig_add(&rig, "ends", "on udp when count() == 0 && count()[-1] > 0",
            T0 - 1);
    rig_add(&rig, "keys", "on udp by tp_src when count() == 0", T0 - 1);
    sweep(&rig, 4);
    give_flows(scatter, at(5), 2, 1, 2);
    sweep(&rig, 7);
    rig_expect(&rig, "quiet 0 {} [0] 0; quiet 2 {} [0] 0; "
               "ends 6 {} [0,2] 0; ");
    sweep(&rig, 1000007);
    give_flows(scatter, at(1000007), 2, 1, 2);
    sweep(&rig, 1000009);
    struct report *report;
    size_t n = 0;
    LIST_FOR_EACH (report, node, &rig.reports) {
        n += !strcmp(report->trigger, "quiet");
    }
    ck_assert_uint_eq(n, 500000);
    ck_assert_uint_eq(ovs_list_size(&rig.reports), 500001);
    rig_stop(&rig, scatter);
}
END_TEST

/* Packets that come late count in the epoch that is open; a sweep does not go
 * back either. */
START_TEST(test_time_goes_back)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "a", "on udp when count() >= 0", T0 - 1);
    give_flows(scatter, at(0), 1, 1, 1);
    sweep(&rig, 2);
    rig_expect(&rig, "a 0 {} [1] 1; a 1 {} [0] 0; ");
    give_flows(scatter, at(0), 2, 1, 1);
    sweep(&rig, 1);
    give_flows(scatter, at(3), 3, 1, 1);
    give_flows(scatter, at(2), 4, 1, 1);
    sweep(&rig, 0);
    rig_expect(&rig, "");
    sweep(&rig, 4);
    rig_expect(&rig, "a 2 {} [2] 2; a 3 {} [7] 7; ");
    ck_assert_uint_eq(monitor_next_sweep_us(rig.monitor, at(4)),
                      T0 + 5 * EPOCH_US);
    rig_stop(&rig, scatter);
}
END_TEST

START_TEST(test_keys_full)
{
    struct scatter *scatter;
    struct ledger ledger;
    size_t n_full = 0, n_reports = 0;
    struct report *report;
    struct rig rig;

    rig_init(&rig, 64);
    sweep(&rig, 0);
    scatter = monitor_add_thread(rig.monitor, "a");
    for (int i = 0; i < 80; i++) {
        char name[16];

        snprintf(name, sizeof name, "t%d", i);
        rig_add(&rig, name, "on udp by tp_src when count() > 0", T0 - 1);
    }
    give_flows(scatter, at(0), 60, 1, 60);
    sweep(&rig, 1);
    LIST_FOR_EACH (report, node, &rig.reports) {
        n_reports++;
        n_full += (report->why & 1u << CAUSE_KEYS_FULL) != 0;
    }
    ck_assert_uint_eq(n_reports, 64 * 64);
    ck_assert_uint_gt(n_full, 0);
    ledger = rig_ledger(&rig);
    ck_assert_uint_ge(ledger.counted, 4096 / 80);
    rig_stop(&rig, scatter);
}
END_TEST

START_TEST(test_mark_incomplete)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "a", "on udp when count() >= 0", T0 - 1);
    monitor_mark_incomplete(rig.monitor, CAUSE_RESTART, false);
    sweep(&rig, 2);
    rig_expect(&rig, "a 0 {} [0] 0 restart; a 1 {} [0] 0; ");
    monitor_mark_incomplete(rig.monitor, CAUSE_OFFLOADED, true);
    sweep(&rig, 4);
    rig_expect(&rig, "a 2 {} [0] 0 offloaded; a 3 {} [0] 0 offloaded; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* What a user may ask. */

START_TEST(test_list)
{
    struct trigger_status *status;
    struct sweep_status sweeps;
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    ck_assert_uint_eq(monitor_list_triggers(rig.monitor, &status), 0);
    trigger_status_destroy(status, 0);
    rig_add(&rig, "b", "on udp by tp_src when count() > 2", T0 - 1);
    rig_add(&rig, "a", "on udp,tp_dst=80 by tp_src when count() > 99", T0 - 1);
    rig_add(&rig, "c", "on tcp by tp_src when count() > 99", T0 - 1);
    give_flows(scatter, at(0), 7, 1, 3);
    sweep(&rig, 1);
    give_flows(scatter, at(1), 4, 1, 4);
    sweep(&rig, 2);
    ck_assert_uint_eq(monitor_list_triggers(rig.monitor, &status), 3);
    ck_assert_str_eq(status[0].name, "a");
    ck_assert_uint_eq(status[0].packets, 11);
    ck_assert_uint_eq(status[0].keys, 4);
    ck_assert_uint_eq(status[0].fired, 0);
    ck_assert_uint_eq(status[0].last_fired_us, 0);
    ck_assert_str_eq(status[1].name, "b");
    ck_assert_uint_eq(status[1].fired, 1);
    ck_assert_uint_eq(status[1].last_fired_us, T0);
    ck_assert_str_eq(status[2].name, "c");
    ck_assert_uint_eq(status[2].packets, 0);
    trigger_status_destroy(status, 3);

    monitor_get_sweep_status(rig.monitor, &sweeps);
    ck_assert_uint_eq(sweeps.sweeps, 3);
    ck_assert_uint_eq(sweeps.overruns, 0);
    ck_assert_uint_eq(sweeps.reports, 1);
    ck_assert_uint_eq(sweeps.triggers, 3);
    ck_assert_uint_eq(sweeps.patterns, 2);
    ck_assert_uint_eq(sweeps.keys, 8);
    ck_assert_uint_gt(sweeps.memory_bytes, 0);
    rig_stop(&rig, scatter);
}
END_TEST

static void
expect_dump(struct rig *rig, const char *name, size_t top,
            const char *expected)
{
    struct ovs_list reports = OVS_LIST_INITIALIZER(&reports);
    struct report *report;
    uint64_t last = UINT64_MAX;
    char *s;

    ck_assert(!monitor_dump_keys(rig->monitor, name, top, &reports));
    LIST_FOR_EACH (report, node, &reports) {
        ck_assert_int_eq(report->type, REPORT_OBSERVED);
        ck_assert_uint_le(report->packets, last);
        last = report->packets;
    }
    s = reports_take(&reports);
    ck_assert_str_eq(s, expected);
    free(s);
}

START_TEST(test_dump_keys)
{
    struct ovs_list reports = OVS_LIST_INITIALIZER(&reports);
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "k", "on udp by tp_src when count() > 9", T0 - 1);
    rig_add(&rig, "n", "on udp when count() > 9 || count()[-1] > 9", T0 - 1);
    expect_error(monitor_dump_keys(rig.monitor, "x", 0, &reports),
                 "there is no trigger 'x'");
    expect_dump(&rig, "k", 0, "");
    expect_dump(&rig, "n", 0, "");
    give_flows(scatter, at(0), 5, 1, 3);
    expect_dump(&rig, "k", 0, "");
    sweep(&rig, 1);
    expect_dump(&rig, "k", 0, "k 0 {\"tp_src\":1} [2] 2; "
                "k 0 {\"tp_src\":2} [2] 2; k 0 {\"tp_src\":3} [1] 1; ");
    expect_dump(&rig, "k", 2, "k 0 {\"tp_src\":1} [2] 2; "
                "k 0 {\"tp_src\":2} [2] 2; ");
    expect_dump(&rig, "n", 0, "n 0 {} [5,null] 5; ");

    /* The running interval, of which an epoch was gathered, does not
     * disturb. */
    rig_add(&rig, "w", "on udp by tp_src every 20ms when count() > 9", at(0));
    give_flows(scatter, at(1), 1, 3, 1);
    sweep(&rig, 2);
    expect_dump(&rig, "k", 0, "k 1 {\"tp_src\":3} [1] 1; ");
    expect_dump(&rig, "n", 0, "n 1 {} [1,5] 1; ");
    give_flows(scatter, at(2), 5, 3, 1);
    sweep(&rig, 4);
    give_flows(scatter, at(4), 7, 3, 1);
    sweep(&rig, 5);
    expect_dump(&rig, "w", 0, "w 2 {\"tp_src\":3} [5] 5; ");
    expect_dump(&rig, "k", 0, "k 4 {\"tp_src\":3} [7] 7; ");
    ck_assert(!monitor_del_trigger(rig.monitor, "w", 0));
    sweep(&rig, 9);
    expect_dump(&rig, "k", 0, "k 4 {\"tp_src\":3} [7] 7; ");
    monitor_set_observe(rig.monitor, 2);
    give_flows(scatter, at(9), 5, 1, 3);
    sweep(&rig, 10);
    rig_expect(&rig, "k 9 {\"tp_src\":1} [2] 2; k 9 {\"tp_src\":2} [2] 2; "
               "n 9 {} [5,0] 5; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* Triggers that share keys fire each at its own threshold. */
START_TEST(test_thresholds)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "a", "on udp by 5tuple when count() >= 3", T0 - 1);
    rig_add(&rig, "b", "on udp by 5tuple when count() > 5", T0 - 1);
    rig_add(&rig, "c", "on udp by 5tuple when 5 < count()", T0 - 1);
    give_flows(scatter, at(0), 2, 1, 1);
    sweep(&rig, 1);
    rig_expect(&rig, "");
    give_flows(scatter, at(1), 3, 1, 1);
    sweep(&rig, 2);
    rig_expect(&rig, "a 1 {\"nw_src\":\"0.0.0.0\",\"nw_dst\":\"0.0.0.2\","
               "\"nw_proto\":17,\"tp_src\":1,\"tp_dst\":80} [3] 3; ");
    give_flows(scatter, at(2), 5, 2, 1);
    give_flows(scatter, at(2), 6, 3, 1);
    sweep(&rig, 3);
    rig_expect(&rig, "a 2 {\"nw_src\":\"0.0.0.0\",\"nw_dst\":\"0.0.0.2\","
               "\"nw_proto\":17,\"tp_src\":2,\"tp_dst\":80} [5] 5; "
               "a 2 {\"nw_src\":\"0.0.0.0\",\"nw_dst\":\"0.0.0.2\","
               "\"nw_proto\":17,\"tp_src\":3,\"tp_dst\":80} [6] 6; "
               "b 2 {\"nw_src\":\"0.0.0.0\",\"nw_dst\":\"0.0.0.2\","
               "\"nw_proto\":17,\"tp_src\":3,\"tp_dst\":80} [6] 6; "
               "c 2 {\"nw_src\":\"0.0.0.0\",\"nw_dst\":\"0.0.0.2\","
               "\"nw_proto\":17,\"tp_src\":3,\"tp_dst\":80} [6] 6; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* The last keys of a trigger stay although others go on with the same keys. */
START_TEST(test_dump_shared)
{
    static const char expected[] =
        "k 0 {\"nw_src\":\"0.0.0.0\",\"nw_dst\":\"0.0.0.2\","
        "\"nw_proto\":17,\"tp_src\":1,\"tp_dst\":80} [2] 2; ";
    struct trigger_status *status;
    struct sweep_status sweeps;
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "k", "on udp,tp_src=1 by 5tuple when count() > 9", T0 - 1);
    rig_add(&rig, "n", "on udp by 5tuple when count() > 9", T0 - 1);
    give_flows(scatter, at(0), 2, 1, 1);
    for (uint64_t e = 1; e < 300; e++) {
        sweep(&rig, e);
        expect_dump(&rig, "k", 0, expected);
        give_flows(scatter, at(e), 5, 2, 3);
    }
    ck_assert_uint_eq(monitor_list_triggers(rig.monitor, &status), 2);
    ck_assert_uint_eq(status[0].keys, 1);
    ck_assert_uint_eq(status[0].packets, 2);
    ck_assert_uint_eq(status[1].keys, 3);
    ck_assert_uint_eq(status[1].packets, 2 + 298 * 5);
    trigger_status_destroy(status, 2);

    /* Not for ever. */
    for (uint64_t e = 300; e < 1500; e++) {
        sweep(&rig, e);
        give_flows(scatter, at(e), 5, 2, 3);
    }
    expect_dump(&rig, "k", 0, "");
    monitor_get_sweep_status(rig.monitor, &sweeps);
    ck_assert_uint_eq(sweeps.keys, 3);
    rig_stop(&rig, scatter);
}
END_TEST

START_TEST(test_trace)
{
    struct flow_fields fields = {
        .dl_type = 0x0800, .nw_proto = 17, .tp_src = 7, .tp_dst = 80,
        .has = FLOW_HAS_IPV4, .src = { [12] = 10, 0, 0, 1 },
    };
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    monitor_trace(rig.monitor, &fields, &ds);
    ck_assert_str_eq(ds_cstr(&ds), "no triggers\n");
    ds_clear(&ds);
    rig_add(&rig, "a", "on udp by tp_src when count() > 9", T0 - 1);
    rig_add(&rig, "b", "on udp,nw_src=10.0.0.2,tp_dst=80 when count() > 9",
            T0 - 1);
    rig_add(&rig, "c", "on udp by vlan_vid when count() > 9", T0 - 1);
    rig_add(&rig, "d", "on ipv6 when count() > 9", T0 - 1);
    monitor_trace(rig.monitor, &fields, &ds);
    ck_assert_str_eq(ds_cstr(&ds),
                     "a: matches, key {\"tp_src\":7}\n"
                     "b: no match, the flow is not ip,nw_src=10.0.0.2\n"
                     "c: matches, but has no key: the flow lacks a field of "
                     "vlan_vid\n"
                     "d: no match, the flow is not ipv6\n");
    ds_destroy(&ds);
    rig_stop(&rig, scatter);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("monitor");
    TCase *tc;

    tc = tcase_create("triggers");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_add_in_mid_epoch);
    tcase_add_test(tc, test_add_behind_packets);
    tcase_add_test(tc, test_add_late);
    tcase_add_test(tc, test_first_sweep_late);
    tcase_add_test(tc, test_first_packets_late);
    tcase_add_test(tc, test_mod_and_del);
    tcase_add_test(tc, test_replace);
    tcase_add_test(tc, test_refused);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    tcase_add_test(tc, test_out_of_memory);
#endif
    tcase_add_test(tc, test_silence);
    tcase_add_test(tc, test_time_goes_back);
    tcase_add_test(tc, test_keys_full);
    tcase_add_test(tc, test_mark_incomplete);
    suite_add_tcase(suite, tc);

    tc = tcase_create("figures");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_list);
    tcase_add_test(tc, test_dump_keys);
    tcase_add_test(tc, test_dump_shared);
    tcase_add_test(tc, test_thresholds);
    tcase_add_test(tc, test_trace);
    suite_add_tcase(suite, tc);
    return suite;
}
