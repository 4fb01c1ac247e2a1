/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#include "util.h"

#define HUGE_PAGE_SIZE ((size_t) 2 << 20)

static size_t
round_up(size_t size)
{
    return ROUND_UP(size, size < HUGE_PAGE_SIZE ? 4096 : HUGE_PAGE_SIZE);
}

void *
pages_alloc(size_t size)
{
    size_t len = round_up(size);
    size_t slack = len < HUGE_PAGE_SIZE ? 0 : HUGE_PAGE_SIZE;
    uint8_t *map = mmap(NULL, len + slack, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (map == MAP_FAILED) {
        return NULL;
    }
    if (!slack) {
        return map;
    }

    /* Cut the map to an aligned piece. */
    uint8_t *start = (uint8_t *) ROUND_UP((uintptr_t) map, HUGE_PAGE_SIZE);
    size_t head = start - map;
    if (head) {
        munmap(map, head);
    }
    if (slack - head) {
        munmap(start + len, slack - head);
    }
    madvise(start, len, MADV_HUGEPAGE);
    return start;
}

void
pages_free(void *pages, size_t size)
{
    if (pages) {
        munmap(pages, round_up(size));
    }
}
