/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "bridge-map.h"
#include "dp-observer.h"
#include "netdev.h"
#include "of-connection.h"
#include "of-handler.h"
#include "ofp-extension.h"
#include "openvswitch/compiler.h"
#include "packet-threads.h"
#include "port-map.h"
#include "sampled-ports.h"
#include "switch-monitor.h"
#include "trumpet-db.h"
#include "trumpet-unixctl.h"
#include "tunnel-map.h"
#include "util.h"
#include "vswitchd/bridge.h"
#include "wire/wire-print.h"

/* Where Open vSwitch meets Trumpet: the datapath observer, registered before
 * main() runs.  Nothing else happens before the first callback: no thread, no
 * memory, no log. */

static void
extension_init(void)
{
    tunnel_map_init();
    switch_monitor_init();
    trumpet_unixctl_init();
}

static void
extension_set_config(const char *dp_name OVS_UNUSED,
                     const struct smap *other_config)
{
    trumpet_db_set_config(bridge_get_db_remote(), other_config);
}

static void
extension_run(const char *dp_name OVS_UNUSED)
{
    tunnel_map_run();
    switch_monitor_run();
    trumpet_db_run();
    of_connections_run();
}

static void
extension_wait(const char *dp_name OVS_UNUSED)
{
    trumpet_db_wait();
    of_connections_wait();
}

static void
extension_pmd_add(const char *dp_name, unsigned int core_id,
                  int numa_id OVS_UNUSED, struct dp_observer_slot *slot)
{
    switch_monitor_add_thread(dp_name, core_id, slot);
}

static void
extension_port_add(const char *dp_name, odp_port_t port_no,
                   const struct netdev *netdev)
{
    port_map_insert(port_map_get(dp_name), port_no, netdev_get_name(netdev));
    sampled_ports_insert(dp_name, port_no, netdev);
    bridge_map_invalidate();

    /* The first tunnel interface of this port is open already. */
    tunnel_map_update();
}

static void
extension_port_remove(const char *dp_name, odp_port_t port_no)
{
    port_map_remove(port_map_get(dp_name), port_no);
    sampled_ports_remove(dp_name, port_no);
    bridge_map_invalidate();
}

/* The monitor belongs to all datapaths, so only one of them accounts for
 * it. */
static void
extension_get_memory_usage(const char *dp_name, struct simap *usage)
{
    if (port_map_is_first(dp_name)) {
        switch_monitor_get_memory_usage(usage);
    }
}

static const struct dp_observer_class extension_class = {
    .name = "trumpet",
    .init = extension_init,
    .set_config = extension_set_config,
    .run = extension_run,
    .wait = extension_wait,
    .pmd_add = extension_pmd_add,
    .pmd_remove = packet_threads_remove,
    .port_add = extension_port_add,
    .port_remove = extension_port_remove,
    .get_memory_usage = extension_get_memory_usage,
};

static const struct ofp_extension_class openflow_class = {
    .name = "trumpet",
    .print = wire_print,
    .handle = of_handle,
    .disconnect = of_connection_disconnect,
};

OVS_CONSTRUCTOR(extension_register) {
    ignore(dp_observer_register(&extension_class));
    ignore(ofp_extension_register(&openflow_class));
}
