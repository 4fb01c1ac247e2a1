/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/scatter.h"

#include "monitor/packet-plain.h"
#include "monitor/scatter-batch.h"
#include "openvswitch/compiler.h"

/* Trumpet, SIGCOMM 2016: match-and-scatter, in three passes over what hints
 * (flow-hint.h) cannot count of a burst, so that the misses of all its packets
 * overlap:
 *
 *     1. prefetch the headers;
 *     2. read the headers, hash the keys, prefetch the flow entries;
 *     3. find the entries and count.
 *
 * What a packet rarely takes is in scatter-rare.c, so that the third pass
 * stays small: that of a packet of a known flow that was active in the epoch
 * before it is inlined here. */

/* The epoch of what is received at 'now_us', as far as this thread knows. */
static inline uint64_t
scatter_epoch(const struct scatter *scatter, uint64_t now_us)
{
    /* Time does not go back. */
    return (scatter->current && now_us < scatter->end_us
            ? scatter->current->epoch
            : now_us / scatter->epoch_us);
}

/* Pins the epoch of a burst; see scatter-private.h. */
static inline uint64_t
scatter_pin(struct scatter *scatter, uint64_t epoch)
{
    for (;;) {
        uint64_t open_from;

        /* Both seq_cst: pair with sweep_close() in sweep.c. */
        atomic_store(&scatter->pin, epoch + 1);
        atomic_read(&scatter->shared->open_from, &open_from);
        if (OVS_LIKELY(epoch >= open_from)) {
            return epoch;
        }
        epoch = open_from;
    }
}

static inline void
scatter_unpin(struct scatter *scatter)
{
    /* Pairs with the sweeper's read in sweep.c: what was counted is seen. */
    atomic_store_explicit(&scatter->pin, UINT64_C(0), memory_order_release);
}

/* Where the third pass finds things while no packet takes a rare way. */
struct scatter_view {
    const struct flow_entry *entries;
    struct flow_counters *counters;     /* Of the current buffer... */
    uint32_t seq;               /* ...which has this number; 0 if there is
                                 * none. */
    uint32_t mask;
};

static inline struct scatter_view
scatter_get_view(const struct scatter *scatter)
{
    const struct epoch_buffer *buffer = scatter->current;

    return (struct scatter_view) {
        .entries = scatter->table.entries,
        .counters = buffer ? buffer->counters : NULL,
        .seq = buffer ? buffer->seq : 0,
        .mask = scatter->table.mask,
    };
}

/* Returns the entry of packet 'i' if it is the first one to be looked at, else
 * null. */
static inline const struct flow_entry *
scatter_find_known(const struct scatter_view *view,
                   const struct scatter_batch *batch, size_t i)
{
    const struct flow_entry *entry
        = &view->entries[flow_table_index__(view->mask, batch->hashes[i])];

    return (OVS_LIKELY(flow_key_equal(&entry->key, &batch->packets[i].key))
            ? entry : NULL);
}

/* Adds a record of 'frame', number 'i' of 'burst', whose TCP header is at
 * PLAIN_L4_OFS, to the current buffer, which has room.  Returns false, and
 * does nothing, if it cannot be recorded like that. */
static inline bool
scatter_log_segment(struct scatter *scatter, const struct burst *burst,
                    const struct frame *frame, size_t i, uint32_t active,
                    uint32_t volume)
{
    struct epoch_buffer *buffer = scatter->current;
    struct packet_record *record = &buffer->records[buffer->n_records];

    /* The sweeper's core had it last. */
    OVS_PREFETCH_WRITE(record + 16);
    if (!plain_read_segment(frame->data + PLAIN_L4_OFS, volume,
                            &record->segment)) {
        return false;
    }
    record->ns = burst->timed ? burst->ns[i] : burst->now_us * 1000;
    record->active = active;
    record->bytes = frame->bytes;
    record->tos = frame->data[PLAIN_IP_OFS + 1];
    record->ttl = frame->data[PLAIN_IP_OFS + 8];
    record->is = PACKET_IS_IP | PACKET_IS_SEGMENT;
    buffer->n_records++;
    return true;
}

/* Counts and records packet 'i' of 'entry'.  Returns false, and does nothing,
 * if there is more to do, or no room. */
static inline bool
scatter_log_plain(struct scatter *scatter, const struct scatter_view *view,
                  const struct scatter_batch *batch,
                  const struct flow_entry *entry, size_t i)
{
    const struct packet *packet = &batch->packets[i];
    uint32_t active = flow_entry_active(entry);
    struct flow_counters *counters = &view->counters[active];

    return (packet_is_plain_segment(packet)
            && OVS_LIKELY(scatter_has_log_room(scatter, 1)
                          && flow_counters_have_room(counters, packet->bytes)
                          && scatter_log_segment(
                              scatter, batch->pass->burst,
                              scatter_batch_frame(batch, packet),
                              packet->frame, active, packet->volume))
            && flow_counters_add(counters, packet));
}

