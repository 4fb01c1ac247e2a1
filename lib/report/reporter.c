/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/reporter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "latch.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "report/report-queue.h"
#include "report/report-socket.h"
#include "report/report.h"
#include "report/watcher.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_reporter);

/* Of many reports at once, so many are handed on before the next ones are
 * worked at: the first need not wait for the last, and what a watcher reads
 * meanwhile leaves room in its buffer. */
#define REPORTS_PER_ROUND 64

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

struct reporter {
    pthread_t thread;
    struct latch exit_latch;
    struct report_queue *queue;
    char *socket_path;

    /* Of the thread. */
    struct pstream *listener;   /* Null: could not listen. */
    long long int accept_ms;    /* Not before; after an error. */
    struct ovs_list watchers;   /* Of "struct watcher". */
    size_t n_watchers;
    uint64_t gone_lost;         /* Lost by watchers that are gone. */
    struct ds line;

    /* Written by any but the thread. */
    struct ovs_mutex sinks_mutex;
    struct ovs_list sinks OVS_GUARDED;          /* struct report_sink. */

    /* Written by the thread, read by any. */
    struct ovs_mutex mutex;
    char *last[REPORTER_N_LAST] OVS_GUARDED;    /* Ring of lines. */
    size_t n_last OVS_GUARDED;      /* Lines that were ever put there. */
    struct reporter_status status OVS_GUARDED;
};

static void *reporter_main(void *);

struct reporter *
reporter_create(struct report_queue *queue, const char *socket_path,
                const char *group)
    OVS_NO_THREAD_SAFETY_ANALYSIS
{
    struct reporter *reporter = xzalloc(sizeof *reporter);
    int error;

    latch_init(&reporter->exit_latch);
    reporter->queue = queue;
    reporter->socket_path = xstrdup(socket_path);
    ovs_list_init(&reporter->watchers);
    ds_init(&reporter->line);
    ovs_mutex_init(&reporter->mutex);
    ovs_mutex_init(&reporter->sinks_mutex);
    ovs_list_init(&reporter->sinks);

    error = report_socket_open(socket_path, group, &reporter->listener);
    if (error) {
        VLOG_ERR("%s: cannot listen for watchers (%s)", socket_path,
                 ovs_strerror(error));
    }
    reporter->status.listening = !error;
    reporter->thread = ovs_thread_create("trumpet-report", reporter_main,
                                         reporter);
    return reporter;
}

static void
remove_watcher(struct reporter *reporter, struct watcher *watcher)
{
    ovs_list_remove(&watcher->node);
    reporter->n_watchers--;
    reporter->gone_lost += watcher->n_lost;
    watcher_destroy(watcher);
}

void
reporter_destroy(struct reporter *reporter)
    OVS_NO_THREAD_SAFETY_ANALYSIS
{
    struct watcher *watcher;

    if (!reporter) {
        return;
    }
    latch_set(&reporter->exit_latch);
    xpthread_join(reporter->thread, NULL);

    LIST_FOR_EACH_SAFE (watcher, node, &reporter->watchers) {
        remove_watcher(reporter, watcher);
    }
    pstream_close(reporter->listener);
    for (size_t i = 0; i < REPORTER_N_LAST; i++) {
        free(reporter->last[i]);
    }
    ovs_mutex_destroy(&reporter->mutex);
    ovs_mutex_destroy(&reporter->sinks_mutex);
    ds_destroy(&reporter->line);
    latch_destroy(&reporter->exit_latch);
    free(reporter->socket_path);
    free(reporter);
}

void
reporter_set_group(struct reporter *reporter, const char *group)
{
    if (reporter->listener) {
        report_socket_set_group(reporter->socket_path, group);
    }
}

void
reporter_add_sink(struct reporter *reporter, struct report_sink *sink)
{
    ovs_mutex_lock(&reporter->sinks_mutex);
    ovs_list_push_back(&reporter->sinks, &sink->node);
    ovs_mutex_unlock(&reporter->sinks_mutex);
}

void
reporter_remove_sink(struct reporter *reporter, struct report_sink *sink)
{
    ovs_mutex_lock(&reporter->sinks_mutex);
    ovs_list_remove(&sink->node);
    ovs_mutex_unlock(&reporter->sinks_mutex);
}

void
reporter_get_last(struct reporter *reporter, size_t n, struct ds *ds)
{
    ovs_mutex_lock(&reporter->mutex);
    n = MIN(n ? n : SIZE_MAX, MIN(reporter->n_last, REPORTER_N_LAST));
    for (size_t i = reporter->n_last - n; i < reporter->n_last; i++) {
        ds_put_cstr(ds, reporter->last[i % REPORTER_N_LAST]);
    }
    ovs_mutex_unlock(&reporter->mutex);
}

void
reporter_get_status(struct reporter *reporter, struct reporter_status *status)
{
    ovs_mutex_lock(&reporter->mutex);
    *status = reporter->status;
    ovs_mutex_unlock(&reporter->mutex);
    status->dropped = report_queue_dropped(reporter->queue);
}

/* The thread. */

/* Formats 'report' and hands it to all watchers. */
static void
handle_report(struct reporter *reporter, const struct report *report)
{
    struct ds *line = &reporter->line;
    struct watcher *watcher;
    char **last;

    ds_clear(line);
    report_format_json(report, line);
    ds_put_char(line, '\n');
    LIST_FOR_EACH (watcher, node, &reporter->watchers) {
        watcher_put(watcher, line->string, line->length);
    }

    ovs_mutex_lock(&reporter->mutex);
    last = &reporter->last[reporter->n_last++ % REPORTER_N_LAST];
    free(*last);
    *last = xmemdup0(line->string, line->length);
    reporter->status.delivered++;
    ovs_mutex_unlock(&reporter->mutex);
}

