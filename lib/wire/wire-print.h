/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef WIRE_WIRE_PRINT_H
#define WIRE_WIRE_PRINT_H 1

#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-errors.h"

struct ofp_header;
struct ofputil_port_map;

/* Appends the body of 'oh', an OFPTYPE_TRUMPET message, in words, as
 * ovs-ofctl prints messages.  Returns 0 or what is wrong with it.  A callback
 * for ofp-extension.h.
 *
 * Thread-safety: any thread. */
enum ofperr wire_print(struct ds *, const struct ofp_header *oh,
                       const struct ofputil_port_map *, int verbosity);

#endif /* wire/wire-print.h */
