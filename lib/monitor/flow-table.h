/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_FLOW_TABLE_H
#define MONITOR_FLOW_TABLE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/flow-fields.h"
#include "monitor/flow-filter.h"
#include "monitor/flow-key.h"
#include "monitor/place.h"

/* The flow table of a packet thread.
 *
 * Open addressing with linear probes in fixed memory.  A lookup looks at no
 * more than FLOW_TABLE_PROBES entries, however the keys were chosen.  Entries
 * are not deleted when a flow ends: an entry whose last epoch was swept holds
 * nothing that is still needed, so an insertion takes it over, and
 * flow_table_expire() clears idle ones a few at a time.
 *
 * An entry counts nothing itself: it names its counters in the epoch buffer in
 * which it was last active (epoch-buffer.h).  So an entry is half a cache
 * line, and one that only the packet thread's core ever touches.
 *
 * Thread-safety: one writer, the packet thread.  For each entry on the active
 * list of a closed epoch buffer, the sweeper reads the addresses and the key's
 * place, which the packet thread leaves alone until the buffer was
 * released. */

#define FLOW_TABLE_PROBES FLOW_FILTER_PROBES

/* Why a packet of an active flow takes more than its counters, in 'active'. */
#define FLOW_MORE (1u << 31)    /* Its plan asks for more. */
#define FLOW_ONCE (1u << 30)    /* The flow sent one packet up to now, as far
                                 * as the entry knows. */
#define FLOW_WIDE (1u << 29)    /* It has IPv6 addresses to be compared. */
#define FLOW_LOGGED (1u << 28)  /* Its packets are recorded, and that is all
                                 * that its plan asks for. */
#define FLOW_ACTIVE_MASK (FLOW_LOGGED - 1)
#define FLOW_UNSEEN UINT32_MAX

struct flow_entry {
    struct flow_key key;        /* Kind FLOW_NONE: unused. */
    uint32_t plan;              /* What to count, see plan.h; 0: matches no
                                 * trigger. */
    uint32_t generation;        /* Of the plan store in which 'plan' is. */
    uint32_t last_seq;          /* Last buffer in which it was active. */
    uint32_t active;            /* Its index among that buffer's active flows,
                                 * and FLOW_*; FLOW_UNSEEN if there was
                                 * none yet. */
};
BUILD_ASSERT_DECL(sizeof(struct flow_entry) == 32);

struct flow_table {
    struct flow_entry *entries; /* [mask + 1 + n_shared] */
    struct ipv6_addresses *ipv6;    /* [mask + 1 + n_shared], for the entries
                                     * that are FLOW_IPV6; memory that is not
                                     * taken before it is used. */
    uint32_t mask;
    uint32_t n_flows;           /* Entries in use. */
    uint32_t max_flows;
    uint32_t expire_cursor;
    uint32_t reclaims_left;     /* Entries to look at for room until
                                 * flow_table_begin(). */

    /* Entries that many flows share, see shared-flows.h, behind the others. */
    uint32_t n_shared;          /* A power of 2. */
    uint32_t n_shared_used;
    uint32_t shared_cursor;
    bool *shared_partial;       /* [n_shared] */

    struct flow_hash_secret secret;
    struct place_table places;
    struct flow_filter filter;
};

/* Makes a table for 'max_flows' flows.  Returns false if there is no
 * memory. */
bool flow_table_init(struct flow_table *, uint32_t max_flows);
void flow_table_uninit(struct flow_table *);

/* The buffer sequence numbers that decide which entries may go. */
struct flow_table_age {
    uint32_t current;           /* Of the open buffer. */
    uint32_t released;          /* All up to here were swept. */
};

/* True if no epoch buffer that is not swept yet refers to 'entry'. */
static inline bool
flow_entry_is_released(const struct flow_entry *entry,
                       const struct flow_table_age *age)
{
    return (int32_t) (entry->last_seq - age->released) <= 0;
}

/* The index of 'entry' among the active flows of buffer 'last_seq'. */
static inline uint32_t
flow_entry_active(const struct flow_entry *entry)
{
    return entry->active & FLOW_ACTIVE_MASK;
}

/* True if 'entry' is active in buffer 'seq', and packets of its flow take what
 * 'more' says, FLOW_* or 0 for nothing but counters.  No entry is if 'seq' is
 * 0. */
static inline bool
flow_entry_is_active(const struct flow_entry *entry, uint32_t seq,
                     uint32_t more)
{
    return !((entry->last_seq ^ seq)
             | ((entry->active & ~FLOW_ACTIVE_MASK) ^ more));
}

