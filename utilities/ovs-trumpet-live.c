/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "ovs-trumpet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "dirs.h"
#include "event/trigger-file.h"
#include "jsonrpc.h"
#include "openvswitch/dynamic-string.h"
#include "unixctl.h"
#include "util.h"

/* Commands to the running switch go over the control socket that ovs-appctl
 * uses too; it is found in the same way. */

#define DEFAULT_TARGET "ovs-vswitchd"

static const char *
parse_target(const struct trumpet_options *options)
{
    if (options->t.n > 1) {
        ovs_fatal(0, "-t or --target may be specified only once");
    }
    return options->t.n ? options->t.names[0] : DEFAULT_TARGET;
}

/* Returns the name of the control socket of 'target', a program or a
 * socket. */
static char *
target_socket_name(const char *target)
{
    char *pidfile, *name;
    pid_t pid;

    if (target[0] == '/') {
        return xstrdup(target);
    }
    pidfile = xasprintf("%s/%s.pid", ovs_rundir(), target);
    pid = read_pidfile(pidfile);
    if (pid == -ENOENT || pid == -ESRCH) {
        ovs_fatal(0, "%s is not running (no process holds \"%s\"): start it, "
                  "or name its pidfile or control socket with --target; "
                  "\"replay\" and \"check\" need no switch",
                  target, pidfile);
    } else if (pid < 0) {
        ovs_fatal(-pid, "cannot read pidfile \"%s\"", pidfile);
    }
    name = xasprintf("%s/%s.%ld.ctl", ovs_rundir(), target, (long int) pid);
    free(pidfile);
    return name;
}

static struct jsonrpc *
connect_to_target(const char *target)
{
    char *socket_name = target_socket_name(target);
    struct jsonrpc *client;
    int error;

    error = unixctl_client_create(socket_name, &client);
    if (error) {
        ovs_fatal(error, "cannot connect to \"%s\"", socket_name);
    }
    free(socket_name);
    return client;
}

/* Exits with an error that the switch sent. */
OVS_NO_RETURN static void
fail_by_switch(const char *target, const char *command, const char *error)
{
    if (strstr(error, "is not a valid command")) {
        ovs_fatal(0, "this %s has no Trumpet (it does not know %s): run the "
                  "one that was built with openvswitch-trumpet",
                  target, command);
    }
    trumpet_fail(error);
}

/* Sends 'command' with the arguments 'args' and prints what comes back. */
static void
transact(const struct ovs_cmdl_context *ctx, const char *command,
         const struct svec *args)
{
    const char *target = parse_target(trumpet_options(ctx));
    struct jsonrpc *client = connect_to_target(target);
    char *result, *reply_error;
    int error;

    error = unixctl_client_transact(client, command, args->n, args->names,
                                    &result, &reply_error);
    if (error) {
        ovs_fatal(error, "%s: transaction error", target);
    }
    if (reply_error) {
        fail_by_switch(target, command, reply_error);
    }
    jsonrpc_close(client);

    fputs(result, stdout);
    if (result[0] && result[strlen(result) - 1] != '\n') {
        putchar('\n');
    }
    free(result);
}

/* Sends 'command' with the arguments of the command line, behind them 'text'
 * and 'number' if 'number' is not 0. */
static void
forward(const struct ovs_cmdl_context *ctx, const char *command,
        const char *text, unsigned number)
{
    struct svec args = SVEC_EMPTY_INITIALIZER;

    for (int i = 1; i < ctx->argc; i++) {
        svec_add(&args, ctx->argv[i]);
    }
    if (number) {
        svec_add(&args, text);
        svec_add_nocopy(&args, xasprintf("%u", number));
    }
    transact(ctx, command, &args);
    svec_destroy(&args);
}

/* Tells whether the command is about the database, whose options differ. */
static bool
is_persistent(const struct ovs_cmdl_context *ctx, trumpet_option_set others)
{
    bool persist = trumpet_options(ctx)->given & (1u << TRUMPET_PERSIST);

    trumpet_allow_options(ctx, others | (persist ? TRUMPET_PERSIST_OPTIONS
                                         : 1u << TRUMPET_T));
    return persist;
}

