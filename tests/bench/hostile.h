/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_HOSTILE_H
#define TESTS_BENCH_HOSTILE_H 1

/* Frames of an attacker, mixed among those of traffic.h: a share of all, each
 * few of which are of a flow that never was before.  Every other flow is of
 * IPv6, unless they are to match triggers.
 *
 * Thread-safety: created by any thread, then used by the packet thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/compiler.h"

/* Where IPv4 sources are if they match no trigger: 172.16.0.0/12. */
#define HOSTILE_SRC 0xac100000u

struct hostile_settings {
    uint32_t share;             /* Of all frames, in 1/10,000; 0: none. */
    uint32_t packets;           /* Of each flow, one right behind the other
                                 * but for others' frames; 0 is 1. */
    bool matching;              /* They match triggers as all others do. */
};

struct hostile;
struct traffic_frame;

/* Returns null if there is no memory. */
struct hostile *hostile_create(const struct hostile_settings *);
void hostile_destroy(struct hostile *);

/* Begins. */
void hostile_start(struct hostile *);

/* How many frames there were. */
uint64_t hostile_n_frames(const struct hostile *);

/* For traffic_next() only: returns a frame, or null if the next one is not
 * hostile. */
uint8_t *hostile_next(struct hostile *);

#endif /* tests/bench/hostile.h */
