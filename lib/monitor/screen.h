/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_SCREEN_H
#define MONITOR_SCREEN_H 1

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "event/flow-fields.h"
#include "monitor/frame.h"
#include "packets.h"

/* A screen: what can be seen of a frame, with few instructions, to match no
 * trigger.
 *
 * It is made of the bits of IPv4 addresses on which all filters agree that can
 * match an IPv4 packet at all.  A packet whose addresses differ there matches
 * none of them, so that neither the rest of its headers nor its flow matters.
 * Such a frame may also hold an IPv4 header that is none; then its Ethernet
 * type counts as 0, which these filters do not match either.
 *
 * Where no filter can match IPv6 either, all frames of that type are rejected
 * too; but not for that alone is each packet looked at.
 *
 * Usage: screen_init(), then screen_add() for each filter.
 *
 * Thread-safety: plain value. */
struct screen {
    bool rejects_all;           /* There is no filter. */
    bool useless;               /* Some filter matches whatever addresses. */
    uint32_t rejects_type;      /* htons(ETH_TYPE_IPV6) if no filter matches
                                 * that, else no type. */
    uint64_t rejects_ipv4;      /* Not 0: no filter matches IPv4 at all. */
    uint64_t value, mask;       /* Else: of the addresses in an IPv4 header,
                                 * as on the wire. */
};

void screen_init(struct screen *);
void screen_add(struct screen *, const struct flow_fields *value,
                const struct flow_fields *mask);

/* False if 'screen' rejects nothing. */
static inline bool
screen_is_useful(const struct screen *screen)
{
    return screen->rejects_all || screen->rejects_ipv4 || screen->mask;
}

static inline bool
screen_equal(const struct screen *a, const struct screen *b)
{
    return (a->rejects_all == b->rejects_all
            && a->useless == b->useless
            && a->rejects_ipv4 == b->rejects_ipv4
            && a->value == b->value
            && a->mask == b->mask
            && a->rejects_type == b->rejects_type);
}

/* True if no filter can match the frame of 'size' bytes at 'data', which has
 * an Ethernet header then.  Runs on: PMD. */
static inline bool
screen_rejects(const struct screen *screen, const uint8_t *data, size_t size)
{
    uint64_t addresses;
    ovs_be16 type;

    if (OVS_UNLIKELY(screen->rejects_all)) {
        return size >= ETH_HEADER_LEN;
    }
    if (OVS_UNLIKELY(size < ETH_HEADER_LEN + IP_HEADER_LEN)) {
        return false;
    }
    memcpy(&type, data + 2 * ETH_ADDR_LEN, sizeof type);
    memcpy(&addresses, data + ETH_HEADER_LEN + 12, sizeof addresses);
    return (((((addresses ^ screen->value) & screen->mask)
              | screen->rejects_ipv4) && type == htons(ETH_TYPE_IP))
            || OVS_UNLIKELY((OVS_FORCE uint16_t) type
                            == screen->rejects_type));
}

/* Takes the frames that 'screen' rejects out of 'burst', and returns their
 * number. */
size_t screen_burst(const struct screen *screen, struct burst *burst);

#endif /* monitor/screen.h */
