/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "monitor/cost.h"
#include "monitor/durations.h"
#include "monitor/frame.h"
#include "monitor/guard.h"
#include "monitor/history-settings.h"
#include "monitor/ledger.h"
#include "monitor/owner.h"
#include "monitor/tcp-oddity.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "report/report.h"

/* The packet monitor: triggers in, packets in, reports out.
 *
 * One monitor serves all packet threads of a process.  Each packet thread
 * matches and scatters into a 'struct scatter' of its own (scatter.h);
 * monitor_sweep() gathers over all of them at the end of each epoch, tests
 * the predicates and reports.  Design: Trumpet, SIGCOMM 2016,
 * with the sweep moved from the packet thread to a thread of its own.
 *
 * Usage
 * =====
 *
 *     struct monitor *m = monitor_create(&settings, deliver, aux);
 *     error = monitor_add_trigger(m, "hh", "on ip by 5tuple when ...");
 *     struct scatter *s = monitor_add_thread(m, "pmd-c01", capacity);
 *     ... scatter_burst(s, &burst) for each burst, on the packet thread ...
 *     monitor_sweep(m, now_us);        on the sweeper, once an epoch
 *     monitor_remove_thread(m, s);
 *     monitor_destroy(m);
 *
 * Time is an argument everywhere: Unix time in microseconds.
 *
 * Thread-safety: scatter_burst() runs on its packet thread and takes no lock.
 * All functions of this header may be called by any other thread; they
 * exclude each other by a mutex that no packet thread ever takes. */
struct monitor;
struct port_counters;
struct scatter;
struct smap;

struct monitor_settings {
    uint64_t epoch_us;          /* > 0. */
    uint32_t max_flows;         /* Flow entries per packet thread. */
    struct history_settings history;    /* All 0: the usual ones. */
    bool replay;                /* The table grows as needed, the first
                                 * partial interval is observed, and reports
                                 * are delivered in order. */
};

bool monitor_settings_equal(const struct monitor_settings *,
                            const struct monitor_settings *);

#define MONITOR_DEFAULT_EPOCH_US 10000
#define MONITOR_DEFAULT_MAX_FLOWS 65536
#define MONITOR_MIN_FLOWS 64
#define MONITOR_MAX_FLOWS (1u << 24)

/* Receives each report and takes ownership.  Called by monitor_sweep() with
 * the monitor's mutex held, so it must not call back and should only pass
 * the report on. */
typedef void monitor_deliver(struct report *, void *aux);

/* Returns null if memory could not be had. */
struct monitor *monitor_create(const struct monitor_settings *,
                               monitor_deliver *, void *aux);

/* All threads must have been removed. */
void monitor_destroy(struct monitor *);

const struct monitor_settings *monitor_settings(const struct monitor *);

/* Where the counters of ports are to be added (port-counters.h), if anyone
 * samples them; null in a replay. */
struct port_counters *monitor_port_counters(struct monitor *);

/* Packet threads
 * ==============
 *
 * monitor_add_thread() returns null if memory could not be had.  After
 * monitor_remove_thread() no burst may be given to 'scatter'; what it has
 * counted is still gathered, and its ledger stays in the total. */
struct scatter *monitor_add_thread(struct monitor *, const char *name);
void monitor_remove_thread(struct monitor *, struct scatter *);

/* Triggers
 * ========
 *
 * A trigger is observed from the first whole interval after it was added.
 * Errors are returned as text that the caller must free, and then nothing
 * has changed.
 *
 * Each trigger has an owner (owner.h), and only the owner may change it.
 * 'name' is a trigger's id (event/trigger-id.h): one with a bridge sees only
 * what the bridge's ports receive.
 *
 * The first group of functions is for the operator, whose changes are in
 * force when they return; monitor_del_all_triggers() and
 * monitor_replace_triggers() leave alone what others own. */
char *monitor_add_trigger(struct monitor *, const char *name,
                          const char *spec, uint64_t now_us)
    OVS_WARN_UNUSED_RESULT;
char *monitor_mod_trigger(struct monitor *, const char *name,
                          const char *spec, uint64_t now_us)
    OVS_WARN_UNUSED_RESULT;
char *monitor_del_trigger(struct monitor *, const char *name,
                          uint64_t now_us)
    OVS_WARN_UNUSED_RESULT;
char *monitor_del_all_triggers(struct monitor *, uint64_t now_us)
    OVS_WARN_UNUSED_RESULT;

/* Puts the 'n' triggers in place of all others of the operator, at once; a
 * trigger whose name and normal form stay the same goes on undisturbed.  They
 * may have any owner, and no quota applies. */
struct trigger_spec {
    const char *name;
    const char *spec;
    struct event_source source; /* For errors; name null: "trigger". */
    const char *owner;          /* Null or "": the operator. */
    uint64_t cookie;            /* Comes back in reports. */
    unsigned history;           /* Intervals to keep for monitor_query(), at
                                 * most TRIGGER_HISTORY_MAX. */
};
char *monitor_replace_triggers(struct monitor *,
                               const struct trigger_spec *, size_t n,
                               uint64_t now_us) OVS_WARN_UNUSED_RESULT;

