/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "ovs-trumpet.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "event/cost.h"
#include "event/event.h"
#include "event/trigger-file.h"
#include "fatal-signal.h"
#include "monitor/replay.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ovs_trumpet);

/* Prints the normal form of a trigger and what it costs. */
void
trumpet_cmd_check(struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct event *event;
    char *error;

    if (options->given & (1u << TRUMPET_T)) {
        trumpet_check_live(ctx);
        return;
    }
    trumpet_allow_options(ctx, 1u << TRUMPET_EPOCH);
    error = event_parse(ctx->argv[1], NULL, options->epoch_us, &event);
    if (error) {
        trumpet_fail(error);
    }
    event_format_cost(event, &ds);
    printf("%s\n%s", event->text, ds_cstr(&ds));
    ds_destroy(&ds);
    event_unref(event);
}

/* The triggers of -f and -t, files first. */
static char *
read_triggers(const struct trumpet_options *options,
              struct trigger_texts *texts)
{
    const char *item;
    char *error;
    size_t i;

    SVEC_FOR_EACH (i, item, &options->files) {
        error = trigger_texts_add_file(texts, item);
        if (error) {
            return error;
        }
    }
    SVEC_FOR_EACH (i, item, &options->t) {
        error = trigger_texts_add_argument(texts, item);
        if (error) {
            return error;
        }
    }
    return NULL;
}

/* Lets signals end the process at once, wherever it is: a replay does not come
 * by poll_block(), where Open vSwitch would handle them, and has nothing to
 * clean up. */
static void
restore_signals(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

    fatal_signal_init();
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        struct sigaction sa;

        sigaction(signals[i], NULL, &sa);
        if (sa.sa_handler == fatal_signal_handler) {
            signal(signals[i], SIG_DFL);
        }
    }
}

void
trumpet_cmd_replay(struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    bool live = isatty(STDERR_FILENO);
    struct trigger_texts texts;
    struct replay_options replay = {
        .capture = ctx->argv[1],
        .triggers = &texts,
        .epoch_us = options->epoch_us,
        .history = options->history,
        .observe = options->observe,
        .output = stdout,
        .progress = live || VLOG_IS_DBG_ENABLED() ? stderr : NULL,
        .live = live,
    };
    char *error;

    trumpet_allow_options(ctx, (1u << TRUMPET_BURST_GAP
                                | 1u << TRUMPET_BURST_PACKETS
                                | 1u << TRUMPET_EPOCH | 1u << TRUMPET_FILE
                                | 1u << TRUMPET_OBSERVE
                                | 1u << TRUMPET_STATE_LIFE
                                | 1u << TRUMPET_T));
    restore_signals();
    trigger_texts_init(&texts);
    error = read_triggers(options, &texts);
    if (!error) {
        error = replay_run(&replay);
    }
    trigger_texts_uninit(&texts);
    if (error) {
        trumpet_fail(error);
    }
}
