/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/monitor.h"

#include "monitor/contributors.h"
#include "monitor/monitor-private.h"
#include "monitor/port-counters.h"
#include "util.h"

/* Keys of all triggers for which there is room, for each flow of a thread. */
#define KEYS_PER_FLOW 64

bool
monitor_settings_equal(const struct monitor_settings *a,
                       const struct monitor_settings *b)
{
    return (a->epoch_us == b->epoch_us
            && a->max_flows == b->max_flows
            && a->replay == b->replay
            && a->history.life_ns == b->history.life_ns
            && a->history.burst_gap_us == b->history.burst_gap_us
            && a->history.burst_packets == b->history.burst_packets);
}

static struct tracker *
monitor_create_tracker(const struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex)
{
    const struct tracker_settings settings = {
        .epoch_us = monitor->settings.epoch_us,
        .max_flows = monitor->settings.max_flows,
        .replay = monitor->settings.replay,
        .history = monitor->settings.history,
    };

    return tracker_create(&settings, monitor->table);
}

/* Memory for contributors, for each flow of a thread. */
#define CONTRIBUTOR_BYTES_PER_FLOW 1024

struct monitor *
monitor_create(const struct monitor_settings *settings,
               monitor_deliver *deliver, void *aux)
    OVS_NO_THREAD_SAFETY_ANALYSIS   /* Nobody else knows it yet. */
{
    struct monitor *monitor = xzalloc(sizeof *monitor);

    monitor->settings = *settings;
    if (!settings->history.life_ns) {
        monitor->settings.history
            = (struct history_settings) HISTORY_SETTINGS_DEFAULT;
    }
    monitor->shared.epoch_us = settings->epoch_us;
    atomic_init(&monitor->shared.open_from, 0);
    ovs_mutex_init(&monitor->mutex);
    hmap_init(&monitor->triggers);
    monitor->table = trigger_table_create(NULL, 0, NULL, 1);
    owners_init(&monitor->owners);
    if (settings->replay) {
        monitor_set_quotas(monitor, &(struct quotas) { .triggers = 0 });
    }
    monitor->gather = (struct gather) {
        .epoch_us = settings->epoch_us,
        .in_order = settings->replay,
        .owners = &monitor->owners,
        .deliver = deliver,
        .aux = aux,
    };
    if (!settings->replay) {
        monitor->ports = port_counters_create(settings->epoch_us);
        monitor->gather.ports = monitor->ports;
    }
    port_histories_init(&monitor->gather.histories);
    ovs_list_init(&monitor->gather.port_triggers);
    key_budget_init(&monitor->gather.keys,
                    (settings->replay ? UINT64_MAX
                     : (uint64_t) settings->max_flows * KEYS_PER_FLOW));
    ovs_list_init(&monitor->gather.plans);
    ovs_list_init(&monitor->gather.spaces);
    ovs_list_init(&monitor->gather.due);
    monitor->gather.contributors = contributors_create(
        settings->epoch_us,
        (settings->replay ? UINT64_MAX
         : (uint64_t) settings->max_flows * CONTRIBUTOR_BYTES_PER_FLOW));
    ovs_list_init(&monitor->scatters);
    cost_meter_init(&monitor->meter);
    monitor->gather.tracker = monitor_create_tracker(monitor);
    if (!monitor->gather.tracker) {
        monitor_destroy(monitor);
        return NULL;
    }
    return monitor;
}

void
monitor_destroy(struct monitor *monitor)
    OVS_NO_THREAD_SAFETY_ANALYSIS   /* Nobody else knows it any more. */
{
    if (monitor) {
        struct scatter *scatter;
        struct trigger *trigger;

        ovs_mutex_lock(&monitor->mutex);
        LIST_FOR_EACH_POP (scatter, node, &monitor->scatters) {
            ovs_assert(scatter->retired);
            scatter_destroy(scatter);
        }
        HMAP_FOR_EACH_SAFE (trigger, node, &monitor->triggers) {
            monitor_remove_trigger(monitor, trigger);
        }
        monitor_forget_forecast(monitor);
        ovs_mutex_unlock(&monitor->mutex);

        tracker_destroy(monitor->gather.tracker);
        key_budget_uninit(&monitor->gather.keys);
        port_histories_uninit(&monitor->gather.histories);
        port_counters_destroy(monitor->ports);
        contributors_destroy(monitor->gather.contributors);
        trigger_table_unref(monitor->table);
        scope_map_unref(monitor->scopes);
        owners_uninit(&monitor->owners);
        free(monitor->closed);
        hmap_destroy(&monitor->triggers);
        ovs_mutex_destroy(&monitor->mutex);
        free(monitor);
    }
}

const struct monitor_settings *
monitor_settings(const struct monitor *monitor)
{
    return &monitor->settings;
}

struct port_counters *
monitor_port_counters(struct monitor *monitor)
{
    return monitor->ports;
}

/* Packet threads. */

/* Gathers what a thread that replays has counted, in the middle of an epoch,
 * and doubles what it lacks. */
static bool
monitor_make_room(struct scatter *scatter, enum cause cause, void *monitor_)
{
    struct monitor *monitor = monitor_;
    bool ok;

    ovs_mutex_lock(&monitor->mutex);
    scatter_close_buffer(scatter);
    monitor_sweep_epochs(monitor, UINT64_MAX);
    ok = scatter_grow(scatter, cause, monitor->table);
    ovs_mutex_unlock(&monitor->mutex);
    return ok;
}

struct scatter *
monitor_add_thread(struct monitor *monitor, const char *name)
{
    struct scatter *scatter;

    ovs_mutex_lock(&monitor->mutex);
    scatter = scatter_create(name, &monitor->shared,
                             monitor->settings.max_flows, monitor->table);
    if (scatter) {
        if (monitor->settings.replay) {
            scatter->make_room = monitor_make_room;
            scatter->aux = monitor;
            burst_sampler_disable(&scatter->sampler);
        }
        ovs_list_push_back(&monitor->scatters, &scatter->node);
    }
    ovs_mutex_unlock(&monitor->mutex);
    return scatter;
}

void
monitor_remove_thread(struct monitor *monitor, struct scatter *scatter)
{
    ovs_mutex_lock(&monitor->mutex);
    scatter->retired = true;
    monitor_reap_threads(monitor);
    ovs_mutex_unlock(&monitor->mutex);
}

void
monitor_set_observe(struct monitor *monitor, size_t k)
{
    ovs_mutex_lock(&monitor->mutex);
    monitor->gather.n_observe = k;
    ovs_mutex_unlock(&monitor->mutex);
}
