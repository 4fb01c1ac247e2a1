/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/support.h"

#include <stdlib.h>

#include "util.h"

/* The layers whose variables the monitor evaluates. */
static const bool supported[] = {
    [VARIABLE_PACKET] = true,
    [VARIABLE_FLOW] = false,
    [VARIABLE_TCP] = false,
};

static const char *const states[] = {
    [VARIABLE_PACKET] = "nothing but the packet",
    [VARIABLE_FLOW] = "the history of a flow",
    [VARIABLE_TCP] = "TCP state",
};

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

static void
note(struct parser *parser, enum variable_layer layer)
{
    const struct token *token = &parser->lexer.token;

    if (!supported[layer]) {
        note__(parser, token->offset,
               xasprintf("'%.*s' needs %s, which this version does not keep "
                         "yet", (int) token->length,
                         lexer_token_text(&parser->lexer), states[layer]));
    }
}

void
support_note_variable(struct parser *parser, enum variable variable)
{
    note(parser, variable_layer(variable));
}

void
support_note_state(struct parser *parser)
{
    note(parser, VARIABLE_TCP);
}

void
support_note_port(struct parser *parser)
{
    note__(parser, parser->lexer.token.offset,
           xstrdup("'port' needs counters of ports, which this version does "
                   "not read yet"));
}

void
support_note_clause(struct parser *parser, size_t offset, const char *name)
{
    note__(parser, offset, xasprintf("'%s' is not evaluated by this version "
                                     "yet", name));
}
