/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/port-counter.h"

#include <string.h>

#include "util.h"

static const char *const names[N_PORT_COUNTERS] = {
#define PORT_COUNTER(ID, NAME, UNIT, HELP) [PORT_COUNTER_##ID] = NAME,
#include "event/port-counter-table.h"
};

const char *
port_counter_name(enum port_counter counter)
{
    return names[counter];
}

bool
port_counter_from_name(const char *name, size_t length,
                       enum port_counter *counter)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strlen(names[i]) == length && !memcmp(names[i], name, length)) {
            *counter = i;
            return true;
        }
    }
    return false;
}
