/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/owner.h"
#include "smap.h"
#include "tests/monitor-rig.h"

/* Owners, bridges, staged changes and queries of the past. */

#define UDP "on udp when count() > 0"

/* Stages a trigger of 'owner' and returns what came of it. */
static enum stage_error
stage(struct rig *rig, enum stage_op op, const char *owner, const char *name,
      const char *text)
{
    struct trigger_spec spec = { .name = name, .spec = text, .owner = owner };
    enum stage_error code;
    char *error = monitor_stage(rig->monitor, op, &spec, &code);

    ck_assert_int_eq(!error, code == STAGE_OK);
    free(error);
    return code;
}

static enum stage_error
unstage(struct rig *rig, const char *owner, const char *name)
{
    enum stage_error code;
    char *error = monitor_stage_removal(rig->monitor, name, owner, &code);

    ck_assert_int_eq(!error, code == STAGE_OK);
    free(error);
    return code;
}

/* Ids. */

START_TEST(test_ids)
{
    char long_bridge[TRIGGER_BRIDGE_MAX + 4];
    char bridge[TRIGGER_BRIDGE_MAX + 1];

    ck_assert(trigger_id_is_valid("a"));
    ck_assert(trigger_id_is_valid("br0/a"));
    ck_assert(trigger_id_is_valid("br:0/a"));
    ck_assert(!trigger_id_is_valid(""));
    ck_assert(!trigger_id_is_valid("/a"));
    ck_assert(!trigger_id_is_valid("br0/"));
    ck_assert(!trigger_id_is_valid("br0/a/b"));
    ck_assert(!trigger_id_is_valid("br 0/a"));
    ck_assert(!trigger_id_is_valid("br\"0/a"));
    ck_assert(!trigger_id_is_valid("br0/a b"));

    memset(long_bridge, 'b', sizeof long_bridge);
    strcpy(&long_bridge[TRIGGER_BRIDGE_MAX], "/a");
    ck_assert(trigger_id_is_valid(long_bridge));
    strcpy(&long_bridge[TRIGGER_BRIDGE_MAX], "b/a");
    ck_assert(!trigger_id_is_valid(long_bridge));

    ck_assert_str_eq(trigger_id_name("br0/a"), "a");
    ck_assert_str_eq(trigger_id_name("a"), "a");
    trigger_id_get_bridge("br0/a", bridge);
    ck_assert_str_eq(bridge, "br0");
    trigger_id_get_bridge("a", bridge);
    ck_assert_str_eq(bridge, "");
}
END_TEST

/* Staging. */

START_TEST(test_commit)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    ck_assert(!monitor_n_staged(rig.monitor));
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "a", UDP), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "b", UDP), STAGE_OK);
    ck_assert(monitor_n_staged(rig.monitor));

    /* Not in force yet, but all the rest is. */
    give_flows(scatter, at(0), 1, 1, 1);
    sweep(&rig, 1);
    rig_expect(&rig, "");
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "a", UDP), STAGE_EXISTS);
    ck_assert_int_eq(unstage(&rig, "x", "b"), STAGE_OK);
    ck_assert_int_eq(unstage(&rig, "x", "b"), STAGE_UNKNOWN);

    ck_assert(!monitor_commit(rig.monitor, at(1)));
    ck_assert(!monitor_n_staged(rig.monitor));
    give_flows(scatter, at(1), 1, 1, 1);
    sweep(&rig, 2);
    rig_expect(&rig, "");
    give_flows(scatter, at(2), 2, 1, 1);
    sweep(&rig, 3);
    rig_expect(&rig, "a 2 {} [2] 2; ");

    /* A removed one is gone at once. */
    give_flows(scatter, at(3), 2, 1, 1);
    ck_assert_int_eq(unstage(&rig, "x", "a"), STAGE_OK);
    sweep(&rig, 4);
    rig_expect(&rig, "");
    ck_assert(!monitor_commit(rig.monitor, at(4)));
    rig_stop(&rig, scatter);
}
END_TEST

