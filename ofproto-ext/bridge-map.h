/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_BRIDGE_MAP_H
#define OFPROTO_EXT_BRIDGE_MAP_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/compiler.h"
#include "openvswitch/types.h"

/* On which bridge each interface is.
 *
 * A datapath knows ports and no bridges, so this is asked from the bridges,
 * each time that ports may have changed.  Patch ports are in it too, but no
 * packet is ever received there.
 *
 * Thread-safety: main thread only, but for bridge_map_port_number(). */
struct ofputil_port_map;
struct smap;

/* To be called in each iteration of the main loop.  Returns true if the map
 * is another one. */
bool bridge_map_run(void) OVS_WARN_UNUSED_RESULT;

/* Makes the next bridge_map_run() look again. */
void bridge_map_invalidate(void);

/* Returns the OpenFlow port of the interface with number 'name_id' (see
 * event/port-name.h) on its bridge, OFPP_NONE if it is on none.  Any thread
 * that takes part in RCU. */
ofp_port_t bridge_map_port_number(uint32_t name_id);

/* Adds the ports of bridge 'name' to 'ports'. */
void bridge_map_get_ports(const char *name, struct ofputil_port_map *ports);

/* From an interface's name to its bridge's name; valid until the next
 * bridge_map_run(). */
const struct smap *bridge_map_get(void);

#endif /* ofproto-ext/bridge-map.h */
