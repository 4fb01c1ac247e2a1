/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_LEXER_H
#define EVENT_LEXER_H 1

#include <stdbool.h>
#include <stddef.h>

#include "event/number.h"

/* The tokens of a predicate, each with its place in the text.
 *
 * Thread-safety: one thread per lexer. */

enum token_type {
    TOKEN_END,
    TOKEN_BAD,                  /* No token; 'error' of the lexer says why. */
    TOKEN_NAME,
    TOKEN_NUMBER,
    TOKEN_PERCENT,
    TOKEN_LPAREN,
    TOKEN_RPAREN,
    TOKEN_LBRACKET,
    TOKEN_RBRACKET,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_GT,
    TOKEN_GE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_NOT,
    TOKEN_AND,                  /* & */
    TOKEN_AND_AND,              /* && */
    TOKEN_OR,                   /* | */
    TOKEN_OR_OR,                /* || */
};

struct token {
    enum token_type type;
    size_t offset;              /* In the lexer's text. */
    size_t length;
    double number;              /* Of TOKEN_NUMBER and TOKEN_PERCENT. */
};

struct lexer {
    const char *text;           /* Not owned. */
    struct token token;         /* The current one. */
    struct token previous;      /* The one before, or TOKEN_END. */

    /* Of a TOKEN_BAD. */
    char *error;                /* Owned. */
    size_t error_offset;
};

/* Makes the first token at or after 'offset' in 'text' the current one. */
void lexer_init(struct lexer *, const char *text, size_t offset);
void lexer_uninit(struct lexer *);

/* Moves on to the next token.  TOKEN_END and TOKEN_BAD are not left. */
void lexer_next(struct lexer *);

/* True if the current token is exactly 's'. */
bool lexer_is(const struct lexer *, const char *s);

static inline const char *
lexer_token_text(const struct lexer *lexer)
{
    return lexer->text + lexer->token.offset;
}

#endif /* event/lexer.h */
