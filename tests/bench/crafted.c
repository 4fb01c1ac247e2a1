/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* What packets cost whose keys collide in somebody else's hash, compared with
 * packets of random keys: 1,000,000 tuples of each family, first as new flows,
 * then those of 65,536 as known ones.  Blocks of both are timed in turn, in
 * the order A B, B A; a ratio is the median of the pairs'. */

#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "monitor/monitor.h"
#include "monitor/scatter.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "tests/bench/traffic.h"
#include "tests/bench/windows.h"
#include "tests/crafted-keys.h"
#include "util.h"

#define N_KNOWN 65536
#define MAX_FLOWS (2 * N_KNOWN)
#define BLOCK 2048              /* Packets. */

/* A packet thread and the frames that it is given. */
struct side {
    struct monitor *monitor;
    struct scatter *scatter;
    struct traffic_frame *frames;
    size_t n;
    size_t next;
    uint64_t epoch;
};

static void
drop_report(struct report *report, void *aux OVS_UNUSED)
{
    report_destroy(report);
}

static void
make_frame(struct traffic_frame *frame, const struct crafted_tuple *tuple)
{
    struct eth_header *eth = (void *) frame->bytes;
    struct ip_header *ip = (void *) (eth + 1);
    struct tcp_header *tcp = (void *) (ip + 1);

    memset(frame, 0, sizeof *frame);
    eth->eth_type = htons(ETH_TYPE_IP);
    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    ip->ip_tot_len = htons(FRAME_BYTES - ETH_HEADER_LEN);
    ip->ip_proto = CRAFT_PROTO;
    memcpy(&ip->ip_src, &tuple->addresses[0], sizeof ip->ip_src);
    memcpy(&ip->ip_dst, &tuple->addresses[1], sizeof ip->ip_dst);
    memcpy(&tcp->tcp_src, &tuple->ports, sizeof tuple->ports);
    tcp->tcp_ctl = TCP_CTL(TCP_ACK, 5);
}

static void
side_init(struct side *side, enum craft_family family, size_t n)
{
    const struct monitor_settings settings = {
        .epoch_us = MONITOR_DEFAULT_EPOCH_US,
        .max_flows = MAX_FLOWS,
    };
    uint64_t seed = 1;
    char *error;

    *side = (struct side) { .n = n, .epoch = 1000 };
    side->monitor = monitor_create(&settings, drop_report, NULL);
    error = monitor_add_trigger(side->monitor, "t",
                                "on tcp by 5tuple when count() < 0", 0);
    side->scatter = monitor_add_thread(side->monitor, "t");
    if (error || !side->scatter) {
        ovs_fatal(0, "no monitor");
    }
    side->frames = xcalloc(n, sizeof *side->frames);
    for (size_t i = 0; i < n; i++) {
        struct crafted_tuple tuple;

        craft_tuple(family, false, &seed, &tuple);
        make_frame(&side->frames[i], &tuple);
    }
}

static void
side_uninit(struct side *side)
{
    monitor_remove_thread(side->monitor, side->scatter);
    monitor_destroy(side->monitor);
    free(side->frames);
}

/* Gives the next block, in an epoch of its own, and returns its time. */
static uint64_t
side_run(struct side *side)
{
    struct burst burst = {
        .entrance = { .in_port = 1 },
        .now_us = ++side->epoch * MONITOR_DEFAULT_EPOCH_US,
        .n = BURST_MAX,
    };
    uint64_t start_ns, ns;

    start_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < BLOCK / BURST_MAX; i++) {
        for (size_t j = 0; j < BURST_MAX; j++) {
            burst.frames[j] = (struct frame) {
                side->frames[side->next].bytes, FRAME_BYTES, FRAME_BYTES
            };
            side->next = (side->next + 1) % side->n;
        }
        scatter_burst(side->scatter, &burst);
    }
    ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start_ns;
    monitor_sweep(side->monitor,
                  (side->epoch + 1) * MONITOR_DEFAULT_EPOCH_US);
    return ns;
}

static void
compare(enum craft_family family, bool known, size_t n_tuples)
{
    size_t n_pairs = (known ? 4 * N_KNOWN : n_tuples) / BLOCK;
    double *ratios = xcalloc(n_pairs, sizeof *ratios);
    double *cycles = xcalloc(n_pairs, sizeof *cycles);
    struct spread ratio, spread;
    struct side sides[2];

    side_init(&sides[0], CRAFT_RANDOM, known ? N_KNOWN : n_tuples);
    side_init(&sides[1], family, known ? N_KNOWN : n_tuples);
    for (size_t i = 0; known && i < 2 * N_KNOWN / BLOCK; i++) {
        side_run(&sides[0]);
        side_run(&sides[1]);
    }
    for (size_t i = 0; i < n_pairs; i++) {
        double ns[2];

        for (int j = 0; j < 2; j++) {
            int k = (i + j) % 2;

            ns[k] = side_run(&sides[k]);
        }
        ratios[i] = ns[1] / ns[0];
        cycles[i] = ns[1] / BLOCK * cycles_per_ns();
    }
    ratio = spread_of(ratios, n_pairs);
    spread = spread_of(cycles, n_pairs);
    printf("%-10s %-5s  ratio %.3f (%.3f to %.3f)  %.0f cycles\n",
           craft_family_name(family), known ? "known" : "new", ratio.median,
           ratio.low, ratio.high, spread.median);
    side_uninit(&sides[0]);
    side_uninit(&sides[1]);
    free(ratios);
    free(cycles);
}

int
main(int argc, char *argv[])
{
    size_t n_tuples = argc > 1 ? atoi(argv[1]) : 1000000;

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_ERR);
    if (n_tuples < BLOCK) {
        ovs_fatal(0, "usage: %s [TUPLES], at least %d", program_name, BLOCK);
    }
    for (enum craft_family f = CRAFT_RANDOM; f < N_CRAFT_FAMILIES; f++) {
        compare(f, false, n_tuples);
        compare(f, true, n_tuples);
    }
    return 0;
}
