/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_PORT_H
#define TESTS_BENCH_PORT_H 1

/* A netdev class without devices: a port called BENCH_PORT_SOURCE that packets
 * come from, and ports of any other name, which forget what is sent to them.
 *
 * Usage
 * =====
 *
 *     bench_port_register(&feed);                      once, before:
 *     netdev_open(BENCH_PORT_SOURCE, BENCH_PORT_TYPE, &netdev);
 *     netdev_open(BENCH_PORT_SINK, BENCH_PORT_TYPE, &netdev);
 *
 * Thread-safety: one packet thread polls the port. */

#include <stdbool.h>
#include <stdint.h>

#define BENCH_PORT_TYPE "bench"
#define BENCH_PORT_SOURCE "source"
#define BENCH_PORT_SINK "sink"

struct dp_packet_batch;

/* What makes packets, and takes them back.  Runs on: PMD. */
struct bench_feed {
    /* Puts packets into the empty batch.  Returns false if there are none. */
    bool (*receive)(struct dp_packet_batch *, void *aux);

    /* Called with what came to 'port'.  The packets are the callee's. */
    void (*send)(const char *port, struct dp_packet_batch *, void *aux);
    void *aux;
};

/* Returns 0 or an error number. */
int bench_port_register(const struct bench_feed *);

#endif /* tests/bench/bench-port.h */
