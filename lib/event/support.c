/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/support.h"

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

static void
note(struct parser *parser, enum variable_layer layer)
{
    const struct token *token = &parser->lexer.token;

    if (!supported[layer] && !parser->unsupported) {
        parser->unsupported_offset = token->offset;
        parser->unsupported = xasprintf("'%.*s' needs %s, which this version "
                                        "does not keep yet",
                                        (int) token->length,
                                        lexer_token_text(&parser->lexer),
                                        states[layer]);
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
