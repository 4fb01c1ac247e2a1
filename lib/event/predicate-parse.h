/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_PREDICATE_PARSE_H
#define EVENT_PREDICATE_PARSE_H 1

#include "event/parser.h"
#include "event/predicate.h"

/* Parsing of predicates.
 *
 * Thread-safety: one thread per parser. */

/* Parses the predicate that begins at the current token and adds what it
 * reads to the parser's event.  Then the current token is the end or the
 * keyword of an option.  Returns null after an error.  The caller must
 * destroy the predicate. */
struct predicate *predicate_parse(struct parser *);

#endif /* event/predicate-parse.h */
