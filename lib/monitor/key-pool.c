/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/key-pool.h"

#include <stdlib.h>

#include "monitor/pages.h"
#include "util.h"

#define BLOCK_BYTES ((size_t) 2 << 20)

/* At the begin of each block, which is aligned to its size. */
struct block {
    struct ovs_list node;       /* In pool->blocks, or alone if it is full. */
    void *unused;               /* Pieces that were freed, a chain. */
    size_t n_used;
    size_t n_cut;               /* Pieces ever given out. */
};

static size_t
n_lines(size_t size)
{
    return DIV_ROUND_UP(size, CACHE_LINE_SIZE);
}

void
key_pool_init(struct key_pool *pool)
{
    for (size_t i = 0; i < KEY_POOL_SIZES; i++) {
        ovs_list_init(&pool->blocks[i]);
    }
    pool->bytes = 0;
}

static void
block_destroy(struct key_pool *pool, struct block *block)
{
    ovs_list_remove(&block->node);
    pages_free(block, BLOCK_BYTES);
    pool->bytes -= BLOCK_BYTES;
}

void
key_pool_uninit(struct key_pool *pool)
{
    for (size_t i = 0; i < KEY_POOL_SIZES; i++) {
        struct block *block;

        LIST_FOR_EACH_SAFE (block, node, &pool->blocks[i]) {
            ovs_assert(!block->n_used);
            block_destroy(pool, block);
        }
    }
    ovs_assert(!pool->bytes);
}

/* Returns a block with room for pieces of 'lines', or null if there is no
 * memory. */
static struct block *
get_block(struct key_pool *pool, size_t lines)
{
    struct ovs_list *blocks = &pool->blocks[lines];

    if (ovs_list_is_empty(blocks)) {
        struct block *block = pages_alloc(BLOCK_BYTES);

        if (!block) {
            return NULL;
        }
        pool->bytes += BLOCK_BYTES;
        ovs_list_push_back(blocks, &block->node);
    }
    return CONTAINER_OF(ovs_list_front(blocks), struct block, node);
}

/* Pieces of 'lines' in a block. */
static size_t
block_capacity(size_t lines)
{
    return BLOCK_BYTES / CACHE_LINE_SIZE / lines - 1;
}

void *
key_pool_alloc(struct key_pool *pool, size_t size)
{
    size_t lines = n_lines(size);
    struct block *block;
    void *piece;

    if (lines >= KEY_POOL_SIZES) {
        piece = aligned_alloc(CACHE_LINE_SIZE, lines * CACHE_LINE_SIZE);
        if (piece) {
            memset(piece, 0, size);
            pool->bytes += size;
        }
        return piece;
    }
    block = get_block(pool, lines);
    if (!block) {
        return NULL;
    }
    piece = block->unused;
    if (piece) {
        block->unused = *(void **) piece;
        memset(piece, 0, size);
    } else {
        /* The first piece's place is the header's; pages are 0. */
        piece = (char *) block + ++block->n_cut * lines * CACHE_LINE_SIZE;
    }
    if (++block->n_used == block_capacity(lines)) {
        ovs_list_remove(&block->node);
        ovs_list_init(&block->node);
    }
    return piece;
}

void
key_pool_free(struct key_pool *pool, void *piece, size_t size)
{
    size_t lines = n_lines(size);
    struct block *block;

    if (lines >= KEY_POOL_SIZES) {
        pool->bytes -= size;
        free(piece);
        return;
    }
    block = (struct block *) ((uintptr_t) piece & ~(BLOCK_BYTES - 1));
    if (block->n_used-- == block_capacity(lines)) {
        ovs_list_push_front(&pool->blocks[lines], &block->node);
    }
    *(void **) piece = block->unused;
    block->unused = piece;

    /* Keep one for what comes next. */
    if (!block->n_used
        && !ovs_list_is_singleton(&pool->blocks[lines])) {
        block_destroy(pool, block);
    }
}
