/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_CONTRIBUTORS_H
#define MONITOR_CONTRIBUTORS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "event/flow-fields.h"
#include "report/report.h"

/* Contributors: which 5-tuples made up a key's value, exactly.
 *
 * What a flow contributed to a key is noted when flows are gathered, and
 * looked at only when the key makes a report.  So noting has to be cheap: the
 * flow once, then 24 bytes for each of its keys, one behind the other.
 *
 * Notes are kept by length of the interval, a *class*: all triggers of a class
 * share the boundaries of their intervals, and all that was noted in an
 * interval is dropped at once, when no window needs it any more.  In an
 * interval of several epochs a flow is looked up and its notes are added up;
 * in one of a single epoch, a flow that several packet threads or places had
 * is noted for each, and added up for a report.
 *
 * Memory is bounded; an interval in which there was no more room is known to
 * be inexact.
 *
 * Thread-safety: guarded by the monitor's mutex. */

struct contributors;
struct contributor_class;

struct contributors *contributors_create(uint64_t epoch_us,
                                         uint64_t max_bytes);

/* All classes must have been released. */
void contributors_destroy(struct contributors *);

/* Bytes that are in use, or kept for reuse. */
uint64_t contributors_memory_bytes(const struct contributors *);

/* True if reports of 'event' name contributors. */
static inline bool
contributors_are_wanted(const struct event *event)
{
    return event->top && !event->granularity.is_flow;
}

/* Returns the class for 'event', or null if its reports name none.  The
 * caller must release it. */
struct contributor_class *contributors_get_class(struct contributors *,
                                                 const struct event *);
void contributors_release_class(struct contributors *,
                                struct contributor_class *);

/* Noting
 * ====== */

/* What an interval of a key knows of its contributors; 0 at first. */
struct key_contributors {
    uint32_t first;             /* Note of the one that came last, + 1. */
    uint32_t id;                /* In the class's interval; 0: none yet. */
};

/* Returns the number of the flow with 'fields' in 'interval' of the class, or
 * 0 if there is no room.  'serial' is another one for each flow, never 0, so
 * that it is looked for once, whatever the number of its keys. */
uint32_t contributors_note_flow(struct contributors *,
                                struct contributor_class *,
                                uint64_t interval, uint64_t serial,
                                const struct flow_fields *fields);

/* Notes that flows contributed to keys in 'interval' of which nothing is
 * known: its contributors are not exact. */
void contributors_note_unknown(struct contributor_class *, uint64_t interval);

/* Notes that flow 'number', of the last interval for which there was a flow,
 * contributed 'value' to the key. */
void contributors_note(struct contributors *, struct contributor_class *,
                       uint32_t number, struct key_contributors *,
                       double value);

/* Forgets intervals that no window which ends after 'now_us' needs. */
void contributors_expire(struct contributors *, uint64_t now_us);

/* Reading
 * ======= */

/* Sums up the contributors of one window.
 *
 *     contributors_begin(c);
 *     contributors_add(c, class, interval, &kc);       for each interval
 *     contributors_finish(c, max, report);
 */
void contributors_begin(struct contributors *);
void contributors_add(struct contributors *, const struct contributor_class *,
                      uint64_t interval, const struct key_contributors *);

/* Stores the 'max' largest contributors, at most EVENT_MAX_TOP, in
 * 'report'. */
void contributors_finish(struct contributors *, unsigned max,
                         struct report *);

#endif /* monitor/contributors.h */
