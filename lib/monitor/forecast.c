/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/forecast.h"

#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "monitor/key-group.h"
#include "monitor/scope.h"
#include "monitor/screen.h"
#include "monitor/trigger-table.h"
#include "monitor/trigger.h"
#include "openvswitch/hmap.h"
#include "random.h"
#include "util.h"

/* Measures of a flow that are remembered, to see which are shared; others
 * are taken for new ones. */
#define MAX_MEASURES 8

/* What the tracker keeps of a flow and of its connection. */
#define TRACKED_BYTES 770

struct sampled_flow {
    struct flow_fields fields;  /* With its scope. */
    uint32_t n;                 /* Packets in the sample. */

    /* What the triggers that were added do with it. */
    bool looked_at;             /* It is not screened. */
    bool matched;
    bool recorded;
    uint8_t n_measures;
    uint32_t measures[MAX_MEASURES];    /* Hashes. */
};

struct forecast_thread {
    char *name;
    double packets_hz, matches_hz, bursts_hz;
    double weight;              /* Packets a second for each sampled one. */
    size_t begin, end;          /* Its flows. */
    struct cost_work work;      /* A second, of all triggers. */
};

/* A pattern that there is. */
struct forecast_pattern {
    struct hmap_node node;
    struct flow_fields mask;
};

struct forecast {
    struct cost_model model;
    double epoch_s;
    struct forecast_thread *threads;
    size_t n_threads;
    struct sampled_flow *flows;
    size_t n_flows;
    struct screen screen;       /* Of all triggers. */
    struct hmap patterns;       /* struct forecast_pattern. */
    size_t n_triggers;
    struct cost_work sweep;     /* A second, of all triggers. */
    uint64_t secret;            /* For hashing fields. */

    uint32_t *matching;         /* Scratch, [n_flows]. */
    uint32_t *reverse;          /* Scratch, [n_flows]. */
    uint32_t *hashes;           /* Scratch, [n_flows]. */
};

double
forecast_distinct(double d, double f1, double f2)
{
    return d + f1 * MAX(f1 - 1, 0) / (2 * (f2 + 1));
}

double
forecast_active(double n, double packets)
{
    return n > 0 && packets > 0 ? MIN(packets, n * -expm1(-packets / n)) : 0;
}

struct forecast *
forecast_create(const struct cost_model *model, uint64_t epoch_us)
{
    struct forecast *f = xzalloc(sizeof *f);

    f->model = *model;
    f->epoch_s = epoch_us / 1e6;
    screen_init(&f->screen);
    hmap_init(&f->patterns);
    f->secret = random_uint64();
    return f;
}

void
forecast_destroy(struct forecast *f)
{
    if (f) {
        struct forecast_pattern *pattern;

        HMAP_FOR_EACH_POP (pattern, node, &f->patterns) {
            free(pattern);
        }
        hmap_destroy(&f->patterns);
        for (size_t i = 0; i < f->n_threads; i++) {
            free(f->threads[i].name);
        }
        free(f->threads);
        free(f->flows);
        free(f->matching);
        free(f->reverse);
        free(f->hashes);
        free(f);
    }
}

static int
compare_flows(const void *a, const void *b)
{
    return memcmp(&((const struct sampled_flow *) a)->fields,
                  &((const struct sampled_flow *) b)->fields,
                  sizeof(struct flow_fields));
}

void
forecast_add_thread(struct forecast *f,
                    const struct forecast_thread_settings *settings,
                    const struct sampled_packet *packets, size_t n,
                    const struct scope_map *scopes)
{
    struct forecast_thread *thread;
    struct sampled_flow *flows;

    ovs_assert(!f->n_triggers);
    f->threads = xrealloc(f->threads,
                          (f->n_threads + 1) * sizeof *f->threads);
    f->flows = xrealloc(f->flows, (f->n_flows + n) * sizeof *f->flows);
    flows = &f->flows[f->n_flows];
    for (size_t i = 0; i < n; i++) {
        memset(&flows[i], 0, sizeof flows[i]);
        flows[i].fields = packets[i].fields;
        if (scopes) {
            flows[i].fields.scope = scope_map_lookup(scopes,
                                                     packets[i].fields
                                                     .in_port);
        }
        flows[i].n = 1;
    }
    qsort(flows, n, sizeof *flows, compare_flows);

    thread = &f->threads[f->n_threads++];
    memset(thread, 0, sizeof *thread);
    thread->name = xstrdup(settings->name);
    thread->packets_hz = settings->packets_hz;
    thread->matches_hz = settings->matches_hz;
    thread->bursts_hz = settings->bursts * settings->packets_hz;
    thread->weight = n ? settings->packets_hz / n : 0;
    thread->begin = thread->end = f->n_flows;
    for (size_t i = 0; i < n; i++) {
        if (i && !compare_flows(&flows[i], &f->flows[thread->end - 1])) {
            f->flows[thread->end - 1].n++;
        } else {
            f->flows[thread->end++] = flows[i];
        }
    }
    f->n_flows = thread->end;
    f->matching = xrealloc(f->matching, f->n_flows * sizeof *f->matching);
    f->reverse = xrealloc(f->reverse, f->n_flows * sizeof *f->reverse);
    f->hashes = xrealloc(f->hashes, f->n_flows * sizeof *f->hashes);
}

