/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "event/port-name.h"
#include "monitor/compare.h"
#include "monitor/plan-cache.h"
#include "monitor/plan.h"
#include "tests/monitor-unit.h"

/* The trigger table against filter_matches() over all triggers, plans against
 * what the table says, and the plan cache against plans. */

static struct trigger *
make_trigger(const char *name, const char *text)
{
    struct event *event = unit_parse(text);
    struct trigger *trigger = trigger_create(name, event);

    event_unref(event);
    return trigger;
}

/* Returns a table of triggers with the texts, which end with null. */
static struct trigger_table *
make_table(const char *const *texts)
{
    struct trigger *triggers[64] = { NULL };
    struct trigger_table *table;
    size_t n;

    for (n = 0; texts[n]; n++) {
        triggers[n] = make_trigger("t", texts[n]);
    }
    table = trigger_table_create(triggers, n, NULL, 1);
    while (n) {
        trigger_unref(triggers[--n]);
    }
    return table;
}

/* Random filters and flows of a small world, so that they often meet. */

static void
random_address(uint8_t address[16], bool ipv6)
{
    if (ipv6) {
        address[0] = 0x20;
        address[7] = unit_random(3);
    } else {
        address[12] = 10;
        address[14] = unit_random(2);
    }
    address[15] = unit_random(4);
}

static void
random_mask(uint8_t mask[16], bool ipv6)
{
    int prefix = (ipv6 ? 128 : 32) - unit_random(4) * (ipv6 ? 24 : 8);
    int first = ipv6 ? 0 : 12;

    if (unit_random(2)) {
        return;
    }
    for (int i = 0; i < prefix; i++) {
        mask[first + i / 8] |= 0x80 >> i % 8;
    }
    if (!unit_random(4)) {
        mask[first] ^= 0x80;        /* No prefix. */
    }
}

static void
random_fields(struct flow_fields *fields)
{
    memset(fields, 0, sizeof *fields);
    fields->in_port = unit_random(3);
    fields->vlan = unit_random(2) ? 0 : FLOW_FIELDS_VLAN | unit_random(2);
    if (unit_random(4)) {
        bool ipv6 = unit_random(2);

        fields->dl_type = ipv6 ? 0x86dd : 0x0800;
        fields->has = ipv6 ? FLOW_HAS_IPV6 : FLOW_HAS_IPV4;
        random_address(fields->src, ipv6);
        random_address(fields->dst, ipv6);
        fields->nw_proto = unit_random(2) ? 6 : 17;
        fields->tp_src = unit_random(3);
        fields->tp_dst = 80 + unit_random(2);
    } else {
        fields->dl_type = 0x0806;
    }
    if (!unit_random(3)) {
        fields->has |= FLOW_HAS_TUNNEL;
        fields->tun_id = unit_random(4);
    }
}

static void
random_filter(struct filter *filter)
{
    struct flow_fields value;

    random_fields(&value);
    memset(filter, 0, sizeof *filter);
    filter->mask.in_port = unit_random(4) ? 0 : UINT32_MAX;
    filter->mask.vlan = unit_random(4) ? 0 : UINT16_MAX;
    filter->mask.tun_id = unit_random(4) ? 0 : unit_random(2) ? 1 : UINT64_MAX;
    if (unit_random(3)) {
        bool ipv6 = value.dl_type == 0x86dd;

        filter->mask.dl_type = UINT16_MAX;
        if (value.dl_type != 0x0806) {
            random_mask(filter->mask.src, ipv6);
            random_mask(filter->mask.dst, ipv6);
            filter->mask.nw_proto = unit_random(2) ? UINT8_MAX : 0;
            filter->mask.tp_src = unit_random(4) ? 0 : UINT16_MAX;
            filter->mask.tp_dst = unit_random(4) ? 0 : 0xfffe;
        }
    }
    flow_fields_and(&filter->value, &value, &filter->mask);
}

#define MAX_TRIGGERS 300

/* Fails unless the matches of 'fields' are those of the model; stores them,
 * in the table's order, in 'matches', and returns their number. */
