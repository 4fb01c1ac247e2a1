/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/aggregate.h"

#include <stdlib.h>
#include <string.h>

#include "event/aggregate-parse.h"
#include "event/event.h"
#include "event/suggestion.h"
#include "event/value-parse.h"
#include "util.h"

struct measure_name {
    const char *name;
    enum measure_kind kind;
};

static const struct measure_name functions[] = {
    { "sum", MEASURE_SUM },
    { "max", MEASURE_MAX },
    { "min", MEASURE_MIN },
    { "avg", MEASURE_AVG },
    { "count", MEASURE_COUNT },
};

static const struct measure_name states[] = {
    { "seq", MEASURE_SEQ },
    { "ack", MEASURE_ACK },
    { "dup", MEASURE_DUP },
};

bool
measure_equal(const struct measure *a, const struct measure *b)
{
    return (a->kind == b->kind
            && a->counter == b->counter
            && !a->value == !b->value
            && (!a->value
                || !strcmp(value_text(a->value), value_text(b->value))));
}

static bool
measure_kind_from_name(const struct measure_name *names, size_t n,
                       const char *name, size_t length,
                       enum measure_kind *kind)
{
    for (size_t i = 0; i < n; i++) {
        if (strlen(names[i].name) == length
            && !memcmp(names[i].name, name, length)) {
            *kind = names[i].kind;
            return true;
        }
    }
    return false;
}

bool
aggregate_function_from_name(const char *name, size_t length,
                             enum measure_kind *kind)
{
    return measure_kind_from_name(functions, ARRAY_SIZE(functions),
                                  name, length, kind);
}

bool
aggregate_state_from_name(const char *name, size_t length,
                          enum measure_kind *kind)
{
    return measure_kind_from_name(states, ARRAY_SIZE(states),
                                  name, length, kind);
}

/* Returns the index of 'measure' in 'event', which takes it over. */
static size_t
event_add_measure(struct event *event, const struct measure *measure)
{
    size_t i;

    for (i = 0; i < event->n_measures; i++) {
        if (measure_equal(&event->measures[i], measure)) {
            value_destroy(measure->value);
            return i;
        }
    }
    event->measures = xrealloc(event->measures,
                               (i + 1) * sizeof *event->measures);
    event->measures[event->n_measures++] = *measure;
    return i;
}

/* Returns the index of 'aggregate' in 'event', which takes its text over. */
static uint32_t
event_add_aggregate(struct event *event, const struct aggregate *aggregate)
{
    uint32_t i;

    for (i = 0; i < event->n_aggregates; i++) {
        if (!strcmp(event->aggregates[i].text, aggregate->text)) {
            free(aggregate->text);
            return i;
        }
    }
    event->aggregates = xrealloc(event->aggregates,
                                 (i + 1) * sizeof *event->aggregates);
    event->aggregates[event->n_aggregates++] = *aggregate;
    event->max_lag = MAX(event->max_lag, aggregate->lag);
    return i;
}

/* Parses "[-k]" if it is there. */
static bool
parse_lag(struct parser *parser, unsigned *lag)
{
    struct lexer *lexer = &parser->lexer;
    static const char expected[] = "[-1] .. [-8], so many intervals earlier";

    *lag = 0;
    if (lexer->token.type != TOKEN_LBRACKET) {
        return true;
    }
    lexer_next(lexer);
    if (!parser_expect(parser, TOKEN_MINUS, expected)) {
        return false;
    }
    if (lexer->token.type != TOKEN_NUMBER || lexer->token.length != 1
        || *lexer_token_text(lexer) < '1'
        || *lexer_token_text(lexer) > '0' + AGGREGATE_MAX_LAG) {
        return parser_unexpected(parser, expected);
    }
    *lag = *lexer_token_text(lexer) - '0';
    lexer_next(lexer);
    return parser_expect(parser, TOKEN_RBRACKET, "']'");
}

/* Parses the "[-k]" of an aggregate of 'measure', whose text up to there is
 * 'text'.  Takes both over. */
