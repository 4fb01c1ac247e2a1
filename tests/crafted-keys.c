/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/crafted-keys.h"

#include <string.h>

#include "hash.h"
#include "util.h"

/* Addresses are random, and the ports are what makes the hash the one that
 * was asked for: most of these functions can be solved for their last word,
 * all for the last two.
 *
 *     OVS        state = 5 * rot(state ^ mix(ports), 13) + constant, where
 *                mix() multiplies with odd numbers and rotates
 *     CRC-32     crc = shift32(state ^ ports), where shift32() is linear and
 *                can be run backwards
 *     Toeplitz   hash = A * addresses + B * ports over GF(2) */

/* Any will do. */
#define TARGET 0x1234abcd

/* One byte more than the longest input and its window have. */
#define N_KEY_BYTES 41
static const uint8_t microsoft_key[N_KEY_BYTES] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
    0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
    0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
    0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa, 0,
};

const char *
craft_family_name(enum craft_family family)
{
    static const char *const names[] = {
        [CRAFT_RANDOM] = "random",
        [CRAFT_OVS] = "ovs",
        [CRAFT_CRC32] = "crc32",
        [CRAFT_TOEPLITZ] = "toeplitz",
        [CRAFT_SYMMETRIC] = "symmetric",
    };

    return names[family];
}

static size_t
n_address_words(const struct crafted_tuple *tuple)
{
    return tuple->ipv6 ? 8 : 2;
}

/* splitmix64. */
static uint32_t
draw(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Open vSwitch's. */

/* The hash before the last word. */
static uint32_t
ovs_state(const struct crafted_tuple *tuple)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < n_address_words(tuple); i++) {
        hash = mhash_add(hash, tuple->addresses[i]);
    }
    return mhash_add(hash, CRAFT_PROTO);
}

/* The inverse of an odd number modulo 2**32. */
static uint32_t
inverse(uint32_t odd)
{
    uint32_t x = odd;

    for (int i = 0; i < 5; i++) {
        x *= 2 - odd * x;
    }
    return x;
}

static uint32_t
ovs_solve(uint32_t state)
{
    uint32_t mixed = (hash_rot((TARGET - 0xe6546b64) * inverse(5), 32 - 13)
                      ^ state);

    mixed = hash_rot(mixed * inverse(0x1b873593), 32 - 15);
    return mixed * inverse(0xcc9e2d51);
}

/* CRC-32C. */

#define CRC32C 0x82f63b78

static uint32_t
crc32_shift(uint32_t crc)
{
    for (int i = 0; i < 32; i++) {
        crc = crc & 1 ? crc >> 1 ^ CRC32C : crc >> 1;
    }
    return crc;
}

static uint32_t
crc32_shift_back(uint32_t crc)
{
    for (int i = 0; i < 32; i++) {
        crc = crc >> 31 ? (crc ^ CRC32C) << 1 | 1 : crc << 1;
    }
    return crc;
}

static uint32_t
crc32_state(const struct crafted_tuple *tuple)
{
    uint32_t crc = 0;

    for (size_t i = 0; i < n_address_words(tuple); i++) {
        crc = crc32_shift(crc ^ tuple->addresses[i]);
    }
    return crc32_shift(crc ^ CRAFT_PROTO);
}

/* Toeplitz. */

/* What 'n' bytes of 'data', the first of which is number 'ofs' of the input,
 * add to the hash. */
static uint32_t
toeplitz(const uint8_t *key, size_t ofs, const void *data_, size_t n)
{
    const uint8_t *data = data_;
    uint32_t hash = 0, window = 0;  /* Of the key, from the bit on. */

    for (size_t i = 0; i < 4; i++) {
        window = window << 8 | key[ofs + i];
    }
    for (size_t i = 0; i < n; i++) {
        for (int bit = 7; bit >= 0; bit--) {
            hash ^= data[i] >> bit & 1 ? window : 0;
            window = window << 1 | (key[ofs + i + 4] >> bit & 1);
        }
    }
    return hash;
}

/* Stores in 'solutions' for each bit of a hash which of the 8 bytes at 'ofs'
 * to change to change that bit alone. */