/* What the operator does commits all, also without the others' changes. */
START_TEST(test_commit_by_operator)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "a", UDP), STAGE_OK);
    rig_add(&rig, "b", UDP, at(0));
    ck_assert(!monitor_n_staged(rig.monitor));
    ck_assert(!monitor_del_all_triggers(rig.monitor, at(0)));
    give_flows(scatter, at(1), 2, 1, 1);
    sweep(&rig, 2);
    rig_expect(&rig, "a 1 {} [2] 2; ");
    rig_stop(&rig, scatter);
}
END_TEST

START_TEST(test_put)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    ck_assert_int_eq(stage(&rig, STAGE_MODIFY, "x", "a", UDP), STAGE_UNKNOWN);
    ck_assert_int_eq(stage(&rig, STAGE_PUT, "x", "a", UDP), STAGE_OK);
    ck_assert(!monitor_commit(rig.monitor, T0 - 1));
    ck_assert_int_eq(stage(&rig, STAGE_PUT, "x", "a", UDP), STAGE_OK);
    ck_assert(!monitor_n_staged(rig.monitor));
    ck_assert_int_eq(stage(&rig, STAGE_PUT, "x", "a",
                           "on udp when count() > 1"), STAGE_OK);
    ck_assert(monitor_n_staged(rig.monitor));
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "b", "on udp when"),
                     STAGE_BAD_SPEC);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "b/", UDP), STAGE_BAD_NAME);
    rig_stop(&rig, scatter);
}
END_TEST

/* Owners. */

START_TEST(test_owners)
{
    struct scatter *scatter;
    struct rig rig;
    char *error;

    scatter = rig_start(&rig);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "a", UDP), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "y", "br0/a", UDP), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "y", "br1/a", UDP), STAGE_OK);
    rig_add(&rig, "b", UDP, at(0));

    /* Nobody changes what another one has. */
    ck_assert_int_eq(stage(&rig, STAGE_MODIFY, "y", "a", UDP),
                     STAGE_NOT_OWNER);
    ck_assert_int_eq(stage(&rig, STAGE_PUT, "y", "b", UDP), STAGE_NOT_OWNER);
    ck_assert_int_eq(unstage(&rig, "y", "a"), STAGE_NOT_OWNER);
    error = monitor_mod_trigger(rig.monitor, "a", UDP, at(0));
    ck_assert_str_eq(error, "trigger 'a' belongs to x, who alone can "
                     "change it");
    free(error);
    error = monitor_del_trigger(rig.monitor, "a", at(0));
    ck_assert(error);
    free(error);

    ck_assert_uint_eq(monitor_stage_removals(rig.monitor, "y", "br0"), 1);
    ck_assert_uint_eq(monitor_stage_removals(rig.monitor, "y", NULL), 1);
    ck_assert_uint_eq(monitor_stage_removals(rig.monitor, "z", NULL), 0);
    ck_assert_int_eq(unstage(&rig, NULL, "a"), STAGE_OK);
    rig_stop(&rig, scatter);
}
END_TEST

START_TEST(test_quotas)
{
    const struct quotas quotas = {
        .triggers = 2, .patterns = 1, .reports = 9
    };
    const char *tcp = "on tcp when count() > 1";
    const char *in = "on in_port=p1 when count() > 1";
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    monitor_set_quotas(rig.monitor, &quotas);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "a", UDP), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "b", in),
                     STAGE_QUOTA_PATTERNS);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "y", "b", in), STAGE_OK);

    /* The only one with the pattern may take another; then it may not. */
    ck_assert_int_eq(stage(&rig, STAGE_MODIFY, "x", "a", in), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_MODIFY, "x", "a", UDP), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "c", tcp), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_MODIFY, "x", "a", in),
                     STAGE_QUOTA_PATTERNS);

    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "d", UDP),
                     STAGE_QUOTA_TRIGGERS);
    ck_assert_int_eq(stage(&rig, STAGE_MODIFY, "x", "c", UDP), STAGE_OK);
    ck_assert_int_eq(unstage(&rig, "x", "a"), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "d", UDP), STAGE_OK);

    /* The operator has none. */
    for (int i = 0; i < 5; i++) {
        char name[2] = { 'p' + i, '\0' };

        rig_add(&rig, name, i % 2 ? in : UDP, at(0));
    }
    rig_stop(&rig, scatter);
}
END_TEST

