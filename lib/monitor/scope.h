/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_SCOPE_H
#define MONITOR_SCOPE_H 1

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "ovs-atomic.h"

/* Scopes: on which bridge a packet was received.
 *
 * A trigger on a bridge sees only what the bridge's ports receive.  A bridge
 * is a small number, the scope, that stands in a flow's fields while the flow
 * is matched, and in the mask of such a trigger's filter; so it costs nothing
 * per packet.  Which interface is on which bridge is an immutable map that a
 * trigger table refers to: when ports move, a new table is published, and
 * flows are matched anew.
 *
 * Thread-safety: scope_intern(): any thread.  A map is immutable and reference
 * counted. */
struct smap;

/* Returns the number of 'bridge', the same for the life of the process.  There
 * are 65535; 0, which matches no packet, if they are used up. */
uint16_t scope_intern(const char *bridge);

struct scope_map {
    struct ovs_refcount refs;
    size_t n;
    uint16_t scopes[];          /* By port_name_intern(); 0: no bridge. */
};

/* Returns a map from 'bridges', which has the bridge's name for the name of
 * each interface. */
struct scope_map *scope_map_create(const struct smap *bridges);
struct scope_map *scope_map_ref(struct scope_map *);
void scope_map_unref(struct scope_map *);

/* Returns the scope of interface 'in_port', 0 if it is on no bridge.
 * Runs on: PMD, any. */
static inline uint16_t
scope_map_lookup(const struct scope_map *map, uint32_t in_port)
{
    return in_port < map->n ? map->scopes[in_port] : 0;
}

#endif /* monitor/scope.h */
