/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/trigger-test.h"
#include "tests/key-rig.h"

/* All kinds, of a key with packets, of one without, and before the trigger
 * was there. */
START_TEST(test_values)
{
    struct flow_fields fields = key_fields(1);
    const struct tested_key none = { .key = NULL };
    struct tested_key tk;
    struct key_interval *ki;
    struct key_rig rig;
    struct trigger *trigger;
    double v[7];

    key_rig_init(&rig);
    trigger = key_rig_add(&rig, "on ip by tp_dst when count() > 0 && "
                          "sum(ttl) + max(ttl) + min(ttl) + avg(ttl) "
                          "+ count(is_syn) > 1 && count()[-1] == 0", 10);
    ck_assert_uint_eq(trigger->event->n_aggregates, 7);
    key_space_set_interval(trigger->space, 11);
    key_rig_count(&trigger, 1, &fields, 3, 0);
    tk.key = key_space_find_key(trigger, &fields);
    tk.member = key_group_find(tk.key->group, trigger);
    ki = counted_key_slot(tk.key, trigger->space->slot);
    ck_assert_uint_eq(tk.key->group->n_cells, 5);
    for (size_t i = 0; i < 5; i++) {
        for (double x = 1; x <= 2; x++) {
            cell_add(&ki->cells[i], tk.key->group->cells[i]->kind, x);
        }
    }
    ck_assert(trigger_test(trigger, &tk, NULL, 11, v));
    ck_assert_double_eq(v[0], 3);
    ck_assert_double_eq(v[1], 3);
    ck_assert_double_eq(v[2], 2);
    ck_assert_double_eq(v[3], 0);
    ck_assert_double_eq(v[4], 1);
    ck_assert_double_eq(v[5], 2);
    ck_assert_double_eq(v[6], 0);

    ck_assert(!trigger_test(trigger, &tk, NULL, 12, v));
    ck_assert_double_eq(v[0], 0);
    ck_assert_double_eq(v[1], 0);
    ck_assert_double_nan(v[2]);
    ck_assert_double_nan(v[3]);
    ck_assert_double_nan(v[4]);
    ck_assert_double_eq(v[5], 0);
    ck_assert_double_eq(v[6], 3);

    ck_assert(!trigger_test(trigger, &none, NULL, 10, v));
    ck_assert_double_eq(v[0], 0);
    ck_assert_double_nan(v[6]);
    key_rig_remove(trigger);
    key_rig_uninit(&rig);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("trigger");
    TCase *tc;

    tc = tcase_create("tests");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_values);
    suite_add_tcase(suite, tc);
    return suite;
}
