/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_SHARED_FLOWS_H
#define MONITOR_SHARED_FLOWS_H 1

#include "monitor/flow-table.h"
#include "monitor/plan.h"

/* Entries that many flows share, for packets that the guard holds back.
 *
 * Flows that match the same triggers and differ only in what none of these
 * has in its keys are one and the same to them.  So a flood from a million
 * sources may be counted in one entry, and a trigger such as 'by
 * nw_dst,tp_dst' is exact.  A trigger that *tells flows apart* (struct
 * trigger_table_entry), by their sources or by their history, is not: it is
 * marked as incomplete when the entry is gathered.
 *
 * They are ordinary flow entries in the back of the flow table, whose key is
 * reduced to the table's 'shared_mask' and where the plan is part of the key.
 *
 * Thread-safety: as the flow table. */

/* Returns the entry for packets with 'key' whose flows have 'plan' in 'plans',
 * which matches some trigger; makes it if need be.  Returns null if there is
 * no room.  Runs on: PMD. */
struct flow_entry *shared_flows_get(struct flow_table *,
                                    const struct plan_store *plans,
                                    uint32_t plan, const struct flow_key *key,
                                    const struct ipv6_addresses *,
                                    const struct flow_table_age *);

/* True if some trigger of the entry's plan tells flows apart. */
static inline bool
shared_flows_is_partial(const struct flow_table *table,
                        const struct flow_entry *entry)
{
    return table->shared_partial[entry - table->entries - table->mask - 1];
}

/* Looks at the next few entries and clears those that are idle.
 * Runs on: PMD. */
void shared_flows_expire(struct flow_table *, const struct flow_table_age *);

#endif /* monitor/shared-flows.h */
