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
 * number of patterns (distinct filter masks); of reports by their rate.
 *
 * Thread-safety: guarded by the monitor's mutex. */

struct quotas {
    uint32_t triggers;
    uint32_t patterns;
    uint32_t reports;           /* Per second. */
};

/* What applies until something is set. */
#define QUOTA_DEFAULT_TRIGGERS 16384
#define QUOTA_DEFAULT_PATTERNS 128
#define QUOTA_DEFAULT_REPORTS 100000

struct owner {
    struct hmap_node node;      /* In struct owners, by name. */
    char *name;
    uint32_t n_triggers;
    struct hmap patterns;       /* struct owner_pattern, by mask. */
    struct token_bucket bucket; /* Of reports. */
    uint64_t suppressed;        /* Reports for which there was no token. */
};

struct owners {
    struct hmap owners;         /* Those that have triggers. */
    struct quotas quotas;
};

void owners_init(struct owners *);

/* All triggers must have been discharged. */
void owners_uninit(struct owners *);

/* Applies to what is added from now on, and to reports. */
void owners_set_quotas(struct owners *, const struct quotas *);

/* Returns the owner called 'name', or null if it has no triggers. */
struct owner *owners_find(const struct owners *, const char *name);

enum quota {
    QUOTA_OK,
    QUOTA_TRIGGERS,
    QUOTA_PATTERNS,
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

/* Takes a token for a report of 'owner'.  If it has none, counts the report
 * as suppressed and returns false. */
bool owner_may_report(struct owner *);

static inline bool
owner_is_operator(const struct owner *owner)
{
    return !owner->name[0];
}

#endif /* monitor/owner.h */
