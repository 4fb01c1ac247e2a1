/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The first byte says how much longer the frame was on the wire. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct flow_hash_secret secret = { .key = { 1, 2, 3 } };
    struct packet_values values;
    struct packet packet;

    if (size) {
        struct frame frame = { data + 1, size - 1, size - 1 + data[0] };

        if (packet_parse(&packet, &frame, &secret)) {
            ovs_assert(packet.volume <= packet.bytes);
            packet_get_values(&packet, &values);
        }
    }
    return 0;
}
