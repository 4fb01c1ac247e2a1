/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/monitor.h"

#include "hash.h"
#include "monitor/monitor-private.h"
#include "sset.h"
#include "util.h"

/* Changes of the set of triggers.
 *
 * Every change is made in the same way: all that is wanted is parsed, a
 * trigger table of the whole set is made and handed to all packet threads,
 * and only when nothing can fail any more, triggers are installed and
 * removed. */

void
monitor_remove_trigger(struct monitor *monitor, struct trigger *trigger)
{
    struct filter filter = trigger_filter(trigger);

    hmap_remove(&monitor->triggers, &trigger->node);
    gather_remove_trigger(&monitor->gather, trigger);
    owners_discharge(&monitor->owners, trigger->owner, &filter.mask);
    trigger_unref(trigger);
    monitor->forecast_stale = true;
}

void
monitor_insert_trigger(struct monitor *monitor, struct trigger *trigger,
                       const char *owner)
{
    struct filter filter = trigger_filter(trigger);

    trigger->owner = owners_charge(&monitor->owners, owner ? owner : "",
                                   &filter.mask);
    owners_init_bucket(&monitor->owners, &trigger->reports);
    trigger->pending = true;
    trigger->version = UINT64_MAX;
    trigger->first_interval = UINT64_MAX;
    hmap_insert(&monitor->triggers, &trigger->node,
                hash_string(trigger->name, 0));
}

struct trigger *
monitor_find_trigger(const struct monitor *monitor, const char *name)
{
    struct trigger *trigger;

    HMAP_FOR_EACH_WITH_HASH (trigger, node, hash_string(name, 0),
                             &monitor->triggers) {
        if (!strcmp(trigger->name, name)) {
            return trigger;
        }
    }
    return NULL;
}

struct trigger **
monitor_sort_triggers(const struct monitor *monitor)
{
    struct trigger **triggers = xcalloc(hmap_count(&monitor->triggers),
                                        sizeof *triggers);
    struct trigger *trigger;
    size_t n = 0;

    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        triggers[n++] = trigger;
    }
    triggers_sort(triggers, n);
    return triggers;
}

/* A change of the triggers under way. */
struct change {
    struct trigger **kept;      /* Stay as they are. */
    size_t n_kept;
    struct trigger **added;
    const char **owners;        /* Of those that are added. */
    size_t n_added;
};

static void
change_init(struct change *change, size_t max)
{
    change->kept = xcalloc(max, sizeof *change->kept);
    change->added = xcalloc(max, sizeof *change->added);
    change->owners = xcalloc(max, sizeof *change->owners);
    change->n_kept = change->n_added = 0;
}

static void
change_uninit(struct change *change)
{
    for (size_t i = 0; i < change->n_added; i++) {
        trigger_unref(change->added[i]);
    }
    free(change->kept);
    free(change->added);
    free(change->owners);
}

/* Publishes 'change', then installs what it added and removes what it did not
 * keep.  Returns null or an error. */
static char *
change_commit(struct change *change, struct monitor *monitor,
              uint64_t now_us)
    OVS_REQUIRES(monitor->mutex)
{
    size_t n = change->n_kept + change->n_added;
    struct trigger **all = xcalloc(n, sizeof *all);
    struct hmap keep = HMAP_INITIALIZER(&keep);
    struct trigger *trigger;
    char *error;

    for (size_t i = 0; i < n; i++) {
        all[i] = (i < change->n_kept ? change->kept[i]
                  : change->added[i - change->n_kept]);
    }
    error = monitor_check_patterns(monitor, all, n);
    if (!error) {
        error = monitor_check_budgets(monitor, change->kept, change->n_kept,
                                      change->added, change->n_added);
    }
    if (!error) {
        error = monitor_publish(monitor, all, n);
    }
    free(all);
    if (error) {
        return error;
    }

    for (size_t i = 0; i < change->n_kept; i++) {
        trigger = change->kept[i];
        hmap_remove(&monitor->triggers, &trigger->node);
        hmap_insert(&keep, &trigger->node, hash_string(trigger->name, 0));
    }
    HMAP_FOR_EACH_SAFE (trigger, node, &monitor->triggers) {
        monitor_remove_trigger(monitor, trigger);
    }
    hmap_swap(&keep, &monitor->triggers);
    hmap_destroy(&keep);
    for (size_t i = 0; i < change->n_added; i++) {
        monitor_insert_trigger(monitor, trigger_ref(change->added[i]),
                               change->owners[i]);
    }
    monitor_observe_pending(monitor, now_us);
    return NULL;
}

/* Keeps all triggers but 'except', which may be null. */
static void
change_keep_all(struct change *change, const struct monitor *monitor,
                const struct trigger *except)
{
    struct trigger *trigger;

    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        if (trigger != except) {
            change->kept[change->n_kept++] = trigger;
        }
    }
}

