/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H 1

#include <stdint.h>

#include "event/event.h"
#include "event/trigger-id.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "report/cause.h"
#include "report/port-changes.h"

/* A report: what leaves the monitor about one (trigger, key, interval).
 *
 * Reports are made by the sweeper, mostly for satisfied predicates, and handed
 * on by pointer: whoever receives a report owns it and destroys it.  They are
 * formatted late, off the sweeper, which is why they carry a reference to
 * their event instead of text.
 *
 * Thread-safety: a report belongs to one thread at a time. */

enum report_type {
    REPORT_SATISFIED,           /* "satisfied": the predicate was true. */
    REPORT_CLEARED,             /* "cleared": it no longer is. */
    REPORT_OBSERVED,            /* "observed": asked for, true or not. */
};

/* A flow that contributed to what is reported. */
struct report_flow {
    struct flow_fields flow;    /* By granularity_5tuple; 0: without IP. */
    double value;
};

struct report {
    struct ovs_list node;       /* For the owner. */
    enum report_type type;
    char trigger[TRIGGER_ID_MAX + 1];
    struct event *event;        /* One reference. */
    uint64_t interval_start_us; /* Of the window; Unix time. */
    struct flow_fields key;     /* By event->granularity. */
    uint64_t packets;           /* Of the key that matched in the window. */
    uint64_t seq;               /* Counts what is numbered on this switch. */
    uint64_t cookie;            /* Of the trigger's owner. */
    uint64_t held;              /* Reports held back before a satisfied one. */
    uint64_t lasted_us;         /* What was cleared. */
    cause_set why;              /* Not empty: "complete":false. */
    struct port_changes *causes;    /* Owned; null: nothing moved. */
    struct report_flow *top;    /* [n_top], largest first.  Owned. */
    unsigned n_top;
    bool top_inexact;           /* There may be larger ones. */
    double values[];            /* event->n_aggregates, NaN: undefined. */
};

/* Returns a report with a reference of its own to 'event' and all values
 * undefined. */
struct report *report_create(enum report_type, const char *trigger,
                             const struct event *event);
void report_destroy(struct report *);

/* True if 'report' is of those that 'seq' numbers. */
static inline bool
report_is_numbered(const struct report *report)
{
    return report->type != REPORT_OBSERVED;
}

/* Orders as in 'top': negative if 'a' comes before 'b'. */
int report_flow_compare(const struct report_flow *a,
                        const struct report_flow *b);

/* Orders by end of the interval, then trigger name (bytes), then key. */
int report_compare(const struct report *, const struct report *);

/* Moves the 'n' reports with most packets from 'all' to the end of 'reports',
 * largest first, and destroys the rest. */
void reports_keep_largest(struct ovs_list *all, size_t n,
                          struct ovs_list *reports);

/* Appends the report as one JSON object, without a new line. */
void report_format_json(const struct report *, struct ds *);

/* Appends 'value' as JSON: whole numbers exact, others with all their
 * digits, NaN as null. */
void report_format_number(double value, struct ds *);

#endif /* report/report.h */
