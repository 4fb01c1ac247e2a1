/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/key-field.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "event/granularity-table.h"
#include "event/port-name.h"
#include "openvswitch/json.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofp-prop.h"
#include "packets.h"
#include "util.h"
#include "wire/trumpet-ext.h"

/* Types follow the order of the granularity's fields. */
BUILD_ASSERT_DECL(TRPT_KEY_IPV4_SRC + (int) GRANULARITY_VLAN_VID
                  == TRPT_KEY_VLAN_VID);
BUILD_ASSERT_DECL((int) GRANULARITY_5TUPLE == (int) GRANULARITY_VLAN_VID + 1);

static uint16_t
type_of(enum granularity_field_id id)
{
    return TRPT_KEY_IPV4_SRC + (int) id;
}

static void
put_ipv4(struct ofpbuf *b, enum granularity_field_id id, uint8_t prefix,
         const uint8_t address[16])
{
    struct tr_property_ipv4 *p = ofpbuf_put_zeros(b, sizeof *p);

    p->type = htons(type_of(id));
    p->length = htons(offsetof(struct tr_property_ipv4, pad2));
    p->prefix = prefix;
    memcpy(&p->address, address + 12, sizeof p->address);
}

static void
put_ipv6(struct ofpbuf *b, enum granularity_field_id id, uint8_t prefix,
         const uint8_t address[16])
{
    struct tr_property_ipv6 *p = ofpbuf_put_zeros(b, sizeof *p);

    p->type = htons(type_of(id));
    p->length = htons(sizeof *p);
    p->prefix = prefix;
    memcpy(p->address, address, sizeof p->address);
}

static void
put_port(struct ofpbuf *b, uint32_t in_port, key_field_port *port)
{
    const char *name = port_name_get(in_port);
    ovs_be32 number = ofputil_port_to_ofp11(port ? port(in_port) : OFPP_NONE);
    size_t start = ofpprop_start(b, TRPT_KEY_IN_PORT);

    ofpbuf_put(b, &number, sizeof number);
    ofpbuf_put(b, name, strnlen(name, KEY_FIELD_PORT_MAX));
    ofpprop_end(b, start);
}

static void
put_5tuple(struct ofpbuf *b, const struct flow_fields *key)
{
    if (key->dl_type == ETH_TYPE_IPV6) {
        put_ipv6(b, GRANULARITY_IPV6_SRC, 128, key->src);
        put_ipv6(b, GRANULARITY_IPV6_DST, 128, key->dst);
    } else {
        put_ipv4(b, GRANULARITY_NW_SRC, 32, key->src);
        put_ipv4(b, GRANULARITY_NW_DST, 32, key->dst);
    }
    property_put_u32(b, TRPT_KEY_IP_PROTO, key->nw_proto);
    property_put_u32(b, TRPT_KEY_TP_SRC, key->tp_src);
    property_put_u32(b, TRPT_KEY_TP_DST, key->tp_dst);
}

void
key_field_put(struct ofpbuf *b, const struct granularity_field *field,
              const struct flow_fields *key, key_field_port *port)
{
    switch (field->id) {
    case GRANULARITY_NW_SRC:
        put_ipv4(b, field->id, field->prefix, key->src);
        break;
    case GRANULARITY_NW_DST:
        put_ipv4(b, field->id, field->prefix, key->dst);
        break;
    case GRANULARITY_IPV6_SRC:
        put_ipv6(b, field->id, field->prefix, key->src);
        break;
    case GRANULARITY_IPV6_DST:
        put_ipv6(b, field->id, field->prefix, key->dst);
        break;
    case GRANULARITY_NW_PROTO:
        property_put_u32(b, TRPT_KEY_IP_PROTO, key->nw_proto);
        break;
    case GRANULARITY_TP_SRC:
        property_put_u32(b, TRPT_KEY_TP_SRC, key->tp_src);
        break;
    case GRANULARITY_TP_DST:
        property_put_u32(b, TRPT_KEY_TP_DST, key->tp_dst);
        break;
    case GRANULARITY_IN_PORT:
        put_port(b, key->in_port, port);
        break;
    case GRANULARITY_TUN_ID:
        property_put_u64(b, TRPT_KEY_TUN_ID, key->tun_id);
        break;
    case GRANULARITY_VLAN_VID:
        property_put_u32(b, TRPT_KEY_VLAN_VID, key->vlan & VLAN_VID_MASK);
        break;
    case GRANULARITY_5TUPLE:
        put_5tuple(b, key);
        break;
    case N_GRANULARITY_FIELDS:
    default:
        OVS_NOT_REACHED();
    }
}

