/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

/* The packet thread without its first pass. */

#include "openvswitch/compiler.h"

#undef OVS_PREFETCH
#define OVS_PREFETCH(ADDRESS) ((void) (ADDRESS))

#include "lib/monitor/scatter.c"
