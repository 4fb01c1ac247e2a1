/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

/* The packet thread without a way of their own for plain packets: all are
 * parsed step by step. */

#include "monitor/packet-plain.h"

#define packet_parse_plain(PACKET, FRAME, KEY) \
    (memset(KEY, 0, 2 * sizeof *(KEY)), false)

#include "lib/monitor/scatter.c"
