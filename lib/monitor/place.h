/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_PLACE_H
#define MONITOR_PLACE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "monitor/frame.h"

/* Places: where a flow entered (in_port, tunnel id, outer VLAN) as a 16-bit
 * number, so that a flow key fits into 16 bytes.
 *
 * Flow entries hold references.  A place without any lives on until
 * place_table_reclaim(), which is called between bursts, so that a number
 * stays good for the burst in which it was looked up.  Memory is fixed.
 *
 * Thread-safety: one writer, the packet thread.  The sweeper may read a place
 * to which an entry of a closed epoch refers. */
struct place {
    struct entrance entrance;
    uint16_t vlan;              /* As struct packet's. */
    bool used;
    bool listed;                /* It is on the list 'unreferenced'. */
    uint16_t next;              /* In its bucket's chain; PLACE_NONE ends. */
    uint32_t refs;              /* Flow entries. */
};

#define PLACE_NONE UINT16_MAX
#define N_PLACES UINT16_MAX

struct place_table {
    struct place *places;       /* [N_PLACES] */
    uint16_t *buckets;          /* [N_PLACES + 1], first of a chain. */
    uint16_t *unused;           /* [N_PLACES], a stack of... */
    uint32_t n_unused;          /* ...so many. */
    uint16_t *unreferenced;     /* [N_PLACES], to be looked at again... */
    uint32_t n_unreferenced;    /* ...so many. */
    uint16_t last;              /* Looked up last, a hint. */
    uint64_t secret;
};

/* Returns false if there is no memory. */
bool place_table_init(struct place_table *, uint64_t secret);
void place_table_uninit(struct place_table *);

/* Returns the place of packets that enter at 'entrance' with 'vlan', which
 * may have no references yet, or PLACE_NONE if the table is full.
 * Runs on: PMD. */
uint16_t place_get(struct place_table *, const struct entrance *,
                   uint16_t vlan);

/* Takes and gives back a flow entry's reference.  Runs on: PMD. */
static inline void
place_ref(struct place_table *table, uint16_t id)
{
    table->places[id].refs++;
}

void place_unref(struct place_table *, uint16_t id);

/* Forgets places without references.  Runs on: PMD, between bursts. */
void place_table_reclaim__(struct place_table *);

static inline void
place_table_reclaim(struct place_table *table)
{
    if (table->n_unreferenced) {
        place_table_reclaim__(table);
    }
}

#endif /* monitor/place.h */
