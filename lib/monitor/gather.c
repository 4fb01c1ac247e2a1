/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/gather.h"

#include "coverage.h"
#include "monitor/contributors.h"
#include "monitor/scatter-private.h"
#include "monitor/tracker-private.h"
#include "openvswitch/util.h"
#include "util.h"

/* Trumpet, SIGCOMM 2016: gather, the first half of a sweep.  The paper
 * sweeps over triggers and looks up their flows; here a sweep goes over the
 * flows that were active and matched, and looks up the keys of their
 * triggers: the same pairs, but nothing to do for what was idle, and no list
 * of flows to keep for each trigger. */

COVERAGE_DEFINE(trumpet_keys_full);

void
gather_set_due(struct gather *gather, struct trigger *trigger)
{
    if (!trigger->due) {
        trigger->due = true;
        ovs_list_push_back(&gather->due, &trigger->due_node);
    }
}

void
gather_clear_due(struct trigger *trigger)
{
    if (trigger->due) {
        trigger->due = false;
        ovs_list_remove(&trigger->due_node);
    }
}

void
gather_begin_interval(struct gather *gather, struct trigger *trigger,
                      uint64_t interval)
{
    if (!trigger->due) {
        trigger->next_interval = interval;
        gather_set_due(gather, trigger);
    }
}

void
gather_add_trigger(struct gather *gather, struct trigger *trigger,
                   uint64_t first)
{
    trigger->first_interval = first;
    trigger->next_interval = first;
    gather_add_ports(gather, trigger);
    if (!trigger->contributors) {
        trigger->contributors = contributors_get_class(gather->contributors,
                                                       trigger->event);
    }
    if (trigger_has_one_key(trigger)) {
        gather_set_due(gather, trigger);
    }
}

void
gather_remove_trigger(struct gather *gather, struct trigger *trigger)
{
    trigger->removed = true;
    gather_clear_due(trigger);
    gather_remove_ports(gather, trigger);
    gather->n_keys -= trigger_remove_keys(trigger);
    contributors_release_class(gather->contributors, trigger->contributors);
    trigger->contributors = NULL;
}

void
gather_expire_keys(struct gather *gather, struct trigger *trigger,
                   uint64_t now_us)
{
    gather->n_keys -= trigger_expire_keys(trigger,
                                          trigger_interval_at(trigger,
                                                              now_us));
    gather->n_keys -= trigger_expire_resting(trigger, now_us,
                                             !gather->in_order);
}

void
gather_mark(struct trigger *trigger, uint64_t us, cause_set causes)
{
    trigger_mark(trigger, trigger_interval_at(trigger, us), causes);
}

/* Gathering. */

/* What an active flow counted, on a packet thread or in the tracker. */
struct gathered_flow {
    const struct slot *slot;
    const struct cell *cells;
    struct flow_fields fields;
    uint64_t start_us;          /* Of its epoch. */
    bool shared;                /* Many flows, shared-flows.h. */
};

/* A flow and one of its triggers, on the way to the trigger's key.  Keys are
 * all over the memory, so several are looked for at a time. */
struct gathered_pair {
    struct trigger *trigger;
    struct flow_fields key;
    uint32_t hash;              /* Of 'key'. */
    const struct slot *slot;    /* As the flow's. */
    const struct cell *cells;
    const uint32_t *cell_of;    /* For each measure, which of 'cells'. */
    uint32_t contributor;       /* The flow, 0: contributes nothing... */
    double contribution;        /* ...but this. */
};

struct gathered_pairs {
    size_t n;
    struct gathered_pair pairs[32];
};

struct trigger_interval *
gather_activate_key(struct gather *gather, struct trigger *trigger,
                    const struct flow_fields *fields, uint32_t hash)
{
    struct trigger_key *key = trigger_find_key(trigger, fields, hash);

    if (!key) {
        if (gather->n_keys >= gather->max_keys) {
            COVERAGE_INC(trumpet_keys_full);
            trigger_mark(trigger, trigger->next_interval,
                         1u << CAUSE_KEYS_FULL);
            return NULL;
        }
        gather->n_keys++;
        key = trigger_add_key(trigger, fields, hash);
    }
    return trigger_key_activate(trigger, key, trigger->next_interval);
}

/* Returns what 'slot' counted for a base measure. */
static uint32_t
slot_measure(const struct slot *slot, enum measure_kind kind)
{
    return (kind == MEASURE_PACKETS ? slot->packets
            : kind == MEASURE_BYTES ? slot->bytes
            : slot->volume);
}

/* Adds what the pair's flow counted to the cells of its key. */
static void
gather_cells(const struct gathered_pair *pair, struct cell *dst)
{
    const struct event *event = pair->trigger->event;
    const struct slot *slot = pair->slot;

    for (size_t i = 0; i < event->n_measures; i++) {
        enum measure_kind kind = event->measures[i].kind;

        if (measure_kind_is_base(kind)) {
            struct cell base = {
                .x = slot_measure(slot, kind),
                .n = slot->packets,
            };
            cell_merge(&dst[i], kind, &base);
        } else if (pair->cell_of[i] != PLAN_NO_CELL) {
            cell_merge(&dst[i], kind, &pair->cells[pair->cell_of[i]]);
        }
    }
}