static size_t
check_match(const struct trigger_table *table,
            const struct flow_fields *fields, uint32_t *matches)
{
    uint32_t sorted[MAX_TRIGGERS], again[MAX_TRIGGERS];
    size_t n = trigger_table_match(table, fields, matches);
    size_t n_expected = 0;

    memcpy(sorted, matches, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_u32);
    for (uint32_t i = 0; i < table->n_entries; i++) {
        if (filter_matches(&table->entries[i].trigger->event->filter,
                           fields)) {
            unit_check(n_expected < n && sorted[n_expected] == i);
            n_expected++;
        }
    }
    unit_check(n == n_expected);

    unit_check(trigger_table_match(table, fields, again) == n);
    unit_check(!memcmp(again, matches, n * sizeof *matches));
    return n;
}

/* Returns a table of 'n' triggers with 'text', but for its filter, which is
 * a random one. */
static struct trigger_table *
random_table(size_t n, const char *text, uint64_t version)
{
    static const char *const ports[] = { "", "p1", "p2" };
    static struct trigger *triggers[MAX_TRIGGERS];
    struct trigger_table *table;

    for (int i = 1; i < ARRAY_SIZE(ports); i++) {
        ck_assert_uint_eq(port_name_intern(ports[i]), i);
    }
    for (size_t i = 0; i < n; i++) {
        triggers[i] = make_trigger("t", text);
        random_filter(&triggers[i]->event->filter);

        struct filter *filter = &triggers[i]->event->filter;
        if (filter->mask.in_port) {
            filter->value.in_port = port_name_ref(ports[1 + unit_random(2)]);
        }
    }
    table = trigger_table_create(triggers, n, NULL, version);
    while (n) {
        trigger_unref(triggers[--n]);
    }
    return table;
}

START_TEST(test_random)
{
    size_t n_matches = 0;

    unit_seed();
    for (int round = 0; round < 60; round++) {
        size_t n = round ? unit_random(MAX_TRIGGERS) : 0;
        uint32_t sets[64][MAX_TRIGGERS], sorted_sets[64][MAX_TRIGGERS];
        size_t n_sets = 0, n_set[64];
        struct trigger_table *table;

        table = random_table(n, "on any when count() > 0", round + 1);
        ck_assert_uint_eq(table->version, round + 1);
        for (int i = 0; i < 300; i++) {
            uint32_t matches[MAX_TRIGGERS], sorted[MAX_TRIGGERS];
            struct flow_fields fields;
            size_t n_match;

            random_fields(&fields);
            n_match = check_match(table, &fields, matches);
            n_matches += n_match;

            /* The same set always comes in the same order. */
            memcpy(sorted, matches, n_match * sizeof *sorted);
            qsort(sorted, n_match, sizeof *sorted, compare_u32);
            for (size_t s = 0; s < n_sets; s++) {
                size_t size = n_match * sizeof *matches;

                unit_check(n_set[s] != n_match
                           || memcmp(sorted_sets[s], sorted, size)
                           || !memcmp(sets[s], matches, size));
            }
            if (n_sets < 64) {
                memcpy(sets[n_sets], matches, n_match * sizeof *matches);
                memcpy(sorted_sets[n_sets], sorted, n_match * sizeof *sorted);
                n_set[n_sets++] = n_match;
            }
        }
        trigger_table_unref(trigger_table_ref(table));
        trigger_table_unref(table);
    }
    ck_assert_uint_gt(n_matches, 10000);
}
END_TEST

/* Equal filters share a node, equal masks a pattern. */
START_TEST(test_patterns)
{
    static const char *const texts[] = {
        "on tcp,tp_dst=80 when count() > 1",
        "on ip,nw_dst=10.0.0.0/24 when count() > 1",
        "on tcp,tp_dst=443 when count() > 1",
        "on ip,nw_dst=10.0.1.0/24 when count() > 1",
        "on udp,tp_dst=80 when count() > 2",
        "on tcp,tp_dst=80 when count() > 2",
        "on any when count() > 1",
        NULL,
    };
    const struct flow_fields fields = {
        .dl_type = 0x0800, .nw_proto = 6, .tp_dst = 80,
        .dst = { [12] = 10, 0, 1, 7 }, .has = FLOW_HAS_IPV4,
    };
    struct trigger_table *table = make_table(texts);
    uint32_t matches[8];

    ck_assert_uint_eq(table->n_patterns, 3);
    ck_assert_uint_eq(check_match(table, &fields, matches), 4);
    trigger_table_unref(table);
}
END_TEST

