/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_SWEEPER_H
#define OFPROTO_EXT_SWEEPER_H 1

/* The sweeper: a thread that sweeps the monitor at the end of each epoch.
 *
 * It also keeps the clock of the packet threads on Unix time, and marks the
 * intervals in which that was stepped.  Where the wall clock jumped, it goes
 * on with the old time and asks for a new monitor and sweeper.
 *
 * Usage
 * =====
 *
 *     struct sweeper *sweeper = sweeper_create(monitor, &clock);
 *     ...
 *     sweeper_destroy(sweeper);
 *
 * Under "time/warp" the thread follows the warped time, but a test that wants
 * to know that everything up to now was swept calls sweeper_run() itself.
 *
 * Thread-safety: any thread. */

#include <stdbool.h>

struct monitor;
struct sweeper;
struct unix_clock;

/* Starts the thread.  'monitor' and 'clock' must outlive the sweeper. */
struct sweeper *sweeper_create(struct monitor *, struct unix_clock *);

/* Ends the thread and waits for it.  Null is allowed. */
void sweeper_destroy(struct sweeper *);

/* Sweeps up to now.  Returns false if an epoch that ended is still open,
 * because a packet thread is in the middle of a burst. */
bool sweeper_run(struct sweeper *);

/* True if the wall clock jumped.  If not, wakes the calling thread's next
 * poll_block() when it does. */
bool sweeper_has_jumped(struct sweeper *);

#endif /* ofproto-ext/sweeper.h */
