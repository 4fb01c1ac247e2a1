/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_SCREEN_GATE_H
#define MONITOR_SCREEN_GATE_H 1

#include "monitor/screen.h"
#include "ovs-atomic.h"

/* Where a packet thread takes a screen from before it hands out a burst: all
 * that it reads and writes for packets that no trigger can match, in one cache
 * line.  They are counted here only, once; the ledger has them as received and
 * unmatched.
 *
 * Where the screen does not reject a single packet of a burst, it is not asked
 * for some bursts to come: what it would have rejected of these has flow
 * entries, and matches nothing there.
 *
 * Usage
 * =====
 *
 *     screen = screen_gate_get(gate, now_us);
 *     ... put what 'screen' does not reject into a burst, if it is nonnull ...
 *     screen_gate_count(gate, n_rejected);
 *
 * Thread-safety: of the packet thread, but for the counter, which any thread
 * may read. */
#define SCREEN_GATE_REST 31     /* Bursts for which it is not asked. */

struct screen_gate {
    uint64_t until_us;          /* 'screen' is for what is received before. */
    struct screen screen;
    uint64_t stamp;             /* Of hints that say that it rejects a
                                 * flow. */
    uint32_t rest;              /* Of these, so many are to come. */
    atomic_uint64_t n_screened; /* Packets that it rejected, ever. */
};
BUILD_ASSERT_DECL(sizeof(struct screen_gate) <= CACHE_LINE_SIZE);

/* Returns the screen for frames that were received at 'now_us', or null: it is
 * that of the triggers by which a burst would be counted, as long as they are
 * known; good until the next scatter_burst().  Runs on: PMD, or the thread
 * that replays. */
static inline const struct screen *
screen_gate_get(struct screen_gate *gate, uint64_t now_us)
{
    if (now_us >= gate->until_us) {
        return NULL;
    }
    if (gate->rest) {
        gate->rest--;
        return NULL;
    }
    return &gate->screen;
}

/* Accounts for 'n' frames of a burst that the screen rejected.  Runs on: PMD,
 * or the thread that replays. */
static inline void
screen_gate_count(struct screen_gate *gate, size_t n)
{
    uint64_t x;

    if (OVS_UNLIKELY(!n)) {
        gate->rest = SCREEN_GATE_REST;
        return;
    }
    atomic_read_relaxed(&gate->n_screened, &x);
    atomic_store_relaxed(&gate->n_screened, x + n);
}

#endif /* monitor/screen-gate.h */
