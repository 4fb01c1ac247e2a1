/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_FILTER_H
#define EVENT_FILTER_H 1

#include <stdbool.h>

#include "event/flow-fields.h"
#include "openvswitch/dynamic-string.h"

/* A filter: which packets an event is about.
 *
 * The text is an ovs-ofctl(8) match; its fields are parsed by OVS's own
 * parser and the result is reduced to flow_fields.  What is not a field of a
 * flow's key is refused with the reason, not ignored.
 *
 * Thread-safety: plain value once parsed. */
struct filter {
    struct flow_fields value;   /* 'value' is 0 wherever 'mask' is. */
    struct flow_fields mask;
};

/* True if a packet with 'fields' passes.  Runs on: PMD, any. */
static inline bool
filter_matches(const struct filter *filter, const struct flow_fields *fields)
{
    struct flow_fields masked;

    flow_fields_and(&masked, fields, &filter->mask);
    return flow_fields_equal(&masked, &filter->value);
}

/* Returns the filter that the reverse direction of what passes 'filter'
 * passes, at whatever place. */
struct filter filter_reverse(const struct filter *);

struct ofputil_port_map;

/* Parses 'text' ("any", "tcp,nw_dst=10.0.0.0/8").  Returns null, and then the
 * caller must filter_uninit() the filter, though not its copies; or an error,
 * which the caller must free; '*error_offset' is then where in 'text' it
 * was found.  'ports' may be null: then in_port must be a name. */
char *filter_parse(struct filter *, const char *text,
                   const struct ofputil_port_map *ports, size_t *error_offset)
    OVS_WARN_UNUSED_RESULT;

/* Gives back the name of the interface, if 'filter' has one. */
void filter_uninit(struct filter *);

/* Appends the normal form, which parses back to the same filter. */
void filter_format(const struct filter *, struct ds *);

#endif /* event/filter.h */
