/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/expression.h"

#include <math.h>
#include <stdlib.h>

#include "event/number.h"
#include "util.h"

void
expression_uninit(struct expression *expression)
{
    free(expression->insns);
}

static void
expression_push(struct expression *expression,
                const struct expression_insn *insn)
{
    if (expression->n_insns >= expression->allocated_insns) {
        expression->insns = x2nrealloc(expression->insns,
                                       &expression->allocated_insns,
                                       sizeof *expression->insns);
    }
    expression->insns[expression->n_insns++] = *insn;

    if (insn->op <= EXPRESSION_PERCENT) {
        expression->depth++;
        expression->max_depth = MAX(expression->max_depth, expression->depth);
    } else if (insn->op >= EXPRESSION_MULTIPLY) {
        ovs_assert(expression->depth >= 2);
        expression->depth--;
    }
}

void
expression_push_number(struct expression *expression, double number)
{
    expression_push(expression, &(struct expression_insn) {
        .op = EXPRESSION_NUMBER, .number = number });
}

void
expression_push_operand(struct expression *expression, uint32_t operand)
{
    expression_push(expression, &(struct expression_insn) {
        .op = EXPRESSION_OPERAND, .operand = operand });
}

void
expression_push_percent(struct expression *expression, double percent,
                        uint32_t operand)
{
    expression_push(expression, &(struct expression_insn) {
        .op = EXPRESSION_PERCENT, .number = percent, .operand = operand });
}

void
expression_push_op(struct expression *expression, enum expression_op op)
{
    ovs_assert(op > EXPRESSION_PERCENT);
    expression_push(expression, &(struct expression_insn) { .op = op });
}

/* Applies 'op' to 'a' and 'b'. */
static double
apply(enum expression_op op, double a, double b)
{
    switch (op) {
    case EXPRESSION_NEGATE: return -b;
    case EXPRESSION_NOT: return b == 0;
    case EXPRESSION_HUNDREDFOLD: return b * 100;
    case EXPRESSION_MULTIPLY: return a * b;
    case EXPRESSION_DIVIDE: return b != 0 ? a / b : NAN;
    case EXPRESSION_ADD: return a + b;
    case EXPRESSION_SUBTRACT: return a - b;
    case EXPRESSION_GT: return a > b;
    case EXPRESSION_GE: return a >= b;
    case EXPRESSION_LT: return a < b;
    case EXPRESSION_LE: return a <= b;
    case EXPRESSION_EQ: return a == b;
    case EXPRESSION_NE: return a < b || a > b;      /* Not with NaN. */
    case EXPRESSION_AND: return a != 0 && b != 0;
    case EXPRESSION_OR: return a != 0 || b != 0;
    case EXPRESSION_NUMBER:
    case EXPRESSION_OPERAND:
    case EXPRESSION_PERCENT:
    default:
        OVS_NOT_REACHED();
    }
}

bool
expression_evaluate(const struct expression *expression,
                    const double *operands, double *result)
{
    const struct expression_insn *end
        = expression->insns + expression->n_insns;
    double stack[EXPRESSION_MAX_STACK + 1];     /* stack[0] is below it. */
    double *top = stack;
    bool ok = true;

    ovs_assert(expression->max_depth <= EXPRESSION_MAX_STACK);
    for (const struct expression_insn *insn = expression->insns; insn < end;
         insn++) {
        if (insn->op == EXPRESSION_NUMBER) {
            *++top = insn->number;
        } else if (insn->op == EXPRESSION_OPERAND) {
            *++top = operands[insn->operand];
        } else if (insn->op == EXPRESSION_PERCENT) {
            *++top = insn->number * operands[insn->operand];
        } else if (insn->op < EXPRESSION_MULTIPLY) {
            *top = apply(insn->op, 0, *top);
        } else {
            ok = ok && !(insn->op == EXPRESSION_DIVIDE && *top == 0);
            top--;
            top[0] = apply(insn->op, top[0], top[1]);
        }
    }
    *result = *top;
    return ok;
}

/* Formatting: the program is run with texts in place of numbers.  Each text
 * knows how tightly its outermost operator binds. */

enum binding {
    BINDS_OR,
    BINDS_AND,
    BINDS_NOT,                  /* Of predicates. */
    BINDS_COMPARISON,
    BINDS_SUM,
    BINDS_PRODUCT,
    BINDS_UNARY,
    BINDS_ATOM,
};

struct op_syntax {
    const char *text;           /* Null: the style says. */
    enum binding binding;       /* Of the result. */
    enum binding left, right;   /* At least, of the operands without
                                 * parentheses. */
};

