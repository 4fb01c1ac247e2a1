/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/trigger-test.h"
#include "tests/key-rig.h"

/* Triggers that share keys, come and go, against a model in which each has its
 * own and remembers all intervals; also while there is no memory now and
 * then. */

/* One of so many keys lacks memory; 0: none does. */
static unsigned int scarcity;

/* The linker puts this before key_pool_alloc(). */
void *__wrap_key_pool_alloc(struct key_pool *, size_t);
void *__real_key_pool_alloc(struct key_pool *, size_t);

void *
__wrap_key_pool_alloc(struct key_pool *pool, size_t size)
{
    return (scarcity && !unit_random(scarcity)
            ? NULL : __real_key_pool_alloc(pool, size));
}

#define N_TRIGGERS 6
#define N_KEYS 5
#define N_INTERVALS 200

static const char *const texts[] = {
    "on ip by 5tuple when count() > 12 || count()[-2] > 30",
    "on udp by 5tuple when sum(ttl) > 10 && sum(ttl)[-2] >= 0",
    "on ip by 5tuple when sum(ttl) + max(bytes) > 20 || count()[-2] > 9",
    "on udp by 5tuple when count()[-2] > 3 top 0",
    "on ip by 5tuple when max(ttl)[-2] > 15 report rising",
};

struct counts {
    uint64_t packets[N_KEYS][N_INTERVALS];
    double x[N_KEYS][N_INTERVALS];      /* Sum of other values... */
    double max[N_KEYS][N_INTERVALS];    /* ...and the largest. */
    uint64_t last[N_KEYS];              /* Interval; 0: never. */
};

struct slot_of_test {
    struct trigger *trigger;
    struct counts counts;
};

/* What the model knows of an aggregate of 'trigger'. */
static double
model_value(const struct trigger *trigger, const struct counts *counts,
            int k, size_t i, uint64_t interval)
{
    const struct aggregate *aggregate = &trigger->event->aggregates[i];
    enum measure_kind kind
        = trigger->event->measures[aggregate->measure].kind;
    uint64_t at = interval - aggregate->lag;

    return (interval < trigger->first_interval + aggregate->lag ? NAN
            : kind == MEASURE_PACKETS ? counts->packets[k][at]
            : kind == MEASURE_SUM ? counts->x[k][at]
            : !counts->packets[k][at] ? NAN
            : counts->max[k][at]);
}

/* True if something is missing in an interval that a key of 'trigger' knows in
 * 'interval'. */
static bool
is_incomplete(const struct trigger *trigger, uint64_t interval)
{
    for (unsigned i = 0; i < trigger->depth; i++) {
        const struct trigger_why *why = &trigger->why[i];

        if (why->interval && why->interval + trigger->depth > interval + 1) {
            unit_check(why->causes == 1u << CAUSE_KEYS_FULL);
            return true;
        }
    }
    return false;
}

static void
check_key(const struct slot_of_test *slot, int k, uint64_t interval,
          size_t *n_values)
{
    const struct trigger *trigger = slot->trigger;
    const struct counts *counts = &slot->counts;
    struct flow_fields fields = key_fields(k);
    struct tested_key tk = { .key = key_space_find_key(trigger, &fields) };
    double values[8];
    uint64_t packets;

    ck_assert_uint_le(trigger->event->n_aggregates, ARRAY_SIZE(values));
    if (tk.key) {
        tk.member = key_group_find(tk.key->group, trigger);
        unit_check(tk.member && tk.member->trigger == trigger);
        /* The last packets of one that rests may have been refused. */
        unit_check(tk.key->last_interval == counts->last[k]
                   || (scarcity && tk.key->last_interval < counts->last[k]
                       && counts->last[k] + trigger->depth <= interval));
        unit_check(counted_key_in_window(trigger->space, tk.key, interval,
                                         &packets)
                   == (counts->last[k] == interval));
        unit_check(packets == counts->packets[k][interval]);
    } else {
        /* It stays as long as its history can be asked for. */
        unit_check(!counts->last[k]
                   || counts->last[k] + trigger->depth <= interval);
    }
    trigger_test(trigger, &tk, NULL, interval, values);
    for (size_t i = 0; i < trigger->event->n_aggregates; i++) {
        double x = model_value(trigger, counts, k, i, interval);

        unit_check(isnan(x) ? isnan(values[i]) : values[i] == x);
        *n_values += x > 0;
    }
}

