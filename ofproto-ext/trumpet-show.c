/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "trumpet-show.h"

#include "blind-spots.h"
#include "monitor/monitor.h"
#include "of-connection.h"
#include "openvswitch/dynamic-string.h"
#include "port-sampler.h"
#include "report/reporter.h"
#include "switch-monitor.h"
#include "util.h"

static void
format_time(uint64_t unix_us, struct ds *ds)
{
    if (unix_us) {
        char *s = xastrftime_msec("%Y-%m-%dT%H:%M:%S.###Z", unix_us / 1000,
                                  true);

        ds_put_format(ds, "  %24s", s);
        free(s);
    } else {
        ds_put_format(ds, "  %24s", "never");
    }
}

void
trumpet_format_triggers(struct monitor *monitor, struct ds *ds)
{
    struct trigger_status *status;
    size_t n = monitor_list_triggers(monitor, &status);
    int width = strlen("name"), owner_width = strlen("owner");

    for (size_t i = 0; i < n; i++) {
        width = MAX(width, strlen(status[i].name));
        owner_width = MAX(owner_width, strlen(status[i].owner));
    }

    ds_put_format(ds, "%-*s  %12s  %8s  %8s  %24s  %-*s  %s\n", width, "name",
                  "packets", "keys", "fired", "last fired", owner_width,
                  "owner", "trigger");
    for (size_t i = 0; i < n; i++) {
        ds_put_format(ds, "%-*s  %12"PRIu64"  %8"PRIu64"  %8"PRIu64, width,
                      status[i].name, status[i].packets, status[i].keys,
                      status[i].fired);
        format_time(status[i].last_fired_us, ds);
        ds_put_format(ds, "  %-*s  %s\n", owner_width,
                      status[i].owner[0] ? status[i].owner : "-",
                      status[i].event->text);
    }
    trigger_status_destroy(status, n);
}

static void
format_ledger(const struct ledger *ledger, struct ds *ds)
{
    ds_put_format(ds, "received=%"PRIu64" counted=%"PRIu64" unmatched=%"PRIu64
                  " not_observed=%"PRIu64" dropped_invalid=%"PRIu64,
                  ledger->received, ledger->counted, ledger->unmatched,
                  ledger_not_observed(ledger), ledger->dropped_invalid);
    if (!ledger_balances(ledger)) {
        ds_put_cstr(ds, " (does not balance, which is a bug)");
    }
}

static void
format_thread(const struct thread_status *thread, struct ds *ds)
{
    ds_put_format(ds, "  %s: ", thread->name);
    format_ledger(&thread->ledger, ds);
    ds_put_format(ds, " flows=%"PRIu32, thread->flows);
    if (thread->capacity) {
        ds_put_format(ds, "/%"PRIu32" (%.1f%%)", thread->capacity,
                      100.0 * thread->flows / thread->capacity);
    }
    ds_put_char(ds, '\n');
    if (thread->guard.on) {
        ds_put_format(ds, "    guard: on, threshold: %"PRIu32" packets, "
                      "held back: %"PRIu64"\n", thread->guard.threshold,
                      thread->guard.held);
    }
}

static void
format_threads(struct monitor *monitor, struct ds *ds)
{
    struct thread_status *status;
    size_t n = monitor_list_threads(monitor, &status);
    const struct ledger *total = &status[n - 1].ledger;

    ds_put_cstr(ds, "packet threads:\n");
    for (size_t i = 0; i < n; i++) {
        format_thread(&status[i], ds);
    }
    for (int i = 0; i < N_CAUSES; i++) {
        if (total->not_observed[i]) {
            ds_put_format(ds, "  not_observed, %s: %"PRIu64" (%s)\n",
                          cause_name(i), total->not_observed[i],
                          cause_help(i));
        }
    }
    thread_status_destroy(status, n);
}

static void
format_sweep(struct monitor *monitor, struct ds *ds)
{
    struct sweep_status status;

    monitor_get_sweep_status(monitor, &status);
    ds_put_format(ds, "triggers: %"PRIu64", patterns: %"PRIu64", keys: "
                  "%"PRIu64", memory: %"PRIu64" kB\n", status.triggers,
                  status.patterns, status.keys, status.memory_bytes / 1024);
    ds_put_format(ds, "sweeps: %"PRIu64", overruns: %"PRIu64", time: "
                  "p50 %"PRIu32" us, p99 %"PRIu32" us, max %"PRIu32" us\n",
                  status.sweeps, status.overruns, status.took.p50_us,
                  status.took.p99_us, status.took.max_us);
}

/* What monitoring cost in the last second. */
static void
format_cost(struct monitor *monitor, struct ds *ds)
{
    struct cost_status status;

    monitor_get_cost_status(monitor, &status);
    if (status.budget) {
        ds_put_format(ds, "budget: %.6g%% of a packet thread\n",
                      status.budget);
    } else {
        ds_put_cstr(ds, "budget: none\n");
    }
    if (status.known) {
        ds_put_cstr(ds, "cost:\n");
        for (size_t i = 0; i < status.n_threads; i++) {
            const struct thread_cost *thread = &status.threads[i];

            ds_put_format(ds, "  %s: %.3g%% of its CPU, %.0f packets/s of "
                          "%.1f cycles%s\n", thread->name, thread->percent,
                          thread->packets_hz, thread->cycles,
                          (status.budget && thread->percent > status.budget
                           ? ", over the budget" : ""));
        }
        ds_put_format(ds, "  sweeper: %.3g%% of its CPU, %.1f us for each "
                      "epoch\n", status.sweep_percent, status.sweep_us);
        cost_model_format(&status.model, ds);
    }
    cost_status_uninit(&status);
}

