/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_SOURCE_H
#define TESTS_BENCH_SOURCE_H 1

/* Traffic for the ports of bench-port.h, as fast as it is taken.
 *
 * Like a NIC's driver it hands out buffers of a ring, which are the same ones
 * over and over, in bursts of 32.  As from net_pcap they come without a hash.
 * All of them must come back.
 *
 * Thread-safety: one packet thread polls the port. */

#include <stdint.h>

#include "ovs-atomic.h"

/* So many bursts are between two calls of 'tick'. */
#define BENCH_SOURCE_TICK_BURSTS 64

struct traffic;

struct bench_source {
    struct traffic *traffic;
    atomic_bool running;        /* While false, nothing is received. */

    /* Called before a burst is handed over.  Runs on: PMD. */
    void (*tick)(void *aux);
    void *aux;

    /* Written by the packet thread. */
    uint64_t n_received;        /* Frames handed over. */
    uint64_t n_sent;            /* Frames that came to the sink. */
};

/* Registers the class of ports.  'source' must stay. */
void bench_source_register(struct bench_source *);

#endif /* tests/bench/bench-source.h */