/* Packets of a flow that matches some of the triggers. */
static void
count_flow(struct slot_of_test *slots, uint64_t interval)
{
    struct trigger *triggers[N_TRIGGERS];
    int k = unit_random(N_KEYS);
    struct flow_fields fields = key_fields(k);
    uint64_t packets = 1 + unit_random(9);
    double x = unit_random(20);
    bool all = unit_random(2);
    size_t n = 0;

    for (int i = 0; i < N_TRIGGERS; i++) {
        struct slot_of_test *slot = &slots[i];

        if (slot->trigger && slot->trigger->first_interval <= interval
            && (all || unit_random(3))) {
            struct counts *counts = &slot->counts;

            triggers[n++] = slot->trigger;
            counts->packets[k][interval] += packets;
            counts->x[k][interval] += x;
            counts->max[k][interval] = MAX(counts->max[k][interval], x);
            counts->last[k] = interval;
        }
    }

    /* As a plan's: by space. */
    while (n) {
        const struct key_space *space = triggers[0]->space;
        struct trigger *same[N_TRIGGERS];
        size_t n_same = 0, n_left = 0;

        for (size_t i = 0; i < n; i++) {
            if (triggers[i]->space == space) {
                same[n_same++] = triggers[i];
            } else {
                triggers[n_left++] = triggers[i];
            }
        }
        key_rig_count(same, n_same, &fields, packets, x);
        n = n_left;
    }
}

/* Lets a trigger come or go. */
static void
change_trigger(struct key_rig *rig, struct slot_of_test *slot,
               uint64_t interval)
{
    if (slot->trigger) {
        key_rig_remove(slot->trigger);
        slot->trigger = NULL;
    } else {
        memset(&slot->counts, 0, sizeof slot->counts);
        slot->trigger = key_rig_add(rig, texts[unit_random(ARRAY_SIZE(texts))],
                                    interval + unit_random(3));
    }
}

static void
check_invariants(const struct key_rig *rig, size_t *n_shared)
{
    const struct key_space *space;
    uint64_t n = 0;

    LIST_FOR_EACH (space, node, &rig->spaces) {
        const struct key_slot *slots = space->keys.slots;

        for (size_t i = 0; i <= space->keys.mask; i++) {
            const struct counted_key *a = slots[i].key;

            for (size_t m = 0; a && m < a->group->n_members; m++) {
                const struct trigger *trigger = a->group->members[m].trigger;

                n += !trigger->removed;
                for (size_t j = 0; j <= space->keys.mask; j++) {
                    const struct counted_key *b = slots[j].key;

                    unit_check(!b || a == b
                               || !flow_fields_equal(&a->fields, &b->fields)
                               || !key_group_find(b->group, trigger));
                }
            }
            *n_shared += a && a->group->n_members > 1;
        }
    }
    unit_check(n == rig->budget.n);
}

/* Stores in '*n_values' and '*n_shared' how many values were not 0, and keys
 * shared, and in '*n_incomplete' how many keys were not looked at. */
