/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_OWNER_H
#define MONITOR_OWNER_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/flow-fields.h"
#include "openvswitch/hmap.h"
#include "openvswitch/token-bucket.h"

/* Owners: who put a trigger there, and how much each may have.
 *
 * An owner is a string that says who may change a trigger and whom its cost
 * is charged to, such as "openflow:br0:tcp:10.0.0.5:6653".  The operator, who
 * types commands at the switch, is the owner "" and has no quota.
 *
 * Quotas keep owners from starving each other: of memory and time by the
 * number of triggers; of the time that a flow's first packet takes by the
 * number of patterns (distinct filter masks); of reports by their rate.  What
 * all have together is bounded too, that of the operator included, and the
 * reports of each trigger.
 *
 * Thread-safety: guarded by the monitor's mutex. */

struct quotas {
    uint32_t triggers;
    uint32_t patterns;
    uint32_t reports;           /* Per second. */

    /* Of all; 0: no bound. */
    uint32_t all_patterns;
    uint32_t trigger_reports;   /* Of each trigger, per second. */
    uint32_t all_reports;       /* Per second. */
};

/* What applies until something is set. */
#define QUOTA_DEFAULT_TRIGGERS 16384
#define QUOTA_DEFAULT_PATTERNS 128
#define QUOTA_DEFAULT_REPORTS 100000
#define QUOTA_DEFAULT_ALL_PATTERNS 1024
#define QUOTA_DEFAULT_TRIGGER_REPORTS 100000
#define QUOTA_DEFAULT_ALL_REPORTS 200000
#define QUOTAS_DEFAULT {                                    \
        .triggers = QUOTA_DEFAULT_TRIGGERS,                 \
        .patterns = QUOTA_DEFAULT_PATTERNS,                 \
        .reports = QUOTA_DEFAULT_REPORTS,                   \
        .all_patterns = QUOTA_DEFAULT_ALL_PATTERNS,         \
        .trigger_reports = QUOTA_DEFAULT_TRIGGER_REPORTS,   \
        .all_reports = QUOTA_DEFAULT_ALL_REPORTS,           \
    }

struct owner {
    struct hmap_node node;      /* In struct owners, by name. */
    char *name;
    uint32_t n_triggers;
    struct hmap patterns;       /* struct owner_pattern, by mask. */
    struct token_bucket bucket; /* Of reports. */
    uint64_t suppressed;        /* Reports for which there was no token. */
};

/* Reports for which there was no token, by whose it was. */
struct suppressed_reports {
    uint64_t of_trigger, of_owner, of_all;
};

struct owners {
    struct hmap owners;         /* Those that have triggers. */
    struct hmap patterns;       /* As an owner's, of all. */
    struct quotas quotas;
    struct token_bucket bucket; /* Of all reports. */
    struct suppressed_reports suppressed;
};

void owners_init(struct owners *);

/* All triggers must have been discharged. */
void owners_uninit(struct owners *);

/* Applies to what is added from now on, and to reports. */
void owners_set_quotas(struct owners *, const struct quotas *);

enum quota {
    QUOTA_OK,
    QUOTA_TRIGGERS,
    QUOTA_PATTERNS,
    QUOTA_ALL_PATTERNS,
};

/* Tells which quota of 'name' another trigger whose filter has 'mask' would
 * exceed, after one with 'old_mask' of the same owner, unless null, is
 * gone. */
enum quota owners_check(const struct owners *, const char *name,
                        const struct flow_fields *mask,
                        const struct flow_fields *old_mask);

/* Accounts for a trigger of owner 'name' whose filter has 'mask'.  The owner
 * lives until as many were discharged. */
struct owner *owners_charge(struct owners *, const char *name,
                            const struct flow_fields *mask);
void owners_discharge(struct owners *, struct owner *,
                      const struct flow_fields *mask);

/* Tells whether the 'n' masks, which are sorted by it, would be too many
 * patterns for all. */
bool owners_exceeded(const struct owners *, struct flow_fields *masks,
                     size_t n);

/* Prepares the tokens of a new trigger's reports. */
void owners_init_bucket(const struct owners *, struct token_bucket *);

/* Takes the tokens for a report of a trigger of 'owner', whose own tokens are
 * in 'trigger'.  If one is missing, counts the report as suppressed and
 * returns false. */
bool owners_may_report(struct owners *, struct owner *owner,
                       struct token_bucket *trigger);

static inline bool
owner_is_operator(const struct owner *owner)
{
    return !owner->name[0];
}

#endif /* monitor/owner.h */
