/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_UNIT_H
#define EVENT_UNIT_H 1

/* What the suites of lib/event have in common: parsing that must succeed, and
 * random numbers with a seed that can be given again (TRUMPET_SEED). */

#include <check.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "util.h"

#define EPOCH_US 10000

/* Parses 'text', which must be an event, and whose normal form must parse
 * back to itself. */
static inline struct event *
unit_parse(const char *text)
{
    struct event *event, *again;
    char *error;

    error = event_parse(text, NULL, EPOCH_US, &event);
    ck_assert_msg(!error, "%s: %s", text, error);
    error = event_parse(event->text, NULL, EPOCH_US, &again);
    ck_assert_msg(!error, "%s: normal form %s: %s", text, event->text, error);
    ck_assert_str_eq(event->text, again->text);
    event_unref(again);
    return event;
}

static uint64_t unit_random_state;

/* Starts the random numbers of a test, and says with which seed. */
static inline void
unit_seed(void)
{
    const char *s = getenv("TRUMPET_SEED");

    unit_random_state = s ? strtoull(s, NULL, 0) : 20160822;
    printf("TRUMPET_SEED=%"PRIu64"\n", unit_random_state);
    fflush(stdout);
}

/* Returns a random number less than 'n'.  (splitmix64) */
static inline uint32_t
unit_random(uint32_t n)
{
    uint64_t x = unit_random_state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (x ^ x >> 31) % n;
}

#endif /* event-unit.h */
