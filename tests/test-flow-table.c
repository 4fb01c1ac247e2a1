/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/epoch-buffer.h"
#include "monitor/flow-table.h"
#include "tests/monitor-unit.h"

/* The flow table and its places, against models that look at everything. */

/* Flow table. */

#define N_FLOWS 400
#define MAX_FLOWS 128

/* A flow that may be in the table. */
struct model_flow {
    struct flow_key key;
    struct ipv6_addresses ipv6;
    uint64_t hash;
};

static void
random_flow(struct flow_table *table, struct model_flow *flow, uint32_t i)
{
    memset(flow, 0, sizeof *flow);
    flow->key.kind = FLOW_IPV4 + unit_random(3);
    flow->key.tp_src = i;
    flow->key.tp_dst = unit_random(3);
    flow->key.src = unit_random(UINT32_MAX);
    flow->key.place = place_get(&table->places, &(struct entrance) {
        .in_port = 1 + unit_random(5) }, 0);
    if (flow->key.kind == FLOW_IPV6) {
        uint64_t digest;

        for (int j = 0; j < 16; j++) {
            flow->ipv6.src[j] = unit_random(256);
            flow->ipv6.dst[j] = unit_random(256);
        }
        digest = ipv6_addresses_digest(&flow->ipv6, &table->secret);
        flow->key.src = digest;
        flow->key.dst = digest >> 32;
    }
    flow->hash = flow_key_hash(&flow->key, &table->secret);
}

static bool
entry_is(const struct flow_table *table, const struct flow_entry *entry,
         const struct model_flow *flow)
{
    return (entry->key.kind != FLOW_NONE
            && !memcmp(&entry->key, &flow->key, sizeof entry->key)
            && (entry->key.kind != FLOW_IPV6
                || !memcmp(&table->ipv6[entry - table->entries], &flow->ipv6,
                           sizeof flow->ipv6)));
}

static void
get_fields(const struct flow_table *table, const struct flow_entry *entry,
           struct flow_fields *fields)
{
    flow_table_get_fields(table, &entry->key, entry - table->entries, fields);
}

/* Looks everywhere. */
static struct flow_entry *
scan(struct flow_table *table, const struct model_flow *flow)
{
    struct flow_entry *found = NULL;

    for (uint32_t i = 0; i <= table->mask; i++) {
        if (entry_is(table, &table->entries[i], flow)) {
            unit_check(!found);
            found = &table->entries[i];
        }
    }
    return found;
}

static struct flow_entry *
lookup(struct flow_table *table, const struct model_flow *flow)
{
    struct flow_entry *entry = flow_table_lookup(table, &flow->key, flow->hash,
                                                 &flow->ipv6);

    unit_check(!entry || flow_table_may_have(table, flow->hash));
    return entry;
}

static struct flow_entry *
insert(struct flow_table *table, const struct model_flow *flow,
       const struct flow_table_age *age)
{
    return flow_table_insert(table, &flow->key, flow->hash, &flow->ipv6, age);
}

/* True if there is an entry for 'flow' to take. */
static bool
has_room(const struct flow_table *table, const struct model_flow *flow,
         const struct flow_table_age *age)
{
    uint32_t first = flow_table_index(table, flow->hash);

    for (int i = 0; i < FLOW_TABLE_PROBES; i++) {
        const struct flow_entry *entry
            = &table->entries[(first + i) & table->mask];

        if (entry->key.kind == FLOW_NONE) {
            return table->n_flows < table->max_flows;
        }
        if (entry->last_seq <= age->released) {
            return true;
        }
    }
    return false;
}

/* Fails unless the table's figures are those of its entries. */
static void
check_figures(const struct flow_table *table)
{
    uint32_t refs[16] = { 0 };
    uint32_t n = 0;

    for (uint32_t i = 0; i <= table->mask; i++) {
        const struct flow_entry *entry = &table->entries[i];

        if (entry->key.kind != FLOW_NONE) {
            n++;
            refs[entry->key.place]++;
        }
        unit_check(!table->filter.tags[i] == (entry->key.kind == FLOW_NONE));
    }
    ck_assert_uint_eq(n, table->n_flows);
    ck_assert_uint_le(n, table->max_flows);
    for (int i = 0; i < 16; i++) {
        ck_assert_uint_eq(refs[i], table->places.places[i].refs);
    }
}

