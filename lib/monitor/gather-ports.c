/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/gather.h"

#include "monitor/port-counters.h"
#include "monitor/scope.h"
#include "util.h"

/* The counters of ports, joined with the triggers of the same interval.
 *
 * Every trigger follows them, because its reports tell what moved.  Those
 * whose predicate reads a counter and whose key is the port alone also get
 * keys from it: a port that drops everything need not receive anything. */

/* True if a port whose counters move makes a key of 'event' active. */
static bool
keys_are_ports(const struct event *event)
{
    return (event->counters && event->granularity.n_fields == 1
            && event->granularity.mask.in_port);
}

/* Nobody asks for counters while there are no triggers. */
static void
want_counters(struct gather *gather)
{
    port_counters_want(gather->ports,
                       !port_histories_are_empty(&gather->histories));
}

void
gather_add_ports(struct gather *gather, struct trigger *trigger)
{
    const struct event *event = trigger->event;

    if (!gather->ports) {
        return;
    }
    trigger->ports = port_history_get(&gather->histories,
                                      event->interval_us / gather->epoch_us,
                                      trigger->depth);
    want_counters(gather);
    if (keys_are_ports(event)) {
        ovs_list_push_back(&gather->port_triggers, &trigger->port_node);
    }
}

void
gather_remove_ports(struct gather *gather, struct trigger *trigger)
{
    if (trigger->ports) {
        ovs_list_remove(&trigger->port_node);
        ovs_list_init(&trigger->port_node);
        port_history_put(trigger->ports);
        trigger->ports = NULL;
        want_counters(gather);
    }
}

/* True if packets from 'port' may match 'trigger'. */
static bool
is_seen(const struct gather *gather, const struct trigger *trigger,
        uint32_t port)
{
    const struct filter *filter = &trigger->event->filter;

    return ((!filter->mask.in_port || filter->value.in_port == port)
            && (!trigger->scope
                || (gather->scopes
                    && scope_map_lookup(gather->scopes, port)
                       == trigger->scope)));
}

/* Makes the key 'port' of 'trigger' active in the interval in which 'us'
 * is. */
static void
activate_port(struct gather *gather, struct trigger *trigger, uint32_t port,
              uint64_t us)
{
    const struct flow_fields fields = { .in_port = port };
    struct key_space *space = trigger->space;
    uint64_t interval = key_space_interval_at(space, us);
    struct counted_key **keys;
    struct key_group *group;
    struct flow_fields key;
    size_t n;

    if (!is_seen(gather, trigger, port)
        || interval < trigger->first_interval
        || (space->due && interval < space->next_interval)
        || !granularity_key(&trigger->event->granularity, &fields, &key)) {
        return;
    }
    gather_begin_interval(gather, space, us);
    group = key_group_get(space, &trigger, 1);
    n = key_space_get(space, group, &key, key_space_hash(space, &key), &keys);
    for (size_t i = 0; i < n; i++) {
        counted_key_activate(space, keys[i]);
    }
    key_group_unref(group);
}

bool
gather_port_sample(struct gather *gather, uint64_t end_us)
{
    struct port_sample *sample
        = (gather->ports
           ? port_counters_pop(gather->ports, gather->sampled_from,
                               end_us / gather->epoch_us)
           : NULL);
    struct trigger *trigger;

    if (!sample) {
        return false;
    }
    port_histories_add(&gather->histories, sample);
    LIST_FOR_EACH (trigger, port_node, &gather->port_triggers) {
        uint64_t us = sample->epoch * gather->epoch_us;

        for (size_t i = 0; i < sample->n; i++) {
            const struct port_change *change = &sample->changes[i];

            if (change->moved & trigger->event->counters) {
                activate_port(gather, trigger, change->port, us);
            }
        }
    }
    free(sample);
    return true;
}
