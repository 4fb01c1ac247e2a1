/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "port-map.h"

#include "event/port-name.h"
#include "flow.h"
#include "openvswitch/shash.h"
#include "simap.h"
#include "util.h"

/* The main thread keeps the ports of a datapath by name and makes the table
 * of the packet threads from them. */
struct named_ports {
    struct port_map map;
    struct simap ports;         /* From name to datapath port number. */
};

static struct shash all_maps = SHASH_INITIALIZER(&all_maps);
static char *first_name;        /* Datapath whose ports were added first. */

static struct port_table *
port_table_create(const struct simap *ports)
{
    size_t n_slots = ROUND_UP_POW2(2 * simap_count(ports) + 1);
    struct port_table *table = xzalloc(sizeof *table
                                       + n_slots * sizeof table->slots[0]);
    struct simap_node *node;

    table->mask = n_slots - 1;
    SIMAP_FOR_EACH (node, ports) {
        uint32_t i = node->data;

        while (table->slots[i & table->mask].name_id) {
            i++;
        }
        table->slots[i & table->mask] = (struct port_slot) {
            .port_no = u32_to_odp(node->data),
            .name_id = port_name_intern(node->name),
        };
    }
    return table;
}

static void
port_map_publish(struct named_ports *named)
{
    struct port_table *old = ovsrcu_get_protected(struct port_table *,
                                                  &named->map.table);

    ovsrcu_set(&named->map.table, port_table_create(&named->ports));
    ovsrcu_postpone(free, old);
}

struct port_map *
port_map_get(const char *dp_name)
{
    struct named_ports *named = shash_find_data(&all_maps, dp_name);

    if (!named) {
        named = xmalloc(sizeof *named);
        simap_init(&named->ports);
        ovsrcu_init(&named->map.table, port_table_create(&named->ports));
        shash_add(&all_maps, dp_name, named);
        if (!first_name) {
            first_name = xstrdup(dp_name);
        }
    }
    return &named->map;
}

void
port_map_insert(struct port_map *map, odp_port_t port_no, const char *name)
{
    struct named_ports *named = CONTAINER_OF(map, struct named_ports, map);

    simap_put(&named->ports, name, odp_to_u32(port_no));
    port_map_publish(named);
}

void
port_map_remove(struct port_map *map, odp_port_t port_no)
{
    struct named_ports *named = CONTAINER_OF(map, struct named_ports, map);
    struct simap_node *node;

    SIMAP_FOR_EACH (node, &named->ports) {
        if (node->data == odp_to_u32(port_no)) {
            simap_delete(&named->ports, node);
            port_map_publish(named);
            return;
        }
    }
}

void
port_map_list(const char *dp_name, struct simap *ports)
{
    struct shash_node *map_node;

    SHASH_FOR_EACH (map_node, &all_maps) {
        const struct named_ports *named = map_node->data;
        struct simap_node *node;

        if (dp_name && strcmp(dp_name, map_node->name)) {
            continue;
        }
        SIMAP_FOR_EACH (node, &named->ports) {
            simap_put(ports, node->name, node->data);
        }
    }
}

bool
port_map_contains(const char *name)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &all_maps) {
        const struct named_ports *named = node->data;

        if (simap_contains(&named->ports, name)) {
            return true;
        }
    }
    return false;
}

bool
port_map_is_first(const char *dp_name)
{
    return nullable_string_is_equal(first_name, dp_name);
}