static bool
has_pattern(const struct forecast *f, const struct flow_fields *mask)
{
    const struct forecast_pattern *pattern;

    HMAP_FOR_EACH_WITH_HASH (pattern, node, flow_fields_hash(mask, f->secret),
                             &f->patterns) {
        if (flow_fields_equal(&pattern->mask, mask)) {
            return true;
        }
    }
    return false;
}

static void
add_pattern(struct forecast *f, const struct flow_fields *mask)
{
    struct forecast_pattern *pattern;

    if (!has_pattern(f, mask)) {
        pattern = xmalloc(sizeof *pattern);
        pattern->mask = *mask;
        hmap_insert(&f->patterns, &pattern->node,
                    flow_fields_hash(mask, f->secret));
    }
}

/* Different things in a sample. */
struct census {
    double d, f1, f2;
};

static void
census_add(struct census *census, uint32_t n)
{
    census->d++;
    census->f1 += n == 1;
    census->f2 += n == 2;
}

static double
census_active(const struct census *census, double packets)
{
    return forecast_active(forecast_distinct(census->d, census->f1,
                                             census->f2), packets);
}

static int
compare_u32(const void *a_, const void *b_)
{
    uint32_t a = *(const uint32_t *) a_;
    uint32_t b = *(const uint32_t *) b_;

    return a < b ? -1 : a > b;
}

/* Counts the keys to which 'event' would add the 'n' flows. */
static struct census
count_keys(struct forecast *f, const struct event *event,
           const uint32_t *matching, size_t n)
{
    struct census census = { 0, 0, 0 };
    size_t n_hashes = 0;

    for (size_t i = 0; i < n; i++) {
        struct flow_fields key;

        if (granularity_key(&event->granularity,
                            &f->flows[matching[i]].fields, &key)) {
            f->hashes[n_hashes++] = flow_fields_hash(&key, f->secret);
        }
    }
    qsort(f->hashes, n_hashes, sizeof *f->hashes, compare_u32);
    for (size_t i = 0, end; i < n_hashes; i = end) {
        end = i + 1;
        while (end < n_hashes && f->hashes[end] == f->hashes[i]) {
            end++;
        }
        census_add(&census, end - i);
    }
    return census;
}

/* True if packets of 'flow' are screened. */
static bool
is_screened(const struct screen *screen, const struct flow_fields *flow)
{
    uint8_t frame[ETH_HEADER_LEN + IP_HEADER_LEN] = { 0 };
    ovs_be16 type = htons(flow->vlan ? ETH_TYPE_VLAN : flow->dl_type);

    memcpy(&frame[2 * ETH_ADDR_LEN], &type, sizeof type);
    memcpy(&frame[ETH_HEADER_LEN + 12], &flow->src[12], 4);
    memcpy(&frame[ETH_HEADER_LEN + 16], &flow->dst[12], 4);
    return (!(flow->has & FLOW_HAS_TUNNEL)
            && screen_rejects(screen, frame, sizeof frame));
}

/* A trigger, on its way through the threads. */
struct addition {
    struct screen screen;       /* With it. */
    const struct trigger *trigger;
    enum forecast_mode mode;
    bool first;                 /* There is no other. */
    bool new_pattern;
    bool history;               /* Packets are recorded. */
    uint32_t measures[64];      /* Hashes of those that a packet thread
                                 * evaluates. */
    size_t n_measures;
};

