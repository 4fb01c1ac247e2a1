/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/forecast.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/forecast-private.h"
#include "monitor/key-group.h"
#include "monitor/scope.h"
#include "monitor/trigger-table.h"
#include "monitor/trigger.h"
#include "random.h"
#include "util.h"

/* What the tracker keeps of a flow and of its connection. */
#define TRACKED_BYTES 770

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

/* Patterns. */

bool
forecast_has_pattern(const struct forecast *f, const struct flow_fields *mask)
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

    if (!forecast_has_pattern(f, mask)) {
        pattern = xmalloc(sizeof *pattern);
        pattern->mask = *mask;
        hmap_insert(&f->patterns, &pattern->node,
                    flow_fields_hash(mask, f->secret));
    }
}

/* Threads. */

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

/* Adds 'a' on all threads, and stores what that costs. */
static void
add(struct addition *a, struct forecast_cost *cost)
{
    const struct trigger *trigger = a->trigger;
    struct cost_work sweep = { .n = { 0 } };
    struct forecast *f = a->forecast;

    memset(cost, 0, sizeof *cost);
    for (size_t i = 0; i < f->n_threads; i++) {
        struct forecast_thread *thread = &f->threads[i];
        struct cost_work work = { .n = { 0 } };

        addition_add_thread(a, thread, &work, cost);
        note_thread(f, thread, cost_model_packet_thread(&f->model, &work),
                    cost);
        if (a->mode == FORECAST_ADD) {
            cost_work_add(&thread->work, &work, 1);
        }
        cost_work_add(&sweep, &work, 1);
    }
    if (trigger_has_one_key(trigger)) {
        sweep.n[COST_TEST] += 1e6 / trigger->event->interval_us;
        cost->keys = 1;
    }
    if (a->first) {
        sweep.n[COST_SWEEP] += 1 / f->epoch_s;
    }
    note_sweep(f, cost_model_sweeper(&f->model, &sweep), cost);
    cost->memory_bytes = (cost->keys * trigger_key_bytes(trigger)
                          + (a->history ? cost->flows * TRACKED_BYTES : 0));
    if (a->mode == FORECAST_ADD) {
        struct filter filter = trigger_filter(trigger);

        cost_work_add(&f->sweep, &sweep, 1);
        add_pattern(f, &filter.mask);
        f->screen = a->screen;
        f->n_triggers++;
    }
}

void
forecast_add(struct forecast *f, const struct trigger *trigger,
             enum forecast_mode mode, struct forecast_cost *cost)
{
    struct filter filter = trigger_filter(trigger);
    struct filter reverse = filter_reverse(&filter);
    bool tcp = event_layer(trigger->event) == VARIABLE_TCP;
    size_t n = 0, n_reverse = 0;
    struct addition a;

    for (size_t i = 0; i < f->n_flows; i++) {
        const struct flow_fields *fields = &f->flows[i].fields;

        if (filter_matches(&filter, fields)) {
            f->matching[n++] = i;
        } else if (tcp && fields->nw_proto == IPPROTO_TCP
                   && filter_matches(&reverse, fields)) {
            f->reverse[n_reverse++] = i;
        }
    }
    addition_init(&a, f, trigger, mode);
    a.matching = (struct flow_list) { f->matching, n };
    a.reverse = (struct flow_list) { f->reverse, n_reverse };
    add(&a, cost);
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
            struct addition a;

            addition_init(&a, f, trigger, FORECAST_ADD);
            a.matching = (struct flow_list) { f->matching, n };
            add(&a, &cost);
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
    note_sweep(f, cost_model_sweeper(&f->model, &f->sweep), cost);
    cost->sweep_others = 0;
}