static struct trigger_status
get_status(struct rig *rig, const char *name)
{
    struct trigger_status *status, found = { .packets = UINT64_MAX };
    size_t n = monitor_list_triggers(rig->monitor, &status);

    for (size_t i = 0; i < n; i++) {
        if (!strcmp(status[i].name, name)) {
            found = status[i];
        }
    }
    trigger_status_destroy(status, n);
    return found;
}

/* Reports beyond the quota are counted, and the sequence has a gap. */
START_TEST(test_report_quota)
{
    const struct quotas quotas = {
        .triggers = 10, .patterns = 10, .reports = 2
    };
    const struct report *last;
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    monitor_set_quotas(rig.monitor, &quotas);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "x",
                           "on udp by tp_src when count() > 0"), STAGE_OK);
    ck_assert(!monitor_commit(rig.monitor, T0 - 1));
    rig_add(&rig, "z", "on udp every 20ms when count() > 0", T0 - 1);

    give_flows(scatter, at(0), 5, 1, 5);
    sweep(&rig, 2);
    ck_assert_uint_eq(get_status(&rig, "x").fired, 5);
    ck_assert_uint_eq(get_status(&rig, "x").suppressed, 3);
    ck_assert_uint_eq(get_status(&rig, "z").suppressed, 0);
    ck_assert_uint_eq(ovs_list_size(&rig.reports), 3);
    last = CONTAINER_OF(ovs_list_back(&rig.reports), struct report, node);
    ck_assert_str_eq(last->trigger, "z");
    ck_assert_uint_eq(last->seq, 6);
    rig_stop(&rig, scatter);
}
END_TEST

/* Starts with 'quotas' and the triggers a and b of owner x, and c of the
 * operator, which report each flow. */
static struct scatter *
start_reporting(struct rig *rig, const struct quotas *quotas)
{
    struct scatter *scatter = rig_start(rig);

    monitor_set_quotas(rig->monitor, quotas);
    for (char name[] = "a"; name[0] <= 'c'; name[0]++) {
        ck_assert_int_eq(stage(rig, STAGE_ADD, name[0] == 'c' ? "" : "x", name,
                               "on udp by tp_src when count() > 0"),
                         STAGE_OK);
    }
    ck_assert(!monitor_commit(rig->monitor, T0 - 1));
    return scatter;
}

static struct suppressed_reports
get_suppressed(struct rig *rig)
{
    struct sweep_status status;

    monitor_get_sweep_status(rig->monitor, &status);
    return status.suppressed;
}

/* A trigger that is true for every flow makes so many reports in a second, the
 * operator's too; each of the others is counted once, and goes on later. */
START_TEST(test_trigger_reports)
{
    const struct quotas quotas = {
        .triggers = 10, .patterns = 10, .reports = 1000,
        .trigger_reports = 20,
    };
    uint64_t n_suppressed = 0;
    struct scatter *scatter;
    struct rig rig;

    scatter = start_reporting(&rig, &quotas);
    give_flows(scatter, at(0), 50, 1, 50);
    sweep(&rig, 1);
    for (char name[] = "a"; name[0] <= 'c'; name[0]++) {
        ck_assert_uint_eq(get_status(&rig, name).fired, 50);

        /* On a slow machine tokens come back meanwhile. */
        ck_assert_uint_le(get_status(&rig, name).suppressed, 30);
        ck_assert_uint_gt(get_status(&rig, name).suppressed, 0);
        n_suppressed += get_status(&rig, name).suppressed;
    }
    ck_assert_uint_eq(get_suppressed(&rig).of_trigger, n_suppressed);
    ck_assert_uint_eq(get_suppressed(&rig).of_owner, 0);
    ck_assert_uint_eq(get_suppressed(&rig).of_all, 0);
    ck_assert_uint_eq(ovs_list_size(&rig.reports), 150 - n_suppressed);

    /* Tokens come back. */
    reports_destroy(&rig.reports);
    xnanosleep(200 * 1000000);
    give_flows(scatter, at(1), 2, 1, 2);
    sweep(&rig, 2);
    ck_assert_uint_eq(ovs_list_size(&rig.reports), 6);
    rig_stop(&rig, scatter);
}
END_TEST

