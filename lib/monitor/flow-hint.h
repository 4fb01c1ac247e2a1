/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_FLOW_HINT_H
#define MONITOR_FLOW_HINT_H 1

#include <stdbool.h>
#include <stdint.h>

#include "monitor/burst-sampler.h"
#include "monitor/epoch-buffer.h"
#include "monitor/frame.h"
#include "monitor/packet-plain.h"
#include "openvswitch/compiler.h"

/* Hints: where the packets of a flow are counted, kept by who knows the flow
 * already.
 *
 * A datapath whose cache finds the entry of a packet's exact headers need not
 * have its key hashed and looked up again: with the cache's entry it keeps a
 * hint, which says where the packets before it were counted.  All frames that
 * come with the same hint must have the same headers, but for what else the
 * lengths and flags of a frame and the rest of it tell; a hint of a new cache
 * entry is all zeros.
 *
 * A hint is good for one epoch buffer of one thread, which its stamp tells
 * from all others that there ever were; a hint may also say that the screen
 * rejects the flow, which is good for one generation of the thread's plans.
 * So nobody has to take hints back.
 *
 * Usage, see scatter.h.
 *
 * Thread-safety: of the packet thread. */

struct flow_hint {
    uint64_t stamp;             /* 0: none. */
    uint32_t active;            /* Index among the buffer's active flows. */
    uint16_t place;             /* Of its key. */
    uint8_t min_l4_len;         /* Of its protocol, TCP or UDP. */
    uint8_t is;                 /* FLOW_HINT_*. */
};

enum {
    FLOW_HINT_UNMATCHED = 1 << 0,   /* The flow matches no trigger. */
    FLOW_HINT_LOGGED = 1 << 1,      /* Its packets are recorded, too. */
};

/* A stamp that no hint has. */
#define FLOW_HINT_NEVER UINT64_MAX

/* Stamps of thread 'id': of its buffer 'seq', and of what the screen of plans
 * of 'generation' rejects. */
static inline uint64_t
flow_hint_stamp(uint32_t id, uint32_t seq)
{
    return (uint64_t) id << 32 | seq;
}

static inline uint64_t
flow_hint_reject_stamp(uint32_t id, uint32_t generation)
{
    return flow_hint_stamp(id | 1u << 31, generation);
}

struct scatter;

/* A burst while it is being counted. */
struct scatter_pass {
    struct scatter *scatter;
    const struct burst *burst;  /* What hints cannot count, up to now. */

    uint64_t stamp;             /* Of hints that are good. */
    struct flow_counters *counters;     /* Of the current buffer. */
    uint16_t place;             /* Of untagged packets. */
    const struct screen *screen;    /* What it rejects is in the burst but not
                                     * to be counted; null: it is not. */
    uint32_t counted;           /* Packets that were counted by hints... */
    uint32_t unmatched;         /* ...and those of flows that match no
                                 * trigger. */

    /* Frame 'i' of 'burst' came with 'hints[i]', or with none: null.  Only
     * valid if 'hinted'. */
    bool hinted;
    struct flow_hint *hints[BURST_MAX];

    bool halved;                /* The second half is still to be done. */
    uint64_t epoch;
    bool sampled;
    struct burst_sample sample; /* If so. */
};

/* Records a segment of the flow with 'hint'.  Returns false, and does nothing,
 * if it cannot. */
bool flow_hint_record__(struct scatter_pass *, const struct flow_hint *hint,
                        const struct frame *frame, uint32_t volume);

/* Counts 'frame', which came with 'hint'.  Returns false, and does nothing, if
 * it must be in the burst.  Runs on: PMD. */
static inline bool
flow_hint_count(struct scatter_pass *pass, const struct flow_hint *hint,
                const struct frame *frame)
{
    uint32_t bytes, volume;

    if (OVS_UNLIKELY(((hint->stamp ^ pass->stamp)
                      | (hint->place ^ pass->place)) != 0
                     || !plain_get_volume(frame, hint->min_l4_len,
                                          &volume))) {
        return false;
    }

    struct flow_counters *counters = &pass->counters[hint->active];
    if (OVS_UNLIKELY(__builtin_add_overflow(counters->bytes, frame->bytes,
                                            &bytes)
                     || ((hint->is & FLOW_HINT_LOGGED)
                         && !flow_hint_record__(pass, hint, frame,
                                                volume)))) {
        return false;
    }
    counters->packets++;
    counters->bytes = bytes;
    counters->volume += volume;
    pass->counted++;
    pass->unmatched += hint->is & FLOW_HINT_UNMATCHED;
    return true;
}

#endif /* monitor/flow-hint.h */
