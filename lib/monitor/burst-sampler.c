/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/burst-sampler.h"

#include "monitor/cost.h"
#include "monitor/cycles.h"
#include "monitor/flow-hint.h"
#include "monitor/packet.h"
#include "monitor/scatter-private.h"
#include "openvswitch/compiler.h"

/* A burst in which the thread lost its CPU says nothing: no burst counts for
 * more than so many times what the benchmark's machine takes. */
#define MAX_FACTOR 32

static uint64_t
read_relaxed(const atomic_uint64_t *p)
{
    uint64_t x;

    atomic_read_relaxed(CONST_CAST(atomic_uint64_t *, p), &x);
    return x;
}

/* Writes 'n' words so that readers notice. */
static void
words_write(atomic_uint64_t *version, atomic_uint64_t *dst,
            const uint64_t *src, size_t n)
{
    uint64_t v = read_relaxed(version);

    atomic_store_relaxed(version, v + 1);
    atomic_thread_fence(memory_order_release);  /* See words_read(). */
    for (size_t i = 0; i < n; i++) {
        atomic_store_relaxed(&dst[i], src[i]);
    }
    /* Pairs with the first read in words_read(). */
    atomic_store_explicit(version, v + 2, memory_order_release);
}

/* Reads 'n' words.  Returns false if they were being written. */
static bool
words_read(const atomic_uint64_t *version, const atomic_uint64_t *src,
           uint64_t *dst, size_t n)
{
    uint64_t before, after;

    /* Pairs with the release in words_write(). */
    atomic_read_explicit(CONST_CAST(atomic_uint64_t *, version), &before,
                         memory_order_acquire);
    for (size_t i = 0; i < n; i++) {
        dst[i] = read_relaxed(&src[i]);
    }
    /* Pairs with the fence in words_write(). */
    atomic_thread_fence(memory_order_acquire);
    after = read_relaxed(version);
    return before == after && !(before & 1);
}

void
burst_sampler_get_sums(const struct burst_sampler *sampler,
                       struct burst_sums *sums)
{
    uint64_t words[SUMS_WORDS];

    while (!words_read(&sampler->sums_version, sampler->sums, words,
                       SUMS_WORDS)) {
        continue;
    }
    memcpy(sums, words, sizeof words);
}

size_t
burst_sampler_get_packets(const struct burst_sampler *sampler,
                          uint64_t from_us, struct sampled_packet *packets,
                          size_t max)
{
    uint64_t end = read_relaxed(&sampler->n_sampled);
    uint64_t i = end - MIN(end, MIN(max, N_SAMPLED_PACKETS));
    size_t n = 0;

    for (; i < end; i++) {
        uint64_t words[SAMPLED_WORDS];

        if (words_read(&sampler->packets[i % N_SAMPLED_PACKETS].version,
                       sampler->packets[i % N_SAMPLED_PACKETS].words,
                       words, SAMPLED_WORDS)) {
            memcpy(&packets[n], words, sizeof words);
            n += packets[n].us >= from_us;
        }
    }
    return n;
}

/* Remembers a packet of 'burst' with 'fields'. */
static void
sampler_add(struct burst_sampler *sampler, const struct burst *burst,
            const struct flow_fields *fields)
{
    const struct sampled_packet sampled = { burst->now_us, *fields };
    uint64_t n = read_relaxed(&sampler->n_sampled);
    uint64_t words[SAMPLED_WORDS];

    memcpy(words, &sampled, sizeof words);
    words_write(&sampler->packets[n % N_SAMPLED_PACKETS].version,
                sampler->packets[n % N_SAMPLED_PACKETS].words, words,
                SAMPLED_WORDS);
    atomic_store_relaxed(&sampler->n_sampled, n + 1);
}

/* Stores what 'frame' of 'burst' is.  Returns false if it is no packet. */
static bool
get_fields(const struct scatter *scatter, const struct burst *burst,
           const struct frame *frame, struct flow_fields *fields)
{
    struct packet packet;

    if (!packet_parse(&packet, frame, &scatter->table.secret)) {
        return false;
    }
    flow_key_get_fields(&packet.key,
                        (packet.key.kind == FLOW_IPV6
                         ? packet_ipv6(&packet, frame) : NULL),
                        &burst->entrance, packet.vlan, fields);
    return true;
}

