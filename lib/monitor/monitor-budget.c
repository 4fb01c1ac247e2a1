/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/monitor.h"

#include "coverage.h"
#include "monitor/forecast.h"
#include "monitor/monitor-private.h"
#include "util.h"

/* What monitoring costs, what a trigger would cost, and whether that is too
 * much. */

COVERAGE_DEFINE(trumpet_budget_refused);

/* How much of its CPU the sweeper may be foreseen to need, in percent: it
 * shares it, and comes late now and then. */
#define SWEEP_LIMIT 80.0

/* Older samples are not looked at. */
#define SAMPLES_US (2 * METER_WINDOW_US)

void
monitor_set_budget(struct monitor *monitor, double percent)
{
    ovs_mutex_lock(&monitor->mutex);
    monitor->budget = percent;
    ovs_mutex_unlock(&monitor->mutex);
}

/* Forecasts. */

void
monitor_forget_forecast(struct monitor *monitor)
{
    forecast_destroy(monitor->forecast);
    monitor->forecast = NULL;
}

static void
add_thread(const struct monitor *monitor, const struct scatter *scatter,
           struct sampled_packet *packets, struct forecast *f)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t end_us = monitor->meter.start_us;
    const struct forecast_thread_settings settings = {
        .name = scatter->name,
        .packets_hz = scatter->meter.packets_hz,
        .matches_hz = scatter->meter.matches_hz,
        .bursts = scatter->meter.bursts,
    };
    size_t n = burst_sampler_get_packets(&scatter->sampler,
                                         end_us - MIN(end_us, SAMPLES_US),
                                         packets, N_SAMPLED_PACKETS);

    forecast_add_thread(f, &settings, packets, n, monitor->scopes);
}

struct forecast *
monitor_make_forecast(const struct monitor *monitor)
{
    struct forecast *f = forecast_create(&monitor->meter.model,
                                         monitor->settings.epoch_us);
    struct sampled_packet *packets = xcalloc(N_SAMPLED_PACKETS,
                                             sizeof *packets);
    struct scatter *scatter;

    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        if (!scatter->retired) {
            add_thread(monitor, scatter, packets, f);
        }
    }
    free(packets);
    return f;
}

/* Returns the forecast with all triggers, made anew if there are newer
 * figures. */
static struct forecast *
get_forecast(struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex)
{
    struct forecast_cost cost;
    struct trigger *trigger;

    if (monitor->forecast
        && monitor->forecast_window == monitor->meter.n_windows) {
        return monitor->forecast;
    }
    monitor_forget_forecast(monitor);
    monitor->forecast = monitor_make_forecast(monitor);
    monitor->forecast_window = monitor->meter.n_windows;
    monitor->forecast_stale = false;
    forecast_add_table(monitor->forecast, monitor->table);
    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        if (trigger->pending) {
            forecast_add(monitor->forecast, trigger, FORECAST_ADD, &cost);
        }
    }
    return monitor->forecast;
}

/* Admission. */

