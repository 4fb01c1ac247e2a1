/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

/* The packet thread without a way of their own for plain packets: all are
 * parsed step by step. */

#include "monitor/packet-plain.h"

#define packet_parse_plain(FRAME, WORDS) \
    (memset(WORDS, 0, sizeof (WORDS)), false)

#include "lib/monitor/scatter.c"
