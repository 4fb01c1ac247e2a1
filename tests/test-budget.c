/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "event/port-name.h"
#include "monitor/monitor-private.h"
#include "tests/monitor-rig.h"

/* The budget: triggers that are foreseen to cost too much are refused. */

#define EPOCHS_PER_S (1000000 / EPOCH_US)

/* Gives packets of 64 flows in each epoch of a second from 'epoch' on, and
 * sweeps. */
static void
pass_second(struct rig *rig, struct scatter *scatter, uint64_t epoch)
{
    for (int i = 0; i <= EPOCHS_PER_S; i++, epoch++) {
        give_flows(scatter, at(epoch), 64, 1, 64);
        sweep(rig, epoch + 1);
    }
}

static void
expect_refusal(char *error, const char *part)
{
    ck_assert(error);
    ck_assert_msg(strstr(error, part), "%s", error);
    free(error);
}

static void
expect_ok(char *error)
{
    ck_assert_msg(!error, "%s", error);
}

static enum stage_error
stage(struct rig *rig, const char *name, const char *spec)
{
    struct trigger_spec ts = { .name = name, .spec = spec, .owner = "x" };
    enum stage_error code;
    char *error = monitor_stage(rig->monitor, STAGE_PUT, &ts, &code);

    ck_assert_int_eq(!error, code == STAGE_OK);
    free(error);
    return code;
}

static size_t
count_triggers(struct rig *rig)
{
    struct trigger_status *status;
    size_t n = monitor_list_triggers(rig->monitor, &status);

    trigger_status_destroy(status, n);
    return n;
}

#define CHEAP "on udp when count() > 1000"
#define DEAR "on udp when max(ttl) > 1000"
#define DEARER "on udp when max(ttl) + sum(dscp) + sum(ecn) > 1000"