static void
addition_init(struct addition *a, const struct forecast *f,
              const struct trigger *trigger, enum forecast_mode mode)
{
    const struct event *event = trigger->event;
    struct filter filter = trigger_filter(trigger);

    a->screen = f->screen;
    screen_add(&a->screen, &filter.value, &filter.mask);
    a->trigger = trigger;
    a->mode = mode;
    a->first = !f->n_triggers && mode != FORECAST_ALONE;
    a->new_pattern = (mode == FORECAST_ALONE
                      || !has_pattern(f, &filter.mask));
    a->history = event_layer(event) != VARIABLE_PACKET;
    a->n_measures = 0;
    for (size_t i = 0; i < event->n_measures; i++) {
        const struct measure *m = &event->measures[i];

        if (m->value && measure_layer(m) == VARIABLE_PACKET
            && a->n_measures < ARRAY_SIZE(a->measures)) {
            a->measures[a->n_measures++]
                = hash_string(value_text(m->value), m->kind);
        }
    }
}

static bool
flow_has_measure(const struct sampled_flow *flow, uint32_t hash)
{
    for (size_t i = 0; i < flow->n_measures; i++) {
        if (flow->measures[i] == hash) {
            return true;
        }
    }
    return false;
}

/* Adds to 'work' what is to be done for 'packets' of 'flow' a second, which
 * matches. */
static void
add_flow(const struct addition *a, struct sampled_flow *flow, double packets,
         struct cost_work *work)
{
    for (size_t i = 0; i < a->n_measures; i++) {
        if (a->mode == FORECAST_ALONE
            || !flow_has_measure(flow, a->measures[i])) {
            work->n[COST_MEASURE] += packets;
            if (a->mode == FORECAST_ADD && flow->n_measures < MAX_MEASURES) {
                flow->measures[flow->n_measures++] = a->measures[i];
            }
        }
    }
}

/* The same for recording them. */
static void
add_record(const struct addition *a, struct sampled_flow *flow,
           double packets, struct cost_work *work)
{
    if (a->mode == FORECAST_ALONE || !flow->recorded) {
        work->n[COST_RECORD] += packets;
        work->n[COST_TRACK] += packets;
    }
    flow->recorded |= a->mode == FORECAST_ADD;
}

/* The same for looking at packets that were screened before. */
static void
add_looked_at(struct forecast *f, const struct forecast_thread *thread,
              const struct addition *a, struct cost_work *work)
{
    double packets = 0;

    if (a->mode == FORECAST_ALONE
        || (!a->first && a->screen.mask == f->screen.mask
            && a->screen.rejects_ipv4 == f->screen.rejects_ipv4)) {
        return;
    }
    for (size_t i = thread->begin; i < thread->end; i++) {
        struct sampled_flow *flow = &f->flows[i];

        if (!flow->looked_at && !is_screened(&a->screen, &flow->fields)) {
            packets += flow->n * thread->weight;
            flow->looked_at = a->mode == FORECAST_ADD;
        }
    }
    work->n[COST_PACKET] += packets;
    if (thread->packets_hz > 0) {
        work->n[COST_BURST] += (thread->bursts_hz * packets
                                / thread->packets_hz);
    }
    if (a->first) {
        work->n[COST_MATCH] += thread->matches_hz;
    }
}

/* Adds what there is to do on 'thread', whose flows match in 'matching' and,
 * mirrored, in 'reverse'. */
static void
add_on_thread(struct forecast *f, struct forecast_thread *thread,
              const struct addition *a, const uint32_t *matching, size_t n,
              const uint32_t *reverse, size_t n_reverse,
              struct cost_work *work, struct forecast_cost *cost)
{
    const struct event *event = a->trigger->event;
    double interval_s = event->interval_us / 1e6;
    struct census flows = { 0, 0, 0 };
    double packets_hz = 0, unmatched = 0, active;

    for (size_t i = 0; i < n; i++) {
        struct sampled_flow *flow = &f->flows[matching[i]];
        double hz = flow->n * thread->weight;

        packets_hz += hz;
        census_add(&flows, flow->n);
        unmatched += !flow->matched;
        flow->matched |= a->mode == FORECAST_ADD;
        add_flow(a, flow, hz, work);
        if (a->history) {
            add_record(a, flow, hz, work);
        }
    }
    for (size_t i = 0; i < n_reverse; i++) {
        struct sampled_flow *flow = &f->flows[reverse[i]];

        add_record(a, flow, flow->n * thread->weight, work);
    }
    add_looked_at(f, thread, a, work);
    if (a->new_pattern) {
        work->n[COST_PATTERN] += thread->matches_hz;
    }