/* Sinks come first: they are in more of a hurry than formatting is. */
static void
serve_sinks(struct reporter *reporter, const struct ovs_list *reports,
            uint64_t n_lost)
{
    const struct report *report;
    struct report_sink *sink;

    if (ovs_list_is_empty(reports) && !n_lost) {
        return;
    }
    ovs_mutex_lock(&reporter->sinks_mutex);
    LIST_FOR_EACH (sink, node, &reporter->sinks) {
        size_t n = 0;

        LIST_FOR_EACH (report, node, reports) {
            sink->deliver(sink, report);
            if (++n % REPORTS_PER_ROUND == 0) {
                sink->flush(sink);
            }
        }
        if (n_lost) {
            sink->lose(sink, n_lost);
        }
        sink->flush(sink);
    }
    ovs_mutex_unlock(&reporter->sinks_mutex);
}

static void
add_watcher(struct reporter *reporter, struct stream *stream)
{
    static const char refusal[] = "{\"event\":\"refused\",\"why\":"
                                  "\"too many watchers\"}\n";
    struct watcher *watcher;

    if (reporter->n_watchers >= REPORTER_MAX_WATCHERS) {
        VLOG_WARN_RL(&rl, "%s: watcher refused, there are %d already",
                     reporter->socket_path, REPORTER_MAX_WATCHERS);
        ignore(stream_send(stream, refusal, strlen(refusal)));
        stream_close(stream);

        ovs_mutex_lock(&reporter->mutex);
        reporter->status.refused++;
        ovs_mutex_unlock(&reporter->mutex);
        return;
    }
    watcher = watcher_create(stream);
    ovs_list_push_back(&reporter->watchers, &watcher->node);
    reporter->n_watchers++;
}

/* Lets in who waits at the socket, a bounded number at a time. */
static void
accept_watchers(struct reporter *reporter)
{
    if (!reporter->listener || time_msec() < reporter->accept_ms) {
        return;
    }
    for (int i = 0; i < REPORTER_MAX_WATCHERS; i++) {
        struct stream *stream;
        int error = pstream_accept(reporter->listener, &stream);

        if (error == EAGAIN) {
            break;
        } else if (error) {
            /* Such as EMFILE, which trying at once would not heal. */
            VLOG_WARN_RL(&rl, "%s: accept failed (%s)",
                         reporter->socket_path, ovs_strerror(error));
            reporter->accept_ms = time_msec() + 1000;
            break;
        }
        add_watcher(reporter, stream);
    }
}

static void
accept_wait(struct reporter *reporter)
{
    if (reporter->listener) {
        if (time_msec() < reporter->accept_ms) {
            poll_timer_wait_until(reporter->accept_ms);
        } else {
            pstream_wait(reporter->listener);
        }
    }
}

static void
run_watchers(struct reporter *reporter)
{
    uint64_t lost;
    struct watcher *watcher;

    LIST_FOR_EACH_SAFE (watcher, node, &reporter->watchers) {
        int error = watcher_run(watcher);

        if (error) {
            VLOG_DBG("watcher is gone (%s)", ovs_retval_to_string(error));
            remove_watcher(reporter, watcher);
        }
    }

    lost = reporter->gone_lost;
    LIST_FOR_EACH (watcher, node, &reporter->watchers) {
        lost += watcher->n_lost;
    }
    ovs_mutex_lock(&reporter->mutex);
    reporter->status.n_watchers = reporter->n_watchers;
    reporter->status.lost = lost;
    ovs_mutex_unlock(&reporter->mutex);
}

static void
handle_queue(struct reporter *reporter)
{
    struct watcher *watcher;
    struct ovs_list reports;
    struct report *report;
    uint64_t n_lost;
    size_t n = 0;

    n_lost = report_queue_pop_all(reporter->queue, &reports);
    serve_sinks(reporter, &reports, n_lost);
    LIST_FOR_EACH_POP (report, node, &reports) {
        handle_report(reporter, report);
        report_destroy(report);
        if (++n % REPORTS_PER_ROUND == 0) {
            run_watchers(reporter);
        }
    }
    if (n_lost) {
        VLOG_WARN_RL(&rl, "%"PRIu64" reports lost, more are made than the "
                     "reporter can handle", n_lost);
        LIST_FOR_EACH (watcher, node, &reporter->watchers) {
            watcher_lose(watcher, n_lost);
        }
    }
}

static void
reporter_wait(struct reporter *reporter, uint64_t queue_seq)
{
    struct watcher *watcher;

    report_queue_wait(reporter->queue, queue_seq);
    accept_wait(reporter);
    LIST_FOR_EACH (watcher, node, &reporter->watchers) {
        watcher_wait(watcher);
    }
    latch_wait(&reporter->exit_latch);
}

static void *
reporter_main(void *reporter_)
{
    struct reporter *reporter = reporter_;
    bool exiting;

    do {
        uint64_t queue_seq = report_queue_seq(reporter->queue);

        exiting = latch_is_set(&reporter->exit_latch);
        accept_watchers(reporter);
        handle_queue(reporter);
        run_watchers(reporter);
        if (!exiting) {
            reporter_wait(reporter, queue_seq);
            poll_block();
        }
    } while (!exiting);
    return NULL;
}
