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

/* Returns the first instruction of the operand that ends with 'end'. */
static size_t
operand_start(const struct expression *expression, size_t end)
{
    size_t missing = 1;

    for (size_t i = end; ; i--) {
        enum expression_op op = expression->insns[i].op;

        missing = (op <= EXPRESSION_PERCENT ? missing - 1
                   : op >= EXPRESSION_MULTIPLY ? missing + 1
                   : missing);
        if (!missing) {
            return i;
        }
    }
}

/* predicate_get_bound() for the part of the predicate that ends with
 * instruction 'end'. */
static bool
get_bound(const struct expression *expression, size_t end,
          struct predicate_bound *bound)
{
    const struct expression_insn *last = &expression->insns[end];
    bool down = last->op == EXPRESSION_LT || last->op == EXPRESSION_LE;
    bool up = last->op == EXPRESSION_GT || last->op == EXPRESSION_GE;

    if (last->op == EXPRESSION_AND) {
        size_t right = operand_start(expression, end - 1);

        return (get_bound(expression, end - 1, bound)
                || get_bound(expression, right - 1, bound));
    } else if ((up || down) && operand_start(expression, end) + 2 == end) {
        const struct expression_insn *aggregate = last - (up ? 2 : 1);
        const struct expression_insn *number = last - (up ? 1 : 2);

        bound->aggregate = aggregate->operand;
        bound->min = number->number;
        return (aggregate->op == EXPRESSION_OPERAND
                && number->op == EXPRESSION_NUMBER);
    }
    return false;
}

bool
predicate_get_bound(const struct predicate *predicate,
                    struct predicate_bound *bound)
{
    return get_bound(&predicate->expression,
                     predicate->expression.n_insns - 1, bound);
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
