/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/filter-value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>

#include "event/port-name.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-parse.h"
#include "openvswitch/ofp-port.h"
#include "packets.h"
#include "util.h"

/* Each value is parsed by OVS into a struct match of its own and copied from
 * there into flow_fields.  First comes what OVS's parser accepts but reads as
 * something else: it keeps the low 8 bits of 300 in an IPv4 address and the
 * low bits of a VLAN id, reads "0x" as 0 and -1 as the largest number. */

static bool
address_is_sound(int family, const char *s, size_t length)
{
    char *address = xmemdup0(s, length);
    struct in6_addr addr;
    bool ok = inet_pton(family, address, &addr) == 1;

    free(address);
    return ok;
}

static char *
check_address(int family, const char *s)
{
    size_t length = strcspn(s, "/");
    const char *mask = s[length] ? s + length + 1 : NULL;
    bool ok = address_is_sound(family, s, length);

    if (ok && mask) {
        size_t n = strlen(mask);

        ok = (strpbrk(mask, ".:")
              ? address_is_sound(family, mask, n)
              : n >= 1 && n <= 3 && strspn(mask, "0123456789") == n);
    }
    return ok ? NULL : xasprintf("expected an %s address, alone or with "
                                 "/prefix or /mask",
                                 family == AF_INET ? "IPv4" : "IPv6");
}

static bool
number_is_sound(const char *s)
{
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        return isxdigit((unsigned char) s[2]);
    }
    return isdigit((unsigned char) s[0]);
}

static char *
check_number(enum filter_slot slot, const char *s)
{
    const char *mask = strchr(s, '/');

    if (!number_is_sound(s) || (mask && !number_is_sound(mask + 1))) {
        return xstrdup("expected a number");
    } else if (slot == FILTER_SLOT_DL_VLAN) {
        unsigned long long int vlan = strtoull(s, NULL, 0);

        if (vlan > VLAN_VID_MASK && vlan != UINT16_MAX) {
            return xstrdup("expected a VLAN id, 0 to 4095, or 0xffff for "
                           "\"untagged\"");
        }
    }
    return NULL;
}

static char *
check_syntax(enum filter_slot slot, const char *s)
{
    if (slot == FILTER_SLOT_NW_SRC || slot == FILTER_SLOT_NW_DST) {
        return check_address(AF_INET, s);
    } else if (slot == FILTER_SLOT_IPV6_SRC || slot == FILTER_SLOT_IPV6_DST) {
        return check_address(AF_INET6, s);
    }
    return check_number(slot, s);
}

/* Returns the name of port 's' among 'ports', or null and an error. */
static char *
parse_port_number(const char *s, bool is_number,
                  const struct ofputil_port_map *ports, char **name)
{
    const char *port_name;
    ofp_port_t port;

    if (!ports) {
        return xasprintf("expected an interface name: %s%s has a meaning only "
                         "where a bridge is given",
                         is_number ? "port number " : "", s);
    }
    port_name = (ofputil_port_from_string(s, NULL, &port)
                 ? ofputil_port_map_get_name(ports, port) : NULL);
    if (!port_name) {
        return xasprintf("the bridge has no port %s", s);
    }
    *name = xstrdup(port_name);
    return NULL;
}

static char *
parse_in_port(struct filter *filter, const char *s,
              const struct ofputil_port_map *ports)
{
    size_t length = strlen(s);
    bool is_number = strspn(s, "0123456789") == length;
    char *name = NULL;
    ofp_port_t port;

    if (*s == '"') {
        if (length < 3 || s[length - 1] != '"'
            || strcspn(s + 1, "\"\\") != length - 2) {
            return xstrdup("expected an interface name, such as \"eth0\", "
                           "with a closing quote and without '\"' or '\\' "
                           "inside");
        }
        name = xmemdup0(s + 1, length - 2);
    } else if (is_number || *s == '-'
               || ofputil_port_from_string(s, NULL, &port)) {
        char *error = parse_port_number(s, is_number, ports, &name);

        if (error) {
            return error;
        }
    } else if (strpbrk(s, "\"\\")) {
        return xstrdup("expected an interface name without '\"' or '\\' "
                       "inside");
    } else {
        name = xstrdup(s);
    }
    filter->value.in_port = port_name_ref(name);
    filter->mask.in_port = UINT32_MAX;
    free(name);
    return NULL;
}

static void
copy_ipv4(uint8_t out[16], ovs_be32 address)
{
    memcpy(out + 12, &address, sizeof address);
}

/* Copies what 'slot' means from 'flow', the value or the mask of a match, to
 * 'out'. */
static void
copy_slot(struct flow_fields *out, const struct flow *flow,
          enum filter_slot slot)
{
    /* "There is a tag" is OVS's CFI bit too. */
    BUILD_ASSERT_DECL(FLOW_FIELDS_VLAN == VLAN_CFI);

    switch (slot) {
    case FILTER_SLOT_TUN_ID:
        out->tun_id = ntohll(flow->tunnel.tun_id);
        return;
    case FILTER_SLOT_DL_VLAN:
        out->vlan = ntohs(flow->vlans[0].tci) & (VLAN_VID_MASK | VLAN_CFI);
        return;
    case FILTER_SLOT_DL_TYPE:
        out->dl_type = ntohs(flow->dl_type);
        return;
    case FILTER_SLOT_NW_SRC:
        copy_ipv4(out->src, flow->nw_src);
        return;
    case FILTER_SLOT_NW_DST:
        copy_ipv4(out->dst, flow->nw_dst);
        return;
    case FILTER_SLOT_IPV6_SRC:
        memcpy(out->src, &flow->ipv6_src, sizeof out->src);
        return;
    case FILTER_SLOT_IPV6_DST:
        memcpy(out->dst, &flow->ipv6_dst, sizeof out->dst);
        return;
    case FILTER_SLOT_NW_PROTO:
        out->nw_proto = flow->nw_proto;
        return;
    case FILTER_SLOT_TP_SRC:
        out->tp_src = ntohs(flow->tp_src);
        return;
    case FILTER_SLOT_TP_DST:
        out->tp_dst = ntohs(flow->tp_dst);
        return;
    case FILTER_SLOT_IN_PORT:
    case N_FILTER_SLOTS:
        break;
    }
    OVS_NOT_REACHED();
}

char *
filter_value_parse(struct filter *filter, enum filter_slot slot,
                   const struct mf_field *mf, const char *s,
                   const struct ofputil_port_map *ports)
{
    enum ofputil_protocol protocols = OFPUTIL_P_ANY;
    struct match match;
    char *error;

    if (!strcmp(s, "*")) {
        return NULL;
    } else if (slot == FILTER_SLOT_IN_PORT) {
        return parse_in_port(filter, s, ports);
    }

    error = check_syntax(slot, s);
    if (!error) {
        match_init_catchall(&match);
        error = ofp_parse_field(mf, s, NULL, &match, &protocols);
    }
    if (error) {
        return error;
    }

    copy_slot(&filter->value, &match.flow, slot);
    copy_slot(&filter->mask, &match.wc.masks, slot);
    if (filter->mask.vlan) {
        /* So that an untagged packet differs from one of VLAN 0. */
        filter->mask.vlan = UINT16_MAX;
    }
    return NULL;
}