START_TEST(test_budget)
{
    const struct trigger_spec specs[] = {
        { .name = "a", .spec = CHEAP },
        { .name = "r", .spec = DEAR },
    };
    struct cost_status status;
    struct scatter *scatter;
    struct rig rig;

    ck_assert_uint_eq(port_name_intern("p1"), 1);
    rig_init(&rig, 4096);
    scatter = monitor_add_thread(rig.monitor, "a");
    sweep(&rig, 0);

    /* Nothing is refused before anything is known... */
    monitor_set_budget(rig.monitor, 1e-9);
    rig_add(&rig, "a", DEAR, at(0));
    pass_second(&rig, scatter, 1);
    monitor_get_cost_status(rig.monitor, &status);
    ck_assert(status.known);
    ck_assert_uint_eq(status.n_threads, 1);
    ck_assert_double_eq_tol(status.threads[0].packets_hz, 6400, 100);
    ck_assert(status.threads[0].cycles > 0);
    ck_assert(status.threads[0].percent > 1e-9);
    ck_assert(status.sweep_percent > 0);
    cost_status_uninit(&status);

    /* ...and then on every way; but what is there stays. */
    expect_refusal(monitor_add_trigger(rig.monitor, "b", DEARER, at(200)),
                   "trigger 'b' is too dear: it would take ");
    expect_refusal(monitor_mod_trigger(rig.monitor, "a", DEARER, at(200)),
                   "of packet thread a, beside ");
    expect_refusal(monitor_replace_triggers(rig.monitor, specs, 2, at(200)),
                   "'r' is too dear");
    ck_assert_int_eq(stage(&rig, "s", DEARER), STAGE_BUDGET);
    ck_assert_uint_eq(count_triggers(&rig), 1);

    /* What costs nothing more is not refused, nor what costs less. */
    rig_add(&rig, "c", DEAR, at(200));
    ck_assert_int_eq(stage(&rig, "s", CHEAP), STAGE_OK);
    ck_assert_int_eq(stage(&rig, "s", CHEAP), STAGE_OK);
    expect_ok(monitor_mod_trigger(rig.monitor, "a", CHEAP, at(200)));
    expect_ok(monitor_replace_triggers(rig.monitor, specs, 1, at(200)));
    ck_assert_uint_eq(count_triggers(&rig), 2);

    /* There is room with a larger budget, and without one. */
    expect_refusal(monitor_add_trigger(rig.monitor, "b", DEARER, at(200)),
                   "'b' is too dear");
    monitor_set_budget(rig.monitor, 1e6);
    rig_add(&rig, "b", DEARER, at(200));
    monitor_set_budget(rig.monitor, 1e-9);
    expect_refusal(monitor_add_trigger(rig.monitor, "d",
                                       "on ip when max(ttl) < 0", at(200)),
                   "'d' is too dear");
    monitor_set_budget(rig.monitor, 0);
    rig_add(&rig, "d", "on ip when max(ttl) < 0", at(200));

    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

/* Screened packets cost what the screen does, if there is anything to be
 * screened for. */
START_TEST(test_screened)
{
    struct scatter *scatter;
    struct rig rig;

    rig_init(&rig, 4096);
    scatter = monitor_add_thread(rig.monitor, "a");
    sweep(&rig, 0);
    for (int with = 1; with >= 0; with--) {
        struct cost_status status;

        if (with) {
            rig_add(&rig, "a", CHEAP, at(0));
        } else {
            expect_ok(monitor_del_trigger(rig.monitor, "a", at(200)));
        }
        for (int i = 0; i <= EPOCHS_PER_S; i++) {
            screen_gate_count(scatter_get_gate(scatter), 64);
            sweep(&rig, (with ? 1 : 201) + i);
        }
        monitor_get_cost_status(rig.monitor, &status);
        ck_assert_double_eq_tol(status.threads[0].packets_hz, 6400, 100);
        ck_assert_double_eq(status.threads[0].cycles,
                            (with ? cost_model_unit(&status.model,
                                                    COST_SCREEN) : 0));
        cost_status_uninit(&status);
    }
    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

/* Triggers that were just added count, although nothing is measured yet. */
START_TEST(test_budget_adds_up)
{
    struct scatter *scatter;
    double first, others;
    int n_refused = 0;
    struct rig rig;
    char *error;

    ck_assert_uint_eq(port_name_intern("p1"), 1);
    rig_init(&rig, 4096);
    scatter = monitor_add_thread(rig.monitor, "a");
    sweep(&rig, 0);
    rig_add(&rig, "a", CHEAP, at(0));
    pass_second(&rig, scatter, 1);

    /* Room for some triggers, by the forecast: what was measured is something
     * else on a busy machine. */
    monitor_set_budget(rig.monitor, 1e-9);
    error = monitor_add_trigger(rig.monitor, "t0", "on udp when sum(ttl) > 1",
                                at(200));
    ck_assert_msg(error && sscanf(error, "trigger 't0' is too dear: it would "
                                  "take %lf%% of packet thread a, beside "
                                  "%lf%%", &first, &others) == 2,
                  "%s", error);
    free(error);
    monitor_set_budget(rig.monitor, others + 3 * first);
    for (int i = 0; i < 64; i++) {
        char *name = xasprintf("t%d", i);
        char *spec = xasprintf("on udp when sum(ttl + %d) > 1", i);

        n_refused += stage(&rig, name, spec) == STAGE_BUDGET;
        free(name);
        free(spec);
    }
    ck_assert_int_gt(n_refused, 0);
    ck_assert_int_lt(n_refused, 64);

    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

/* The sweeper has a limit of its own. */
START_TEST(test_budget_of_sweeper)
{
    struct scatter *scatter;
    struct rig rig;
    char *error;

    ck_assert_uint_eq(port_name_intern("p1"), 1);
    rig_init(&rig, 4096);
    scatter = monitor_add_thread(rig.monitor, "a");
    sweep(&rig, 0);
    rig_add(&rig, "a", CHEAP, at(0));
    pass_second(&rig, scatter, 1);

    /* So slow that a sweep does not end in time. */
    rig.monitor->meter.model.hz = 1e4;
    monitor_set_budget(rig.monitor, 100);
    rig.monitor->meter.n_windows++;
    error = monitor_add_trigger(rig.monitor, "b", "on udp by 5tuple "
                                "when count() > 1", at(200));
    expect_refusal(error, "% of the sweeper, beside ");

    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("budget");
    TCase *tcase = tcase_create("budget");

    tcase_set_timeout(tcase, UNIT_TIMEOUT_S);
    tcase_add_test(tcase, test_budget);
    tcase_add_test(tcase, test_screened);
    tcase_add_test(tcase, test_budget_adds_up);
    tcase_add_test(tcase, test_budget_of_sweeper);
    suite_add_tcase(suite, tcase);
    return suite;
}
