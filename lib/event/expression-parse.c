/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/parser.h"

#include "util.h"

/* Recursive descent, one function per level of precedence.  The grammar's two
 * kinds of parentheses in a predicate, around a sum and around a predicate,
 * are one here: an expression has a type, and an operator says which type it
 * takes. */

enum type {
    TYPE_NUMBER,
    TYPE_TRUTH,                 /* Only in predicates. */
};

static const char comparison_words[] = "a comparison (> >= < <= == !=)";

static bool parse_or(struct parser *, struct expression *, enum type *);
static bool parse_sum(struct parser *, struct expression *, enum type *);

/* Every recursion goes through here, so that no text exhausts the stack. */
static bool
parser_enter(struct parser *parser)
{
    if (parser->depth >= PARSER_MAX_DEPTH) {
        return parser_fail(parser, parser->lexer.token.offset,
                           "expected at most %d levels of nesting",
                           PARSER_MAX_DEPTH);
    }
    parser->depth++;
    return true;
}

static bool
require_number(struct parser *parser, enum type type, size_t offset)
{
    return (type == TYPE_NUMBER
            || parser_fail(parser, offset,
                           "expected a number here, not a comparison"));
}

/* Fails if a comparison should have ended before the current token. */
static bool
require_truth(struct parser *parser, enum type type)
{
    return (!parser->dialect->is_predicate || type == TYPE_TRUTH
            || parser_unexpected(parser, comparison_words));
}

static bool
token_is(const struct parser *parser, enum token_type first,
         enum token_type last)
{
    enum token_type type = parser->lexer.token.type;

    return type >= first && type <= last;
}

static bool
token_is_arithmetic(const struct parser *parser)
{
    return token_is(parser, TOKEN_PLUS, TOKEN_SLASH);
}

static bool
token_is_comparison(const struct parser *parser)
{
    return token_is(parser, TOKEN_GT, TOKEN_NE);
}

/* Skips the operator that is the current token and returns it. */
static enum expression_op
take_operator(struct parser *parser)
{
    static const enum expression_op ops[] = {
        [TOKEN_PLUS] = EXPRESSION_ADD,
        [TOKEN_MINUS] = EXPRESSION_SUBTRACT,
        [TOKEN_STAR] = EXPRESSION_MULTIPLY,
        [TOKEN_SLASH] = EXPRESSION_DIVIDE,
        [TOKEN_GT] = EXPRESSION_GT,
        [TOKEN_GE] = EXPRESSION_GE,
        [TOKEN_LT] = EXPRESSION_LT,
        [TOKEN_LE] = EXPRESSION_LE,
        [TOKEN_EQ] = EXPRESSION_EQ,
        [TOKEN_NE] = EXPRESSION_NE,
    };
    enum expression_op op = ops[parser->lexer.token.type];

    lexer_next(&parser->lexer);
    return op;
}

static bool
parse_nested(struct parser *parser, struct expression *x, enum type *type)
{
    lexer_next(&parser->lexer);
    if (!parser_enter(parser)
        || !parse_or(parser, x, type)
        || !parser_expect(parser, TOKEN_RPAREN, "an operator or ')'")) {
        return false;
    }
    parser->depth--;
    return true;
}

static bool
parse_factor(struct parser *parser, struct expression *x, enum type *type)
{
    const struct token token = parser->lexer.token;
    bool is_minus = token.type == TOKEN_MINUS;

    *type = TYPE_NUMBER;
    if (token.type == TOKEN_LPAREN) {
        return parse_nested(parser, x, type);
    } else if (token.type == TOKEN_NOT && parser->dialect->is_predicate) {
        return parser_fail(parser, token.offset, "expected %s: '!' applies "
                           "to a whole comparison of the predicate",
                           parser->dialect->factor);
    } else if (is_minus || token.type == TOKEN_NOT) {
        lexer_next(&parser->lexer);
        size_t offset = parser->lexer.token.offset;
        if (!parser_enter(parser)
            || !parse_factor(parser, x, type)
            || !require_number(parser, *type, offset)) {
            return false;
        }
        parser->depth--;
        expression_push_op(x, is_minus ? EXPRESSION_NEGATE : EXPRESSION_NOT);
        return true;
    }

    if (token.type == TOKEN_NUMBER) {
        expression_push_number(x, token.number);
        lexer_next(&parser->lexer);
    } else if (token.type != TOKEN_NAME) {
        return parser_unexpected(parser, parser->dialect->factor);
    } else if (!parser->dialect->operand(parser, x)) {
        return false;
    }
    if (x->max_depth >= EXPRESSION_MAX_STACK) {
        return parser_fail(parser, token.offset, "expected an expression "
                           "with less nesting");
    }
    return true;
}

static bool
parse_product(struct parser *parser, struct expression *x, enum type *type)
{
    size_t offset = parser->lexer.token.offset;

    if (!parse_factor(parser, x, type)) {
        return false;
    }
    while (token_is(parser, TOKEN_STAR, TOKEN_SLASH)) {
        enum expression_op op;

        if (!require_number(parser, *type, offset)) {
            return false;
        }
        op = take_operator(parser);
        offset = parser->lexer.token.offset;
        if (!parse_factor(parser, x, type)
            || !require_number(parser, *type, offset)) {
            return false;
        }
        expression_push_op(x, op);
    }
    return true;
}

