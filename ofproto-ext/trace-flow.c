/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "trace-flow.h"

#include <stdlib.h>

#include "event/filter.h"
#include "event/flow-fields.h"
#include "event/port-name.h"
#include "flow.h"
#include "odp-util.h"
#include "ofproto/ofproto.h"
#include "ofproto/ofproto-provider.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "port-map.h"
#include "simap.h"
#include "tunnel-map.h"
#include "util.h"

static void
fields_from_ip(const struct flow *flow, struct flow_fields *fields)
{
    bool has_ports = (!(flow->nw_frag & FLOW_NW_FRAG_LATER)
                      && (flow->nw_proto == IPPROTO_TCP
                          || flow->nw_proto == IPPROTO_UDP
                          || flow->nw_proto == IPPROTO_SCTP));

    fields->nw_proto = flow->nw_proto;
    if (has_ports) {
        fields->tp_src = ntohs(flow->tp_src);
        fields->tp_dst = ntohs(flow->tp_dst);
    }
    if (flow->dl_type == htons(ETH_TYPE_IP)) {
        fields->has |= FLOW_HAS_IPV4;
        memcpy(&fields->src[12], &flow->nw_src, 4);
        memcpy(&fields->dst[12], &flow->nw_dst, 4);
    } else {
        fields->has |= FLOW_HAS_IPV6;
        memcpy(fields->src, &flow->ipv6_src, sizeof fields->src);
        memcpy(fields->dst, &flow->ipv6_dst, sizeof fields->dst);
    }
}

/* Stores all of 'flow' but for its port. */
static void
fields_from_flow(const struct flow *flow, struct flow_fields *fields)
{
    memset(fields, 0, sizeof *fields);
    fields->dl_type = ntohs(flow->dl_type);
    if (flow->vlans[0].tci & htons(VLAN_CFI)) {
        fields->vlan = vlan_tci_to_vid(flow->vlans[0].tci) | FLOW_FIELDS_VLAN;
    }
    if (is_ip_any(flow)) {
        fields_from_ip(flow, fields);
    }
    if (flow->tunnel.tun_id || flow_tnl_dst_is_set(&flow->tunnel)) {
        fields->has |= FLOW_HAS_TUNNEL;
        fields->tun_id = ntohll(flow->tunnel.tun_id);
    }
}

/* OpenFlow syntax. */

/* Stores the number of the interface with OpenFlow port 'ofp_port' on
 * 'bridge'. */
static char *
lookup_ofp_port(const char *bridge, ofp_port_t ofp_port, uint32_t *in_port)
{
    const struct ofproto *ofproto = bridge ? ofproto_lookup(bridge) : NULL;
    struct ofproto_port_dump dump;
    struct ofproto_port port;

    if (!bridge) {
        return xstrdup("in_port: a number means nothing without a bridge, "
                       "give the name of an interface");
    }
    if (!ofproto) {
        return xasprintf("%s: no such bridge", bridge);
    }
    *in_port = 0;
    OFPROTO_PORT_FOR_EACH (&port, &dump, ofproto) {
        if (port.ofp_port == ofp_port) {
            *in_port = port_name_intern(port.name);
        }
    }
    return *in_port ? NULL : xasprintf("in_port: bridge %s has no port "
                                       "%"PRIu32, bridge, ofp_port);
}

static char *
parse_in_port(const char *bridge, const char *value, uint32_t *in_port)
{
    unsigned int number;

    if (!strcasecmp(value, "LOCAL")) {
        return lookup_ofp_port(bridge, OFPP_LOCAL, in_port);
    } else if (str_to_uint(value, 10, &number)) {
        return (number < ofp_to_u16(OFPP_MAX)
                ? lookup_ofp_port(bridge, u16_to_ofp(number), in_port)
                : xasprintf("in_port: %s is out of range", value));
    } else if (!value[0]) {
        return xstrdup("in_port: expected the name of an interface");
    }
    *in_port = port_name_find(value);
    return *in_port ? NULL : xasprintf("in_port: there is no interface %s, "
                                       "nor a trigger that names it", value);
}

/* An interface is found by its name, which OVS's parser does not do, so its
 * field is taken out before the others are parsed. */
static char *
parse_openflow(const char *bridge, const char *text,
               struct flow_fields *fields)
{
    struct ds others = DS_EMPTY_INITIALIZER;
    char *copy = xstrdup(text);
    uint32_t in_port = 0;
    char *save = NULL;
    char *error = NULL;
    struct flow flow;

