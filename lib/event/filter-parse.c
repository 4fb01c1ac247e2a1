/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/filter.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "event/filter-value.h"
#include "event/suggestion.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-parse.h"
#include "packets.h"
#include "util.h"

/* Which fields stand in a filter; their values are in filter-value.c.  What
 * ovs-ofctl would "normalise" away, a field without what it presupposes, is an
 * error here.  The order of fields does not matter, so that is checked when
 * all are known. */

/* Each of OVS's fields that a filter may have. */
struct field {
    enum mf_field_id id;
    enum filter_slot slot;
    uint8_t nw_proto;           /* That a name such as udp_src stands for. */
};

static const struct field fields[] = {
    { MFF_IN_PORT, FILTER_SLOT_IN_PORT, 0 },
    { MFF_IN_PORT_OXM, FILTER_SLOT_IN_PORT, 0 },
    { MFF_TUN_ID, FILTER_SLOT_TUN_ID, 0 },
    { MFF_DL_VLAN, FILTER_SLOT_DL_VLAN, 0 },
    { MFF_ETH_TYPE, FILTER_SLOT_DL_TYPE, 0 },
    { MFF_IPV4_SRC, FILTER_SLOT_NW_SRC, 0 },
    { MFF_IPV4_DST, FILTER_SLOT_NW_DST, 0 },
    { MFF_IPV6_SRC, FILTER_SLOT_IPV6_SRC, 0 },
    { MFF_IPV6_DST, FILTER_SLOT_IPV6_DST, 0 },
    { MFF_IP_PROTO, FILTER_SLOT_NW_PROTO, 0 },
    { MFF_TCP_SRC, FILTER_SLOT_TP_SRC, IPPROTO_TCP },
    { MFF_TCP_DST, FILTER_SLOT_TP_DST, IPPROTO_TCP },
    { MFF_UDP_SRC, FILTER_SLOT_TP_SRC, IPPROTO_UDP },
    { MFF_UDP_DST, FILTER_SLOT_TP_DST, IPPROTO_UDP },
    { MFF_SCTP_SRC, FILTER_SLOT_TP_SRC, IPPROTO_SCTP },
    { MFF_SCTP_DST, FILTER_SLOT_TP_DST, IPPROTO_SCTP },
};

/* Why a filter may not have others, where it is not MSG_NO_KEY. */
struct refusal {
    enum mf_field_id id;
    const char *reason;
};

#define MSG_NO_KEY "is not part of a flow's key"
#define MSG_VARIES "varies by packet and belongs in the predicate"
#define MSG_CFI "is a trap because of its CFI bit (ovs-ofctl reads " \
                "vlan_vid=10 as \"no VLAN\"): use dl_vlan"

static const struct refusal refusals[] = {
    { MFF_VLAN_VID, MSG_CFI },
    { MFF_VLAN_TCI, MSG_CFI },
    { MFF_IP_DSCP, MSG_VARIES ": variable 'dscp'" },
    { MFF_IP_DSCP_SHIFTED, MSG_VARIES ": variable 'dscp'" },
    { MFF_IP_ECN, MSG_VARIES ": variable 'ecn'" },
    { MFF_IP_TTL, MSG_VARIES ": variable 'ttl'" },
    { MFF_TCP_FLAGS, MSG_VARIES ": variables 'is_syn', 'is_fin', 'is_rst'" },
    { MFF_IP_FRAG, MSG_VARIES ", which has no variable for it" },
    { MFF_ICMPV4_TYPE, MSG_VARIES ", which has no variable for it" },
    { MFF_ICMPV4_CODE, MSG_VARIES ", which has no variable for it" },
    { MFF_ICMPV6_TYPE, MSG_VARIES ", which has no variable for it" },
    { MFF_ICMPV6_CODE, MSG_VARIES ", which has no variable for it" },
};

/* Names to suggest. */
static const char *const known_words[] = {
    "any", "ip", "ipv4", "ip4", "ipv6", "ip6", "tcp", "tcp6", "udp", "udp6",
    "sctp", "sctp6", "icmp", "icmp6", "arp", "rarp", "mpls", "mplsm",
    "in_port", "tun_id", "tunnel_id", "dl_vlan", "dl_type", "eth_type",
    "nw_src", "nw_dst", "ip_src", "ip_dst", "ipv6_src", "ipv6_dst",
    "nw_proto", "ip_proto", "tp_src", "tp_dst", "tcp_src", "tcp_dst",
    "udp_src", "udp_dst", "sctp_src", "sctp_dst",
};

/* A field as it was given. */
struct given {
    const struct field *field;  /* Null: not given, or by a protocol word. */
    const char *name;           /* Null: not given. */
    int length;                 /* Of 'name'. */
    size_t offset;
};

struct filter_parser {
    const char *text;
    struct filter *filter;
    const struct ofputil_port_map *ports;
    struct given given[N_FILTER_SLOTS];

