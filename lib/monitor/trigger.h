/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_TRIGGER_H
#define MONITOR_TRIGGER_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "monitor/port-history.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/token-bucket.h"
#include "ovs-atomic.h"
#include "report/report.h"

struct contributor_class;

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

/* A trigger: an event as installed on this switch, with the keys that it has
 * seen and their history.
 *
 * A key's history is a ring of intervals, as deep as the predicate looks
 * back, the running one and the last window included.  Intervals are numbered
 * from the Unix epoch: interval = time / event->interval_us.  Intervals of
 * one trigger are gathered and tested strictly in order.  What is tested is a
 * window of event->over intervals, which has the number of its last one.
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
    uint64_t next_interval;     /* Next one to test: the running one. */
    struct ovs_list due_node;   /* In the monitor's 'due' if... */
    bool due;                   /* ...the running one is to be tested. */
    struct contributor_class *contributors; /* Null: reports name none. */
    struct trigger_why *why;    /* Ring of 'depth'. */
    unsigned history;           /* Windows that can be queried. */

    /* Counters of ports. */
    struct port_history *ports; /* As deep as 'depth'; null in a replay. */
    struct ovs_list port_node;  /* In the gather's 'port_triggers', or
                                 * alone. */

    /* Keys. */
    struct hmap keys;           /* struct trigger_key, by fields. */
    uint64_t secret;            /* For hashing them. */
    struct ovs_list by_age;     /* The same, least recently active first, but
                                 * for those that are... */
    struct ovs_list resting;    /* ...kept for their hold-off only. */
    size_t key_bytes;           /* Memory of one key. */
    size_t run_offset;          /* Of a key's struct trigger_run; 0: none. */
    unsigned depth;             /* Intervals in a key's ring. */
    uint64_t n_runs;            /* Keys with a run that goes on. */
    struct trigger_run run;     /* Of a trigger with one key, which may come
                                 * and go. */

    /* Figures. */
    uint64_t packets;           /* Matched. */
    uint64_t fired;             /* Reports. */
    uint64_t last_fired_us;     /* Start of the interval; 0: never. */
    uint64_t last_keys;         /* Keys of the last interval tested. */
    uint64_t suppressed;        /* Reports beyond the quotas. */

    struct token_bucket reports;    /* Of its own quota. */
    struct owner *owner;        /* Null until it is among the monitor's. */
};

/* How many windows can be kept for queries. */
#define TRIGGER_HISTORY_MAX 64

/* What a key counted in one interval. */
struct trigger_interval {
    uint64_t interval;          /* Number + 1; 0: unused. */
    uint64_t packets;
    struct cell cells[];        /* event->n_measures, then perhaps a struct
                                 * key_contributors. */
};

struct trigger_key {
    struct hmap_node node;      /* In trigger->keys. */
    struct ovs_list age_node;   /* In trigger->by_age. */
    struct flow_fields fields;
    uint64_t last_interval;     /* Last one in which it was active. */
    uint64_t ring[];            /* trigger->depth struct trigger_intervals,
                                 * then perhaps a struct trigger_run. */
};

/* Returns a trigger with one reference. */
struct trigger *trigger_create(const char *name, const struct event *);

/* Lets the latest 'history' windows, at most TRIGGER_HISTORY_MAX, be
 * queried.  To be called before it has keys. */
void trigger_set_history(struct trigger *, unsigned history);

/* The filter by which flows are matched: the event's, and the scope. */
struct filter trigger_filter(const struct trigger *);

struct trigger *trigger_ref(struct trigger *);
void trigger_unref(struct trigger *);

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

/* The port that all packets of 'key' entered by; 0: not one alone.  'key' may
 * be null if 'trigger' has one key. */
static inline uint32_t
trigger_key_port(const struct trigger *trigger, const struct trigger_key *key)
{
    const struct event *event = trigger->event;

    return (event->filter.mask.in_port ? event->filter.value.in_port
            : event->granularity.mask.in_port && key ? key->fields.in_port
            : 0);
}

