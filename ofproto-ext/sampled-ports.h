/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_SAMPLED_PORTS_H
#define OFPROTO_EXT_SAMPLED_PORTS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/thread.h"
#include "openvswitch/types.h"
#include "ovs-atomic.h"

/* The ports of the userspace datapaths whose counters can be read, and where
 * they are read.
 *
 * An interface of the kernel (tap, veth, AF_XDP and the like) is only known by
 * its name.  A port of DPDK is read through its netdev, to which a reference
 * is held as long as the port is there.  It is dropped by the main thread, as
 * the last one of a netdev should be; for that the main thread may have to
 * wait until one port has been read.
 *
 * Usage
 * =====
 *
 *     sampled_ports_insert("ovs-netdev", port_no, netdev);     main thread
 *     ...
 *     struct sampled_ports ports = SAMPLED_PORTS_INITIALIZER;
 *     if (sampled_ports_update(&ports)) {              any thread
 *         ...there are others than before...
 *     }
 *     sampled_ports_uninit(&ports);
 *
 * Thread-safety: ports are inserted and removed by the main thread.  Any
 * thread may have a struct sampled_ports of its own. */

struct netdev;

struct sampled_port {
    struct ovs_refcount refs;
    uint32_t id;                /* port_name_intern(). */
    char *link;                 /* Interface of the kernel; null: none. */
    bool reversed;              /* What the kernel transmits there, the switch
                                 * receives. */

    struct ovs_mutex mutex;
    struct netdev *device OVS_GUARDED;  /* One reference; null if it is none
                                         * of DPDK, or gone. */
};

struct sampled_ports {
    uint64_t version;
    size_t n;
    struct sampled_port **ports;        /* One reference each. */
};
#define SAMPLED_PORTS_INITIALIZER { 0, 0, NULL }

/* To be called from the datapath's callbacks. */
void sampled_ports_insert(const char *dp_name, odp_port_t port_no,
                          const struct netdev *);
void sampled_ports_remove(const char *dp_name, odp_port_t port_no);

/* Takes over what ports there are.  Returns true if that changed since the
 * last time. */
bool sampled_ports_update(struct sampled_ports *);
void sampled_ports_uninit(struct sampled_ports *);

#endif /* ofproto-ext/sampled-ports.h */