    char *error;
    size_t error_offset;
};

static bool OVS_PRINTF_FORMAT(3, 4)
fail(struct filter_parser *parser, size_t offset, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    parser->error = xvasprintf(format, args);
    parser->error_offset = offset;
    va_end(args);
    return false;
}

/* Notes that 'slot' is given by 'given'; fails if it was before. */
static bool
give(struct filter_parser *parser, enum filter_slot slot,
     const struct given *given)
{
    const struct given *earlier = &parser->given[slot];

    if (!earlier->name) {
        parser->given[slot] = *given;
        return true;
    } else if (earlier->length == given->length
               && !memcmp(earlier->name, given->name, given->length)) {
        return fail(parser, given->offset, "'%.*s' is given twice",
                    given->length, given->name);
    }
    return fail(parser, given->offset, "'%.*s' gives again what '%.*s' gave: "
                "expected each field once", given->length, given->name,
                earlier->length, earlier->name);
}

static const struct field *
field_from_id(enum mf_field_id id)
{
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        if (fields[i].id == id) {
            return &fields[i];
        }
    }
    return NULL;
}

static const char *
refusal_reason(enum mf_field_id id)
{
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        if (refusals[i].id == id) {
            return refusals[i].reason;
        }
    }
    return MSG_NO_KEY;
}

static bool
fail_unknown(struct filter_parser *parser, const struct given *given)
{
    struct suggestion suggestion;
    struct ds hint = DS_EMPTY_INITIALIZER;

    if (!given->length) {
        return fail(parser, given->offset, "expected a field or a protocol "
                    "here; a match has no spaces");
    }
    suggestion_init(&suggestion, given->name, given->length);
    for (size_t i = 0; i < ARRAY_SIZE(known_words); i++) {
        suggestion_offer(&suggestion, known_words[i]);
    }
    suggestion_format(&suggestion, &hint);
    fail(parser, given->offset, "unknown field or protocol '%.*s'%s",
         MIN(given->length, 32), given->name, ds_cstr(&hint));
    ds_destroy(&hint);
    return false;
}

static bool
parse_protocol(struct filter_parser *parser, const struct ofp_protocol *p,
               const struct given *given)
{
    struct flow_fields *value = &parser->filter->value;
    struct flow_fields *mask = &parser->filter->mask;

    if (!give(parser, FILTER_SLOT_DL_TYPE, given)
        || (p->nw_proto && !give(parser, FILTER_SLOT_NW_PROTO, given))) {
        return false;
    }
    value->dl_type = p->dl_type;
    mask->dl_type = UINT16_MAX;
    if (p->nw_proto) {
        value->nw_proto = p->nw_proto;
        mask->nw_proto = UINT8_MAX;
    }
    return true;
}

/* Parses the field or protocol 'given', whose value is 's', at 'offset', or
 * null. */
static bool
parse_element(struct filter_parser *parser, struct given *given,
              const char *s, size_t offset)
{
    const struct mf_field *mf = mf_from_name_len(given->name, given->length);
    char *name = xmemdup0(given->name, given->length);
    const struct ofp_protocol *p;
    bool is_protocol = ofp_parse_protocol(name, &p);
    char *error;

    free(name);
    if (is_protocol) {
        return (s ? fail(parser, given->offset, "protocol '%.*s' takes no "
                         "value", given->length, given->name)
                : parse_protocol(parser, p, given));
    } else if (!mf) {
        return fail_unknown(parser, given);
    }

    given->field = field_from_id(mf->id);
    if (!given->field) {
        return fail(parser, given->offset, "'%.*s' %s", given->length,
                    given->name, refusal_reason(mf->id));
    } else if (!s || !*s) {
        return fail(parser, given->offset + given->length,
                    "expected a value: %.*s=...", given->length, given->name);
    } else if (!give(parser, given->field->slot, given)) {
        return false;
    }

    error = filter_value_parse(parser->filter, given->field->slot, mf, s,
                               parser->ports);
    if (error) {
        parser->error = error;
        parser->error_offset = offset;
    }
    return !error;
}

/* Returns the length of the element at 's': commas inside quotes are part of
 * an interface name. */
static size_t
element_length(const char *s)
{
    bool quoted = false;
    size_t n;

    for (n = 0; s[n] && (quoted || s[n] != ','); n++) {
        quoted ^= s[n] == '"';
    }
    return n;
}

static bool
parse_elements(struct filter_parser *parser)
{
    size_t offset = 0;

    for (;;) {
        const char *s = parser->text + offset;
        size_t length = element_length(s);
        size_t name_length = MIN(strcspn(s, "="), length);
        struct given given = {
            .name = s, .length = name_length, .offset = offset,
        };
        char *value = NULL;
        bool ok;

        if (name_length < length) {
            value = xmemdup0(s + name_length + 1, length - name_length - 1);
        } else if (length == 3 && !memcmp(s, "any", 3)) {
            return fail(parser, offset, "'any' must stand alone");
        }
        ok = parse_element(parser, &given, value, offset + name_length + 1);
        free(value);
        if (!ok) {
            return false;
        } else if (!s[length]) {
            return true;
        }
        offset += length + 1;
    }
}

