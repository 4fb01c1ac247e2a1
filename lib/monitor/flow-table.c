/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/flow-table.h"

#include "coverage.h"
#include "monitor/pages.h"

COVERAGE_DEFINE(trumpet_flow_insert);
COVERAGE_DEFINE(trumpet_flow_replace);
COVERAGE_DEFINE(trumpet_flow_expire);

/* Buffers without a packet after which an entry is idle.  Buffers are opened
 * once an epoch while there is traffic: about a second at 10 ms.  While the
 * table is nearly full, one that sent little may stay for as long as it takes
 * to sweep it; while it is full, any. */
#define IDLE_BUFFERS 100
#define IDLE_BUFFERS_TIGHT 2

/* All entries are looked at for expiry in the course of so many epochs: within
 * ten seconds at 10 ms, a fraction of a second while the table is nearly
 * full. */
#define EXPIRE_EPOCHS 1024
#define EXPIRE_EPOCHS_TIGHT 64

/* Entries to look at for room at a time. */
#define RECLAIM_STEP 64

static size_t
n_entries(const struct flow_table *table)
{
    return (size_t) table->mask + 1 + table->n_shared;
}

static void
free_entries(struct flow_table *table)
{
    pages_free(table->entries, n_entries(table) * sizeof *table->entries);
    pages_free(table->ipv6, n_entries(table) * sizeof *table->ipv6);
}

/* Returns false if there is no memory. */
static bool
alloc_entries(struct flow_table *table)
{
    table->entries = pages_alloc(n_entries(table) * sizeof *table->entries);
    table->ipv6 = pages_alloc(n_entries(table) * sizeof *table->ipv6);
    if (!table->entries || !table->ipv6) {
        free_entries(table);
        return false;
    }
    return true;
}

uint64_t
flow_table_memory_bytes(const struct flow_table *table)
{
    return (n_entries(table) * (sizeof *table->entries + sizeof *table->ipv6)
            + flow_filter_memory_bytes(&table->filter));
}

/* At most half of the entries are in use, so that probes stay short. */
static uint32_t
mask_for(uint32_t max_flows)
{
    uint32_t n = FLOW_TABLE_PROBES;

    while (n < 2 * (uint64_t) max_flows) {
        n *= 2;
    }
    return n - 1;
}

/* Enough for the destinations of a flood, in a sixteenth of the room. */
static uint32_t
shared_for(uint32_t max_flows)
{
    return MAX(64, 1u << log_2_floor(MAX(max_flows / 16, 1)));
}

bool
flow_table_init(struct flow_table *table, uint32_t max_flows)
{
    memset(table, 0, sizeof *table);
    table->mask = mask_for(max_flows);
    table->n_shared = shared_for(max_flows);
    table->max_flows = max_flows;
    flow_hash_secret_init(&table->secret);
    if (!place_table_init(&table->places, table->secret.key[0])) {
        return false;
    }
    if (!flow_filter_init(&table->filter, table->mask)) {
        place_table_uninit(&table->places);
        return false;
    }
    if (!alloc_entries(table)) {
        flow_filter_uninit(&table->filter);
        place_table_uninit(&table->places);
        return false;
    }
    table->shared_partial = xcalloc(table->n_shared,
                                    sizeof *table->shared_partial);
    return true;
}

void
flow_table_uninit(struct flow_table *table)
{
    free_entries(table);
    free(table->shared_partial);
    flow_filter_uninit(&table->filter);
    place_table_uninit(&table->places);
}

static inline bool
is_idle(const struct flow_entry *entry, const struct flow_table_age *age,
        uint32_t limit)
{
    return (flow_entry_is_released(entry, age)
            && age->current - entry->last_seq > limit);
}

uint32_t
flow_table_expire_step(const struct flow_table *table)
{
    return table->mask / (flow_table_is_tight(table)
                          ? EXPIRE_EPOCHS_TIGHT : EXPIRE_EPOCHS) + 1;
}

/* Returns the entry to fill for a key with 'hash': an unused one, else the
 * one that was active least recently of those that may go. */
static struct flow_entry *
find_room(struct flow_table *table, uint64_t hash,
          const struct flow_table_age *age)
{
    struct flow_entry *oldest = NULL;
    uint32_t i = flow_table_index(table, hash);

    for (int probe = 0; probe < FLOW_TABLE_PROBES; probe++) {
        struct flow_entry *entry = &table->entries[i];

        if (entry->key.kind == FLOW_NONE) {
            return table->n_flows < table->max_flows ? entry : oldest;
        }
        if (flow_entry_is_released(entry, age)
            && (!oldest || (int32_t) (entry->last_seq
                                      - oldest->last_seq) < 0)) {
            oldest = entry;
        }
        i = (i + 1) & table->mask;
    }
    return oldest;
}

struct flow_entry *
flow_table_insert(struct flow_table *table, const struct flow_key *key,
                  uint64_t hash, const struct ipv6_addresses *ipv6,
                  const struct flow_table_age *age)
{
    struct flow_entry *entry = find_room(table, hash, age);

    if (OVS_UNLIKELY(!entry)) {
        return NULL;
    }
    place_ref(&table->places, key->place);
    if (entry->key.kind == FLOW_NONE) {
        COVERAGE_INC(trumpet_flow_insert);
        table->n_flows++;
    } else {
        COVERAGE_INC(trumpet_flow_replace);
        place_unref(&table->places, entry->key.place);
    }

    flow_filter_set(&table->filter, entry - table->entries, hash);
    memset(entry, 0, sizeof *entry);
    entry->key = *key;
    entry->last_seq = age->released;
    entry->active = FLOW_UNSEEN;
    if (key->kind == FLOW_IPV6) {
        table->ipv6[entry - table->entries] = *ipv6;
    }
    return entry;
}

