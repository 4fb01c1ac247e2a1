/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "ovs-trumpet.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dirs.h"
#include "event/event.h"
#include "latch.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "stream.h"
#include "util.h"

struct watch {
    const char *trigger;        /* Whose reports to print, null: all. */
    unsigned n_reports;         /* Printed. */
    unsigned max_reports;       /* 0: no limit. */
    struct ds line;             /* The one that is being received. */
};

/* Set by SIGINT and SIGTERM. */
static struct latch interrupted;

static void
handle_signal(int signal_number OVS_UNUSED)
{
    latch_set(&interrupted);    /* NOLINT: it only writes to a pipe. */
}

/* Stops waiting at the user's wish, which is how most watches end.  A signal
 * that is ignored, as SIGINT by a script's background process, stays so. */
static void
catch_signals(void)
{
    static const int signals[] = { SIGINT, SIGTERM };

    latch_init(&interrupted);
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        if (signal(signals[i], handle_signal) == SIG_IGN) {
            signal(signals[i], SIG_IGN);
        }
    }
}

/* Returns the trigger that 'line' is about, null if about none (such as
 * lost reports).  The caller must free it. */
static char *
line_trigger(const char *line)
{
    struct json *json = json_from_string(line);
    char *trigger = NULL;

    if (json->type == JSON_OBJECT) {
        const struct json *member;

        member = shash_find_data(json_object(json), "trigger");
        if (member && member->type == JSON_STRING) {
            trigger = xstrdup(json_string(member));
        }
    }
    json_destroy(json);
    return trigger;
}

/* Prints a complete line unless it is about another trigger.  Returns false
 * after the last one that was asked for. */
static bool
watch_line(struct watch *watch)
{
    char *trigger = line_trigger(ds_cstr(&watch->line));
    bool report = trigger != NULL;

    if (!report || !watch->trigger || !strcmp(trigger, watch->trigger)) {
        puts(ds_cstr(&watch->line));
        watch->n_reports += report;
    }
    free(trigger);
    return !watch->max_reports || watch->n_reports < watch->max_reports;
}

/* Handles 'n' bytes that were received.  Returns false at the end. */
static bool
watch_bytes(struct watch *watch, const char *bytes, size_t n)
{
    while (n) {
        const char *newline = memchr(bytes, '\n', n);
        size_t chunk = newline ? newline - bytes : n;

        ds_put_buffer(&watch->line, bytes, chunk);
        if (!newline) {
            break;
        }
        if (!watch_line(watch)) {
            return false;
        }
        ds_clear(&watch->line);
        bytes += chunk + 1;
        n -= chunk + 1;
    }
    return true;
}

/* Prints what comes until the end.  Returns 0 or an errno value. */
static int
watch_stream(struct watch *watch, struct stream *stream)
{
    char buffer[65536];

    while (!latch_is_set(&interrupted)) {
        int n = stream_recv(stream, buffer, sizeof buffer);

        if (n > 0) {
            bool more = watch_bytes(watch, buffer, n);

            fflush(stdout);
            if (!more) {
                break;
            }
        } else if (n == -EAGAIN) {
            stream_run(stream);
            stream_run_wait(stream);
            stream_recv_wait(stream);
            latch_wait(&interrupted);
            poll_block();
        } else if (n != -EINTR) {
            return -n;          /* 0: the switch closed the stream. */
        }
    }
    return 0;
}

static struct stream *
open_socket(const char *path)
{
    char *name = xasprintf("unix:%s", path);
    struct stream *stream;
    int error;

    error = stream_open_block(stream_open(name, &stream, DSCP_DEFAULT), -1,
                              &stream);
    if (error == ENOENT || error == ECONNREFUSED) {
        ovs_fatal(error, "cannot connect to \"%s\": ovs-vswitchd is not "
                  "running, has no Trumpet, or has it switched off "
                  "(other_config:trumpet-enable)", path);
    } else if (error) {
        ovs_fatal(error, "cannot connect to \"%s\"", path);
    }
    free(name);
    return stream;
}

void
trumpet_cmd_watch(struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct watch watch = {
        .trigger = ctx->argv[1],
        .max_reports = options->count,
        .line = DS_EMPTY_INITIALIZER,
    };
    struct stream *stream;
    char *path;
    int error;

    trumpet_allow_options(ctx, 1u << TRUMPET_COUNT | 1u << TRUMPET_SOCKET);
    if (watch.trigger && !event_name_is_valid(watch.trigger)) {
        ovs_fatal(0, "'%s' is no trigger name", watch.trigger);
    }
    path = (options->socket
            ? abs_file_name(NULL, options->socket)
            : xasprintf("%s/trumpet.sock", ovs_rundir()));

    catch_signals();
    stream = open_socket(path);
    error = watch_stream(&watch, stream);
    stream_close(stream);
    latch_destroy(&interrupted);
    if (error) {
        ovs_fatal(error, "%s: receive failed", path);
    }
    free(path);
    ds_destroy(&watch.line);
}
