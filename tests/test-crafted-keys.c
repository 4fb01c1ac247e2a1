/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <inttypes.h>

#include "flow.h"
#include "monitor/flow-table.h"
#include "tests/crafted-keys.h"
#include "tests/monitor-unit.h"

/* Keys that were crafted to collide in somebody else's hash are to the flow
 * table what random ones are. */

#define N_TUPLES 1000000
#define MAX_FLOWS 65536

/* The generators do what they say. */
START_TEST(test_generators)
{
    enum craft_family family = _i / 2;
    bool ipv6 = _i % 2;
    struct crafted_tuple first, tuple;
    uint64_t seed = 1;

    if (family == CRAFT_RANDOM) {
        return;
    }
    craft_tuple(family, ipv6, &seed, &first);
    for (int i = 0; i < 1000; i++) {
        craft_tuple(family, ipv6, &seed, &tuple);
        unit_check(memcmp(&tuple, &first, sizeof tuple));
        unit_check(craft_hash(family, &tuple) == craft_hash(family, &first));
        for (enum craft_family f = CRAFT_OVS; f < N_CRAFT_FAMILIES; f++) {
            unit_check(f == family
                       || craft_hash(f, &tuple) != craft_hash(f, &first));
        }
    }
}
END_TEST

/* What stands for Open vSwitch's hash is the one that it has. */
START_TEST(test_ovs_hash)
{
#ifdef __SSE4_2__
    enum craft_family family = CRAFT_CRC32;
#else
    enum craft_family family = CRAFT_OVS;
#endif
    struct crafted_tuple tuple;
    uint32_t first = 0;
    uint64_t seed = 1;

    for (int i = 0; i < 100; i++) {
        struct flow flow = { .nw_proto = CRAFT_PROTO };

        craft_tuple(family, _i, &seed, &tuple);
        if (_i) {
            flow.dl_type = htons(ETH_TYPE_IPV6);
            memcpy(&flow.ipv6_src, tuple.addresses, 16);
            memcpy(&flow.ipv6_dst, &tuple.addresses[4], 16);
        } else {
            flow.dl_type = htons(ETH_TYPE_IP);
            memcpy(&flow.nw_src, &tuple.addresses[0], 4);
            memcpy(&flow.nw_dst, &tuple.addresses[1], 4);
        }
        memcpy(&flow.tp_src, &tuple.ports, 2);
        memcpy(&flow.tp_dst, (char *) &tuple.ports + 2, 2);
        if (!i) {
            first = flow_hash_5tuple(&flow, 0);
        }
        ck_assert_uint_eq(flow_hash_5tuple(&flow, 0), first);
    }
}
END_TEST

/* The key of 'tuple' in 'table'. */
static void
tuple_key(const struct flow_table *table, const struct crafted_tuple *tuple,
          struct flow_key *key, struct ipv6_addresses *ipv6)
{
    uint64_t addresses;

    memset(key, 0, sizeof *key);
    memcpy(ipv6, tuple->addresses, sizeof *ipv6);
    addresses = (tuple->ipv6 ? ipv6_addresses_digest(ipv6, &table->secret)
                 : tuple->addresses[0]
                   | (uint64_t) tuple->addresses[1] << 32);
    key->src = addresses;
    key->dst = addresses >> 32;
    memcpy(&key->tp_src, &tuple->ports, 2);
    memcpy(&key->tp_dst, (const char *) &tuple->ports + 2, 2);
    key->nw_proto = CRAFT_PROTO;
    key->kind = tuple->ipv6 ? FLOW_IPV6 : FLOW_IPV4;
}

/* How many packets had to look at how many entries. */
struct probes {
    uint64_t n[FLOW_TABLE_PROBES + 1];
    uint64_t lookups;
    uint64_t lost;              /* Found no room. */
};

/* How many entries flow_table_lookup() looks at for 'key'. */
static int
count_probes(const struct flow_table *table, const struct flow_key *key,
             uint64_t hash, const struct ipv6_addresses *ipv6)
{
    uint32_t index = flow_table_index(table, hash);
    int n;

    for (n = 1; n < FLOW_TABLE_PROBES; n++) {
        const struct flow_entry *entry
            = &table->entries[(index + n - 1) & table->mask];

        if (entry->key.kind == FLOW_NONE
            || (flow_key_equal(&entry->key, key)
                && (key->kind != FLOW_IPV6
                    || !memcmp(&table->ipv6[entry - table->entries], ipv6,
                                sizeof *ipv6)))) {
            break;
        }
    }
    return n;
}

