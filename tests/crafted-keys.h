/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_CRAFTED_KEYS_H
#define TESTS_CRAFTED_KEYS_H 1

/* Tuples such as an attacker would send who knows a switch's hash function:
 * all of a family have one and the same hash, and are otherwise random.
 *
 * Thread-safety: plain values. */

#include <stdbool.h>
#include <stdint.h>

enum craft_family {
    CRAFT_RANDOM,               /* Do not collide. */
    CRAFT_OVS,                  /* Open vSwitch's hash_add(), without
                                 * SSE 4.2. */
    CRAFT_CRC32,                /* CRC-32C, which it is with SSE 4.2, and
                                 * DPDK's hash. */
    CRAFT_TOEPLITZ,             /* What NICs do, with Microsoft's key. */
    CRAFT_SYMMETRIC,            /* The same, with a key of 0x6d5a repeated. */
    N_CRAFT_FAMILIES
};

/* Words as they stand in memory when the fields are as on the wire. */
#define CRAFT_WORDS_MAX 9
struct crafted_tuple {
    bool ipv6;
    uint32_t addresses[CRAFT_WORDS_MAX - 1];    /* Source, destination: one
                                                 * word each, IPv6 four. */
    uint32_t ports;             /* tp_src comes first in memory. */
};

#define CRAFT_PROTO 6           /* TCP. */

const char *craft_family_name(enum craft_family);

/* Makes the next tuple of 'family'; the same sequence for the same 'seed',
 * which is changed. */
void craft_tuple(enum craft_family family, bool ipv6, uint64_t *seed,
                 struct crafted_tuple *);

/* The hash of the family, bit by bit: slow and obvious.  All tuples of a
 * family and IP version have the same, but of CRAFT_RANDOM. */
uint32_t craft_hash(enum craft_family, const struct crafted_tuple *);

#endif /* tests/crafted-keys.h */