/* The same for all together. */
START_TEST(test_all_reports)
{
    const struct quotas quotas = {
        .triggers = 10, .patterns = 10, .reports = 60, .all_reports = 90,
    };
    struct suppressed_reports suppressed;
    const struct report *last;
    struct scatter *scatter;
    struct rig rig;

    scatter = start_reporting(&rig, &quotas);
    give_flows(scatter, at(0), 50, 1, 50);
    sweep(&rig, 1);
    suppressed = get_suppressed(&rig);
    ck_assert_uint_eq(suppressed.of_trigger, 0);
    ck_assert_uint_le(suppressed.of_owner, 40);
    ck_assert_uint_gt(suppressed.of_owner, 0);
    ck_assert_uint_le(suppressed.of_all, 20);
    ck_assert_uint_gt(suppressed.of_all, 0);
    ck_assert_uint_eq(ovs_list_size(&rig.reports),
                      150 - suppressed.of_owner - suppressed.of_all);

    /* Each left a gap. */
    reports_destroy(&rig.reports);
    xnanosleep(200 * 1000000);
    give_flows(scatter, at(1), 1, 1, 1);
    sweep(&rig, 2);
    last = CONTAINER_OF(ovs_list_back(&rig.reports), struct report, node);
    ck_assert_uint_eq(last->seq, 153);
    rig_stop(&rig, scatter);
}
END_TEST

/* Patterns of all owners together, those of the operator included, and however
 * they come. */
START_TEST(test_all_patterns)
{
    const struct quotas quotas = {
        .triggers = 10, .patterns = 10, .reports = 1000, .all_patterns = 3,
    };
    const char *in = "on in_port=p1 when count() > 1";
    const char *vlan = "on dl_vlan=1 when count() > 1";
    struct trigger_spec specs[4] = {
        { .name = "a", .spec = "on tcp,tp_dst=1 when count() > 0" },
        { .name = "b", .spec = "on tcp,tp_src=1 when count() > 0" },
        { .name = "c", .spec = "on tcp when count() > 0" },
        { .name = "d", .spec = "on ip when count() > 0" },
    };
    struct scatter *scatter;
    struct rig rig;
    char *error;

    scatter = rig_start(&rig);
    monitor_set_quotas(rig.monitor, &quotas);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "u", UDP), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "y", "v", in), STAGE_OK);
    rig_add(&rig, "o", "on tcp,tp_dst=80 when count() > 1", at(0));
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "y", "w", vlan),
                     STAGE_QUOTA_PATTERNS);
    ck_assert_int_eq(unstage(&rig, "y", "v"), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "y", "w", vlan), STAGE_OK);
    ck_assert_int_eq(unstage(&rig, "y", "w"), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "y", "v", in), STAGE_OK);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "y", "w", UDP), STAGE_OK);
    error = monitor_add_trigger(rig.monitor, "p", vlan, at(0));
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error, "all triggers together would have more than 3 "
                     "patterns (distinct sets of fields); use the fields of "
                     "another trigger or raise trumpet-max-patterns");
    free(error);
    rig_add(&rig, "p", in, at(0));

    /* One in place of another. */
    error = monitor_mod_trigger(rig.monitor, "o", vlan, at(0));
    ck_assert_ptr_null(error);
    ck_assert_int_eq(stage(&rig, STAGE_MODIFY, "y", "v", UDP), STAGE_OK);
    error = monitor_del_trigger(rig.monitor, "p", at(0));
    ck_assert_ptr_null(error);
    ck_assert_int_eq(stage(&rig, STAGE_ADD, "x", "z", in), STAGE_OK);

    /* All of the operator's at once; x and y have two. */
    error = monitor_replace_triggers(rig.monitor, specs, 2, at(1));
    ck_assert_ptr_nonnull(error);
    free(error);
    ck_assert_uint_eq(get_status(&rig, "o").packets, 0);
    ck_assert(!monitor_replace_triggers(rig.monitor, specs, 1, at(1)));
    rig_stop(&rig, scatter);
}
END_TEST

/* Bridges. */

static void
set_bridge(struct rig *rig, const char *port, const char *bridge)
{
    struct smap bridges = SMAP_CONST1(&bridges, port, bridge);

    monitor_set_bridges(rig->monitor, &bridges);
    ck_assert(!monitor_commit(rig->monitor, 0));
}

