/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/cause.h"

#include "util.h"

/* Returns the word that stands for 'cause' in "why" and in the ledger. */
const char *
cause_name(enum cause cause)
{
    switch (cause) {
#define CAUSE(ID, NAME, HELP) case CAUSE_##ID: return NAME;
#include "report/cause-table.h"
    case N_CAUSES:
    default:
        OVS_NOT_REACHED();
    }
}

/* Returns a sentence about 'cause' and its remedy. */
const char *
cause_help(enum cause cause)
{
    switch (cause) {
#define CAUSE(ID, NAME, HELP) case CAUSE_##ID: return HELP;
#include "report/cause-table.h"
    case N_CAUSES:
    default:
        OVS_NOT_REACHED();
    }
}
