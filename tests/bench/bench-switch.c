/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/bench-switch.h"

#include <errno.h>
#include <sched.h>

#include "dp-observer.h"
#include "dpif-netdev-private-thread.h"
#include "dpif-netdev.h"
#include "dpif.h"
#include "dummy.h"
#include "netdev.h"
#include "netlink.h"
#include "odp-netlink.h"
#include "openvswitch/ofpbuf.h"
#include "ovs-numa.h"
#include "ofproto-ext/port-map.h"
#include "smap.h"
#include "tests/bench/bench-port.h"
#include "tests/bench/bench-source.h"
#include "tests/bench/traffic.h"
#include "util.h"

#define DP_NAME "bench"
#define SOURCE_NO 1
#define SINK_NO 2

static struct dpif *dpif;
static struct dp_observer_slot *slot;   /* Of the packet thread. */
static struct pmd_perf_stats *stats;
static enum bench_rule rule;

/* Remembers the packet thread.  Its statistics are not to be had otherwise
 * without a pause. */
static void
bench_pmd_add(const char *dp_name OVS_UNUSED, unsigned int core_id,
              int numa_id OVS_UNUSED, struct dp_observer_slot *slot_)
{
    if (core_id != NON_PMD_CORE_ID) {
        slot = slot_;
        stats = &CONTAINER_OF(slot, struct dp_netdev_pmd_thread,
                              observer)->perf_stats;
    }
}

static void
bench_port_add(const char *dp_name, odp_port_t port_no,
               const struct netdev *netdev)
{
    port_map_insert(port_map_get(dp_name), port_no, netdev_get_name(netdev));
}

static const struct dp_observer_class bench_class = {
    .name = "bench",
    .pmd_add = bench_pmd_add,
    .port_add = bench_port_add,
};

/* Returns a CPU for the packet thread, and takes it away from this thread. */
static int
reserve_cpu(void)
{
    cpu_set_t cpus;
    int cpu = -1;

    if (sched_getaffinity(0, sizeof cpus, &cpus)) {
        ovs_fatal(errno, "sched_getaffinity");
    }
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &cpus)) {
            cpu = i;
        }
    }
    CPU_CLR(cpu, &cpus);
    if (CPU_COUNT(&cpus)) {
        ignore(sched_setaffinity(0, sizeof cpus, &cpus));
    }
    return cpu;
}

/* Creates 'dpif' with a packet thread on 'cpu'. */
static void
create_datapath(const struct bench_switch_settings *settings, int cpu)
{
    struct smap config = SMAP_INITIALIZER(&config);
    char mask[CPU_SETSIZE / 4 + 1];
    int error;

    /* A datapath of type "netdev" would have a tap device for its local port,
     * which takes privileges.  A dummy one differs in nothing else. */
    netdev_dummy_register(DUMMY_OVERRIDE_NONE);
    dpif_dummy_register(DUMMY_OVERRIDE_NONE);
    error = dpif_create_and_open(DP_NAME, "dummy", &dpif);
    if (error) {
        ovs_fatal(error, "no datapath");
    }
    memset(mask, '0', sizeof mask);
    mask[0] = '0' + (1 << cpu % 4);     /* In hexadecimal: 1, 2, 4 or 8. */
    mask[1 + cpu / 4] = '\0';
    smap_add(&config, "pmd-cpu-mask", mask);
    if (settings->emc_insert_inv_prob) {
        smap_add(&config, "emc-insert-inv-prob",
                 settings->emc_insert_inv_prob);
    }
    dpif_set_config(dpif, &config);
    smap_destroy(&config);
}

static void
add_port(const char *name, uint32_t number)
{
    odp_port_t port_no = u32_to_odp(number);
    struct netdev *netdev;
    int error;

    error = netdev_open(name, BENCH_PORT_TYPE, &netdev);
    if (!error) {
        error = dpif_port_add(dpif, netdev, &port_no);
    }
    if (error) {
        ovs_fatal(error, "no port %s", name);
    }
    netdev_close(netdev);
}

/* What ofproto does with the first packet: the wildcards and the actions of
 * "in_port,ip,nw_dst=192.168.0.0/24 actions=output" (and of
 * "in_port,ipv6 actions=output") or of "in_port actions=output".  Runs on:
 * PMD. */
static int
translate(const struct dp_packet *packet OVS_UNUSED, const struct flow *flow,
          ovs_u128 *ufid OVS_UNUSED, unsigned int pmd_id OVS_UNUSED,
          enum dpif_upcall_type type OVS_UNUSED,
          const struct nlattr *userdata OVS_UNUSED, struct ofpbuf *actions,
          struct flow_wildcards *wc, struct ofpbuf *put_actions OVS_UNUSED,
          void *aux OVS_UNUSED)
{
    bool ipv6 = flow->dl_type == htons(ETH_TYPE_IPV6);

    ovs_assert(ipv6 || ntohl(flow->nw_dst) >> 8 == TRAFFIC_DST >> 8);
    WC_MASK_FIELD(wc, recirc_id);
    WC_MASK_FIELD(wc, in_port);
    WC_MASK_FIELD(wc, packet_type);
    WC_MASK_FIELD(wc, dl_type);
    WC_MASK_FIELD_MASK(wc, nw_frag, FLOW_NW_FRAG_MASK);
    if (rule == BENCH_RULE_PREFIX && !ipv6) {
        WC_MASK_FIELD_MASK(wc, nw_dst, htonl(0xffffff00));
    }
    nl_msg_put_odp_port(actions, OVS_ACTION_ATTR_OUTPUT, u32_to_odp(SINK_NO));
    return 0;
}

void
bench_switch_start(const struct bench_switch_settings *settings)
{
    int cpu = reserve_cpu();

    rule = settings->rule;
    ovs_numa_init();
    ignore(dp_observer_register(&bench_class));
    bench_source_register(settings->source);
    create_datapath(settings, cpu);
    add_port(BENCH_PORT_SOURCE, SOURCE_NO);
    add_port(BENCH_PORT_SINK, SINK_NO);
    dpif_run(dpif);
    if (!slot) {
        ovs_fatal(0, "no packet thread");
    }
    dpif_register_upcall_cb(dpif, translate, NULL);
    dpif_enable_upcall(dpif);
}

void
bench_switch_run(void)
{
    dpif_run(dpif);
}

const struct port_map *
bench_switch_ports(void)
{
    return port_map_get(DP_NAME);
}

void
bench_switch_set_observer(struct dp_observer *observer)
{
    ovsrcu_set(&slot->observer, observer);
}

uint64_t
bench_switch_cache_hits(void)
{
    uint64_t counters[PMD_N_STATS];

    pmd_perf_read_counters(stats, counters);
    return counters[rule == BENCH_RULE_SIMPLE ? PMD_STAT_SIMPLE_HIT
                    : PMD_STAT_EXACT_HIT];
}
