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
struct screen_gate;

/* Counts a burst.  Runs on: PMD, or the thread that replays. */
void scatter_burst(struct scatter *, const struct burst *);

/* Returns where frames are screened that are to be in a burst, see
 * screen-gate.h.  Runs on: any. */
struct screen_gate *scatter_get_gate(struct scatter *);

/* Stores a consistent copy of the ledger.  Runs on: any. */
void scatter_ledger(const struct scatter *, struct ledger *);

#endif /* monitor/scatter.h */
