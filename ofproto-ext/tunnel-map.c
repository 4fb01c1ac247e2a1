/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tunnel-map.h"

#include "connectivity.h"
#include "event/port-name.h"
#include "hash.h"
#include "netdev.h"
#include "netdev-provider.h"
#include "netdev-vport.h"
#include "ovs-rcu.h"
#include "packets.h"
#include "seq.h"
#include "timeval.h"
#include "util.h"

/* A tunnel interface may fix the key, fix the remote address, and fix the
 * local address or take any, or leave each of them to the flow table.  That
 * makes 2 * 2 * 3 kinds, and the packet belongs to the first kind in this
 * order that has an interface for it.  Within a kind, an interface of the old
 * type that carries only Ethernet (or only IP) comes before one that carries
 * any type of packet. */

enum local_address {
    LOCAL_FIXED,
    LOCAL_ANY,
    LOCAL_FLOW,
    N_LOCALS
};

#define N_KINDS (2 * 2 * N_LOCALS)

/* What an interface wants a packet to be.  No padding: hashed and compared as
 * memory. */
struct tunnel_want {
    ovs_be64 tun_id;            /* 0 if left to the flow table. */
    struct in6_addr remote;     /* 0 if left to the flow table. */
    struct in6_addr local;      /* 0 unless LOCAL_FIXED. */
    uint32_t dp_port;
    uint16_t kind;
    uint16_t pt_mode;           /* enum netdev_pt_mode. */
};
BUILD_ASSERT_DECL(sizeof(struct tunnel_want) == 48);

struct tunnel_slot {
    struct tunnel_want want;
    uint32_t name_id;           /* 0: free slot. */
};

/* Open addressing with at least one free slot. */
struct tunnel_table {
    uint32_t kinds;             /* 1 << kind of each kind that there is. */
    uint32_t mask;
    struct tunnel_slot slots[];
};

static OVSRCU_TYPE(struct tunnel_table *) published;

/* When the table was made. */
static uint64_t connectivity_seqno;
static long long int updated_ms;
#define UPDATE_INTERVAL_MS 1000

static uint16_t
tunnel_kind(bool key_is_flow, bool remote_is_flow, enum local_address local)
{
    return (key_is_flow * 2 + remote_is_flow) * N_LOCALS + local;
}

/* Returns the slot of 'want' or the free one where it belongs. */
static struct tunnel_slot *
tunnel_table_find(struct tunnel_table *table, const struct tunnel_want *want)
{
    uint32_t i = hash_bytes(want, sizeof *want, 0);

    for (;; i++) {
        struct tunnel_slot *slot = &table->slots[i & table->mask];

        if (!slot->name_id || !memcmp(&slot->want, want, sizeof *want)) {
            return slot;
        }
    }
}

static void
tunnel_table_insert(struct tunnel_table *table, const struct netdev *netdev)
{
    const struct netdev_tunnel_config *cfg = netdev_get_tunnel_config(netdev);
    char buf[NETDEV_VPORT_NAME_BUFSIZE];
    const char *dp_port;

    if (!cfg) {
        return;
    }

    dp_port = netdev_vport_get_dpif_port(netdev, buf, sizeof buf);
    if (!strcmp(dp_port, netdev_get_name(netdev))) {
        return;                 /* The port of the datapath itself. */
    }

    enum local_address local = (cfg->ip_src_flow ? LOCAL_FLOW
                                : ipv6_addr_is_set(&cfg->ipv6_src)
                                ? LOCAL_FIXED : LOCAL_ANY);
    struct tunnel_want want = {
        .tun_id = cfg->in_key,
        .remote = cfg->ipv6_dst,
        .local = cfg->ipv6_src,
        .dp_port = port_name_intern(dp_port),
        .kind = tunnel_kind(cfg->in_key_flow, cfg->ip_dst_flow, local),
        .pt_mode = netdev_get_pt_mode(netdev),
    };
    struct tunnel_slot *slot = tunnel_table_find(table, &want);

    if (!slot->name_id) {
        slot->want = want;
        slot->name_id = port_name_intern(netdev_get_name(netdev));
        table->kinds |= 1u << want.kind;
    }
}

static int
compare_netdevs_by_name(const void *a_, const void *b_)
{
    struct netdev *const *a = a_;
    struct netdev *const *b = b_;

    return strcmp(netdev_get_name(*a), netdev_get_name(*b));
}

static struct tunnel_table *
tunnel_table_create(struct netdev **vports, size_t n)
{
    size_t n_slots = ROUND_UP_POW2(2 * n + 1);
    struct tunnel_table *table = xzalloc(sizeof *table
                                         + n_slots * sizeof table->slots[0]);

    table->mask = n_slots - 1;
    for (size_t i = 0; i < n; i++) {
        tunnel_table_insert(table, vports[i]);
    }
    return table;
}

void
tunnel_map_init(void)
{
    ovsrcu_init(&published, tunnel_table_create(NULL, 0));
}

void
tunnel_map_run(void)
{
    uint64_t seqno = seq_read(connectivity_seq_get());

    if (seqno != connectivity_seqno
        || time_msec() >= updated_ms + UPDATE_INTERVAL_MS) {
        tunnel_map_update();
    }
}

void
tunnel_map_update(void)
{
    struct tunnel_table *old, *new;
    struct netdev **vports;
    size_t n;

    connectivity_seqno = seq_read(connectivity_seq_get());
    updated_ms = time_msec();

    vports = netdev_get_vports(&n);
    qsort(vports, n, sizeof *vports, compare_netdevs_by_name);
    new = tunnel_table_create(vports, n);
    for (size_t i = 0; i < n; i++) {
        netdev_close(vports[i]);
    }
    free(vports);

    old = ovsrcu_get_protected(struct tunnel_table *, &published);
    if (old->mask == new->mask
        && !memcmp(old, new, sizeof *new
                   + (new->mask + 1) * sizeof new->slots[0])) {
        free(new);
    } else {
        ovsrcu_set(&published, new);
        ovsrcu_postpone(free, old);
    }
}

/* Returns the tunnel interface of 'kind' for 'outer', or 0. */
static uint32_t
tunnel_map_lookup_kind(struct tunnel_table *table, uint16_t kind,
                       const struct tunnel_outer *outer)
{
    static const struct in6_addr none;
    bool key_is_flow = kind / (2 * N_LOCALS);
    bool remote_is_flow = kind / N_LOCALS % 2;
    struct tunnel_want want = {
        .tun_id = key_is_flow ? 0 : outer->tun_id,
        .remote = remote_is_flow ? none : outer->src,
        .local = kind % N_LOCALS == LOCAL_FIXED ? outer->dst : none,
        .dp_port = outer->dp_port,
        .kind = kind,
        .pt_mode = outer->l3 ? NETDEV_PT_LEGACY_L3 : NETDEV_PT_LEGACY_L2,
    };
    uint32_t name_id = tunnel_table_find(table, &want)->name_id;

    if (!name_id) {
        want.pt_mode = NETDEV_PT_AWARE;
        name_id = tunnel_table_find(table, &want)->name_id;
    }
    return name_id;
}

uint32_t
tunnel_map_lookup(const struct tunnel_outer *outer)
{
    struct tunnel_table *table = ovsrcu_get(struct tunnel_table *, &published);

    for (uint32_t kinds = table->kinds; kinds; kinds &= kinds - 1) {
        uint32_t name_id = tunnel_map_lookup_kind(table, raw_ctz(kinds),
                                                  outer);

        if (name_id) {
            return name_id;
        }
    }
    return 0;
}
