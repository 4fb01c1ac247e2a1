/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_EXPRESSION_H
#define EVENT_EXPRESSION_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/dynamic-string.h"

/* An expression in postfix form: what values (over packet variables) and
 * predicates (over aggregates) have in common.
 *
 * Numbers are doubles, truth is 1 or 0, NaN is "undefined".  A division by 0
 * is undefined; a comparison with an undefined operand is false.
 *
 * Evaluation neither allocates nor recurses: what it needs of stack is known
 * from the program and limited to EXPRESSION_MAX_STACK.
 *
 * Thread-safety: immutable once built; any number of threads may evaluate. */

enum expression_op {
    /* Push. */
    EXPRESSION_NUMBER,          /* 'number' */
    EXPRESSION_OPERAND,         /* operands[operand] */
    EXPRESSION_PERCENT,         /* 'number' * operands[operand]; "10%" */

    /* Replace the topmost. */
    EXPRESSION_NEGATE,
    EXPRESSION_NOT,
    EXPRESSION_HUNDREDFOLD,     /* The other side of a percentage. */

    /* Replace the topmost two. */
    EXPRESSION_MULTIPLY,
    EXPRESSION_DIVIDE,
    EXPRESSION_ADD,
    EXPRESSION_SUBTRACT,
    EXPRESSION_GT,
    EXPRESSION_GE,
    EXPRESSION_LT,
    EXPRESSION_LE,
    EXPRESSION_EQ,
    EXPRESSION_NE,
    EXPRESSION_AND,
    EXPRESSION_OR,
};

struct expression_insn {
    enum expression_op op;
    uint32_t operand;
    double number;
};

#define EXPRESSION_MAX_STACK 128

struct expression {
    struct expression_insn *insns;  /* Owned. */
    size_t n_insns;
    size_t allocated_insns;
    size_t depth;               /* Stack in use after the last one. */
    size_t max_depth;           /* And at most. */
};

#define EXPRESSION_INITIALIZER { .insns = NULL }

void expression_uninit(struct expression *);

void expression_push_number(struct expression *, double);
void expression_push_operand(struct expression *, uint32_t operand);
void expression_push_percent(struct expression *, double percent,
                             uint32_t operand);
void expression_push_op(struct expression *, enum expression_op);

/* Stores in '*result' what the expression yields where operand i is
 * 'operands'[i].  Returns false if it divided by 0 on the way; '*result' is
 * then what follows from the rules above. */
bool expression_evaluate(const struct expression *, const double *operands,
                         double *result);

/* How an expression is written. */
struct expression_style {
    bool spaces;                /* Around operators of two operands. */
    const char *and, *or;
    bool not_is_loose;          /* "!" takes a whole comparison, and the text
                                 * says so: !(a > b). */

    /* Returns the text of an operand. */
    const char *(*operand)(const void *aux, uint32_t operand);
};

/* Appends the text of the expression, with the parentheses that its structure
 * needs and no others. */
void expression_format(const struct expression *,
                       const struct expression_style *, const void *aux,
                       struct ds *);

#endif /* event/expression.h */
