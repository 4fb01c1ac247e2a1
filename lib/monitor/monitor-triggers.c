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
    hmap_remove(&monitor->triggers, &trigger->node);
    gather_remove_trigger(&monitor->gather, trigger);
    trigger_unref(trigger);
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

static int
compare_names(const void *a_, const void *b_)
{
    const struct trigger *const *a = a_;
    const struct trigger *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
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
    qsort(triggers, n, sizeof *triggers, compare_names);
    return triggers;
}

/* Makes the table of the triggers that are installed and hands it to all
 * packet threads.  On failure the old table stays everywhere. */
static char *
monitor_publish(struct monitor *monitor, struct trigger **triggers, size_t n)
    OVS_REQUIRES(monitor->mutex)
{
    size_t n_scatters = ovs_list_size(&monitor->scatters), i = 0;
    struct plan_store **plans = xcalloc(n_scatters, sizeof *plans);
    struct trigger_table *table, *old = monitor->table;
    struct scatter *scatter;
    bool ok = true;

    qsort(triggers, n, sizeof *triggers, compare_names);
    table = trigger_table_create(triggers, n, old->version + 1);
    LIST_FOR_EACH (scatter, node, &monitor->scatters) {
        if (!scatter->retired) {
            plans[i] = scatter_make_plans(scatter, table);
            ok = ok && plans[i];
            i++;
        }
    }

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
monitor_install(struct monitor *monitor, struct trigger *trigger,
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
    hmap_insert(&monitor->triggers, &trigger->node,
                hash_string(trigger->name, 0));
    if (monitor->started || !monitor->settings.replay) {
        gather_add_trigger(&monitor->gather, trigger, first);
    }
}

/* A change of the triggers under way. */
struct change {
    struct trigger **kept;      /* Stay as they are. */
    size_t n_kept;
    struct trigger **added;
    size_t n_added;
};

static void
change_init(struct change *change, size_t max)
{
    change->kept = xcalloc(max, sizeof *change->kept);
    change->added = xcalloc(max, sizeof *change->added);
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
    error = monitor_publish(monitor, all, n);
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
        monitor_install(monitor, trigger_ref(change->added[i]), now_us);
    }
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

/* Parses the spec of a trigger and adds it to 'change'. */
static char *
change_add(struct change *change, const struct monitor *monitor,
           const struct trigger_spec *ts)
{
    const struct event_source *source = ts->source.name ? &ts->source : NULL;
    struct event *event;
    char *error;

    error = event_parse(ts->spec, source, monitor->settings.epoch_us, &event);
    if (error) {
        return error;
    }
    error = event_check_supported(event);
    if (error) {
        event_unref(event);
        return error;
    }
    change->added[change->n_added++] = trigger_create(ts->name, event);
    event_unref(event);
    return NULL;
}

static char *
check_name(const char *name)
{
    if (event_name_is_valid(name)) {
        return NULL;
    }
    return xasprintf("'%s' is not a name for a trigger: 1 to %d of A-Z a-z "
                     "0-9 _ . -", name, TRIGGER_NAME_MAX);
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
    error = change_add(&change, monitor, ts);
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
    char *error = check_name(name);

    if (error) {
        return error;
    }
    ovs_mutex_lock(&monitor->mutex);
    if (monitor_find_trigger(monitor, name)) {
        error = xasprintf("there is a trigger '%s' already; modify or delete "
                          "it, or choose another name", name);
    } else {
        error = monitor_put_trigger(monitor, &ts, NULL, now_us);
    }
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}

static char *
no_such_trigger(const char *name)
{
    return xasprintf("there is no trigger '%s'", name);
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
    error = (old ? monitor_put_trigger(monitor, &ts, old, now_us)
             : no_such_trigger(name));
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}

char *
monitor_del_trigger(struct monitor *monitor, const char *name)
{
    struct trigger *old;
    char *error;

    ovs_mutex_lock(&monitor->mutex);
    old = monitor_find_trigger(monitor, name);
    if (old) {
        struct change change;

        change_init(&change, hmap_count(&monitor->triggers));
        change_keep_all(&change, monitor, old);
        error = change_commit(&change, monitor, 0);
        change_uninit(&change);
    } else {
        error = no_such_trigger(name);
    }
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}

char *
monitor_del_all_triggers(struct monitor *monitor)
{
    return monitor_replace_triggers(monitor, NULL, 0, 0);
}

/* Sorts the triggers of 'specs' into those that stay and those that are
 * added. */
static char *
change_from_specs(struct change *change, const struct monitor *monitor,
                  const struct trigger_spec *specs, size_t n)
    OVS_REQUIRES(monitor->mutex)
{
    struct sset names = SSET_INITIALIZER(&names);
    char *error = NULL;

    for (size_t i = 0; i < n && !error; i++) {
        struct trigger *old = monitor_find_trigger(monitor, specs[i].name);

        error = check_name(specs[i].name);
        if (!error && !sset_add(&names, specs[i].name)) {
            error = xasprintf("trigger '%s' is given twice", specs[i].name);
        }
        if (!error) {
            error = change_add(change, monitor, &specs[i]);
        }
        if (!error && old) {
            struct trigger *added = change->added[change->n_added - 1];

            if (!strcmp(added->event->text, old->event->text)) {
                trigger_unref(added);
                change->n_added--;
                change->kept[change->n_kept++] = old;
            }
        }
    }
    sset_destroy(&names);
    return error;
}

char *
monitor_replace_triggers(struct monitor *monitor,
                         const struct trigger_spec *specs, size_t n,
                         uint64_t now_us)
{
    struct change change;
    char *error;

    ovs_mutex_lock(&monitor->mutex);
    change_init(&change, n);
    error = change_from_specs(&change, monitor, specs, n);
    if (!error) {
        error = change_commit(&change, monitor, now_us);
    }
    change_uninit(&change);
    ovs_mutex_unlock(&monitor->mutex);
    return error;
}
