/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_SCRIPT_H
#define TESTS_BENCH_SCRIPT_H 1

/* Packets from a file, each at its time.
 *
 * The file is an array of 'struct script_frame' in the order of time, the
 * machine's byte order.  A packet has what the file says of it, and zeros up
 * to its length.
 *
 * A packet thread that loses its CPU hands packets over too late.  So it is
 * noted of each packet when that was.
 *
 * Thread-safety: created and destroyed by any thread, else used by the packet
 * thread, but for script_is_over() and, once it says so, the times. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp_packet_batch;
struct script;

struct script_frame {
    uint32_t due_us;            /* After the start. */
    uint32_t length;            /* Of the frame, 54 to 1514. */
    uint8_t bytes[56];          /* The first ones. */
};

/* A packet was handed over, and taken by the datapath, between these times
 * after the start. */
struct script_time {
    uint32_t from_us;
    uint32_t to_us;
};

/* Begins 'start_us' after 1970-01-01.  Returns null and sets '*error', to be
 * freed, if there is no such file. */
struct script *script_create(const char *path, uint64_t start_us,
                             char **error);
void script_destroy(struct script *);

/* Puts what is due into the empty batch.  Returns false if nothing is. */
bool script_receive(struct script *, struct dp_packet_batch *);

/* True when all packets were handed over and taken. */
bool script_is_over(const struct script *);

/* Returns the number of packets, and sets '*times' to their times. */
size_t script_get_times(const struct script *,
                        const struct script_time **times);

#endif /* tests/bench/script.h */