/* A trigger of a bridge sees its ports' packets only, also of flows that are
 * known when a port moves. */
START_TEST(test_bridges)
{
    struct flow_fields fields = { .in_port = 1, .dl_type = 0x0800,
                                  .nw_proto = IPPROTO_UDP };
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "all", "on udp when count() > 0", T0 - 1);
    rig_add(&rig, "br0/a", "on udp when count() > 0", T0 - 1);
    rig_add(&rig, "br1/a", "on udp when count() > 0", T0 - 1);
    give_flows(scatter, at(0), 1, 1, 1);
    sweep(&rig, 1);
    rig_expect(&rig, "all 0 {} [1] 1; ");

    set_bridge(&rig, "p1", "br0");
    give_flows(scatter, at(1), 2, 1, 1);
    sweep(&rig, 2);
    rig_expect(&rig, "all 1 {} [2] 2; br0/a 1 {} [2] 2; ");

    set_bridge(&rig, "p1", "br1");
    give_flows(scatter, at(2), 3, 1, 1);
    sweep(&rig, 3);
    rig_expect(&rig, "all 2 {} [3] 3; br1/a 2 {} [3] 3; ");
    monitor_trace(rig.monitor, &fields, &ds);
    ck_assert_str_eq(ds_cstr(&ds), "all: matches, key {}\n"
                     "br0/a: no match, the flow was not received on bridge "
                     "br0\nbr1/a: matches, key {}\n");
    ds_destroy(&ds);

    set_bridge(&rig, "p2", "br1");
    give_flows(scatter, at(3), 4, 1, 1);
    sweep(&rig, 4);
    rig_expect(&rig, "all 3 {} [4] 4; ");
    rig_stop(&rig, scatter);
}
END_TEST

/* Bridges cost nothing while no trigger is on one. */
START_TEST(test_bridges_unused)
{
    struct smap bridges = SMAP_CONST1(&bridges, "p1", "br0");
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "all", "on udp when count() > 0", T0 - 1);
    monitor_set_bridges(rig.monitor, &bridges);
    ck_assert(!monitor_n_staged(rig.monitor));
    rig_add(&rig, "br0/a", "on udp when count() > 0", T0 - 1);
    monitor_set_bridges(rig.monitor, &bridges);
    ck_assert(monitor_n_staged(rig.monitor));
    rig_stop(&rig, scatter);
}
END_TEST

/* Queries. */

static void
expect_query(struct rig *rig, uint64_t epoch, uint16_t tp_src,
             enum query_error expected_error, const char *expected)
{
    struct ovs_list reports = OVS_LIST_INITIALIZER(&reports);
    struct flow_fields key = { .tp_src = tp_src };
    enum query_error error
        = monitor_query(rig->monitor, "t", epoch ? at(epoch) : 0,
                        tp_src ? &key : NULL, &reports);

    ck_assert_int_eq(error, expected_error);

    char *s = reports_take(&reports);

    ck_assert_str_eq(s, expected);
    free(s);
}

START_TEST(test_query)
{
    struct trigger_spec spec = {
        .name = "t", .spec = "on udp by tp_src when count() > 1000",
        .history = 16,
    };
    enum stage_error code;
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    ck_assert(!monitor_stage(rig.monitor, STAGE_ADD, &spec, &code));
    expect_query(&rig, 1, 0, QUERY_NOT_OBSERVED, "");
    ck_assert(!monitor_commit(rig.monitor, at(0)));
    for (uint64_t epoch = 0; epoch < 20; epoch++) {
        give_flows(scatter, at(epoch), epoch, 1, 1);
        if (epoch == 7) {
            give_flows(scatter, at(epoch), 3, 2, 1);
            monitor_mark_incomplete(rig.monitor, CAUSE_CLOCK, false);
        }
        sweep(&rig, epoch + 1);
    }
    rig_expect(&rig, "");
    expect_query(&rig, 20, 0, QUERY_NOT_ENDED, "");
    expect_query(&rig, 19, 0, QUERY_OK, "t 19 {\"tp_src\":1} [19] 19; ");
    expect_query(&rig, 0, 0, QUERY_OK, "t 19 {\"tp_src\":1} [19] 19; ");
    expect_query(&rig, 7, 0, QUERY_OK, "t 7 {\"tp_src\":1} [7] 7 clock; "
                 "t 7 {\"tp_src\":2} [3] 3 clock; ");
    expect_query(&rig, 7, 2, QUERY_OK, "t 7 {\"tp_src\":2} [3] 3 clock; ");
    expect_query(&rig, 8, 2, QUERY_OK, "t 8 {\"tp_src\":2} [0] 0; ");
    expect_query(&rig, 8, 9, QUERY_OK, "t 8 {\"tp_src\":9} [0] 0; ");
    expect_query(&rig, 4, 0, QUERY_OK, "t 4 {\"tp_src\":1} [4] 4; ");
    expect_query(&rig, 3, 0, QUERY_FORGOTTEN, "");

    /* Idle for as long as the history is. */
    for (uint64_t epoch = 20; epoch < 36; epoch++) {
        sweep(&rig, epoch + 1);
    }
    expect_query(&rig, 20, 1, QUERY_OK, "t 20 {\"tp_src\":1} [0] 0; ");
    expect_query(&rig, 20, 0, QUERY_OK, "");
    expect_query(&rig, 19, 1, QUERY_FORGOTTEN, "");
    rig_stop(&rig, scatter);
}
END_TEST

