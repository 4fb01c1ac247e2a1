/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/owner.h"

#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "hash.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_owner_suppressed);

/* A distinct mask of an owner's filters. */
struct owner_pattern {
    struct hmap_node node;      /* In struct owner's 'patterns'. */
    struct flow_fields mask;
    uint32_t n_triggers;
};

/* Buckets have 'reports' tokens a millisecond. */
#define TOKENS_PER_REPORT 1000

void
owners_init(struct owners *owners)
{
    hmap_init(&owners->owners);
    owners->quotas = (struct quotas) {
        .triggers = QUOTA_DEFAULT_TRIGGERS,
        .patterns = QUOTA_DEFAULT_PATTERNS,
        .reports = QUOTA_DEFAULT_REPORTS,
    };
}

void
owners_uninit(struct owners *owners)
{
    ovs_assert(hmap_is_empty(&owners->owners));
    hmap_destroy(&owners->owners);
}

/* A second's reports at once are a burst, not a flood. */
static unsigned int
burst_tokens(const struct quotas *quotas)
{
    return MIN((uint64_t) quotas->reports * TOKENS_PER_REPORT, UINT_MAX);
}

void
owners_set_quotas(struct owners *owners, const struct quotas *quotas)
{
    struct owner *owner;

    owners->quotas = *quotas;
    HMAP_FOR_EACH (owner, node, &owners->owners) {
        token_bucket_set(&owner->bucket, quotas->reports,
                         burst_tokens(quotas));
    }
}

struct owner *
owners_find(const struct owners *owners, const char *name)
{
    struct owner *owner;

    HMAP_FOR_EACH_WITH_HASH (owner, node, hash_string(name, 0),
                             &owners->owners) {
        if (!strcmp(owner->name, name)) {
            return owner;
        }
    }
    return NULL;
}

static uint32_t
hash_mask(const struct flow_fields *mask)
{
    return hash_bytes(mask, sizeof *mask, 0);
}

static struct owner_pattern *
find_pattern(const struct owner *owner, const struct flow_fields *mask)
{
    struct owner_pattern *pattern;

    HMAP_FOR_EACH_WITH_HASH (pattern, node, hash_mask(mask),
                             &owner->patterns) {
        if (flow_fields_equal(&pattern->mask, mask)) {
            return pattern;
        }
    }
    return NULL;
}

enum quota
owners_check(const struct owners *owners, const char *name,
             const struct flow_fields *mask,
             const struct flow_fields *old_mask)
{
    const struct owner *owner = owners_find(owners, name);
    size_t n_triggers = owner ? owner->n_triggers : 0;
    size_t n_patterns = owner ? hmap_count(&owner->patterns) : 0;

    if (!name[0]) {
        return QUOTA_OK;
    }
    if (owner && old_mask) {
        n_triggers--;
        n_patterns -= find_pattern(owner, old_mask)->n_triggers == 1;
    }
    if (n_triggers >= owners->quotas.triggers) {
        return QUOTA_TRIGGERS;
    }
    if (owner && find_pattern(owner, mask)) {
        return QUOTA_OK;
    }
    return n_patterns >= owners->quotas.patterns ? QUOTA_PATTERNS : QUOTA_OK;
}

static struct owner *
owners_add(struct owners *owners, const char *name)
{
    struct owner *owner = xzalloc(sizeof *owner);

    owner->name = xstrdup(name);
    hmap_init(&owner->patterns);
    token_bucket_init(&owner->bucket, owners->quotas.reports,
                      burst_tokens(&owners->quotas));
    hmap_insert(&owners->owners, &owner->node, hash_string(name, 0));
    return owner;
}

struct owner *
owners_charge(struct owners *owners, const char *name,
              const struct flow_fields *mask)
{
    struct owner *owner = owners_find(owners, name);
    struct owner_pattern *pattern;

    if (!owner) {
        owner = owners_add(owners, name);
    }
    owner->n_triggers++;

    pattern = find_pattern(owner, mask);
    if (!pattern) {
        pattern = xzalloc(sizeof *pattern);
        pattern->mask = *mask;
        hmap_insert(&owner->patterns, &pattern->node, hash_mask(mask));
    }
    pattern->n_triggers++;
    return owner;
}

void
owners_discharge(struct owners *owners, struct owner *owner,
                 const struct flow_fields *mask)
{
    struct owner_pattern *pattern = find_pattern(owner, mask);

    if (!--pattern->n_triggers) {
        hmap_remove(&owner->patterns, &pattern->node);
        free(pattern);
    }
    if (!--owner->n_triggers) {
        hmap_remove(&owners->owners, &owner->node);
        hmap_destroy(&owner->patterns);
        free(owner->name);
        free(owner);
    }
}

bool
owner_may_report(struct owner *owner)
{
    if (owner_is_operator(owner)
        || token_bucket_withdraw(&owner->bucket, TOKENS_PER_REPORT)) {
        return true;
    }
    COVERAGE_INC(trumpet_owner_suppressed);
    owner->suppressed++;
    return false;
}
