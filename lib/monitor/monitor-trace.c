/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "event/filter.h"
#include "event/granularity.h"
#include "event/trigger-id.h"
#include "monitor/monitor-private.h"
#include "monitor/scope.h"
#include "util.h"

/* Why a packet matches a trigger or does not. */

/* A field of struct flow_fields. */
struct traced_field {
    size_t offset;
    size_t size;
};

#define TRACED_FIELD(MEMBER)                                            \
    { offsetof(struct flow_fields, MEMBER),                             \
      sizeof(((struct flow_fields *) NULL)->MEMBER) }

static const struct traced_field traced_fields[] = {
    TRACED_FIELD(in_port), TRACED_FIELD(tun_id), TRACED_FIELD(vlan),
    TRACED_FIELD(dl_type), TRACED_FIELD(nw_proto), TRACED_FIELD(src),
    TRACED_FIELD(dst), TRACED_FIELD(tp_src), TRACED_FIELD(tp_dst),
};

/* Reduces 'filter' to those fields that 'fields' does not pass. */
static void
filter_keep_failed(const struct filter *filter,
                   const struct flow_fields *fields, struct filter *failed)
{
    memset(failed, 0, sizeof *failed);
    for (size_t i = 0; i < ARRAY_SIZE(traced_fields); i++) {
        const struct traced_field *f = &traced_fields[i];
        struct filter one;

        memset(&one, 0, sizeof one);
        memcpy((uint8_t *) &one.mask + f->offset,
               (const uint8_t *) &filter->mask + f->offset, f->size);
        flow_fields_and(&one.value, &filter->value, &one.mask);
        if (!filter_matches(&one, fields)) {
            memcpy((uint8_t *) &failed->mask + f->offset,
                   (uint8_t *) &one.mask + f->offset, f->size);
        }
    }
    flow_fields_and(&failed->value, &filter->value, &failed->mask);
}

static bool
has_address(const struct flow_fields *mask)
{
    static const uint8_t zeros[16];

    return (memcmp(mask->src, zeros, sizeof zeros)
            || memcmp(mask->dst, zeros, sizeof zeros));
}

static void
trace_trigger(const struct trigger *trigger, const struct flow_fields *fields,
              struct ds *ds)
{
    const struct event *event = trigger->event;
    struct flow_fields key;

    ds_put_format(ds, "%s: ", trigger->name);
    if (trigger->scope && trigger->scope != fields->scope) {
        ds_put_format(ds, "no match, the flow was not received on bridge "
                      "%.*s", (int) trigger_id_bridge_length(trigger->name),
                      trigger->name);
    } else if (!filter_matches(&event->filter, fields)) {
        struct filter failed;

        filter_keep_failed(&event->filter, fields, &failed);
        if (failed.mask.dl_type) {
            /* Without the right family, what follows is beside the point,
             * but the protocol belongs to its name. */
            uint8_t nw_proto = event->filter.mask.nw_proto;

            memset(&failed, 0, sizeof failed);
            failed.mask.dl_type = event->filter.mask.dl_type;
            failed.mask.nw_proto = nw_proto;
            flow_fields_and(&failed.value, &event->filter.value,
                            &failed.mask);
        } else if (has_address(&failed.mask) || failed.mask.nw_proto
                   || failed.mask.tp_src || failed.mask.tp_dst) {
            /* These are written by their family and protocol. */
            if (failed.mask.tp_src || failed.mask.tp_dst) {
                failed.mask.nw_proto = event->filter.mask.nw_proto;
                failed.value.nw_proto = event->filter.value.nw_proto;
            }
            failed.mask.dl_type = event->filter.mask.dl_type;
            failed.value.dl_type = event->filter.value.dl_type;
        }
        ds_put_cstr(ds, "no match, the flow is not ");
        filter_format(&failed, ds);
    } else if (!granularity_key(&event->granularity, fields, &key)) {
        ds_put_cstr(ds, "matches, but has no key: the flow lacks a field of ");
        granularity_format(&event->granularity, ds);
    } else {
        ds_put_cstr(ds, "matches, key ");
        granularity_format_key(&event->granularity, &key, ds);
    }
    ds_put_char(ds, '\n');
}

void
monitor_trace(struct monitor *monitor, const struct flow_fields *fields,
              struct ds *ds)
{
    ovs_mutex_lock(&monitor->mutex);
    size_t n = hmap_count(&monitor->triggers);
    struct trigger **triggers = monitor_sort_triggers(monitor);
    struct flow_fields scoped = *fields;

    if (monitor->scopes) {
        scoped.scope = scope_map_lookup(monitor->scopes, fields->in_port);
    }
    for (size_t i = 0; i < n; i++) {
        trace_trigger(triggers[i], &scoped, ds);
    }
    ovs_mutex_unlock(&monitor->mutex);
    free(triggers);
    if (!n) {
        ds_put_cstr(ds, "no triggers\n");
    }
}