/* The end of the running interval. */
static inline uint64_t
trigger_end_us(const struct trigger *trigger)
{
    return (trigger->next_interval + 1) * trigger->event->interval_us;
}

static inline uint32_t
trigger_hash_key(const struct trigger *trigger,
                 const struct flow_fields *fields)
{
    return flow_fields_hash(fields, trigger->secret);
}

/* Prefetches the way to the key with 'hash', and then, what is there. */
static inline void
trigger_prefetch_bucket(const struct trigger *trigger, uint32_t hash)
{
    OVS_PREFETCH(&trigger->keys.buckets[hash & trigger->keys.mask]);
}

/* The bucket may be empty: a number, because a null pointer must not be added
 * to. */
static inline void
trigger_prefetch_key(const struct trigger *trigger, uint32_t hash)
{
    uintptr_t key
        = (uintptr_t) trigger->keys.buckets[hash & trigger->keys.mask];

    OVS_PREFETCH_WRITE((const void *) key);
    OVS_PREFETCH_WRITE((const void *) (key + CACHE_LINE_SIZE));
    OVS_PREFETCH_WRITE((const void *) (key + 2 * CACHE_LINE_SIZE));
}

/* Returns what 'ti' knows of contributors; only if trigger->contributors. */
static inline struct key_contributors *
trigger_interval_contributors(const struct trigger *trigger,
                              const struct trigger_interval *ti)
{
    return CONST_CAST(struct key_contributors *,
                      (const struct key_contributors *)
                      &ti->cells[trigger->event->n_measures]);
}

/* Returns the key 'fields', whose hash is 'hash', or null. */
struct trigger_key *trigger_find_key(const struct trigger *,
                                     const struct flow_fields *fields,
                                     uint32_t hash);

/* Adds the key 'fields', whose hash is 'hash' and which is not there. */
struct trigger_key *trigger_add_key(struct trigger *,
                                    const struct flow_fields *fields,
                                    uint32_t hash);

/* Returns what 'key' counted in 'interval', or null for nothing. */
const struct trigger_interval *
trigger_key_interval(const struct trigger *, const struct trigger_key *,
                     uint64_t interval);

/* Returns the same for counting in the running 'interval', empty if it was
 * not active there yet, and makes the key the youngest. */
struct trigger_interval *trigger_key_activate(struct trigger *,
                                              struct trigger_key *,
                                              uint64_t interval);

/* Removes all keys whose history no interval from 'interval' on can need;
 * those that are in hold-off rest.  Returns how many were removed. */
size_t trigger_expire_keys(struct trigger *, uint64_t interval);

/* Removes keys that rest and whose hold-off ended before 'now_us'.  Unless
 * 'forget', not those of which a number held back is still to be reported.
 * Returns how many. */
size_t trigger_expire_resting(struct trigger *, uint64_t now_us, bool forget);

/* Removes all keys.  Returns how many. */
size_t trigger_remove_keys(struct trigger *);

/* Returns the run of 'key' (null: of a trigger with one key), or null if the
 * event needs none. */
struct trigger_run *trigger_get_run(struct trigger *, struct trigger_key *);

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

/* Returns why 'window' is incomplete. */
cause_set trigger_why(const struct trigger *, uint64_t window);

/* True if 'key' was active in any interval of 'window'.  Stores the number of
 * its packets there in '*packets'. */
bool trigger_key_in_window(const struct trigger *, const struct trigger_key *,
                           uint64_t window, uint64_t *packets);

/* Returns a report about 'key' (null: one without packets) in 'window' with
 * 'values'. */
struct report *trigger_make_report(const struct trigger *,
                                   const struct trigger_key *key,
                                   uint64_t window, enum report_type,
                                   const double *values);

#endif /* monitor/trigger.h */
