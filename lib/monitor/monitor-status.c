/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/monitor.h"
#include "monitor/contributors.h"
#include "monitor/monitor-private.h"
#include "monitor/trigger-test.h"
#include "util.h"

/* What a user may ask the monitor. */

/* Triggers. */

/* Brings the figures of all triggers up to date. */
static void
settle(struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex)
{
    struct trigger *trigger;

    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        trigger->all_tested = trigger->tested;
    }
    gather_settle(&monitor->gather);
}

size_t
monitor_list_triggers(struct monitor *monitor, struct trigger_status **statusp)
{
    ovs_mutex_lock(&monitor->mutex);
    size_t n = hmap_count(&monitor->triggers);
    struct trigger **triggers = monitor_sort_triggers(monitor);
    struct trigger_status *status = xcalloc(n, sizeof *status);

    settle(monitor);
    for (size_t i = 0; i < n; i++) {
        const struct trigger *trigger = triggers[i];

        ovs_strlcpy(status[i].name, trigger->name, sizeof status[i].name);
        status[i].event = event_ref(trigger->event);
        status[i].packets = trigger->packets;
        status[i].keys = trigger->all_tested.n_keys;
        status[i].fired = trigger->fired;
        status[i].last_fired_us = trigger->last_fired_us;
        status[i].suppressed = trigger->suppressed;
        status[i].owner = xstrdup(trigger->owner->name);
        status[i].cookie = trigger->cookie;
        status[i].history = trigger->history;
        status[i].pending = trigger->pending;
    }
    ovs_mutex_unlock(&monitor->mutex);
    free(triggers);
    *statusp = status;
    return n;
}

void
monitor_get_figures(struct monitor *monitor, struct trigger_figures *figures,
                    size_t n)
{
    ovs_mutex_lock(&monitor->mutex);
    settle(monitor);
    for (size_t i = 0; i < n; i++) {
        const char *name = figures[i].name;
        const struct trigger *trigger = monitor_find_trigger(monitor, name);

        figures[i] = (struct trigger_figures) { .name = name };
        if (trigger) {
            figures[i].exists = true;
            figures[i].packets = trigger->packets;
            figures[i].keys = trigger->all_tested.n_keys;
            figures[i].fired = trigger->fired;
            figures[i].last_fired_us = trigger->last_fired_us;
        }
    }
    ovs_mutex_unlock(&monitor->mutex);
}

void
trigger_status_destroy(struct trigger_status *status, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        event_unref(status[i].event);
        free(status[i].owner);
    }
    free(status);
}

struct event *
monitor_get_event(struct monitor *monitor, const char *name)
{
    const struct trigger *trigger;
    struct event *event;

    ovs_mutex_lock(&monitor->mutex);
    trigger = monitor_find_trigger(monitor, name);
    event = trigger ? event_ref(trigger->event) : NULL;
    ovs_mutex_unlock(&monitor->mutex);
    return event;
}

/* Owners. */

static int
compare_owner_status(const void *a_, const void *b_)
{
    const struct owner_status *a = a_;
    const struct owner_status *b = b_;

    return strcmp(a->name, b->name);
}

size_t
monitor_list_owners(struct monitor *monitor, struct owner_status **statusp)
{
    const struct owner *owner;
    size_t n = 0;

    ovs_mutex_lock(&monitor->mutex);
    struct owner_status *status
        = xcalloc(hmap_count(&monitor->owners.owners), sizeof *status);

    HMAP_FOR_EACH (owner, node, &monitor->owners.owners) {
        status[n++] = (struct owner_status) {
            .name = xstrdup(owner->name),
            .triggers = owner->n_triggers,
            .patterns = hmap_count(&owner->patterns),
            .suppressed = owner->suppressed,
        };
    }
    ovs_mutex_unlock(&monitor->mutex);
    qsort(status, n, sizeof *status, compare_owner_status);
    *statusp = status;
    return n;
}

void
owner_status_destroy(struct owner_status *status, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(status[i].name);
    }
    free(status);
}

/* Keys. */

/* Stores in '*windowp' the last window before 'end' in which 'key' was
 * active. */
static bool
last_window_of_key(const struct trigger *trigger,
                   const struct counted_key *key, uint64_t end,
                   uint64_t *windowp)
{
    for (unsigned i = 0; i < trigger->depth && i <= key->last_interval; i++) {
        uint64_t last = key->last_interval - i;

        if (last < end && counted_key_interval(trigger->space, key, last)) {
            *windowp = MIN(last + trigger->event->over, end) - 1;
            return *windowp >= trigger_first_window(trigger);
        }
    }
    return false;
}

/* Stores in '*windowp' the last complete window in which one of the 'n' keys
 * of 'trigger' was active. */
static bool
last_window(const struct trigger *trigger, struct counted_key *const *keys,
            size_t n, uint64_t *windowp)
{
    /* Of a space that is not due, all windows with keys are complete. */
    const struct key_space *space = trigger->space;
    uint64_t end = space->due ? space->next_interval : UINT64_MAX;
    bool found = false;
    uint64_t window;

    *windowp = 0;
    if (space->one_key) {
        *windowp = space->next_interval - 1;
        return space->next_interval > trigger_first_window(trigger);
    }
    for (size_t i = 0; i < n; i++) {
        if (last_window_of_key(trigger, keys[i], end, &window)
            && (!found || window > *windowp)) {
            *windowp = window;
            found = true;
        }
    }
    return found;
}

