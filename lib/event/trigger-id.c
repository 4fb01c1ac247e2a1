/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/trigger-id.h"

#include <string.h>

#include "event/event.h"
#include "util.h"

/* No blank, no control character, and nothing that a table or JSON would have
 * to quote. */
static bool
bridge_is_valid(const char *bridge, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = bridge[i];

        if (c <= ' ' || c == '"' || c == '\\' || c == 0x7f) {
            return false;
        }
    }
    return length >= 1 && length <= TRIGGER_BRIDGE_MAX;
}

bool
trigger_id_is_valid(const char *id)
{
    size_t length = trigger_id_bridge_length(id);

    if (id[length] == '/' && !bridge_is_valid(id, length)) {
        return false;
    }
    return event_name_is_valid(trigger_id_name(id));
}

const char *
trigger_id_name(const char *id)
{
    const char *slash = strchr(id, '/');

    return slash ? slash + 1 : id;
}

size_t
trigger_id_bridge_length(const char *id)
{
    const char *slash = strchr(id, '/');

    return slash ? slash - id : 0;
}

void
trigger_id_get_bridge(const char *id, char bridge[TRIGGER_BRIDGE_MAX + 1])
{
    size_t length = MIN(trigger_id_bridge_length(id), TRIGGER_BRIDGE_MAX);

    memcpy(bridge, id, length);
    bridge[length] = '\0';
}

char *
trigger_id_make(const char *bridge, const char *name)
{
    return (bridge && bridge[0] ? xasprintf("%s/%s", bridge, name)
            : xstrdup(name));
}