/* The second group is for many changes by anybody.  They are staged one by
 * one, cheaply and with all checks, and come into force together:
 *
 *     error = monitor_stage(monitor, STAGE_ADD, &spec, &why);
 *     ...
 *     error = monitor_commit(monitor, now_us);     once in a while
 *
 * A staged trigger is listed and has its name; one that is removed is gone at
 * once.  Any function of the first group commits, too. */
enum stage_op {
    STAGE_ADD,                  /* There must be none of this name. */
    STAGE_MODIFY,               /* There must be one. */
    STAGE_PUT,                  /* Either; the same again is no change. */
};

enum stage_error {
    STAGE_OK,
    STAGE_BAD_NAME,
    STAGE_BAD_SPEC,
    STAGE_EXISTS,
    STAGE_UNKNOWN,              /* No such trigger. */
    STAGE_NOT_OWNER,
    STAGE_QUOTA_TRIGGERS,
    STAGE_QUOTA_PATTERNS,
    STAGE_BUDGET,
};

char *monitor_stage(struct monitor *, enum stage_op,
                    const struct trigger_spec *, enum stage_error *)
    OVS_WARN_UNUSED_RESULT;

/* Removes trigger 'name' of 'owner' (null: whoever owns it). */
char *monitor_stage_removal(struct monitor *, const char *name,
                            const char *owner, enum stage_error *)
    OVS_WARN_UNUSED_RESULT;

/* Removes all triggers of 'owner' on 'bridge' (null: anywhere); returns how
 * many. */
size_t monitor_stage_removals(struct monitor *, const char *owner,
                              const char *bridge);

/* How many changes wait for monitor_commit(). */
uint64_t monitor_n_staged(struct monitor *);

/* Puts in force what was staged.  If there is no memory for that, returns an
 * error; it may be tried again. */
char *monitor_commit(struct monitor *, uint64_t now_us)
    OVS_WARN_UNUSED_RESULT;

/* Quotas of owners, see owner.h.  They do not remove what is there. */
void monitor_set_quotas(struct monitor *, const struct quotas *);

/* Cost
 * ====
 *
 * What monitoring costs is measured a second at a time; what a trigger would
 * cost is foreseen from that and from a sample of the packets (forecast.h).
 * With a budget, a trigger is refused if with it monitoring would take more
 * of a packet thread's CPU, or so much of the sweeper's that it would not keep
 * up.  Triggers that are there stay, whatever they come to cost.
 *
 * 'percent' is of one packet thread's CPU time; 0: no budget. */
void monitor_set_budget(struct monitor *, double percent);

/* Appends lines for people on what 'event' would cost as the trigger 'name'
 * (null: of no bridge).  Returns an error if it would be refused. */
char *monitor_foresee(struct monitor *, const char *name,
                      const struct event *, struct ds *)
    OVS_WARN_UNUSED_RESULT;

struct thread_cost {
    char *name;                 /* Owned. */
    double packets_hz;
    double cycles;              /* For each packet. */
    double percent;             /* Of its CPU. */
};

struct cost_status {
    double budget;              /* Percent; 0: none. */
    bool known;                 /* Something was measured; else all 0. */
    struct thread_cost *threads;
    size_t n_threads;
    double sweep_us;            /* CPU time in each epoch. */
    double sweep_percent;       /* Of its CPU. */
    struct cost_model model;
};

/* Stores what the last second cost in '*status'. */
void monitor_get_cost_status(struct monitor *, struct cost_status *status);
void cost_status_uninit(struct cost_status *);

/* Says on which bridge each interface is.  To be committed. */
void monitor_set_bridges(struct monitor *, const struct smap *bridges);

/* Lets all triggers begin with the interval that is running at 'now_us',
 * incomplete because of a restart.  To be called before the monitor has a
 * packet thread. */
void monitor_observe_running(struct monitor *, uint64_t now_us);

/* What is where
 * ============= */

struct trigger_status {
    char name[TRIGGER_ID_MAX + 1];
    struct event *event;        /* One reference. */
    uint64_t packets;           /* Matched since it was added. */
    uint64_t keys;              /* In the last interval. */
    uint64_t fired;             /* Reports. */
    uint64_t last_fired_us;     /* Start of the interval, 0: never. */
    uint64_t suppressed;        /* Reports beyond the quotas. */
    char *owner;                /* Owned; "" for the operator. */
    uint64_t cookie;
    unsigned history;
    bool pending;               /* Not committed yet. */
};

/* Stores the state of all triggers, by name, in a new array '*status'. */
size_t monitor_list_triggers(struct monitor *, struct trigger_status **status);
void trigger_status_destroy(struct trigger_status *, size_t n);

/* What the trigger called 'name' did, as above. */
struct trigger_figures {
    const char *name;
    bool exists;                /* Else the others are 0. */
    uint64_t packets, keys, fired, last_fired_us;
};

/* Completes the 'n' figures, whose names are given. */
void monitor_get_figures(struct monitor *, struct trigger_figures *, size_t n);

