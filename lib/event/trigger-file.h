/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_TRIGGER_FILE_H
#define EVENT_TRIGGER_FILE_H 1

#include <stddef.h>

#include "event/event.h"
#include "openvswitch/compiler.h"
#include "simap.h"

/* Named events as text: the lines of trigger files and the arguments of a
 * command line.
 *
 *     # Blank lines and lines that begin with '#' are skipped.
 *     hh: on ip by 5tuple every 10ms when sum(volume) > 125KB
 *
 * Names are checked, and may not be given twice.  Specs are not parsed here,
 * but know where they come from, so that event_parse() can say it.
 *
 * Thread-safety: plain values. */
struct trigger_text {
    char *name;
    char *spec;
    struct event_source source; /* Its name is null for an argument. */
};

struct trigger_texts {
    struct trigger_text *items; /* In order of appearance. */
    size_t n, allocated;
    struct simap by_name;       /* Index + 1 into 'items'. */
};

void trigger_texts_init(struct trigger_texts *);
void trigger_texts_uninit(struct trigger_texts *);

/* Each adds triggers to a set.  They return null or an error that names
 * position and remedy, which the caller must free; the set then has what
 * came before the error. */
char *trigger_texts_add_argument(struct trigger_texts *,
                                 const char *name_is_spec)
    OVS_WARN_UNUSED_RESULT;
char *trigger_texts_add_file(struct trigger_texts *, const char *file_name)
    OVS_WARN_UNUSED_RESULT;

/* Parses 'text' as event_parse() does, and refuses what the monitor cannot
 * evaluate yet.  Errors also name the trigger. */
char *trigger_text_parse(const struct trigger_text *text, uint64_t epoch_us,
                         struct event **) OVS_WARN_UNUSED_RESULT;

#endif /* event/trigger-file.h */