bool
flow_hint_record__(struct scatter_pass *pass, const struct flow_hint *hint,
                   const struct frame *frame, uint32_t volume)
{
    /* Records are in order: not before a packet that is in the burst. */
    return (OVS_LIKELY(!pass->burst->n
                       && scatter_has_log_room(pass->scatter, 1))
            && scatter_log_segment(pass->scatter, pass->burst, frame, 0,
                                   hint->active, volume));
}

/* Counts packet 'i' of 'entry' if that is active in the current buffer already
 * and takes no more than counters and the log.  Returns false, and does
 * nothing, if not. */
static inline bool
scatter_count_known(struct scatter *scatter, const struct scatter_view *view,
                    const struct scatter_batch *batch,
                    const struct flow_entry *entry, size_t i)
{
    if (OVS_LIKELY(flow_entry_is_active(entry, view->seq, 0))) {
        return flow_counters_add(&view->counters[entry->active],
                                 &batch->packets[i]);
    }
    return (flow_entry_is_active(entry, view->seq, FLOW_LOGGED)
            && scatter_log_plain(scatter, view, batch, entry, i));
}

/* Third pass. */
static void
scatter_count_batch(struct scatter *scatter, struct scatter_batch *batch)
{
    struct scatter_view view = scatter_get_view(scatter);
    uint32_t n_rare = 0, unmatched = 0;

    for (size_t i = 0; i < batch->n; i++) {
        const struct flow_entry *entry = scatter_find_known(&view, batch, i);

        if (OVS_LIKELY(entry && scatter_count_known(scatter, &view, batch,
                                                    entry, i))) {
            unmatched += entry->plan <= PLAN_REVERSE;
        } else {
            scatter_count_rare(scatter, batch, i);
            view = scatter_get_view(scatter);
            n_rare++;
        }
    }
    batch->counted += batch->n - n_rare - unmatched;
    batch->unmatched += unmatched;
}

/* Reads 'frame', which is not a plain one.  Returns false if it is none. */
static bool
scatter_parse_frame(struct scatter *scatter, const struct burst *burst,
                    const struct frame *frame, struct packet *packet,
                    uint64_t *hash)
{
    struct flow_table *table = &scatter->table;

    if (OVS_UNLIKELY(!packet_parse(packet, frame, &table->secret))) {
        return false;
    }
    packet->key.place = place_get(&table->places, &burst->entrance,
                                  packet->vlan);
    *hash = flow_key_hash(&packet->key, &table->secret);
    return true;
}

/* First and second pass. */
static void
scatter_parse(struct scatter *scatter, struct scatter_batch *batch)
{
    const struct burst *burst = batch->pass->burst;
    struct flow_table *table = &scatter->table;
    const struct flow_hash_secret *secret = &table->secret;
    const struct screen *screen = batch->pass->screen;
    const uint64_t place = batch->pass->place;
    bool guarded = scatter->guard.on;
    size_t n = 0;

    for (size_t i = 0; i < burst->n; i++) {
        OVS_PREFETCH(burst->frames[i].data);
    }
    for (size_t i = 0; i < burst->n; i++) {
        const struct frame *frame = &burst->frames[i];
        struct packet *packet = &batch->packets[n];
        uint64_t words[PLAIN_WORDS];

        if (OVS_UNLIKELY(screen)
            && screen_rejects(screen, frame->data, frame->captured)) {
            batch->unmatched++;
            continue;
        }
        if (OVS_LIKELY(packet_parse_plain(frame, words))) {
            words[PLAIN_KEY + 1] |= place << PLAIN_PLACE_SHIFT;
            words[PLAIN_OFS] |= (uint64_t) i << PLAIN_FRAME_SHIFT;
            memcpy(packet, words, sizeof *packet);
            batch->hashes[n] = flow_key_hash_words(&words[PLAIN_KEY], secret);
        } else if (OVS_UNLIKELY(!scatter_parse_frame(scatter, burst, frame,
                                                     packet,
                                                     &batch->hashes[n]))) {
            batch->dropped_invalid++;
            continue;
        } else {
            packet->frame = i;
        }
        if (OVS_LIKELY(!guarded)) {
            flow_table_prefetch(table, batch->hashes[n]);
        } else {
            flow_table_prefetch_filter(table, batch->hashes[n]);
        }
        n++;
    }
    batch->n = n;
}

/* True if packets of 'entry', which are TCP's or not, can be counted by hints
 * in 'buffer'. */
