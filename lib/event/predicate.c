/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/predicate.h"

#include <stdlib.h>

#include "event/aggregate-parse.h"
#include "event/clause-parse.h"
#include "event/event.h"
#include "event/predicate-parse.h"
#include "event/suggestion.h"
#include "util.h"

/* An expression whose operands are the event's aggregates. */
struct predicate {
    struct expression expression;
    char *text;
};

void
predicate_destroy(struct predicate *predicate)
{
    if (predicate) {
        expression_uninit(&predicate->expression);
        free(predicate->text);
        free(predicate);
    }
}

bool
predicate_evaluate(const struct predicate *predicate,
                   const double *aggregates)
{
    double result;

    /* A division by 0 has made its comparison false already. */
    expression_evaluate(&predicate->expression, aggregates, &result);
    return result != 0;
}

void
predicate_format(const struct predicate *predicate, struct ds *ds)
{
    ds_put_cstr(ds, predicate->text);
}

static const struct dialect dialect = {
    .and = TOKEN_AND_AND,
    .or = TOKEN_OR_OR,
    .is_predicate = true,
    .factor = "an aggregate, a state or a number",
    .operand = aggregate_parse,
    .percent = aggregate_push_percent,
};

static const char *
format_aggregate(const void *event_, uint32_t aggregate)
{
    const struct event *event = event_;

    return event->aggregates[aggregate].text;
}

static const struct expression_style style = {
    .spaces = true,
    .and = "&&",
    .or = "||",
    .not_is_loose = true,
    .operand = format_aggregate,
};

static bool
parse_end(struct parser *parser)
{
    static const char expected[] = "an operator, an option or the end";
    const struct lexer *lexer = &parser->lexer;
    struct suggestion suggestion;

    if (lexer->token.type == TOKEN_END || lexer_is_option(lexer)) {
        return true;
    } else if (lexer_is(lexer, "by") || lexer_is(lexer, "every")
               || lexer_is(lexer, "over")) {
        return parser_unexpected(parser, "'by', 'every' and 'over' before "
                                 "'when'");
    }

    suggestion_init(&suggestion, lexer_token_text(lexer),
                    lexer->token.length);
    clauses_offer_options(&suggestion);
    if (lexer->token.type != TOKEN_NAME || !suggestion.best) {
        return parser_unexpected(parser, expected);
    }
    return parser_fail(parser, lexer->token.offset,
                       "expected %s, not '%.*s' (did you mean '%s'?)",
                       expected, (int) lexer->token.length,
                       lexer_token_text(lexer), suggestion.best);
}

struct predicate *
predicate_parse(struct parser *parser)
{
    struct predicate *predicate = xzalloc(sizeof *predicate);
    struct ds text = DS_EMPTY_INITIALIZER;

    if (!parser_expression(parser, &dialect, &predicate->expression)
        || !parse_end(parser)) {
        predicate_destroy(predicate);
        return NULL;
    }
    expression_format(&predicate->expression, &style, parser->event, &text);
    predicate->text = ds_steal_cstr(&text);
    return predicate;
}
