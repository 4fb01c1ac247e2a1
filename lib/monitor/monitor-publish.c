/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/monitor.h"

#include <stdlib.h>

#include "monitor/monitor-private.h"
#include "monitor/trigger-table.h"
#include "util.h"

/* Puts a set of triggers in force: packet threads and tracker get a table of
 * them, and the gather observes those that are new. */

char *
monitor_publish(struct monitor *monitor, struct trigger **triggers, size_t n)
{
    size_t n_scatters = ovs_list_size(&monitor->scatters), i = 0;
    struct plan_store **plans = xcalloc(n_scatters, sizeof *plans);
    struct trigger_table *table, *old = monitor->table;
    struct scatter *scatter;
    bool ok = true;

    triggers_sort(triggers, n);
    table = trigger_table_create(triggers, n, monitor->scopes,
                                 old->version + 1);
    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        if (!scatter->retired) {
            plans[i] = scatter_make_plans(scatter, table);
            ok = ok && plans[i];
            i++;
        }
    }
    ok = ok && tracker_set_table(monitor->gather.tracker, table);

    i = 0;
    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        if (!scatter->retired) {
            if (ok) {
                scatter_set_plans(scatter, plans[i++]);
            } else {
                plan_store_destroy(plans[i++]);
            }
        }
    }
    free(plans);
    if (!ok) {
        trigger_table_unref(table);
        return xstrdup("out of memory; the triggers are unchanged");
    }
    monitor->table = table;
    trigger_table_unref(old);
    return NULL;
}

/* Starts to observe 'trigger', which is in the published table. */
static void
monitor_observe(struct monitor *monitor, struct trigger *trigger,
                uint64_t now_us)
    OVS_REQUIRES(monitor->mutex)
{
    uint64_t first = trigger_interval_at(trigger, now_us) + 1;

    if (!monitor->settings.replay) {
        /* The caller may have waited for the mutex since 'now_us'. */
        first = MAX(first, DIV_ROUND_UP(monitor->finalized
                                        * monitor->settings.epoch_us,
                                        trigger->event->interval_us));
    } else {
        /* Known with the first packet, see sweep.c. */
        first = monitor->started
            ? trigger_interval_at(trigger,
                                  monitor->finalized
                                  * monitor->settings.epoch_us)
            : 0;
    }
    trigger->version = monitor->table->version;
    trigger->pending = false;
    if (monitor->started || !monitor->settings.replay) {
        gather_add_trigger(&monitor->gather, trigger, first);
    }
}

void
monitor_observe_pending(struct monitor *monitor, uint64_t now_us)
{
    struct trigger *trigger;

    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        if (trigger->pending) {
            monitor_observe(monitor, trigger, now_us);
        }
    }
    monitor->n_staged = 0;
}

void
monitor_observe_running(struct monitor *monitor, uint64_t now_us)
{
    struct trigger *trigger;

    ovs_mutex_lock(&monitor->mutex);
    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        gather_add_trigger(&monitor->gather, trigger,
                           trigger_interval_at(trigger, now_us));
        gather_mark(trigger, now_us, 1u << CAUSE_RESTART);
    }
    ovs_mutex_unlock(&monitor->mutex);
}