    active = census_active(&flows, packets_hz * f->epoch_s);
    work->n[COST_PAIR] += active / f->epoch_s;
    if (n) {
        work->n[COST_FLOW] += active / f->epoch_s * unmatched / n;
    }
    if (!trigger_has_one_key(a->trigger)) {
        struct census census = (event->granularity.is_flow ? flows
                                : count_keys(f, event, matching, n));
        double keys = census_active(&census, packets_hz * interval_s);

        work->n[COST_TEST] += keys / interval_s;
        cost->keys += keys;
    }
    cost->packets_hz += thread->packets_hz;
    cost->matched_hz += packets_hz;
    cost->flows += forecast_distinct(flows.d, flows.f1, flows.f2);
}

/* Notes in 'cost' what 'thread' takes, if it is the busiest of those for which
 * there is something to do. */
static void
note_thread(const struct forecast *f, const struct forecast_thread *thread,
            double cycles, struct forecast_cost *cost)
{
    double percent = cost_model_percent(&f->model, cycles);
    double others = cost_model_percent(
        &f->model, cost_model_packet_thread(&f->model, &thread->work));

    bool busier = (percent > 0) == (cost->thread_percent > 0)
                  ? (percent + others
                     > cost->thread_percent + cost->thread_others)
                  : percent > 0;

    if (!cost->thread || busier) {
        cost->thread = thread->name;
        cost->thread_percent = percent;
        cost->thread_others = others;
        cost->packet_cycles = (thread->packets_hz > 0
                               ? cycles / thread->packets_hz : 0);
    }
}

static void
note_sweep(const struct forecast *f, double cycles, struct forecast_cost *cost)
{
    cost->sweep_percent = cost_model_percent(&f->model, cycles);
    cost->sweep_us = cost->sweep_percent / 100 * f->epoch_s * 1e6;
    cost->sweep_others = cost_model_percent(
        &f->model, cost_model_sweeper(&f->model, &f->sweep));
}

/* Adds 'trigger', which the 'n' flows 'matching' match and whose mirrored
 * filter the 'n_reverse' flows 'reverse' match, both in order. */
static void
add(struct forecast *f, const struct trigger *trigger,
    enum forecast_mode mode, const uint32_t *matching, size_t n,
    const uint32_t *reverse, size_t n_reverse, struct forecast_cost *cost)
{
    struct filter filter = trigger_filter(trigger);
    struct cost_work sweep = { .n = { 0 } };
    struct addition a;

    memset(cost, 0, sizeof *cost);
    addition_init(&a, f, trigger, mode);
    for (size_t t = 0, m = 0, r = 0; t < f->n_threads; t++) {
        struct forecast_thread *thread = &f->threads[t];
        struct cost_work work = { .n = { 0 } };
        size_t m_end = m, r_end = r;

        while (m_end < n && matching[m_end] < thread->end) {
            m_end++;
        }
        /* cppcheck-suppress nullPointer; 'n_reverse' is 0 then. */
        while (r_end < n_reverse && reverse[r_end] < thread->end) {
            r_end++;
        }
        add_on_thread(f, thread, &a, &matching[m], m_end - m, &reverse[r],
                      r_end - r, &work, cost);
        note_thread(f, thread, cost_model_packet_thread(&f->model, &work),
                    cost);
        if (mode == FORECAST_ADD) {
            cost_work_add(&thread->work, &work, 1);
        }
        cost_work_add(&sweep, &work, 1);
        m = m_end;
        r = r_end;
    }
    if (trigger_has_one_key(trigger)) {
        sweep.n[COST_TEST] += 1e6 / trigger->event->interval_us;
        cost->keys = 1;
    }
    if (a.first) {
        sweep.n[COST_SWEEP] += 1 / f->epoch_s;
    }
    note_sweep(f, cost_model_sweeper(&f->model, &sweep),
               cost);
    cost->memory_bytes = (cost->keys * trigger_key_bytes(trigger)
                          + (a.history ? cost->flows * TRACKED_BYTES : 0));
    if (mode == FORECAST_ADD) {
        cost_work_add(&f->sweep, &sweep, 1);
        add_pattern(f, &filter.mask);
        f->screen = a.screen;
        f->n_triggers++;
    }
}

/* True if 'flow' may be the reverse direction of one that passes 'filter', at
 * whatever place. */
