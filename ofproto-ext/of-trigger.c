/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "of-trigger.h"

#include <stdlib.h>
#include <string.h>

#include "bridge-map.h"
#include "event/event.h"
#include "monitor/monitor.h"
#include "openflow/openflow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-port.h"
#include "switch-monitor.h"
#include "util.h"

/* Stores what 'match' means in 'filter'.  The text of a match is what a
 * filter is made from, so both know the same fields and refuse the same. */
static char *
filter_from_match(const struct match *match,
                  const struct ofputil_port_map *ports, struct filter *filter)
{
    char *text = match_to_string(match, NULL, OFP_DEFAULT_PRIORITY);
    size_t offset;
    char *error = filter_parse(filter, text[0] ? text : "any", ports, &offset);

    if (error) {
        char *s = xasprintf("match:%"PRIuSIZE": %s (%s)", offset + 1, error,
                            text);

        free(error);
        error = s;
    }
    free(text);
    return error;
}

/* Stores the AND of both filters in 'a'. */
static char *
filter_and(struct filter *a, const struct filter *b)
{
    struct flow_fields common, from_a, from_b;

    flow_fields_and(&common, &a->mask, &b->mask);
    flow_fields_and(&from_a, &a->value, &common);
    flow_fields_and(&from_b, &b->value, &common);
    if (!flow_fields_equal(&from_a, &from_b)) {
        return xstrdup("match: it contradicts the trigger's filter, so that "
                       "no packet would match both");
    }

    uint8_t *value = (uint8_t *) &a->value, *mask = (uint8_t *) &a->mask;

    for (size_t i = 0; i < sizeof a->value; i++) {
        value[i] |= ((const uint8_t *) &b->value)[i];
        mask[i] |= ((const uint8_t *) &b->mask)[i];
    }
    return NULL;
}

/* Returns the normal form of 'event' with 'filter' in place of its own. */
static char *
text_with_filter(const struct event *event, const struct filter *filter)
{
    struct ds old = DS_EMPTY_INITIALIZER, new = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&old, "on ");
    filter_format(&event->filter, &old);
    ds_put_cstr(&new, "on ");
    filter_format(filter, &new);
    ovs_assert(!strncmp(event->text, ds_cstr(&old), old.length));
    ds_put_cstr(&new, event->text + old.length);
    ds_destroy(&old);
    return ds_steal_cstr(&new);
}

char *
of_trigger_text(const struct wire_trigger_mod *request, const char *bridge,
                char **text)
{
    uint64_t epoch_us = monitor_settings(switch_monitor_get())->epoch_us;
    struct ofputil_port_map ports;
    struct event *event;
    char *error;

    ofputil_port_map_init(&ports);
    bridge_map_get_ports(bridge, &ports);

    struct event_source source = {
        .name = "trigger", .line = 1, .column = 1, .ports = &ports,
    };

    *text = NULL;
    error = event_parse(request->spec, &source, epoch_us, &event);
    if (!error) {
        struct filter filter = event->filter, match = { .mask.in_port = 0 };

        if (request->has_match) {
            error = filter_from_match(&request->match, &ports, &match);
            error = error ? error : filter_and(&filter, &match);
        }
        if (!error) {
            *text = text_with_filter(event, &filter);
        }
        filter_uninit(&match);
        event_unref(event);
    }
    ofputil_port_map_destroy(&ports);
    return error;
}