/* Plans. */

static const char *const plan_texts[] = {
    "on tcp when sum(is_syn) > 1 && count() > 2",
    "on tcp,tp_dst=80 when max(bytes) > 1 || sum(is_syn)[-1] > 3",
    "on udp when sum(volume) > 1",
    "on ip when avg(ttl) > 1 && sum(is_syn) > 5 && sum(bytes) > 5",
    "on any when count() == 0",
    NULL,
};

static struct flow_fields
ip_fields(uint8_t proto, uint16_t tp_dst)
{
    return (struct flow_fields) {
        .dl_type = 0x0800, .nw_proto = proto, .tp_dst = tp_dst,
        .has = FLOW_HAS_IPV4,
    };
}

/* Fails unless 'plan' is the one of 'fields'. */
static void
check_plan(const struct plan_store *store, const struct flow_fields *fields,
           uint32_t plan)
{
    const struct trigger_table *table = store->table;
    struct plan_cells pc = plan_store_cells(store, plan);
    uint32_t matches[MAX_TRIGGERS];
    size_t n = check_match(table, fields, matches), i = 0;
    uint64_t used = 0;
    struct plan_trigger pt;

    PLAN_FOR_EACH_TRIGGER (pt, store, plan) {
        const struct event *event = table->entries[pt.entry].trigger->event;

        unit_check(i < n && pt.entry == matches[i]);
        for (size_t j = 0; j < event->n_measures; j++) {
            const struct measure *measure = &event->measures[j];
            uint32_t cell = pt.cells[j];

            if (!measure_kind_is_base(measure->kind)) {
                unit_check(cell < pc.n);
                unit_check(measure_equal(
                               table->measures[pc.measures[cell]], measure));
                used |= UINT64_C(1) << cell;
            }
        }
        i++;
    }
    unit_check(i == n);
    unit_check(used == (UINT64_C(1) << pc.n) - 1);      /* None too much. */
    for (uint32_t a = 0; a < pc.n; a++) {
        for (uint32_t b = 0; b < a; b++) {
            unit_check(pc.measures[a] != pc.measures[b]);
        }
    }
}

START_TEST(test_plans)
{
    struct trigger_table *table = make_table(plan_texts);
    struct flow_fields web = ip_fields(6, 80);
    struct flow_fields ssh = ip_fields(6, 22);
    struct flow_fields dns = ip_fields(17, 53);
    struct flow_fields arp = { .dl_type = 0x0806 };
    struct plan_store *store;
    uint32_t plan, n_words;

    /* sum(is_syn), max(bytes), avg(ttl); the rest is counted anyway. */
    ck_assert_uint_eq(table->n_measures, 3);

    store = plan_store_create(PLAN_PACKET, table, 1, 1u << 16);
    ck_assert(store);
    plan = plan_store_match(store, &web);
    ck_assert_uint_ne(plan, PLAN_NONE);
    ck_assert_uint_ne(plan, PLAN_FULL);
    ck_assert_uint_eq(plan_store_cells(store, plan).n, 3);
    check_plan(store, &web, plan);

    /* Interned. */
    n_words = store->n_words;
    web.tp_src = 4711;
    ck_assert_uint_eq(plan_store_match(store, &web), plan);
    ck_assert_uint_eq(store->n_words, n_words);

    ck_assert_uint_ne(plan_store_match(store, &ssh), plan);
    check_plan(store, &ssh, plan_store_match(store, &ssh));
    check_plan(store, &dns, plan_store_match(store, &dns));
    check_plan(store, &arp, plan_store_match(store, &arp));
    ck_assert_uint_eq(
        plan_store_cells(store, plan_store_match(store, &arp)).n, 0);
    ck_assert_uint_gt(store->n_words, n_words);
    check_plan(store, &web, plan);
    plan_store_destroy(store);
    trigger_table_unref(table);
}
END_TEST