/* Which flow is active in which entry, in the latest buffers. */
struct model_buffer {
    size_t n;
    struct {
        const struct flow_entry *entry;
        const struct model_flow *flow;
    } active[2048];
};

START_TEST(test_random)
{
    static struct model_flow flows[N_FLOWS];
    static struct model_buffer buffers[N_EPOCH_BUFFERS];
    struct flow_table_age age = { 1, 0 };
    struct flow_table table;
    size_t n_full = 0, n_inserted = 0, n_unknown = 0, n_doubtful = 0;
    uint32_t before = 0, n_expired = 0;

    unit_seed();
    unit_check(flow_table_init(&table, MAX_FLOWS));
    for (uint32_t i = 0; i < N_FLOWS; i++) {
        random_flow(&table, &flows[i], i);
    }

    for (int step = 0; step < 3000; step++) {
        struct model_buffer *buffer = &buffers[age.current % N_EPOCH_BUFFERS];
        size_t burst = unit_random(16);
        size_t base = unit_random(N_FLOWS);

        for (size_t i = 0; i < burst; i++) {
            size_t f = (base + unit_random(40)) % N_FLOWS;
            const struct model_flow *flow = &flows[f];
            struct flow_entry *entry = lookup(&table, flow);

            unit_check(entry == scan(&table, flow));
            if (!entry) {
                bool room = has_room(&table, flow, &age);

                n_unknown++;
                n_doubtful += flow_table_may_have(&table, flow->hash);
                entry = insert(&table, flow, &age);
                unit_check((entry != NULL) == room);
                n_full += !entry;
                if (!entry) {
                    continue;
                }
                n_inserted++;
                unit_check(entry_is(&table, entry, flow));
                unit_check(entry->generation == 0);
                unit_check(entry->active == FLOW_UNSEEN);
                unit_check(entry->last_seq == age.released);
            }
            entry->last_seq = age.current;
            buffer->active[buffer->n].entry = entry;
            buffer->active[buffer->n++].flow = flow;
        }

        /* Whatever happens, an entry stays until its buffer was released. */
        for (uint32_t seq = age.released + 1; seq <= age.current; seq++) {
            const struct model_buffer *b = &buffers[seq % N_EPOCH_BUFFERS];

            for (size_t i = 0; i < b->n; i++) {
                unit_check(entry_is(&table, b->active[i].entry,
                                    b->active[i].flow));
            }
        }
        if (unit_random(8)) {
            if (age.current - age.released < N_EPOCH_BUFFERS) {
                age.current++;
                buffers[age.current % N_EPOCH_BUFFERS].n = 0;
            }
            before = table.n_flows;
            flow_table_expire(&table, 1 + unit_random(8), &age);
            n_expired += before - table.n_flows;
        }
        if (unit_random(3) && age.released + 1 < age.current) {
            age.released++;
        }
        if (step % 16 == 0) {
            check_figures(&table);
        }
    }
    ck_assert_uint_lt(n_doubtful, n_unknown / 10);
    ck_assert_uint_gt(n_full, 0);
    ck_assert_uint_gt(n_inserted, N_FLOWS);

    /* All go when they have been idle. */
    age.current += 200;
    age.released = age.current - 1;
    flow_table_expire(&table, 2 * (table.mask + 1), &age);
    n_expired += table.n_flows == 0;
    unit_check(table.n_flows == 0);
    check_figures(&table);
    ck_assert_uint_gt(n_expired, 0);
    flow_table_uninit(&table);
}
END_TEST

/* Makes flows whose first probe is the same entry. */
static void
colliding_flows(struct flow_table *table, struct model_flow *flows, size_t n)
{
    uint32_t index = table->mask - 3;   /* The probes wrap around. */

    for (size_t i = 0; i < n; ) {
        random_flow(table, &flows[i], unit_random(60000));
        if (flow_table_index(table, flows[i].hash) == index
            && !scan(table, &flows[i])) {
            i++;
        }
    }
}

