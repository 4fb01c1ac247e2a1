/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/clause-parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "event/number.h"
#include "event/predicate-parse.h"
#include "event/suggestion.h"
#include "util.h"

/* The clauses in the order in which they stand, then the options. */
enum clause {
    CLAUSE_ON,
    CLAUSE_BY,
    CLAUSE_EVERY,
    CLAUSE_OVER,
    CLAUSE_WHEN,
    N_CLAUSES,

    OPTION_REPORT = N_CLAUSES,
    OPTION_HOLD,
    OPTION_TOP,
    N_KEYWORDS
};

static const char *const keywords[N_KEYWORDS] = {
    "on", "by", "every", "over", "when", "report", "hold", "top"
};

/* A piece of the text. */
struct word {
    const char *s;
    size_t offset;
    size_t length;
};

/* Where the clauses are read from; predicates have tokens of their own. */
struct cursor {
    struct parser *parser;
    const char *text;
    size_t offset;
};

static struct word
cursor_take(struct cursor *cursor, const char *delimiters, bool keyword)
{
    struct word word;

    cursor->offset += strspn(cursor->text + cursor->offset, " \t");
    word.offset = cursor->offset;
    word.s = cursor->text + word.offset;
    word.length = strcspn(word.s, delimiters);
    if (keyword) {
        size_t n = 0;

        while (n < word.length && (isalnum((unsigned char) word.s[n])
                                   || word.s[n] == '_')) {
            n++;
        }
        word.length = n ? n : word.length;
    }
    cursor->offset += word.length;
    return word;
}

static bool
word_is(const struct word *word, const char *s)
{
    return word->length == strlen(s) && !memcmp(word->s, s, word->length);
}

/* Returns the keyword from 'first' to before 'end' that 'word' is, or
 * 'end'. */
static enum clause
word_find(const struct word *word, enum clause first, enum clause end)
{
    while (first < end && !word_is(word, keywords[first])) {
        first++;
    }
    return first;
}

static void
put_keywords(enum clause first, enum clause end, struct ds *ds)
{
    for (enum clause i = first; i < end; i++) {
        ds_put_format(ds, "%s'%s'", i == first ? "" : i + 1 < end ? ", "
                      : " or ", keywords[i]);
    }
}

/* Appends that 'word' is none of the keywords from 'first' to before
 * 'end'. */
static void
put_unexpected(const struct word *word, enum clause first, enum clause end,
               struct ds *ds)
{
    struct suggestion suggestion;

    if (!word->length) {
        ds_put_cstr(ds, ", but the text ends here");
        return;
    }
    ds_put_format(ds, ", not '%.*s'", (int) MIN(word->length, 32), word->s);
    suggestion_init(&suggestion, word->s, word->length);
    for (enum clause i = first; i < end; i++) {
        suggestion_offer(&suggestion, keywords[i]);
    }
    if (!suggestion.best && first == CLAUSE_BY
        && strcspn(word->s, "=,") < strcspn(word->s, " \t")) {
        ds_put_cstr(ds, " (the fields of a match are separated by commas, "
                    "without spaces)");
    }
    suggestion_format(&suggestion, ds);
}

/* 'word' is none of the keywords from 'first' on, which may follow. */
static bool
fail_keyword(struct parser *parser, const struct word *word, enum clause first)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (word_find(word, 0, first) < first) {
        return parser_fail(parser, word->offset, "unexpected '%.*s': expected "
                           "each of 'on', 'by', 'every', 'over', 'when' once, "
                           "in this order", (int) word->length, word->s);
    } else if (word_find(word, N_CLAUSES, N_KEYWORDS) < N_KEYWORDS) {
        return parser_fail(parser, word->offset, "'%.*s' stands behind the "
                           "predicate: expected 'when' first",
                           (int) word->length, word->s);
    }

    ds_put_cstr(&ds, "expected ");
    put_keywords(first, first ? N_CLAUSES : CLAUSE_ON + 1, &ds);
    put_unexpected(word, first, N_CLAUSES, &ds);
    return parser_fail__(parser, word->offset, ds_steal_cstr(&ds));
}

/* Takes the word after keyword 'clause', which is 'what'. */
static bool
take_argument(struct cursor *cursor, enum clause clause, const char *what,
              struct word *word)
{
    *word = cursor_take(cursor, " \t", false);
    if (!word->length || word_find(word, 0, N_KEYWORDS) < N_KEYWORDS) {
        return parser_fail(cursor->parser, word->offset,
                           "expected %s after '%s'", what, keywords[clause]);
    }
    return true;
}

