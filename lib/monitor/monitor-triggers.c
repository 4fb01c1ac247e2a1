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

char *
monitor_publish(struct monitor *monitor, struct trigger **triggers, size_t n)
{
    size_t n_scatters = ovs_list_size(&monitor->scatters), i = 0;
    struct plan_store **plans = xcalloc(n_scatters, sizeof *plans);
    struct trigger_table *table, *old = monitor->table;
    struct scatter *scatter;
    bool ok = true;

    qsort(triggers, n, sizeof *triggers, compare_names);
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

static char *
too_many_patterns(const struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex)
{
    return xasprintf("all triggers together would have more than %"PRIu32
                     " patterns (distinct sets of fields); use the fields of "
                     "another trigger or raise trumpet-max-patterns",
                     monitor->owners.quotas.all_patterns);
}

/* Tests the quota of all together for the 'n' 'triggers'. */
static char *
check_all_patterns(const struct monitor *monitor,
                   struct trigger *const *triggers, size_t n)
    OVS_REQUIRES(monitor->mutex)
{
    struct flow_fields *masks = xcalloc(n, sizeof *masks);
    bool exceeded;

    for (size_t i = 0; i < n; i++) {
        masks[i] = trigger_filter(triggers[i]).mask;
    }
    exceeded = owners_exceeded(&monitor->owners, masks, n);
    free(masks);
    return exceeded ? too_many_patterns(monitor) : NULL;
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
    error = check_all_patterns(monitor, all, n);
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

char *
monitor_check_owner(const struct trigger *trigger, const char *owner)
{
    const char *actual = trigger->owner->name;

    if (!strcmp(actual, owner ? owner : "")) {
        return NULL;
    }
    return xasprintf("trigger '%s' belongs to %s, who alone can change it",
                     trigger->name, actual[0] ? actual : "the operator");
}

static char *
check_name(const char *name)
{
    if (trigger_id_is_valid(name)) {
        return NULL;
    }
    return xasprintf("'%s' is not a name for a trigger: 1 to %d of A-Z a-z "
                     "0-9 _ . -", trigger_id_name(name), TRIGGER_NAME_MAX);
}

/* Tests the quotas of the owner of 'spec' for 'trigger', in place of 'old'. */
static char *
check_quotas(const struct monitor *monitor, const struct trigger_spec *spec,
             const struct trigger *trigger, const struct trigger *old,
             enum stage_error *code)
    OVS_REQUIRES(monitor->mutex)
{
    const struct quotas *quotas = &monitor->owners.quotas;
    const char *owner = spec->owner ? spec->owner : "";
    struct filter filter = trigger_filter(trigger);
    struct filter old_filter;

    if (old) {
        old_filter = trigger_filter(old);
    }
    switch (owners_check(&monitor->owners, owner, &filter.mask,
                         old ? &old_filter.mask : NULL)) {
    case QUOTA_TRIGGERS:
        *code = STAGE_QUOTA_TRIGGERS;
        return xasprintf("%s has %"PRIu32" triggers already; remove some or "
                         "raise trumpet-owner-triggers", owner,
                         quotas->triggers);

    case QUOTA_PATTERNS:
        *code = STAGE_QUOTA_PATTERNS;
        return xasprintf("the triggers of %s have %"PRIu32" patterns "
                         "(distinct sets of fields) already; use the fields "
                         "of another trigger or raise "
                         "trumpet-owner-patterns", owner, quotas->patterns);

    case QUOTA_ALL_PATTERNS:
        *code = STAGE_QUOTA_PATTERNS;
        return too_many_patterns(monitor);

    case QUOTA_OK:
    default:
        return NULL;
    }
}

/* Parses the text of 'spec' for this monitor. */
static char *
parse_spec(const struct monitor *monitor, const struct trigger_spec *spec,
           struct event **eventp)
{
    const struct event_source *source
        = spec->source.name ? &spec->source : NULL;

    return event_parse(spec->spec, source, monitor->settings.epoch_us,
                       eventp);
}

char *
monitor_make_trigger(const struct monitor *monitor,
                     const struct trigger_spec *spec,
                     const struct trigger *old, struct trigger **triggerp,
                     enum stage_error *code)
{
    struct trigger *trigger;
    struct event *event;
    char *error;

    *triggerp = NULL;
    *code = STAGE_BAD_NAME;
    error = check_name(spec->name);
    if (error) {
        return error;
    }
    *code = STAGE_BAD_SPEC;
    error = parse_spec(monitor, spec, &event);
    if (error) {
        return error;
    }

    trigger = trigger_create(spec->name, event);
    event_unref(event);
    trigger->cookie = spec->cookie;
    trigger_set_history(trigger, MIN(spec->history, TRIGGER_HISTORY_MAX));
    if (trigger_id_bridge_length(spec->name)) {
        char bridge[TRIGGER_BRIDGE_MAX + 1];

        trigger_id_get_bridge(spec->name, bridge);
        trigger->scope = scope_intern(bridge);
        if (!trigger->scope) {
            error = xasprintf("%s: too many bridges", spec->name);
        }
    }
    if (!error) {
        error = check_quotas(monitor, spec, trigger, old, code);
    }
    if (error) {
        trigger_unref(trigger);
        return error;
    }
    *code = STAGE_OK;
    *triggerp = trigger;
    return NULL;
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
    error = old ? monitor_check_owner(old, NULL) : no_such_trigger(name);
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
    error = old ? monitor_check_owner(old, NULL) : no_such_trigger(name);
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