    for (char *s = strtok_r(copy, ", \t", &save); s && !error;
         s = strtok_r(NULL, ", \t", &save)) {
        if (!strncmp(s, "in_port=", 8)) {
            error = (in_port ? xstrdup("in_port: given twice")
                     : parse_in_port(bridge, s + 8, &in_port));
        } else {
            ds_put_format(&others, "%s%s", others.length ? "," : "", s);
        }
    }
    if (!error) {
        error = parse_ofp_exact_flow(&flow, NULL, NULL, ds_cstr(&others),
                                     NULL);
    }
    if (!error) {
        fields_from_flow(&flow, fields);
        fields->in_port = in_port;
    }
    free(copy);
    ds_destroy(&others);
    return error;
}

/* Datapath syntax. */

static uint32_t
lookup_dp_port(const struct simap *ports, odp_port_t port_no)
{
    const struct simap_node *node;

    SIMAP_FOR_EACH (node, ports) {
        if (node->data == odp_to_u32(port_no)) {
            return port_name_intern(node->name);
        }
    }
    return 0;
}

static uint32_t
flow_in_port(const struct flow *flow, const struct simap *ports)
{
    uint32_t dp_port = lookup_dp_port(ports, flow->in_port.odp_port);
    uint32_t tunnel = 0;

    if (flow_tnl_dst_is_set(&flow->tunnel)) {
        struct tunnel_outer outer = {
            .tun_id = flow->tunnel.tun_id,
            .src = flow_tnl_src(&flow->tunnel),
            .dst = flow_tnl_dst(&flow->tunnel),
            .dp_port = dp_port,
            .l3 = pt_ns(flow->packet_type) == OFPHTN_ETHERTYPE,
        };

        tunnel = tunnel_map_lookup(&outer);
    }
    return tunnel ? tunnel : dp_port;
}

static char *
parse_datapath(const char *text, struct flow_fields *fields)
{
    struct simap ports = SIMAP_INITIALIZER(&ports);
    struct ofpbuf key, mask;
    char *error = NULL;
    struct flow flow;

    port_map_list(NULL, &ports);
    ofpbuf_init(&key, 0);
    ofpbuf_init(&mask, 0);
    if (!odp_flow_from_string(text, &ports, &key, &mask, &error)
        && odp_flow_key_to_flow(key.data, key.size, &flow,
                                &error) != ODP_FIT_ERROR) {
        fields_from_flow(&flow, fields);
        fields->in_port = flow_in_port(&flow, &ports);
        free(error);
        error = NULL;
    } else if (!error) {
        error = xasprintf("%s: not a flow", text);
    }
    ofpbuf_uninit(&key);
    ofpbuf_uninit(&mask);
    simap_destroy(&ports);
    return error;
}

char *
trace_flow_parse(const char *bridge, const char *text,
                 struct flow_fields *fields)
{
    return (strchr(text, '(') ? parse_datapath(text, fields)
            : parse_openflow(bridge, text, fields));
}

/* A flow looks like a filter for all fields that it has. */
void
trace_flow_format(const struct flow_fields *fields, struct ds *ds)
{
    struct filter filter = { .value = *fields };
    struct flow_fields *mask = &filter.mask;

    filter.value.has = 0;
    mask->in_port = fields->in_port ? UINT32_MAX : 0;
    mask->tun_id = fields->has & FLOW_HAS_TUNNEL ? UINT64_MAX : 0;
    mask->vlan = fields->vlan ? UINT16_MAX : 0;
    mask->dl_type = fields->dl_type ? UINT16_MAX : 0;
    if (fields->has & FLOW_HAS_IPV4) {
        memset(&mask->src[12], 0xff, 4);
        memset(&mask->dst[12], 0xff, 4);
    } else if (fields->has & FLOW_HAS_IPV6) {
        memset(mask->src, 0xff, sizeof mask->src);
        memset(mask->dst, 0xff, sizeof mask->dst);
    }
    if (fields->has & (FLOW_HAS_IPV4 | FLOW_HAS_IPV6)) {
        mask->nw_proto = UINT8_MAX;
        if (fields->tp_src || fields->tp_dst) {
            mask->tp_src = mask->tp_dst = UINT16_MAX;
        }
    }
    filter_format(&filter, ds);
}
