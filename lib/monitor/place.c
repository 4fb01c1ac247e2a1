/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/place.h"

#include "monitor/flow-key.h"
#include "monitor/pages.h"
#include "openvswitch/compiler.h"

#define PLACES_BYTES (N_PLACES * sizeof(struct place))
#define BUCKETS_BYTES ((N_PLACES + 1) * sizeof(uint16_t))
#define STACK_BYTES (N_PLACES * sizeof(uint16_t))

bool
place_table_init(struct place_table *table, uint64_t secret)
{
    table->places = pages_alloc(PLACES_BYTES);
    table->buckets = pages_alloc(BUCKETS_BYTES);
    table->unused = pages_alloc(STACK_BYTES);
    table->unreferenced = pages_alloc(STACK_BYTES);
    table->n_unreferenced = 0;
    table->secret = secret;
    table->last = 0;
    if (!table->places || !table->buckets || !table->unused
        || !table->unreferenced) {
        place_table_uninit(table);
        return false;
    }

    memset(table->buckets, 0xff, BUCKETS_BYTES);
    for (uint32_t i = 0; i < N_PLACES; i++) {
        table->unused[i] = N_PLACES - 1 - i;
    }
    table->n_unused = N_PLACES;
    return true;
}

void
place_table_uninit(struct place_table *table)
{
    pages_free(table->places, PLACES_BYTES);
    pages_free(table->buckets, BUCKETS_BYTES);
    pages_free(table->unused, STACK_BYTES);
    pages_free(table->unreferenced, STACK_BYTES);
}

static inline bool
place_is(const struct place *place, const struct entrance *entrance,
         uint16_t vlan)
{
    return (place->used
            && place->vlan == vlan
            && place->entrance.in_port == entrance->in_port
            && place->entrance.tunnel == entrance->tunnel
            && place->entrance.tun_id == entrance->tun_id);
}

static uint16_t *
place_bucket(struct place_table *table, const struct entrance *entrance,
             uint16_t vlan)
{
    uint64_t where = ((uint64_t) entrance->in_port << 32
                      | (uint64_t) entrance->tunnel << 16 | vlan);

    return &table->buckets[flow_hash_fold(where ^ table->secret,
                                          entrance->tun_id
                                          ^ ~table->secret) & 0xffff];
}

static void
place_list_unreferenced(struct place_table *table, uint16_t id)
{
    struct place *place = &table->places[id];

    if (!place->listed) {
        place->listed = true;
        table->unreferenced[table->n_unreferenced++] = id;
    }
}

uint16_t
place_get(struct place_table *table, const struct entrance *entrance,
          uint16_t vlan)
{
    if (OVS_LIKELY(place_is(&table->places[table->last], entrance, vlan))) {
        return table->last;
    }

    uint16_t *bucket = place_bucket(table, entrance, vlan);
    uint16_t id;
    for (id = *bucket; id != PLACE_NONE; id = table->places[id].next) {
        if (place_is(&table->places[id], entrance, vlan)) {
            table->last = id;
            return id;
        }
    }
    if (OVS_UNLIKELY(!table->n_unused)) {
        return PLACE_NONE;
    }

    id = table->unused[--table->n_unused];
    table->places[id] = (struct place) {
        .entrance = *entrance, .vlan = vlan, .used = true, .next = *bucket,
    };
    *bucket = id;
    table->last = id;
    place_list_unreferenced(table, id);
    return id;
}

static void
place_forget(struct place_table *table, uint16_t id)
{
    struct place *place = &table->places[id];
    uint16_t *link = place_bucket(table, &place->entrance, place->vlan);
    while (*link != id) {
        link = &table->places[*link].next;
    }
    *link = place->next;
    place->used = false;
    table->unused[table->n_unused++] = id;
}

void
place_unref(struct place_table *table, uint16_t id)
{
    if (!--table->places[id].refs) {
        place_list_unreferenced(table, id);
    }
}

void
place_table_reclaim__(struct place_table *table)
{
    while (table->n_unreferenced) {
        uint16_t id = table->unreferenced[--table->n_unreferenced];

        table->places[id].listed = false;
        if (!table->places[id].refs) {
            place_forget(table, id);
        }
    }
}
