/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef REPORT_REPORTER_H
#define REPORT_REPORTER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "report/report.h"

/* The reporter: a thread that takes reports off a queue, formats each once,
 * keeps the latest, and streams them to the watchers that connect to a unix
 * socket.
 *
 * Usage
 * =====
 *
 *     queue = report_queue_create(REPORTER_QUEUE_CAPACITY);
 *     reporter = reporter_create(queue, "/run/.../trumpet.sock", NULL);
 *     ... report_queue_push(queue, report) on the sweeper ...
 *     reporter_destroy(reporter);
 *     report_queue_destroy(queue);
 *
 * A watcher is sent each report from then on as a line of JSON.  What it
 * writes is ignored.  The process must ignore SIGPIPE, as OVS's daemons do.
 *
 * Thread-safety: all functions may be called by any thread, but
 * reporter_create() and reporter_destroy() only by one.  None of them waits
 * for a watcher. */
struct report_queue;
struct reporter;

/* How many reports wait for the reporter at most. */
#define REPORTER_QUEUE_CAPACITY 65536

/* How many reports are kept for reporter_get_last(). */
#define REPORTER_N_LAST 1000

/* How many watchers are served; others are refused with a line that says
 * so. */
#define REPORTER_MAX_WATCHERS 64

/* Starts the thread.  If nothing can listen at 'socket_path', that is logged,
 * and there are no watchers.  'group' may be null: only the user of the
 * process may connect.  'queue' must outlive the reporter. */
struct reporter *reporter_create(struct report_queue *queue,
                                 const char *socket_path, const char *group);

/* Stops the thread, after it has handled what is queued. */
void reporter_destroy(struct reporter *);

/* From now on members of 'group', null for none, may connect too. */
void reporter_set_group(struct reporter *, const char *group);

/* Who else than watchers wants reports.  The callbacks run on the reporter's
 * thread, before a report is formatted, and must not wait for anything. */
struct report_sink {
    struct ovs_list node;       /* For the reporter. */

    void (*deliver)(struct report_sink *, const struct report *);

    /* 'n' reports were lost that nobody has seen. */
    void (*lose)(struct report_sink *, uint64_t n);

    /* No more reports come for the moment. */
    void (*flush)(struct report_sink *);
};

/* When reporter_remove_sink() returns, no callback runs any more. */
void reporter_add_sink(struct reporter *, struct report_sink *);
void reporter_remove_sink(struct reporter *, struct report_sink *);

/* Appends the latest 'n' reports to 'ds', oldest first, a line each; all that
 * are kept if 'n' is 0. */
void reporter_get_last(struct reporter *, size_t n, struct ds *ds);

struct reporter_status {
    bool listening;
    uint64_t delivered;         /* Reports taken off the queue. */
    uint64_t dropped;           /* Reports that the queue had no room for. */
    size_t n_watchers;
    uint64_t refused;           /* Watchers. */
    uint64_t lost;              /* Reports that slow watchers did not get,
                                 * summed over watchers. */
};
void reporter_get_status(struct reporter *, struct reporter_status *);

#endif /* report/reporter.h */
