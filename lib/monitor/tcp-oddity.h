/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_TCP_ODDITY_H
#define MONITOR_TCP_ODDITY_H 1

#include <stdint.h>

/* Oddities of TCP segments; see tcp-oddity-table.h.
 * Thread-safety: constants. */

enum tcp_oddity {
#define TCP_ODDITY(ID, NAME, HELP) TCP_ODDITY_##ID,
#include "monitor/tcp-oddity-table.h"
    N_TCP_ODDITIES
};

/* A set of oddities: bit 1 << TCP_ODDITY_*. */
typedef uint32_t tcp_oddity_set;

/* Returns the word that an oddity is counted under. */
const char *tcp_oddity_name(enum tcp_oddity);

#endif /* monitor/tcp-oddity.h */
