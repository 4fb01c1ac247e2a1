/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/cause.h"

static const struct {
    const char *name;
    const char *help;
} causes[N_CAUSES] = {
#define CAUSE(ID, NAME, HELP) [CAUSE_##ID] = { NAME, HELP },
#include "report/cause-table.h"
};

const char *
cause_name(enum cause cause)
{
    return causes[cause].name;
}

const char *
cause_help(enum cause cause)
{
    return causes[cause].help;
}
