/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_PCAP_SOURCE_H
#define TESTS_BENCH_PCAP_SOURCE_H 1

/* Traffic of traffic.h from DPDK's drivers: net_pcap plays a capture of it
 * over and over, net_null forgets what is sent to it.  Both are netdevs of
 * Open vSwitch's class "dpdk", so that what a real driver, its buffers and
 * Open vSwitch's code for it cost is in the figures.  Neither a NIC, huge
 * pages nor privileges are needed.
 *
 * Of each frame, net_pcap keeps a buffer and copies it, so that more of them
 * than PCAP_SOURCE_MAX_FRAMES would measure the misses of just that.
 *
 * What of the traffic changes in time is copied from it into each packet.
 *
 * Thread-safety: opened by the main thread before there is a packet thread,
 * which then uses it. */

#include <stdbool.h>

#define PCAP_SOURCE_MAX_FRAMES 4096

struct dp_packet_batch;
struct pcap_source;
struct traffic;

/* True if Open vSwitch was built with DPDK. */
bool pcap_source_is_built(void);

/* Initialises DPDK, and opens its devices.  Exits with a message where that
 * cannot be.  'traffic' must stay, and has no more frames than that. */
struct pcap_source *pcap_source_open(struct traffic *traffic);

/* Fills the empty batch.  Returns false if it stays empty.  Runs on: PMD. */
bool pcap_source_receive(struct pcap_source *, struct dp_packet_batch *);

/* Takes the packets of a batch.  Runs on: PMD. */
void pcap_source_send(struct pcap_source *, struct dp_packet_batch *);

#endif /* tests/bench/pcap-source.h */
