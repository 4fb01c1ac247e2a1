/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_TCP_FLOW_H
#define MONITOR_TCP_FLOW_H 1

#include <stdbool.h>
#include <stdint.h>

#include "monitor/tcp-oddity.h"
#include "monitor/tcp-segment.h"

/* One TCP flow: what its own segments and those of the reverse direction tell
 * together, in the order in which they passed.  It yields the variables
 * is_lost, rwnd and rtt and the states seq, ack and dup of this flow; those of
 * the reverse direction are worked out by a flow of its own.
 *
 * Forward is the flow's own direction.  Only what its variables need is kept
 * of the reverse.
 *
 * Usage
 * =====
 *
 * tcp_flow_init(), then tcp_flow_add() for each packet of both directions,
 * TCP or fragment thereof.  A flow needs no uninit.
 *
 * Numbers
 * =======
 *
 * Sequence and acknowledgment numbers are unwrapped to 64 bits, on one scale:
 * the first number known of the forward direction stands as it is in the
 * header, every later one is the one nearest to the highest so far.
 *
 * Life
 * ====
 *
 * The state is forgotten, and a new life begins, when more than 'life_ns'
 * passed without a packet of either direction, and when a SYN begins a new
 * connection on the same ports.  Nobody is told that time passed: who asks
 * for the state at some time compares it with 'last_ns'.
 *
 * Thread-safety: plain values. */

#define TCP_FLOW_DEFAULT_LIFE_NS UINT64_C(3000000000)

enum tcp_side {
    TCP_FORWARD,
    TCP_REVERSE,
    N_TCP_SIDES
};

/* What is kept of each direction.  Private. */
struct tcp_syn {
    uint32_t seq;               /* Of the last SYN; if 'seen'. */
    uint8_t scale;              /* Its window scale, or TCP_NO_SCALE. */
    bool seen;
    bool has_seq;               /* Did a segment consume sequence space? */
};

/* 88 bytes.  Private but for tests. */
struct tcp_flow {
    uint64_t last_ns;           /* Latest packet. */

    /* Forward direction.  Numbers are unwrapped. */
    int64_t seq;                /* Highest end; if its has_seq. */
    int64_t ack;                /* Highest acknowledgment; if 'has_ack'. */
    int64_t timed_end;          /* Timed segment's end; if 'timed_len'. */
    uint64_t timed_ns;          /* When it was sent. */
    uint32_t timed_len;         /* Its sequence space; 0 if none is timed. */
    uint32_t largest;           /* Payload. */
    uint32_t duplicates;        /* Duplicate ACKs of it, modulo 2**32. */
    bool is_seen;               /* Was there a segment? */
    bool has_ack;

    /* Reverse direction. */
    bool is_heard;              /* Was there a segment after a forward one? */
    uint16_t window;            /* Field of the last one; if 'has_ack'. */
    uint32_t largest_window;    /* Scaled. */

    /* Both. */
    bool is_own_reverse;
    bool is_ended;              /* Was there a FIN or RST? */
    uint32_t life;
    struct tcp_syn syns[N_TCP_SIDES];
};

/* What there is to tell of one segment. */
struct tcp_verdict {
    bool is_lost;               /* Of a forward segment. */
    bool heard;                 /* It is a reverse one after a forward one. */
    bool has_rtt;               /* It acknowledges the timed segment. */
    uint32_t rwnd;              /* Of a forward segment, in bytes. */
    double rtt_us;              /* If 'has_rtt'. */
    tcp_oddity_set oddities;    /* They change nothing else. */
};

/* What is known after the latest packet. */
struct tcp_state {
    bool seen;                  /* Was there a forward segment? */
    bool has_seq, has_ack;
    int64_t seq;                /* Undefined unless 'has_seq'. */
    int64_t ack;                /* Undefined unless 'has_ack'. */
    uint32_t duplicates;        /* Of this life, modulo 2**32. */
    uint32_t largest;           /* Payload; 0: none yet. */
    uint32_t life;              /* Another after the state was forgotten. */
    uint64_t last_ns;           /* Latest packet of either direction. */
};

/* Initializes a flow.  'is_own_reverse' if its 5-tuple is its own mirror:
 * each of its segments is then also one of the reverse direction, but added
 * only once, as TCP_FORWARD.  What passed at other places is TCP_REVERSE. */
void tcp_flow_init(struct tcp_flow *, bool is_own_reverse);

/* Adds a packet that came at 'ns', which counts at the packet's before it if
 * it is less.  'segment' is null if its TCP header cannot be read: such a
 * packet only keeps the state alive.  Stores what there is to tell of it. */
void tcp_flow_add(struct tcp_flow *, enum tcp_side,
                  const struct tcp_segment *segment, uint64_t ns,
                  uint64_t life_ns, struct tcp_verdict *);

/* Forgets the state, as a long silence does: segments are missing. */
void tcp_flow_forget(struct tcp_flow *);

void tcp_flow_get_state(const struct tcp_flow *, struct tcp_state *);

#endif /* monitor/tcp-flow.h */
