/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "event/cost.h"

#include <string.h>

#include "openvswitch/types.h"
#include "unaligned.h"
#include "util.h"

/* Appends "NAME, " or "NAME/MASK, " if 'mask' has any bit.  'ones' is the
 * mask of the whole field. */
static void
format_mask(const char *name, uint64_t mask, uint64_t ones, struct ds *ds)
{
    if (mask == ones) {
        ds_put_format(ds, "%s, ", name);
    } else if (mask) {
        ds_put_format(ds, "%s/0x%llx, ", name, (unsigned long long) mask);
    }
}

/* The same for an address; /N if the mask is a prefix. */
static void
format_address_mask(const char *name, const uint8_t *mask, size_t length,
                    struct ds *ds)
{
    unsigned int prefix = 0, ones = 0;

    for (size_t i = 0; i < length; i++) {
        ones += count_1bits(mask[i]);
    }
    while (prefix < 8 * length
           && mask[prefix / 8] & (0x80 >> prefix % 8)) {
        prefix++;
    }
    if (!ones) {
        return;
    }
    ds_put_cstr(ds, name);
    if (prefix != ones) {
        ds_put_cstr(ds, "/0x");
        for (size_t i = 0; i < length; i++) {
            ds_put_format(ds, "%02x", mask[i]);
        }
    } else if (prefix < 8 * length) {
        ds_put_format(ds, "/%u", prefix);
    }
    ds_put_cstr(ds, ", ");
}

/* Appends the fields at which the event's filter looks. */
static void
format_pattern(const struct filter *filter, struct ds *ds)
{
    const struct flow_fields *mask = &filter->mask;
    size_t start;

    ds_put_cstr(ds, "pattern: ");
    start = ds->length;
    format_mask("in_port", mask->in_port, UINT32_MAX, ds);
    format_mask("tun_id", mask->tun_id, UINT64_MAX, ds);
    /* Tagged or not is told by one more bit. */
    format_mask("dl_vlan", mask->vlan & (FLOW_FIELDS_VLAN | 0xfff),
                FLOW_FIELDS_VLAN | 0xfff, ds);
    format_mask("dl_type", mask->dl_type, UINT16_MAX, ds);
    if (filter->value.dl_type == 0x86dd) {
        format_address_mask("ipv6_src", mask->src, 16, ds);
        format_address_mask("ipv6_dst", mask->dst, 16, ds);
    } else {
        format_address_mask("nw_src", mask->src + 12, 4, ds);
        format_address_mask("nw_dst", mask->dst + 12, 4, ds);
    }
    format_mask("nw_proto", mask->nw_proto, UINT8_MAX, ds);
    format_mask("tp_src", mask->tp_src, UINT16_MAX, ds);
    format_mask("tp_dst", mask->tp_dst, UINT16_MAX, ds);
    if (ds->length == start) {
        ds_put_cstr(ds, "any packet");
    } else {
        ds_truncate(ds, ds->length - 2);
    }
    ds_put_char(ds, '\n');
}

struct event_cost
event_get_cost(const struct event *event)
{
    struct event_cost cost = { .n_intervals = event->max_lag + event->over };

    for (size_t i = 0; i < event->n_measures; i++) {
        enum measure_kind kind = event->measures[i].kind;

        cost.n_own += (!measure_kind_is_base(kind)
                       && !measure_kind_is_asked(kind));
    }
    cost.flow_bytes = cost.n_own * sizeof(struct cell);
    cost.key_bytes = (cost.n_intervals * event->n_measures
                      * sizeof(struct cell));
    return cost;
}

/* Appends what is kept beyond the packets, bytes and volume that each flow
 * entry counts anyway. */
static void
format_state(const struct event *event, struct ds *ds)
{
    struct event_cost cost = event_get_cost(event);

    ds_put_format(ds, "state: %"PRIuSIZE" bytes per flow and epoch "
                  "(measures beyond packets, bytes and volume: %"PRIuSIZE
                  ")\n", cost.flow_bytes, cost.n_own);
    ds_put_format(ds, "state: %"PRIuSIZE" bytes per key "
                  "(measures: %"PRIuSIZE", intervals: %u)\n",
                  cost.key_bytes, event->n_measures, cost.n_intervals);
}

void
event_format_cost(const struct event *event, struct ds *ds)
{
    format_pattern(&event->filter, ds);
    format_state(event, ds);
}