START_TEST(test_no_plan)
{
    static const char *const texts[] = { "on tcp when count() > 1", NULL };
    struct trigger_table *table = make_table(texts);
    struct trigger_table *empty = trigger_table_create(NULL, 0, NULL, 2);
    struct flow_fields dns = ip_fields(17, 53);
    struct plan_store *store;

    store = plan_store_create(PLAN_PACKET, table, 1, 1u << 16);
    ck_assert_uint_eq(plan_store_match(store, &dns), PLAN_NONE);
    plan_store_destroy(store);
    store = plan_store_create(PLAN_PACKET, empty, 1, 1u << 16);
    ck_assert_uint_eq(plan_store_match(store, &dns), PLAN_NONE);
    plan_store_destroy(store);
    trigger_table_unref(table);
    trigger_table_unref(empty);
}
END_TEST

/* With 12 triggers that overlap, there are 4096 sets of them. */
START_TEST(test_plans_full)
{
    struct trigger *triggers[12];
    struct trigger_table *table;
    struct plan_store *store;
    uint32_t plans[4096];
    bool tight = false;
    size_t n = 0;

    for (int i = 0; i < 12; i++) {
        triggers[i] = make_trigger("t", "on any when max(bytes) > 1");
        triggers[i]->event->filter.mask.tp_src = 1u << i;
        triggers[i]->event->filter.value.tp_src = 1u << i;
    }
    table = trigger_table_create(triggers, 12, NULL, 1);
    for (int i = 0; i < 12; i++) {
        trigger_unref(triggers[i]);
    }
    store = plan_store_create(PLAN_PACKET, table, 1, 10000);
    for (n = 0; n < 4096; n++) {
        struct flow_fields fields = { .tp_src = n };

        plans[n] = plan_store_match(store, &fields);
        ck_assert_uint_le(store->n_words, store->max_words);
        if (plans[n] == PLAN_FULL) {
            break;
        }
        ck_assert_int_eq(n == 0, plans[n] == PLAN_NONE);
        ck_assert_int_eq(plan_store_is_tight(store), store->n_words > 7500);
        if (!tight && plan_store_is_tight(store)) {
            tight = true;
            ck_assert_uint_gt(n, 100);
        }
    }
    ck_assert(tight);
    ck_assert_uint_gt(n, 200);
    ck_assert_uint_lt(n, 4096);

    /* Those that are there stay good. */
    for (size_t i = 1; i < n; i++) {
        struct flow_fields fields = { .tp_src = i };

        unit_check(plan_store_match(store, &fields) == plans[i]);
        check_plan(store, &fields, plans[i]);
        for (size_t j = 1; j < i; j++) {
            unit_check(plans[i] != plans[j]);
        }
    }
    plan_store_destroy(store);
    trigger_table_unref(table);
}
END_TEST

/* What is remembered is what would be found, for each table of triggers. */
START_TEST(test_plan_cache)
{
    struct plan_cache cache;
    size_t n_known = 0;

    unit_seed();
    ck_assert(plan_cache_init(&cache));
    for (int round = 0; round < 40; round++) {
        bool tcp = round % 2;
        struct trigger_table *table
            = random_table(unit_random(6), tcp ? "on tcp when sum(is_lost) > 0"
                           : "on any when count() > 0", round + 1);
        struct plan_store *store = plan_store_create(PLAN_PACKET, table,
                                                     round + 1, 1u << 16);

        for (int i = 0; i < 1000; i++) {
            struct flow_fields fields;
            uint32_t plan, known;

            random_fields(&fields);
            plan = plan_store_match(store, &fields);
            if (plan_cache_find(&cache, store, &fields, &known)) {
                unit_check(known == plan);
                n_known++;
            } else {
                plan_cache_put(&cache, store, &fields, plan);
                unit_check(plan_cache_find(&cache, store, &fields, &known));
                unit_check(known == plan);
            }
        }
        plan_store_destroy(store);
        trigger_table_unref(table);
    }
    ck_assert_uint_gt(n_known, 20 * 1000);
    plan_cache_uninit(&cache);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("trigger-table");
    TCase *tc;

    tc = tcase_create("table");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_random);
    tcase_add_test(tc, test_patterns);
    suite_add_tcase(suite, tc);

    tc = tcase_create("plans");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_plans);
    tcase_add_test(tc, test_no_plan);
    tcase_add_test(tc, test_plans_full);
    tcase_add_test(tc, test_plan_cache);
    suite_add_tcase(suite, tc);
    return suite;
}
