/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_CLAUSE_PARSE_H
#define EVENT_CLAUSE_PARSE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/parser.h"

/* The clauses of an event, "on", "by", "every", "over" and "when", and the
 * options behind the predicate, "report", "hold" and "top".
 *
 * Thread-safety: one thread per parser. */

/* Parses all of 'text' into the parser's event, whose interval is already the
 * epoch. */
bool clauses_parse(struct parser *, const char *text);

/* True if the lexer's current token is the keyword of an option. */
bool lexer_is_option(const struct lexer *);

/* Adds the keywords of options to 'suggestion'. */
struct suggestion;
void clauses_offer_options(struct suggestion *);

#endif /* event/clause-parse.h */