static void
check_random(int n_rounds, size_t *n_values, size_t *n_shared,
             size_t *n_incomplete)
{
    static struct slot_of_test slots[N_TRIGGERS];
    struct key_rig rig;

    *n_values = *n_shared = *n_incomplete = 0;
    for (int round = 0; round < n_rounds; round++) {
        memset(slots, 0, sizeof slots);
        key_rig_init(&rig);
        for (uint64_t interval = 1; interval < N_INTERVALS; interval++) {
            struct key_space *space;

            if (!unit_random(8)) {
                change_trigger(&rig, &slots[unit_random(N_TRIGGERS)],
                               interval);
            }
            LIST_FOR_EACH (space, node, &rig.spaces) {
                key_space_set_interval(space, interval);
            }
            for (int i = unit_random(20); i > 12; i--) {
                count_flow(slots, interval);
            }
            for (int i = 0; i < N_TRIGGERS; i++) {
                if (slots[i].trigger
                    && is_incomplete(slots[i].trigger, interval)) {
                    *n_incomplete += N_KEYS;
                    continue;
                }
                for (int k = 0; slots[i].trigger && k < N_KEYS; k++) {
                    check_key(&slots[i], k, interval, n_values);
                }
            }
            check_invariants(&rig, n_shared);
            LIST_FOR_EACH (space, node, &rig.spaces) {
                key_space_expire(space, interval);
                if (!unit_random(20)) {
                    key_space_expire_idle(space, interval * EPOCH_US, true);
                }
            }
        }
        for (int i = 0; i < N_TRIGGERS; i++) {
            if (slots[i].trigger) {
                key_rig_remove(slots[i].trigger);
            }
        }
        key_rig_uninit(&rig);
    }
}

START_TEST(test_random)
{
    size_t n_values, n_shared, n_incomplete;

    unit_seed();
    check_random(40, &n_values, &n_shared, &n_incomplete);
    ck_assert_uint_gt(n_values, 10000);
    ck_assert_uint_gt(n_shared, 10000);
    ck_assert_uint_eq(n_incomplete, 0);
}
END_TEST

/* What is incomplete is said to be, and all else is right. */
START_TEST(test_random_scarce)
{
    size_t n_values, n_shared, n_incomplete;

    unit_seed();
    scarcity = 20;
    check_random(40, &n_values, &n_shared, &n_incomplete);
    ck_assert_uint_gt(n_values, 1000);
    ck_assert_uint_gt(n_shared, 1000);
    ck_assert_uint_gt(n_incomplete, 1000);
}
END_TEST

/* Returns the number of counted keys in the space of 'trigger'. */
static size_t
n_counted(const struct trigger *trigger)
{
    return trigger->space->keys.n;
}

/* Keys that were split are joined when nothing tells them apart any more. */
START_TEST(test_join)
{
    struct flow_fields fields = key_fields(1);
    struct trigger *triggers[3];
    struct key_rig rig;

    key_rig_init(&rig);
    for (int i = 0; i < 3; i++) {
        triggers[i] = key_rig_add(&rig, texts[1], 1);
    }
    ck_assert_ptr_eq(triggers[0]->space, triggers[2]->space);
    ck_assert_uint_eq(triggers[0]->depth, 4);
    for (uint64_t interval = 1; interval < 12; interval++) {
        key_space_set_interval(triggers[0]->space, interval);
        key_rig_count(triggers, 3, &fields, 2, 3);
        ck_assert_uint_eq(n_counted(triggers[0]),
                          interval <= 4 || interval >= 9 ? 1 : 2);
        if (interval == 4) {
            key_rig_count(triggers, 2, &fields, 1, 1);
            ck_assert_uint_eq(n_counted(triggers[0]), 2);
        }
        for (int i = 0; i < 3; i++) {
            ck_assert_uint_eq(triggers[i]->n_keys, 1);
        }
        key_space_expire(triggers[0]->space, interval);
    }
    for (int i = 0; i < 3; i++) {
        key_rig_remove(triggers[i]);
    }
    key_rig_uninit(&rig);
}
END_TEST

/* A removed trigger's part is not kept, and who replaces it begins anew. */
START_TEST(test_replace)
{
    struct flow_fields fields = key_fields(1);
    struct trigger *triggers[2];
    struct counted_key *key;
    struct key_rig rig;

    key_rig_init(&rig);
    triggers[0] = key_rig_add(&rig, texts[0], 1);
    triggers[1] = key_rig_add(&rig, texts[0], 1);
    key_space_set_interval(triggers[0]->space, 1);
    key_rig_count(triggers, 2, &fields, 5, 0);
    ck_assert_uint_eq(rig.budget.n, 2);
    key_rig_remove(triggers[1]);
    ck_assert_uint_eq(rig.budget.n, 1);
    triggers[1] = key_rig_add(&rig, texts[0], 1);
    ck_assert_ptr_null(key_space_find_key(triggers[1], &fields));
    key_rig_count(triggers, 2, &fields, 7, 0);
    ck_assert_uint_eq(n_counted(triggers[0]), 2);
    key = key_space_find_key(triggers[0], &fields);
    ck_assert_uint_eq(counted_key_interval(triggers[0]->space, key,
                                           1)->packets, 12);
    key = key_space_find_key(triggers[1], &fields);
    ck_assert_uint_eq(counted_key_interval(triggers[1]->space, key,
                                           1)->packets, 7);
    key_rig_remove(triggers[0]);
    key_rig_remove(triggers[1]);
    key_rig_uninit(&rig);
}
END_TEST