static bool
finish_aggregate(struct parser *parser, struct expression *expression,
                 const struct measure *measure, char *text)
{
    struct event *event = parser->event;
    struct aggregate aggregate;
    uint32_t index;

    if (!parse_lag(parser, &aggregate.lag)) {
        value_destroy(measure->value);
        free(text);
        return false;
    }
    if (aggregate.lag) {
        aggregate.text = xasprintf("%s[-%u]", text, aggregate.lag);
        free(text);
    } else {
        aggregate.text = text;
    }
    aggregate.measure = event_add_measure(event, measure);
    index = event_add_aggregate(event, &aggregate);
    if (event->top_aggregate == EVENT_TOP_COUNT && !aggregate.lag
        && measure_kind_adds_up(measure->kind)) {
        event->top_aggregate = index;
    }
    expression_push_operand(expression, index);
    return true;
}

static bool
parse_state(struct parser *parser, struct expression *expression,
            enum measure_kind kind)
{
    const struct token *token = &parser->lexer.token;
    const struct measure measure = { .kind = kind };
    char *text;

    if (!parser->event->granularity.has_5tuple) {
        return parser_fail(parser, token->offset, "'%.*s' is the state of one "
                           "flow: expected 5tuple in the granularity",
                           (int) token->length,
                           lexer_token_text(&parser->lexer));
    }
    parser->event->reads_state = true;
    text = xmemdup0(lexer_token_text(&parser->lexer), token->length);
    lexer_next(&parser->lexer);
    return finish_aggregate(parser, expression, &measure, text);
}

/* The current token names no counter. */
static bool
fail_counter(struct parser *parser)
{
    const struct token *token = &parser->lexer.token;
    const char *name = lexer_token_text(&parser->lexer);
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct suggestion suggestion;

    if (token->type != TOKEN_NAME) {
        return parser_unexpected(parser, "a counter such as rx_dropped");
    }
    ds_put_format(&ds, "unknown port counter '%.*s'",
                  (int) MIN(token->length, 32), name);
    suggestion_init(&suggestion, name, token->length);
    for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
        suggestion_offer(&suggestion, port_counter_name(i));
    }
    if (suggestion.best) {
        suggestion_format(&suggestion, &ds);
    } else {
        ds_put_cstr(&ds, ": expected ");
        for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
            ds_put_format(&ds, "%s%s", port_counter_name(i),
                          i + 2 < N_PORT_COUNTERS ? ", "
                          : i + 1 < N_PORT_COUNTERS ? " or " : "");
        }
    }
    return parser_fail__(parser, token->offset, ds_steal_cstr(&ds));
}

/* Parses "port(counter)". */
static bool
parse_port(struct parser *parser, struct expression *expression)
{
    struct lexer *lexer = &parser->lexer;
    struct event *event = parser->event;
    struct measure measure = { .kind = MEASURE_PORT };

    if (!event->granularity.mask.in_port && !event->filter.mask.in_port) {
        return parser_fail(parser, lexer->token.offset, "'port' is about the "
                           "port that packets enter by: expected in_port in "
                           "the granularity or the match");
    }
    lexer_next(lexer);
    if (!parser_expect(parser, TOKEN_LPAREN, "'(' and a counter")) {
        return false;
    } else if (lexer->token.type != TOKEN_NAME
               || !port_counter_from_name(lexer_token_text(lexer),
                                          lexer->token.length,
                                          &measure.counter)) {
        return fail_counter(parser);
    }
    event->counters |= 1u << measure.counter;
    lexer_next(lexer);
    return (parser_expect(parser, TOKEN_RPAREN, "')'")
            && finish_aggregate(parser, expression, &measure,
                                xasprintf("port(%s)", port_counter_name(
                                              measure.counter))));
}

