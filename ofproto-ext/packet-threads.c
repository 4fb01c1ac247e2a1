/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "packet-threads.h"

#include "dp-observer.h"
#include "dpdk.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "openvswitch/vlog.h"
#include "port-map.h"
#include "trumpet-observer.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_threads);

struct packet_thread {
    struct ovs_list node;
    struct dp_observer_slot *slot;
    const struct port_map *ports;
    char *name;                             /* "pmd-c01", "main". */
    struct trumpet_observer *observer;      /* In 'slot', or null. */
    struct trumpet_observer *other;         /* Within packet_threads_observe():
                                             * the next or the last one. */
};

static struct ovs_list threads = OVS_LIST_INITIALIZER(&threads);

/* What observes the threads.  Both null: nothing does. */
static struct monitor *observing_monitor;
static const struct unix_clock *observing_clock;

/* Names of threads are those of OVS, but where there are several datapaths. */
static char *
packet_thread_name(const char *dp_name, unsigned int core_id)
{
    struct ds name = DS_EMPTY_INITIALIZER;

    if (core_id == NON_PMD_CORE_ID) {
        ds_put_cstr(&name, "main");
    } else {
        ds_put_format(&name, "pmd-c%02u", core_id);
    }
    if (!port_map_is_first(dp_name)) {
        ds_put_format(&name, "@%s", dp_name);
    }
    return ds_steal_cstr(&name);
}

static void
packet_thread_publish(struct packet_thread *thread)
{
    ovsrcu_set(&thread->slot->observer,
               (thread->observer ? trumpet_observer_get(thread->observer)
                : NULL));
}

bool
packet_threads_add(const char *dp_name, unsigned int core_id,
                   struct dp_observer_slot *slot)
{
    struct packet_thread *thread = xzalloc(sizeof *thread);

    thread->slot = slot;
    thread->ports = port_map_get(dp_name);
    thread->name = packet_thread_name(dp_name, core_id);
    ovs_list_push_back(&threads, &thread->node);

    if (!observing_monitor) {
        return true;
    }
    thread->observer = trumpet_observer_create(observing_monitor,
                                               observing_clock, thread->ports,
                                               thread->name);
    packet_thread_publish(thread);
    if (!thread->observer) {
        VLOG_ERR("no memory to observe thread %s, its packets are not "
                 "counted", thread->name);
    }
    return thread->observer != NULL;
}

void
packet_threads_remove(struct dp_observer_slot *slot)
{
    struct packet_thread *thread;

    LIST_FOR_EACH (thread, node, &threads) {
        if (thread->slot == slot) {
            ovsrcu_set(&slot->observer, NULL);
            trumpet_observer_destroy(thread->observer);
            ovs_list_remove(&thread->node);
            free(thread->name);
            free(thread);
            return;
        }
    }
}

static void
packet_threads_destroy_others(void)
{
    struct packet_thread *thread;

    LIST_FOR_EACH (thread, node, &threads) {
        trumpet_observer_destroy(thread->other);
        thread->other = NULL;
    }
}

bool
packet_threads_observe(struct monitor *monitor, const struct unix_clock *clock)
{
    struct packet_thread *thread;

    if (monitor) {
        LIST_FOR_EACH (thread, node, &threads) {
            thread->other = trumpet_observer_create(monitor, clock,
                                                    thread->ports,
                                                    thread->name);
            if (!thread->other) {
                packet_threads_destroy_others();
                return false;
            }
        }
    }

    LIST_FOR_EACH (thread, node, &threads) {
        struct trumpet_observer *old = thread->observer;

        thread->observer = thread->other;
        thread->other = old;
        packet_thread_publish(thread);
    }
    observing_monitor = monitor;
    observing_clock = clock;

    ovsrcu_synchronize();
    packet_threads_destroy_others();
    return true;
}