static enum ofperr
get_address(const struct property *property, struct key_field *field)
{
    bool ipv6 = (field->id == GRANULARITY_IPV6_SRC
                 || field->id == GRANULARITY_IPV6_DST);
    size_t n = ipv6 ? 16 : 4;

    if (property->size != 4 + n) {
        return OFPERR_OFPBPC_BAD_LEN;
    } else if (property->data[0] > 8 * n) {
        return OFPERR_OFPBPC_BAD_VALUE;
    }
    field->prefix = property->data[0];
    memcpy(&field->address.s6_addr[16 - n], property->data + 4, n);
    return 0;
}

static enum ofperr
get_port(const struct property *property, struct key_field *field)
{
    struct property number = *property;
    enum ofperr error;
    uint32_t port_no;
    char *name;

    error = property_get_text(property, 4, KEY_FIELD_PORT_MAX, &name);
    if (error) {
        return error;
    }
    ovs_strlcpy(field->port, name, sizeof field->port);
    free(name);
    number.size = 4;
    error = property_get_u32(&number, &port_no);
    field->number = port_no;
    return error;
}

static enum ofperr
get_number(const struct property *property, uint32_t max,
           struct key_field *field)
{
    enum ofperr error;
    uint32_t number;

    error = property_get_u32(property, &number);
    field->number = number;
    return error ? error : number > max ? OFPERR_OFPBPC_BAD_VALUE : 0;
}

enum ofperr
key_field_get(const struct property *property, struct key_field *field)
{
    memset(field, 0, sizeof *field);
    if (property->type < TRPT_KEY_IPV4_SRC
        || property->type > TRPT_KEY_VLAN_VID) {
        return OFPERR_OFPBPC_BAD_TYPE;
    }
    field->id = property->type - TRPT_KEY_IPV4_SRC;
    switch (field->id) {
    case GRANULARITY_NW_SRC:
    case GRANULARITY_NW_DST:
    case GRANULARITY_IPV6_SRC:
    case GRANULARITY_IPV6_DST:
        return get_address(property, field);
    case GRANULARITY_NW_PROTO:
        return get_number(property, UINT8_MAX, field);
    case GRANULARITY_TP_SRC:
    case GRANULARITY_TP_DST:
        return get_number(property, UINT16_MAX, field);
    case GRANULARITY_IN_PORT:
        return get_port(property, field);
    case GRANULARITY_TUN_ID:
        return property_get_u64(property, &field->number);
    case GRANULARITY_VLAN_VID:
        return get_number(property, VLAN_VID_MASK, field);
    case GRANULARITY_5TUPLE:
    case N_GRANULARITY_FIELDS:
    default:
        OVS_NOT_REACHED();
    }
}

static void
apply_address(uint8_t *address, const struct key_field *field, bool ipv6,
              struct flow_fields *key)
{
    memcpy(address, &field->address, 16);
    key->dl_type = ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP;
    key->has |= ipv6 ? FLOW_HAS_IPV6 : FLOW_HAS_IPV4;
}

