/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/outlet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "latch.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "ovs-thread.h"
#include "report/outlet-provider.h"
#include "timeval.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_outlet_lost);

#define RETRY_MS 1000

/* Lines on their way. */
struct outlet_buffer {
    struct ds lines;
    uint64_t n_reports;
};

struct outlet {
    struct report_sink sink;
    struct outlet_settings settings;    /* Immutable; owned copies. */
    struct sset triggers;
    const struct outlet_class *class;
    pthread_t thread;
    struct latch wake;          /* There are lines. */
    struct latch exit;

    /* Of the reporter's thread. */
    struct ds scratch;

    /* Of the outlet's thread. */
    void *state;
    struct outlet_buffer taken;
    long long int retry_ms;     /* Not open before. */

    struct ovs_mutex mutex;
    struct outlet_buffer pending OVS_GUARDED;
    uint64_t lost_now OVS_GUARDED;  /* Not told yet. */
    uint64_t n_reports OVS_GUARDED;
    uint64_t n_lost OVS_GUARDED;
    char *error OVS_GUARDED;
};

/* On the reporter's thread. */

static struct outlet *
outlet_cast(struct report_sink *sink)
{
    return CONTAINER_OF(sink, struct outlet, sink);
}

static void
lose(struct outlet *outlet, uint64_t n)
    OVS_REQUIRES(outlet->mutex)
{
    COVERAGE_ADD(trumpet_outlet_lost, n);
    outlet->lost_now += n;
    outlet->n_lost += n;
}

/* Says how many reports are missing here.  Once reports are lost, more are
 * until half of the buffer is free: few long gaps are better than many short
 * ones. */
static void
put_lost_line(struct outlet *outlet)
    OVS_REQUIRES(outlet->mutex)
{
    if (outlet->lost_now
        && outlet->pending.lines.length <= OUTLET_BUFFER_BYTES / 2) {
        ds_put_format(&outlet->pending.lines,
                      "{\"event\":\"lost\",\"reports\":%"PRIu64"}\n",
                      outlet->lost_now);
        outlet->lost_now = 0;
    }
}

static void
outlet_deliver(struct report_sink *sink, const struct report *report)
{
    struct outlet *outlet = outlet_cast(sink);
    struct ds *line = &outlet->scratch;

    if (!sset_is_empty(&outlet->triggers)
        && !sset_contains(&outlet->triggers, report->trigger)) {
        return;
    }
    ds_clear(line);
    report_format_json(report, line);
    ds_put_char(line, '\n');

    ovs_mutex_lock(&outlet->mutex);
    put_lost_line(outlet);
    if (outlet->lost_now
        || (outlet->pending.lines.length + line->length
            > OUTLET_BUFFER_BYTES)) {
        lose(outlet, 1);
    } else {
        ds_put_buffer(&outlet->pending.lines, line->string, line->length);
        outlet->pending.n_reports++;
    }
    ovs_mutex_unlock(&outlet->mutex);
}

/* Nobody knows of which trigger they were. */
static void
outlet_lose(struct report_sink *sink, uint64_t n)
{
    struct outlet *outlet = outlet_cast(sink);

    ovs_mutex_lock(&outlet->mutex);
    lose(outlet, n);
    ovs_mutex_unlock(&outlet->mutex);
}

static void
outlet_flush(struct report_sink *sink)
{
    struct outlet *outlet = outlet_cast(sink);
    bool any;

    ovs_mutex_lock(&outlet->mutex);
    put_lost_line(outlet);
    any = outlet->pending.lines.length > 0;
    ovs_mutex_unlock(&outlet->mutex);
    if (any) {
        latch_set(&outlet->wake);
    }
}

/* On the outlet's thread. */

/* Sets or clears the error, of which this takes ownership. */
static void
set_error(struct outlet *outlet, char *error)
{
    ovs_mutex_lock(&outlet->mutex);
    free(outlet->error);
    outlet->error = error;
    ovs_mutex_unlock(&outlet->mutex);
}

static bool
try_open(struct outlet *outlet)
{
    char *error;

    if (time_msec() < outlet->retry_ms) {
        return false;
    }
    error = outlet->class->open(outlet->state);
    set_error(outlet, error);
    if (error) {
        outlet->retry_ms = time_msec() + RETRY_MS;
    }
    return !error;
}

/* Writes what is pending.  What cannot be written, perhaps in part, is lost,
 * lest it stand there twice. */