/* Remembers a few packets of 'burst'. */
static void
sample_packets(struct scatter *scatter, const struct burst *burst)
{
    struct burst_sampler *sampler = &scatter->sampler;
    size_t step = MAX(1, DIV_ROUND_UP(burst->n, SAMPLED_PER_BURST));
    struct flow_fields fields;

    /* Not always the same ones. */
    size_t first = (read_relaxed(&sampler->n_sampled) / SAMPLED_PER_BURST
                    % step);

    for (size_t i = first; i < burst->n; i += step) {
        if (get_fields(scatter, burst, &burst->frames[i], &fields)) {
            sampler_add(sampler, burst, &fields);
        }
    }
}

/* Measures a match of the first packet of 'burst'. */
static void
probe_match(const struct scatter *scatter, const struct burst *burst,
            struct burst_sums *sums)
{
    const struct plan_store *plans = scatter->plans;
    struct flow_fields fields;

    if (plans && plans->table->n_patterns && burst->n
        && get_fields(scatter, burst, &burst->frames[0], &fields)) {
        uint64_t start = cycles_now();

        trigger_table_match(plans->table, &fields, plans->matches);
        sums->n_probes++;
        sums->probe_patterns += plans->table->n_patterns;
        sums->probe_cycles += cycles_now() - start;
    }
}

void
burst_sample_begin(struct burst_sample *sample, const struct scatter *scatter)
{
    const struct epoch_buffer *buffer = scatter->current;

    sample->unscreened_us = (screen_is_useful(&scatter->gate.screen)
                             ? scatter->end_us : UINT64_MAX);
    sample->counted = read_relaxed(&scatter->ledger.counted);
    sample->n_matches = read_relaxed(&scatter->n_matches);
    sample->buffer_seq = buffer ? buffer->seq : 0;
    sample->n_records = buffer ? buffer->n_records : 0;
    sample->start = cycles_now();
}

/* Adds to 'sums' what a burst of 'n' packets took and what there was to
 * do. */
static void
add_work(const struct burst_sample *sample, const struct scatter *scatter,
         size_t n, uint64_t cycles, struct burst_sums *sums)
{
    const struct epoch_buffer *buffer = scatter->current;
    uint64_t n_matches = read_relaxed(&scatter->n_matches) - sample->n_matches;
    uint64_t counted = read_relaxed(&scatter->ledger.counted)
                       - sample->counted;
    uint64_t max_cycles;

    max_cycles = MAX_FACTOR * (cost_default_cycles(COST_BURST)
                               + n * cost_default_cycles(COST_PACKET)
                               + n_matches * cost_default_cycles(COST_MATCH));
    cycles = MIN(cycles, max_cycles);
    sums->bursts++;
    sums->packets += n;
    sums->cycles += cycles;
    if (!scatter->plans || !scatter->plans->table->n_entries) {
        return;
    }

    sums->n_bursts++;
    sums->n_packets += n;
    sums->n_matches += n_matches;
    sums->n_patterns += n_matches * scatter->plans->table->n_patterns;
    sums->burst_cycles += cycles;
    if (buffer) {
        if (buffer->n_active) {
            sums->n_measures += counted * buffer->n_cells / buffer->n_active;
        }
        sums->n_records += (buffer->n_records
                            - (buffer->seq == sample->buffer_seq
                               ? sample->n_records : 0));
    }
}

static void
sums_write(struct burst_sampler *sampler, const struct burst_sums *sums)
{
    uint64_t words[SUMS_WORDS];

    memcpy(words, sums, sizeof words);
    words_write(&sampler->sums_version, sampler->sums, words, SUMS_WORDS);
}

void
burst_sample_end(const struct burst_sample *sample, struct scatter *scatter,
                 const struct scatter_pass *pass)
{
    uint64_t cycles = cycles_now() - sample->start;
    struct burst_sampler *sampler = &scatter->sampler;
    const struct burst *burst = pass->burst;
    struct burst_sums sums;

    burst_sampler_get_sums(sampler, &sums);
    if (burst->now_us >= sampler->remember_us) {
        sample_packets(scatter, burst);
        probe_match(scatter, burst, &sums);
        sums_write(sampler, &sums);
        sampler->remember_us = burst->now_us + SAMPLE_INTERVAL_US;
        scatter_set_gate(scatter);
    }
    if (sampler->n_warm < WARM_UP_BURSTS) {
        sampler->n_warm++;
    } else if (burst->now_us < sample->unscreened_us) {
        add_work(sample, scatter, pass->counted + burst->n, cycles, &sums);
        sums_write(sampler, &sums);
        sampler->next_us = sampler->remember_us;
        sampler->n_warm = 0;
    }
}
