/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/event.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "event/number.h"
#include "event/parser.h"
#include "event/predicate-parse.h"
#include "event/suggestion.h"
#include "unicode.h"
#include "util.h"

/* Bytes of a text and of its normal form. */
#define EVENT_MAX_TEXT 4096

/* The clauses of an event, in the order in which they stand. */
enum clause {
    CLAUSE_ON,
    CLAUSE_BY,
    CLAUSE_EVERY,
    CLAUSE_WHEN,
    N_CLAUSES
};

static const char *const keywords[N_CLAUSES] = { "on", "by", "every", "when" };

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
    uint64_t epoch_us;
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

static bool
word_is_keyword(const struct word *word)
{
    for (size_t i = 0; i < N_CLAUSES; i++) {
        if (word_is(word, keywords[i])) {
            return true;
        }
    }
    return false;
}

/* 'word' is none of the keywords that may follow clause number 'last'. */
static bool
fail_keyword(struct parser *parser, const struct word *word, enum clause first)
{
    struct suggestion suggestion;
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < first; i++) {
        if (word_is(word, keywords[i])) {
            return parser_fail(parser, word->offset, "unexpected '%s': "
                               "expected each of 'on', 'by', 'every', 'when' "
                               "once, in this order", keywords[i]);
        }
    }

    ds_put_cstr(&ds, "expected ");
    for (size_t i = first; i < N_CLAUSES && (first || i < 1); i++) {
        ds_put_format(&ds, "%s'%s'", i == first ? ""
                      : i + 1 < N_CLAUSES ? ", " : " or ", keywords[i]);
    }
    if (!word->length) {
        ds_put_cstr(&ds, ", but the text ends here");
    } else {
        ds_put_format(&ds, ", not '%.*s'", (int) MIN(word->length, 32),
                      word->s);
        suggestion_init(&suggestion, word->s, word->length);
        for (size_t i = first; i < N_CLAUSES; i++) {
            suggestion_offer(&suggestion, keywords[i]);
        }
        if (!suggestion.best && first == CLAUSE_BY
            && strcspn(word->s, "=,") < strcspn(word->s, " \t")) {
            ds_put_cstr(&ds, " (the fields of a match are separated by "
                        "commas, without spaces)");
        }
        suggestion_format(&suggestion, &ds);
    }
    return parser_fail__(parser, word->offset, ds_steal_cstr(&ds));
}

