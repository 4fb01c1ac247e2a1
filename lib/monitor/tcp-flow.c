/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tcp-flow.h"

#include <string.h>

#include "packets.h"
#include "util.h"

/* The paper (SIGCOMM 2016) names the variables; its authors' program has
 * loss, ack, dup and seq of them.  What they mean here is in docs/events.rst.
 *
 * Where an observer is
 * ====================
 *
 * Between the two ends: all that the sender sends passes here, and so do the
 * acknowledgments before the sender has them.  So a sender cannot use more
 * than the highest acknowledgment and the largest window seen here, and an end
 * cannot acknowledge more than passed here before.  Oddities are deviations
 * from that.  Where not all is known, they are judged mildly: a window that
 * may have been scaled is as large as can be, and of a connection whose
 * beginning was not seen a whole window may have passed unseen.  A connection
 * some of whose packets go other ways is odd.
 *
 * A number far from the last one may jump by almost 2**31, so that someone who
 * forges segments can let 'seq' and 'ack' grow without end.  Long before they
 * overflow the state is forgotten. */

BUILD_ASSERT_DECL(sizeof(struct tcp_flow) == 88);

#define TCP_MAX_NUMBER (INT64_C(1) << 62)

/* The window that the monitor assumes at least, as conntrack does: small ones
 * may be the rest of larger ones that were seen by nobody here. */
#define TCP_MIN_WINDOW UINT16_MAX
#define TCP_MAX_WINDOW ((uint32_t) UINT16_MAX << TCP_MAX_SCALE)

/* Returns the number nearest to 'near' that is 'number' modulo 2**32. */
static int64_t
tcp_unwrap(uint32_t number, int64_t near)
{
    return near + (int32_t) (number - (uint32_t) near);
}

/* Returns the sequence space that 'segment' consumes. */
static uint32_t
tcp_segment_len(const struct tcp_segment *segment)
{
    return (segment->payload + !!(segment->flags & TCP_SYN)
            + !!(segment->flags & TCP_FIN));
}

static bool
tcp_flow_has_seq(const struct tcp_flow *flow)
{
    return flow->syns[TCP_FORWARD].has_seq;
}

/* Returns the segment's place in the forward direction, whose 'seq' or 'ack'
 * is known. */
static int64_t
tcp_flow_unwrap_seq(const struct tcp_flow *flow, uint32_t seq)
{
    return (tcp_flow_has_seq(flow) ? tcp_unwrap(seq, flow->seq)
            : flow->has_ack ? tcp_unwrap(seq, flow->ack)
            : seq);
}

static int64_t
tcp_flow_unwrap_ack(const struct tcp_flow *flow, uint32_t ack)
{
    return (flow->has_ack ? tcp_unwrap(ack, flow->ack)
            : tcp_flow_has_seq(flow) ? tcp_unwrap(ack, flow->seq)
            : ack);
}

/* ## Life ## */

void
tcp_flow_init(struct tcp_flow *flow, bool is_own_reverse)
{
    memset(flow, 0, sizeof *flow);
    flow->is_own_reverse = is_own_reverse;
    for (int i = 0; i < N_TCP_SIDES; i++) {
        flow->syns[i].scale = TCP_NO_SCALE;
    }
}

void
tcp_flow_forget(struct tcp_flow *flow)
{
    uint64_t last_ns = flow->last_ns;
    uint32_t life = flow->life;

    tcp_flow_init(flow, flow->is_own_reverse);
    flow->last_ns = last_ns;
    flow->life = life + 1;
}

