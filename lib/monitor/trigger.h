/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_TRIGGER_H
#define MONITOR_TRIGGER_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "event/trigger-id.h"
#include "monitor/port-history.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/token-bucket.h"
#include "ovs-atomic.h"
#include "report/cause.h"

struct contributor_class;
struct key_space;

/* Why an interval is incomplete. */
struct trigger_why {
    uint64_t interval;          /* Number + 1; 0: unused. */
    cause_set causes;
};

/* What decides which satisfied tests of a key are reported: only where
 * event->report or event->hold_us ask for it. */
struct trigger_run {
    uint64_t n;                 /* Tests satisfied in sequence up to now; only
                                 * for EVENT_REPORT_RISING. */
    bool reported;              /* The first of them was. */
    uint64_t last_end_us;       /* End of the window last reported; 0: none. */
    uint64_t n_held;            /* Reports held back since then. */
};

/* The last window in which something was tested, and what. */
struct trigger_tested {
    uint64_t window;            /* Number + 1; 0: none. */
    uint64_t n_keys;
};

/* A trigger: an event as installed on this switch.
 *
 * Intervals are numbered from the Unix epoch: interval = time /
 * event->interval_us.  What is tested is a window of event->over intervals,
 * which has the number of its last one.  The keys are in a key space, which
 * triggers share (key-space.h).
 *
 * Thread-safety: guarded by the monitor's mutex, but for 'event', 'name' and
 * the reference count.  Never touched by a packet thread. */
struct trigger {
    struct ovs_refcount refs;
    struct hmap_node node;      /* In the monitor's triggers, by name. */
    char name[TRIGGER_ID_MAX + 1];  /* Its id. */
    struct event *event;        /* One reference. */
    uint16_t scope;             /* Of its bridge; 0: sees all. */
    uint64_t cookie;            /* Its owner's, for reports. */
    uint64_t version;           /* Of the trigger table that it came with. */
    bool pending;               /* No table has it yet: not observed. */
    bool removed;               /* Late data of it is dropped. */

    /* Time. */
    uint64_t first_interval;    /* First one that is observed. */
    struct contributor_class *contributors; /* Null: reports name none. */
    struct trigger_why *why;    /* Ring of 'depth'. */
    unsigned history;           /* Windows that can be queried. */

    /* Counters of ports. */
    struct port_history *ports; /* As deep as 'depth'; null in a replay. */
    struct ovs_list port_node;  /* In the gather's 'port_triggers', or
                                 * alone. */

    /* Keys. */
    struct key_space *space;    /* Null if it is not observed. */
    unsigned depth;             /* Intervals in a key's ring. */
    uint64_t n_keys;            /* In the space. */
    uint64_t newest;            /* Last interval with an active key, + 1; not
                                 * always up to date, see key-space.c. */
    uint64_t n_runs;            /* Keys with a run that goes on. */
    struct trigger_run run;     /* Of a trigger with one key, which may come
                                 * and go. */

    /* Figures. */
    uint64_t packets;           /* Matched; see gather_settle(). */
    uint64_t fired;             /* Reports. */
    uint64_t last_fired_us;     /* Start of the interval; 0: never. */
    struct trigger_tested tested;   /* With one key, or in groups that are
                                     * gone. */
    struct trigger_tested all_tested;   /* The same and in all groups, after
                                         * gather_settle(). */
    uint64_t suppressed;        /* Reports beyond the quotas. */

    struct token_bucket reports;    /* Of its own quota. */
    struct owner *owner;        /* Null until it is among the monitor's. */
};

/* How many windows can be kept for queries. */
#define TRIGGER_HISTORY_MAX 64

/* Returns a trigger with one reference. */
struct trigger *trigger_create(const char *name, const struct event *);

/* Lets the latest 'history' windows, at most TRIGGER_HISTORY_MAX, be
 * queried.  To be called before it has keys. */
void trigger_set_history(struct trigger *, unsigned history);

/* The filter by which flows are matched: the event's, and the scope. */
struct filter trigger_filter(const struct trigger *);

struct trigger *trigger_ref(struct trigger *);
void trigger_unref(struct trigger *);

/* Sorts by name. */
void triggers_sort(struct trigger **, size_t n);

/* True if all packets of 'trigger' have one key. */
static inline bool
trigger_has_one_key(const struct trigger *trigger)
{
    return !trigger->event->granularity.n_fields;
}

/* The number of the interval in which 'us' falls. */
static inline uint64_t
trigger_interval_at(const struct trigger *trigger, uint64_t us)
{
    return us / trigger->event->interval_us;
}

/* True if a key of 'trigger' needs a struct trigger_run. */
static inline bool
trigger_needs_run(const struct trigger *trigger)
{
    return (trigger->event->report == EVENT_REPORT_RISING
            || trigger->event->hold_us);
}

/* Adds to 'tested' that 'n_keys' more keys of 'trigger' were tested in
 * 'window', a number + 1. */
void trigger_note_tested(const struct trigger *, struct trigger_tested *tested,
                         uint64_t window, uint64_t n_keys);

/* Windows
 * ======= */

/* The first window that is wholly observed. */
static inline uint64_t
trigger_first_window(const struct trigger *trigger)
{
    return trigger->first_interval + trigger->event->over - 1;
}

static inline uint64_t
trigger_window_start_us(const struct trigger *trigger, uint64_t window)
{
    return ((window + 1 - trigger->event->over)
            * trigger->event->interval_us);
}

static inline uint64_t
trigger_window_end_us(const struct trigger *trigger, uint64_t window)
{
    return (window + 1) * trigger->event->interval_us;
}

/* Notes that 'interval' is incomplete because of 'causes'. */
void trigger_mark(struct trigger *, uint64_t interval, cause_set causes);

/* Returns why 'window', or an earlier one that its values come from, is
 * incomplete. */
cause_set trigger_why(const struct trigger *, uint64_t window);

#endif /* monitor/trigger.h */
