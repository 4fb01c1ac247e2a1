/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TCP_UNIT_H
#define TCP_UNIT_H 1

/* What the suites of the TCP state have in common: segments in short. */

#include "monitor/tcp-flow.h"
#include "packets.h"
#include "tests/monitor-unit.h"

#define WRAP (INT64_C(1) << 32)
#define US UINT64_C(1000)
#define MS UINT64_C(1000000)
#define LIFE_NS TCP_FLOW_DEFAULT_LIFE_NS

/* A flow, and what its ends put into their next segments. */
struct tcp_rig {
    struct tcp_flow flow;
    uint64_t ns;                /* Of the next packet. */
    uint16_t windows[N_TCP_SIDES];
    uint8_t scales[N_TCP_SIDES];
    struct tcp_verdict verdict; /* Of the latest packet. */
    tcp_oddity_set oddities;    /* Of all packets. */
};

static inline void
rig_init(struct tcp_rig *rig)
{
    *rig = (struct tcp_rig) {
        .ns = MS,
        .windows = { 8192, 8192 },
        .scales = { TCP_NO_SCALE, TCP_NO_SCALE },
    };
    tcp_flow_init(&rig->flow, false);
}

static inline void
rig_add(struct tcp_rig *rig, enum tcp_side side,
        const struct tcp_segment *segment)
{
    tcp_flow_add(&rig->flow, side, segment, rig->ns, LIFE_NS, &rig->verdict);
    rig->oddities |= rig->verdict.oddities;
}

/* Sends a segment 'rig->ns' after the epoch.  Numbers are taken modulo
 * 2**32. */
static inline void
rig_send(struct tcp_rig *rig, enum tcp_side side, uint8_t flags, int64_t seq,
         uint32_t payload, int64_t ack)
{
    const struct tcp_segment segment = {
        .seq = seq,
        .ack = ack,
        .payload = payload,
        .window = rig->windows[side],
        .flags = flags,
        .scale = rig->scales[side],
    };

    rig_add(rig, side, &segment);
}

/* Sends data forward.  Returns its is_lost. */
static inline bool
rig_data(struct tcp_rig *rig, int64_t seq, uint32_t payload)
{
    rig_send(rig, TCP_FORWARD, TCP_ACK, seq, payload, 1);
    return rig->verdict.is_lost;
}

/* Acknowledges 'number'.  Returns the rtt in us, or -1. */
static inline double
rig_ack(struct tcp_rig *rig, int64_t number)
{
    rig_send(rig, TCP_REVERSE, TCP_ACK, 1, 0, number);
    return rig->verdict.has_rtt ? rig->verdict.rtt_us : -1;
}

static inline struct tcp_state
rig_state(const struct tcp_rig *rig)
{
    struct tcp_state state;

    tcp_flow_get_state(&rig->flow, &state);
    return state;
}

/* Opens a connection with these window scale options. */
static inline void
rig_open_scaled(struct tcp_rig *rig, uint8_t forward, uint8_t reverse)
{
    rig_init(rig);
    rig->scales[TCP_FORWARD] = forward;
    rig->scales[TCP_REVERSE] = reverse;
    rig->windows[TCP_FORWARD] = 1000;
    rig_send(rig, TCP_FORWARD, TCP_SYN, 999, 0, 0);
    ck_assert_uint_eq(rig->verdict.rwnd, 1000);
    rig_send(rig, TCP_REVERSE, TCP_SYN | TCP_ACK, 5, 0, 1000);
    ck_assert_uint_eq(rig->verdict.rwnd, 0);
    rig->scales[TCP_FORWARD] = rig->scales[TCP_REVERSE] = TCP_NO_SCALE;
    rig_data(rig, 1000, 0);
}

/* Fails unless seq and ack are these. */
#define check_numbers(RIG, SEQ, ACK)                                    \
    do {                                                                \
        struct tcp_state state__ = rig_state(RIG);                      \
                                                                        \
        ck_assert(state__.has_seq);                                     \
        ck_assert(state__.has_ack);                                     \
        ck_assert_int_eq(state__.seq, SEQ);                             \
        ck_assert_int_eq(state__.ack, ACK);                             \
    } while (0)

/* Opens a connection of which the windows are known to be at most 'WINDOW',
 * and all of it known: 'WINDOW' sent and acknowledged. */
#define WINDOW (UINT32_C(60000) << 2)

static inline void
rig_open_window(struct tcp_rig *rig)
{
    rig_init(rig);
    rig->scales[TCP_FORWARD] = rig->scales[TCP_REVERSE] = 2;
    rig_send(rig, TCP_FORWARD, TCP_SYN, -1, 0, 0);
    rig_send(rig, TCP_REVERSE, TCP_SYN | TCP_ACK, 5, 0, 0);
    rig->windows[TCP_REVERSE] = 60000;
    rig_ack(rig, 0);
    rig_data(rig, 0, WINDOW);
    rig_ack(rig, WINDOW);
    check_numbers(rig, WRAP + WINDOW, WRAP + WINDOW);
    ck_assert_uint_eq(rig->oddities, 0);
}

#endif /* tests/tcp-unit.h */
