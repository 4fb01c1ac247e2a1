/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/value.h"

#include <math.h>
#include <stdlib.h>

#include "event/aggregate-parse.h"
#include "event/suggestion.h"
#include "event/value-parse.h"
#include "util.h"

/* An expression whose operands are packet variables.  That all variables of it
 * are defined is checked first, so evaluation itself never meets an undefined
 * one and "short circuit" makes no difference. */
struct value {
    struct expression expression;
    variable_set variables;
    char *text;
};

void
value_destroy(struct value *value)
{
    if (value) {
        expression_uninit(&value->expression);
        free(value->text);
        free(value);
    }
}

const char *
value_text(const struct value *value)
{
    return value->text;
}

variable_set
value_variables(const struct value *value)
{
    return value->variables;
}

bool
value_is_variable(const struct value *value, enum variable variable)
{
    const struct expression *x = &value->expression;

    return (x->n_insns == 1
            && x->insns[0].op == EXPRESSION_OPERAND
            && x->insns[0].operand == variable);
}

bool
value_evaluate(const struct value *value, const struct packet_values *packet,
               double *result)
{
    return (!(value->variables & ~packet->defined)
            && expression_evaluate(&value->expression, packet->value, result)
            && !isnan(*result));
}

static char *
unknown_variable(const char *name, size_t length)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct suggestion suggestion;

    ds_put_format(&ds, "unknown packet variable '%.*s'",
                  (int) MIN(length, 32), name);
    suggestion_init(&suggestion, name, length);
    for (size_t i = 0; i < N_VARIABLES; i++) {
        suggestion_offer(&suggestion, variable_name(i));
    }
    if (suggestion.best) {
        suggestion_format(&suggestion, &ds);
    } else {
        ds_put_cstr(&ds, ": expected ");
        for (size_t i = 0; i < N_VARIABLES; i++) {
            ds_put_format(&ds, "%s%s", variable_name(i),
                          i + 2 < N_VARIABLES ? ", "
                          : i + 1 < N_VARIABLES ? " or " : "");
        }
    }
    return ds_steal_cstr(&ds);
}

/* The current token is a name but that of no packet variable. */
static bool
fail_variable(struct parser *parser)
{
    const struct token *token = &parser->lexer.token;
    const char *name = lexer_token_text(&parser->lexer);
    int length = token->length;
    enum measure_kind kind;

    if (aggregate_function_from_name(name, length, &kind)) {
        return parser_fail(parser, token->offset, "an aggregate such as "
                           "'%.*s' does not stand inside another one: "
                           "expected a packet variable", length, name);
    } else if (aggregate_state_from_name(name, length, &kind)) {
        return parser_fail(parser, token->offset, "'%.*s' is the state of a "
                           "flow, no packet variable: it stands outside of "
                           "aggregates", length, name);
    } else if (lexer_is(&parser->lexer, "port")) {
        return parser_fail(parser, token->offset, "'port' is the counter of a "
                           "port, no packet variable: it stands outside of "
                           "aggregates");
    } else if (lexer_is(&parser->lexer, "and")
               || lexer_is(&parser->lexer, "or")
               || lexer_is(&parser->lexer, "not")) {
        return parser_unexpected(parser, parser->dialect->factor);
    }
    return parser_fail__(parser, token->offset,
                         unknown_variable(name, length));
}

static bool
parse_variable(struct parser *parser, struct expression *expression)
{
    const struct token *token = &parser->lexer.token;
    enum variable variable;
    variable_set others;

    if (!variable_from_name(lexer_token_text(&parser->lexer), token->length,
                            &variable)) {
        return fail_variable(parser);
    }

    others = parser->variables & ~(1u << variable);
    if (others && (variable == VAR_RTT || others & 1u << VAR_RTT)) {
        return parser_fail(parser, token->offset, "'rtt' must not stand in "
                           "one value with another packet variable");
    }
    parser->variables |= 1u << variable;
    expression_push_operand(expression, variable);
    lexer_next(&parser->lexer);
    return true;
}

static const struct dialect dialect = {
    .and = TOKEN_AND,
    .or = TOKEN_OR,
    .factor = "a packet variable or a number",
    .operand = parse_variable,
};

static const char *
format_variable(const void *aux OVS_UNUSED, uint32_t variable)
{
    return variable_name(variable);
}

static const struct expression_style style = {
    .and = "&",
    .or = "|",
    .operand = format_variable,
};

struct value *
value_parse(struct parser *parser)
{
    struct value *value = xzalloc(sizeof *value);
    struct ds text = DS_EMPTY_INITIALIZER;

    parser->variables = 0;
    if (!parser_expression(parser, &dialect, &value->expression)) {
        value_destroy(value);
        return NULL;
    }
    expression_format(&value->expression, &style, NULL, &text);
    value->text = ds_steal_cstr(&text);
    value->variables = parser->variables;
    return value;
}