static double
probes_mean(const struct probes *probes)
{
    double sum = 0;

    for (int i = 0; i <= FLOW_TABLE_PROBES; i++) {
        sum += i * (double) probes->n[i];
    }
    return sum / probes->lookups;
}

static int
probes_quantile(const struct probes *probes, double q)
{
    uint64_t n = 0;
    int i;

    for (i = 0; i <= FLOW_TABLE_PROBES; i++) {
        n += probes->n[i];
        if (n >= q * probes->lookups) {
            break;
        }
    }
    return i;
}

/* Gives a table N_TUPLES of 'family', 256 an epoch, and each a second time
 * when it is there.  Nobody is late: what is two epochs old was swept. */
static void
flood(enum craft_family family, bool ipv6, struct probes *probes)
{
    struct flow_table_age age = { .current = 3, .released = 1 };
    struct flow_table table;
    uint64_t seed = 7;

    memset(probes, 0, sizeof *probes);
    ck_assert(flow_table_init(&table, MAX_FLOWS));
    for (uint32_t i = 0; i < N_TUPLES; i++) {
        struct crafted_tuple tuple;
        struct ipv6_addresses addresses;
        struct flow_entry *entry;
        struct flow_key key;

        craft_tuple(family, ipv6, &seed, &tuple);
        tuple_key(&table, &tuple, &key, &addresses);
        uint64_t hash = flow_key_hash(&key, &table.secret);

        probes->n[count_probes(&table, &key, hash, &addresses)]++;
        unit_check(!flow_table_lookup(&table, &key, hash, &addresses));
        entry = flow_table_insert(&table, &key, hash, &addresses, &age);
        if (entry) {
            entry->last_seq = age.current;
            probes->n[count_probes(&table, &key, hash, &addresses)]++;
            unit_check(flow_table_lookup(&table, &key, hash, &addresses)
                       == entry);
        }
        probes->lookups += 1 + !!entry;
        probes->lost += !entry;
        if (i % 256 == 255) {
            age.current++;
            age.released++;
            flow_table_expire(&table, flow_table_expire_step(&table), &age);
        }
    }
    flow_table_uninit(&table);
}

/* No family is worse than random keys, but for what chance does: each table
 * has its own secret. */
START_TEST(test_flood)
{
    struct probes random, crafted;

    flood(CRAFT_RANDOM, _i, &random);
    for (enum craft_family f = CRAFT_OVS; f < N_CRAFT_FAMILIES; f++) {
        flood(f, _i, &crafted);
        printf("%s, IPv%d: mean %.3f, p99.9 %d, longest %d probes, "
               "%"PRIu64" lost; random: %.3f, %d, %d, %"PRIu64"\n",
               craft_family_name(f), _i ? 6 : 4, probes_mean(&crafted),
               probes_quantile(&crafted, 0.999),
               probes_quantile(&crafted, 1), crafted.lost,
               probes_mean(&random), probes_quantile(&random, 0.999),
               probes_quantile(&random, 1), random.lost);
        ck_assert_int_le(probes_quantile(&crafted, 1), FLOW_TABLE_PROBES);
        ck_assert_double_lt(probes_mean(&crafted),
                            1.25 * probes_mean(&random));
        ck_assert_int_le(probes_quantile(&crafted, 0.999),
                         probes_quantile(&random, 0.999) + 2);
        ck_assert_uint_le(crafted.lost, random.lost + random.lost / 2 + 1000);
    }
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("crafted-keys");
    TCase *tcase = tcase_create("crafted-keys");

    tcase_set_timeout(tcase, UNIT_TIMEOUT_S);
    tcase_add_loop_test(tcase, test_generators, 0, 2 * N_CRAFT_FAMILIES);
    tcase_add_loop_test(tcase, test_ovs_hash, 0, 2);
    tcase_add_loop_test(tcase, test_flood, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
