/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/plan-cache.h"

#include "monitor/flow-key.h"
#include "monitor/pages.h"
#include "random.h"

/* Sets of lines; more than fit into a core's first cache, and few enough for
 * its second. */
#define SETS_LOG 10
#define WAYS 2

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
    return WAYS * sizeof(struct plan_cache_line) << SETS_LOG;
}

/* Stores in 'words' what filters see of 'fields', and returns the only lines
 * where it may be, the one that was put there last first. */
static struct plan_cache_line *
plan_cache_set(const struct plan_cache *cache, const struct plan_store *plans,
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
    return &cache->lines[WAYS * (hash >> (64 - SETS_LOG))];
}

static inline bool
plan_cache_line_has(const struct plan_cache_line *line,
                    const struct plan_store *plans,
                    const uint64_t words[FLOW_FIELDS_WORDS])
{
    uint64_t difference = line->generation ^ plans->generation;

    for (size_t i = 0; i < FLOW_FIELDS_WORDS; i++) {
        difference |= words[i] ^ line->fields[i];
    }
    return !difference;
}

bool
plan_cache_find(const struct plan_cache *cache, const struct plan_store *plans,
                const struct flow_fields *fields, uint32_t *plan)
{
    uint64_t words[FLOW_FIELDS_WORDS];
    const struct plan_cache_line *set = plan_cache_set(cache, plans, fields,
                                                       words);

    for (int i = 0; i < WAYS; i++) {
        if (plan_cache_line_has(&set[i], plans, words)) {
            *plan = set[i].plan;
            return true;
        }
    }
    return false;
}

void
plan_cache_put(struct plan_cache *cache, const struct plan_store *plans,
               const struct flow_fields *fields, uint32_t plan)
{
    uint64_t words[FLOW_FIELDS_WORDS];
    struct plan_cache_line *set = plan_cache_set(cache, plans, fields, words);

    memmove(&set[1], &set[0], (WAYS - 1) * sizeof *set);
    memcpy(set->fields, words, sizeof words);
    set->plan = plan;
    set->generation = plans->generation;
}
