/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_PORT_MAP_H
#define OFPROTO_EXT_PORT_MAP_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "ovs-rcu.h"

/* The interface names of a datapath's ports, for packet threads.
 *
 * A port map is created with the first use of a datapath's name and lives as
 * long as the process, so a packet thread may keep a pointer to it.  What it
 * holds is an immutable table that is published anew with each port that
 * comes or goes: a port is in the table before its first packet.
 *
 * Usage
 * =====
 *
 *     struct port_map *map = port_map_get("ovs-netdev");
 *     port_map_insert(map, port_no, "vm1");
 *     id = port_map_lookup(map, port_no);          on a packet thread
 *
 * Thread-safety: port_map_lookup() runs on any thread that takes part in RCU,
 * all else on the main thread. */

struct simap;

struct port_slot {
    odp_port_t port_no;
    uint32_t name_id;           /* port_name_intern(); 0: free slot. */
};

/* Open addressing with at least one free slot. */
struct port_table {
    uint32_t mask;
    struct port_slot slots[];
};

struct port_map {
    OVSRCU_TYPE(struct port_table *) table;
};

struct port_map *port_map_get(const char *dp_name);

void port_map_insert(struct port_map *, odp_port_t, const char *name);
void port_map_remove(struct port_map *, odp_port_t);

/* Adds the ports of 'dp_name', or of all datapaths if it is null, to 'ports':
 * from name to datapath port number. */
void port_map_list(const char *dp_name, struct simap *ports);

/* True if some datapath has a port called 'name'. */
bool port_map_contains(const char *name);

/* True for one of the datapaths that have ports, false for all others. */
bool port_map_is_first(const char *dp_name);

/* Returns the port_name_intern() of port 'port_no', 0 if there is none. */
static inline uint32_t
port_map_lookup(const struct port_map *map, odp_port_t port_no)
{
    const struct port_table *table = ovsrcu_get(struct port_table *,
                                                &map->table);
    uint32_t i = (OVS_FORCE uint32_t) port_no;

    for (;; i++) {
        const struct port_slot *slot = &table->slots[i & table->mask];

        if (slot->port_no == port_no || !slot->name_id) {
            return slot->name_id;
        }
    }
}

#endif /* ofproto-ext/port-map.h */