static inline uint32_t
flow_table_index__(uint32_t mask, uint64_t hash)
{
    return (hash >> 32) & mask;
}

static inline uint32_t
flow_table_index(const struct flow_table *table, uint64_t hash)
{
    return flow_table_index__(table->mask, hash);
}

static inline void
flow_table_prefetch(const struct flow_table *table, uint64_t hash)
{
    OVS_PREFETCH_WRITE(&table->entries[flow_table_index(table, hash)]);
}

static inline void
flow_table_prefetch_filter(const struct flow_table *table, uint64_t hash)
{
    flow_filter_prefetch(&table->filter, flow_table_index(table, hash));
}

/* False if no flow with 'hash' has an entry.  Runs on: PMD. */
static inline bool
flow_table_may_have(const struct flow_table *table, uint64_t hash)
{
    return flow_filter_may_have(&table->filter, flow_table_index(table, hash),
                                hash);
}

/* Returns the entry of 'key' or null.  'ipv6' is looked at if the key is an
 * IPv6 one.  Runs on: PMD. */
static inline struct flow_entry *
flow_table_lookup(struct flow_table *table, const struct flow_key *key,
                  uint64_t hash, const struct ipv6_addresses *ipv6)
{
    uint32_t i = flow_table_index(table, hash);

    for (int probe = 0; probe < FLOW_TABLE_PROBES; probe++) {
        struct flow_entry *entry = &table->entries[i];

        if (OVS_LIKELY(flow_key_equal(&entry->key, key)
                       && (key->kind != FLOW_IPV6
                           || !memcmp(&table->ipv6[i], ipv6,
                                      sizeof *ipv6)))) {
            return entry;
        }
        if (entry->key.kind == FLOW_NONE) {
            return NULL;
        }
        i = (i + 1) & table->mask;
    }
    return NULL;
}

/* Adds an entry for 'key', which is not in the table, and takes a reference
 * to its place.  Its 'generation' is 0: it was not matched yet.  Returns null
 * if there is no room.  Runs on: PMD. */
struct flow_entry *flow_table_insert(struct flow_table *,
                                     const struct flow_key *key,
                                     uint64_t hash,
                                     const struct ipv6_addresses *ipv6,
                                     const struct flow_table_age *);

/* True if many flows share the entry number 'i'. */
static inline bool
flow_table_is_shared(const struct flow_table *table, uint32_t i)
{
    return i > table->mask;
}

/* True if the table is at least half full. */
static inline bool
flow_table_is_filling(const struct flow_table *table)
{
    return table->n_flows >= table->max_flows / 2;
}

/* True if the table is nearly full, so that idle entries go sooner. */
static inline bool
flow_table_is_tight(const struct flow_table *table)
{
    return table->n_flows > table->max_flows / 4 * 3;
}

/* An epoch begins: clears entries that are idle, a part of the table each
 * time.  Runs on: PMD. */
void flow_table_begin(struct flow_table *, const struct flow_table_age *);

/* How many entries to look at for expiry in each epoch. */
uint32_t flow_table_expire_step(const struct flow_table *);

/* Looks at the next 'n' entries and clears those that are idle.
 * Runs on: PMD. */
void flow_table_expire(struct flow_table *, uint32_t n,
                       const struct flow_table_age *);

/* Looks for idle entries that are in the way of an insertion for which there
 * was no room, all over the table but each entry at most once in an epoch.
 * Returns true if another insertion may succeed.  Runs on: PMD. */
bool flow_table_reclaim(struct flow_table *, const struct flow_table_age *);

/* Moves the flows that are not idle into a table for at least 'max_flows'.
 * No epoch buffer may refer to an entry.  Returns false, and leaves the table
 * as it is, if there is no memory.  Runs on: the thread that replays. */
bool flow_table_grow(struct flow_table *, uint32_t max_flows,
                     const struct flow_table_age *);

/* Stores in 'fields' what a filter and a granularity see of a flow with 'key'
 * whose entry is number 'i'.  Runs on: PMD; sweeper under the conditions
 * above. */
void flow_table_get_fields(const struct flow_table *,
                           const struct flow_key *key, uint32_t i,
                           struct flow_fields *fields);

/* Memory of the entries, that which was not used yet included. */
uint64_t flow_table_memory_bytes(const struct flow_table *);

#endif /* monitor/flow-table.h */
