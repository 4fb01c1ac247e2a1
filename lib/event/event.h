/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/aggregate.h"
#include "event/filter.h"
#include "event/granularity.h"
#include "event/port-counter.h"
#include "event/predicate.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-atomic.h"

/* Which satisfied tests of a key are reported. */
enum event_report {
    EVENT_REPORT_EVERY,         /* Each. */
    EVENT_REPORT_RISING,        /* The first of a run, and the run's end. */
};

#define EVENT_MAX_OVER 64
#define EVENT_MAX_TOP 32
#define EVENT_DEFAULT_TOP 5

/* What 'top_aggregate' is for an event without any sum or count. */
#define EVENT_TOP_COUNT SIZE_MAX

/* An event: what a user asks for.
 *
 *     on ip,nw_dst=10.0.128.0/24 by 5tuple every 10ms when sum(bytes) > 125KB
 *        `------ filter -------'    `----'       `--'      `----------------'
 *                                granularity  interval         predicate
 *
 * With options: "every 10ms over 3 when ... report rising hold 1s top 10".
 *
 * Usage
 * =====
 *
 *     struct event *event;
 *     char *error = event_parse(text, NULL, epoch_us, &event);
 *     if (error) {
 *         ... "trigger:1:38: unknown packet variable 'byte' ..." ...
 *         free(error);
 *     } else {
 *         ...
 *         event_unref(event);
 *     }
 *
 * An event is a value: it knows no packets, no time and no switch.  As
 * installed on a switch it is a trigger (lib/monitor).
 *
 * Thread-safety: immutable once parsed and reference counted; any thread. */
struct event {
    struct ovs_refcount refs;
    char *text;                 /* Normal form, parses back to itself. */

    struct filter filter;
    struct granularity granularity;
    uint64_t interval_us;       /* A multiple of the epoch it was parsed for,
                                 * also where the text does not name it. */
    unsigned over;              /* Intervals of the window that is tested. */

    enum event_report report;
    uint64_t hold_us;           /* After a report of a key; 0: none. */
    unsigned top;               /* Flows to name in a report, as written;
                                 * none where granularity.is_flow. */
    size_t top_aggregate;       /* By which they are ranked, with lag 0, or
                                 * EVENT_TOP_COUNT: by packets. */

    struct measure *measures;   /* Distinct. */
    size_t n_measures;
    struct aggregate *aggregates;   /* Distinct by text, in order of first
                                     * appearance; with count() where a
                                     * percentage is used. */
    size_t n_aggregates;
    unsigned max_lag;           /* Largest 'lag' of the aggregates. */
    struct predicate *predicate;

    variable_set variables;     /* All packet variables that it reads. */
    bool reads_state;           /* It reads seq, ack or dup. */
    port_counter_set counters;  /* That it reads by port(). */
};

/* What must be known to evaluate 'event'. */
static inline enum variable_layer
event_layer(const struct event *event)
{
    return (event->reads_state ? VARIABLE_TCP
            : variable_set_layer(event->variables));
}

/* True if segments of the reverse direction make keys of 'event' tested. */
static inline bool
event_hears_reverse(const struct event *event)
{
    return event->reads_state || event->variables & 1u << VAR_RTT;
}

struct ofputil_port_map;

/* How long what is tested is. */
static inline uint64_t
event_window_us(const struct event *event)
{
    return event->over * event->interval_us;
}

/* Where a text comes from, for error messages. */
struct event_source {
    const char *name;           /* "trigger", or the name of a file. */
    unsigned line;              /* Counted from 1. */
    unsigned column;            /* Of the text's first byte, from 1. */
    const struct ofputil_port_map *ports;   /* Of the bridge for which it is:
                                             * in_port may be a number then.
                                             * Null: none. */
};

/* Parses 'text' for a monitor whose epochs last 'epoch_us'.  'source' may be
 * null: "trigger:1:1".  Returns null and stores a new reference in
 * '*eventp', or returns an error that names position and remedy, which the
 * caller must free. */
char *event_parse(const char *text, const struct event_source *source,
                  uint64_t epoch_us, struct event **eventp)
    OVS_WARN_UNUSED_RESULT;

struct event *event_ref(const struct event *);
void event_unref(struct event *);

/* Parses a duration of the language, "10ms".  Returns 0 if it is none. */
uint64_t event_parse_duration(const char *text);

/* True if 'name' may be a trigger's name: [A-Za-z0-9_.-]{1,64}. */
bool event_name_is_valid(const char *name);

#endif /* event/event.h */
