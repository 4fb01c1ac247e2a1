/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_UNIT_H
#define MONITOR_UNIT_H 1

/* What the suites of lib/monitor have in common: frames, written byte by
 * byte. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tests/event-unit.h"

/* As ck_assert(), which makes a system call, for loops. */
#define unit_check(COND)                                                \
    do {                                                                \
        if (!(COND)) {                                                  \
            ck_abort_msg("%s", #COND);                                  \
        }                                                               \
    } while (0)

/* For tcase_set_timeout(): only to end what hangs. */
#define UNIT_TIMEOUT_S 120

struct frame_buffer {
    size_t n;
    uint8_t data[1024];
};

static inline void
put_u8(struct frame_buffer *fb, uint8_t x)
{
    fb->data[fb->n++] = x;
}

static inline void
put_u16(struct frame_buffer *fb, uint16_t x)
{
    put_u8(fb, x >> 8);
    put_u8(fb, x);
}

static inline void
put_u32(struct frame_buffer *fb, uint32_t x)
{
    put_u16(fb, x >> 16);
    put_u16(fb, x);
}

static inline void
put_fill(struct frame_buffer *fb, uint8_t x, size_t n)
{
    while (n--) {
        put_u8(fb, x);
    }
}

static inline void
put_mac(struct frame_buffer *fb)
{
    fb->n = 0;
    put_fill(fb, 0x02, 6);
    put_fill(fb, 0x04, 6);
}

/* Appends an IPv4 header that is followed by 'len' bytes. */
static inline void
put_ipv4(struct frame_buffer *fb, uint8_t proto, uint16_t frag,
         size_t options, size_t len, uint32_t src, uint32_t dst)
{
    put_u8(fb, 0x45 + options / 4);
    put_u8(fb, 0xb8 | 3);                   /* EF, CE. */
    put_u16(fb, 20 + options + len);
    put_u16(fb, 0x1234);
    put_u16(fb, frag);
    put_u8(fb, 61);
    put_u8(fb, proto);
    put_u16(fb, 0);
    put_u32(fb, src);
    put_u32(fb, dst);
    put_fill(fb, 1, options);
}

/* Appends an IPv6 header that is followed by 'len' bytes. */
static inline void
put_ipv6(struct frame_buffer *fb, uint8_t proto, size_t len,
         uint32_t src, uint32_t dst)
{
    put_u32(fb, 0x60000000 | 0xb9u << 20 | 0x54321);    /* EF, ECT(1). */
    put_u16(fb, len);
    put_u8(fb, proto);
    put_u8(fb, 62);
    put_u32(fb, 0x20010db8);
    put_fill(fb, 0, 8);
    put_u32(fb, src);
    put_u32(fb, 0x20010db8);
    put_fill(fb, 0, 8);
    put_u32(fb, dst);
}

static inline void
put_tcp(struct frame_buffer *fb, uint16_t src, uint16_t dst, uint8_t flags,
        size_t options)
{
    put_u16(fb, src);
    put_u16(fb, dst);
    put_u32(fb, 1000);
    put_u32(fb, 2000);
    put_u8(fb, (5 + options / 4) << 4);
    put_u8(fb, flags);
    put_u16(fb, 512);
    put_u32(fb, 0);
    put_fill(fb, 1, options);
}

static inline void
put_udp(struct frame_buffer *fb, uint16_t src, uint16_t dst, size_t payload)
{
    put_u16(fb, src);
    put_u16(fb, dst);
    put_u16(fb, 8 + payload);
    put_u16(fb, 0);
}

/* A packet of a flow, for suites that count. */
struct packet_spec {
    uint16_t vlan;              /* 0: untagged. */
    bool ipv6;
    uint32_t src, dst;
    uint8_t proto;              /* IPPROTO_TCP or IPPROTO_UDP. */
    uint16_t tp_src, tp_dst;
    uint8_t tcp_flags;
    uint16_t payload;           /* At most 512. */
};

static inline void
build_frame(struct frame_buffer *fb, const struct packet_spec *ps)
{
    bool tcp = ps->proto == IPPROTO_TCP;
    size_t len = (tcp ? 20 : 8) + ps->payload;

    put_mac(fb);
    if (ps->vlan) {
        put_u16(fb, 0x8100);
        put_u16(fb, ps->vlan);
    }
    put_u16(fb, ps->ipv6 ? 0x86dd : 0x0800);
    if (ps->ipv6) {
        put_ipv6(fb, ps->proto, len, ps->src, ps->dst);
    } else {
        put_ipv4(fb, ps->proto, 0, 0, len, ps->src, ps->dst);
    }
    if (tcp) {
        put_tcp(fb, ps->tp_src, ps->tp_dst, ps->tcp_flags, 0);
    } else {
        put_udp(fb, ps->tp_src, ps->tp_dst, ps->payload);
    }
    put_fill(fb, 0x55, ps->payload);
}

#endif /* monitor-unit.h */
