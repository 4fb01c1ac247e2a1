/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/support.h"

#include <stdlib.h>

#include "util.h"

/* Stores 'message', a malloc()'d one, unless there is one already. */
static void
note__(struct parser *parser, size_t offset, char *message)
{
    if (parser->unsupported) {
        free(message);
    } else {
        parser->unsupported = message;
        parser->unsupported_offset = offset;
    }
}

void
support_note_clause(struct parser *parser, size_t offset, const char *name)
{
    note__(parser, offset, xasprintf("'%s' is not evaluated by this version "
                                     "yet", name));
}
