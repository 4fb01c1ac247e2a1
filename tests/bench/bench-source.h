/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_SOURCE_H
#define TESTS_BENCH_SOURCE_H 1

/* Traffic for the ports of bench-port.h, as fast as it is taken, in bursts of
 * 32: from DPDK's net_pcap to its net_null (pcap-source.h), or the benchmark's
 * own.  The latter is like a NIC's driver in that it hands out buffers of a
 * ring, which are the same ones over and over, and like net_pcap in that they
 * come without a hash; but it does nothing else, so that a packet costs less
 * than from any driver.  All of them must come back.
 *
 * Thread-safety: one packet thread polls the port. */

#include <stdint.h>

#include "ovs-atomic.h"

/* So many bursts are between two calls of 'tick'. */
#define BENCH_SOURCE_TICK_BURSTS 64

struct pcap_source;
struct traffic;

enum bench_source_kind {
    BENCH_SOURCE_DEFAULT,       /* net_pcap where it is a fair source. */
    BENCH_SOURCE_OWN,
    BENCH_SOURCE_PCAP,
};

struct bench_source {
    struct traffic *traffic;
    enum bench_source_kind kind;
    struct pcap_source *pcap;   /* Null: the benchmark's own. */
    atomic_bool running;        /* While false, nothing is received. */

    /* Called before a burst is handed over.  Runs on: PMD. */
    void (*tick)(void *aux);
    void *aux;

    /* Written by the packet thread. */
    uint64_t n_received;        /* Frames handed over. */
    uint64_t n_sent;            /* Frames that came to the sink. */
};

/* Returns -1 if there is no such kind. */
int bench_source_kind_from_string(const char *);

/* Registers the class of ports.  'source' must stay.  To be called before
 * there is a packet thread, which DPDK has to know.  Exits with a message
 * where that cannot be. */
void bench_source_register(struct bench_source *);

/* What it is then, in a word. */
const char *bench_source_name(const struct bench_source *);

#endif /* tests/bench/bench-source.h */