static bool
tcp_flow_is_new_connection(const struct tcp_flow *flow, enum tcp_side side,
                           const struct tcp_segment *segment)
{
    const struct tcp_syn *syn = &flow->syns[side];

    return ((segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && syn->has_seq
            && !(syn->seen && syn->seq == segment->seq));
}

/* ## Windows ## */

/* Returns the window that 'segment', sent in direction 'side', advertises. */
static uint32_t
tcp_flow_window(const struct tcp_flow *flow, enum tcp_side side,
                const struct tcp_segment *segment)
{
    uint8_t own = flow->syns[side].scale;
    uint8_t other = flow->syns[!side].scale;

    if (segment->flags & TCP_SYN || own == TCP_NO_SCALE
        || other == TCP_NO_SCALE) {
        return segment->window;
    }
    return (uint32_t) segment->window << own;
}

/* Returns how much of the forward direction may be on the way at once. */
static uint32_t
tcp_flow_max_in_flight(const struct tcp_flow *flow)
{
    const struct tcp_syn *syns = flow->syns;

    return (syns[TCP_FORWARD].seen && syns[TCP_REVERSE].seen
            ? MAX(flow->largest_window, TCP_MIN_WINDOW)
            : TCP_MAX_WINDOW);
}

/* ## Oddities ## */

static bool
tcp_flags_are_invalid(uint8_t flags)
{
    switch (flags & (TCP_SYN | TCP_FIN | TCP_RST)) {
    case TCP_SYN:
    case TCP_RST:
        return false;
    case TCP_FIN:
    case 0:
        return !(flags & TCP_ACK);
    default:
        return true;
    }
}

/* Returns what is odd about a forward 'segment' that begins at 'begin'. */
static tcp_oddity_set
tcp_flow_judge_seq(const struct tcp_flow *flow,
                   const struct tcp_segment *segment, int64_t begin)
{
    int64_t in_flight = tcp_flow_max_in_flight(flow);
    bool is_above = flow->has_ack && begin > flow->ack + in_flight;
    bool is_below = tcp_flow_has_seq(flow) && begin < flow->seq - in_flight;
    tcp_oddity_set set = 0;

    if (tcp_flags_are_invalid(segment->flags)) {
        set |= 1u << TCP_ODDITY_FLAGS;
    }
    if (is_above || is_below) {
        set |= 1u << (segment->flags & TCP_RST ? TCP_ODDITY_RST
                      : is_above ? TCP_ODDITY_SEQ_ABOVE
                      : TCP_ODDITY_SEQ_BELOW);
    }
    return set;
}

/* Returns what is odd about the acknowledgment of 'number'. */
static tcp_oddity_set
tcp_flow_judge_ack(const struct tcp_flow *flow, int64_t number)
{
    int64_t in_flight = tcp_flow_max_in_flight(flow);
    int64_t unseen = flow->syns[TCP_FORWARD].seen ? 0 : in_flight;
    tcp_oddity_set set = 0;

    if (tcp_flow_has_seq(flow) && number > flow->seq + unseen) {
        set |= 1u << TCP_ODDITY_ACK_UNSENT;
    }
    if (flow->has_ack && number < flow->ack - in_flight) {
        set |= 1u << TCP_ODDITY_ACK_OLD;
    }
    return set;
}

/* ## Segments ## */

/* Notes a forward 'segment' that consumes 'len' of sequence space from 'begin'
 * on.  Returns its is_lost. */
static bool
tcp_flow_send(struct tcp_flow *flow, const struct tcp_segment *segment,
              int64_t begin, uint32_t len)
{
    int64_t end = begin + len;

    if (!tcp_flow_has_seq(flow) || begin >= flow->seq) {
        flow->seq = end;
        if (!flow->timed_len) {
            flow->timed_len = len;
            flow->timed_end = end;
            flow->timed_ns = flow->last_ns;
        }
        return false;
    }
    if (begin == flow->seq - 1 && len == 1 && segment->payload) {
        return false;           /* A keep-alive; an empty one has no length. */
    }
    if (begin < flow->timed_end && end > flow->timed_end - flow->timed_len) {
        flow->timed_len = 0;    /* Karn: which one is acknowledged? */
    }
    flow->seq = MAX(flow->seq, end);
    return true;
}

/* Notes what every 'segment' tells of its direction. */
static void
tcp_flow_note_side(struct tcp_flow *flow, enum tcp_side side,
                   const struct tcp_segment *segment)
{
    struct tcp_syn *syn = &flow->syns[side];

    if (segment->flags & TCP_SYN) {
        syn->seen = true;
        syn->seq = segment->seq;
        syn->scale = segment->scale;
    }
    syn->has_seq |= tcp_segment_len(segment) > 0;
}

static void
tcp_flow_add_forward(struct tcp_flow *flow, const struct tcp_segment *segment,
                     struct tcp_verdict *verdict)
{
    int64_t begin = tcp_flow_unwrap_seq(flow, segment->seq);
    uint32_t len = tcp_segment_len(segment);

    verdict->oddities |= tcp_flow_judge_seq(flow, segment, begin);
    if (len) {
        verdict->is_lost = tcp_flow_send(flow, segment, begin, len);
    }
    flow->largest = MAX(flow->largest, segment->payload);
    flow->is_seen = true;
    tcp_flow_note_side(flow, TCP_FORWARD, segment);
    verdict->rwnd = tcp_flow_window(flow, TCP_FORWARD, segment);
}

/* A duplicate ACK tells nothing new while something is outstanding. */
static bool
tcp_flow_is_duplicate(const struct tcp_flow *flow,
                      const struct tcp_segment *segment, int64_t number)
{
    return (flow->has_ack && number == flow->ack
            && !tcp_segment_len(segment) && !(segment->flags & TCP_RST)
            && segment->window == flow->window
            && tcp_flow_has_seq(flow) && flow->seq > flow->ack);
}

static void
tcp_flow_acknowledge(struct tcp_flow *flow, const struct tcp_segment *segment,
                     struct tcp_verdict *verdict)
{
    int64_t number = tcp_flow_unwrap_ack(flow, segment->ack);

    verdict->oddities |= tcp_flow_judge_ack(flow, number);
    if (tcp_flow_is_duplicate(flow, segment, number)) {
        flow->duplicates++;
    } else if (!flow->has_ack || number > flow->ack) {
        flow->ack = number;
        flow->has_ack = true;
    }
    if (flow->timed_len && number >= flow->timed_end) {
        verdict->has_rtt = true;
        verdict->rtt_us = (flow->last_ns - flow->timed_ns) / 1000.0;
        flow->timed_len = 0;
    }
}

static void
tcp_flow_add_reverse(struct tcp_flow *flow, const struct tcp_segment *segment,
                     struct tcp_verdict *verdict)
{
    uint32_t window;

    verdict->heard = flow->is_seen;
    flow->is_heard |= flow->is_seen;
    tcp_flow_note_side(flow, TCP_REVERSE, segment);
    if (segment->flags & TCP_ACK) {
        tcp_flow_acknowledge(flow, segment, verdict);
    }
    window = tcp_flow_window(flow, TCP_REVERSE, segment);
    flow->largest_window = MAX(flow->largest_window, window);
    flow->window = segment->window;
}

static void
tcp_flow_add_segment(struct tcp_flow *flow, enum tcp_side side,
                     const struct tcp_segment *segment,
                     struct tcp_verdict *verdict)
{
    if (tcp_flow_is_new_connection(flow, side, segment)) {
        if (flow->is_heard && !flow->is_ended) {
            verdict->oddities |= 1u << TCP_ODDITY_SYN;
        }
        tcp_flow_forget(flow);
    } else if (OVS_UNLIKELY(flow->seq > TCP_MAX_NUMBER
                            || flow->ack > TCP_MAX_NUMBER)) {
        tcp_flow_forget(flow);
    }
    if (side == TCP_FORWARD) {
        tcp_flow_add_forward(flow, segment, verdict);
    }
    if (side == TCP_REVERSE || flow->is_own_reverse) {
        tcp_flow_add_reverse(flow, segment, verdict);
    }
    flow->is_ended |= (segment->flags & (TCP_FIN | TCP_RST)) != 0;
}

void
tcp_flow_add(struct tcp_flow *flow, enum tcp_side side,
             const struct tcp_segment *segment, uint64_t ns, uint64_t life_ns,
             struct tcp_verdict *verdict)
{
    memset(verdict, 0, sizeof *verdict);
    ns = MAX(ns, flow->last_ns);
    if (ns - flow->last_ns > life_ns) {
        tcp_flow_forget(flow);
    }
    flow->last_ns = ns;
    if (segment) {
        tcp_flow_add_segment(flow, side, segment, verdict);
    }
}

void
tcp_flow_get_state(const struct tcp_flow *flow, struct tcp_state *state)
{
    *state = (struct tcp_state) {
        .seen = flow->is_seen,
        .has_seq = tcp_flow_has_seq(flow),
        .has_ack = flow->has_ack,
        .seq = flow->seq,
        .ack = flow->ack,
        .duplicates = flow->duplicates,
        .largest = flow->largest,
        .life = flow->life,
        .last_ns = flow->last_ns,
    };
}
