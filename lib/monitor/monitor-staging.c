/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "monitor/monitor-private.h"
#include "smap.h"
#include "util.h"

/* Staged changes.
 *
 * A trigger table costs time by the number of triggers, so that adding n
 * triggers one by one costs time by n * n.  A staged trigger is made and
 * checked, its owner is charged and its name is taken, but no table has it:
 * it is pending.  monitor_commit() makes one table for all. */

COVERAGE_DEFINE(trumpet_stage_commit);

static char *
check_presence(enum stage_op op, const char *name, const struct trigger *old,
               enum stage_error *code)
{
    if (op == STAGE_ADD && old) {
        *code = STAGE_EXISTS;
        return monitor_trigger_exists(name);
    } else if (op == STAGE_MODIFY && !old) {
        *code = STAGE_UNKNOWN;
        return monitor_no_such_trigger(name);
    }
    return NULL;
}

static bool
trigger_is_same(const struct trigger *a, const struct trigger *b)
{
    return (!strcmp(a->event->text, b->event->text)
            && a->cookie == b->cookie && a->history == b->history);
}

static char *
stage(struct monitor *monitor, enum stage_op op,
      const struct trigger_spec *spec, enum stage_error *code)
    OVS_REQUIRES(monitor->mutex)
{
    struct trigger *old = monitor_find_trigger(monitor, spec->name);
    struct trigger *trigger;
    char *error;

    error = check_presence(op, spec->name, old, code);
    if (!error && old) {
        *code = STAGE_NOT_OWNER;
        error = monitor_check_owner(old, spec->owner);
    }
    if (!error) {
        error = monitor_make_trigger(monitor, spec, old, &trigger, code);
    }
    if (error) {
        return error;
    }

    if (old && op == STAGE_PUT && trigger_is_same(old, trigger)) {
        trigger_unref(trigger);
        return NULL;
    }
    error = monitor_check_budget(monitor, trigger, old);
    if (error) {
        *code = STAGE_BUDGET;
        trigger_unref(trigger);
        return error;
    }
    if (old) {
        monitor_remove_trigger(monitor, old);
    }
    monitor_insert_trigger(monitor, trigger, spec->owner);
    monitor->n_staged++;
    return NULL;
}

char *
monitor_stage(struct monitor *monitor, enum stage_op op,
              const struct trigger_spec *spec, enum stage_error *code)
{
    char *error;

    *code = STAGE_OK;
    ovs_mutex_lock(&monitor->mutex);
    error = stage(monitor, op, spec, code);
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}

char *
monitor_stage_removal(struct monitor *monitor, const char *name,
                      const char *owner, enum stage_error *code)
{
    struct trigger *trigger;
    char *error = NULL;

    ovs_mutex_lock(&monitor->mutex);
    trigger = monitor_find_trigger(monitor, name);
    if (!trigger) {
        *code = STAGE_UNKNOWN;
        error = monitor_no_such_trigger(name);
    } else if (owner) {
        *code = STAGE_NOT_OWNER;
        error = monitor_check_owner(trigger, owner);
    }
    if (!error) {
        *code = STAGE_OK;
        monitor_remove_trigger(monitor, trigger);
        monitor->n_staged++;
    }
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}

static bool
trigger_is_on(const struct trigger *trigger, const char *bridge)
{
    char actual[TRIGGER_BRIDGE_MAX + 1];

    trigger_id_get_bridge(trigger->name, actual);
    return !strcmp(actual, bridge);
}

size_t
monitor_stage_removals(struct monitor *monitor, const char *owner,
                       const char *bridge)
{
    struct trigger *trigger;
    size_t n = 0;

    ovs_mutex_lock(&monitor->mutex);
    HMAP_FOR_EACH_SAFE (trigger, node, &monitor->triggers) {
        if (!strcmp(trigger->owner->name, owner)
            && (!bridge || trigger_is_on(trigger, bridge))) {
            monitor_remove_trigger(monitor, trigger);
            n++;
        }
    }
    monitor->n_staged += n;
    ovs_mutex_unlock(&monitor->mutex);
    return n;
}

uint64_t
monitor_n_staged(struct monitor *monitor)
{
    uint64_t n;

    ovs_mutex_lock(&monitor->mutex);
    n = monitor->n_staged;
    ovs_mutex_unlock(&monitor->mutex);
    return n;
}

char *
monitor_commit(struct monitor *monitor, uint64_t now_us)
{
    char *error = NULL;

    ovs_mutex_lock(&monitor->mutex);
    if (monitor->n_staged) {
        struct trigger **triggers = monitor_sort_triggers(monitor);

        COVERAGE_INC(trumpet_stage_commit);
        error = monitor_publish(monitor, triggers,
                                hmap_count(&monitor->triggers));
        if (!error) {
            monitor_observe_pending(monitor, now_us);
        }
        free(triggers);
    }
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}

void
monitor_set_quotas(struct monitor *monitor, const struct quotas *quotas)
{
    ovs_mutex_lock(&monitor->mutex);
    struct trigger *trigger;

    owners_set_quotas(&monitor->owners, quotas);
    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        owners_init_bucket(&monitor->owners, &trigger->reports);
    }
    ovs_mutex_unlock(&monitor->mutex);
}

void
monitor_set_bridges(struct monitor *monitor, const struct smap *bridges)
{
    struct scope_map *scopes = scope_map_create(bridges);

    ovs_mutex_lock(&monitor->mutex);
    scope_map_unref(monitor->scopes);
    monitor->scopes = scopes;
    monitor->gather.scopes = scopes;
    monitor->n_staged += monitor->table->scoped;
    ovs_mutex_unlock(&monitor->mutex);
}