/* Returns a new reference to the event of trigger 'name', or null. */
struct event *monitor_get_event(struct monitor *, const char *name);

struct owner_status {
    char *name;                 /* Owned; "" for the operator. */
    uint64_t triggers;
    uint64_t patterns;
    uint64_t suppressed;        /* Reports beyond its quota. */
};

/* Stores the state of all owners that have triggers, by name, in a new array
 * '*status'. */
size_t monitor_list_owners(struct monitor *, struct owner_status **status);
void owner_status_destroy(struct owner_status *, size_t n);

/* Appends to 'reports' a REPORT_OBSERVED for each key of the last complete
 * interval of trigger 'name', most packets first, at most 'top' (0: all). */
char *monitor_dump_keys(struct monitor *, const char *name, size_t top,
                        struct ovs_list *reports) OVS_WARN_UNUSED_RESULT;

/* Appends to 'reports' a REPORT_OBSERVED for 'key' of trigger 'name', or for
 * all its keys if null, in the interval that contains 'time_us' (0: the last
 * complete one); most packets first.  Values of a key without packets are
 * those of an interval without packets.  The interval must have ended, must
 * have been observed, and must be among the trigger's 'history' last ones. */
enum query_error {
    QUERY_OK,
    QUERY_UNKNOWN,              /* No such trigger. */
    QUERY_NOT_ENDED,
    QUERY_NOT_OBSERVED,         /* The trigger was not there yet. */
    QUERY_FORGOTTEN,            /* Longer ago than the history. */
};
enum query_error monitor_query(struct monitor *, const char *name,
                               uint64_t time_us,
                               const struct flow_fields *key,
                               struct ovs_list *reports);

/* Appends to 'ds' which triggers a packet with 'fields' matches, with which
 * key, and why not the others. */
void monitor_trace(struct monitor *, const struct flow_fields *fields,
                   struct ds *ds);

/* From now on each interval of each trigger also delivers a REPORT_OBSERVED
 * for its 'k' largest keys.  0: none. */
void monitor_set_observe(struct monitor *, size_t k);

/* Sweeping
 * ========
 *
 * Closes all epochs that ended at or before 'now_us': gathers what the packet
 * threads counted, tests each interval that ended, delivers reports.  A
 * packet thread that is still in the middle of an older burst is waited for
 * a moment only; its epoch is then closed by the next call.  Returns false in
 * that case. */
bool monitor_sweep(struct monitor *, uint64_t now_us);

/* When the next epoch ends. */
uint64_t monitor_next_sweep_us(const struct monitor *, uint64_t now_us);

/* Of a replay, after its last burst: gathers everything and tests each
 * trigger's interval that the last packet falls into. */
void monitor_finish(struct monitor *);

/* Marks the running interval of each trigger as incomplete for 'cause', and
 * while 'lasting' each later one too. */
void monitor_mark_incomplete(struct monitor *, enum cause, bool lasting);

/* To be called at 'now_us' before the next sweep, if it seems that no thread
 * of the process ran for a while.  Packets that came in the meantime were lost
 * or are counted too late, so observation goes on with the first interval that
 * begins after the running epoch.  Those before that are not tested, but for
 * those that had begun before the interruption and those that go on, which are
 * marked.  Returns false if packets were counted in the meantime, and then
 * does nothing. */
bool monitor_interrupt(struct monitor *, uint64_t now_us);

/* Figures
 * ======= */

struct thread_status {
    char *name;                 /* Owned; "total" for the last one. */
    struct ledger ledger;
    uint32_t flows;             /* Entries in use, incl. idle ones. */
    uint32_t capacity;
    struct guard_status guard;  /* Of the total: on if any is, the highest
                                 * threshold, the sum. */
};

/* Stores the state of each packet thread and, as the last one, the total, in
 * a new array '*status'; the total includes removed threads. */
size_t monitor_list_threads(struct monitor *, struct thread_status **status);
void thread_status_destroy(struct thread_status *, size_t n);

/* Of flows that match triggers which need more than single packets. */
struct history_status {
    uint64_t flows;
    uint64_t connections;
    uint64_t capacity;          /* Of flows, and of connections. */
    uint64_t n_unlogged;        /* Packets that no log had room for, ever. */
    uint64_t n_untracked;       /* Those of flows without room, ever. */
    uint64_t oddities[N_TCP_ODDITIES];  /* Odd segments, tcp-oddity.h. */
};
void monitor_get_history_status(struct monitor *, struct history_status *);

struct sweep_status {
    uint64_t sweeps;            /* Epochs closed. */
    uint64_t overruns;          /* Epochs with data lost or closed late. */
    uint64_t reports;           /* Satisfied. */
    struct suppressed_reports suppressed;   /* Of these. */
    uint64_t triggers;
    uint64_t patterns;          /* Distinct filter masks. */
    uint64_t keys;
    uint64_t keys_refused;      /* For want of room, ever; each anew in each
                                 * interval. */
    uint64_t memory_bytes;
    struct duration_percentiles took;
};
void monitor_get_sweep_status(struct monitor *, struct sweep_status *);

#endif /* monitor/monitor.h */
