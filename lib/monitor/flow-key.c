/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/flow-key.h"

#include <arpa/inet.h>

#include "entropy.h"
#include "packets.h"

void
flow_hash_secret_init(struct flow_hash_secret *secret)
{
    get_entropy_or_die(secret, sizeof *secret);
}

void
flow_key_get_fields(const struct flow_key *key,
                    const struct ipv6_addresses *ipv6,
                    const struct entrance *entrance, uint16_t vlan,
                    struct flow_fields *fields)
{
    memset(fields, 0, sizeof *fields);
    fields->in_port = entrance->in_port;
    fields->tun_id = entrance->tun_id;
    fields->vlan = vlan;
    fields->has = entrance->tunnel ? FLOW_HAS_TUNNEL : 0;
    if (key->kind == FLOW_OTHER) {
        fields->dl_type = key->src;
        return;
    }

    fields->nw_proto = key->nw_proto;
    fields->tp_src = ntohs((OVS_FORCE ovs_be16) key->tp_src);
    fields->tp_dst = ntohs((OVS_FORCE ovs_be16) key->tp_dst);
    if (key->kind == FLOW_IPV4) {
        fields->dl_type = ETH_TYPE_IP;
        fields->has |= FLOW_HAS_IPV4;
        memcpy(&fields->src[12], &key->src, 4);
        memcpy(&fields->dst[12], &key->dst, 4);
    } else {
        fields->dl_type = ETH_TYPE_IPV6;
        fields->has |= FLOW_HAS_IPV6;
        memcpy(fields->src, ipv6->src, sizeof fields->src);
        memcpy(fields->dst, ipv6->dst, sizeof fields->dst);
    }
}