static void
toeplitz_solve(const uint8_t *key, size_t ofs, uint64_t solutions[32])
{
    uint32_t adds[64];
    uint64_t by[64];

    /* What each bit adds; then Gauss and Jordan. */
    for (int i = 0; i < 64; i++) {
        by[i] = UINT64_C(1) << i;
        adds[i] = toeplitz(key, ofs, &by[i], sizeof by[i]);
    }
    for (int row = 0; row < 32; row++) {
        uint32_t bit = UINT32_C(1) << row;
        int pivot = row;

        while (pivot < 64 && !(adds[pivot] & bit)) {
            pivot++;
        }
        ovs_assert(pivot < 64); /* This key can be solved everywhere. */

        uint32_t add = adds[pivot];
        uint64_t b = by[pivot];
        adds[pivot] = adds[row];
        by[pivot] = by[row];
        adds[row] = add;
        by[row] = b;
        for (int i = 0; i < 64; i++) {
            if (i != row && adds[i] & bit) {
                adds[i] ^= add;
                by[i] ^= b;
            }
        }
    }
    memcpy(solutions, by, 32 * sizeof *solutions);
}

/* Makes the hash of 'tuple' the target by changing the last address and the
 * ports. */
static void
toeplitz_fix(struct crafted_tuple *tuple)
{
    static uint64_t solutions[2][32];
    uint64_t *changes = solutions[tuple->ipv6];
    size_t last = n_address_words(tuple) - 1;
    uint64_t change = 0;
    uint32_t wrong = TARGET ^ craft_hash(CRAFT_TOEPLITZ, tuple);

    if (!changes[0]) {
        toeplitz_solve(microsoft_key, 4 * last, changes);
    }
    for (int i = 0; i < 32; i++) {
        change ^= wrong >> i & 1 ? changes[i] : 0;
    }
    tuple->addresses[last] ^= change;
    tuple->ports ^= change >> 32;
}

/* With this key, of 16 bits repeated, the hash depends only on what all words
 * of 16 bits add up to. */
static uint32_t
symmetric_solve(const struct crafted_tuple *tuple)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < n_address_words(tuple); i++) {
        sum ^= tuple->addresses[i];
    }
    sum ^= sum >> 16;

    uint16_t tp_src = sum >> 3 ^ tuple->ports;
    uint16_t tp_dst = (TARGET & 0xffff) ^ sum ^ tp_src;
    return tp_src | (uint32_t) tp_dst << 16;
}

void
craft_tuple(enum craft_family family, bool ipv6, uint64_t *seed,
            struct crafted_tuple *tuple)
{
    memset(tuple, 0, sizeof *tuple);
    tuple->ipv6 = ipv6;
    for (size_t i = 0; i < n_address_words(tuple); i++) {
        tuple->addresses[i] = draw(seed);
    }
    tuple->ports = draw(seed);

    switch (family) {
    case CRAFT_OVS:
        tuple->ports = ovs_solve(ovs_state(tuple));
        break;

    case CRAFT_CRC32:
        tuple->ports = crc32_shift_back(TARGET) ^ crc32_state(tuple);
        break;

    case CRAFT_TOEPLITZ:
        toeplitz_fix(tuple);
        break;

    case CRAFT_SYMMETRIC:
        tuple->ports = symmetric_solve(tuple);
        break;

    case CRAFT_RANDOM:
    case N_CRAFT_FAMILIES:
    default:
        break;
    }
}

uint32_t
craft_hash(enum craft_family family, const struct crafted_tuple *tuple)
{
    size_t n = 4 * n_address_words(tuple);
    uint8_t key[N_KEY_BYTES];

    switch (family) {
    case CRAFT_OVS:
        return mhash_finish(mhash_add(ovs_state(tuple), tuple->ports) ^ 42);

    case CRAFT_CRC32:
        return crc32_shift(crc32_state(tuple) ^ tuple->ports);

    case CRAFT_TOEPLITZ:
    case CRAFT_SYMMETRIC:
        for (size_t i = 0; i < sizeof key; i++) {
            key[i] = (family == CRAFT_TOEPLITZ ? microsoft_key[i]
                      : i % 2 ? 0x5a : 0x6d);
        }
        return (toeplitz(key, 0, tuple->addresses, n)
                ^ toeplitz(key, n, &tuple->ports, sizeof tuple->ports));

    case CRAFT_RANDOM:
    case N_CRAFT_FAMILIES:
    default:
        return 0;
    }
}
