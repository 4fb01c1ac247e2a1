/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_PREDICATE_H
#define EVENT_PREDICATE_H 1

#include <stdbool.h>
#include <stdint.h>

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

/* What must be so if a predicate is to hold: that aggregate number 'aggregate'
 * is 'min' or more. */
struct predicate_bound {
    uint32_t aggregate;
    double min;
};

/* Stores a bound of the predicate.  Returns false if it has none that is seen
 * at once, as 'sum(bytes) > 1M && ...' has. */
bool predicate_get_bound(const struct predicate *, struct predicate_bound *);

/* Appends the normal form to 'ds'. */
void predicate_format(const struct predicate *, struct ds *ds);

#endif /* event/predicate.h */