static const struct op_syntax syntaxes[] = {
    [EXPRESSION_MULTIPLY] = { "*", BINDS_PRODUCT, BINDS_PRODUCT, BINDS_UNARY },
    [EXPRESSION_DIVIDE] = { "/", BINDS_PRODUCT, BINDS_PRODUCT, BINDS_UNARY },
    [EXPRESSION_ADD] = { "+", BINDS_SUM, BINDS_SUM, BINDS_PRODUCT },
    [EXPRESSION_SUBTRACT] = { "-", BINDS_SUM, BINDS_SUM, BINDS_PRODUCT },
    [EXPRESSION_GT] = { ">", BINDS_COMPARISON, BINDS_SUM, BINDS_SUM },
    [EXPRESSION_GE] = { ">=", BINDS_COMPARISON, BINDS_SUM, BINDS_SUM },
    [EXPRESSION_LT] = { "<", BINDS_COMPARISON, BINDS_SUM, BINDS_SUM },
    [EXPRESSION_LE] = { "<=", BINDS_COMPARISON, BINDS_SUM, BINDS_SUM },
    [EXPRESSION_EQ] = { "==", BINDS_COMPARISON, BINDS_SUM, BINDS_SUM },
    [EXPRESSION_NE] = { "!=", BINDS_COMPARISON, BINDS_SUM, BINDS_SUM },

    [EXPRESSION_AND] = { NULL, BINDS_AND, BINDS_AND, BINDS_NOT },
    [EXPRESSION_OR] = { NULL, BINDS_OR, BINDS_OR, BINDS_AND },
};

struct piece {
    struct ds text;
    enum binding binding;
};

/* Puts 'piece' in parentheses if it binds less tightly than 'least'. */
static void
piece_enclose(struct piece *piece, enum binding least)
{
    if (piece->binding < least) {
        struct ds enclosed = DS_EMPTY_INITIALIZER;

        ds_put_format(&enclosed, "(%s)", ds_cstr(&piece->text));
        ds_destroy(&piece->text);
        piece->text = enclosed;
    }
}

static void
piece_prefix(struct piece *piece, char prefix, enum binding least,
             enum binding binding)
{
    struct ds prefixed = DS_EMPTY_INITIALIZER;

    piece_enclose(piece, least);
    ds_put_format(&prefixed, "%c%s", prefix, ds_cstr(&piece->text));
    ds_destroy(&piece->text);
    piece->text = prefixed;
    piece->binding = binding;
}

/* Turns 'left' into 'left' 'op' 'right' and destroys 'right'. */
static void
piece_join(struct piece *left, struct piece *right, enum expression_op op,
           const struct expression_style *style)
{
    const struct op_syntax *syntax = &syntaxes[op];
    const char *text = (syntax->text ? syntax->text
                        : op == EXPRESSION_AND ? style->and : style->or);
    const char *space = style->spaces ? " " : "";

    piece_enclose(left, syntax->left);
    piece_enclose(right, syntax->right);
    ds_put_format(&left->text, "%s%s%s%s", space, text, space,
                  ds_cstr(&right->text));
    ds_destroy(&right->text);
    left->binding = syntax->binding;
}

static void
piece_not(struct piece *piece, const struct expression_style *style)
{
    if (!style->not_is_loose) {
        piece_prefix(piece, '!', BINDS_UNARY, BINDS_UNARY);
    } else {
        bool is_not = piece->binding == BINDS_NOT;

        piece_prefix(piece, '!', is_not ? BINDS_NOT : BINDS_ATOM, BINDS_NOT);
    }
}

static void
piece_init(struct piece *piece, const struct expression_insn *insn,
           const struct expression_style *style, const void *aux)
{
    ds_init(&piece->text);
    piece->binding = BINDS_ATOM;
    if (insn->op == EXPRESSION_OPERAND) {
        ds_put_cstr(&piece->text, style->operand(aux, insn->operand));
    } else {
        number_format(insn->number, &piece->text);
        if (insn->op == EXPRESSION_PERCENT) {
            ds_put_char(&piece->text, '%');
        }
    }
}

void
expression_format(const struct expression *expression,
                  const struct expression_style *style, const void *aux,
                  struct ds *ds)
{
    struct piece stack[EXPRESSION_MAX_STACK];
    size_t n = 0;

    for (size_t i = 0; i < expression->n_insns; i++) {
        const struct expression_insn *insn = &expression->insns[i];

        if (insn->op <= EXPRESSION_PERCENT) {
            piece_init(&stack[n++], insn, style, aux);
        } else if (insn->op == EXPRESSION_NEGATE) {
            piece_prefix(&stack[n - 1], '-', BINDS_UNARY, BINDS_UNARY);
        } else if (insn->op == EXPRESSION_NOT) {
            piece_not(&stack[n - 1], style);
        } else if (insn->op != EXPRESSION_HUNDREDFOLD) {
            n--;
            piece_join(&stack[n - 1], &stack[n], insn->op, style);
        }
    }
    ovs_assert(n == 1);
    ds_put_cstr(ds, ds_cstr(&stack[0].text));
    ds_destroy(&stack[0].text);
}
