/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_SUGGESTION_H
#define EVENT_SUGGESTION_H 1

#include <stddef.h>

#include "openvswitch/dynamic-string.h"

/* "Did you mean": which of some known words a misspelt one resembles.
 *
 *     struct suggestion suggestion;
 *
 *     suggestion_init(&suggestion, "byte", 4);
 *     suggestion_offer(&suggestion, "bytes");
 *     suggestion_offer(&suggestion, "packets");
 *     suggestion_format(&suggestion, &ds);    " (did you mean 'bytes'?)"
 *
 * Upper and lower case are the same here.
 *
 * Thread-safety: plain value; any thread. */
struct suggestion {
    const char *word;           /* Not owned. */
    size_t length;
    const char *best;           /* Not owned; null if nothing is near. */
    size_t distance;            /* Of 'best', or the first that is too far. */
};

void suggestion_init(struct suggestion *, const char *word, size_t length);
void suggestion_offer(struct suggestion *, const char *known);

/* Appends " (did you mean 'x'?)", or nothing if no word offered is near. */
void suggestion_format(const struct suggestion *, struct ds *);

#endif /* event/suggestion.h */
