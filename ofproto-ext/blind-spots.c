/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "blind-spots.h"

#include "netdev.h"
#include "netdev-offload.h"
#include "netdev-provider.h"
#include "openvswitch/dynamic-string.h"
#include "port-map.h"
#include "simap.h"
#include "userspace-tso.h"
#include "util.h"

/* A counter that a device does not have is UINT64_MAX. */
static uint64_t
counter(uint64_t value)
{
    return value == UINT64_MAX ? 0 : value;
}

/* Appends a line for the port 'name' if its device lost packets. */
static void
format_port(const char *name, struct ds *ds)
{
    struct netdev *netdev = netdev_from_name(name);
    struct netdev_stats stats;

    if (netdev && !netdev_get_stats(netdev, &stats)) {
        uint64_t missed = counter(stats.rx_missed_errors);
        uint64_t dropped = counter(stats.rx_dropped);

        if (missed || dropped) {
            ds_put_format(ds, "  port %s: rx_missed_errors=%"PRIu64
                          " rx_dropped=%"PRIu64"\n", name, missed, dropped);
        }
    }
    netdev_close(netdev);
}

void
blind_spots_format(struct ds *ds)
{
    struct simap ports = SIMAP_INITIALIZER(&ports);
    const struct simap_node **nodes;
    size_t start;

    ds_put_cstr(ds, "not seen:\n");
    start = ds->length;
    if (netdev_is_flow_api_enabled()) {
        ds_put_cstr(ds, "  hw-offload is enabled: packets that hardware "
                    "forwards\n");
    }
    if (userspace_tso_enabled()) {
        ds_put_cstr(ds, "  userspace-tso is enabled: a packet of many "
                    "segments counts once\n");
    }

    port_map_list(NULL, &ports);
    nodes = simap_sort(&ports);
    for (size_t i = 0; i < simap_count(&ports); i++) {
        format_port(nodes[i]->name, ds);
    }
    free(nodes);
    simap_destroy(&ports);

    if (ds->length == start) {
        ds_put_cstr(ds, "  nothing known\n");
    }
}