static bool
parse_on(struct cursor *cursor)
{
    struct parser *parser = cursor->parser;
    size_t error_offset;
    struct word word;
    char *text, *error;

    if (!take_argument(cursor, CLAUSE_ON, "'any' or a flow match such as "
                       "tcp,nw_dst=10.0.0.0/8", &word)) {
        return false;
    }
    text = xmemdup0(word.s, word.length);
    error = filter_parse(&parser->event->filter, text, parser->ports,
                         &error_offset);
    free(text);
    return (!error
            || parser_fail__(parser, word.offset + error_offset, error));
}

static bool
parse_by(struct cursor *cursor)
{
    struct parser *parser = cursor->parser;
    size_t error_offset;
    struct word word;
    char *text, *error;

    if (!take_argument(cursor, CLAUSE_BY, "'none' or fields such as "
                       "nw_src/24,tp_dst", &word)) {
        return false;
    }
    text = xmemdup0(word.s, word.length);
    error = granularity_parse(&parser->event->granularity, text,
                              &error_offset);
    free(text);
    return (!error
            || parser_fail__(parser, word.offset + error_offset, error));
}

/* Parses the duration after keyword 'clause', a multiple of 'unit_us', which
 * is 'unit'.  'name' is what it is itself. */
static bool
parse_duration(struct cursor *cursor, enum clause clause, const char *name,
               uint64_t unit_us, const char *unit, uint64_t *duration_us)
{
    struct parser *parser = cursor->parser;
    size_t error_offset;
    struct word word, next;
    char *error;

    if (!take_argument(cursor, clause, "a duration such as 10ms", &word)) {
        return false;
    }
    error = number_parse_duration(word.s, word.length, duration_us,
                                  &error_offset);
    if (error && error_offset == word.length) {
        next = cursor_take(cursor, " \t", true);
        if (number_is_unit(next.s, next.length)) {
            free(error);
            return parser_fail(parser, next.offset, "unexpected space before "
                               "the unit: write %.*s%.*s",
                               (int) MIN(word.length, 32), word.s,
                               (int) next.length, next.s);
        }
    }
    if (error) {
        return parser_fail__(parser, word.offset + error_offset, error);
    }

    if (*duration_us % unit_us) {
        struct ds ds = DS_EMPTY_INITIALIZER;

        number_format_duration(unit_us, &ds);
        parser_fail(parser, word.offset, "%s %.*s is not a multiple of "
                    "the %s, which is %s", name, (int) MIN(word.length, 32),
                    word.s, unit, ds_cstr(&ds));
        ds_destroy(&ds);
        return false;
    }
    return true;
}

static bool
parse_every(struct cursor *cursor)
{
    struct event *event = cursor->parser->event;

    /* Until now, the interval is the epoch. */
    return parse_duration(cursor, CLAUSE_EVERY, "interval",
                          event->interval_us, "epoch", &event->interval_us);
}

/* Parses the number after keyword 'clause', 'min' to 'max' of 'what'. */
static bool
parse_number(struct cursor *cursor, enum clause clause, const char *what,
             unsigned min, unsigned max, unsigned *number, struct word *word)
{
    struct parser *parser = cursor->parser;
    char *expected = xasprintf("a number of %s, %u to %u,", what, min, max);
    bool ok = take_argument(cursor, clause, expected, word);

    if (ok) {
        unsigned value = 0;

        for (size_t i = 0; i < word->length; i++) {
            if (!isdigit((unsigned char) word->s[i]) || value > max) {
                value = max + 1;
                break;
            }
            value = value * 10 + (word->s[i] - '0');
        }
        *number = value;
        ok = (value >= min && value <= max)
            || parser_fail(parser, word->offset, "expected %s not '%.*s'",
                           expected, (int) MIN(word->length, 32), word->s);
    }
    free(expected);
    return ok;
}

static bool
parse_over(struct cursor *cursor)
{
    struct parser *parser = cursor->parser;
    struct event *event = parser->event;
    struct word word;

    if (!parse_number(cursor, CLAUSE_OVER, "intervals", 1, EVENT_MAX_OVER,
                      &event->over, &word)) {
        return false;
    } else if (event->interval_us > INT64_MAX / event->over) {
        return parser_fail(parser, word.offset, "window is too long");
    }
    return true;
}

static bool
parse_when(struct cursor *cursor)
{
    struct parser *parser = cursor->parser;

    lexer_init(&parser->lexer, cursor->text, cursor->offset);
    parser->event->predicate = predicate_parse(parser);
    cursor->offset = parser->lexer.token.offset;
    return parser->event->predicate;
}

