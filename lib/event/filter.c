/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/filter.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>

#include "event/port-name.h"
#include "openvswitch/ofp-parse.h"
#include "openvswitch/ofp-port.h"
#include "packets.h"
#include "util.h"

/* Parsing is in filter-parse.c. */

static struct flow_fields
mirror_anywhere(const struct flow_fields *fields)
{
    struct flow_fields mirrored = *fields;

    flow_fields_mirror(&mirrored);
    mirrored.in_port = 0;
    mirrored.tun_id = 0;
    mirrored.vlan = 0;
    mirrored.scope = 0;
    return mirrored;
}

struct filter
filter_reverse(const struct filter *filter)
{
    return (struct filter) {
        .value = mirror_anywhere(&filter->value),
        .mask = mirror_anywhere(&filter->mask),
    };
}

/* The normal form. */

static const uint8_t zeros[16];

/* The protocol words that the normal form uses. */
static const char *const protocol_words[] = {
    "ip", "ipv6", "tcp", "udp", "sctp", "icmp", "tcp6", "udp6", "sctp6",
    "icmp6", "arp", "rarp", "mpls", "mplsm",
};

static void
put_separator(struct ds *ds, size_t start)
{
    if (ds->length > start) {
        ds_put_char(ds, ',');
    }
}

/* Appends the word for Ethernet type and IP protocol, or the fields. */
static void
format_protocol(const struct filter *filter, struct ds *ds, size_t start)
{
    const struct flow_fields *value = &filter->value;
    const struct flow_fields *mask = &filter->mask;
    const struct ofp_protocol *p;
    const char *best = NULL;
    bool best_has_proto = false;

    if (!mask->dl_type) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(protocol_words); i++) {
        if (ofp_parse_protocol(protocol_words[i], &p)
            && p->dl_type == value->dl_type
            && (!p->nw_proto
                || (mask->nw_proto && p->nw_proto == value->nw_proto))) {
            best = protocol_words[i];
            best_has_proto = p->nw_proto;
        }
    }

    put_separator(ds, start);
    if (best) {
        ds_put_cstr(ds, best);
    } else {
        ds_put_format(ds, "dl_type=0x%04"PRIx16, value->dl_type);
    }
    if (mask->nw_proto && !best_has_proto) {
        ds_put_format(ds, ",nw_proto=%"PRIu8, value->nw_proto);
    }
}

/* True if 'name' must be quoted in order not to be taken for a port number or
 * for syntax. */
static bool
port_name_needs_quotes(const char *name)
{
    ofp_port_t port;

    if (strspn(name, "0123456789") == strlen(name)) {
        return true;
    }
    for (const char *p = name; *p; p++) {
        if (!isalnum((unsigned char) *p) && !strchr("_.-", *p)) {
            return true;
        }
    }
    return (*name == '-'
            || ofputil_port_from_string(name, NULL, &port));
}

static void
format_in_port(uint32_t in_port, struct ds *ds)
{
    const char *name = port_name_get(in_port);
    const char *quote = port_name_needs_quotes(name) ? "\"" : "";

    ds_put_format(ds, "in_port=%s%s%s", quote, name, quote);
}

static void
format_tun_id(uint64_t value, uint64_t mask, struct ds *ds)
{
    if (mask == UINT64_MAX) {
        ds_put_format(ds, "tun_id=%"PRIu64, value);
    } else {
        ds_put_format(ds, "tun_id=0x%"PRIx64"/0x%"PRIx64, value, mask);
    }
}

static void
format_port(const char *name, uint16_t value, uint16_t mask, struct ds *ds)
{
    if (mask == UINT16_MAX) {
        ds_put_format(ds, "%s=%"PRIu16, name, value);
    } else {
        ds_put_format(ds, "%s=0x%"PRIx16"/0x%"PRIx16, name, value, mask);
    }
}

static void
format_address(int family, const uint8_t *value, const uint8_t *mask,
               struct ds *ds)
{
    size_t size = family == AF_INET ? 4 : 16;
    char s[INET6_ADDRSTRLEN];
    struct in6_addr addr_mask;
    bool is_prefix;
    int prefix;

    ds_put_cstr(ds, inet_ntop(family, value + 16 - size, s, sizeof s));
    memcpy(&addr_mask, mask, sizeof addr_mask);
    if (family == AF_INET) {
        ovs_be32 mask4;

        memcpy(&mask4, mask + 12, sizeof mask4);
        is_prefix = ip_is_cidr(mask4);
        prefix = ip_count_cidr_bits(mask4);
    } else {
        is_prefix = ipv6_is_cidr(&addr_mask);
        prefix = is_prefix ? ipv6_count_cidr_bits(&addr_mask) : 0;
    }

    if (!is_prefix) {
        ds_put_format(ds, "/%s",
                      inet_ntop(family, mask + 16 - size, s, sizeof s));
    } else if (prefix < 8 * size) {
        ds_put_format(ds, "/%d", prefix);
    }
}

static void
format_addresses(const struct filter *filter, struct ds *ds, size_t start)
{
    bool is_ipv4 = filter->value.dl_type == ETH_TYPE_IP;
    int family = is_ipv4 ? AF_INET : AF_INET6;

    if (memcmp(filter->mask.src, zeros, sizeof zeros)) {
        put_separator(ds, start);
        ds_put_cstr(ds, is_ipv4 ? "nw_src=" : "ipv6_src=");
        format_address(family, filter->value.src, filter->mask.src, ds);
    }
    if (memcmp(filter->mask.dst, zeros, sizeof zeros)) {
        put_separator(ds, start);
        ds_put_cstr(ds, is_ipv4 ? "nw_dst=" : "ipv6_dst=");
        format_address(family, filter->value.dst, filter->mask.dst, ds);
    }
}

void
filter_format(const struct filter *filter, struct ds *ds)
{
    const struct flow_fields *value = &filter->value;
    const struct flow_fields *mask = &filter->mask;
    size_t start = ds->length;

    format_protocol(filter, ds, start);
    if (mask->in_port) {
        put_separator(ds, start);
        format_in_port(value->in_port, ds);
    }
    if (mask->tun_id) {
        put_separator(ds, start);
        format_tun_id(value->tun_id, mask->tun_id, ds);
    }
    if (mask->vlan) {
        put_separator(ds, start);
        if (value->vlan) {
            ds_put_format(ds, "dl_vlan=%d", value->vlan & VLAN_VID_MASK);
        } else {
            ds_put_cstr(ds, "dl_vlan=0xffff");
        }
    }
    format_addresses(filter, ds, start);
    if (mask->tp_src) {
        put_separator(ds, start);
        format_port("tp_src", value->tp_src, mask->tp_src, ds);
    }
    if (mask->tp_dst) {
        put_separator(ds, start);
        format_port("tp_dst", value->tp_dst, mask->tp_dst, ds);
    }
    if (ds->length == start) {
        ds_put_cstr(ds, "any");
    }
}

void
filter_uninit(struct filter *filter)
{
    if (filter->mask.in_port) {
        port_name_unref(filter->value.in_port);
        filter->value.in_port = filter->mask.in_port = 0;
    }
}