/* 'given', an address of the family of 'dl_type', needs that type. */
static bool
check_address(struct filter_parser *parser, const struct given *given,
              uint16_t dl_type)
{
    const struct filter *filter = parser->filter;
    bool is_ipv4 = dl_type == ETH_TYPE_IP;
    uint16_t actual = filter->value.dl_type;

    if (!given->name || (filter->mask.dl_type && actual == dl_type)) {
        return true;
    } else if (filter->mask.dl_type
               && (actual == ETH_TYPE_IP || actual == ETH_TYPE_IPV6)) {
        return fail(parser, given->offset, "'%.*s' is an address of the other "
                    "family: expected %s", given->length, given->name,
                    is_ipv4 ? "ipv6_src or ipv6_dst" : "nw_src or nw_dst");
    } else if (filter->mask.dl_type
               && (actual == ETH_TYPE_ARP || actual == ETH_TYPE_RARP)) {
        return fail(parser, given->offset, "'%.*s' of an ARP packet is not "
                    "part of a flow's key: expected an IP protocol",
                    given->length, given->name);
    }
    return fail(parser, given->offset, "'%.*s' needs %s in the match, such as "
                "%s", given->length, given->name,
                is_ipv4 ? "IPv4" : "IPv6", is_ipv4 ? "ip" : "ipv6");
}

static bool
filter_is_ip(const struct filter *filter)
{
    return filter->mask.dl_type && (filter->value.dl_type == ETH_TYPE_IP
                                    || filter->value.dl_type == ETH_TYPE_IPV6);
}

static bool
check_protocol(struct filter_parser *parser)
{
    const struct given *given = &parser->given[FILTER_SLOT_NW_PROTO];

    return (!given->name || filter_is_ip(parser->filter)
            || fail(parser, given->offset, "'%.*s' needs ip or ipv6 in the "
                    "match", given->length, given->name));
}

static bool
check_port(struct filter_parser *parser, const struct given *given)
{
    static const struct {
        uint8_t nw_proto;
        const char *prefix;
    } protocols[] = {
        { IPPROTO_TCP, "tcp" },
        { IPPROTO_UDP, "udp" },
        { IPPROTO_SCTP, "sctp" },
    };
    const struct filter *filter = parser->filter;
    uint8_t actual = filter->mask.nw_proto ? filter->value.nw_proto : 0;
    const char *needed = "tcp, udp or sctp (or tcp6, udp6, sctp6)";
    bool ok = false;

    if (!given->name) {
        return true;
    } else if (filter_is_ip(filter)
               && (actual == IPPROTO_ICMP || actual == IPPROTO_ICMPV6)) {
        return fail(parser, given->offset, "ICMP type and code are not ports; "
                    "they vary by packet and belong in the predicate, which "
                    "has no variable for them");
    }
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        bool is_actual = (filter_is_ip(filter)
                          && actual == protocols[i].nw_proto);

        if (!strncmp(given->name, "tp_", 3)) {
            ok = ok || is_actual;
        } else if (given->field->nw_proto == protocols[i].nw_proto) {
            ok = is_actual;
            needed = protocols[i].prefix;
        }
    }
    return ok || fail(parser, given->offset, "'%.*s' needs %s in the match",
                      given->length, given->name, needed);
}

char *
filter_parse(struct filter *filter, const char *text,
             const struct ofputil_port_map *ports, size_t *error_offset)
{
    struct filter_parser parser = {
        .text = text, .filter = filter, .ports = ports,
    };
    const struct given *given = parser.given;

    memset(filter, 0, sizeof *filter);
    *error_offset = 0;
    if (!strcmp(text, "any")) {
        return NULL;
    }

    if (!parse_elements(&parser)
        || !check_address(&parser, &given[FILTER_SLOT_NW_SRC], ETH_TYPE_IP)
        || !check_address(&parser, &given[FILTER_SLOT_NW_DST], ETH_TYPE_IP)
        || !check_address(&parser, &given[FILTER_SLOT_IPV6_SRC], ETH_TYPE_IPV6)
        || !check_address(&parser, &given[FILTER_SLOT_IPV6_DST], ETH_TYPE_IPV6)
        || !check_protocol(&parser)
        || !check_port(&parser, &given[FILTER_SLOT_TP_SRC])
        || !check_port(&parser, &given[FILTER_SLOT_TP_DST])) {
        *error_offset = parser.error_offset;
        filter_uninit(filter);
        return parser.error;
    }
    return NULL;
}
