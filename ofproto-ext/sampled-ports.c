/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "sampled-ports.h"

#include "event/port-name.h"
#include "netdev.h"
#include "openvswitch/list.h"
#include "smap.h"
#include "util.h"

struct known_port {
    struct ovs_list node;       /* In 'known'. */
    char *dp_name;
    odp_port_t port_no;
    struct sampled_port *port;  /* One reference. */
};

static struct ovs_mutex mutex = OVS_MUTEX_INITIALIZER;
static struct ovs_list known OVS_GUARDED_BY(mutex)
    = OVS_LIST_INITIALIZER(&known);
static uint64_t version OVS_GUARDED_BY(mutex);  /* Counts changes. */

/* Types of netdev that are an interface of the kernel with the same name. */
static const char *const link_types[] = {
    "system", "tap", "internal", "afxdp", "afxdp-nonpmd",
};

/* Drivers of DPDK for an interface of the kernel, as devargs begin. */
static const char *const link_drivers[] = {
    "net_af_packet", "net_af_xdp", "net_tap",
};

static bool
type_is_dpdk(const char *type)
{
    return !strncmp(type, "dpdk", 4);
}

/* Returns the interface of the kernel that 'devargs' name, such as
 * "net_af_packet0,iface=eth1", or null.  The caller must free it. */
static char *
link_from_devargs(const char *devargs)
{
    for (size_t i = 0; i < ARRAY_SIZE(link_drivers); i++) {
        const char *driver = link_drivers[i];
        const char *name = strstr(devargs, ",iface=");

        if (!strncmp(devargs, driver, strlen(driver)) && name) {
            name += strlen(",iface=");
            return xmemdup0(name, strcspn(name, ","));
        }
    }
    return NULL;
}

static void
init_dpdk(struct sampled_port *port, const struct netdev *netdev)
{
    struct smap args = SMAP_INITIALIZER(&args);

    if (!netdev_get_config(netdev, &args)) {
        const char *devargs = smap_get_def(&args, "dpdk-devargs", "");

        port->link = link_from_devargs(devargs);
        port->reversed = port->link && !strncmp(devargs, "net_tap", 7);
    }
    smap_destroy(&args);
    ovs_mutex_lock(&port->mutex);
    port->device = netdev_ref(netdev);
    ovs_mutex_unlock(&port->mutex);
}

static void
init_link(struct sampled_port *port, const struct netdev *netdev)
{
    const char *type = netdev_get_type(netdev);

    for (size_t i = 0; i < ARRAY_SIZE(link_types); i++) {
        if (!strcmp(type, link_types[i])) {
            port->link = xstrdup(netdev_get_name(netdev));
            port->reversed = !strcmp(type, "tap") || !strcmp(type, "internal");
        }
    }
}

/* Returns null if 'netdev' has no counters. */
static struct sampled_port *
sampled_port_create(const struct netdev *netdev)
{
    struct sampled_port *port = xzalloc(sizeof *port);

    ovs_refcount_init(&port->refs);
    ovs_mutex_init(&port->mutex);
    port->id = port_name_intern(netdev_get_name(netdev));
    if (type_is_dpdk(netdev_get_type(netdev))) {
        init_dpdk(port, netdev);
        return port;
    }
    init_link(port, netdev);
    if (!port->link) {
        ovs_mutex_destroy(&port->mutex);
        free(port);
        return NULL;
    }
    return port;
}

static void
sampled_port_unref(struct sampled_port *port)
{
    if (ovs_refcount_unref(&port->refs) == 1) {
        /* Who closed 'device' had the mutex.  That is seen here without it,
         * too, but by a fence, which ThreadSanitizer does not follow. */
        ovs_mutex_lock(&port->mutex);
        ovs_mutex_unlock(&port->mutex);
        ovs_mutex_destroy(&port->mutex);
        free(port->link);
        free(port);
    }
}

void
sampled_ports_insert(const char *dp_name, odp_port_t port_no,
                     const struct netdev *netdev)
{
    struct sampled_port *port = sampled_port_create(netdev);

    if (port) {
        struct known_port *kp = xmalloc(sizeof *kp);

        kp->dp_name = xstrdup(dp_name);
        kp->port_no = port_no;
        kp->port = port;
        ovs_mutex_lock(&mutex);
        ovs_list_push_back(&known, &kp->node);
        version++;
        ovs_mutex_unlock(&mutex);
    }
}

/* Removes and returns the port, or null. */
static struct known_port *
take_known(const char *dp_name, odp_port_t port_no)
    OVS_REQUIRES(mutex)
{
    struct known_port *kp;

    LIST_FOR_EACH (kp, node, &known) {
        if (kp->port_no == port_no && !strcmp(kp->dp_name, dp_name)) {
            ovs_list_remove(&kp->node);
            version++;
            return kp;
        }
    }
    return NULL;
}

void
sampled_ports_remove(const char *dp_name, odp_port_t port_no)
{
    ovs_mutex_lock(&mutex);
    struct known_port *kp = take_known(dp_name, port_no);
    ovs_mutex_unlock(&mutex);

    if (kp) {
        ovs_mutex_lock(&kp->port->mutex);
        netdev_close(kp->port->device);
        kp->port->device = NULL;
        ovs_mutex_unlock(&kp->port->mutex);
        sampled_port_unref(kp->port);
        free(kp->dp_name);
        free(kp);
    }
}

bool
sampled_ports_update(struct sampled_ports *ports)
{
    struct known_port *kp;
    bool changed;

    ovs_mutex_lock(&mutex);
    changed = ports->version != version;
    if (changed) {
        sampled_ports_uninit(ports);
        ports->version = version;
        ports->ports = xcalloc(ovs_list_size(&known), sizeof *ports->ports);
        LIST_FOR_EACH (kp, node, &known) {
            ovs_refcount_ref(&kp->port->refs);
            ports->ports[ports->n++] = kp->port;
        }
    }
    ovs_mutex_unlock(&mutex);
    return changed;
}

void
sampled_ports_uninit(struct sampled_ports *ports)
{
    for (size_t i = 0; i < ports->n; i++) {
        sampled_port_unref(ports->ports[i]);
    }
    free(ports->ports);
    ports->ports = NULL;
    ports->n = 0;
}