static void
gather_pairs(struct gather *gather, struct gathered_pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        trigger_prefetch_key(pairs->pairs[i].trigger, pairs->pairs[i].hash);
    }
    for (size_t i = 0; i < pairs->n; i++) {
        const struct gathered_pair *pair = &pairs->pairs[i];
        struct trigger_interval *ti
            = gather_activate_key(gather, pair->trigger, &pair->key,
                                  pair->hash);

        if (ti) {
            ti->packets += pair->slot->packets;
            gather_cells(pair, ti->cells);
            if (pair->contributor) {
                contributors_note(gather->contributors,
                                  pair->trigger->contributors,
                                  pair->contributor,
                                  trigger_interval_contributors(pair->trigger,
                                                                ti),
                                  pair->contribution);
            }
        }
    }
    gather->n_pairs += pairs->n;
    pairs->n = 0;
}

/* What 'flow' adds to the aggregate by which contributors are ranked. */
static double
flow_contribution(const struct event *event, const struct gathered_flow *flow,
                  const uint32_t *cell_of)
{
    size_t measure = (event->top_aggregate == EVENT_TOP_COUNT ? SIZE_MAX
                      : event->aggregates[event->top_aggregate].measure);
    enum measure_kind kind = (measure == SIZE_MAX ? MEASURE_PACKETS
                              : event->measures[measure].kind);

    return (measure_kind_is_base(kind) ? slot_measure(flow->slot, kind)
            : cell_of[measure] == PLAN_NO_CELL ? 0
            : cell_result(&flow->cells[cell_of[measure]], kind));
}

/* Adds 'flow' and 'trigger', which it matches, to 'pairs'. */
static void
gather_flow(struct gather *gather, struct trigger *trigger,
            const struct gathered_flow *flow, const uint32_t *cell_of,
            struct gathered_pairs *pairs)
{
    uint64_t interval = trigger_interval_at(trigger, flow->start_us);
    struct gathered_pair *pair = &pairs->pairs[pairs->n];

    trigger->packets += flow->slot->packets;
    if (interval < trigger->first_interval
        || !granularity_key(&trigger->event->granularity, &flow->fields,
                            &pair->key)) {
        return;
    }
    gather_begin_interval(gather, trigger, interval);

    pair->trigger = trigger;
    pair->hash = trigger_hash_key(trigger, &pair->key);
    pair->slot = flow->slot;
    pair->cells = flow->cells;
    pair->cell_of = cell_of;
    pair->contributor = 0;
    if (trigger->contributors && flow->shared) {
        contributors_note_unknown(trigger->contributors, interval);
    } else if (trigger->contributors) {
        pair->contribution = flow_contribution(trigger->event, flow, cell_of);
        if (pair->contribution != 0) {
            pair->contributor
                = contributors_note_flow(gather->contributors,
                                         trigger->contributors, interval,
                                         gather->n_flows, &flow->fields);
        }
    }
    trigger_prefetch_bucket(trigger, pair->hash);
    if (++pairs->n >= ARRAY_SIZE(pairs->pairs)) {
        gather_pairs(gather, pairs);
    }
}

void
gather_buffer(struct gather *gather, const struct scatter *scatter,
              const struct epoch_buffer *buffer)
{
    const struct flow_table *table = &scatter->table;
    const struct plan_store *plans = buffer->plans;
    struct gathered_pairs pairs;
    struct gathered_flow flow;

    pairs.n = 0;
    flow.start_us = buffer->epoch * gather->epoch_us;
    for (uint32_t i = 0; i < buffer->n_active; i++) {
        const struct active_flow *active = &buffer->active[i];
        const struct flow_entry *entry = &table->entries[active->entry];
        struct plan_trigger pt;

        if (i + 4 < buffer->n_active) {
            OVS_PREFETCH(&table->entries[active[4].entry]);
        }
        flow.slot = scatter_slot(scatter, entry, buffer);
        flow.cells = &buffer->cells[active->cells];
        flow_table_get_fields(table, entry, &flow.fields);
        flow.shared = flow_table_is_shared(table, active->entry);
        gather->n_flows++;
        PLAN_FOR_EACH_TRIGGER (pt, plans, active->plan) {
            const struct trigger_table_entry *te
                = &plans->table->entries[pt.entry];

            if (te->trigger->removed) {
                continue;
            }
            if (flow.shared && te->tells_flows_apart) {
                gather_mark(te->trigger, flow.start_us, 1u << CAUSE_GUARD);
            } else {
                gather_flow(gather, te->trigger, &flow, pt.cells, &pairs);
            }
        }
    }
    gather_pairs(gather, &pairs);
}

void
gather_tracked(struct gather *gather, uint64_t start_us)
{
    static const struct slot nothing;   /* Packets were counted elsewhere. */
    const struct tracker *tracker = gather->tracker;
    const struct plan_store *plans = tracker->plans;
    const struct tracked_flow *tracked;
    struct gathered_pairs pairs;
    struct gathered_flow flow;

    pairs.n = 0;
    flow.slot = &nothing;
    flow.shared = false;
    flow.start_us = start_us;
    LIST_FOR_EACH (tracked, run_node, &tracker->run_flows) {
        struct plan_trigger pt;

        flow.cells = &tracker->cells[tracked->cells];
        flow.fields = tracked->fields;
        gather->n_flows++;
        PLAN_FOR_EACH_TRIGGER (pt, plans, tracked->plan) {
            struct trigger *trigger = plans->table->entries[pt.entry].trigger;

            if (!trigger->removed
                && (tracked->active
                    || (tracked->heard
                        && event_hears_reverse(trigger->event)))) {
                gather_flow(gather, trigger, &flow, pt.cells, &pairs);
            }
        }
    }
    gather_pairs(gather, &pairs);
}
