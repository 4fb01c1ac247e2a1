/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "bridge-map.h"

#include "connectivity.h"
#include "netdev.h"
#include "ofproto/ofproto-provider.h"
#include "ofproto/ofproto.h"
#include "seq.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"

static struct smap bridges = SMAP_INITIALIZER(&bridges);

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