static bool
parse_sum(struct parser *parser, struct expression *x, enum type *type)
{
    size_t offset = parser->lexer.token.offset;

    if (!parse_product(parser, x, type)) {
        return false;
    }
    while (token_is(parser, TOKEN_PLUS, TOKEN_MINUS)) {
        enum expression_op op;

        if (!require_number(parser, *type, offset)) {
            return false;
        }
        op = take_operator(parser);
        offset = parser->lexer.token.offset;
        if (!parse_product(parser, x, type)
            || !require_number(parser, *type, offset)) {
            return false;
        }
        expression_push_op(x, op);
    }
    return true;
}

/* Parses a side of a comparison that is not a percentage. */
static bool
parse_side(struct parser *parser, struct expression *x)
{
    size_t offset = parser->lexer.token.offset;
    enum type type;

    return (parse_sum(parser, x, &type)
            && require_number(parser, type, offset));
}

/* Parses a side of a comparison that is a percentage. */
static bool
parse_percent(struct parser *parser, struct expression *x)
{
    const struct token token = parser->lexer.token;

    parser->dialect->percent(parser, x, token.number);
    lexer_next(&parser->lexer);
    return (!token_is_arithmetic(parser)
            || parser_fail(parser, token.offset, "a percentage must stand "
                           "alone as one side of a comparison"));
}

/* Parses "10% < x". */
static bool
parse_percent_first(struct parser *parser, struct expression *x)
{
    enum expression_op op;

    if (!parse_percent(parser, x)) {
        return false;
    } else if (!token_is_comparison(parser)) {
        return parser_unexpected(parser, comparison_words);
    }
    op = take_operator(parser);
    if (parser->lexer.token.type == TOKEN_PERCENT) {
        return parser_fail(parser, parser->lexer.token.offset, "expected %s: "
                           "only one side may be a percentage",
                           parser->dialect->factor);
    } else if (!parse_side(parser, x)) {
        return false;
    }
    expression_push_op(x, EXPRESSION_HUNDREDFOLD);
    expression_push_op(x, op);
    return true;
}

/* Parses the rest of a comparison whose operator is the current token. */
static bool
parse_comparison_rest(struct parser *parser, struct expression *x)
{
    enum expression_op op = take_operator(parser);

    if (parser->lexer.token.type == TOKEN_PERCENT
        && parser->dialect->is_predicate) {
        expression_push_op(x, EXPRESSION_HUNDREDFOLD);
        if (!parse_percent(parser, x)) {
            return false;
        }
    } else if (!parse_side(parser, x)) {
        return false;
    }
    expression_push_op(x, op);
    return true;
}

static bool
parse_comparison(struct parser *parser, struct expression *x, enum type *type)
{
    bool is_predicate = parser->dialect->is_predicate;
    size_t offset = parser->lexer.token.offset;

    if (is_predicate && parser->lexer.token.type == TOKEN_PERCENT) {
        if (!parse_percent_first(parser, x)) {
            return false;
        }
    } else {
        if (!parse_sum(parser, x, type)) {
            return false;
        } else if (!token_is_comparison(parser)) {
            return true;
        } else if (!require_number(parser, *type, offset)
                   || !parse_comparison_rest(parser, x)) {
            return false;
        }
    }
    *type = is_predicate ? TYPE_TRUTH : TYPE_NUMBER;
    return (!token_is_comparison(parser)
            || parser_fail(parser, parser->lexer.token.offset,
                           "comparisons do not chain: write 'a < b %s b < c'",
                           is_predicate ? "&&" : "&"));
}

static bool
parse_not(struct parser *parser, struct expression *x, enum type *type)
{
    if (!parser->dialect->is_predicate
        || parser->lexer.token.type != TOKEN_NOT) {
        return parse_comparison(parser, x, type);
    }

    lexer_next(&parser->lexer);
    if (!parser_enter(parser)
        || !parse_not(parser, x, type)
        || !require_truth(parser, *type)) {
        return false;
    }
    parser->depth--;
    expression_push_op(x, EXPRESSION_NOT);
    return true;
}

static bool
parse_and(struct parser *parser, struct expression *x, enum type *type)
{
    if (!parse_not(parser, x, type)) {
        return false;
    }
    while (parser->lexer.token.type == parser->dialect->and) {
        if (!require_truth(parser, *type)) {
            return false;
        }
        lexer_next(&parser->lexer);
        if (!parse_not(parser, x, type) || !require_truth(parser, *type)) {
            return false;
        }
        expression_push_op(x, EXPRESSION_AND);
    }
    return true;
}

static bool
parse_or(struct parser *parser, struct expression *x, enum type *type)
{
    if (!parse_and(parser, x, type)) {
        return false;
    }
    while (parser->lexer.token.type == parser->dialect->or) {
        if (!require_truth(parser, *type)) {
            return false;
        }
        lexer_next(&parser->lexer);
        if (!parse_and(parser, x, type) || !require_truth(parser, *type)) {
            return false;
        }
        expression_push_op(x, EXPRESSION_OR);
    }
    return true;
}

bool
parser_expression(struct parser *parser, const struct dialect *dialect,
                  struct expression *x)
{
    enum type type;

    parser->dialect = dialect;
    return parse_or(parser, x, &type) && require_truth(parser, type);
}
