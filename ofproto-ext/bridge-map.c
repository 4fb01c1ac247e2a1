/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "bridge-map.h"

#include <stdlib.h>
#include <string.h>

#include "connectivity.h"
#include "event/port-name.h"
#include "netdev.h"
#include "ofproto/ofproto-provider.h"
#include "ofproto/ofproto.h"
#include "openvswitch/ofp-port.h"
#include "ovs-rcu.h"
#include "seq.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

static struct smap bridges = SMAP_INITIALIZER(&bridges);

/* For other threads: OpenFlow ports by port_name_intern(). */
struct port_numbers {
    size_t n;
    ofp_port_t numbers[];
};
static OVSRCU_TYPE(struct port_numbers *) published
    = OVSRCU_INITIALIZER(NULL);

/* When it was made. */
static bool valid;
static uint64_t connectivity_seqno;
static long long int updated_ms;
#define UPDATE_INTERVAL_MS 1000

static void
add_bridge(struct smap *map, const char *name)
{
    const struct ofproto *ofproto = ofproto_lookup(name);
    const struct ofport *port;

    if (ofproto) {
        HMAP_FOR_EACH (port, hmap_node, &ofproto->ports) {
            smap_replace(map, netdev_get_name(port->netdev), name);
        }
    }
}

static void
add_all(struct smap *map)
{
    struct sset types = SSET_INITIALIZER(&types);
    const char *type;

    ofproto_enumerate_types(&types);
    SSET_FOR_EACH (type, &types) {
        struct sset names = SSET_INITIALIZER(&names);
        const char *name;

        if (!ofproto_enumerate_names(type, &names)) {
            SSET_FOR_EACH (name, &names) {
                add_bridge(map, name);
            }
        }
        sset_destroy(&names);
    }
    sset_destroy(&types);
}

/* Calls 'cb' for each port of each bridge in 'map'. */
static void
for_each_port(const struct smap *map,
              void (*cb)(const struct ofport *, struct port_numbers *),
              struct port_numbers *numbers)
{
    struct sset names = SSET_INITIALIZER(&names);
    const struct smap_node *node;
    const char *name;

    SMAP_FOR_EACH (node, map) {
        sset_add(&names, node->value);
    }
    SSET_FOR_EACH (name, &names) {
        const struct ofproto *ofproto = ofproto_lookup(name);
        const struct ofport *port;

        if (ofproto) {
            HMAP_FOR_EACH (port, hmap_node, &ofproto->ports) {
                cb(port, numbers);
            }
        }
    }
    sset_destroy(&names);
}

static void
count_number(const struct ofport *port, struct port_numbers *numbers)
{
    numbers->n = MAX(numbers->n,
                     port_name_intern(netdev_get_name(port->netdev)) + 1);
}

static void
store_number(const struct ofport *port, struct port_numbers *numbers)
{
    numbers->numbers[port_name_intern(netdev_get_name(port->netdev))]
        = port->ofp_port;
}

/* Publishes the OpenFlow ports of the interfaces in 'map', if they are
 * others. */
static void
publish_numbers(const struct smap *map)
{
    struct port_numbers *old = ovsrcu_get_protected(struct port_numbers *,
                                                    &published);
    struct port_numbers count = { .n = 0 };
    struct port_numbers *new;
    size_t size;

    for_each_port(map, count_number, &count);
    size = sizeof *new + count.n * sizeof new->numbers[0];
    new = xmalloc(size);
    new->n = count.n;
    for (size_t i = 0; i < new->n; i++) {
        new->numbers[i] = OFPP_NONE;
    }
    for_each_port(map, store_number, new);
    if (old && old->n == new->n && !memcmp(old, new, size)) {
        free(new);
    } else {
        ovsrcu_set(&published, new);
        if (old) {
            ovsrcu_postpone(free, old);
        }
    }
}

ofp_port_t
bridge_map_port_number(uint32_t name_id)
{
    const struct port_numbers *numbers
        = ovsrcu_get(struct port_numbers *, &published);

    return (numbers && name_id < numbers->n ? numbers->numbers[name_id]
            : OFPP_NONE);
}

void
bridge_map_get_ports(const char *name, struct ofputil_port_map *ports)
{
    const struct ofproto *ofproto = ofproto_lookup(name);
    const struct ofport *port;

    if (ofproto) {
        HMAP_FOR_EACH (port, hmap_node, &ofproto->ports) {
            ofputil_port_map_put(ports, port->ofp_port,
                                 netdev_get_name(port->netdev));
        }
    }
}

bool
bridge_map_run(void)
{
    uint64_t seqno = seq_read(connectivity_seq_get());
    struct smap new = SMAP_INITIALIZER(&new);
    bool changed;

    if (valid && seqno == connectivity_seqno
        && time_msec() < updated_ms + UPDATE_INTERVAL_MS) {
        return false;
    }
    valid = true;
    connectivity_seqno = seqno;
    updated_ms = time_msec();

    add_all(&new);
    publish_numbers(&new);
    changed = !smap_equal(&new, &bridges);
    if (changed) {
        hmap_swap(&new.map, &bridges.map);
    }
    smap_destroy(&new);
    return changed;
}

void
bridge_map_invalidate(void)
{
    valid = false;
}

const struct smap *
bridge_map_get(void)
{
    return &bridges;
}
