/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/lexer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

struct operator {
    const char *text;
    enum token_type type;
    const char *instead;        /* What to write, for a TOKEN_BAD. */
};

/* In this order: the first that fits is taken. */
static const struct operator operators[] = {
    { ">=", TOKEN_GE, NULL },
    { "<=", TOKEN_LE, NULL },
    { "<>", TOKEN_BAD, "!=" },
    { ">", TOKEN_GT, NULL },
    { "<", TOKEN_LT, NULL },
    { "==", TOKEN_EQ, NULL },
    { "=>", TOKEN_BAD, ">=" },
    { "=<", TOKEN_BAD, "<=" },
    { "=!", TOKEN_BAD, "!=" },
    { "=", TOKEN_BAD, "==" },
    { "!=", TOKEN_NE, NULL },
    { "!", TOKEN_NOT, NULL },
    { "&&", TOKEN_AND_AND, NULL },
    { "&", TOKEN_AND, NULL },
    { "||", TOKEN_OR_OR, NULL },
    { "|", TOKEN_OR, NULL },
    { "(", TOKEN_LPAREN, NULL },
    { ")", TOKEN_RPAREN, NULL },
    { "[", TOKEN_LBRACKET, NULL },
    { "]", TOKEN_RBRACKET, NULL },
    { "+", TOKEN_PLUS, NULL },
    { "-", TOKEN_MINUS, NULL },
    { "*", TOKEN_STAR, NULL },
    { "/", TOKEN_SLASH, NULL },
};

static size_t
scan_name(const char *s)
{
    size_t n = 0;

    while (isalnum((unsigned char) s[n]) || s[n] == '_') {
        n++;
    }
    return n;
}

static void
lexer_scan_number(struct lexer *lexer, const char *s)
{
    struct number number;
    size_t error_offset;

    lexer->error = number_scan(s, &number, &error_offset);
    if (lexer->error) {
        lexer->error_offset = lexer->token.offset + error_offset;
        return;
    }
    lexer->token.type = (number.kind == NUMBER_PERCENT ? TOKEN_PERCENT
                         : TOKEN_NUMBER);
    lexer->token.length = number.length;
    lexer->token.number = number.value;
}

static char *
bad_character(const char *s)
{
    int n = 1;

    if (*s == '.' && isdigit((unsigned char) s[1])) {
        return xstrdup("expected a digit before the decimal point, as in "
                       "0.5");
    } else if (*s == '%') {
        return xstrdup("unexpected '%': expected a percentage such as 10%, "
                       "without a space");
    }
    while (((unsigned char) s[n] & 0xc0) == 0x80) {
        n++;
    }
    return xasprintf("unexpected character '%.*s'", n, s);
}

static void
lexer_scan_operator(struct lexer *lexer, const char *s)
{
    const struct operator *op;

    lexer->error_offset = lexer->token.offset;
    for (op = operators; op < &operators[ARRAY_SIZE(operators)]; op++) {
        size_t length = strlen(op->text);

        if (!strncmp(s, op->text, length)) {
            lexer->token.type = op->type;
            lexer->token.length = length;
            if (op->type == TOKEN_BAD) {
                lexer->error = xasprintf("'%s' is no operator: write '%s'",
                                         op->text, op->instead);
            }
            return;
        }
    }
    lexer->error = bad_character(s);
}

static void
lexer_scan(struct lexer *lexer, size_t offset)
{
    const char *s;

    offset += strspn(lexer->text + offset, " \t");
    s = lexer->text + offset;
    lexer->token = (struct token) { .type = TOKEN_BAD, .offset = offset };
    if (!*s) {
        lexer->token.type = TOKEN_END;
    } else if (isdigit((unsigned char) *s)) {
        lexer_scan_number(lexer, s);
    } else if (scan_name(s)) {
        lexer->token.type = TOKEN_NAME;
        lexer->token.length = scan_name(s);
    } else {
        lexer_scan_operator(lexer, s);
    }
}

void
lexer_init(struct lexer *lexer, const char *text, size_t offset)
{
    *lexer = (struct lexer) { .text = text };
    lexer->previous.type = TOKEN_END;
    lexer_scan(lexer, offset);
}

void
lexer_uninit(struct lexer *lexer)
{
    free(lexer->error);
}

void
lexer_next(struct lexer *lexer)
{
    const struct token *token = &lexer->token;

    if (token->type != TOKEN_END && token->type != TOKEN_BAD) {
        lexer->previous = *token;
        lexer_scan(lexer, token->offset + token->length);
    }
}

bool
lexer_is(const struct lexer *lexer, const char *s)
{
    return (lexer->token.length == strlen(s)
            && !memcmp(lexer_token_text(lexer), s, lexer->token.length));
}
