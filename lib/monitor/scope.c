/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/scope.h"

#include <stdlib.h>

#include "event/port-name.h"
#include "openvswitch/thread.h"
#include "ovs-thread.h"
#include "simap.h"
#include "smap.h"
#include "util.h"

static struct ovs_mutex mutex = OVS_MUTEX_INITIALIZER;

/* Number of each bridge, from 1. */
static struct simap ids OVS_GUARDED_BY(mutex) = SIMAP_INITIALIZER(&ids);

uint16_t
scope_intern(const char *bridge)
{
    uint16_t scope;

    ovs_mutex_lock(&mutex);
    scope = simap_get(&ids, bridge);
    if (!scope && simap_count(&ids) < UINT16_MAX) {
        scope = simap_count(&ids) + 1;
        simap_put(&ids, bridge, scope);
    }
    ovs_mutex_unlock(&mutex);
    return scope;
}

struct scope_map *
scope_map_create(const struct smap *bridges)
{
    const struct smap_node *node;
    struct scope_map *map;
    size_t n = 0;

    SMAP_FOR_EACH (node, bridges) {
        n = MAX(n, port_name_intern(node->key) + UINT64_C(1));
    }
    map = xzalloc(sizeof *map + n * sizeof map->scopes[0]);
    ovs_refcount_init(&map->refs);
    map->n = n;
    SMAP_FOR_EACH (node, bridges) {
        map->scopes[port_name_intern(node->key)] = scope_intern(node->value);
    }
    return map;
}

struct scope_map *
scope_map_ref(struct scope_map *map)
{
    if (map) {
        ovs_refcount_ref(&map->refs);
    }
    return map;
}

void
scope_map_unref(struct scope_map *map)
{
    if (map && ovs_refcount_unref(&map->refs) == 1) {
        free(map);
    }
}
