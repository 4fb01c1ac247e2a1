/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_TCP_SEGMENT_H
#define MONITOR_TCP_SEGMENT_H 1

#include <stddef.h>
#include <stdint.h>

/* What the monitor keeps of a TCP segment.
 *
 * Thread-safety: plain values. */

struct tcp_segment {
    uint32_t seq, ack;          /* Host byte order. */
    uint32_t payload;           /* Bytes, below 2**31. */
    uint16_t window;            /* As in the header. */
    uint8_t flags;              /* TCP_SYN, ... of OVS's packets.h. */
    uint8_t scale;              /* See tcp_window_scale(). */
};

#define TCP_MAX_SCALE 14        /* RFC 7323, section 2.3. */
#define TCP_NO_SCALE UINT8_MAX

/* Returns the shift of the window scale option in the 'n' bytes of 'options',
 * at most TCP_MAX_SCALE, or TCP_NO_SCALE if there is none.  Of several the
 * last one counts; options are read up to the first that is malformed.
 * Runs on: PMD. */
uint8_t tcp_window_scale(const uint8_t *options, size_t n);

#endif /* monitor/tcp-segment.h */
