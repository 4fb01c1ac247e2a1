/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "dp-observer.h"
#include "openvswitch/compiler.h"
#include "util.h"

/* Joins Trumpet to ovs-vswitchd: nothing else refers to this code, the linker
 * is told to take this object. */

static const struct dp_observer_class trumpet_class = {
    .name = "trumpet",
};

OVS_CONSTRUCTOR(trumpet_register) {
    ignore(dp_observer_register(&trumpet_class));
}
