/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_AGGREGATE_PARSE_H
#define EVENT_AGGREGATE_PARSE_H 1

#include "event/aggregate.h"
#include "event/parser.h"

/* Parsing of aggregates and states.
 *
 * Thread-safety: one thread per parser. */

/* Parses the aggregate or state that begins at the current token, a name;
 * adds it to the parser's event and pushes it as an operand. */
bool aggregate_parse(struct parser *, struct expression *);

/* Adds count() to the parser's event and pushes 'percent' of it. */
void aggregate_push_percent(struct parser *, struct expression *,
                            double percent);

/* Look up "sum" and the like, "seq" and the like. */
bool aggregate_function_from_name(const char *name, size_t length,
                                  enum measure_kind *);
bool aggregate_state_from_name(const char *name, size_t length,
                               enum measure_kind *);

#endif /* event/aggregate-parse.h */
