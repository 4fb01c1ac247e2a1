/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_TUNNEL_MAP_H
#define OFPROTO_EXT_TUNNEL_MAP_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"

/* The tunnel interface that a decapsulated packet belongs to.
 *
 * Several tunnel interfaces share one port of the datapath ("vxlan_sys_4789")
 * and are told apart by the key and the addresses of the outer header.  Open
 * vSwitch chooses among them when it translates a flow's first packet
 * (tnl_find() in ofproto/tunnel.c); packet threads cannot ask it, so here is
 * the same choice from an immutable table of their own.
 *
 * The table is made from all tunnel interfaces that are open in the process,
 * except for the datapath's own ports.  It is made anew when an interface
 * changed, at the latest a second after one is gone.  Of several interfaces
 * with the same settings, which Open vSwitch refuses, the first by name is
 * taken.
 *
 * Usage
 * =====
 *
 *     tunnel_map_run();                      in each run of the main loop
 *     id = tunnel_map_lookup(&outer);        on a packet thread
 *
 * Thread-safety: tunnel_map_lookup() runs on any thread that takes part in
 * RCU, all else on the main thread. */

/* What tells tunnels apart, as received. */
struct tunnel_outer {
    ovs_be64 tun_id;
    struct in6_addr src;        /* IPv4 addresses are mapped to IPv6. */
    struct in6_addr dst;
    uint32_t dp_port;           /* port_name_intern() of the datapath's port
                                 * that took the outer header off. */
    uint32_t l3;                /* 1 if no Ethernet header follows, else 0. */
};

void tunnel_map_init(void);

/* Makes the table anew if tunnel interfaces may have changed. */
void tunnel_map_run(void);

/* Makes the table anew. */
void tunnel_map_update(void);

/* Returns the port_name_intern() of the tunnel interface for 'outer', 0 if
 * there is none.  Runs on: PMD. */
uint32_t tunnel_map_lookup(const struct tunnel_outer *outer);

#endif /* ofproto-ext/tunnel-map.h */