/* A key without an address may be of either family: 'has' then says both. */
void
key_field_apply(const struct key_field *field, struct flow_fields *key,
                bool *unknown_port)
{
    const uint8_t any = FLOW_HAS_IPV4 | FLOW_HAS_IPV6;

    switch (field->id) {
    case GRANULARITY_NW_SRC:
        apply_address(key->src, field, false, key);
        break;
    case GRANULARITY_NW_DST:
        apply_address(key->dst, field, false, key);
        break;
    case GRANULARITY_IPV6_SRC:
        apply_address(key->src, field, true, key);
        break;
    case GRANULARITY_IPV6_DST:
        apply_address(key->dst, field, true, key);
        break;
    case GRANULARITY_NW_PROTO:
        key->nw_proto = field->number;
        key->has |= key->dl_type ? 0 : any;
        break;
    case GRANULARITY_TP_SRC:
        key->tp_src = field->number;
        key->has |= key->dl_type ? 0 : any;
        break;
    case GRANULARITY_TP_DST:
        key->tp_dst = field->number;
        key->has |= key->dl_type ? 0 : any;
        break;
    case GRANULARITY_IN_PORT:
        key->in_port = port_name_find(field->port);
        *unknown_port = !key->in_port;
        break;
    case GRANULARITY_TUN_ID:
        key->tun_id = field->number;
        key->has |= FLOW_HAS_TUNNEL;
        break;
    case GRANULARITY_VLAN_VID:
        key->vlan = field->number | FLOW_FIELDS_VLAN;
        break;
    case GRANULARITY_5TUPLE:
    case N_GRANULARITY_FIELDS:
    default:
        OVS_NOT_REACHED();
    }
}

static bool
is_ipv6(enum granularity_field_id id)
{
    return id == GRANULARITY_IPV6_SRC || id == GRANULARITY_IPV6_DST;
}

bool
key_field_parse(enum granularity_field_id id, const char *text,
                struct key_field *field)
{
    unsigned long long int number;

    memset(field, 0, sizeof *field);
    field->id = id;
    if (id <= GRANULARITY_IPV6_DST) {
        bool ipv6 = is_ipv6(id);

        field->prefix = ipv6 ? 128 : 32;
        return inet_pton(ipv6 ? AF_INET6 : AF_INET, text,
                         &field->address.s6_addr[ipv6 ? 0 : 12]) == 1;
    } else if (id == GRANULARITY_IN_PORT) {
        ovs_strlcpy(field->port, text, sizeof field->port);
        return text[0] != '\0';
    }
    if (!str_to_ullong(text, 0, &number)) {
        return false;
    }
    field->number = number;
    return true;
}

static void
format_address(const struct key_field *field, struct ds *ds)
{
    bool ipv6 = is_ipv6(field->id);
    char text[INET6_ADDRSTRLEN];

    inet_ntop(ipv6 ? AF_INET6 : AF_INET,
              &field->address.s6_addr[ipv6 ? 0 : 12], text, sizeof text);
    ds_put_cstr(ds, text);
    if (field->prefix < (ipv6 ? 128 : 32)) {
        ds_put_format(ds, "/%"PRIu8, field->prefix);
    }
}

void
key_field_format(const struct key_field *field, bool json, struct ds *ds)
{
    const char *name = granularity_table[field->id].name;
    const char *quote = json ? "\"" : "";

    ds_put_format(ds, "%s%s%s%c", quote, name, quote, json ? ':' : '=');
    if (field->id <= GRANULARITY_IPV6_DST) {
        ds_put_cstr(ds, quote);
        format_address(field, ds);
        ds_put_cstr(ds, quote);
    } else if (field->id == GRANULARITY_IN_PORT && json) {
        json_string_escape(field->port, ds);
    } else if (field->id == GRANULARITY_IN_PORT) {
        ds_put_cstr(ds, field->port);
    } else {
        ds_put_format(ds, "%"PRIu64, field->number);
    }
}

void
key_fields_format(const struct ofpbuf *properties, bool json, struct ds *ds)
{
    struct ofpbuf rest = *properties;
    const char *separator = "";

    ds_put_char(ds, '{');
    while (rest.size) {
        struct property property;
        struct key_field field;

        ovs_assert(!property_pull(&rest, &property));
        if (!key_field_get(&property, &field)) {
            ds_put_cstr(ds, separator);
            key_field_format(&field, json, ds);
            separator = ",";
        }
    }
    ds_put_char(ds, '}');
}
