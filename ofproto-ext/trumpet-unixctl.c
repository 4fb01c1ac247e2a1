/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "trumpet-unixctl.h"

#include <limits.h>

#include "event/cost.h"
#include "monitor/monitor.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "report/report.h"
#include "report/reporter.h"
#include "switch-monitor.h"
#include "trace-flow.h"
#include "trumpet-show.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_unixctl);

#define DISABLED_HINT \
    "monitoring is disabled " \
    "(ovs-vsctl set Open_vSwitch . other_config:trumpet-enable=true)"

/* A spec need not be quoted: it may come as several arguments. */
static char *
join_arguments(int argc, const char *argv[], int first)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (int i = first; i < argc; i++) {
        ds_put_format(&ds, "%s%s", i > first ? " " : "", argv[i]);
    }
    return ds_steal_cstr(&ds);
}

/* Replies with 'error', which is freed, or with success if it is null. */
static void
reply_error_or_ok(struct unixctl_conn *conn, char *error)
{
    if (error) {
        unixctl_command_reply_error(conn, error);
        free(error);
    } else {
        unixctl_command_reply(conn, NULL);
    }
}

static void
reply_ds(struct unixctl_conn *conn, struct ds *ds)
{
    unixctl_command_reply(conn, ds_cstr(ds));
    ds_destroy(ds);
}

static void
trumpet_add_trigger(struct unixctl_conn *conn, int argc, const char *argv[],
                    void *aux OVS_UNUSED)
{
    char *spec = join_arguments(argc, argv, 2);
    char *error = monitor_add_trigger(switch_monitor_get(), argv[1], spec,
                                      switch_monitor_now_us());

    if (!error) {
        VLOG_INFO("added trigger %s: %s", argv[1], spec);
    }
    reply_error_or_ok(conn, error);
    free(spec);
}

static void
trumpet_mod_trigger(struct unixctl_conn *conn, int argc, const char *argv[],
                    void *aux OVS_UNUSED)
{
    char *spec = join_arguments(argc, argv, 2);
    char *error = monitor_mod_trigger(switch_monitor_get(), argv[1], spec,
                                      switch_monitor_now_us());

    if (!error) {
        VLOG_INFO("modified trigger %s: %s", argv[1], spec);
    }
    reply_error_or_ok(conn, error);
    free(spec);
}

/* Deletes trigger 'name', whoever owns it. */
static char *
force_deletion(struct monitor *monitor, const char *name)
{
    enum stage_error code;
    char *error = monitor_stage_removal(monitor, name, NULL, &code);

    return error ? error : monitor_commit(monitor, switch_monitor_now_us());
}

static void
trumpet_del_trigger(struct unixctl_conn *conn, int argc, const char *argv[],
                    void *aux OVS_UNUSED)
{
    bool all = !strcmp(argv[1], "--all");
    struct monitor *monitor = switch_monitor_get();
    uint64_t now_us = switch_monitor_now_us();
    char *error;

    if (argc > 2) {
        error = (strcmp(argv[2], "--force") || all
                 ? xstrdup("expected NAME --force")
                 : force_deletion(monitor, argv[1]));
    } else {
        error = (all ? monitor_del_all_triggers(monitor, now_us)
                 : monitor_del_trigger(monitor, argv[1], now_us));
    }
    if (!error) {
        VLOG_INFO("deleted %s%s", all ? "all triggers" : "trigger ",
                  all ? "" : argv[1]);
    }
    reply_error_or_ok(conn, error);
}

static void
trumpet_replace_triggers(struct unixctl_conn *conn, int argc,
                         const char *argv[], void *aux OVS_UNUSED)
{
    size_t n = (argc - 1) / 2;

    if (argc % 2 == 0) {
        unixctl_command_reply_error(conn, "a trigger has no specification");
        return;
    }

    struct trigger_spec *specs = xcalloc(n, sizeof *specs);

    for (size_t i = 0; i < n; i++) {
        specs[i].name = argv[1 + 2 * i];
        specs[i].spec = argv[2 + 2 * i];
        specs[i].source = (struct event_source) {
            .name = specs[i].name, .line = 1, .column = 1,
        };
    }

    char *error = monitor_replace_triggers(switch_monitor_get(), specs, n,
                                           switch_monitor_now_us());

    if (!error) {
        VLOG_INFO("replaced all triggers by %"PRIuSIZE" triggers", n);
    }
    reply_error_or_ok(conn, error);
    free(specs);
}

static void
trumpet_check_trigger(struct unixctl_conn *conn, int argc, const char *argv[],
                      void *aux OVS_UNUSED)
{
    const struct monitor_settings *settings
        = monitor_settings(switch_monitor_get());
    char *spec = join_arguments(argc, argv, 1);
    struct event *event;
    char *error = event_parse(spec, NULL, settings->epoch_us, &event);

    struct ds ds = DS_EMPTY_INITIALIZER;

    if (!error) {
        ds_put_format(&ds, "%s\n", event->text);
        event_format_cost(event, &ds);
        error = monitor_foresee(switch_monitor_get(), NULL, event, &ds);
        event_unref(event);
    }
    if (error) {
        reply_error_or_ok(conn, error);
        ds_destroy(&ds);
    } else {
        reply_ds(conn, &ds);
    }
    free(spec);
}