static void
write_pending(struct outlet *outlet)
{
    struct outlet_buffer *taken = &outlet->taken;
    char *error;

    ovs_mutex_lock(&outlet->mutex);
    struct outlet_buffer swap = outlet->pending;
    outlet->pending = *taken;
    *taken = swap;
    ovs_mutex_unlock(&outlet->mutex);

    if (!taken->lines.length) {
        return;
    }
    error = outlet->class->write(outlet->state, taken->lines.string,
                                 taken->lines.length);

    ovs_mutex_lock(&outlet->mutex);
    if (error) {
        lose(outlet, taken->n_reports);
    } else {
        outlet->n_reports += taken->n_reports;
    }
    ovs_mutex_unlock(&outlet->mutex);
    if (error) {
        set_error(outlet, error);
        outlet->retry_ms = time_msec() + RETRY_MS;
    }
    ds_clear(&taken->lines);
    taken->n_reports = 0;
}

static void
outlet_wait(struct outlet *outlet, bool opened)
{
    if (opened) {
        latch_wait(&outlet->wake);
        if (outlet->class->wait) {
            outlet->class->wait(outlet->state);
        }
    } else {
        poll_timer_wait_until(outlet->retry_ms);
    }
    latch_wait(&outlet->exit);
}

static void *
outlet_main(void *outlet_)
{
    struct outlet *outlet = outlet_;
    bool exiting;

    do {
        exiting = latch_is_set(&outlet->exit);

        bool opened = try_open(outlet);

        if (opened) {
            latch_poll(&outlet->wake);
            write_pending(outlet);
            if (outlet->class->run) {
                outlet->class->run(outlet->state);
            }
        }
        if (!exiting) {
            outlet_wait(outlet, opened);
            poll_block();
        }
    } while (!exiting);
    return NULL;
}

/* On its owner's thread. */

struct outlet *
outlet_create(const struct outlet_settings *settings)
    OVS_NO_THREAD_SAFETY_ANALYSIS
{
    struct outlet *outlet = xzalloc(sizeof *outlet);

    outlet->sink.deliver = outlet_deliver;
    outlet->sink.lose = outlet_lose;
    outlet->sink.flush = outlet_flush;
    outlet->settings = *settings;
    outlet->settings.path = xstrdup(settings->path);
    outlet->settings.group = nullable_xstrdup(settings->group);
    sset_clone(&outlet->triggers, settings->triggers);
    outlet->settings.triggers = &outlet->triggers;
    outlet->class = (settings->type == OUTLET_FILE ? &outlet_file_class
                     : &outlet_socket_class);
    latch_init(&outlet->wake);
    latch_init(&outlet->exit);
    ds_init(&outlet->scratch);
    ovs_mutex_init(&outlet->mutex);
    ds_init(&outlet->pending.lines);
    ds_init(&outlet->taken.lines);
    outlet->retry_ms = LLONG_MIN;
    outlet->state = outlet->class->create(&outlet->settings);
    outlet->thread = ovs_thread_create("trumpet-outlet", outlet_main, outlet);
    return outlet;
}

void
outlet_destroy(struct outlet *outlet)
    OVS_NO_THREAD_SAFETY_ANALYSIS
{
    if (!outlet) {
        return;
    }
    latch_set(&outlet->exit);
    xpthread_join(outlet->thread, NULL);
    outlet->class->destroy(outlet->state);
    latch_destroy(&outlet->wake);
    latch_destroy(&outlet->exit);
    ds_destroy(&outlet->scratch);
    ds_destroy(&outlet->pending.lines);
    ds_destroy(&outlet->taken.lines);
    ovs_mutex_destroy(&outlet->mutex);
    sset_destroy(&outlet->triggers);
    free(CONST_CAST(char *, outlet->settings.path));
    free(CONST_CAST(char *, outlet->settings.group));
    free(outlet->error);
    free(outlet);
}

struct report_sink *
outlet_sink(struct outlet *outlet)
{
    return &outlet->sink;
}

void
outlet_get_status(struct outlet *outlet, struct outlet_status *status)
{
    ovs_mutex_lock(&outlet->mutex);
    status->reports = outlet->n_reports;
    status->lost = outlet->n_lost;
    status->error = nullable_xstrdup(outlet->error);
    ovs_mutex_unlock(&outlet->mutex);
}
