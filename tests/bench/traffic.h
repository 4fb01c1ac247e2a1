/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_TRAFFIC_H
#define TESTS_BENCH_TRAFFIC_H 1

/* Frames for a benchmark, made before it begins.
 *
 * A tape of TCP/IPv4 frames of 64 bytes on the wire (60 without the checksum
 * of Ethernet), one to a cache line, that is handed out in order and from the
 * beginning again.  No 32 frames in a row have two of one flow, unless
 * 'run_length' asks for it.  The tape lies in memory in the order of
 * sending, so that what a benchmark measures is not the generator's misses.
 *
 * Source addresses are all over TRAFFIC_SRC/16, those of the first 'n_marked'
 * flows in TRAFFIC_MARKED_SRC/16; destinations all over TRAFFIC_DST/24.
 *
 * Thread-safety: created by any thread, then used by the packet thread only.
 */

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tests/bench/hostile.h"

#define TRAFFIC_SRC         0x0a000000u     /* 10.0.0.0 */
#define TRAFFIC_MARKED_SRC  0x0a010000u     /* 10.1.0.0 */
#define TRAFFIC_DST         0xc0a80000u     /* 192.168.0.0 */

#define FRAME_BYTES 60

struct traffic_settings {
    uint32_t n_flows;           /* Active at any time, at least 64. */
    uint32_t n_marked;          /* The marked ones among them. */
    uint32_t run_length;        /* Frames in a row of one flow; 0 is 1. */
    uint32_t churn_hz;          /* Flows replaced by new ones, a second. */
    bool tcp_data;              /* Sequence numbers go on: no segment is a
                                 * retransmission. */
    struct hostile_settings hostile;    /* Frames in between. */
};

struct traffic;

/* Returns null if there is no memory. */
struct traffic *traffic_create(const struct traffic_settings *);
void traffic_destroy(struct traffic *);

/* Returns the next frame. */
static inline uint8_t *traffic_next(struct traffic *);

/* To be called with a frame that was forwarded, if 'seq_step' is not 0. */
static inline void traffic_advance(struct traffic *, uint8_t *frame);

/* To be called now and then: replaces flows, as many as the time since
 * the last call asks for. */
void traffic_churn(struct traffic *, uint64_t now_us);

/* How often a flow was replaced. */
uint64_t traffic_n_churned(const struct traffic *);

/* For the inline functions only. */
struct traffic_frame {
    uint8_t bytes[64];
};

struct traffic {
    struct traffic_settings settings;
    struct traffic_frame *frames;   /* The tape. */
    size_t n_frames;
    size_t cursor;
    uint32_t seq_step;          /* From one use of a frame to the next. */

    uint32_t *position;         /* Of flow i's first frame on the tape, and
                                 * of its others. */
    uint32_t frames_per_flow;
    uint64_t n_ids;             /* Flows ever made. */
    uint64_t churned_us;        /* When the last flow was replaced. */
    struct hostile *hostile;    /* Null: none. */
};

static inline uint8_t *
traffic_next(struct traffic *traffic)
{
    uint8_t *frame = traffic->hostile ? hostile_next(traffic->hostile) : NULL;

    if (frame) {
        return frame;
    }
    frame = traffic->frames[traffic->cursor].bytes;
    if (++traffic->cursor >= traffic->n_frames) {
        traffic->cursor = 0;
    }
    return frame;
}

/* Where a frame has its sequence number. */
#define FRAME_SEQ_OFS 38

static inline void
traffic_advance(struct traffic *traffic, uint8_t *frame)
{
    uint32_t seq;

    memcpy(&seq, frame + FRAME_SEQ_OFS, sizeof seq);
    seq = htonl(ntohl(seq) + traffic->seq_step);
    memcpy(frame + FRAME_SEQ_OFS, &seq, sizeof seq);
}

#endif /* tests/bench/traffic.h */
