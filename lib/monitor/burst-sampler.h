/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_BURST_SAMPLER_H
#define MONITOR_BURST_SAMPLER_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/flow-fields.h"
#include "monitor/frame.h"
#include "ovs-atomic.h"

/* Samples of a packet thread's bursts: how long they take, and what is in
 * them.
 *
 * A few hundred times a second a burst is measured: the cycles that counting
 * it takes, and what there was to do; and of another one, shortly before, a
 * few packets are remembered as flow_fields, whether they match anything or
 * not, and it is measured what one match of a flow takes.  Where bursts are
 * rare, of all packets are remembered.  So the cost of the samples does not
 * grow with the traffic, and is about 0.02 % of a CPU.
 *
 * Thread-safety: one writer, the packet thread; any thread reads.  Neither
 * waits for the other. */

struct scatter;
struct scatter_pass;

/* Between two sampled bursts at least.  No divisor of an epoch, so that all
 * phases of epochs are sampled. */
#define SAMPLE_INTERVAL_US 4093

/* So many bursts before one that is measured are not far apart from it, unless
 * bursts are rare: what comes after the thread lost its CPU finds cold
 * caches, and would be measured too often. */
#define WARM_UP_BURSTS 16

/* The latest packets that are remembered, and how many of a burst. */
#define N_SAMPLED_PACKETS 1024
#define SAMPLED_PER_BURST 4

/* Sums over all sampled bursts.  Only uint64_t, since it is copied by
 * words. */
struct burst_sums {
    uint64_t bursts;            /* That were measured. */
    uint64_t packets;           /* In them. */
    uint64_t cycles;            /* That counting them took. */

    /* The same of bursts while there were triggers, and their work. */
    uint64_t n_bursts;
    uint64_t n_packets;
    uint64_t n_measures;        /* Evaluated (from the mean of all flows). */
    uint64_t n_records;
    uint64_t n_matches;         /* New flows. */
    uint64_t n_patterns;        /* With so many patterns in all. */
    uint64_t burst_cycles;

    /* Matches of a flow that were done only to be measured. */
    uint64_t n_probes;
    uint64_t probe_patterns;
    uint64_t probe_cycles;
};

struct sampled_packet {
    uint64_t us;                /* Unix time of its burst. */
    struct flow_fields fields;
};

#define SUMS_WORDS (sizeof(struct burst_sums) / sizeof(uint64_t))
#define SAMPLED_WORDS (sizeof(struct sampled_packet) / sizeof(uint64_t))

struct burst_sampler {
    uint64_t next_us;           /* Bursts from then on are looked at... */
    uint64_t remember_us;       /* ...packets from then on remembered, for
                                 * which no screen may be used... */
    uint32_t n_warm;            /* ...after so many one is measured. */

    /* Each odd while what follows it is being written. */
    atomic_uint64_t sums_version;
    atomic_uint64_t sums[SUMS_WORDS];
    atomic_uint64_t n_sampled;  /* Packets, ever. */
    struct {
        atomic_uint64_t version;
        atomic_uint64_t words[SAMPLED_WORDS];
    } packets[N_SAMPLED_PACKETS];   /* By number. */
};

/* A burst that is being sampled: what was before. */
struct burst_sample {
    uint64_t start;             /* Cycles. */
    uint64_t unscreened_us;     /* From then on there was no screen, although
                                 * bursts have one: with packets that are
                                 * screened otherwise, and so have no entry,
                                 * it says nothing of other bursts. */
    uint64_t counted;
    uint64_t n_matches;
    uint32_t buffer_seq;
    uint32_t n_records;
};

/* From now on no burst is sampled. */
static inline void
burst_sampler_disable(struct burst_sampler *sampler)
{
    sampler->next_us = sampler->remember_us = UINT64_MAX;
}

/* To be called before and after a burst is counted if its time is 'next_us' or
 * later.  Runs on: PMD. */
void burst_sample_begin(struct burst_sample *, const struct scatter *);
void burst_sample_end(const struct burst_sample *, struct scatter *,
                      const struct scatter_pass *);

/* Stores a consistent copy of the sums.  Runs on: any. */
void burst_sampler_get_sums(const struct burst_sampler *,
                            struct burst_sums *);

/* Stores the latest packets, at most 'max' and none before 'from_us', in
 * 'packets', and returns their number.  Runs on: any. */
size_t burst_sampler_get_packets(const struct burst_sampler *,
                                 uint64_t from_us,
                                 struct sampled_packet *packets, size_t max);

#endif /* monitor/burst-sampler.h */
