/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/granularity.h"

#include <arpa/inet.h>
#include <inttypes.h>

#include "event/granularity-table.h"
#include "event/port-name.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"

/* Keys: how they are made, ordered and written.  Parsing is in
 * granularity-parse.c. */

const struct granularity granularity_5tuple = {
    .n_fields = 1,
    .fields = { { .id = GRANULARITY_5TUPLE } },
    .has_5tuple = true,
    .is_flow = true,
};

static bool
has_field(const struct flow_fields *fields, enum granularity_field_id id)
{
    switch (id) {
    case GRANULARITY_NW_SRC:
    case GRANULARITY_NW_DST:
        return fields->has & FLOW_HAS_IPV4;
    case GRANULARITY_IPV6_SRC:
    case GRANULARITY_IPV6_DST:
        return fields->has & FLOW_HAS_IPV6;
    case GRANULARITY_NW_PROTO:
    case GRANULARITY_TP_SRC:
    case GRANULARITY_TP_DST:
    case GRANULARITY_5TUPLE:
        return fields->has & (FLOW_HAS_IPV4 | FLOW_HAS_IPV6);
    case GRANULARITY_IN_PORT:
        return fields->in_port;
    case GRANULARITY_TUN_ID:
        return fields->has & FLOW_HAS_TUNNEL;
    case GRANULARITY_VLAN_VID:
        return fields->vlan & FLOW_FIELDS_VLAN;
    case N_GRANULARITY_FIELDS:
        break;
    }
    OVS_NOT_REACHED();
}

bool
granularity_key(const struct granularity *granularity,
                const struct flow_fields *fields, struct flow_fields *key)
{
    for (size_t i = 0; i < granularity->n_fields; i++) {
        if (!has_field(fields, granularity->fields[i].id)) {
            return false;
        }
    }
    flow_fields_and(key, fields, &granularity->mask);
    return true;
}

bool
granularity_equal(const struct granularity *a, const struct granularity *b)
{
    if (a->n_fields != b->n_fields) {
        return false;
    }
    for (size_t i = 0; i < a->n_fields; i++) {
        if (a->fields[i].id != b->fields[i].id
            || a->fields[i].prefix != b->fields[i].prefix) {
            return false;
        }
    }
    return true;
}

static int
compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int
compare_5tuple(const struct flow_fields *a, const struct flow_fields *b)
{
    /* ETH_TYPE_IP < ETH_TYPE_IPV6. */
    int cmp = compare(a->dl_type, b->dl_type);

    cmp = cmp ? cmp : memcmp(a->src, b->src, sizeof a->src);
    cmp = cmp ? cmp : memcmp(a->dst, b->dst, sizeof a->dst);
    cmp = cmp ? cmp : compare(a->nw_proto, b->nw_proto);
    cmp = cmp ? cmp : compare(a->tp_src, b->tp_src);
    return cmp ? cmp : compare(a->tp_dst, b->tp_dst);
}

static int
compare_field(enum granularity_field_id id, const struct flow_fields *a,
              const struct flow_fields *b)
{
    switch (id) {
    case GRANULARITY_NW_SRC:
    case GRANULARITY_IPV6_SRC:
        return memcmp(a->src, b->src, sizeof a->src);
    case GRANULARITY_NW_DST:
    case GRANULARITY_IPV6_DST:
        return memcmp(a->dst, b->dst, sizeof a->dst);
    case GRANULARITY_NW_PROTO:
        return compare(a->nw_proto, b->nw_proto);
    case GRANULARITY_TP_SRC:
        return compare(a->tp_src, b->tp_src);
    case GRANULARITY_TP_DST:
        return compare(a->tp_dst, b->tp_dst);
    case GRANULARITY_IN_PORT:
        return (a->in_port == b->in_port ? 0
                : strcmp(port_name_get(a->in_port),
                         port_name_get(b->in_port)));
    case GRANULARITY_TUN_ID:
        return compare(a->tun_id, b->tun_id);
    case GRANULARITY_VLAN_VID:
        return compare(a->vlan, b->vlan);
    case GRANULARITY_5TUPLE:
        return compare_5tuple(a, b);
    case N_GRANULARITY_FIELDS:
        break;
    }
    OVS_NOT_REACHED();
}

