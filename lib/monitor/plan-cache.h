/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_PLAN_CACHE_H
#define MONITOR_PLAN_CACHE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/flow-fields.h"
#include "monitor/plan.h"

/* Plan cache: the plans of flows that no entry remembers.
 *
 * Flows that agree in all bits at which any filter looks have the same plan,
 * so that in a flood few different ones are to be matched with all triggers.
 *
 * Memory is fixed; what comes later takes the place of what hashes the same.
 * The hash is keyed with random numbers.
 *
 * Thread-safety: the packet thread's. */

struct plan_cache {
    struct plan_cache_line *lines;
    uint64_t secrets[FLOW_FIELDS_WORDS];
};

/* Returns false if there is no memory. */
bool plan_cache_init(struct plan_cache *);
void plan_cache_uninit(struct plan_cache *);
uint64_t plan_cache_memory_bytes(void);

/* For a flow with 'fields': if its plan in 'plans' is known, stores it in
 * '*plan' and returns true.  Runs on: PMD. */
bool plan_cache_find(const struct plan_cache *, const struct plan_store *plans,
                     const struct flow_fields *fields, uint32_t *plan);

/* Remembers 'plan', which plan_store_match() returned; not PLAN_FULL.
 * Runs on: PMD. */
void plan_cache_put(struct plan_cache *, const struct plan_store *plans,
                    const struct flow_fields *fields, uint32_t plan);

#endif /* monitor/plan-cache.h */