static bool
parse_report(struct cursor *cursor)
{
    struct parser *parser = cursor->parser;
    struct event *event = parser->event;
    struct word word = cursor_take(cursor, " \t", false);
    static const char *const modes[] = {
        [EVENT_REPORT_EVERY] = "every",
        [EVENT_REPORT_RISING] = "rising",
    };
    struct suggestion suggestion;
    struct ds ds = DS_EMPTY_INITIALIZER;

    suggestion_init(&suggestion, word.s, word.length);
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        if (word_is(&word, modes[i])) {
            event->report = i;
            return true;
        }
        suggestion_offer(&suggestion, modes[i]);
    }

    ds_put_cstr(&ds, "expected 'every' or 'rising' after 'report'");
    if (word.length) {
        ds_put_format(&ds, ", not '%.*s'", (int) MIN(word.length, 32),
                      word.s);
        suggestion_format(&suggestion, &ds);
    }
    return parser_fail__(parser, word.offset, ds_steal_cstr(&ds));
}

static bool
parse_hold(struct cursor *cursor)
{
    struct event *event = cursor->parser->event;

    return parse_duration(cursor, OPTION_HOLD, "hold-off", event->interval_us,
                          "interval", &event->hold_us);
}

static bool
parse_top(struct cursor *cursor)
{
    struct event *event = cursor->parser->event;
    struct word word;

    return parse_number(cursor, OPTION_TOP, "flows", 0, EVENT_MAX_TOP,
                        &event->top, &word);
}

static bool (*const parse_keyword[N_KEYWORDS])(struct cursor *) = {
    [CLAUSE_ON] = parse_on,
    [CLAUSE_BY] = parse_by,
    [CLAUSE_EVERY] = parse_every,
    [CLAUSE_OVER] = parse_over,
    [CLAUSE_WHEN] = parse_when,
    [OPTION_REPORT] = parse_report,
    [OPTION_HOLD] = parse_hold,
    [OPTION_TOP] = parse_top,
};

/* Parses the options behind the predicate. */
static bool
parse_options(struct cursor *cursor)
{
    struct parser *parser = cursor->parser;
    bool seen[N_KEYWORDS] = { false };

    for (;;) {
        struct word word = cursor_take(cursor, " \t", true);
        enum clause option = word_find(&word, N_CLAUSES, N_KEYWORDS);

        if (!word.length) {
            return true;
        } else if (word_find(&word, 0, N_CLAUSES) < N_CLAUSES) {
            return parser_fail(parser, word.offset, "expected '%.*s' before "
                               "the predicate", (int) word.length, word.s);
        } else if (option == N_KEYWORDS) {
            struct ds ds = DS_EMPTY_INITIALIZER;

            ds_put_cstr(&ds, "expected ");
            for (enum clause i = N_CLAUSES; i < N_KEYWORDS; i++) {
                if (!seen[i]) {
                    ds_put_format(&ds, "'%s' or ", keywords[i]);
                }
            }
            ds_put_cstr(&ds, "the end");
            put_unexpected(&word, N_CLAUSES, N_KEYWORDS, &ds);
            return parser_fail__(parser, word.offset, ds_steal_cstr(&ds));
        } else if (seen[option]) {
            return parser_fail(parser, word.offset, "'%s' is given twice",
                               keywords[option]);
        } else if (!parse_keyword[option](cursor)) {
            return false;
        }
        seen[option] = true;
    }
}

bool
clauses_parse(struct parser *parser, const char *text)
{
    struct cursor cursor = { .parser = parser, .text = text };
    enum clause first = CLAUSE_ON;

    for (;;) {
        struct word word = cursor_take(&cursor, " \t", true);
        enum clause clause = word_find(&word, first, N_CLAUSES);

        if (clause >= N_CLAUSES || (first == CLAUSE_ON && clause != first)) {
            return fail_keyword(parser, &word, first);
        } else if (!parse_keyword[clause](&cursor)) {
            return false;
        } else if (clause == CLAUSE_WHEN) {
            return parse_options(&cursor);
        }
        first = clause + 1;
    }
}

bool
lexer_is_option(const struct lexer *lexer)
{
    const struct word word = {
        .s = lexer_token_text(lexer),
        .length = lexer->token.length,
    };

    return word_find(&word, N_CLAUSES, N_KEYWORDS) < N_KEYWORDS;
}

void
clauses_offer_options(struct suggestion *suggestion)
{
    for (enum clause i = N_CLAUSES; i < N_KEYWORDS; i++) {
        suggestion_offer(suggestion, keywords[i]);
    }
}