int
granularity_compare_keys(const struct granularity *granularity,
                         const struct flow_fields *a,
                         const struct flow_fields *b)
{
    for (size_t i = 0; i < granularity->n_fields; i++) {
        int cmp = compare_field(granularity->fields[i].id, a, b);

        if (cmp) {
            return cmp;
        }
    }
    return 0;
}

void
granularity_format(const struct granularity *granularity, struct ds *ds)
{
    if (!granularity->n_fields) {
        ds_put_cstr(ds, "none");
    }
    for (size_t i = 0; i < granularity->n_fields; i++) {
        const struct granularity_field *field = &granularity->fields[i];
        const struct granularity_row *row = &granularity_table[field->id];

        ds_put_format(ds, "%s%s", i ? "," : "", row->name);
        if (field->prefix < row->max_prefix) {
            ds_put_format(ds, "/%d", field->prefix);
        }
    }
}

/* Appends "name":"address", which is IPv4 if 'max_prefix' is 32. */
static void
format_address(const char *name, const uint8_t address[16], int prefix,
               int max_prefix, struct ds *ds)
{
    char s[INET6_ADDRSTRLEN];

    if (max_prefix == 32) {
        inet_ntop(AF_INET, address + 12, s, sizeof s);
    } else {
        inet_ntop(AF_INET6, address, s, sizeof s);
    }
    ds_put_format(ds, "\"%s\":\"%s", name, s);
    if (prefix < max_prefix) {
        ds_put_format(ds, "/%d", prefix);
    }
    ds_put_char(ds, '"');
}

static void
format_number(const char *name, uint64_t value, struct ds *ds)
{
    ds_put_format(ds, "\"%s\":%"PRIu64, name, value);
}

static void
format_5tuple(const struct flow_fields *key, struct ds *ds)
{
    bool is_ipv6 = key->dl_type == ETH_TYPE_IPV6;
    int prefix = is_ipv6 ? 128 : 32;

    format_address(is_ipv6 ? "ipv6_src" : "nw_src", key->src, prefix, prefix,
                   ds);
    ds_put_char(ds, ',');
    format_address(is_ipv6 ? "ipv6_dst" : "nw_dst", key->dst, prefix, prefix,
                   ds);
    ds_put_char(ds, ',');
    format_number("nw_proto", key->nw_proto, ds);
    ds_put_char(ds, ',');
    format_number("tp_src", key->tp_src, ds);
    ds_put_char(ds, ',');
    format_number("tp_dst", key->tp_dst, ds);
}

static void
format_field(const struct granularity_field *field,
             const struct flow_fields *key, struct ds *ds)
{
    const struct granularity_row *row = &granularity_table[field->id];

    switch (field->id) {
    case GRANULARITY_NW_SRC:
    case GRANULARITY_IPV6_SRC:
        format_address(row->name, key->src, field->prefix, row->max_prefix,
                       ds);
        return;
    case GRANULARITY_NW_DST:
    case GRANULARITY_IPV6_DST:
        format_address(row->name, key->dst, field->prefix, row->max_prefix,
                       ds);
        return;
    case GRANULARITY_NW_PROTO:
        format_number(row->name, key->nw_proto, ds);
        return;
    case GRANULARITY_TP_SRC:
        format_number(row->name, key->tp_src, ds);
        return;
    case GRANULARITY_TP_DST:
        format_number(row->name, key->tp_dst, ds);
        return;
    case GRANULARITY_IN_PORT:
        ds_put_format(ds, "\"%s\":", row->name);
        json_string_escape(port_name_get(key->in_port), ds);
        return;
    case GRANULARITY_TUN_ID:
        format_number(row->name, key->tun_id, ds);
        return;
    case GRANULARITY_VLAN_VID:
        format_number(row->name, key->vlan & VLAN_VID_MASK, ds);
        return;
    case GRANULARITY_5TUPLE:
        format_5tuple(key, ds);
        return;
    case N_GRANULARITY_FIELDS:
        break;
    }
    OVS_NOT_REACHED();
}

void
granularity_format_key(const struct granularity *granularity,
                       const struct flow_fields *key, struct ds *ds)
{
    ds_put_char(ds, '{');
    for (size_t i = 0; i < granularity->n_fields; i++) {
        if (i) {
            ds_put_char(ds, ',');
        }
        format_field(&granularity->fields[i], key, ds);
    }
    ds_put_char(ds, '}');
}
