/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_PREDICATE_H
#define EVENT_PREDICATE_H 1

#include <stdbool.h>

#include "openvswitch/dynamic-string.h"

/* A predicate: a Boolean formula over comparisons of aggregates.
 *
 * Thread-safety: immutable once made. */
struct predicate;

void predicate_destroy(struct predicate *);

/* Tests the predicate.  'aggregates' holds the value of each of the event's
 * aggregates, in their order, NaN if undefined.  A comparison with an
 * undefined operand is false.  Runs on: sweeper, any. */
bool predicate_evaluate(const struct predicate *, const double *aggregates);

/* Appends the normal form to 'ds'. */
void predicate_format(const struct predicate *, struct ds *ds);

#endif /* event/predicate.h */
