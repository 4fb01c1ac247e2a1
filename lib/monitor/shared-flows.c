/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/shared-flows.h"

#include <arpa/inet.h>

#include "coverage.h"
#include "monitor/epoch-buffer.h"

COVERAGE_DEFINE(trumpet_shared_flow);

/* Entries looked at for expiry in each epoch. */
#define EXPIRE_STEP 256

static void
and_bytes(uint8_t *dst, const uint8_t *mask, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        dst[i] &= mask[i];
    }
}

/* Reduces 'key' and 'ipv6' to what 'mask' keeps. */
static void
reduce_key(struct flow_key *key, struct ipv6_addresses *ipv6,
           const struct flow_fields *mask,
           const struct flow_hash_secret *secret)
{
    uint32_t address_mask;

    if (key->kind == FLOW_OTHER) {
        key->src = 0;
        return;
    }
    key->nw_proto &= mask->nw_proto;
    key->tp_src &= (OVS_FORCE uint16_t) htons(mask->tp_src);
    key->tp_dst &= (OVS_FORCE uint16_t) htons(mask->tp_dst);
    if (key->kind == FLOW_IPV4) {
        memcpy(&address_mask, &mask->src[12], sizeof address_mask);
        key->src &= address_mask;
        memcpy(&address_mask, &mask->dst[12], sizeof address_mask);
        key->dst &= address_mask;
    } else {
        and_bytes(ipv6->src, mask->src, sizeof ipv6->src);
        and_bytes(ipv6->dst, mask->dst, sizeof ipv6->dst);

        uint64_t digest = ipv6_addresses_digest(ipv6, secret);
        key->src = digest;
        key->dst = digest >> 32;
    }
}

static bool
plan_tells_flows_apart(const struct plan_store *plans, uint32_t plan)
{
    struct plan_trigger pt;

    PLAN_FOR_EACH_TRIGGER (pt, plans, plan) {
        if (plans->table->entries[pt.entry].tells_flows_apart) {
            return true;
        }
    }
    return false;
}

/* True if 'entry' counts what 'wanted', with 'ipv6' if it is FLOW_IPV6,
 * would. */
static bool
is_wanted(const struct flow_table *table, const struct flow_entry *entry,
          const struct flow_entry *wanted, const struct ipv6_addresses *ipv6)
{
    return (flow_key_equal(&entry->key, &wanted->key)
            && entry->plan == wanted->plan
            && entry->generation == wanted->generation
            && (wanted->key.kind != FLOW_IPV6
                || !memcmp(&table->ipv6[entry - table->entries], ipv6,
                           sizeof *ipv6)));
}

/* Returns the entry that is wanted, or one to fill with it, or null. */
static struct flow_entry *
find_entry(struct flow_table *table, const struct flow_entry *wanted,
           const struct ipv6_addresses *ipv6,
           const struct flow_table_age *age)
{
    uint64_t hash = flow_key_hash(&wanted->key, &table->secret)
                    + wanted->plan * UINT64_C(0x9e3779b97f4a7c15);
    struct flow_entry *shared = &table->entries[table->mask + 1];
    struct flow_entry *oldest = NULL;
    uint32_t i = hash >> 32;

    for (int probe = 0; probe < FLOW_TABLE_PROBES; probe++) {
        struct flow_entry *entry = &shared[i++ & (table->n_shared - 1)];

        if (entry->key.kind == FLOW_NONE
            || is_wanted(table, entry, wanted, ipv6)) {
            return entry;
        }
        if (flow_entry_is_released(entry, age)
            && (!oldest || (int32_t) (entry->last_seq
                                      - oldest->last_seq) < 0)) {
            oldest = entry;
        }
    }
    return oldest;
}

struct flow_entry *
shared_flows_get(struct flow_table *table, const struct plan_store *plans,
                 uint32_t plan, const struct flow_key *key,
                 const struct ipv6_addresses *ipv6,
                 const struct flow_table_age *age)
{
    struct ipv6_addresses reduced;
    struct flow_entry wanted = {
        .key = *key,
        .plan = plan,
        .generation = plans->generation,
        .last_seq = age->released,
        .active = FLOW_UNSEEN,
    };

    if (key->kind == FLOW_IPV6) {
        reduced = *ipv6;
    }
    reduce_key(&wanted.key, &reduced, &plans->table->shared_mask,
               &table->secret);

    struct flow_entry *entry = find_entry(table, &wanted, &reduced, age);
    if (!entry || is_wanted(table, entry, &wanted, &reduced)) {
        return entry;
    }

    COVERAGE_INC(trumpet_shared_flow);
    place_ref(&table->places, key->place);
    if (entry->key.kind == FLOW_NONE) {
        table->n_shared_used++;
    } else {
        place_unref(&table->places, entry->key.place);
    }
    *entry = wanted;
    if (key->kind == FLOW_IPV6) {
        table->ipv6[entry - table->entries] = reduced;
    }
    table->shared_partial[entry - table->entries - table->mask - 1]
        = plan_tells_flows_apart(plans, plan);
    return entry;
}

/* A lookup stops at an unused entry, so that there may be two for the same
 * flows then; what they count is added up anyway. */
void
shared_flows_expire(struct flow_table *table,
                    const struct flow_table_age *age)
{
    for (int i = 0; i < EXPIRE_STEP && table->n_shared_used; i++) {
        struct flow_entry *entry
            = &table->entries[table->mask + 1
                              + (table->shared_cursor++
                                 & (table->n_shared - 1))];

        if (entry->key.kind != FLOW_NONE
            && flow_entry_is_released(entry, age)
            && age->current - entry->last_seq > N_EPOCH_BUFFERS) {
            place_unref(&table->places, entry->key.place);
            entry->key.kind = FLOW_NONE;
            table->n_shared_used--;
        }
    }
}