/* What is known of flows beyond their counters. */
static void
format_history(struct monitor *monitor, struct ds *ds)
{
    struct history_status status;
    bool odd = false;

    monitor_get_history_status(monitor, &status);
    ds_put_format(ds, "histories: flows=%"PRIu64" connections=%"PRIu64
                  " of %"PRIu64"\n", status.flows, status.connections,
                  status.capacity);
    for (int i = 0; i < N_TCP_ODDITIES; i++) {
        if (status.oddities[i]) {
            ds_put_format(ds, "%s %s=%"PRIu64, odd ? "" : "odd segments:",
                          tcp_oddity_name(i), status.oddities[i]);
            odd = true;
        }
    }
    if (odd) {
        ds_put_char(ds, '\n');
    }
}

static void
format_lack(uint64_t n, const char *unit, enum cause cause, struct ds *ds)
{
    if (n) {
        ds_put_format(ds, "incomplete, %s: %"PRIu64" %s (%s)\n",
                      cause_name(cause), n, unit, cause_help(cause));
    }
}

/* What was not done with packets that are counted. */
static void
format_lacks(struct monitor *monitor, struct ds *ds)
{
    struct history_status history;
    struct sweep_status sweep;

    monitor_get_history_status(monitor, &history);
    monitor_get_sweep_status(monitor, &sweep);
    format_lack(history.n_unlogged, "packets", CAUSE_LOG_FULL, ds);
    format_lack(history.n_untracked, "packets", CAUSE_HISTORY_FULL, ds);
    format_lack(sweep.keys_refused, "keys", CAUSE_KEYS_FULL, ds);
}

/* Who else than the operator has triggers. */
static void
format_owners(struct monitor *monitor, struct ds *ds)
{
    struct owner_status *status;
    size_t n = monitor_list_owners(monitor, &status);

    if (n && (n > 1 || status[0].name[0])) {
        ds_put_cstr(ds, "owners:\n");
    }
    for (size_t i = 0; i < n; i++) {
        if (status[i].name[0]) {
            ds_put_format(ds, "  %s: triggers=%"PRIu64" patterns=%"PRIu64
                          " suppressed=%"PRIu64"\n", status[i].name,
                          status[i].triggers, status[i].patterns,
                          status[i].suppressed);
        }
    }
    owner_status_destroy(status, n);
}

static void
format_openflow(struct ds *ds)
{
    struct of_connections_status status;

    of_connections_get_status(&status);
    if (status.connections) {
        ds_put_format(ds, "openflow connections: %"PRIu64", subscriptions: "
                      "%"PRIu64", paused: %"PRIu64", reports delivered: "
                      "%"PRIu64", lost: %"PRIu64"\n", status.connections,
                      status.subscriptions, status.paused, status.delivered,
                      status.lost);
    }
}

static void
format_ports(struct ds *ds)
{
    struct port_sampler_status status;

    if (!switch_monitor_sampler()) {
        return;
    }
    port_sampler_get_status(switch_monitor_sampler(), &status);
    ds_put_format(ds, "port counters: %"PRIuSIZE" of %"PRIuSIZE" ports, "
                  "samples: %"PRIu64", late: %"PRIu64", time: p50 %"PRIu32
                  " us, p99 %"PRIu32" us, max %"PRIu32" us\n", status.n_read,
                  status.n_ports, status.samples, status.late,
                  status.took.p50_us, status.took.p99_us,
                  status.took.max_us);
    if (status.error) {
        ds_put_format(ds, "port counters: cannot be read: %s\n",
                      status.error);
    }
}

/* Reports beyond the quotas. */
static void
format_suppressed(struct monitor *monitor, struct ds *ds)
{
    struct sweep_status status;

    monitor_get_sweep_status(monitor, &status);
    if (status.suppressed.of_trigger || status.suppressed.of_owner
        || status.suppressed.of_all) {
        ds_put_format(ds, "reports suppressed: trumpet-trigger-reports=%"PRIu64
                      " trumpet-owner-reports=%"PRIu64
                      " trumpet-max-reports=%"PRIu64"\n",
                      status.suppressed.of_trigger, status.suppressed.of_owner,
                      status.suppressed.of_all);
    }
}

static void
format_reports(struct monitor *monitor, struct ds *ds)
{
    struct reporter_status status;

    if (!switch_monitor_reporter()) {
        return;
    }
    reporter_get_status(switch_monitor_reporter(), &status);
    ds_put_format(ds, "reports: delivered=%"PRIu64" dropped=%"PRIu64"\n",
                  status.delivered, status.dropped);
    format_suppressed(monitor, ds);
    if (status.listening) {
        ds_put_format(ds, "watchers: %"PRIuSIZE", refused: %"PRIu64
                      ", reports lost: %"PRIu64"\n", status.n_watchers,
                      status.refused, status.lost);
    } else {
        ds_put_cstr(ds, "watchers: none, not listening (see the log)\n");
    }
}

void
trumpet_format_show(struct ds *ds)
{
    struct monitor *monitor = switch_monitor_get();
    const struct monitor_settings *settings = monitor_settings(monitor);

    ds_put_format(ds, "monitoring: %s\n",
                  switch_monitor_is_enabled() ? "enabled" : "disabled");
    ds_put_format(ds, "epoch: %"PRIu64" ms, max flows: %"PRIu32
                  " per packet thread\n", settings->epoch_us / 1000,
                  settings->max_flows);
    format_threads(monitor, ds);
    format_sweep(monitor, ds);
    format_cost(monitor, ds);
    format_history(monitor, ds);
    format_lacks(monitor, ds);
    format_ports(ds);
    format_owners(monitor, ds);
    format_reports(monitor, ds);
    format_openflow(ds);
    blind_spots_format(ds);
}