static void
trumpet_list_triggers(struct unixctl_conn *conn, int argc OVS_UNUSED,
                      const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    switch_monitor_sweep();
    trumpet_format_triggers(switch_monitor_get(), &ds);
    reply_ds(conn, &ds);
}

/* Parses 'args', a null-terminated array, as nothing or "OPTION N".  Returns
 * false after an error reply. */
static bool
parse_count_option(struct unixctl_conn *conn, const char *const args[],
                   const char *option, unsigned int *n)
{
    if (!args[0]) {
        return true;
    }
    if (strcmp(args[0], option) || !args[1]) {
        char *error = xasprintf("%s: expected %s N", args[0], option);

        unixctl_command_reply_error(conn, error);
        free(error);
        return false;
    }
    if (!str_to_uint(args[1], 10, n) || !*n) {
        char *error = xasprintf("%s: expected a positive number", args[1]);

        unixctl_command_reply_error(conn, error);
        free(error);
        return false;
    }
    return true;
}

static void
trumpet_dump_keys(struct unixctl_conn *conn, int argc OVS_UNUSED,
                  const char *argv[], void *aux OVS_UNUSED)
{
    struct ovs_list reports = OVS_LIST_INITIALIZER(&reports);
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct report *report;
    unsigned int top = 0;

    if (!parse_count_option(conn, &argv[2], "--top", &top)) {
        return;
    }
    if (!switch_monitor_is_enabled()) {
        unixctl_command_reply_error(conn, DISABLED_HINT);
        return;
    }

    switch_monitor_sweep();

    char *error = monitor_dump_keys(switch_monitor_get(), argv[1], top,
                                    &reports);

    LIST_FOR_EACH_POP (report, node, &reports) {
        report_format_json(report, &ds);
        ds_put_char(&ds, '\n');
        report_destroy(report);
    }
    if (error) {
        reply_error_or_ok(conn, error);
        ds_destroy(&ds);
    } else {
        reply_ds(conn, &ds);
    }
}

static void
trumpet_trace(struct unixctl_conn *conn, int argc, const char *argv[],
              void *aux OVS_UNUSED)
{
    const char *bridge = argc > 2 ? argv[1] : NULL;
    struct flow_fields fields;
    char *error = trace_flow_parse(bridge, argv[argc - 1], &fields);

    if (error) {
        unixctl_command_reply_error(conn, error);
        free(error);
    } else {
        struct ds ds = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&ds, "Flow: ");
        trace_flow_format(&fields, &ds);
        ds_put_cstr(&ds, "\n\n");
        monitor_trace(switch_monitor_get(), &fields, &ds);
        reply_ds(conn, &ds);
    }
}

static void
trumpet_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    switch_monitor_sweep();
    trumpet_format_show(&ds);
    reply_ds(conn, &ds);
}

static void
trumpet_reports(struct unixctl_conn *conn, int argc OVS_UNUSED,
                const char *argv[], void *aux OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    unsigned int last = 0;

    if (!parse_count_option(conn, &argv[1], "--last", &last)) {
        return;
    }
    switch_monitor_sweep();
    if (switch_monitor_reporter()) {
        reporter_get_last(switch_monitor_reporter(), last, &ds);
    }
    reply_ds(conn, &ds);
}

static void
trumpet_sweep(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    if (!switch_monitor_is_enabled()) {
        unixctl_command_reply_error(conn, DISABLED_HINT);
        return;
    }
    switch_monitor_sweep();
    unixctl_command_reply(conn, NULL);
}

void
trumpet_unixctl_init(void)
{
    static const struct {
        const char *name;
        const char *usage;
        int min_args, max_args;
        unixctl_cb_func *cb;
    } commands[] = {
        { "trumpet/add-trigger", "NAME SPEC", 2, INT_MAX,
          trumpet_add_trigger },
        { "trumpet/mod-trigger", "NAME SPEC", 2, INT_MAX,
          trumpet_mod_trigger },
        { "trumpet/del-trigger", "NAME [--force] | --all", 1, 2,
          trumpet_del_trigger },
        { "trumpet/replace-triggers", "[NAME SPEC]...", 0, INT_MAX,
          trumpet_replace_triggers },
        { "trumpet/check-trigger", "SPEC", 1, INT_MAX, trumpet_check_trigger },
        { "trumpet/list-triggers", "", 0, 0, trumpet_list_triggers },
        { "trumpet/dump-keys", "NAME [--top K]", 1, 3, trumpet_dump_keys },
        { "trumpet/trace", "[BRIDGE] FLOW", 1, 2, trumpet_trace },
        { "trumpet/show", "", 0, 0, trumpet_show },
        { "trumpet/reports", "[--last N]", 0, 2, trumpet_reports },
        { "trumpet/sweep", NULL, 0, 0, trumpet_sweep },
    };

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        unixctl_command_register(commands[i].name, commands[i].usage,
                                 commands[i].min_args, commands[i].max_args,
                                 commands[i].cb, NULL);
    }
}
