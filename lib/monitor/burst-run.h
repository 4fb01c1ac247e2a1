/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_BURST_RUN_H
#define MONITOR_BURST_RUN_H 1

#include <stdbool.h>
#include <stdint.h>

#include "util.h"

/* is_burst of one flow: whether a packet is in a burst.
 *
 * A run is a sequence of packets of the flow, each of which came at most
 * 'max_gap_us' after the one before.  From its 'min_packets'th packet on it is
 * a burst.  Any IP protocol; independent of TCP's state.
 *
 * Usage: a run of all zeros has no packets.
 *
 * Thread-safety: plain value. */
struct burst_run {
    uint64_t last_ns;           /* Of the latest packet. */
    uint32_t n;                 /* Packets of the run; stops at the largest. */
};

#define BURST_RUN_DEFAULT_GAP_US 100
#define BURST_RUN_DEFAULT_PACKETS 4

/* Adds a packet that came at 'ns', which counts at the packet's before it if
 * it is less.  Returns the packet's is_burst. */
static inline bool
burst_run_add(struct burst_run *run, uint64_t ns, uint32_t max_gap_us,
              uint32_t min_packets)
{
    ns = MAX(ns, run->last_ns);
    if (ns - run->last_ns > max_gap_us * UINT64_C(1000)) {
        run->n = 0;
    }
    run->last_ns = ns;
    run->n += run->n < UINT32_MAX;
    return run->n >= min_packets;
}

#endif /* monitor/burst-run.h */
