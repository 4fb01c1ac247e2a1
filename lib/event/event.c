/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/event.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "event/clause-parse.h"
#include "event/number.h"
#include "event/parser.h"
#include "event/predicate-parse.h"
#include "event/trigger-id.h"
#include "unicode.h"
#include "util.h"

/* Bytes of a text and of its normal form. */
#define EVENT_MAX_TEXT 4096

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
    filter_uninit(&event->filter);
    free(event->measures);
    free(event->aggregates);
    predicate_destroy(event->predicate);
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

    scratch->filter = event->filter;
    scratch->granularity = event->granularity;
    predicate_format(event->predicate, &text);
    lexer_init(&again.lexer, ds_cstr(&text), 0);
    scratch->predicate = predicate_parse(&again);
    ok = scratch->predicate || parser_fail(parser, 0, "%s", again.error);
    parser_uninit(&again);
    memset(&scratch->filter, 0, sizeof scratch->filter);    /* A copy. */
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
    if (event->over > 1) {
        ds_put_format(&ds, " over %u", event->over);
    }
    ds_put_cstr(&ds, " when ");
    predicate_format(event->predicate, &ds);
    if (event->report == EVENT_REPORT_RISING) {
        ds_put_cstr(&ds, " report rising");
    }
    if (event->hold_us) {
        ds_put_cstr(&ds, " hold ");
        number_format_duration(event->hold_us, &ds);
    }
    if (event->top != EVENT_DEFAULT_TOP) {
        ds_put_format(&ds, " top %u", event->top);
    }
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
    char *error = NULL;

    parser.ports = source ? source->ports : NULL;
    ovs_refcount_init(&event->refs);
    event->interval_us = epoch_us;
    event->over = 1;
    event->top = EVENT_DEFAULT_TOP;
    event->top_aggregate = EVENT_TOP_COUNT;
    if (!check_characters(&parser, text)
        || !check_epoch(&parser, epoch_us)
        || !clauses_parse(&parser, text)
        || !normalise(&parser)) {
        error = format_error(source, parser.error_offset, parser.error);
        event_destroy(event);
        event = NULL;
    }
    parser_uninit(&parser);
    *eventp = event;
    return error;
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

    return n >= 1 && n <= TRIGGER_NAME_MAX && !name[n];
}
