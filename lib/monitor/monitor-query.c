/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/monitor.h"

#include "monitor/monitor-private.h"
#include "util.h"

/* Queries of the past: what a key's values were in an interval that ended.
 * This is the second step of a network-wide event in the paper: when one
 * switch reports, the others are asked what they saw at that time, whether
 * or not it was enough for a report there.
 *
 * The history is the ring of intervals that each key has anyway, which is
 * made longer for triggers that ask for it. */

/* Stores in '*interval' the number of the interval in which 'time_us' falls,
 * or of the last complete one if 0.  Tells if the window that ends with it can
 * be queried. */
static enum query_error
find_interval(const struct monitor *monitor, const struct trigger *trigger,
              uint64_t time_us, uint64_t *interval)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t running
        = trigger_interval_at(trigger, (monitor->finalized
                                        * monitor->settings.epoch_us));

    *interval = (time_us ? trigger_interval_at(trigger, time_us)
                 : running ? running - 1 : 0);
    return (trigger->pending || *interval < trigger_first_window(trigger)
            ? QUERY_NOT_OBSERVED
            : *interval >= running ? QUERY_NOT_ENDED
            : running - *interval > MAX(trigger->history, 1)
            ? QUERY_FORGOTTEN
            : QUERY_OK);
}

static void
query_key(const struct monitor *monitor, const struct trigger *trigger,
          uint64_t interval, const struct flow_fields *fields,
          struct ovs_list *reports)
    OVS_REQUIRES(monitor->mutex)
{
    const struct counted_key *key
        = trigger->space ? key_space_find_key(trigger, fields) : NULL;
    struct report *report = monitor_observe_key(monitor, trigger, key,
                                                interval);

    report->key = *fields;
    ovs_list_push_back(reports, &report->node);
}

static void
query_all(const struct monitor *monitor, const struct trigger *trigger,
          uint64_t interval, struct ovs_list *reports)
    OVS_REQUIRES(monitor->mutex)
{
    static const struct flow_fields none;
    struct counted_key **keys;
    uint64_t packets;
    size_t n;

    if (trigger_has_one_key(trigger)) {
        query_key(monitor, trigger, interval, &none, reports);
        return;
    }
    n = key_space_list_keys(trigger, &keys);
    for (size_t i = 0; i < n; i++) {
        if (counted_key_in_window(trigger->space, keys[i], interval,
                                  &packets)) {
            struct report *report = monitor_observe_key(monitor, trigger,
                                                        keys[i], interval);

            ovs_list_push_back(reports, &report->node);
        }
    }
    free(keys);
}

enum query_error
monitor_query(struct monitor *monitor, const char *name, uint64_t time_us,
              const struct flow_fields *key, struct ovs_list *reports)
{
    struct ovs_list all = OVS_LIST_INITIALIZER(&all);
    const struct trigger *trigger;
    enum query_error error;
    uint64_t interval;

    ovs_mutex_lock(&monitor->mutex);
    trigger = monitor_find_trigger(monitor, name);
    error = (trigger ? find_interval(monitor, trigger, time_us, &interval)
             : QUERY_UNKNOWN);
    if (!error) {
        struct report *report;

        if (key) {
            query_key(monitor, trigger, interval, key, &all);
        } else {
            query_all(monitor, trigger, interval, &all);
        }
        LIST_FOR_EACH (report, node, &all) {
            report->why |= monitor->gather.lasting;
        }
    }
    ovs_mutex_unlock(&monitor->mutex);
    reports_keep_largest(&all, SIZE_MAX, reports);
    return error;
}
