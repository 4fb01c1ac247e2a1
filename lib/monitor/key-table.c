/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/key-table.h"

#define MIN_SLOTS 4

void
key_table_init(struct key_table *table)
{
    table->slots = xcalloc(MIN_SLOTS, sizeof *table->slots);
    table->mask = MIN_SLOTS - 1;
    table->n = 0;
}

void
key_table_uninit(struct key_table *table)
{
    free(table->slots);
}

/* Puts 'slot' where there is room for it. */
static void
place_slot(struct key_table *table, const struct key_slot *slot)
{
    uint32_t i = slot->hash & table->mask;

    while (table->slots[i].key) {
        i = (i + 1) & table->mask;
    }
    table->slots[i] = *slot;
}

static void
key_table_resize(struct key_table *table, size_t n_slots)
{
    struct key_slot *old = table->slots;
    uint32_t old_mask = table->mask;

    table->slots = xcalloc(n_slots, sizeof *table->slots);
    table->mask = n_slots - 1;
    for (size_t i = 0; i <= old_mask; i++) {
        if (old[i].key) {
            place_slot(table, &old[i]);
        }
    }
    free(old);
}

void
key_table_insert(struct key_table *table, struct counted_key *key,
                 uint32_t hash, uint32_t group)
{
    size_t n_slots = table->mask + (size_t) 1;

    if (++table->n > n_slots / 2) {
        key_table_resize(table, 2 * n_slots);
    }
    place_slot(table, &(struct key_slot) { key, hash, group });
}

void
key_table_remove(struct key_table *table, const struct counted_key *key,
                 uint32_t hash)
{
    uint32_t mask = table->mask;
    uint32_t hole = hash & mask;

    while (table->slots[hole].key != key) {
        ovs_assert(table->slots[hole].key);
        hole = (hole + 1) & mask;
    }

    /* Fill the hole with what could stand there. */
    for (uint32_t i = (hole + 1) & mask; table->slots[i].key;
         i = (i + 1) & mask) {
        uint32_t home = table->slots[i].hash & mask;

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->slots[hole] = table->slots[i];
            hole = i;
        }
    }
    table->slots[hole].key = NULL;
    table->n--;
    if (table->n < table->mask / 16) {
        key_table_resize(table, (table->mask + (size_t) 1) / 4);
    }
}
