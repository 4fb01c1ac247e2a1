/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/forecast-private.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "monitor/census.h"
#include "monitor/compare.h"
#include "monitor/trigger.h"
#include "packets.h"
#include "util.h"

/* Counts the keys to which 'event' would add the flows. */
static struct census
count_keys(struct forecast *f, const struct event *event,
           const struct flow_list *matching)
{
    struct census census = { 0, 0, 0 };
    size_t n_hashes = 0;

    for (size_t i = 0; i < matching->n; i++) {
        struct flow_fields key;

        if (granularity_key(&event->granularity,
                            &f->flows[matching->flows[i]].fields, &key)) {
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
    return (screen_is_useful(screen) && !(flow->has & FLOW_HAS_TUNNEL)
            && screen_rejects(screen, frame, sizeof frame));
}

void
addition_init(struct addition *a, struct forecast *f,
              const struct trigger *trigger, enum forecast_mode mode)
{
    const struct event *event = trigger->event;
    struct filter filter = trigger_filter(trigger);

    memset(a, 0, sizeof *a);
    a->forecast = f;
    a->screen = f->screen;
    screen_add(&a->screen, &filter.value, &filter.mask);
    if (event_layer(event) == VARIABLE_TCP) {
        struct filter reverse = filter_reverse(&filter);

        screen_add(&a->screen, &reverse.value, &reverse.mask);
    }
    a->trigger = trigger;
    a->mode = mode;
    a->first = !f->n_triggers && mode != FORECAST_ALONE;
    a->new_pattern = (mode == FORECAST_ALONE
                      || !forecast_has_pattern(f, &filter.mask));
    a->history = event_layer(event) != VARIABLE_PACKET;
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

/* Of the bursts of 'thread' in a second, how many have a packet that is looked
 * at, when 'looked_hz' packets are, which come in any order. */
static double
bursts_looked_at(const struct forecast_thread *thread, double looked_hz)
{
    if (thread->packets_hz <= 0 || thread->bursts_hz <= 0) {
        return 0;
    }
    return thread->bursts_hz * (1 - pow(1 - MIN(looked_hz / thread->packets_hz,
                                                1),
                                        (thread->packets_hz
                                         / thread->bursts_hz)));
}

/* The same for packets that were screened before, or if 'a' is the first, not
 * even that: those that no trigger can match are screened, the others are
 * looked at. */
static void
add_looked_at(const struct addition *a, const struct forecast_thread *thread,
              struct cost_work *work)
{
    struct forecast *f = a->forecast;
    double before = thread->work.n[COST_PACKET];
    double packets = 0;

    if (a->mode == FORECAST_ALONE
        || (!a->first && screen_equal(&a->screen, &f->screen))) {
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
    work->n[COST_SCREEN] -= packets;
    work->n[COST_BURST] += (bursts_looked_at(thread, before + packets)
                            - bursts_looked_at(thread, before));
    if (a->first) {
        work->n[COST_SCREEN] += thread->packets_hz;
        work->n[COST_MATCH] += thread->matches_hz;
    }
}

/* Takes the flows before 'end' off 'list'. */
static struct flow_list
take_flows(struct flow_list *list, size_t end)
{
    struct flow_list taken = { .flows = list->flows };

    while (list->n && *list->flows < end) {
        list->flows++;
        list->n--;
        taken.n++;
    }
    return taken;
}

void
addition_add_thread(struct addition *a, const struct forecast_thread *thread,
                    struct cost_work *work, struct forecast_cost *cost)
{
    const struct flow_list matching = take_flows(&a->matching, thread->end);
    const struct flow_list reverse = take_flows(&a->reverse, thread->end);
    const struct event *event = a->trigger->event;
    double interval_s = event->interval_us / 1e6;
    struct forecast *f = a->forecast;
    struct census flows = { 0, 0, 0 };
    double packets_hz = 0, unmatched = 0, active;

    for (size_t i = 0; i < matching.n; i++) {
        struct sampled_flow *flow = &f->flows[matching.flows[i]];
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
    for (size_t i = 0; i < reverse.n; i++) {
        struct sampled_flow *flow = &f->flows[reverse.flows[i]];

        add_record(a, flow, flow->n * thread->weight, work);
    }
    add_looked_at(a, thread, work);
    if (a->new_pattern) {
        work->n[COST_PATTERN] += thread->matches_hz;
    }

    active = census_active(census_total(&flows), packets_hz * f->epoch_s);
    work->n[COST_PAIR] += active / f->epoch_s;
    if (matching.n) {
        work->n[COST_FLOW] += active / f->epoch_s * unmatched / matching.n;
    }
    if (!trigger_has_one_key(a->trigger)) {
        struct census census = (event->granularity.is_flow ? flows
                                : count_keys(f, event, &matching));
        double keys = census_active(census_total(&census),
                                    packets_hz * interval_s);

        work->n[COST_TEST] += keys / interval_s;
        cost->keys += keys;
    }
    cost->packets_hz += thread->packets_hz;
    cost->matched_hz += packets_hz;
    cost->flows += census_total(&flows);
}
