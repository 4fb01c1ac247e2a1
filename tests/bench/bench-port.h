/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_PORT_H
#define TESTS_BENCH_PORT_H 1

/* A netdev class without a device: a port that traffic comes from, as fast as
 * it is taken, and a port that forgets what is sent to it.
 *
 * Like a NIC's driver it hands out buffers of a ring, which are the same ones
 * over and over, in bursts of 32.  As from net_pcap they come without a hash.
 *
 * Usage
 * =====
 *
 *     bench_port_register(&source);                    once, before:
 *     netdev_open(BENCH_PORT_SOURCE, BENCH_PORT_TYPE, &netdev);
 *     netdev_open(BENCH_PORT_SINK, BENCH_PORT_TYPE, &netdev);
 *
 * Thread-safety: one packet thread polls the port. */

#include <stdint.h>

#include "ovs-atomic.h"

#define BENCH_PORT_TYPE "bench"
#define BENCH_PORT_SOURCE "source"
#define BENCH_PORT_SINK "sink"

/* So many bursts are between two calls of 'tick'. */
#define BENCH_PORT_TICK_BURSTS 64

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

/* 'source' must stay. */
void bench_port_register(struct bench_source *);

#endif /* tests/bench/bench-port.h */