START_TEST(test_collisions)
{
    struct model_flow flows[FLOW_TABLE_PROBES + 3];
    struct flow_table_age age = { 10, 9 };
    struct flow_entry *entries[FLOW_TABLE_PROBES];
    struct flow_table table;

    unit_seed();
    ck_assert(flow_table_init(&table, MAX_FLOWS));
    colliding_flows(&table, flows, ARRAY_SIZE(flows));
    for (int i = 0; i < FLOW_TABLE_PROBES; i++) {
        entries[i] = insert(&table, &flows[i], &age);
        ck_assert(entries[i]);
        entries[i]->last_seq = 10 + i;
    }
    for (int i = 0; i < FLOW_TABLE_PROBES; i++) {
        ck_assert_ptr_eq(lookup(&table, &flows[i]), entries[i]);
    }

    /* The window is full and its buffers are not released. */
    ck_assert(!lookup(&table, &flows[FLOW_TABLE_PROBES]));
    ck_assert(!insert(&table, &flows[FLOW_TABLE_PROBES], &age));

    /* The one that was active least recently goes first. */
    entries[5]->last_seq = 9;
    ck_assert_ptr_eq(insert(&table, &flows[FLOW_TABLE_PROBES], &age),
                     entries[5]);
    entries[5]->last_seq = 40;
    ck_assert(!lookup(&table, &flows[5]));
    ck_assert_ptr_eq(lookup(&table, &flows[FLOW_TABLE_PROBES]), entries[5]);
    ck_assert_ptr_eq(lookup(&table, &flows[15]), entries[15]);
    age = (struct flow_table_age) { 41, 13 };
    ck_assert_ptr_eq(insert(&table, &flows[FLOW_TABLE_PROBES + 1], &age),
                     entries[0]);
    entries[0]->last_seq = 41;
    check_figures(&table);

    /* Sequence numbers wrap. */
    for (int i = 0; i < FLOW_TABLE_PROBES; i++) {
        entries[i]->last_seq = UINT32_MAX - 2 + i;
    }
    age = (struct flow_table_age) { 14, UINT32_MAX - 3 };
    ck_assert(!insert(&table, &flows[FLOW_TABLE_PROBES + 2], &age));
    age = (struct flow_table_age) { 14, 3 };
    ck_assert_ptr_eq(insert(&table, &flows[FLOW_TABLE_PROBES + 2], &age),
                     entries[0]);

    /* A run of idle entries is expired without cutting off what is behind:
     * here all but the last one are idle. */
    age = (struct flow_table_age) { 1000, 999 };
    entries[15]->last_seq = 999;
    flow_table_expire(&table, 4 * (table.mask + 1), &age);
    ck_assert_ptr_eq(lookup(&table, &flows[15]), entries[15]);
    ck_assert_uint_eq(table.n_flows, FLOW_TABLE_PROBES);
    age = (struct flow_table_age) { 1200, 999 };
    flow_table_expire(&table, 2 * (table.mask + 1), &age);
    ck_assert_uint_eq(table.n_flows, 0);
    check_figures(&table);
    flow_table_uninit(&table);
}
END_TEST

/* Keys in sequence, which is what a scan sends, find room as random ones do,
 * whatever the secret. */
START_TEST(test_sequences)
{
    size_t n_lost = 0;

    unit_seed();
    for (int i = 0; i < 4000; i++) {
        struct flow_table table = { .mask = 127 };
        bool used[128] = { false };

        for (int j = 0; j < 6; j++) {
            table.secret.key[j] = (uint64_t) unit_random(UINT32_MAX) << 32
                                  | unit_random(UINT32_MAX);
        }
        for (uint32_t k = 0; k < 60; k++) {
            struct flow_key key = { .kind = FLOW_IPV4, .nw_proto = 6 };
            uint32_t index, probe;

            *(i % 3 ? &key.tp_src : &key.place) = k << (i % 2 ? 0 : 8);
            index = flow_table_index(&table,
                                     flow_key_hash(&key, &table.secret));
            for (probe = 0; probe < FLOW_TABLE_PROBES; probe++) {
                if (!used[(index + probe) & table.mask]) {
                    used[(index + probe) & table.mask] = true;
                    break;
                }
            }
            n_lost += probe == FLOW_TABLE_PROBES;
        }
    }
    ck_assert_uint_lt(n_lost, 60);      /* Of 240,000; expected are 12. */
}
END_TEST

