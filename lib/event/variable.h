/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_VARIABLE_H
#define EVENT_VARIABLE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Packet variables: what an aggregate sums up, counts or compares.
 *
 * Thread-safety: plain values and constant tables. */

enum variable {
#define VARIABLE(ID, NAME, LAYER, UNIT, HELP) VAR_##ID,
#include "event/variable-table.h"
    N_VARIABLES
};

enum variable_layer {
    VARIABLE_PACKET,            /* The packet alone; each includes the ones
                                 * before it. */
    VARIABLE_FLOW,              /* Earlier packets of the 5-tuple. */
    VARIABLE_TCP,               /* Both directions of a TCP connection. */
};

/* A set of variables: bit 1 << VAR_*. */
typedef uint32_t variable_set;

/* The variables of one packet.  A bit that is not set in 'defined' makes the
 * value of that variable undefined, whatever 'value' holds. */
struct packet_values {
    variable_set defined;
    double value[N_VARIABLES];
};

/* The state that all variables of a set need: the largest of their layers. */
enum variable_layer variable_set_layer(variable_set);

const char *variable_name(enum variable);

/* Stores the variable called 'name' ('length' bytes) in '*variable', or
 * returns false. */
bool variable_from_name(const char *name, size_t length,
                        enum variable *variable);

#endif /* event/variable.h */
