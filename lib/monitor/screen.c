/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/screen.h"

#include "util.h"

void
screen_init(struct screen *screen)
{
    *screen = (struct screen) {
        .rejects_all = true,
        .rejects_type = (OVS_FORCE uint16_t) htons(ETH_TYPE_IPV6),
    };
}

/* The addresses of 'fields' as they stand in an IPv4 header. */
static uint64_t
ipv4_addresses(const struct flow_fields *fields)
{
    uint64_t addresses;
    uint8_t *bytes = (uint8_t *) &addresses;

    memcpy(bytes, &fields->src[12], 4);
    memcpy(bytes + 4, &fields->dst[12], 4);
    return addresses;
}

void
screen_add(struct screen *screen, const struct flow_fields *value,
           const struct flow_fields *mask)
{
    bool ipv4 = value->dl_type == ETH_TYPE_IP;

    if (screen->rejects_all) {
        screen->rejects_all = false;
        screen->rejects_ipv4 = 1;
    }
    if (value->dl_type == ETH_TYPE_IPV6) {
        screen->rejects_type = UINT32_MAX;
    }
    if (screen->useless
        || (mask->dl_type == UINT16_MAX && value->dl_type && !ipv4)) {
        return;
    }

    uint64_t v = ipv4_addresses(value);
    uint64_t m = ipv4 && mask->dl_type == UINT16_MAX ? ipv4_addresses(mask)
                 : 0;
    if (screen->rejects_ipv4) {
        screen->value = v;
        screen->mask = m;
        screen->rejects_ipv4 = 0;
    }
    screen->mask &= m & ~(screen->value ^ v);
    screen->value &= screen->mask;
    screen->useless = !screen->mask;
    if (screen->useless) {
        screen->rejects_type = UINT32_MAX;
    }
}

size_t
screen_burst(const struct screen *screen, struct burst *burst)
{
    size_t n = 0, n_rejected;

    for (size_t i = 0; i < burst->n; i++) {
        const struct frame *frame = &burst->frames[i];

        if (!screen_rejects(screen, frame->data, frame->captured)) {
            burst->frames[n] = *frame;
            burst->ns[n++] = burst->ns[i];
        }
    }
    n_rejected = burst->n - n;
    burst->n = n;
    return n_rejected;
}