static bool
flow_entry_is_hintable(const struct flow_entry *entry,
                       const struct epoch_buffer *buffer, bool is_tcp)
{
    return (flow_entry_is_active(entry, buffer->seq, 0)
            || (is_tcp && flow_entry_is_active(entry, buffer->seq,
                                               FLOW_LOGGED)));
}

/* Renews the hints now that all of the burst was counted: those of plain
 * packets whose flows take no more than counters, and a record of segments. */
static void
scatter_give_hints(struct scatter *scatter, const struct scatter_batch *batch)
{
    const struct scatter_pass *pass = batch->pass;
    const struct epoch_buffer *buffer = scatter->current;

    for (size_t i = 0; buffer && i < batch->n; i++) {
        const struct packet *packet = &batch->packets[i];
        const struct frame *frame = scatter_batch_frame(batch, packet);
        bool is_tcp = packet->key.nw_proto == IPPROTO_TCP;
        struct flow_hint *hint = pass->hints[packet->frame];
        uint64_t words[PLAIN_WORDS];
        const struct flow_entry *entry;

        if (!hint) {
            continue;
        }
        entry = flow_table_lookup(&scatter->table, &packet->key,
                                  batch->hashes[i],
                                  packet_ipv6(packet, frame));
        if (!entry || !flow_entry_is_hintable(entry, buffer, is_tcp)
            || !packet_parse_plain(frame, words)) {
            continue;
        }
        *hint = (struct flow_hint) {
            .stamp = flow_hint_stamp(scatter->id, buffer->seq),
            .active = flow_entry_active(entry),
            .place = packet->key.place,
            .min_l4_len = is_tcp ? TCP_HEADER_LEN : UDP_HEADER_LEN,
            .is = ((entry->plan <= PLAN_REVERSE ? FLOW_HINT_UNMATCHED : 0)
                   | (entry->active & FLOW_LOGGED ? FLOW_HINT_LOGGED : 0)),
        };
    }
}

static inline void
add_relaxed(atomic_uint64_t *counter, uint64_t n)
{
    uint64_t x;

    atomic_read_relaxed(counter, &x);
    atomic_store_relaxed(counter, x + n);
}

/* Begins a change of the ledger; returns what ends it. */
static inline uint64_t
ledger_begin(struct shared_ledger *ledger)
{
    uint64_t version;

    atomic_read_relaxed(&ledger->version, &version);
    atomic_store_relaxed(&ledger->version, version + 1);
    atomic_thread_fence(memory_order_release);  /* See scatter_ledger(). */
    return version + 2;
}

static inline void
ledger_end(struct shared_ledger *ledger, uint64_t version)
{
    /* Pairs with the first read in scatter_ledger(). */
    atomic_store_explicit(&ledger->version, version, memory_order_release);
}

/* Enters the batch in the ledger. */
static void
scatter_account(struct scatter *scatter, const struct scatter_batch *batch)
{
    struct shared_ledger *ledger = &scatter->ledger;
    uint64_t version = ledger_begin(ledger);

    add_relaxed(&ledger->received, batch->received);
    add_relaxed(&ledger->counted, batch->counted);
    add_relaxed(&ledger->unmatched, batch->unmatched);
    if (OVS_UNLIKELY(batch->counted + batch->unmatched != batch->received)) {
        add_relaxed(&ledger->dropped_invalid, batch->dropped_invalid);
        for (int i = 0; i < N_CAUSES; i++) {
            add_relaxed(&ledger->not_observed[i], batch->not_observed[i]);
        }
    }
    ledger_end(ledger, version);
    atomic_store_relaxed(&scatter->n_flows, scatter->table.n_flows);
}

void
scatter_count_runts(struct scatter *scatter, size_t n, bool were_screened)
{
    struct shared_ledger *ledger = &scatter->ledger;
    uint64_t version = ledger_begin(ledger);

    add_relaxed(&ledger->received, n);
    add_relaxed(&ledger->dropped_invalid, n);
    if (were_screened) {
        add_relaxed(&scatter->gate.n_screened, -n);
    }
    ledger_end(ledger, version);
}

struct screen_gate *
scatter_get_gate(struct scatter *scatter)
{
    return &scatter->gate;
}

void
scatter_begin(struct scatter *scatter, const struct burst *burst,
              struct scatter_pass *pass)
{
    bool was_shut = burst->now_us >= scatter->gate.until_us;
    const struct epoch_buffer *buffer;

