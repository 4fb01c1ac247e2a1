/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/plan-cache.h"

#include "monitor/flow-key.h"
#include "monitor/pages.h"
#include "random.h"

/* More than fit into a core's first cache, and few enough for its second. */
#define LINES_LOG 11

struct plan_cache_line {
    uint64_t fields[FLOW_FIELDS_WORDS];     /* Where filters look. */
    uint32_t plan;
    uint32_t generation;        /* Of the plan store; 0: unused. */
};
BUILD_ASSERT_DECL(sizeof(struct plan_cache_line) == CACHE_LINE_SIZE);

bool
plan_cache_init(struct plan_cache *cache)
{
    for (size_t i = 0; i < FLOW_FIELDS_WORDS; i++) {
        cache->secrets[i] = random_uint64();
    }
    cache->lines = pages_alloc(plan_cache_memory_bytes());
    return cache->lines != NULL;
}

void
plan_cache_uninit(struct plan_cache *cache)
{
    pages_free(cache->lines, plan_cache_memory_bytes());
}

uint64_t
plan_cache_memory_bytes(void)
{
    return sizeof(struct plan_cache_line) << LINES_LOG;
}

/* Stores in 'words' what filters see of 'fields', and returns the only line
 * where it may be. */
static struct plan_cache_line *
plan_cache_line(const struct plan_cache *cache, const struct plan_store *plans,
                const struct flow_fields *fields,
                uint64_t words[FLOW_FIELDS_WORDS])
{
    uint64_t mask[FLOW_FIELDS_WORDS], hash = 0;

    memcpy(words, fields, sizeof *fields);
    memcpy(mask, &plans->table->seen_mask, sizeof mask);
    for (size_t i = 0; i < FLOW_FIELDS_WORDS; i++) {
        words[i] &= mask[i];
        hash += flow_hash_fold(words[i] ^ cache->secrets[i],
                               cache->secrets[0] | 1);
    }
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return &cache->lines[hash >> (64 - LINES_LOG)];
}

bool
plan_cache_find(const struct plan_cache *cache, const struct plan_store *plans,
                const struct flow_fields *fields, uint32_t *plan)
{
    uint64_t words[FLOW_FIELDS_WORDS], difference = 0;
    const struct plan_cache_line *line = plan_cache_line(cache, plans, fields,
                                                         words);

    for (size_t i = 0; i < FLOW_FIELDS_WORDS; i++) {
        difference |= words[i] ^ line->fields[i];
    }
    *plan = line->plan;
    return !difference && line->generation == plans->generation;
}

void
plan_cache_put(struct plan_cache *cache, const struct plan_store *plans,
               const struct flow_fields *fields, uint32_t plan)
{
    uint64_t words[FLOW_FIELDS_WORDS];
    struct plan_cache_line *line = plan_cache_line(cache, plans, fields,
                                                   words);

    memcpy(line->fields, words, sizeof words);
    line->plan = plan;
    line->generation = plans->generation;
}
