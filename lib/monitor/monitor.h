/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "monitor/frame.h"
#include "monitor/ledger.h"
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
struct scatter;

struct monitor_settings {
    uint64_t epoch_us;          /* > 0. */
    uint32_t max_flows;         /* Flow entries per packet thread. */
    bool replay;                /* The table grows as needed, the first
                                 * partial interval is observed, and reports
                                 * are delivered in order. */
};

#define MONITOR_DEFAULT_EPOCH_US 10000
#define MONITOR_DEFAULT_MAX_FLOWS 65536
#define MONITOR_MIN_FLOWS 64
#define MONITOR_MAX_FLOWS (1u << 24)

/* Receives each report and takes ownership.  Called by monitor_sweep() with
 * the monitor's mutex held, so it must not call back and should only pass
 * the report on. */
typedef void monitor_deliver(struct report *, void *aux);

struct monitor *monitor_create(const struct monitor_settings *,
                               monitor_deliver *, void *aux);

/* All threads must have been removed. */
void monitor_destroy(struct monitor *);

const struct monitor_settings *monitor_settings(const struct monitor *);

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
 * has changed. */
char *monitor_add_trigger(struct monitor *, const char *name,
                          const char *spec, uint64_t now_us)
    OVS_WARN_UNUSED_RESULT;
char *monitor_mod_trigger(struct monitor *, const char *name,
                          const char *spec, uint64_t now_us)
    OVS_WARN_UNUSED_RESULT;
char *monitor_del_trigger(struct monitor *, const char *name)
    OVS_WARN_UNUSED_RESULT;
char *monitor_del_all_triggers(struct monitor *) OVS_WARN_UNUSED_RESULT;

/* Puts the 'n' triggers in place of all others, at once; a trigger whose name
 * and normal form stay the same goes on undisturbed. */
struct trigger_spec {
    const char *name;
    const char *spec;
    struct event_source source; /* For errors; name null: "trigger". */
};
char *monitor_replace_triggers(struct monitor *,
                               const struct trigger_spec *, size_t n,
                               uint64_t now_us) OVS_WARN_UNUSED_RESULT;

struct trigger_status {
    char name[TRIGGER_NAME_MAX + 1];
    struct event *event;        /* One reference. */
    uint64_t packets;           /* Matched since it was added. */
    uint64_t keys;              /* In the last interval. */
    uint64_t fired;             /* Reports. */
    uint64_t last_fired_us;     /* Start of the interval, 0: never. */
};

/* Stores the state of all triggers, by name, in a new array '*status'. */
size_t monitor_list_triggers(struct monitor *, struct trigger_status **status);
void trigger_status_destroy(struct trigger_status *, size_t n);

/* Appends to 'reports' a REPORT_OBSERVED for each key of the last complete
 * interval of trigger 'name', most packets first, at most 'top' (0: all). */
char *monitor_dump_keys(struct monitor *, const char *name, size_t top,
                        struct ovs_list *reports) OVS_WARN_UNUSED_RESULT;

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

/* Figures
 * ======= */

struct thread_status {
    char *name;                 /* Owned; "total" for the last one. */
    struct ledger ledger;
    uint32_t flows;             /* Entries in use, incl. idle ones. */
    uint32_t capacity;
};

/* Stores the state of each packet thread and, as the last one, the total, in
 * a new array '*status'; the total includes removed threads. */
size_t monitor_list_threads(struct monitor *, struct thread_status **status);
void thread_status_destroy(struct thread_status *, size_t n);

struct sweep_status {
    uint64_t sweeps;            /* Epochs closed. */
    uint64_t overruns;          /* Epochs with data lost or closed late. */
    uint64_t reports;           /* Satisfied. */
    uint64_t triggers;
    uint64_t patterns;          /* Distinct filter masks. */
    uint64_t keys;
    uint64_t memory_bytes;
    uint32_t p50_us, p99_us, max_us; /* Of the last 1024 sweeps. */
};
void monitor_get_sweep_status(struct monitor *, struct sweep_status *);

#endif /* monitor/monitor.h */
