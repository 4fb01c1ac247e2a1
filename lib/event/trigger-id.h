/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_TRIGGER_ID_H
#define EVENT_TRIGGER_ID_H 1

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/dynamic-string.h"

/* What tells the triggers of a switch apart: "NAME", or "BRIDGE/NAME" for a
 * trigger that sees only what one bridge receives.  So bridges are separate
 * name spaces, and those who share a switch need not agree on names.
 *
 * A name has 1 to 64 of A-Z a-z 0-9 _ . -, a bridge is what Open vSwitch lets
 * a bridge be called: no slash is in either.
 *
 * Thread-safety: functions of their arguments. */

#define TRIGGER_NAME_MAX 64
#define TRIGGER_BRIDGE_MAX 63
#define TRIGGER_ID_MAX (TRIGGER_BRIDGE_MAX + 1 + TRIGGER_NAME_MAX)

bool trigger_id_is_valid(const char *id);

/* The part of a valid 'id' that is the name. */
const char *trigger_id_name(const char *id);

/* The length of the bridge's name at the beginning of 'id', 0 for none. */
size_t trigger_id_bridge_length(const char *id);

/* Stores the bridge's name in 'bridge', "" for none. */
void trigger_id_get_bridge(const char *id,
                           char bridge[TRIGGER_BRIDGE_MAX + 1]);

/* Returns the id of trigger 'name' on 'bridge', which may be null or "".  The
 * caller must free it. */
char *trigger_id_make(const char *bridge, const char *name);

#endif /* event/trigger-id.h */
