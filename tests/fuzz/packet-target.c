/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/packet.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* The first byte says how much longer the frame was on the wire. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct flow_hash_secret secret = { .key = { 1, 2, 3 } };
    struct packet_values values;
    struct packet_facts facts;
    struct tcp_segment segment;
    struct packet packet;

    if (size) {
        struct frame frame = { data + 1, size - 1, size - 1 + data[0] };

        if (packet_parse(&packet, &frame, &secret)) {
            ovs_assert(packet.volume <= packet.bytes);
            packet_get_facts(&packet, &frame, &facts);
            packet_facts_get_values(&facts, &values);
            packet_get_segment(&packet, &frame, &segment);
        }
    }
    return 0;
}