/* Two IPv6 flows whose digests are equal are two flows. */
START_TEST(test_forged_digest)
{
    struct flow_table_age age = { 1, 0 };
    struct flow_entry *entry, *other_entry;
    struct model_flow flow, other;
    struct flow_fields fields;
    struct flow_table table;

    unit_seed();
    ck_assert(flow_table_init(&table, MAX_FLOWS));
    do {
        random_flow(&table, &flow, 1);
    } while (flow.key.kind != FLOW_IPV6);
    other = flow;
    other.ipv6.dst[15] ^= 1;

    entry = insert(&table, &flow, &age);
    ck_assert(entry);
    ck_assert(!lookup(&table, &other));
    other_entry = insert(&table, &other, &age);
    ck_assert(other_entry && other_entry != entry);
    ck_assert_ptr_eq(lookup(&table, &flow), entry);
    ck_assert_ptr_eq(lookup(&table, &other), other_entry);

    get_fields(&table, other_entry, &fields);
    ck_assert_int_eq(memcmp(fields.src, other.ipv6.src, 16), 0);
    ck_assert_int_eq(memcmp(fields.dst, other.ipv6.dst, 16), 0);
    ck_assert_uint_eq(fields.dl_type, 0x86dd);
    ck_assert_uint_eq(fields.has, FLOW_HAS_IPV6);
    flow_table_uninit(&table);
}
END_TEST

START_TEST(test_fields)
{
    struct flow_table_age age = { 1, 0 };
    const struct flow_fields expected = {
        .in_port = 7, .vlan = 5 | FLOW_FIELDS_VLAN, .dl_type = 0x0800,
        .tun_id = 99, .src = { [12] = 10, 0, 0, 1 },
        .dst = { [12] = 10, 0, 0, 2 }, .tp_src = 1000, .tp_dst = 80,
        .nw_proto = 6, .has = FLOW_HAS_IPV4 | FLOW_HAS_TUNNEL,
    };
    const struct flow_fields expected_arp = {
        .in_port = 8, .dl_type = 0x0806,
    };
    struct model_flow flow, arp;
    struct flow_fields fields;
    struct flow_table table;

    ck_assert(flow_table_init(&table, MAX_FLOWS));
    memset(&flow, 0, sizeof flow);
    flow.key = (struct flow_key) {
        .src = (OVS_FORCE uint32_t) htonl(0x0a000001),
        .dst = (OVS_FORCE uint32_t) htonl(0x0a000002),
        .tp_src = (OVS_FORCE uint16_t) htons(1000),
        .tp_dst = (OVS_FORCE uint16_t) htons(80),
        .nw_proto = 6,
        .kind = FLOW_IPV4,
        .place = place_get(&table.places, &(struct entrance) {
            .in_port = 7, .tunnel = true, .tun_id = 99,
        }, 5 | FLOW_FIELDS_VLAN),
    };
    get_fields(&table, insert(&table, &flow, &age), &fields);
    ck_assert(flow_fields_equal(&fields, &expected));

    memset(&arp, 0, sizeof arp);
    arp.key = (struct flow_key) {
        .src = 0x0806,
        .kind = FLOW_OTHER,
        .place = place_get(&table.places,
                           &(struct entrance) { .in_port = 8 }, 0),
    };
    arp.hash = 3;
    get_fields(&table, insert(&table, &arp, &age), &fields);
    ck_assert(flow_fields_equal(&fields, &expected_arp));
    flow_table_uninit(&table);
}
END_TEST

