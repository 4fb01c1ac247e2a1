/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_OF_HANDLER_H
#define OFPROTO_EXT_OF_HANDLER_H 1

#include "openvswitch/ofp-errors.h"

struct ofconn;
struct ofp_header;

/* Handles a controller's request 'oh'; a callback for ofp-extension.h.
 *
 * The triggers that a connection can see and change are those of its bridge.
 * They belong to the controller's target, so that they are its own again after
 * it was away.
 *
 * Thread-safety: main thread only. */
enum ofperr of_handle(struct ofconn *, const struct ofp_header *oh);

#endif /* ofproto-ext/of-handler.h */
