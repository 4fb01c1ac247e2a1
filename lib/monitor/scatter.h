/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_SCATTER_H
#define MONITOR_SCATTER_H 1

#include <stdbool.h>

#include "monitor/frame.h"
#include "monitor/ledger.h"

/* Match-and-scatter: what a packet thread does with each burst.
 *
 * Finds each packet's flow entry, counts the packet in the flow's counters of
 * the current epoch, and, for a flow's first packet, matches all triggers
 * once.
 *
 * Thread-safety: a scatter has one writer, its packet thread.  It takes no
 * lock, allocates nothing and makes no system call. */
struct scatter;
struct scatter_pass;
struct screen_gate;

/* Counts a burst with hints (flow-hint.h) of where packets before it were
 * counted:
 *
 *     burst.n = 0;
 *     scatter_begin(scatter, &burst, &pass);
 *     for each frame:
 *         if (there is a hint && flow_hint_count(&pass, hint, frame)) {
 *             continue;
 *         }
 *         ... add the frame to 'burst', and its hint, or null if there is
 *         none, to 'pass.hints' ...
 *     pass.hinted = true;
 *     scatter_end(&pass);
 *
 * scatter_end() renews the hints of what was in the burst.  'burst' must have
 * its time and its entrance before.  Runs on: PMD. */
void scatter_begin(struct scatter *, const struct burst *,
                   struct scatter_pass *);
void scatter_end(struct scatter_pass *);

/* Does what scatter_end() does, or only its first half, of a burst without
 * hints that has few packets: other work of the thread hides how long it takes
 * until what the second half needs is in the core's cache.  Returns false in
 * that case; scatter_end() must follow, before anything else is counted and
 * while the frames are there.  Runs on: PMD. */
bool scatter_try_end(struct scatter_pass *);

/* Accounts for 'n' packets that are too short to be in a burst; if
 * 'were_screened', they were counted with screen_gate_count().  Runs on:
 * PMD. */
void scatter_count_runts(struct scatter *, size_t n, bool were_screened);

/* Counts a burst without hints.  Runs on: PMD, or the thread that replays. */
void scatter_burst(struct scatter *, const struct burst *);

/* Returns where frames are screened that are to be in a burst, see
 * screen-gate.h.  Runs on: any. */
struct screen_gate *scatter_get_gate(struct scatter *);

/* Stores a consistent copy of the ledger.  Runs on: any. */
void scatter_ledger(const struct scatter *, struct ledger *);

#endif /* monitor/scatter.h */
