/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tcp-oddity.h"

#include "util.h"

/* Returns the word that 'oddity' is counted under. */
const char *
tcp_oddity_name(enum tcp_oddity oddity)
{
    switch (oddity) {
#define TCP_ODDITY(ID, NAME, HELP) case TCP_ODDITY_##ID: return NAME;
#include "monitor/tcp-oddity-table.h"
    case N_TCP_ODDITIES:
    default:
        OVS_NOT_REACHED();
    }
}

/* Returns what a segment with 'oddity' does, without a subject. */
const char *
tcp_oddity_help(enum tcp_oddity oddity)
{
    switch (oddity) {
#define TCP_ODDITY(ID, NAME, HELP) case TCP_ODDITY_##ID: return HELP;
#include "monitor/tcp-oddity-table.h"
    case N_TCP_ODDITIES:
    default:
        OVS_NOT_REACHED();
    }
}
