/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/capture.h"
#include "monitor/monitor.h"
#include "monitor/scatter.h"
#include "monitor/screen-gate.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-rcu.h"
#include "report/report.h"
#include "timeval.h"
#include "util.h"

struct replay {
    const struct replay_options *options;
    struct monitor *monitor;
    struct scatter *scatter;
    uint64_t epoch;             /* Of the last burst. */
    uint64_t satisfied;         /* Reports written. */
    uint64_t cleared;
    struct ds line;

    /* Progress. */
    uint64_t packets;
    uint64_t bursts;
    long long int start_ms;
    long long int next_progress_ms;
    bool progress_shown;        /* The cursor is behind it. */
};

/* How often the terminal's line is written, and how often it is looked at
 * whether it is time. */
#define PROGRESS_INTERVAL_MS 500
#define PROGRESS_CHECK_BURSTS 64
#define PROGRESS_WIDTH 60

/* Why a replay cannot have 'event', or null. */
static const char *
unavailable_field(const struct event *event)
{
    const struct flow_fields *filter = &event->filter.mask;
    const struct flow_fields *key = &event->granularity.mask;

    return (event->counters ? "port()"
            : filter->in_port || key->in_port ? "in_port"
            : filter->tun_id || key->tun_id ? "tun_id"
            : NULL);
}

/* Tells whether a replay can have all of the triggers. */
static char *
check_triggers(const struct replay_options *options)
{
    for (size_t i = 0; i < options->triggers->n; i++) {
        const struct trigger_text *text = &options->triggers->items[i];
        struct event *event;
        const char *field;
        char *error;

        error = trigger_text_parse(text, options->epoch_us, &event);
        if (error) {
            return error;
        }
        field = unavailable_field(event);
        event_unref(event);
        if (field) {
            struct ds ds = DS_EMPTY_INITIALIZER;

            if (text->source.name) {
                ds_put_format(&ds, "%s:%u:%u: ", text->source.name,
                              text->source.line, text->source.column);
            }
            ds_put_format(&ds, "trigger '%s' names %s, which a capture does "
                          "not hold: leave it out, or add the trigger to a "
                          "running switch", text->name, field);
            return ds_steal_cstr(&ds);
        }
    }
    return NULL;
}

static char *
install_triggers(struct monitor *monitor, const struct trigger_texts *texts)
{
    struct trigger_spec *specs = xcalloc(texts->n, sizeof *specs);
    char *error;

    for (size_t i = 0; i < texts->n; i++) {
        specs[i].name = texts->items[i].name;
        specs[i].spec = texts->items[i].spec;
        specs[i].source = texts->items[i].source;
    }
    error = monitor_replace_triggers(monitor, specs, texts->n, 0);
    free(specs);
    return error;
}

/* Clears the progress line, which may share the terminal with reports. */
static void
clear_progress(struct replay *replay)
{
    if (replay->progress_shown) {
        fprintf(replay->options->progress, "\r%*s\r", PROGRESS_WIDTH, "");
        fflush(replay->options->progress);
        replay->progress_shown = false;
    }
}

/* Writes a report; a monitor_deliver. */
static void
write_report(struct report *report, void *replay_)
{
    struct replay *replay = replay_;

    clear_progress(replay);
    ds_clear(&replay->line);
    report_format_json(report, &replay->line);
    ds_put_char(&replay->line, '\n');
    fwrite(replay->line.string, 1, replay->line.length,
           replay->options->output);
    replay->satisfied += report->type == REPORT_SATISFIED;
    replay->cleared += report->type == REPORT_CLEARED;
    report_destroy(report);
}

static void
write_summary(struct replay *replay)
{
    struct thread_status *threads;
    const struct ledger *total;
    size_t n;

    clear_progress(replay);
    n = monitor_list_threads(replay->monitor, &threads);
    total = &threads[n - 1].ledger;
    fprintf(replay->options->output,
            "{\"event\":\"summary\",\"packets\":%"PRIu64
            ",\"counted\":%"PRIu64",\"unmatched\":%"PRIu64
            ",\"not_observed\":%"PRIu64",\"dropped_invalid\":%"PRIu64
            ",\"satisfied\":%"PRIu64,
            total->received, total->counted, total->unmatched,
            ledger_not_observed(total), total->dropped_invalid,
            replay->satisfied);
    if (replay->cleared) {
        fprintf(replay->options->output, ",\"cleared\":%"PRIu64,
                replay->cleared);
    }
    fputs("}\n", replay->options->output);
    thread_status_destroy(threads, n);
}