/* Takes the word after keyword 'clause', which is 'what'. */
static bool
take_argument(struct cursor *cursor, enum clause clause, const char *what,
              struct word *word)
{
    *word = cursor_take(cursor, " \t", false);
    if (!word->length || word_is_keyword(word)) {
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
    error = filter_parse(&parser->event->filter, text, &error_offset);
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

static bool
parse_every(struct cursor *cursor)
{
    struct parser *parser = cursor->parser;
    size_t error_offset;
    struct word word, next;
    char *error;

    if (!take_argument(cursor, CLAUSE_EVERY, "a duration such as 10ms",
                       &word)) {
        return false;
    }
    error = number_parse_duration(word.s, word.length,
                                  &parser->event->interval_us, &error_offset);
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

    if (parser->event->interval_us % cursor->epoch_us) {
        struct ds epoch = DS_EMPTY_INITIALIZER;

        number_format_duration(cursor->epoch_us, &epoch);
        parser_fail(parser, word.offset, "interval %.*s is not a multiple of "
                    "the epoch, which is %s", (int) MIN(word.length, 32),
                    word.s, ds_cstr(&epoch));
        ds_destroy(&epoch);
        return false;
    }
    return true;
}

static bool
parse_when(struct cursor *cursor)
{
    struct parser *parser = cursor->parser;

    lexer_init(&parser->lexer, cursor->text, cursor->offset);
    parser->event->predicate = predicate_parse(parser);
    return parser->event->predicate;
}

static bool
parse_clauses(struct cursor *cursor)
{
    static bool (*const parse[])(struct cursor *) = {
        [CLAUSE_ON] = parse_on,
        [CLAUSE_BY] = parse_by,
        [CLAUSE_EVERY] = parse_every,
        [CLAUSE_WHEN] = parse_when,
    };
    enum clause first = CLAUSE_ON;

    for (;;) {
        struct word word = cursor_take(cursor, " \t", true);
        enum clause clause = first;

        while (clause < N_CLAUSES && !word_is(&word, keywords[clause])) {
            clause++;
        }
        if (clause >= N_CLAUSES || (first == CLAUSE_ON && clause != first)) {
            return fail_keyword(cursor->parser, &word, first);
        } else if (!parse[clause](cursor)) {
            return false;
        } else if (clause == CLAUSE_WHEN) {
            return true;
        }
        first = clause + 1;
    }
}

/* So that all messages are one line of text, and names can go into JSON. */
static bool
check_characters(struct parser *parser, const char *text)
{
    char *error;

    for (size_t i = 0; text[i]; i++) {
        if (i >= EVENT_MAX_TEXT) {
            return parser_fail(parser, i, "expected at most %d bytes",
                               EVENT_MAX_TEXT);
        } else if (text[i] != '\t' && iscntrl((unsigned char) text[i])) {
            return parser_fail(parser, i, "unexpected character 0x%02x: "
                               "expected a space or a tab between words",
                               (unsigned char) text[i]);
        }
    }

    error = utf8_validate(text, NULL);
    if (error) {
        free(error);
        return parser_fail(parser, 0, "expected UTF-8 text");
    }
    return true;
}

static bool
check_epoch(struct parser *parser, uint64_t epoch_us)
{
    return (epoch_us
            || parser_fail(parser, 0, "expected an epoch of more than 0"));
}

static void
event_destroy(struct event *event)
{
    for (size_t i = 0; i < event->n_measures; i++) {
        value_destroy(event->measures[i].value);
    }
    for (size_t i = 0; i < event->n_aggregates; i++) {
        free(event->aggregates[i].text);
    }
    free(event->measures);
    free(event->aggregates);
    predicate_destroy(event->predicate);
    free(event->unsupported);
    free(event->text);
    free(event);
}

/* The normal form has parentheses after "!" that the text may lack, so it may
 * be nested too deeply although the text is not. */
static bool
check_nesting(struct parser *parser, const struct event *event)
{
    struct event *scratch = xzalloc(sizeof *scratch);
    struct parser again = { .event = scratch };
    struct ds text = DS_EMPTY_INITIALIZER;
    bool ok;

    scratch->granularity = event->granularity;
    predicate_format(event->predicate, &text);
    lexer_init(&again.lexer, ds_cstr(&text), 0);
    scratch->predicate = predicate_parse(&again);
    ok = scratch->predicate || parser_fail(parser, 0, "%s", again.error);
    parser_uninit(&again);
    event_destroy(scratch);
    ds_destroy(&text);
    return ok;
}

static bool
normalise(struct parser *parser)
{
    struct event *event = parser->event;
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&ds, "on ");
    filter_format(&event->filter, &ds);
    if (event->granularity.n_fields) {
        ds_put_cstr(&ds, " by ");
        granularity_format(&event->granularity, &ds);
    }
    ds_put_cstr(&ds, " every ");
    number_format_duration(event->interval_us, &ds);
    ds_put_cstr(&ds, " when ");
    predicate_format(event->predicate, &ds);
    event->text = ds_steal_cstr(&ds);

    if (strlen(event->text) > EVENT_MAX_TEXT) {
        return parser_fail(parser, 0, "expected at most %d bytes with all "
                           "numbers written out", EVENT_MAX_TEXT);
    }
    return check_nesting(parser, event);
}

static char *
format_error(const struct event_source *source, size_t offset,
             const char *message)
{
    return xasprintf("%s:%u:%"PRIuSIZE": %s",
                     source && source->name ? source->name : "trigger",
                     source ? source->line : 1,
                     (source ? source->column : 1) + offset, message);
}

char *
event_parse(const char *text, const struct event_source *source,
            uint64_t epoch_us, struct event **eventp)
{
    struct event *event = xzalloc(sizeof *event);
    struct parser parser = { .event = event };
    struct cursor cursor = {
        .parser = &parser,
        .text = text,
        .epoch_us = epoch_us,
    };
    char *error = NULL;

    ovs_refcount_init(&event->refs);
    event->interval_us = epoch_us;
    if (!check_characters(&parser, text)
        || !check_epoch(&parser, epoch_us)
        || !parse_clauses(&cursor)
        || !normalise(&parser)) {
        error = format_error(source, parser.error_offset, parser.error);
        event_destroy(event);
        event = NULL;
    } else if (parser.unsupported) {
        event->unsupported = format_error(source, parser.unsupported_offset,
                                          parser.unsupported);
    }
    parser_uninit(&parser);
    *eventp = event;
    return error;
}

char *
event_check_supported(const struct event *event)
{
    return nullable_xstrdup(event->unsupported);
}

struct event *
event_ref(const struct event *event_)
{
    struct event *event = CONST_CAST(struct event *, event_);

    if (event) {
        ovs_refcount_ref(&event->refs);
    }
    return event;
}

void
event_unref(struct event *event)
{
    if (event && ovs_refcount_unref(&event->refs) == 1) {
        event_destroy(event);
    }
}

uint64_t
event_parse_duration(const char *text)
{
    uint64_t duration_us;
    size_t error_offset;
    char *error = number_parse_duration(text, strlen(text), &duration_us,
                                        &error_offset);

    free(error);
    return error ? 0 : duration_us;
}

bool
event_name_is_valid(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    return n >= 1 && n <= 64 && !name[n];
}
