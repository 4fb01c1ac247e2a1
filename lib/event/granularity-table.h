/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_GRANULARITY_TABLE_H
#define EVENT_GRANULARITY_TABLE_H 1

#include <stddef.h>
#include <stdint.h>

#include "event/granularity.h"

/* The fields of granularities: constants for the parser and the formatter. */
struct granularity_row {
    const char *name;
    uint8_t max_prefix;         /* Of an address, otherwise 0. */

    /* Where the field is in struct flow_fields, for those that are one
     * member. */
    size_t offset;
    size_t size;
};

extern const struct granularity_row granularity_table[N_GRANULARITY_FIELDS];

#endif /* event/granularity-table.h */
