/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_TRUMPET_SHOW_H
#define OFPROTO_EXT_TRUMPET_SHOW_H 1

/* State as text for people.
 *
 * Thread-safety: main thread only. */

struct ds;
struct monitor;

/* Appends a line for each trigger, below a heading. */
void trumpet_format_triggers(struct monitor *, struct ds *);

/* Appends the state of the whole monitor of this switch: the ledger of each
 * packet thread, sweeps, reports, and what it cannot see. */
void trumpet_format_show(struct ds *);

#endif /* ofproto-ext/trumpet-show.h */
