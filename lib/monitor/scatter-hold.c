/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/scatter-batch.h"

#include "monitor/shared-flows.h"
#include "openvswitch/compiler.h"

/* What is done with packets that the guard holds back.
 *
 * While it is on, they are taken out of each burst before the third pass, in
 * two passes of their own:
 *
 *     1. ask the flow filter, which fits into the core's cache; prefetch the
 *        entries of flows that may have one, and the guard's cells for those
 *        that have none;
 *     2. ask the guard about the latter.
 *
 * So they touch neither the flow table nor what others have in the cache. */

enum cause
scatter_hold(struct scatter *scatter, struct scatter_batch *batch, size_t i)
{
    const struct packet *packet = &batch->packets[i];
    const struct flow_key *key = &packet->key;
    const struct ipv6_addresses *ipv6
        = packet_ipv6(packet, scatter_batch_frame(batch, packet));
    struct flow_table *table = &scatter->table;
    const struct place *place = &table->places.places[key->place];
    struct guard *guard = &scatter->guard;
    struct flow_table_age age;
    struct flow_fields fields;
    uint32_t plan;

    if (!guard_may_spend(guard, GUARD_COST_KNOWN)) {
        return CAUSE_GUARD;
    }
    flow_key_get_fields(key, ipv6, &place->entrance, place->vlan, &fields);
    if (!plan_cache_find(&scatter->held_plans, scatter->plans, &fields,
                         &plan)) {
        if (!guard_may_spend(guard, GUARD_COST_MATCH)) {
            return CAUSE_GUARD;
        }
        plan = plan_store_match(scatter->plans, &fields);
        if (plan == PLAN_FULL) {
            return CAUSE_PLANS_FULL;
        }
        plan_cache_put(&scatter->held_plans, scatter->plans, &fields, plan);
    }
    if (plan == PLAN_NONE) {
        batch->unmatched++;
        return N_CAUSES;
    } else if (plan == PLAN_REVERSE) {
        return CAUSE_GUARD;     /* It would have to be recorded. */
    }

    scatter_get_age(scatter, &age);
    struct flow_entry *entry = shared_flows_get(table, scatter->plans, plan,
                                                key, ipv6, &age);
    if (!entry) {
        return CAUSE_GUARD;
    }

    enum cause cause = scatter_count(scatter, batch, entry, i);
    if (cause == N_CAUSES && shared_flows_is_partial(table, entry)) {
        /* Triggers that tell flows apart lack the packet, and are marked when
         * the entry is gathered. */
        batch->counted--;
        batch->not_observed[CAUSE_GUARD]++;
    }
    return cause;
}

/* First pass: returns the packets whose flows have no entry, as bits. */
static uint32_t
scatter_find_unknown(const struct scatter *scatter,
                     const struct scatter_batch *batch)
{
    const struct flow_table *table = &scatter->table;
    uint32_t unknown = 0;

    for (size_t i = 0; i < batch->n; i++) {
        uint64_t hash = batch->hashes[i];

        if (flow_table_may_have(table, hash)
            || batch->packets[i].key.place == PLACE_NONE) {
            flow_table_prefetch(table, hash);
        } else {
            guard_prefetch(&scatter->guard, hash);
            unknown |= UINT32_C(1) << i;
        }
    }
    return unknown;
}

/* True if the flow with 'hash' was let in with an earlier packet of the burst,
 * so that it has no entry yet only because the third pass comes later. */
static bool
scatter_is_admitted(const struct scatter_batch *batch, uint64_t hash)
{
    for (uint32_t bits = batch->admitted; bits; bits &= bits - 1) {
        if (batch->hashes[raw_ctz(bits)] == hash) {
            return true;
        }
    }
    return false;
}

void
scatter_hold_unknown(struct scatter *scatter, struct scatter_batch *batch)
{
    uint32_t unknown = scatter_find_unknown(scatter, batch);
    size_t n = 0;

    BUILD_ASSERT(BURST_MAX <= 32);
    if (!scatter->current) {
        return;                 /* The third pass says so of each packet. */
    }
    for (size_t i = 0; i < batch->n; i++) {
        if (unknown & UINT32_C(1) << i) {
            uint64_t hash = batch->hashes[i];

            if (!scatter_is_admitted(batch, hash)
                && !guard_admits__(&scatter->guard, hash)) {
                enum cause cause = scatter_hold(scatter, batch, i);

                if (OVS_UNLIKELY(cause != N_CAUSES)) {
                    scatter_miss(scatter, batch, cause);
                }
                continue;
            }
            batch->admitted |= UINT32_C(1) << n;
        }
        batch->packets[n] = batch->packets[i];
        batch->hashes[n++] = batch->hashes[i];
    }
    batch->n = n;
}
