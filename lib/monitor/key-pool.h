/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_KEY_POOL_H
#define MONITOR_KEY_POOL_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/list.h"

/* Key pools: memory for many pieces of a few sizes that come and go in crowds,
 * as keys do at the ends of intervals.
 *
 * Pieces of a size are cut from blocks that are in huge pages where the kernel
 * gives them.  A block without pieces in use is given back.
 *
 * Thread-safety: guarded by the monitor's mutex. */

#define KEY_POOL_SIZES 32

struct key_pool {
    struct ovs_list blocks[KEY_POOL_SIZES]; /* With room, by size in cache
                                             * lines. */
    uint64_t bytes;             /* Of all blocks, and of larger pieces. */
};

void key_pool_init(struct key_pool *);

/* All pieces must have been freed. */
void key_pool_uninit(struct key_pool *);

/* Returns 'size' bytes, all 0, at the begin of a cache line, or null if there
 * is no memory. */
void *key_pool_alloc(struct key_pool *, size_t size);
void key_pool_free(struct key_pool *, void *, size_t size);

#endif /* monitor/key-pool.h */