/* True if the flow sent no more than a packet, as those of a flood do. */
static bool
sent_little(const struct flow_entry *entry)
{
    return entry->active & FLOW_ONCE;
}

/* How long 'entry' may be idle.  Where it becomes tight those go first that
 * sent little. */
static uint32_t
idle_limit(const struct flow_table *table, const struct flow_entry *entry)
{
    return (table->n_flows >= table->max_flows
            || (flow_table_is_tight(table) && sent_little(entry))
            ? IDLE_BUFFERS_TIGHT : IDLE_BUFFERS);
}

/* Walks downwards, because an entry may be cleared only if the one behind it
 * is unused: else a lookup would stop before the rest of its run.  So a run
 * of idle entries goes in one pass. */
void
flow_table_expire(struct flow_table *table, uint32_t n,
                  const struct flow_table_age *age)
{
    while (n--) {
        uint32_t i = table->expire_cursor-- & table->mask;
        struct flow_entry *entry = &table->entries[i];

        if (entry->key.kind != FLOW_NONE
            && is_idle(entry, age, idle_limit(table, entry))
            && (table->entries[(i + 1) & table->mask].key.kind
                == FLOW_NONE)) {
            COVERAGE_INC(trumpet_flow_expire);
            place_unref(&table->places, entry->key.place);
            entry->key.kind = FLOW_NONE;
            flow_filter_clear(&table->filter, i);
            table->n_flows--;
        }
    }
}

void
flow_table_begin(struct flow_table *table, const struct flow_table_age *age)
{
    flow_table_expire(table, flow_table_expire_step(table), age);
    table->reclaims_left = table->mask + 1;
}

/* A key whose first probe is an unused entry of a full table has no entry to
 * take over, however many are idle elsewhere. */
bool
flow_table_reclaim(struct flow_table *table, const struct flow_table_age *age)
{
    while (table->n_flows >= table->max_flows
           && table->reclaims_left >= RECLAIM_STEP) {
        table->reclaims_left -= RECLAIM_STEP;
        flow_table_expire(table, RECLAIM_STEP, age);
    }
    return table->n_flows < table->max_flows;
}

/* Copies 'entry', with 'ipv6', to where a lookup in 'table' finds it.  Returns
 * false if all of its probes are taken. */
static bool
flow_table_place(struct flow_table *table, const struct flow_entry *entry,
                 const struct ipv6_addresses *ipv6)
{
    uint64_t hash = flow_key_hash(&entry->key, &table->secret);
    uint32_t i = flow_table_index(table, hash);

    for (int probe = 0; probe < FLOW_TABLE_PROBES; probe++) {
        if (table->entries[i].key.kind == FLOW_NONE) {
            table->entries[i] = *entry;
            flow_filter_set(&table->filter, i, hash);
            if (entry->key.kind == FLOW_IPV6) {
                table->ipv6[i] = *ipv6;
            }
            return true;
        }
        i = (i + 1) & table->mask;
    }
    return false;
}

/* Copies all flows of 'src' but the idle ones to 'dst', which shares the
 * places.  Returns false if one found no room. */
static bool
flow_table_move(struct flow_table *dst, const struct flow_table *src,
                const struct flow_table_age *age)
{
    for (uint32_t i = 0; i <= src->mask; i++) {
        const struct flow_entry *entry = &src->entries[i];

        if (entry->key.kind != FLOW_NONE
            && !is_idle(entry, age, IDLE_BUFFERS)) {
            if (!flow_table_place(dst, entry, &src->ipv6[i])) {
                return false;
            }
            dst->n_flows++;
        }
    }
    return true;
}

bool
flow_table_grow(struct flow_table *table, uint32_t max_flows,
                const struct flow_table_age *age)
{
    struct flow_table grown = *table;

    for (;; max_flows *= 2) {
        grown.max_flows = max_flows;
        grown.mask = mask_for(max_flows);
        grown.n_flows = 0;
        if (!flow_filter_init(&grown.filter, grown.mask)) {
            return false;
        }
        if (!alloc_entries(&grown)) {
            flow_filter_uninit(&grown.filter);
            return false;
        }
        if (flow_table_move(&grown, table, age)) {
            break;
        }
        free_entries(&grown);
        flow_filter_uninit(&grown.filter);
    }

    for (uint32_t i = 0; i <= table->mask; i++) {
        const struct flow_entry *entry = &table->entries[i];

        if (entry->key.kind != FLOW_NONE
            && is_idle(entry, age, IDLE_BUFFERS)) {
            place_unref(&grown.places, entry->key.place);
        }
    }
    free_entries(table);
    flow_filter_uninit(&table->filter);
    *table = grown;
    return true;
}

void
flow_table_get_fields(const struct flow_table *table,
                      const struct flow_key *key, uint32_t i,
                      struct flow_fields *fields)
{
    const struct place *place = &table->places.places[key->place];

    flow_key_get_fields(key, &table->ipv6[i], &place->entrance, place->vlan,
                        fields);
}
