/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_PACKET_THREADS_H
#define OFPROTO_EXT_PACKET_THREADS_H 1

#include <stdbool.h>

/* The packet threads of the userspace datapaths, and which monitor observes
 * them.
 *
 * Threads are announced by the datapath as they come and go.  All of them are
 * observed by one monitor or none is; packet_threads_observe() changes that
 * while packets flow, without a restart of a thread and without losing or
 * doubling a packet.
 *
 * Thread-safety: main thread only. */

struct dp_observer_slot;
struct monitor;
struct unix_clock;

/* To be called from the datapath's callbacks.  Should there be no memory to
 * observe a new thread, packet_threads_add() returns false and the thread
 * forwards unobserved. */
bool packet_threads_add(const char *dp_name, unsigned int core_id,
                        struct dp_observer_slot *);
void packet_threads_remove(struct dp_observer_slot *);

/* Lets 'monitor' observe all threads, now and in future, instead of the one
 * before; null: none.  When this returns, no packet thread uses the old one
 * any more, and its scatters have been removed from it.  Returns false if
 * there is no memory, then nothing has changed.
 *
 * Waits for all packet threads to quiesce: about 10 ms.  No lock may be held
 * that a packet thread could wait for. */
bool packet_threads_observe(struct monitor *, const struct unix_clock *);

#endif /* ofproto-ext/packet-threads.h */
