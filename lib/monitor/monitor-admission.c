/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/monitor.h"

#include <inttypes.h>
#include <string.h>

#include "event/trigger-id.h"
#include "monitor/monitor-private.h"
#include "monitor/scope.h"
#include "util.h"

/* What a trigger must be to be let in: its name, its text, its owner and the
 * owner's quotas.  What it may cost is in monitor-budget.c. */

char *
monitor_no_such_trigger(const char *name)
{
    return xasprintf("there is no trigger '%s'", name);
}

char *
monitor_trigger_exists(const char *name)
{
    return xasprintf("there is a trigger '%s' already; modify or delete it, "
                     "or choose another name", name);
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
too_many_patterns(const struct monitor *monitor)
    OVS_REQUIRES(monitor->mutex)
{
    return xasprintf("all triggers together would have more than %"PRIu32
                     " patterns (distinct sets of fields); use the fields of "
                     "another trigger or raise trumpet-max-patterns",
                     monitor->owners.quotas.all_patterns);
}

char *
monitor_check_patterns(const struct monitor *monitor,
                       struct trigger *const *triggers, size_t n)
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
