/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/variable.h"

#include <string.h>

#include "util.h"

struct variable_row {
    const char *name;
    enum variable_layer layer;
};

static const struct variable_row rows[N_VARIABLES] = {
#define VARIABLE(ID, NAME, LAYER, UNIT, HELP) \
    [VAR_##ID] = { NAME, VARIABLE_##LAYER },
#include "event/variable-table.h"
};

const char *
variable_name(enum variable variable)
{
    return rows[variable].name;
}

enum variable_layer
variable_set_layer(variable_set set)
{
    enum variable_layer layer = VARIABLE_PACKET;

    for (int i = 0; i < N_VARIABLES; i++) {
        if (set & 1u << i) {
            layer = MAX(layer, rows[i].layer);
        }
    }
    return layer;
}

bool
variable_from_name(const char *name, size_t length, enum variable *variable)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strlen(rows[i].name) == length
            && !memcmp(rows[i].name, name, length)) {
            *variable = i;
            return true;
        }
    }
    return false;
}
