/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_KEY_TABLE_H
#define MONITOR_KEY_TABLE_H 1

#include <stddef.h>
#include <stdint.h>

#include "util.h"

struct counted_key;

/* Key tables: from a hash to counted keys.
 *
 * Keys are all over the memory, so a lookup should touch only the one that it
 * is about: the hash and the group are beside the pointer, in an array with
 * linear probes that is at most half full.  What is far away can be
 * prefetched in two steps, the slot and then the key.
 *
 * Thread-safety: guarded by the monitor's mutex. */

struct key_slot {
    struct counted_key *key;    /* Null: unused. */
    uint32_t hash;              /* Of the key's fields. */
    uint32_t group;             /* Number of the key's group. */
};

struct key_table {
    struct key_slot *slots;     /* [mask + 1] */
    uint32_t mask;
    uint32_t n;                 /* Slots in use. */
};

void key_table_init(struct key_table *);
void key_table_uninit(struct key_table *);

void key_table_insert(struct key_table *, struct counted_key *, uint32_t hash,
                      uint32_t group);
void key_table_remove(struct key_table *, const struct counted_key *,
                      uint32_t hash);

static inline void
key_table_prefetch(const struct key_table *table, uint32_t hash)
{
    OVS_PREFETCH(&table->slots[hash & table->mask]);
}

/* Goes over the slots from that of 'hash' to the next unused one: all keys
 * with 'hash' are there, and others.
 *
 *     KEY_TABLE_FOR_EACH_NEAR (slot, hash, table) {
 *         if (slot->hash == hash) { ... }
 *     }
 *
 * The table must not change meanwhile. */
#define KEY_TABLE_FOR_EACH_NEAR(SLOT, HASH, TABLE)              \
    for ((SLOT) = &(TABLE)->slots[(HASH) & (TABLE)->mask];      \
         (SLOT)->key;                                           \
         (SLOT) = key_table_next__(TABLE, SLOT))

static inline const struct key_slot *
key_table_next__(const struct key_table *table, const struct key_slot *slot)
{
    return &table->slots[(slot - table->slots + 1) & table->mask];
}

/* Returns the first key with 'hash' that 'group' has, or null.  It may still
 * be another one than is looked for. */
static inline struct counted_key *
key_table_guess(const struct key_table *table, uint32_t hash, uint32_t group)
{
    const struct key_slot *slot;

    KEY_TABLE_FOR_EACH_NEAR (slot, hash, table) {
        if (slot->hash == hash && slot->group == group) {
            return slot->key;
        }
    }
    return NULL;
}

#endif /* monitor/key-table.h */
