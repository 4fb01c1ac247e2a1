/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/parser.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

void
parser_uninit(struct parser *parser)
{
    lexer_uninit(&parser->lexer);
    free(parser->error);
}

bool
parser_fail__(struct parser *parser, size_t offset, char *message)
{
    if (parser->error) {
        free(message);
    } else {
        parser->error = message;
        parser->error_offset = offset;
    }
    return false;
}

bool
parser_fail(struct parser *parser, size_t offset, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    parser_fail__(parser, offset, xvasprintf(format, args));
    va_end(args);
    return false;
}

/* Returns what to write instead of the current token, if it is an operator of
 * another language or of the other dialect, otherwise null. */
static const char *
right_operator(const struct parser *parser)
{
    const struct lexer *lexer = &parser->lexer;
    bool is_predicate = parser->dialect->is_predicate;

    switch ((int) lexer->token.type) {
    case TOKEN_AND:
    case TOKEN_AND_AND:
        return is_predicate ? "&&" : "&";
    case TOKEN_OR:
    case TOKEN_OR_OR:
        return is_predicate ? "||" : "|";
    case TOKEN_NAME:
        if (lexer_is(lexer, "and") || lexer_is(lexer, "AND")) {
            return is_predicate ? "&&" : "&";
        } else if (lexer_is(lexer, "or") || lexer_is(lexer, "OR")) {
            return is_predicate ? "||" : "|";
        } else if (lexer_is(lexer, "not") || lexer_is(lexer, "NOT")) {
            return "!";
        }
        return NULL;
    default:
        return NULL;
    }
}

bool
parser_unexpected(struct parser *parser, const char *expected)
{
    struct lexer *lexer = &parser->lexer;
    const struct token *token = &lexer->token;
    const char *text = lexer_token_text(lexer);
    int length = MIN(token->length, 32);
    const char *instead = right_operator(parser);

    if (token->type == TOKEN_BAD) {
        char *error = lexer->error;

        lexer->error = NULL;
        return parser_fail__(parser, lexer->error_offset, error);
    } else if (instead && !lexer_is(lexer, instead)) {
        return parser_fail(parser, token->offset, "write '%s' %s, not '%.*s'",
                           instead,
                           (parser->dialect->is_predicate
                            ? "in a predicate" : "inside an aggregate"),
                           length, text);
    } else if (lexer->previous.type == TOKEN_NUMBER
               && token->type == TOKEN_NAME
               && number_is_unit(text, token->length)) {
        return parser_fail(parser, token->offset, "unexpected space before "
                           "the unit: write %.*s%.*s",
                           (int) MIN(lexer->previous.length, 32),
                           lexer->text + lexer->previous.offset,
                           length, text);
    } else if (token->type == TOKEN_PERCENT) {
        return parser_fail(parser, token->offset, "a percentage must stand "
                           "alone as one side of a comparison of the "
                           "predicate");
    } else if (token->type == TOKEN_END) {
        return parser_fail(parser, token->offset,
                           "expected %s, but the text ends here", expected);
    }
    return parser_fail(parser, token->offset, "expected %s, not '%.*s'",
                       expected, length, text);
}

bool
parser_expect(struct parser *parser, enum token_type type,
              const char *expected)
{
    if (parser->lexer.token.type != type) {
        return parser_unexpected(parser, expected);
    }
    lexer_next(&parser->lexer);
    return true;
}
