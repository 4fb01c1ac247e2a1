/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_PARSER_H
#define EVENT_PARSER_H 1

#include <stdbool.h>
#include <stddef.h>

#include "event/expression.h"
#include "event/lexer.h"
#include "event/variable.h"
#include "openvswitch/compiler.h"

/* What the parsers of an event's parts share: tokens and the first error
 * (parser.c), and the expression grammar (expression-parse.c).
 *
 * A parsing function returns false after it has stored an error.  Expressions
 * come in two dialects, which differ in operators and operands:
 *
 *     predicate    || && ! (takes a whole comparison)    aggregates, states
 *     value        |  &  ! (takes the operand after it)  packet variables
 *
 * In a predicate numbers and truth are told apart, and a percentage may be
 * one side of a comparison.
 *
 * Thread-safety: one thread per parser. */

struct event;
struct ofputil_port_map;
struct parser;

struct dialect {
    enum token_type and, or;
    bool is_predicate;
    const char *factor;         /* What may stand as a factor, in words. */

    /* Parses the operand at the current token and pushes it. */
    bool (*operand)(struct parser *, struct expression *);

    /* Pushes 'percent' of count().  Null if not is_predicate. */
    void (*percent)(struct parser *, struct expression *, double percent);
};

struct parser {
    struct lexer lexer;
    const struct dialect *dialect;
    unsigned depth;             /* Nesting of expressions. */

    struct event *event;        /* Under construction. */
    const struct ofputil_port_map *ports;   /* Of the bridge, or null. */
    variable_set variables;     /* Read by the value being parsed. */

    char *error;                /* Owned; the first one found. */
    size_t error_offset;        /* In the lexer's text. */
};

/* Nesting of parentheses and prefix operators. */
#define PARSER_MAX_DEPTH 100

/* Frees what a parser owns, but not its event. */
void parser_uninit(struct parser *);

/* Store an error, unless there is one already, and return false.
 * parser_fail__() takes a malloc()'d message. */
bool parser_fail(struct parser *, size_t offset, const char *format, ...)
    OVS_PRINTF_FORMAT(3, 4);
bool parser_fail__(struct parser *, size_t offset, char *message);

/* The current token is not what should stand here; 'expected' is what should,
 * in words.  Knows the usual mistakes. */
bool parser_unexpected(struct parser *, const char *expected);

/* Skips the token that must stand here. */
bool parser_expect(struct parser *, enum token_type, const char *expected);

/* Parses an expression in 'dialect'.  Where that is a predicate, the whole is
 * a comparison or a combination of some.  Leaves 'dialect' in force, so that
 * what the caller then finds unexpected is reported in its terms. */
bool parser_expression(struct parser *, const struct dialect *,
                       struct expression *);

#endif /* event/parser.h */
