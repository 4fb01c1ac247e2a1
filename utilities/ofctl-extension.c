/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "ofp-extension.h"
#include "openvswitch/compiler.h"
#include "util.h"
#include "wire/wire-print.h"

/* Lets ovs-ofctl print our messages in words. */

static const struct ofp_extension_class extension_class = {
    .name = "trumpet",
    .print = wire_print,
};

OVS_CONSTRUCTOR(ofctl_extension_register) {
    ignore(ofp_extension_register(&extension_class));
}
