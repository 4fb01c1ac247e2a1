/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/trigger-test.h"
#include "tests/monitor-unit.h"

/* Keys and their history, against a model that remembers all intervals. */

static struct trigger *
make_trigger(const char *text)
{
    struct event *event = unit_parse(text);
    struct trigger *trigger = trigger_create("t", event);

    event_unref(event);
    return trigger;
}

static struct flow_fields
key_fields(uint16_t i)
{
    return (struct flow_fields) { .tp_dst = i, .dl_type = 0x0800 };
}

static struct trigger_key *
find_key(const struct trigger *trigger, const struct flow_fields *fields)
{
    return trigger_find_key(trigger, fields,
                            trigger_hash_key(trigger, fields));
}

static struct trigger_key *
add_key(struct trigger *trigger, const struct flow_fields *fields)
{
    return trigger_add_key(trigger, fields, trigger_hash_key(trigger, fields));
}

#define N_KEYS 20
#define N_INTERVALS 400

START_TEST(test_random)
{
    static double counted[N_KEYS][N_INTERVALS];
    struct trigger *trigger;
    double values[3];
    uint64_t last[N_KEYS] = { 0 };
    size_t n_expired = 0, n_defined = 0;

    unit_seed();
    trigger = make_trigger("on ip by tp_dst when sum(ttl) > 10 "
                           "&& sum(ttl)[-3] + sum(ttl)[-8] >= 0");
    ck_assert_uint_eq(trigger->event->n_aggregates, 3);
    ck_assert_uint_eq(trigger->event->n_measures, 1);
    trigger->first_interval = 5;

    for (uint64_t interval = 5; interval < N_INTERVALS; interval++) {
        for (int i = unit_random(6); i > 0; i--) {
            uint16_t k = unit_random(N_KEYS);
            struct flow_fields fields = key_fields(k);
            struct trigger_key *key = find_key(trigger, &fields);
            struct trigger_interval *ti;
            double x = unit_random(20);

            if (!key) {
                key = add_key(trigger, &fields);
            }
            ck_assert_ptr_eq(find_key(trigger, &fields), key);
            ti = trigger_key_activate(trigger, key, interval);
            unit_check(ti->cells[0].x == counted[k][interval]);
            cell_add(&ti->cells[0], MEASURE_SUM, x);
            ti->packets++;
            counted[k][interval] += x;
            last[k] = interval;
        }

        for (uint16_t k = 0; k < N_KEYS; k++) {
            struct flow_fields fields = key_fields(k);
            struct trigger_key *key = find_key(trigger, &fields);
            double a = counted[k][interval];
            double b = interval < 8 ? NAN : counted[k][interval - 3];
            double c = interval < 13 ? NAN : counted[k][interval - 8];
            bool fires;

            /* A key without history is as one that was never seen. */
            fires = trigger_test(trigger, key, NULL, interval, values);
            unit_check(values[0] == a);
            unit_check(interval < 8 ? isnan(values[1]) : values[1] == b);
            unit_check(interval < 13 ? isnan(values[2]) : values[2] == c);
            unit_check(fires == (a > 10 && b + c >= 0));
            n_defined += c > 0;

            /* It stays as long as its history can be asked for. */
            unit_check(!last[k] || last[k] + 8 < interval || key);
        }
        n_expired += trigger_expire_keys(trigger, interval);
    }
    ck_assert_uint_gt(n_expired, 10);
    ck_assert_uint_gt(n_defined, 100);
    trigger_expire_keys(trigger, UINT64_MAX);
    ck_assert_uint_eq(hmap_count(&trigger->keys), 0);
    trigger_unref(trigger);
}
END_TEST

/* The youngest keys come last, and expiry takes the oldest only. */
START_TEST(test_age)
{
    struct trigger *trigger = make_trigger("on ip by tp_dst when count() > 1");
    struct trigger_key *keys[4], *key;
    static const uint16_t order[] = { 2, 3, 0, 1 };
    int n = 0;

    ck_assert_uint_eq(trigger->depth, 2);
    for (uint16_t i = 0; i < 4; i++) {
        struct flow_fields fields = key_fields(i);

        keys[i] = add_key(trigger, &fields);
        trigger_key_activate(trigger, keys[i], 100);
    }
    trigger_key_activate(trigger, keys[3], 101);
    trigger_key_activate(trigger, keys[0], 102);
    trigger_key_activate(trigger, keys[0], 102);
    trigger_key_activate(trigger, keys[1], 103);
    LIST_FOR_EACH (key, age_node, &trigger->by_age) {
        ck_assert_ptr_eq(key, keys[order[n++]]);
    }

    ck_assert(trigger_key_interval(trigger, keys[0], 102));
    ck_assert(!trigger_key_interval(trigger, keys[0], 101));
    ck_assert(!trigger_key_interval(trigger, keys[0], 100));
    ck_assert(!trigger_key_interval(trigger, keys[0], 104));
    ck_assert_uint_eq(trigger_expire_keys(trigger, 101), 0);
    ck_assert_uint_eq(trigger_expire_keys(trigger, 102), 1);
    ck_assert_uint_eq(trigger_expire_keys(trigger, 102), 0);
    ck_assert_uint_eq(trigger_expire_keys(trigger, 104), 2);
    trigger_unref(trigger);             /* With a key. */
}
END_TEST

/* All kinds, of a key with packets, of one without, and before the trigger
 * was there. */
START_TEST(test_values)
{
    struct trigger *trigger;
    struct flow_fields fields = key_fields(1);
    struct trigger_key *key;
    struct trigger_interval *ti;
    double v[7];

    trigger = make_trigger("on ip by tp_dst when count() > 0 && "
                           "sum(ttl) + max(ttl) + min(ttl) + avg(ttl) "
                           "+ count(is_syn) > 1 && count()[-1] == 0");
    ck_assert_uint_eq(trigger->event->n_aggregates, 7);
    trigger->first_interval = 10;
    key = add_key(trigger, &fields);
    ti = trigger_key_activate(trigger, key, 11);
    for (size_t i = 0; i < trigger->event->n_measures; i++) {
        enum measure_kind kind = trigger->event->measures[i].kind;

        for (double x = 1; x <= 3; x++) {
            cell_add(&ti->cells[i], kind, kind == MEASURE_PACKETS ? 1 : x - 1);
        }
    }
    ck_assert(trigger_test(trigger, key, NULL, 11, v));
    ck_assert_double_eq(v[0], 3);
    ck_assert_double_eq(v[1], 3);
    ck_assert_double_eq(v[2], 2);
    ck_assert_double_eq(v[3], 0);
    ck_assert_double_eq(v[4], 1);
    ck_assert_double_eq(v[5], 2);
    ck_assert_double_eq(v[6], 0);

    ck_assert(!trigger_test(trigger, key, NULL, 12, v));
    ck_assert_double_eq(v[0], 0);
    ck_assert_double_eq(v[1], 0);
    ck_assert_double_nan(v[2]);
    ck_assert_double_nan(v[3]);
    ck_assert_double_nan(v[4]);
    ck_assert_double_eq(v[5], 0);
    ck_assert_double_eq(v[6], 3);

    ck_assert(!trigger_test(trigger, NULL, NULL, 10, v));
    ck_assert_double_eq(v[0], 0);
    ck_assert_double_nan(v[6]);
    trigger_unref(trigger);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("trigger");
    TCase *tc;

    tc = tcase_create("keys");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_random);
    tcase_add_test(tc, test_age);
    tcase_add_test(tc, test_values);
    suite_add_tcase(suite, tc);
    return suite;
}