/* Without a history, there is the last interval; and before the first one,
 * there is nothing. */
START_TEST(test_query_last)
{
    struct ovs_list reports = OVS_LIST_INITIALIZER(&reports);
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    ck_assert_int_eq(monitor_query(rig.monitor, "t", 0, NULL, &reports),
                     QUERY_UNKNOWN);
    rig_add(&rig, "t", "on udp when count() > 9 && count()[-1] > 9", at(1));
    for (uint64_t epoch = 1; epoch < 6; epoch++) {
        give_flows(scatter, at(epoch), epoch, 1, 1);
        sweep(&rig, epoch + 1);
    }
    expect_query(&rig, 5, 0, QUERY_OK, "t 5 {} [5,4] 5; ");
    expect_query(&rig, 4, 0, QUERY_FORGOTTEN, "");
    expect_query(&rig, 1, 0, QUERY_NOT_OBSERVED, "");
    rig_stop(&rig, scatter);
}
END_TEST

/* Values of the past look back as the predicate does. */
START_TEST(test_query_lag)
{
    struct trigger_spec spec = {
        .name = "t", .spec = "on udp when count()[-2] > 1000", .history = 15,
    };
    enum stage_error code;
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    ck_assert(!monitor_stage(rig.monitor, STAGE_ADD, &spec, &code));
    ck_assert(!monitor_commit(rig.monitor, T0 - 1));
    for (uint64_t epoch = 0; epoch < 40; epoch++) {
        give_flows(scatter, at(epoch), epoch + 1, 1, 1);
        sweep(&rig, epoch + 1);
    }
    expect_query(&rig, 25, 0, QUERY_OK, "t 25 {} [24] 26; ");
    expect_query(&rig, 39, 0, QUERY_OK, "t 39 {} [38] 40; ");
    expect_query(&rig, 24, 0, QUERY_FORGOTTEN, "");
    rig_stop(&rig, scatter);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("staging");
    TCase *staging = tcase_create("staging");
    TCase *owners = tcase_create("owners");
    TCase *bridges = tcase_create("bridges");
    TCase *queries = tcase_create("queries");

    tcase_add_test(staging, test_ids);
    tcase_add_test(staging, test_commit);
    tcase_add_test(staging, test_commit_by_operator);
    tcase_add_test(staging, test_put);
    suite_add_tcase(suite, staging);

    tcase_add_test(owners, test_owners);
    tcase_add_test(owners, test_quotas);
    tcase_add_test(owners, test_report_quota);
    tcase_add_test(owners, test_trigger_reports);
    tcase_add_test(owners, test_all_reports);
    tcase_add_test(owners, test_all_patterns);
    suite_add_tcase(suite, owners);

    tcase_add_test(bridges, test_bridges);
    tcase_add_test(bridges, test_bridges_unused);
    suite_add_tcase(suite, bridges);

    tcase_add_test(queries, test_query);
    tcase_add_test(queries, test_query_last);
    tcase_add_test(queries, test_query_lag);
    suite_add_tcase(suite, queries);
    return suite;
}
