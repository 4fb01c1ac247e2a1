/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/port-counter.h"

#include <string.h>

#include "util.h"

struct port_counter_row {
    const char *name;
    const char *unit;
    const char *help;
};

static const struct port_counter_row rows[N_PORT_COUNTERS] = {
#define PORT_COUNTER(ID, NAME, UNIT, HELP) \
    [PORT_COUNTER_##ID] = { NAME, UNIT, HELP },
#include "event/port-counter-table.h"
};

const char *
port_counter_name(enum port_counter counter)
{
    return rows[counter].name;
}

const char *
port_counter_unit(enum port_counter counter)
{
    return rows[counter].unit;
}

const char *
port_counter_help(enum port_counter counter)
{
    return rows[counter].help;
}

bool
port_counter_from_name(const char *name, size_t length,
                       enum port_counter *counter)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strlen(rows[i].name) == length
            && !memcmp(rows[i].name, name, length)) {
            *counter = i;
            return true;
        }
    }
    return false;
}