static bool
matches_reverse(const struct filter *filter, const struct flow_fields *flow)
{
    struct filter anywhere = *filter;
    struct flow_fields mirrored = *flow;

    anywhere.mask.in_port = anywhere.value.in_port = 0;
    anywhere.mask.tun_id = anywhere.value.tun_id = 0;
    anywhere.mask.vlan = anywhere.value.vlan = 0;
    anywhere.mask.scope = anywhere.value.scope = 0;
    flow_fields_mirror(&mirrored);
    return (mirrored.nw_proto == IPPROTO_TCP
            && filter_matches(&anywhere, &mirrored));
}

void
forecast_add(struct forecast *f, const struct trigger *trigger,
             enum forecast_mode mode, struct forecast_cost *cost)
{
    struct filter filter = trigger_filter(trigger);
    bool tcp = event_layer(trigger->event) == VARIABLE_TCP;
    size_t n = 0, n_reverse = 0;

    for (size_t i = 0; i < f->n_flows; i++) {
        const struct flow_fields *fields = &f->flows[i].fields;

        if (filter_matches(&filter, fields)) {
            f->matching[n++] = i;
        } else if (tcp && matches_reverse(&filter, fields)) {
            f->reverse[n_reverse++] = i;
        }
    }
    add(f, trigger, mode, f->matching, n, f->reverse, n_reverse, cost);
}

/* A flow that matches an entry of a table. */
struct matched_pair {
    uint32_t entry;
    uint32_t flow;
};

static int
compare_pairs(const void *a_, const void *b_)
{
    const struct matched_pair *a = a_;
    const struct matched_pair *b = b_;

    return (a->entry != b->entry ? (a->entry < b->entry ? -1 : 1)
            : a->flow < b->flow ? -1 : a->flow > b->flow);
}

/* Records what is the reverse direction for some trigger of 'table'. */
static void
add_table_reverse(struct forecast *f, const struct trigger_table *table)
{
    for (size_t t = 0; t < f->n_threads; t++) {
        struct forecast_thread *thread = &f->threads[t];

        for (size_t i = thread->begin; i < thread->end; i++) {
            struct sampled_flow *flow = &f->flows[i];

            if (!flow->recorded
                && trigger_table_matches_reverse(table, &flow->fields)) {
                double hz = flow->n * thread->weight;

                thread->work.n[COST_RECORD] += hz;
                f->sweep.n[COST_TRACK] += hz;
                flow->recorded = true;
            }
        }
    }
}

void
forecast_add_table(struct forecast *f, struct trigger_table *table)
{
    uint32_t *matches = xcalloc(table->n_entries, sizeof *matches);
    struct matched_pair *pairs = NULL;
    size_t n_pairs = 0, allocated = 0;

    /* As a switch matches, which is faster than each flow with each
     * trigger. */
    for (size_t i = 0; i < f->n_flows; i++) {
        size_t n = trigger_table_match(table, &f->flows[i].fields, matches);

        for (size_t j = 0; j < n; j++) {
            if (n_pairs >= allocated) {
                pairs = x2nrealloc(pairs, &allocated, sizeof *pairs);
            }
            pairs[n_pairs++] = (struct matched_pair) { matches[j], i };
        }
    }
    if (pairs) {
        qsort(pairs, n_pairs, sizeof *pairs, compare_pairs);
    }
    for (size_t entry = 0, i = 0; entry < table->n_entries; entry++) {
        const struct trigger *trigger = table->entries[entry].trigger;
        struct forecast_cost cost;
        size_t n = 0;

        for (; i < n_pairs && pairs[i].entry == entry; i++) {
            f->matching[n++] = pairs[i].flow;
        }
        if (!trigger->removed) {
            add(f, trigger, FORECAST_ADD, f->matching, n, NULL, 0, &cost);
        }
    }
    add_table_reverse(f, table);
    free(pairs);
    free(matches);
}

void
forecast_total(const struct forecast *f, struct forecast_cost *cost)
{
    memset(cost, 0, sizeof *cost);
    for (size_t i = 0; i < f->n_threads; i++) {
        const struct forecast_thread *thread = &f->threads[i];
        double percent = cost_model_percent(
            &f->model, cost_model_packet_thread(&f->model, &thread->work));

        cost->packets_hz += thread->packets_hz;
        if (!cost->thread || percent > cost->thread_percent) {
            cost->thread = thread->name;
            cost->thread_percent = percent;
        }
    }
    note_sweep(f, cost_model_sweeper(&f->model, &f->sweep),
               cost);
    cost->sweep_others = 0;
}
