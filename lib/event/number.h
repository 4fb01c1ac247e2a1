/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_NUMBER_H
#define EVENT_NUMBER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/dynamic-string.h"

/* The numbers of the language: "125KB", "1.5Ki", "5ms", "10%", and durations.
 *
 * Thread-safety: any thread. */

enum number_kind {
    NUMBER_PLAIN,               /* In base units: bytes, microseconds. */
    NUMBER_PERCENT,
};

struct number {
    enum number_kind kind;
    double value;
    size_t length;              /* Bytes of the text that it took. */
};

/* Scans the number with which 's' begins; its first byte must be a digit.
 * Returns null or an error, which the caller must free; '*error_offset' is
 * then where in 's' it was found. */
char *number_scan(const char *s, struct number *, size_t *error_offset)
    OVS_WARN_UNUSED_RESULT;

/* Appends 'value', which must be finite: the fewest digits that read back to
 * the same number, never with an exponent. */
void number_format(double value, struct ds *);

/* True if the 'length' bytes at 's' are a unit or "%". */
bool number_is_unit(const char *s, size_t length);

/* Parses the duration "10ms" that is the first 'length' bytes of 's'.  Errors
 * as number_scan(). */
char *number_parse_duration(const char *s, size_t length,
                            uint64_t *duration_us, size_t *error_offset)
    OVS_WARN_UNUSED_RESULT;

/* Appends a duration in the largest unit in which it is a whole number. */
void number_format_duration(uint64_t duration_us, struct ds *);

#endif /* event/number.h */
