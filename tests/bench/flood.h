/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_FLOOD_H
#define TESTS_BENCH_FLOOD_H 1

/* Traffic of traffic.h for a whole switch, as fast as it is taken.
 *
 * Buffers come back in the order of sending and are handed out again, as from
 * a NIC.  A switch may also keep or free them: then there will be others.
 * Their checksums are said to be right, as a NIC says.
 *
 * Thread-safety: created by any thread, then used by the packet thread only.
 */

#include <stdbool.h>
#include <stdint.h>

struct dp_packet;
struct dp_packet_batch;
struct flood;

/* Returns null if there is no memory. */
struct flood *flood_create(uint32_t n_flows);

/* Fills the empty batch. */
void flood_receive(struct flood *, struct dp_packet_batch *);

/* Takes a packet back.  Returns false if it is not one of a flood. */
bool flood_take_back(struct flood *, struct dp_packet *);

#endif /* tests/bench/flood.h */