struct report *
monitor_observe_key(const struct monitor *monitor,
                    const struct trigger *trigger,
                    const struct counted_key *key, uint64_t window)
{
    const struct tested_key tk = {
        key, key ? key_group_find(key->group, trigger) : NULL
    };
    double values[trigger->event->n_aggregates + 1];

    trigger_test(trigger, &tk, monitor->gather.tracker, window, values);
    return trigger_make_report(trigger, &tk, window, REPORT_OBSERVED, values);
}

/* Appends a report for each key of 'trigger' in its last window. */
static void
observe_keys(const struct monitor *monitor, const struct trigger *trigger,
             struct ovs_list *reports)
    OVS_REQUIRES(monitor->mutex)
{
    struct counted_key **keys;
    struct report *report;
    uint64_t window, packets;
    size_t n;

    if (!trigger->space) {
        return;
    }
    n = key_space_list_keys(trigger, &keys);
    if (last_window(trigger, keys, n, &window)) {
        bool one = trigger->space->one_key;

        if (one && !n) {
            report = monitor_observe_key(monitor, trigger, NULL, window);
            ovs_list_push_back(reports, &report->node);
        }
        for (size_t i = 0; i < n; i++) {
            if (one || counted_key_in_window(trigger->space, keys[i], window,
                                             &packets)) {
                report = monitor_observe_key(monitor, trigger, keys[i],
                                             window);
                ovs_list_push_back(reports, &report->node);
            }
        }
    }
    free(keys);
}

char *
monitor_dump_keys(struct monitor *monitor, const char *name, size_t top,
                  struct ovs_list *reports)
{
    struct ovs_list all = OVS_LIST_INITIALIZER(&all);
    const struct trigger *trigger;
    char *error = NULL;

    ovs_mutex_lock(&monitor->mutex);
    trigger = monitor_find_trigger(monitor, name);
    if (trigger) {
        struct report *report;

        observe_keys(monitor, trigger, &all);
        LIST_FOR_EACH (report, node, &all) {
            report->why |= monitor->gather.lasting;
        }
    } else {
        error = monitor_no_such_trigger(name);
    }
    ovs_mutex_unlock(&monitor->mutex);
    reports_keep_largest(&all, top ? top : SIZE_MAX, reports);
    return error;
}

/* Threads. */

size_t
monitor_list_threads(struct monitor *monitor, struct thread_status **statusp)
{
    struct thread_status *status, *total;
    struct scatter *scatter;
    size_t n = 0;

    ovs_mutex_lock(&monitor->mutex);
    status = xcalloc(ovs_list_size(&monitor->scatters) + 1, sizeof *status);
    struct ledger sum = monitor->retired_ledger;
    struct guard_status guards = { .on = false };
    uint32_t flows = 0, capacity = 0;

    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        struct thread_status *s = &status[n];

        scatter_ledger(scatter, &s->ledger);
        atomic_read_relaxed(&scatter->n_flows, &s->flows);
        s->capacity = scatter->table.max_flows;
        guard_get_status(&scatter->guard, monitor->finalized, &s->guard);
        guards.threshold = MAX(guards.threshold,
                               s->guard.on ? s->guard.threshold : 0);
        guards.held += s->guard.held;
        guards.on |= s->guard.on;
        ledger_add(&sum, &s->ledger);
        flows += s->flows;
        capacity += s->capacity;
        if (!scatter->retired) {
            s->name = xstrdup(scatter->name);
            n++;
        }
    }
    total = &status[n++];
    total->name = xstrdup("total");
    total->ledger = sum;
    total->flows = flows;
    total->capacity = capacity;
    total->guard = guards;
    ovs_mutex_unlock(&monitor->mutex);
    *statusp = status;
    return n;
}

void
thread_status_destroy(struct thread_status *status, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(status[i].name);
    }
    free(status);
}

/* Sweeps. */

void
monitor_get_history_status(struct monitor *monitor,
                           struct history_status *status)
{
    struct tracker_status ts;

    ovs_mutex_lock(&monitor->mutex);
    tracker_get_status(monitor->gather.tracker, &ts);
    ovs_mutex_unlock(&monitor->mutex);
    status->flows = ts.flows;
    status->connections = ts.connections;
    status->capacity = monitor->settings.max_flows;
    status->n_unlogged = ts.n_unlogged;
    status->n_untracked = ts.n_untracked;
    memcpy(status->oddities, ts.oddities, sizeof status->oddities);
}

void
monitor_get_sweep_status(struct monitor *monitor, struct sweep_status *status)
{
    struct tracker_status tracker;
    struct scatter *scatter;

    ovs_mutex_lock(&monitor->mutex);
    *status = (struct sweep_status) {
        .sweeps = monitor->n_sweeps,
        .overruns = monitor->n_overruns,
        .reports = monitor->gather.n_reports,
        .suppressed = monitor->owners.suppressed,
        .triggers = hmap_count(&monitor->triggers),
        .patterns = monitor->table->n_patterns,
        .keys = monitor->gather.keys.n,
        .keys_refused = monitor->gather.keys.n_refused,
    };
    tracker_get_status(monitor->gather.tracker, &tracker);
    status->memory_bytes
        = (tracker.memory_bytes
           + contributors_memory_bytes(monitor->gather.contributors)
           + monitor->gather.keys.pool.bytes);
    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        status->memory_bytes += scatter_memory_bytes(scatter);
    }
    status->memory_bytes
        += port_histories_memory_bytes(&monitor->gather.histories);
    durations_get(&monitor->sweep_times, &status->took);
    ovs_mutex_unlock(&monitor->mutex);
}
