/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "event/trigger-file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

#define BLANKS " \t"
#define NAME_RULE "a name is 1 to 64 letters, digits, '_', '.' or '-'"

void
trigger_texts_init(struct trigger_texts *texts)
{
    texts->items = NULL;
    texts->n = texts->allocated = 0;
    simap_init(&texts->by_name);
}

void
trigger_texts_uninit(struct trigger_texts *texts)
{
    for (size_t i = 0; i < texts->n; i++) {
        struct trigger_text *text = &texts->items[i];

        free(text->name);
        free(text->spec);
        free(CONST_CAST(char *, text->source.name));
    }
    free(texts->items);
    simap_destroy(&texts->by_name);
}

/* Where an error is, as text that the caller must free. */
static char *
source_position(const struct event_source *source)
{
    return (source->name
            ? xasprintf("%s:%u:%u: ",
                        source->name, source->line, source->column)
            : xstrdup(""));
}

static char *
duplicate_error(const char *name, const struct trigger_text *first)
{
    return (first->source.name
            ? xasprintf("trigger name '%s' was given before (%s:%u)",
                        name, first->source.name, first->source.line)
            : xasprintf("trigger name '%s' was given before", name));
}

/* Adds a trigger whose name is the 'name_len' bytes at 'name'.  'source' is
 * where 'spec' stands. */
static char *
texts_add(struct trigger_texts *texts, const char *name, size_t name_len,
          const char *spec, const struct event_source *source)
{
    struct trigger_text *text;
    char *name_copy = xmemdup0(name, name_len);
    size_t index;
    char *error = NULL;

    index = simap_get(&texts->by_name, name_copy);
    if (!event_name_is_valid(name_copy)) {
        error = xasprintf("'%s' is no trigger name: "NAME_RULE, name_copy);
    } else if (index) {
        error = duplicate_error(name_copy, &texts->items[index - 1]);
    }
    if (error) {
        free(name_copy);
        return error;
    }

    if (texts->n >= texts->allocated) {
        texts->items = x2nrealloc(texts->items, &texts->allocated,
                                  sizeof *texts->items);
    }
    text = &texts->items[texts->n++];
    text->name = name_copy;
    text->spec = xstrdup(spec);
    text->source = *source;
    text->source.name = nullable_xstrdup(source->name);
    simap_put(&texts->by_name, text->name, texts->n);
    return NULL;
}

char *
trigger_texts_add_argument(struct trigger_texts *texts,
                           const char *name_is_spec)
{
    const struct event_source source = { .line = 1, .column = 1 };
    size_t name_len = strcspn(name_is_spec, "=");

    if (!name_is_spec[name_len]) {
        return xasprintf("'%s': expected NAME='SPEC', such as "
                         "hh='on ip when sum(bytes) > 1MB'", name_is_spec);
    }
    return texts_add(texts, name_is_spec, name_len,
                     name_is_spec + name_len + 1, &source);
}

/* Adds the trigger of one line of a file.  On error, 'source->column' is
 * where. */
static char *
texts_add_line(struct trigger_texts *texts, const char *line,
               struct event_source *source)
{
    const char *name = line + strspn(line, BLANKS);
    const char *colon = strchr(name, ':');
    size_t name_len, name_column;
    const char *spec;
    char *error;

    name_column = name - line + 1;
    source->column = name_column;
    if (!*name || *name == '#') {
        return NULL;
    }
    if (!colon) {
        return xstrdup("expected 'NAME: SPEC', or '#' before a comment");
    }

    name_len = colon - name;
    while (name_len && strchr(BLANKS, name[name_len - 1])) {
        name_len--;
    }
    spec = colon + 1 + strspn(colon + 1, BLANKS);
    source->column = spec - line + 1;
    error = texts_add(texts, name, name_len, spec, source);
    if (error) {
        source->column = name_column;
    }
    return error;
}

static char *
texts_add_stream(struct trigger_texts *texts, FILE *stream, const char *name)
{
    struct event_source source = { .name = name };
    struct ds line = DS_EMPTY_INITIALIZER;
    char *problem = NULL;
    char *error = NULL;

    while (!problem && !ds_get_line(&line, stream)) {
        source.line++;
        source.column = 1;
        ds_chomp(&line, '\r');
        if (strlen(ds_cstr(&line)) != line.length) {
            source.column += strlen(ds_cstr(&line));
            problem = xstrdup("a zero byte: this is no text file");
        } else {
            problem = texts_add_line(texts, ds_cstr(&line), &source);
        }
    }
    if (problem) {
        char *position = source_position(&source);

        error = xasprintf("%s%s", position, problem);
        free(position);
        free(problem);
    } else if (ferror(stream)) {
        error = xasprintf("%s: %s", name, ovs_strerror(errno));
    }
    ds_destroy(&line);
    return error;
}

char *
trigger_texts_add_file(struct trigger_texts *texts, const char *file_name)
{
    FILE *stream;
    char *error;

    if (!strcmp(file_name, "-")) {
        return texts_add_stream(texts, stdin, "stdin");
    }
    stream = fopen(file_name, "r");
    if (!stream) {
        return xasprintf("%s: %s", file_name, ovs_strerror(errno));
    }
    error = texts_add_stream(texts, stream, file_name);
    fclose(stream);
    return error;
}

char *
trigger_text_parse(const struct trigger_text *text, uint64_t epoch_us,
                   struct event **eventp)
{
    const struct event_source *source;
    char *error, *named;

    source = text->source.name ? &text->source : NULL;
    error = event_parse(text->spec, source, epoch_us, eventp);
    if (!error || source) {
        return error;
    }
    named = xasprintf("%s: %s", text->name, error);
    free(error);
    return named;
}