void
trumpet_cmd_add(struct ovs_cmdl_context *ctx)
{
    if (is_persistent(ctx, 0)) {
        trumpet_persist_add(ctx);
    } else {
        forward(ctx, "trumpet/add-trigger", NULL, 0);
    }
}

void
trumpet_cmd_mod(struct ovs_cmdl_context *ctx)
{
    if (is_persistent(ctx, 0)) {
        trumpet_persist_mod(ctx);
    } else {
        forward(ctx, "trumpet/mod-trigger", NULL, 0);
    }
}

void
trumpet_cmd_del(struct ovs_cmdl_context *ctx)
{
    struct svec args = SVEC_EMPTY_INITIALIZER;
    bool all = trumpet_options(ctx)->given & (1u << TRUMPET_ALL);

    bool force = trumpet_options(ctx)->given & (1u << TRUMPET_FORCE);
    bool persist = is_persistent(ctx, (1u << TRUMPET_ALL
                                       | 1u << TRUMPET_FORCE));

    if (all == (ctx->argc > 1)) {
        ovs_fatal(0, "'del' takes either the NAME of a trigger or --all");
    }
    if (persist) {
        trumpet_persist_del(ctx, all ? NULL : ctx->argv[1]);
        return;
    }
    svec_add(&args, all ? "--all" : ctx->argv[1]);
    if (force) {
        svec_add(&args, "--force");
    }
    transact(ctx, "trumpet/del-trigger", &args);
    svec_destroy(&args);
}

/* Reads the triggers of all -f into 'args': NAME SPEC NAME SPEC...  The switch
 * knows no files, so what can be said about a line is said here.  Its epoch
 * is not known here, it tests the intervals. */
static char *
read_trigger_files(const struct trumpet_options *options,
                   struct trigger_texts *texts, struct svec *args)
{
    const uint64_t any_epoch_us = 1;
    const char *file;
    char *error;
    size_t i;

    SVEC_FOR_EACH (i, file, &options->files) {
        error = trigger_texts_add_file(texts, file);
        if (error) {
            return error;
        }
    }
    for (i = 0; i < texts->n; i++) {
        struct event *event;

        error = trigger_text_parse(&texts->items[i], any_epoch_us, &event);
        if (error) {
            return error;
        }
        event_unref(event);
        svec_add(args, texts->items[i].name);
        svec_add(args, texts->items[i].spec);
    }
    return NULL;
}

void
trumpet_cmd_replace(struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);
    struct svec args = SVEC_EMPTY_INITIALIZER;
    struct trigger_texts texts;
    char *error;

    bool persist = is_persistent(ctx, 1u << TRUMPET_FILE);

    if (!options->files.n) {
        ovs_fatal(0, "'replace' needs -f FILE, with NAME: SPEC lines "
                  "(an empty file removes all triggers)");
    }
    trigger_texts_init(&texts);
    error = read_trigger_files(options, &texts, &args);
    if (error) {
        trumpet_fail(error);
    }
    trigger_texts_uninit(&texts);

    if (persist) {
        trumpet_persist_replace(ctx, &args);
    } else {
        transact(ctx, "trumpet/replace-triggers", &args);
    }
    svec_destroy(&args);
}

void
trumpet_check_live(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, 1u << TRUMPET_T);
    forward(ctx, "trumpet/check-trigger", NULL, 0);
}

void
trumpet_cmd_list(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, 1u << TRUMPET_T);
    forward(ctx, "trumpet/list-triggers", NULL, 0);
}

void
trumpet_cmd_show(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, 1u << TRUMPET_T);
    forward(ctx, "trumpet/show", NULL, 0);
}

void
trumpet_cmd_dump_keys(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, 1u << TRUMPET_T | 1u << TRUMPET_TOP);
    forward(ctx, "trumpet/dump-keys", "--top", trumpet_options(ctx)->top);
}

void
trumpet_cmd_trace(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, 1u << TRUMPET_T);
    forward(ctx, "trumpet/trace", NULL, 0);
}

void
trumpet_cmd_reports(struct ovs_cmdl_context *ctx)
{
    trumpet_allow_options(ctx, 1u << TRUMPET_T | 1u << TRUMPET_LAST);
    forward(ctx, "trumpet/reports", "--last", trumpet_options(ctx)->last);
}
