/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_OF_TRIGGER_H
#define OFPROTO_EXT_OF_TRIGGER_H 1

#include "openvswitch/compiler.h"
#include "wire/request.h"

/* Triggers as a controller gives them: a text in which port numbers are those
 * of the bridge, and a match that is ANDed to the text's.
 *
 * Thread-safety: main thread only. */

/* Stores the text of the trigger that 'request' asks for on 'bridge', in
 * which ports have names, in '*text', which the caller must free.  On failure
 * returns an error that the caller must free. */
char *of_trigger_text(const struct wire_trigger_mod *request,
                      const char *bridge, char **text)
    OVS_WARN_UNUSED_RESULT;

#endif /* ofproto-ext/of-trigger.h */
