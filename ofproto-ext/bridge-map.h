/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_BRIDGE_MAP_H
#define OFPROTO_EXT_BRIDGE_MAP_H 1

#include <stdbool.h>

#include "openvswitch/compiler.h"

/* On which bridge each interface is.
 *
 * A datapath knows ports and no bridges, so this is asked from the bridges,
 * each time that ports may have changed.  Patch ports are in it too, but no
 * packet is ever received there.
 *
 * Thread-safety: main thread only. */
struct smap;

/* To be called in each iteration of the main loop.  Returns true if the map
 * is another one. */
bool bridge_map_run(void) OVS_WARN_UNUSED_RESULT;

/* Makes the next bridge_map_run() look again. */
void bridge_map_invalidate(void);

/* From an interface's name to its bridge's name; valid until the next
 * bridge_map_run(). */
const struct smap *bridge_map_get(void);

#endif /* ofproto-ext/bridge-map.h */
