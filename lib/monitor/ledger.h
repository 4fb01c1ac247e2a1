/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_LEDGER_H
#define MONITOR_LEDGER_H 1

#include <stdbool.h>
#include <stdint.h>

#include "report/cause.h"

/* The ledger: where each packet went.
 *
 *     received = counted + unmatched + not_observed + dropped_invalid
 *
 * 'received' is counted by itself when a burst arrives, not computed from the
 * others: ledger_balances() is a check.
 *
 * Thread-safety: plain value.  scatter_ledger() takes a consistent copy. */
struct ledger {
    uint64_t received;          /* Headers presented. */
    uint64_t counted;           /* Matches the filter of a trigger. */
    uint64_t unmatched;         /* Matches none. */
    uint64_t dropped_invalid;   /* Shorter than an Ethernet header. */
    uint64_t not_observed[N_CAUSES]; /* No room, by cause. */
};

static inline uint64_t
ledger_not_observed(const struct ledger *ledger)
{
    uint64_t sum = 0;

    for (int i = 0; i < N_CAUSES; i++) {
        sum += ledger->not_observed[i];
    }
    return sum;
}

static inline bool
ledger_balances(const struct ledger *ledger)
{
    return ledger->received == (ledger->counted + ledger->unmatched
                                + ledger->dropped_invalid
                                + ledger_not_observed(ledger));
}

/* Adds 'src' to 'dst'. */
static inline void
ledger_add(struct ledger *dst, const struct ledger *src)
{
    dst->received += src->received;
    dst->counted += src->counted;
    dst->unmatched += src->unmatched;
    dst->dropped_invalid += src->dropped_invalid;
    for (int i = 0; i < N_CAUSES; i++) {
        dst->not_observed[i] += src->not_observed[i];
    }
}

#endif /* monitor/ledger.h */
