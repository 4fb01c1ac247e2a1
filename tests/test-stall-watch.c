/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "ofproto-ext/stall-watch.h"
#include "timeval.h"
#include "util.h"

#define MS 1000LL
#define EPOCH_US (10 * MS)

/* A watch of something that is due each 10 ms, and what it sees. */
struct world {
    struct stall_watch watch;
    struct stall_sample sample;
};

static void
world_init(struct world *world)
{
    world->sample = (struct stall_sample) {
        .now_us = 1000000 * MS, .cpu_us = 5000 * MS,
    };
    world->watch.last = world->sample;
    world->watch.due_us = world->sample.now_us;
}

/* Lets time pass of which the process ran 'cpu_us', on all CPUs together. */
static long long int
world_run(struct world *world, long long int us, long long int cpu_us)
{
    world->sample.now_us += us;
    world->sample.cpu_us += cpu_us;
    return stall_watch_follow(&world->watch, &world->sample,
                              ROUND_UP(world->sample.now_us + 1, EPOCH_US));
}

START_TEST(test_in_time)
{
    struct world world;

    world_init(&world);
    for (int i = 0; i < 100; i++) {
        /* Idle, busy, and busy on four CPUs. */
        ck_assert_int_eq(world_run(&world, EPOCH_US, 10), 0);
        ck_assert_int_eq(world_run(&world, EPOCH_US, EPOCH_US), 0);
        ck_assert_int_eq(world_run(&world, EPOCH_US, 4 * EPOCH_US), 0);
    }
}
END_TEST

START_TEST(test_stopped)
{
    struct world world;

    world_init(&world);
    world_run(&world, EPOCH_US, 0);
    ck_assert_int_eq(world_run(&world, 5000 * MS, 0), 4990 * MS);
    ck_assert_int_eq(world_run(&world, EPOCH_US, 0), 0);

    /* Threads that poll ran before and after it. */
    ck_assert_int_eq(world_run(&world, 5000 * MS, 40 * MS), 4960 * MS);
    ck_assert_int_eq(world_run(&world, EPOCH_US, EPOCH_US), 0);
}
END_TEST

/* Others of the process ran: nothing was lost. */
START_TEST(test_late)
{
    struct world world;

    world_init(&world);
    ck_assert_int_eq(world_run(&world, 5000 * MS, 5000 * MS), 0);
    ck_assert_int_eq(world_run(&world, 5000 * MS, 4801 * MS), 0);
    ck_assert_int_eq(world_run(&world, 5000 * MS, 4800 * MS), 200 * MS);
}
END_TEST

START_TEST(test_shortest)
{
    struct world world;

    world_init(&world);
    world_run(&world, 0, 0);
    ck_assert_int_eq(world_run(&world, EPOCH_US + STALL_MIN_US - 1, 0), 0);
    world_init(&world);
    world_run(&world, 0, 0);
    ck_assert_int_eq(world_run(&world, EPOCH_US + STALL_MIN_US, 0),
                     STALL_MIN_US);
}
END_TEST

START_TEST(test_warped)
{
    struct world world;

    world_init(&world);
    world.sample.warped = true;
    ck_assert_int_eq(world_run(&world, 5000 * MS, 0), 0);
    ck_assert_int_eq(world_run(&world, 5000 * MS, 0), 0);
    world.sample.warped = false;
    ck_assert_int_eq(world_run(&world, 5000 * MS, 0), 0);
    ck_assert_int_eq(world_run(&world, 5000 * MS, 0), 4990 * MS);
}
END_TEST

/* On this machine's clocks. */
START_TEST(test_real)
{
    struct stall_watch watch;

    stall_watch_init(&watch);
    ck_assert_int_eq(stall_watch_run(&watch, time_usec()), 0);
    xnanosleep(400 * MS * 1000);
    ck_assert_int_ge(stall_watch_run(&watch, time_usec()), 300 * MS);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("stall-watch");
    TCase *tc = tcase_create("follow");

    tcase_add_test(tc, test_in_time);
    tcase_add_test(tc, test_stopped);
    tcase_add_test(tc, test_late);
    tcase_add_test(tc, test_shortest);
    tcase_add_test(tc, test_warped);
    tcase_add_test(tc, test_real);
    suite_add_tcase(suite, tc);
    return suite;
}