/* A table that grows keeps what is not idle. */
/* While the table is nearly full, entries that were swept go after two epochs
 * without a packet; else they may stay for a second. */
START_TEST(test_expire_tight)
{
    struct flow_table_age age = { .current = 4, .released = 4 };
    static struct model_flow flows[MAX_FLOWS];
    struct flow_table table;

    unit_seed();
    ck_assert(flow_table_init(&table, MAX_FLOWS));
    for (uint32_t i = 0; !flow_table_is_tight(&table); i++) {
        ck_assert_uint_lt(i, MAX_FLOWS);
        random_flow(&table, &flows[i], i);

        struct flow_entry *entry = insert(&table, &flows[i], &age);
        if (entry) {
            entry->last_seq = 1;
        }
    }
    uint32_t n_tight = table.n_flows;

    /* Not those that sent more than a packet. */
    for (uint32_t i = 0; i <= table.mask; i++) {
        table.entries[i].active = FLOW_MORE | i;
    }
    flow_table_expire(&table, 1 + table.mask, &age);
    ck_assert_uint_eq(table.n_flows, n_tight);
    for (uint32_t i = 0; i <= table.mask; i++) {
        table.entries[i].active = i % 2 ? FLOW_ONCE | i : FLOW_UNSEEN;
    }
    ck_assert_uint_gt(flow_table_expire_step(&table), 0);
    flow_table_expire(&table, 1 + table.mask, &age);
    ck_assert_uint_lt(table.n_flows, n_tight);

    /* Not tight any more. */
    ck_assert(!flow_table_is_tight(&table));
    uint32_t n_left = table.n_flows;
    flow_table_expire(&table, 1 + table.mask, &age);
    ck_assert_uint_eq(table.n_flows, n_left);
    flow_table_uninit(&table);
}
END_TEST

START_TEST(test_grow)
{
    struct flow_table_age age = { 1000, 999 };
    static struct model_flow flows[MAX_FLOWS];
    struct flow_table table;

    unit_seed();
    ck_assert(flow_table_init(&table, MAX_FLOWS));
    for (uint32_t i = 0; i < MAX_FLOWS; i++) {
        struct flow_entry *entry;

        random_flow(&table, &flows[i], i);
        entry = insert(&table, &flows[i], &age);
        if (entry) {
            entry->last_seq = i % 3 ? 990 : 10;
            entry->plan = 1000 + i;
        }
    }
    bool found[MAX_FLOWS];
    for (uint32_t i = 0; i < MAX_FLOWS; i++) {
        found[i] = scan(&table, &flows[i]) != NULL;
    }
    ck_assert(flow_table_grow(&table, 2 * MAX_FLOWS, &age));
    ck_assert_uint_ge(table.max_flows, 2 * MAX_FLOWS);
    for (uint32_t i = 0; i < MAX_FLOWS; i++) {
        struct flow_entry *entry = lookup(&table, &flows[i]);

        ck_assert_int_eq(entry != NULL, found[i] && i % 3);
        if (entry) {
            ck_assert_uint_eq(entry->plan, 1000 + i);
            ck_assert(entry_is(&table, entry, &flows[i]));
        }
    }
    check_figures(&table);
    flow_table_uninit(&table);
}
END_TEST

/* Places. */

#define N_MODEL_PLACES 200

struct model_place {
    struct entrance entrance;
    uint16_t vlan;
    uint16_t id;                /* PLACE_NONE: not there. */
    uint32_t refs;
};

