/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_VALUE_PARSE_H
#define EVENT_VALUE_PARSE_H 1

#include "event/parser.h"
#include "event/value.h"

/* Parsing of values.
 *
 * Thread-safety: one thread per parser. */

/* Parses the value that begins at the current token.  Returns null after an
 * error.  The caller must destroy the value. */
struct value *value_parse(struct parser *);

#endif /* event/value-parse.h */