/* What is full is full trigger by trigger. */
START_TEST(test_full)
{
    struct trigger *triggers[3];
    struct key_rig rig;

    key_rig_init(&rig);
    rig.budget.max = 5;
    for (int i = 0; i < 3; i++) {
        triggers[i] = key_rig_add(&rig, texts[0], 1);
    }
    key_space_set_interval(triggers[0]->space, 1);
    for (int k = 0; k < 3; k++) {
        struct flow_fields fields = key_fields(k);

        key_rig_count(triggers, 3, &fields, 1, 0);
    }
    ck_assert_uint_eq(rig.budget.n, 5);
    ck_assert_uint_eq(triggers[0]->n_keys + triggers[1]->n_keys
                      + triggers[2]->n_keys, 5);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(trigger_why(triggers[i], 1), 1u << CAUSE_KEYS_FULL);
        key_rig_remove(triggers[i]);
    }
    key_rig_uninit(&rig);
}
END_TEST

/* Returns what 'trigger' has counted of 'fields' in interval 1. */
static uint64_t
packets_of(const struct trigger *trigger, const struct flow_fields *fields)
{
    const struct counted_key *key = key_space_find_key(trigger, fields);

    return key ? counted_key_interval(trigger->space, key, 1)->packets : 0;
}

/* A key for whose parts there is no memory stays whole, and does not count
 * for those who would need one; for the rest it is right. */
START_TEST(test_scarce)
{
    struct flow_fields fields = key_fields(1);
    struct trigger *triggers[3];
    struct key_rig rig;

    key_rig_init(&rig);
    for (int i = 0; i < 3; i++) {
        triggers[i] = key_rig_add(&rig, texts[0], 1);
    }
    key_space_set_interval(triggers[0]->space, 1);
    scarcity = 1;
    key_rig_count(triggers, 3, &fields, 1, 0);
    ck_assert_uint_eq(n_counted(triggers[0]), 0);
    ck_assert_uint_eq(rig.budget.n, 0);
    scarcity = 0;
    key_rig_count(triggers, 3, &fields, 2, 0);

    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(trigger_why(triggers[i], 1), 1u << CAUSE_KEYS_FULL);
        triggers[i]->why[1].causes = 0;
    }
    scarcity = 1;
    key_rig_count(triggers, 2, &fields, 4, 0);
    ck_assert_uint_eq(n_counted(triggers[0]), 1);
    ck_assert_uint_eq(rig.budget.n, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(packets_of(triggers[i], &fields), 2);
        ck_assert_uint_eq(trigger_why(triggers[i], 1),
                          i < 2 ? 1u << CAUSE_KEYS_FULL : 0);
    }

    scarcity = 0;
    key_rig_count(triggers, 2, &fields, 8, 0);
    ck_assert_uint_eq(n_counted(triggers[0]), 2);
    key_rig_count(triggers, 3, &fields, 16, 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(packets_of(triggers[i], &fields),
                          2 + (i < 2 ? 8 : 0) + 16);
        key_rig_remove(triggers[i]);
    }
    key_rig_uninit(&rig);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("key-space");
    TCase *tc;

    tc = tcase_create("keys");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_random);
    tcase_add_test(tc, test_random_scarce);
    tcase_add_test(tc, test_join);
    tcase_add_test(tc, test_replace);
    tcase_add_test(tc, test_full);
    tcase_add_test(tc, test_scarce);
    suite_add_tcase(suite, tc);
    return suite;
}