START_TEST(test_places_random)
{
    struct model_place model[N_MODEL_PLACES];
    struct place_table table;

    unit_seed();
    unit_check(place_table_init(&table, 12345));
    for (int i = 0; i < N_MODEL_PLACES; i++) {
        model[i] = (struct model_place) {
            .entrance = {
                .in_port = i % 5,
                .tunnel = i / 5 % 2,
                .tun_id = i / 5 % 2 ? i / 10 % 4 : 0,
            },
            .vlan = i / 40 ? (i / 40) | FLOW_FIELDS_VLAN : 0,
            .id = PLACE_NONE,
        };
        if (!model[i].entrance.tunnel) {
            model[i].vlan += i / 10 % 4 << 4;   /* All different. */
        }
    }

    for (int step = 0; step < 100000; step++) {
        struct model_place *p = &model[unit_random(N_MODEL_PLACES)];

        switch (unit_random(8)) {
        default: {
            uint16_t id = place_get(&table, &p->entrance, p->vlan);

            unit_check(id != PLACE_NONE);
            if (p->id != PLACE_NONE) {
                unit_check(id == p->id);
            }
            for (int i = 0; i < N_MODEL_PLACES; i++) {
                unit_check(&model[i] == p || model[i].id != id);
            }
            p->id = id;
            unit_check(table.places[id].vlan == p->vlan);
            unit_check(table.places[id].refs == p->refs);
            break;
        }
        case 4:
        case 5:
            if (p->id != PLACE_NONE) {
                place_ref(&table, p->id);
                p->refs++;
            }
            break;
        case 6:
            for (int i = 0; i < 3; i++) {
                if (p->refs) {
                    place_unref(&table, p->id);
                    p->refs--;
                }
            }
            break;
        case 7:
            if (unit_random(20)) {
                break;
            }
            place_table_reclaim(&table);
            size_t n_used = 0;
            for (int i = 0; i < N_MODEL_PLACES; i++) {
                if (!model[i].refs) {
                    model[i].id = PLACE_NONE;
                }
                n_used += model[i].id != PLACE_NONE;
            }
            unit_check(table.n_unused == N_PLACES - n_used);
            break;
        }
    }
    place_table_uninit(&table);
}
END_TEST

START_TEST(test_places_full)
{
    static uint16_t ids[N_PLACES];
    struct entrance entrance = { .in_port = 1, .tunnel = true };
    struct place_table table;
    uint16_t id;

    unit_check(place_table_init(&table, 0x1111));
    for (uint32_t i = 0; i < N_PLACES; i++) {
        entrance.tun_id = i;
        ids[i] = place_get(&table, &entrance, 0);
        unit_check(ids[i] != PLACE_NONE);
        place_ref(&table, ids[i]);
    }
    entrance.tun_id = N_PLACES;
    unit_check(place_get(&table, &entrance, 0) == PLACE_NONE);
    place_table_reclaim(&table);
    unit_check(place_get(&table, &entrance, 0) == PLACE_NONE);
    for (uint32_t i = 0; i < N_PLACES; i++) {
        entrance.tun_id = i;
        unit_check(place_get(&table, &entrance, 0) == ids[i]);
    }

    /* A number is good until the table is reclaimed. */
    place_unref(&table, ids[777]);
    entrance.tun_id = 777;
    unit_check(place_get(&table, &entrance, 0) == ids[777]);
    entrance.tun_id = N_PLACES;
    unit_check(place_get(&table, &entrance, 0) == PLACE_NONE);
    place_table_reclaim(&table);
    id = place_get(&table, &entrance, 0);
    unit_check(id == ids[777]);
    entrance.tun_id = 777;
    unit_check(place_get(&table, &entrance, 0) == PLACE_NONE);

    /* All back. */
    place_ref(&table, id);
    for (uint32_t i = 0; i < N_PLACES; i++) {
        place_unref(&table, ids[i]);
    }
    place_table_reclaim(&table);
    unit_check(table.n_unused == N_PLACES);
    place_table_uninit(&table);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("flow-table");
    TCase *tc;

    tc = tcase_create("flows");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_random);
    tcase_add_test(tc, test_collisions);
    tcase_add_test(tc, test_sequences);
    tcase_add_test(tc, test_forged_digest);
    tcase_add_test(tc, test_fields);
    tcase_add_test(tc, test_grow);
    tcase_add_test(tc, test_expire_tight);
    suite_add_tcase(suite, tc);

    tc = tcase_create("places");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_places_random);
    tcase_add_test(tc, test_places_full);
    suite_add_tcase(suite, tc);
    return suite;
}
