/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/pages.h"
#include "tests/monitor-rig.h"

/* Pages of memory that cannot be mapped, each once: nothing is half there, and
 * nothing is lost. */

/* More than are mapped at once. */
#define ALLOCATIONS_MAX 500

/* How many pages are still to be had; negative: all. */
static int n_left = -1;

/* What was given out, and not given back. */
static int n_live;

/* The linker puts these before pages_alloc() and pages_free(). */
void *__wrap_pages_alloc(size_t);
void *__real_pages_alloc(size_t);
void __wrap_pages_free(void *, size_t);
void __real_pages_free(void *, size_t);

void *
__wrap_pages_alloc(size_t size)
{
    void *pages = n_left ? __real_pages_alloc(size) : NULL;

    n_left -= n_left > 0;
    n_live += pages != NULL;
    return pages;
}

void
__wrap_pages_free(void *pages, size_t size)
{
    n_live -= pages != NULL;
    __real_pages_free(pages, size);
}

START_TEST(test_monitor)
{
    const struct monitor_settings settings = {
        .epoch_us = EPOCH_US, .max_flows = 64,
    };
    struct monitor *monitor = NULL;
    int n;

    for (n = 0; !monitor && n < ALLOCATIONS_MAX; n++) {
        n_left = n;
        monitor = monitor_create(&settings, rig_deliver, NULL);
        ck_assert(monitor || !n_live);
    }
    ck_assert_int_gt(n, 1);
    ck_assert_int_lt(n, ALLOCATIONS_MAX);
    monitor_destroy(monitor);
    ck_assert_int_eq(n_live, 0);
}
END_TEST

START_TEST(test_thread)
{
    struct scatter *scatter = NULL;
    struct rig rig;
    int before, n;

    rig_init(&rig, 64);
    rig_add(&rig, "t", "on udp when count() > 0", T0 - 1);
    sweep(&rig, 0);
    before = n_live;
    for (n = 0; !scatter && n < ALLOCATIONS_MAX; n++) {
        n_left = n;
        scatter = monitor_add_thread(rig.monitor, "a");
        ck_assert(scatter || n_live == before);
    }
    ck_assert_int_gt(n, 20);
    ck_assert_int_lt(n, ALLOCATIONS_MAX);
    n_left = -1;

    give_flows(scatter, at(0), 5, 1, 5);
    sweep(&rig, 1);
    rig_expect(&rig, "t 0 {} [5] 5; ");
    rig_stop(&rig, scatter);
    ck_assert_int_eq(n_live, 0);
}
END_TEST

START_TEST(test_trigger)
{
    struct scatter *scatter;
    char *error = NULL;
    struct rig rig;
    int before, n;

    scatter = rig_start(&rig);
    before = n_live;
    for (n = 0; n < ALLOCATIONS_MAX; n++) {
        n_left = n;
        error = monitor_add_trigger(rig.monitor, "t",
                                    "on udp when count() > 0", T0 - 1);
        if (!error) {
            break;
        }
        ck_assert_ptr_nonnull(strstr(error, "out of memory"));
        free(error);
        ck_assert_int_eq(n_live, before);
    }
    ck_assert_int_gt(n, 1);
    ck_assert_int_lt(n, ALLOCATIONS_MAX);
    n_left = -1;

    give_flows(scatter, at(0), 5, 1, 5);
    sweep(&rig, 1);
    rig_expect(&rig, "t 0 {} [5] 5; ");
    rig_stop(&rig, scatter);
    ck_assert_int_eq(n_live, 0);
}
END_TEST

/* Gives a packet of each of 1,200 flows, whose keys "k" counts, in 'epoch',
 * and sweeps.  Stores in '*n' how many were reported, all of them with
 * 'why'. */
static void
count_many_keys(struct rig *rig, struct scatter *scatter, uint64_t epoch,
                cause_set why, size_t *n)
{
    uint64_t n_all = 0;
    struct report *report;

    give_flows(scatter, at(epoch), 1200, 1, 1200);
    sweep(rig, epoch + 1);
    *n = 0;
    LIST_FOR_EACH (report, node, &rig->reports) {
        if (!strcmp(report->trigger, "k")) {
            unit_check(report->packets == 1);
            unit_check(report->why == why);
            ++*n;
        } else {
            unit_check(!report->why);
            n_all += report->packets;
        }
    }
    ck_assert_uint_eq(n_all, 1200);
    reports_destroy(&rig->reports);
}

/* A trigger lacks keys, by name, and no other does; and only as long as there
 * is no memory. */
START_TEST(test_keys)
{
    struct scatter *scatter;
    struct ledger ledger;
    struct rig rig;
    size_t n;

    scatter = rig_start(&rig);
    rig_add(&rig, "a", "on udp when count() > 0", T0 - 1);
    rig_add(&rig, "k", "on udp by tp_src when count() > 0 "
            "|| count(bytes > 1)[-8] + count(bytes > 2) + count(bytes > 3) "
            "+ count(bytes > 4) + count(bytes > 5) + count(bytes > 6) "
            "+ count(bytes > 7) + count(bytes > 8) < 0", T0 - 1);
    give_flows(scatter, at(0), 1, 1, 1);
    sweep(&rig, 1);
    reports_destroy(&rig.reports);

    /* There is room in what that needed. */
    n_left = 0;
    count_many_keys(&rig, scatter, 1, 1u << CAUSE_KEYS_FULL, &n);
    ck_assert_uint_gt(n, 1000);
    ck_assert_uint_lt(n, 1200);

    n_left = -1;
    count_many_keys(&rig, scatter, 2, 0, &n);
    ck_assert_uint_eq(n, 1200);
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.counted, 1 + 2 * 1200);
    rig_stop(&rig, scatter);
    ck_assert_int_eq(n_live, 0);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("no-memory");
    TCase *tc;

    tc = tcase_create("pages");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_monitor);
    tcase_add_test(tc, test_thread);
    tcase_add_test(tc, test_trigger);
    tcase_add_test(tc, test_keys);
    suite_add_tcase(suite, tc);
    return suite;
}
