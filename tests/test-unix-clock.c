/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "ofproto-ext/unix-clock.h"
#include "timeval.h"
#include "util.h"

/* A clock and what it follows. */
struct world {
    struct unix_clock clock;
    struct clock_sample sample;
};

static void
world_init(struct world *world)
{
    unix_clock_init(&world->clock);
    world->sample.monotonic_us = world->clock.sampled_us;
    world->sample.wall_us = unix_clock_at(&world->clock,
                                          world->sample.monotonic_us);
    world->sample.warped = false;
}

/* Lets 'us' of monotonic time pass, during which the wall clock gains
 * 'gain_us'. */
static enum clock_change
world_run(struct world *world, long long int us, long long int gain_us)
{
    world->sample.monotonic_us += us;
    world->sample.wall_us += us + gain_us;
    return unix_clock_follow(&world->clock, &world->sample);
}

/* How far the clock is behind the wall clock. */
static long long int
world_error(const struct world *world)
{
    return world->sample.wall_us - (long long int)
        unix_clock_at(&world->clock, world->sample.monotonic_us);
}

START_TEST(test_is_unix_time)
{
    struct unix_clock clock;
    long long int before = time_wall_usec();

    unix_clock_init(&clock);

    long long int now = unix_clock_now(&clock);

    ck_assert_int_ge(now, before - 1000);
    ck_assert_int_le(now, time_wall_usec() + 1000);
    ck_assert_int_eq(unix_clock_to_monotonic(&clock, unix_clock_at(&clock,
                                                                   12345)),
                     12345);
    ck_assert(!unix_clock_is_warped());
    ck_assert_int_eq(unix_clock_run(&clock), CLOCK_STEADY);
}
END_TEST

/* Slews of 500 ppm (adjtime) and 8 % (the most that others do) are followed,
 * and time goes on. */
START_TEST(test_follows_slews)
{
    const long long int gains_us[] = { 5, -5, 800, -800 };

    for (size_t i = 0; i < ARRAY_SIZE(gains_us); i++) {
        struct world world;
        uint64_t last = 0;

        world_init(&world);
        for (int j = 0; j < 1000; j++) {
            ck_assert_int_eq(world_run(&world, 10000, gains_us[i]),
                             CLOCK_STEADY);

            uint64_t now = unix_clock_at(&world.clock,
                                         world.sample.monotonic_us);

            ck_assert_uint_gt(now, last);
            ck_assert_int_eq(world_error(&world), 0);
            last = now;
        }
    }
}
END_TEST

/* What is too much for a slew, but not for the reading of clocks, is made up
 * for little by little. */
START_TEST(test_is_gradual)
{
    struct world world;

    world_init(&world);
    ck_assert_int_eq(world_run(&world, 800, -2000), CLOCK_STEADY);
    ck_assert_int_eq(world_error(&world), -1900);
    ck_assert_int_eq(world_run(&world, 8000, 0), CLOCK_STEADY);
    ck_assert_int_eq(world_error(&world), -900);
    ck_assert_int_eq(world_run(&world, 8000, 0), CLOCK_STEADY);
    ck_assert_int_eq(world_error(&world), 0);
}
END_TEST

START_TEST(test_steps)
{
    const long long int steps_us[] = { 5000, -5000, 990000, -990000 };

    for (size_t i = 0; i < ARRAY_SIZE(steps_us); i++) {
        struct world world;

        world_init(&world);
        ck_assert_int_eq(world_run(&world, 10000, steps_us[i]),
                         CLOCK_STEPPED);
        ck_assert_int_eq(world_error(&world), 0);
        ck_assert_int_eq(world_run(&world, 10000, 0), CLOCK_STEADY);
    }
}
END_TEST

START_TEST(test_jumps)
{
    const long long int jumps_us[] = { 1010000, -1010000, 300000000000000 };

    for (size_t i = 0; i < ARRAY_SIZE(jumps_us); i++) {
        struct world world;

        world_init(&world);
        for (int j = 0; j < 3; j++) {
            ck_assert_int_eq(world_run(&world, 10, j ? 0 : jumps_us[i]),
                             CLOCK_JUMPED);
            ck_assert_int_eq(world_error(&world), jumps_us[i]);
        }
    }
}
END_TEST

/* A sweeper that did not run for long saw a long slew, no step. */
START_TEST(test_late_sample)
{
    struct world world;

    world_init(&world);
    ck_assert_int_eq(world_run(&world, 10000000, 800000), CLOCK_STEADY);
    ck_assert_int_eq(world_error(&world), 0);
}
END_TEST

START_TEST(test_is_frozen_while_warped)
{
    struct world world;

    world_init(&world);
    world.sample.warped = true;
    ck_assert_int_eq(world_run(&world, 10000, 123456789), CLOCK_STEADY);
    ck_assert_int_eq(world_error(&world), 123456789);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("unix-clock");
    TCase *tc = tcase_create("follow");

    tcase_add_test(tc, test_is_unix_time);
    tcase_add_test(tc, test_follows_slews);
    tcase_add_test(tc, test_is_gradual);
    tcase_add_test(tc, test_steps);
    tcase_add_test(tc, test_jumps);
    tcase_add_test(tc, test_late_sample);
    tcase_add_test(tc, test_is_frozen_while_warped);
    suite_add_tcase(suite, tc);
    return suite;
}
