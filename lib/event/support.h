/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_SUPPORT_H
#define EVENT_SUPPORT_H 1

#include "event/parser.h"

/* What the language has and this version of the monitor cannot evaluate yet.
 * The parser tells what it reads; the first thing that is not supported makes
 * the event's event_check_supported() error. */

/* There is a clause or option 'name' at 'offset'. */
void support_note_clause(struct parser *, size_t offset, const char *name);

#endif /* event/support.h */
