/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_FLOW_FILTER_H
#define MONITOR_FLOW_FILTER_H 1

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "openvswitch/compiler.h"

/* Which flows have no entry in the flow table, without a look at the table.
 *
 * One byte for each place in the table: a few bits of the hash of the flow
 * that is there.  The bytes of all places at which a lookup looks are
 * together, so that one access to something that fits into the cache of a core
 * tells of most flows without an entry that they have none; in a flood, the
 * table itself, which does not fit, is left to those that have one.
 *
 * Usage: flow_filter_set() for each entry that is made, _clear() for each that
 * is unused again.
 *
 * Thread-safety: as the flow table. */

#define FLOW_FILTER_PROBES 16   /* Places at which a lookup looks. */

struct flow_filter {
    uint8_t *tags;              /* [mask + 1 + FLOW_FILTER_PROBES], 0: unused.
                                 * The first ones stand again behind the
                                 * others. */
    uint32_t mask;
};

/* Makes a filter for a table with 'mask' + 1 places, all unused.  Returns
 * false if there is no memory. */
bool flow_filter_init(struct flow_filter *, uint32_t mask);
void flow_filter_uninit(struct flow_filter *);
uint64_t flow_filter_memory_bytes(const struct flow_filter *);

/* For the inline functions only. */
static inline uint8_t
flow_filter_tag__(uint64_t hash)
{
    uint8_t tag = hash;

    return tag ? tag : 1;
}

static inline void
flow_filter_store__(struct flow_filter *filter, uint32_t i, uint8_t tag)
{
    filter->tags[i] = tag;
    if (i < FLOW_FILTER_PROBES) {
        filter->tags[filter->mask + 1 + i] = tag;
    }
}

/* True if some of the 8 bytes at 'tags' is the one of which 'pattern' is made;
 * rarely also if none is. */
static inline bool
flow_filter_has__(const uint8_t *tags, uint64_t pattern)
{
    uint64_t x;

    memcpy(&x, tags, sizeof x);
    x ^= pattern;
    return (x - UINT64_C(0x0101010101010101)) & ~x
           & UINT64_C(0x8080808080808080);
}

/* The entry at place 'i' is that of a flow with 'hash'.  Runs on: PMD. */
static inline void
flow_filter_set(struct flow_filter *filter, uint32_t i, uint64_t hash)
{
    flow_filter_store__(filter, i, flow_filter_tag__(hash));
}

/* The entry at place 'i' is unused.  Runs on: PMD. */
static inline void
flow_filter_clear(struct flow_filter *filter, uint32_t i)
{
    flow_filter_store__(filter, i, 0);
}

static inline void
flow_filter_prefetch(const struct flow_filter *filter, uint32_t i)
{
    OVS_PREFETCH(&filter->tags[i]);
}

/* False if no flow with 'hash' has one of the entries from place 'i' on, at
 * which a lookup would look.  Runs on: PMD. */
static inline bool
flow_filter_may_have(const struct flow_filter *filter, uint32_t i,
                     uint64_t hash)
{
    uint64_t pattern = flow_filter_tag__(hash) * UINT64_C(0x0101010101010101);

    return (flow_filter_has__(&filter->tags[i], pattern)
            || flow_filter_has__(&filter->tags[i + 8], pattern));
}

#endif /* monitor/flow-filter.h */
