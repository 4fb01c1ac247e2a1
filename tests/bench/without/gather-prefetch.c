/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

/* The sweeper without prefetches. */

#include "openvswitch/compiler.h"

#undef OVS_PREFETCH
#undef OVS_PREFETCH_WRITE
#define OVS_PREFETCH(ADDRESS) ((void) (ADDRESS))
#define OVS_PREFETCH_WRITE(ADDRESS) ((void) (ADDRESS))

#include "lib/monitor/gather.c"
