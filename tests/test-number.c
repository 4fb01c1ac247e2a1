/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/number.h"

#include <float.h>
#include <math.h>

#include "event-unit.h"
#include "tests/unit.h"

static char *
format(double value)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    number_format(value, &ds);
    return ds_steal_cstr(&ds);
}

static const struct {
    const char *text;
    double value;
    const char *normal;
} numbers[] = {
    { "0", 0, "0" },
    { "0.5", 0.5, "0.5" },
    { "1.50", 1.5, "1.5" },
    { "0.1", 0.1, "0.1" },
    { "0.3", 0.3, "0.3" },
    { "100", 100, "100" },
    { "1.5KB", 1500, "1500" },
    { "125KB", 125000, "125000" },
    { "1.001K", 1001, "1001" },
    { "0.0001K", 0.1, "0.1" },
    { "10GB", 1e10, "10000000000" },
    { "3T", 3e12, "3000000000000" },
    { "1Ki", 1024, "1024" }, { "1KiB", 1024, "1024" },
    { "1.5Mi", 1572864, "1572864" },
    { "1GiB", 1073741824, "1073741824" },
    { "1Ti", 1099511627776., "1099511627776" },
    { "7B", 7, "7" },
    { "5ms", 5000, "5000" }, { "5us", 5, "5" }, { "1.5s", 1500000, "1500000" },
    { "9007199254740993", 9007199254740992., "9007199254740992" },
    { "123456789012345678901234567890", 123456789012345678901234567890.,
      "123456789012345680000000000000" },
    { "0.000000000000000000000000000001", 1e-30,
      "0.000000000000000000000000000001" },
};

START_TEST(test_numbers)
{
    struct number number;
    size_t error_offset;
    char *error, *s;

    error = number_scan(numbers[_i].text, &number, &error_offset);
    ck_assert_msg(!error, "%s", error);
    ck_assert_uint_eq(number.length, strlen(numbers[_i].text));
    ck_assert_uint_eq(number.kind, NUMBER_PLAIN);
    ck_assert(number.value == numbers[_i].value);
    s = format(number.value);
    ck_assert_str_eq(s, numbers[_i].normal);
    free(s);
}
END_TEST

/* Any number reads back to itself, and with a digit less does not. */
START_TEST(test_shortest)
{
    unit_seed();
    for (int i = 0; i < 20000; i++) {
        struct number number;
        size_t error_offset;
        char *s, *error;
        double x;

        x = ldexp(unit_random(UINT32_MAX) * 0x1p32 + unit_random(UINT32_MAX),
                  (int) unit_random(300) - 200);
        x = unit_random(4) ? x : unit_random(1000000) / 1000.;
        s = format(x);
        error = number_scan(s, &number, &error_offset);
        ck_assert_msg(!error, "%s: %s", s, error);
        ck_assert_uint_eq(number.length, strlen(s));
        ck_assert_msg(number.value == x, "%s: %.17g", s, x);
        ck_assert_ptr_eq(strpbrk(s, "eE"), NULL);
        if (strchr(s, '.')) {
            s[strlen(s) - 1] = '\0';
            ck_assert_msg(strtod(s, NULL) != x, "%s: %.17g", s, x);
        }
        free(s);
    }
}
END_TEST

START_TEST(test_extremes)
{
    static const double extremes[] = {
        DBL_MAX, DBL_MIN, DBL_EPSILON, 0x1p-1074, -DBL_MAX, -0.25,
    };

    for (size_t i = 0; i < ARRAY_SIZE(extremes); i++) {
        char *s = format(extremes[i]);

        ck_assert(strtod(s, NULL) == extremes[i]);
        ck_assert_ptr_eq(strpbrk(s, "eE"), NULL);
        free(s);
    }
}
END_TEST

static const struct {
    const char *text;
    size_t offset;
    const char *message;        /* Part of it. */
} bad[] = {
    { "1k", 1, "unknown unit 'k' (did you mean 'K'?)" },
    { "1kib", 1, "did you mean 'KiB'?" },
    { "1mS", 1, "did you mean 'ms'?" },
    { "10min", 2, "unknown unit 'min'" },
    { "1e6", 1, "no exponent" },
    { "1.5E9", 3, "no exponent" },
    { "0x10", 1, "hexadecimal" },
    { "5.", 1, "decimal point" },
    { "1.2.3", 3, "decimal point" },
    { "1K%", 1, "without a unit" },
};

START_TEST(test_bad)
{
    struct number number;
    size_t error_offset;
    char *error = number_scan(bad[_i].text, &number, &error_offset);

    ck_assert_msg(error && strstr(error, bad[_i].message), "%s: %s",
                  bad[_i].text, error);
    ck_assert_uint_eq(error_offset, bad[_i].offset);
    free(error);
}
END_TEST

START_TEST(test_percent)
{
    struct number number;
    size_t error_offset;

    ck_assert_ptr_eq(number_scan("12.5%+1", &number, &error_offset), NULL);
    ck_assert_uint_eq(number.kind, NUMBER_PERCENT);
    ck_assert_uint_eq(number.length, 5);
    ck_assert(number.value == 12.5);
}
END_TEST

START_TEST(test_duration)
{
    static const struct {
        uint64_t us;
        const char *text;
    } durations[] = {
        { 1, "1us" }, { 999, "999us" }, { 1000, "1ms" }, { 1001, "1001us" },
        { 10000, "10ms" }, { 1000000, "1s" }, { 1500000, "1500ms" },
        { 60000000, "60s" }, { 1000001, "1000001us" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
        struct ds ds = DS_EMPTY_INITIALIZER;

        number_format_duration(durations[i].us, &ds);
        ck_assert_str_eq(ds_cstr(&ds), durations[i].text);
        ck_assert_uint_eq(event_parse_duration(ds_cstr(&ds)),
                          durations[i].us);
        ds_destroy(&ds);
    }
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("number");
    TCase *tcase = tcase_create("number");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_numbers, 0, ARRAY_SIZE(numbers));
    tcase_add_test(tcase, test_shortest);
    tcase_add_test(tcase, test_extremes);
    tcase_add_loop_test(tcase, test_bad, 0, ARRAY_SIZE(bad));
    tcase_add_test(tcase, test_percent);
    tcase_add_test(tcase, test_duration);
    suite_add_tcase(suite, tcase);
    return suite;
}