/* Makes a trigger of 'ts', to take the place of 'old', which may be null, and
 * adds it to 'change'. */
static char *
change_add(struct change *change, const struct monitor *monitor,
           const struct trigger_spec *ts, const struct trigger *old)
    OVS_REQUIRES(monitor->mutex)
{
    enum stage_error code;
    struct trigger *trigger;
    char *error = monitor_make_trigger(monitor, ts, old, &trigger, &code);

    if (!error) {
        change->owners[change->n_added] = ts->owner;
        change->added[change->n_added++] = trigger;
    }
    return error;
}

/* Puts a trigger in place of 'old', which may be null. */
static char *
monitor_put_trigger(struct monitor *monitor, const struct trigger_spec *ts,
                    const struct trigger *old, uint64_t now_us)
    OVS_REQUIRES(monitor->mutex)
{
    struct change change;
    char *error;

    change_init(&change, hmap_count(&monitor->triggers) + 1);
    change_keep_all(&change, monitor, old);
    error = change_add(&change, monitor, ts, old);
    if (!error) {
        error = change_commit(&change, monitor, now_us);
    }
    change_uninit(&change);
    return error;
}

char *
monitor_add_trigger(struct monitor *monitor, const char *name,
                    const char *spec, uint64_t now_us)
{
    struct trigger_spec ts = { .name = name, .spec = spec };
    char *error;

    ovs_mutex_lock(&monitor->mutex);
    if (monitor_find_trigger(monitor, name)) {
        error = monitor_trigger_exists(name);
    } else {
        error = monitor_put_trigger(monitor, &ts, NULL, now_us);
    }
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}

char *
monitor_mod_trigger(struct monitor *monitor, const char *name,
                    const char *spec, uint64_t now_us)
{
    struct trigger_spec ts = { .name = name, .spec = spec };
    struct trigger *old;
    char *error;

    ovs_mutex_lock(&monitor->mutex);
    old = monitor_find_trigger(monitor, name);
    error = (old ? monitor_check_owner(old, NULL)
             : monitor_no_such_trigger(name));
    if (!error) {
        error = monitor_put_trigger(monitor, &ts, old, now_us);
    }
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}

char *
monitor_del_trigger(struct monitor *monitor, const char *name,
                    uint64_t now_us)
{
    struct trigger *old;
    char *error;

    ovs_mutex_lock(&monitor->mutex);
    old = monitor_find_trigger(monitor, name);
    error = (old ? monitor_check_owner(old, NULL)
             : monitor_no_such_trigger(name));
    if (!error) {
        struct change change;

        change_init(&change, hmap_count(&monitor->triggers));
        change_keep_all(&change, monitor, old);
        error = change_commit(&change, monitor, now_us);
        change_uninit(&change);
    }
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}

char *
monitor_del_all_triggers(struct monitor *monitor, uint64_t now_us)
{
    return monitor_replace_triggers(monitor, NULL, 0, now_us);
}

/* Sorts the triggers of 'specs' into those that stay and those that are
 * added.  'names' are those that were seen. */
static char *
change_add_spec(struct change *change, const struct monitor *monitor,
                const struct trigger_spec *spec, struct sset *names)
    OVS_REQUIRES(monitor->mutex)
{
    struct trigger *old = monitor_find_trigger(monitor, spec->name);
    char *error = old ? monitor_check_owner(old, spec->owner) : NULL;

    if (error) {
        return error;
    } else if (!sset_add(names, spec->name)) {
        return xasprintf("trigger '%s' is given twice", spec->name);
    }
    error = change_add(change, monitor, spec, old);
    if (!error && old) {
        struct trigger *added = change->added[change->n_added - 1];

        if (!strcmp(added->event->text, old->event->text)) {
            trigger_unref(added);
            change->n_added--;
            change->kept[change->n_kept++] = old;
        }
    }
    return error;
}

char *
monitor_replace_triggers(struct monitor *monitor,
                         const struct trigger_spec *specs, size_t n,
                         uint64_t now_us)
{
    struct sset names = SSET_INITIALIZER(&names);
    struct trigger *trigger;
    struct change change;
    char *error = NULL;

    ovs_mutex_lock(&monitor->mutex);
    change_init(&change, n + hmap_count(&monitor->triggers));
    for (size_t i = 0; i < n && !error; i++) {
        error = change_add_spec(&change, monitor, &specs[i], &names);
    }
    HMAP_FOR_EACH (trigger, node, &monitor->triggers) {
        if (!owner_is_operator(trigger->owner)
            && !sset_contains(&names, trigger->name)) {
            change.kept[change.n_kept++] = trigger;
        }
    }
    if (!error) {
        error = change_commit(&change, monitor, now_us);
    }
    change_uninit(&change);
    ovs_mutex_unlock(&monitor->mutex);
    sset_destroy(&names);
    return error;
}
