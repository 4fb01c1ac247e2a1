/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_SCATTER_H
#define MONITOR_SCATTER_H 1

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
struct screen;

/* Counts a burst.  Runs on: PMD, or the thread that replays. */
void scatter_burst(struct scatter *, const struct burst *);

/* Returns the screen for frames that were received at 'now_us', or null:
 * frames that it rejects need not be in a burst, but must be accounted for as
 * screened.  It is that of the triggers by which a burst would be counted, as
 * long as they are known; good until the next scatter_burst().
 * Runs on: PMD, or the thread that replays. */
const struct screen *scatter_get_screen(const struct scatter *,
                                        uint64_t now_us);

/* Accounts for 'n' frames that were all screened.  Runs on: PMD, or the thread
 * that replays. */
void scatter_skip(struct scatter *, size_t n);

/* Stores a consistent copy of the ledger.  Runs on: any. */
void scatter_ledger(const struct scatter *, struct ledger *);

#endif /* monitor/scatter.h */