static double
replay_seconds(const struct replay *replay)
{
    return MAX(time_msec() - replay->start_ms, 1) / 1000.0;
}

static void
write_progress(struct replay *replay, const struct capture *capture)
{
    FILE *progress = replay->options->progress;
    uint64_t done, total;

    if (!replay->options->live || time_msec() < replay->next_progress_ms) {
        return;
    }
    replay->next_progress_ms = time_msec() + PROGRESS_INTERVAL_MS;
    fputc('\r', progress);
    if (capture_get_progress(capture, &done, &total)) {
        fprintf(progress, "%3"PRIu64"%%  ", MIN(100 * done / total, 100));
    }
    fprintf(progress, "%"PRIu64" packets  %.2f Mpps", replay->packets,
            replay->packets / replay_seconds(replay) / 1e6);
    fflush(progress);
    replay->progress_shown = true;
}

static void
write_speed(const struct replay *replay)
{
    if (replay->options->progress) {
        fprintf(replay->options->progress,
                "%"PRIu64" packets in %.2f s (%.2f Mpps)\n",
                replay->packets, replay_seconds(replay),
                replay->packets / replay_seconds(replay) / 1e6);
    }
}

/* Counts what is left of 'burst' when it is screened. */
static void
scatter_screened_burst(struct scatter *scatter, struct burst *burst)
{
    struct screen_gate *gate = scatter_get_gate(scatter);
    const struct screen *screen = screen_gate_get(gate, burst->now_us);

    if (screen) {
        screen_gate_count(gate, screen_burst(screen, burst));
    }
    if (burst->n) {
        scatter_burst(scatter, burst);
    }
}

static void
feed(struct replay *replay, struct capture *capture)
{
    const uint64_t epoch_us = replay->options->epoch_us;
    struct burst burst;

    while (capture_read(capture, &burst)) {
        uint64_t epoch = burst.now_us / epoch_us;

        if (!replay->bursts) {
            replay->epoch = epoch;
        } else if (epoch > replay->epoch) {
            monitor_sweep(replay->monitor, burst.now_us);
            ovsrcu_quiesce();
            replay->epoch = epoch;
        }
        replay->packets += burst.n;
        scatter_screened_burst(replay->scatter, &burst);
        if (!(replay->bursts++ % PROGRESS_CHECK_BURSTS)) {
            write_progress(replay, capture);
        }
    }
    monitor_finish(replay->monitor);
}

/* Replays into a monitor that has the triggers. */
static char *
replay_capture(struct replay *replay)
{
    struct capture *capture;
    char *error;

    /* Within an epoch, nothing that the monitor evaluates depends on when a
     * packet came. */
    error = capture_open(replay->options->capture, replay->options->epoch_us,
                         &capture);
    if (error) {
        return error;
    }
    replay->scatter = monitor_add_thread(replay->monitor, "replay");
    if (!replay->scatter) {
        ignore(capture_close(capture));
        return xstrdup("no memory for the flow table");
    }

    replay->start_ms = time_msec();
    replay->next_progress_ms = replay->start_ms + PROGRESS_INTERVAL_MS;
    feed(replay, capture);
    write_summary(replay);
    error = capture_close(capture);
    if ((fflush(replay->options->output) || ferror(replay->options->output))
        && !error) {
        error = xasprintf("writing reports failed: %s", ovs_strerror(errno));
    }
    write_speed(replay);
    monitor_remove_thread(replay->monitor, replay->scatter);
    return error;
}

char *
replay_run(const struct replay_options *options)
{
    const struct monitor_settings settings = {
        .epoch_us = options->epoch_us,
        .max_flows = MONITOR_DEFAULT_MAX_FLOWS,
        .history = options->history,
        .replay = true,
    };
    struct replay replay = {
        .options = options,
        .line = DS_EMPTY_INITIALIZER,
    };
    char *error;

    error = check_triggers(options);
    if (error) {
        return error;
    }

    replay.monitor = monitor_create(&settings, write_report, &replay);
    if (!replay.monitor) {
        out_of_memory();
    }
    error = install_triggers(replay.monitor, options->triggers);
    if (!error) {
        monitor_set_observe(replay.monitor, options->observe);
        error = replay_capture(&replay);
    }
    monitor_destroy(replay.monitor);
    ds_destroy(&replay.line);
    return error;
}
