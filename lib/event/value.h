/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_VALUE_H
#define EVENT_VALUE_H 1

#include <stdbool.h>

#include "event/variable.h"

/* A value: the expression over packet variables inside an aggregate, such as
 * "is_lost & is_burst" or "(bytes - 14) * packets".
 *
 * A value is compiled to a postfix program, which the packet path evaluates
 * without allocation.  Values are equal if their canonical texts are.
 *
 * Thread-safety: immutable once made; any number of threads may evaluate. */
struct value;

void value_destroy(struct value *);

/* The canonical text: no spaces, only the parentheses that are needed,
 * numbers in base units.  Owned by the value. */
const char *value_text(const struct value *);

/* The variables that the value reads. */
variable_set value_variables(const struct value *);

/* True if the value is just 'variable'. */
bool value_is_variable(const struct value *, enum variable);

/* Stores the value for a packet in '*result'.  Returns false if it is
 * undefined there: it reads an undefined variable or divides by 0.
 * Runs on: PMD, sweeper, any. */
bool value_evaluate(const struct value *, const struct packet_values *,
                    double *result);

#endif /* event/value.h */