/* Kinds that every flow entry counts are measured as such. */
static void
measure_simplify(struct measure *measure)
{
    enum measure_kind kind = measure->kind;

    if (kind == MEASURE_COUNT && !measure->value) {
        kind = MEASURE_PACKETS;
    } else if (kind == MEASURE_SUM) {
        kind = (value_is_variable(measure->value, VAR_PACKETS)
                ? MEASURE_PACKETS
                : value_is_variable(measure->value, VAR_BYTES)
                ? MEASURE_BYTES
                : value_is_variable(measure->value, VAR_VOLUME)
                ? MEASURE_VOLUME : kind);
    }
    if (measure_kind_is_base(kind)) {
        value_destroy(measure->value);
        measure->value = NULL;
    }
    measure->kind = kind;
}

static bool
parse_function(struct parser *parser, struct expression *expression,
               enum measure_kind kind)
{
    const struct dialect *predicate = parser->dialect;
    const struct token name = parser->lexer.token;
    struct measure measure = { .kind = kind };
    char *text;

    lexer_next(&parser->lexer);
    if (!parser_expect(parser, TOKEN_LPAREN, "'(' and a value")) {
        return false;
    }
    if (kind != MEASURE_COUNT || parser->lexer.token.type != TOKEN_RPAREN) {
        measure.value = value_parse(parser);
        if (!measure.value) {
            return false;
        }
        parser->event->variables |= value_variables(measure.value);
    }
    if (!parser_expect(parser, TOKEN_RPAREN, "an operator or ')'")) {
        value_destroy(measure.value);
        return false;
    }
    parser->dialect = predicate;

    text = xasprintf("%.*s(%s)", (int) name.length,
                     parser->lexer.text + name.offset,
                     measure.value ? value_text(measure.value) : "");
    measure_simplify(&measure);
    return finish_aggregate(parser, expression, &measure, text);
}

/* The current token is a name but no aggregate or state. */
static bool
fail_name(struct parser *parser)
{
    const struct token *token = &parser->lexer.token;
    const char *name = lexer_token_text(&parser->lexer);
    int length = MIN(token->length, 32);
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct suggestion suggestion;
    enum variable variable;

    if (variable_from_name(name, token->length, &variable)) {
        return parser_fail(parser, token->offset, "packet variable '%.*s' "
                           "must stand inside an aggregate, such as "
                           "sum(%.*s)", length, name, length, name);
    } else if (lexer_is(&parser->lexer, "and")
               || lexer_is(&parser->lexer, "or")
               || lexer_is(&parser->lexer, "not")) {
        return parser_unexpected(parser, parser->dialect->factor);
    }

    ds_put_format(&ds, "unknown aggregate '%.*s'", length, name);
    suggestion_init(&suggestion, name, token->length);
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
        suggestion_offer(&suggestion, functions[i].name);
    }
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        suggestion_offer(&suggestion, states[i].name);
    }
    suggestion_offer(&suggestion, "port");
    if (suggestion.best) {
        suggestion_format(&suggestion, &ds);
    } else {
        ds_put_cstr(&ds, ": expected sum, max, min, avg, count, port, or seq, "
                    "ack, dup");
    }
    return parser_fail__(parser, token->offset, ds_steal_cstr(&ds));
}

bool
aggregate_parse(struct parser *parser, struct expression *expression)
{
    const char *name = lexer_token_text(&parser->lexer);
    size_t length = parser->lexer.token.length;
    enum measure_kind kind;

    if (aggregate_function_from_name(name, length, &kind)) {
        return parse_function(parser, expression, kind);
    } else if (aggregate_state_from_name(name, length, &kind)) {
        return parse_state(parser, expression, kind);
    } else if (lexer_is(&parser->lexer, "port")) {
        return parse_port(parser, expression);
    }
    return fail_name(parser);
}

void
aggregate_push_percent(struct parser *parser, struct expression *expression,
                       double percent)
{
    const struct measure measure = { .kind = MEASURE_PACKETS };
    const struct aggregate aggregate = {
        .measure = event_add_measure(parser->event, &measure),
        .text = xstrdup("count()"),
    };

    expression_push_percent(expression, percent,
                            event_add_aggregate(parser->event, &aggregate));
}
