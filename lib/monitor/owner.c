/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/owner.h"

#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "hash.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_report_suppressed);

/* A distinct mask of an owner's filters, or of all. */
struct owner_pattern {
    struct hmap_node node;      /* In 'patterns'. */
    struct flow_fields mask;
    uint32_t n_triggers;
};

/* Buckets have 'reports' tokens a millisecond. */
#define TOKENS_PER_REPORT 1000

void
owners_init(struct owners *owners)
{
    const struct quotas quotas = QUOTAS_DEFAULT;

    memset(owners, 0, sizeof *owners);
    hmap_init(&owners->owners);
    hmap_init(&owners->patterns);
    owners_set_quotas(owners, &quotas);
}

void
owners_uninit(struct owners *owners)
{
    ovs_assert(hmap_is_empty(&owners->owners));
    hmap_destroy(&owners->owners);
    hmap_destroy(&owners->patterns);
}

/* A second's reports at once are a burst, not a flood. */
static unsigned int
burst_tokens(uint32_t reports)
{
    return MIN((uint64_t) reports * TOKENS_PER_REPORT, UINT_MAX);
}

void
owners_set_quotas(struct owners *owners, const struct quotas *quotas)
{
    struct owner *owner;

    owners->quotas = *quotas;
    HMAP_FOR_EACH (owner, node, &owners->owners) {
        token_bucket_set(&owner->bucket, quotas->reports,
                         burst_tokens(quotas->reports));
    }
    token_bucket_set(&owners->bucket, quotas->all_reports,
                     burst_tokens(quotas->all_reports));
}

void
owners_init_bucket(const struct owners *owners, struct token_bucket *bucket)
{
    uint32_t reports = owners->quotas.trigger_reports;

    token_bucket_init(bucket, reports, burst_tokens(reports));
}

/* Returns the owner called 'name', or null if it has no triggers. */
static struct owner *
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
find_pattern(const struct hmap *patterns, const struct flow_fields *mask)
{
    struct owner_pattern *pattern;

    HMAP_FOR_EACH_WITH_HASH (pattern, node, hash_mask(mask), patterns) {
        if (flow_fields_equal(&pattern->mask, mask)) {
            return pattern;
        }
    }
    return NULL;
}

/* Returns how many 'patterns' there are without one that has only 'old_mask',
 * unless null. */
static size_t
count_patterns(const struct hmap *patterns, const struct flow_fields *old_mask)
{
    size_t n = hmap_count(patterns);

    return n - (old_mask && find_pattern(patterns, old_mask)->n_triggers == 1);
}

static void
add_pattern(struct hmap *patterns, const struct flow_fields *mask)
{
    struct owner_pattern *pattern = find_pattern(patterns, mask);

    if (!pattern) {
        pattern = xzalloc(sizeof *pattern);
        pattern->mask = *mask;
        hmap_insert(patterns, &pattern->node, hash_mask(mask));
    }
    pattern->n_triggers++;
}

static void
remove_pattern(struct hmap *patterns, const struct flow_fields *mask)
{
    struct owner_pattern *pattern = find_pattern(patterns, mask);

    if (!--pattern->n_triggers) {
        hmap_remove(patterns, &pattern->node);
        free(pattern);
    }
}

enum quota
owners_check(const struct owners *owners, const char *name,
             const struct flow_fields *mask,
             const struct flow_fields *old_mask)
{
    const struct owner *owner = owners_find(owners, name);
    const struct quotas *quotas = &owners->quotas;

    if (!name[0]) {
        return QUOTA_OK;
    }
    if (!owner) {
        old_mask = NULL;
    }
    if (owner && owner->n_triggers - !!old_mask >= quotas->triggers) {
        return QUOTA_TRIGGERS;
    }
    if (!(owner && find_pattern(&owner->patterns, mask))
        && (owner ? count_patterns(&owner->patterns, old_mask) : 0)
           >= quotas->patterns) {
        return QUOTA_PATTERNS;
    }
    return (quotas->all_patterns && !find_pattern(&owners->patterns, mask)
            && (count_patterns(&owners->patterns, old_mask)
                >= quotas->all_patterns)
            ? QUOTA_ALL_PATTERNS : QUOTA_OK);
}

static int
compare_masks(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct flow_fields));
}

bool
owners_exceeded(const struct owners *owners, struct flow_fields *masks,
                size_t n)
{
    size_t n_patterns = 0;

    qsort(masks, n, sizeof *masks, compare_masks);
    for (size_t i = 0; i < n; i++) {
        n_patterns += !i || !flow_fields_equal(&masks[i], &masks[i - 1]);
    }
    return (owners->quotas.all_patterns
            && n_patterns > owners->quotas.all_patterns);
}

static struct owner *
owners_add(struct owners *owners, const char *name)
{
    struct owner *owner = xzalloc(sizeof *owner);

    owner->name = xstrdup(name);
    hmap_init(&owner->patterns);
    token_bucket_init(&owner->bucket, owners->quotas.reports,
                      burst_tokens(owners->quotas.reports));
    hmap_insert(&owners->owners, &owner->node, hash_string(name, 0));
    return owner;
}

struct owner *
owners_charge(struct owners *owners, const char *name,
              const struct flow_fields *mask)
{
    struct owner *owner = owners_find(owners, name);

    if (!owner) {
        owner = owners_add(owners, name);
    }
    owner->n_triggers++;
    add_pattern(&owner->patterns, mask);
    add_pattern(&owners->patterns, mask);
    return owner;
}

void
owners_discharge(struct owners *owners, struct owner *owner,
                 const struct flow_fields *mask)
{
    remove_pattern(&owner->patterns, mask);
    remove_pattern(&owners->patterns, mask);
    if (!--owner->n_triggers) {
        hmap_remove(&owners->owners, &owner->node);
        hmap_destroy(&owner->patterns);
        free(owner->name);
        free(owner);
    }
}

bool
owners_may_report(struct owners *owners, struct owner *owner,
                  struct token_bucket *trigger)
{
    const struct quotas *quotas = &owners->quotas;

    if (quotas->trigger_reports
        && !token_bucket_withdraw(trigger, TOKENS_PER_REPORT)) {
        owners->suppressed.of_trigger++;
    } else if (!owner_is_operator(owner)
               && !token_bucket_withdraw(&owner->bucket, TOKENS_PER_REPORT)) {
        owner->suppressed++;
        owners->suppressed.of_owner++;
    } else if (quotas->all_reports
               && !token_bucket_withdraw(&owners->bucket,
                                         TOKENS_PER_REPORT)) {
        owners->suppressed.of_all++;
    } else {
        return true;
    }
    COVERAGE_INC(trumpet_report_suppressed);
    return false;
}
