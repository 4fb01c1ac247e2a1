/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

/* The packet thread without the prefetch of flow entries. */

#include "openvswitch/compiler.h"

#undef OVS_PREFETCH_WRITE
#define OVS_PREFETCH_WRITE(ADDRESS) ((void) (ADDRESS))

#include "lib/monitor/scatter.c"