    pass->sampled = burst->now_us >= scatter->sampler.next_us;
    if (OVS_UNLIKELY(pass->sampled)) {
        burst_sample_begin(&pass->sample, scatter);
    }
    pass->scatter = scatter;
    pass->burst = burst;
    pass->counted = pass->unmatched = 0;
    pass->hinted = pass->halved = false;
    pass->epoch = scatter_pin(scatter, scatter_epoch(scatter, burst->now_us));
    place_table_reclaim(&scatter->table.places);
    if (!scatter->current || scatter->current->epoch != pass->epoch) {
        scatter_open_buffer(scatter, pass->epoch);
    } else if (OVS_UNLIKELY(scatter->make_room
                            && !scatter_has_log_room(scatter, burst->n))) {
        scatter->make_room(scatter, CAUSE_LOG_FULL, scatter->aux);
        scatter_open_buffer(scatter, pass->epoch);
    }
    pass->place = place_get(&scatter->table.places, &burst->entrance, 0);

    /* The gate is shut until the triggers of an epoch are known, and when
     * packets are to be remembered.  What it would have kept out has no entry
     * to be counted in, and shall have none.  Without a buffer it is missed
     * once an epoch, which tells that the thread ran (interruption.c). */
    pass->screen = (was_shut && scatter->current
                    && screen_is_useful(&scatter->gate.screen)
                    ? &scatter->gate.screen : NULL);

    /* What is to be remembered must be in the burst. */
    buffer = scatter->current;
    pass->counters = buffer ? buffer->counters : NULL;
    pass->stamp = (buffer && burst->now_us < scatter->sampler.remember_us
                   ? flow_hint_stamp(scatter->id, buffer->seq)
                   : FLOW_HINT_NEVER);
}

/* First half: the passes over the headers. */
static inline void
scatter_begin_batch(struct scatter_pass *pass, struct scatter_batch *batch)
{
    batch->pass = pass;
    batch->n = 0;
    batch->unmatched = batch->dropped_invalid = 0;
    if (pass->burst->n) {
        scatter_parse(pass->scatter, batch);
    }
}

/* Second half: the third pass, and the ledger. */
static inline void
scatter_end_batch(struct scatter_pass *pass, struct scatter_batch *batch)
{
    struct scatter *scatter = pass->scatter;

    batch->received = pass->counted + pass->burst->n;
    batch->counted = pass->counted - pass->unmatched;
    batch->unmatched += pass->unmatched;
    batch->admitted = 0;
    memset(batch->not_observed, 0, sizeof batch->not_observed);
    if (batch->n) {
        if (OVS_UNLIKELY(scatter->guard.on)) {
            scatter_hold_unknown(scatter, batch);
        }
        scatter_count_batch(scatter, batch);
        if (pass->hinted) {
            scatter_give_hints(scatter, batch);
        }
    }
    scatter_account(scatter, batch);
    scatter_unpin(scatter);
    if (OVS_UNLIKELY(pass->sampled)) {
        burst_sample_end(&pass->sample, scatter, pass);
    }
}

/* Keeps what the second half of 'batch' needs. */
static void
scatter_keep(struct scatter_few *few, const struct scatter_batch *batch)
{
    few->n = batch->n;
    memcpy(few->packets, batch->packets, batch->n * sizeof *batch->packets);
    memcpy(few->hashes, batch->hashes, batch->n * sizeof *batch->hashes);
    few->unmatched = batch->unmatched;
    few->dropped_invalid = batch->dropped_invalid;
}

static void
scatter_resume(struct scatter_pass *pass, struct scatter_batch *batch)
{
    const struct scatter_few *few = pass->scatter->few;

    batch->pass = pass;
    batch->n = few->n;
    memcpy(batch->packets, few->packets, few->n * sizeof *batch->packets);
    memcpy(batch->hashes, few->hashes, few->n * sizeof *batch->hashes);
    batch->unmatched = few->unmatched;
    batch->dropped_invalid = few->dropped_invalid;
    pass->halved = false;
}

void
scatter_end(struct scatter_pass *pass)
{
    struct scatter_batch batch;

    if (OVS_UNLIKELY(pass->halved)) {
        scatter_resume(pass, &batch);
    } else {
        scatter_begin_batch(pass, &batch);
    }
    scatter_end_batch(pass, &batch);
}

bool
scatter_try_end(struct scatter_pass *pass)
{
    if (pass->burst->n > FEW_PACKETS || pass->sampled) {
        scatter_end(pass);      /* Measured is the whole, and nothing else. */
    } else {
        struct scatter_batch batch;

        scatter_begin_batch(pass, &batch);
        scatter_keep(pass->scatter->few, &batch);
        pass->halved = true;
    }
    return !pass->halved;
}

void
scatter_burst(struct scatter *scatter, const struct burst *burst)
{
    struct scatter_pass pass;

    scatter_begin(scatter, burst, &pass);
    scatter_end(&pass);
}