static double
share(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

/* Returns why a trigger of 'cost' is too much, or null. */
static char *
explain_excess(double budget, const struct forecast_cost *cost)
{
    if (cost->thread_percent > 0
        && cost->thread_percent + cost->thread_others > budget) {
        return xasprintf("it would take %.3g%% of packet thread %s, beside "
                         "%.3g%% that others take there: more than the "
                         "%.3g%% of other_config:trumpet-budget; narrow its "
                         "filter (%.3g%% of the packets match), use the "
                         "filter's fields of another trigger, remove "
                         "triggers or raise the budget",
                         cost->thread_percent, cost->thread,
                         cost->thread_others, budget,
                         share(cost->matched_hz, cost->packets_hz));
    } else if (cost->sweep_percent > 0
               && cost->sweep_percent + cost->sweep_others > SWEEP_LIMIT) {
        return xasprintf("it would take %.3g%% of the sweeper, beside %.3g%% "
                         "that others take: more than the %.3g%% with which "
                         "it keeps up; coarsen its granularity (%.0f keys), "
                         "lengthen its interval, narrow its filter (%.3g%% "
                         "of the packets match) or remove triggers",
                         cost->sweep_percent, cost->sweep_others,
                         SWEEP_LIMIT, cost->keys,
                         share(cost->matched_hz, cost->packets_hz));
    }
    return NULL;
}

/* True if 'trigger' costs no more than 'old'. */
static bool
is_no_dearer(struct forecast *f, const struct trigger *trigger,
             const struct trigger *old)
{
    struct forecast_cost a, b;

    forecast_add(f, trigger, FORECAST_ALONE, &a);
    forecast_add(f, old, FORECAST_ALONE, &b);
    return (a.thread_percent + a.thread_others
            <= b.thread_percent + b.thread_others
            && a.sweep_percent <= b.sweep_percent);
}

/* Adds 'trigger' to 'f' if the budget allows it, or returns an error. */
static char *
admit(const struct monitor *monitor, struct forecast *f,
      const struct trigger *trigger, const struct trigger *old)
    OVS_REQUIRES(monitor->mutex)
{
    struct forecast_cost cost;
    char *error;

    forecast_add(f, trigger, FORECAST_TRY, &cost);
    error = explain_excess(monitor->budget, &cost);
    if (error && old && is_no_dearer(f, trigger, old)) {
        free(error);
        error = NULL;
    }
    if (error) {
        char *s = xasprintf("trigger '%s' is too dear: %s", trigger->name,
                            error);

        free(error);
        return s;
    }
    forecast_add(f, trigger, FORECAST_ADD, &cost);
    return NULL;
}

/* Counts a refusal, unless 'error' is null, and returns it. */
static char *
refuse(char *error)
{
    if (error) {
        COVERAGE_INC(trumpet_budget_refused);
    }
    return error;
}

char *
monitor_check_budget(struct monitor *monitor, const struct trigger *trigger,
                     const struct trigger *old)
{
    char *error;

    if (!monitor->budget) {
        monitor_forget_forecast(monitor);
        return NULL;
    } else if (old && !strcmp(old->event->text, trigger->event->text)) {
        return NULL;
    }
    error = admit(monitor, get_forecast(monitor), trigger, old);
    if (error && monitor->forecast_stale) {
        /* Only now is it worth the time to see what is left. */
        free(error);
        monitor_forget_forecast(monitor);
        error = admit(monitor, get_forecast(monitor), trigger, old);
    }
    return refuse(error);
}

char *
monitor_check_budgets(struct monitor *monitor, struct trigger *const *kept,
                      size_t n_kept, struct trigger *const *added, size_t n)
{
    struct trigger_table *table;
    struct forecast *f;
    char *error = NULL;

    monitor_forget_forecast(monitor);
    if (!monitor->budget || !n) {
        return NULL;
    }
    f = monitor_make_forecast(monitor);
    table = trigger_table_create(kept, n_kept, monitor->scopes, 0);
    forecast_add_table(f, table);
    trigger_table_unref(table);
    for (size_t i = 0; i < n && !error; i++) {
        error = admit(monitor, f, added[i],
                      monitor_find_trigger(monitor, added[i]->name));
    }
    forecast_destroy(f);
    return refuse(error);
}

/* Telling. */

static void
format_cost(const struct forecast_cost *cost, struct ds *ds)
{
    ds_put_format(ds, "forecast: %.3g%% of the packets match (%.0f of %.0f a "
                  "second), of about %.0f flows; %.0f keys, %.0f kB\n",
                  share(cost->matched_hz, cost->packets_hz),
                  cost->matched_hz, cost->packets_hz, cost->flows,
                  cost->keys, cost->memory_bytes / 1024);
    if (cost->thread) {
        ds_put_format(ds, "forecast: %.3g%% of packet thread %s (%.1f cycles "
                      "for each of its packets), beside %.3g%% of others\n",
                      cost->thread_percent, cost->thread,
                      cost->packet_cycles, cost->thread_others);
    }
    ds_put_format(ds, "forecast: %.3g%% of the sweeper (%.1f us in each "
                  "epoch), beside %.3g%% of others\n", cost->sweep_percent,
                  cost->sweep_us, cost->sweep_others);
}

char *
monitor_foresee(struct monitor *monitor, const char *name,
                const struct event *event, struct ds *ds)
{
    struct trigger *trigger = trigger_create(name ? name : "new", event);
    struct forecast_cost cost;
    char *error = NULL;

    if (trigger_id_bridge_length(trigger->name)) {
        char bridge[TRIGGER_BRIDGE_MAX + 1];

        trigger_id_get_bridge(trigger->name, bridge);
        trigger->scope = scope_intern(bridge);
    }
    ovs_mutex_lock(&monitor->mutex);
    if (!monitor->meter.n_windows) {
        ds_put_cstr(ds, "forecast: unknown before packets were observed for "
                    "a second\n");
    } else {
        if (monitor->forecast_stale) {
            monitor_forget_forecast(monitor);
        }
        forecast_add(get_forecast(monitor), trigger, FORECAST_TRY, &cost);
        format_cost(&cost, ds);
        if (monitor->budget) {
            error = explain_excess(monitor->budget, &cost);
        }
    }
    ovs_mutex_unlock(&monitor->mutex);
    trigger_unref(trigger);
    return error;
}

void
monitor_get_cost_status(struct monitor *monitor, struct cost_status *status)
{
    const struct cost_meter *meter = &monitor->meter;
    struct scatter *scatter;

    ovs_mutex_lock(&monitor->mutex);
    *status = (struct cost_status) {
        .budget = monitor->budget,
        .known = meter->n_windows > 0,
        .threads = xcalloc(ovs_list_size(&monitor->scatters),
                           sizeof *status->threads),
        .sweep_percent = cost_model_percent(&meter->model, meter->sweep_hz),
        .model = meter->model,
    };
    status->sweep_us = (status->sweep_percent / 100
                        * monitor->settings.epoch_us);
    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        const struct thread_meter *tm = &scatter->meter;
        double screened_hz = (monitor->table->n_entries
                              ? tm->packets_hz - tm->looked_hz : 0);
        double cycles_hz = (tm->looked_hz * tm->cycles
                            + screened_hz * cost_model_unit(&meter->model,
                                                            COST_SCREEN));

        if (!scatter->retired) {
            status->threads[status->n_threads++] = (struct thread_cost) {
                .name = xstrdup(scatter->name),
                .packets_hz = tm->packets_hz,
                .cycles = (tm->packets_hz > 0 ? cycles_hz / tm->packets_hz
                           : 0),
                .percent = cost_model_percent(&meter->model, cycles_hz),
            };
        }
    }
    ovs_mutex_unlock(&monitor->mutex);
}

void
cost_status_uninit(struct cost_status *status)
{
    for (size_t i = 0; i < status->n_threads; i++) {
        free(status->threads[i].name);
    }
    free(status->threads);
}
