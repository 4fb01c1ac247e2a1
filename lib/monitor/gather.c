/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/gather.h"

#include "monitor/contributors.h"
#include "monitor/gathered-plan.h"
#include "monitor/scatter-private.h"
#include "monitor/tracker-private.h"
#include "openvswitch/util.h"
#include "util.h"

/* Trumpet, SIGCOMM 2016: gather, the first half of a sweep.  The paper
 * sweeps over triggers and looks up their flows; here a sweep goes over the
 * flows that were active and matched, and looks up the keys of their
 * triggers: nothing to do for what was idle, and no list of flows to keep for
 * each trigger.  Triggers with the same keys are counted together
 * (key-space.h), so that it is not done for each pair of flow and trigger. */

void
gather_set_due(struct gather *gather, struct key_space *space)
{
    if (!space->due) {
        space->due = true;
        ovs_list_push_back(&gather->due, &space->due_node);
    }
}

void
gather_clear_due(struct key_space *space)
{
    if (space->due) {
        space->due = false;
        ovs_list_remove(&space->due_node);
    }
}

void
gather_add_trigger(struct gather *gather, struct trigger *trigger,
                   uint64_t first)
{
    trigger->first_interval = first;
    gather->version++;
    if (!trigger->space) {
        key_space_join(&gather->spaces, &gather->keys, trigger);
    }
    gather_add_ports(gather, trigger);
    if (!trigger->contributors) {
        trigger->contributors = contributors_get_class(gather->contributors,
                                                       trigger->event);
    }
    if (trigger_has_one_key(trigger)) {
        key_space_set_interval(trigger->space, first);
        gather_set_due(gather, trigger->space);
    }
}

void
gather_remove_trigger(struct gather *gather, struct trigger *trigger)
{
    trigger->removed = true;
    gather->version++;
    gather_remove_ports(gather, trigger);
    if (trigger->space) {
        if (trigger->space->n_triggers == 1) {
            gather_clear_due(trigger->space);
        }
        key_space_leave(trigger);
    }
    contributors_release_class(gather->contributors, trigger->contributors);
    trigger->contributors = NULL;
}

void
gather_postpone_trigger(struct gather *gather, struct trigger *trigger,
                        uint64_t first)
{
    struct key_space *space = trigger->space;

    trigger->first_interval = first;
    gather->version++;
    if (space && space->one_key && space->next_interval < first) {
        key_space_set_interval(space, first);
    }
}

void
gather_expire_keys(struct gather *gather, uint64_t now_us)
{
    struct key_space *space;

    LIST_FOR_EACH (space, node, &gather->spaces) {
        key_space_expire_idle(space, now_us, !gather->in_order);
    }
}

void
gather_mark(struct trigger *trigger, uint64_t us, cause_set causes)
{
    trigger_mark(trigger, trigger_interval_at(trigger, us), causes);
}

void
gather_settle(struct gather *gather)
{
    struct gathered_plans *plans;
    struct key_space *space;

    LIST_FOR_EACH (plans, node, &gather->plans) {
        gathered_plans_settle(plans);
    }
    LIST_FOR_EACH (space, node, &gather->spaces) {
        const struct key_group *group;

        HMAP_FOR_EACH (group, node, &space->groups) {
            for (size_t i = 0; i < group->n_members; i++) {
                struct trigger *trigger = group->members[i].trigger;

                trigger_note_tested(trigger, &trigger->all_tested,
                                    group->tested_window, group->n_tested);
            }
        }
    }
}

/* Gathering. */

/* What an active flow counted, on a packet thread or in the tracker. */
struct gathered_flow {
    const struct flow_counters *counters;
    const struct cell *cells;
    struct flow_fields fields;
    bool shared;                /* Many flows, shared-flows.h. */
};

/* A flow and a part of its plan, on the way to the key.  Keys are all over the
 * memory, so several are looked for at a time. */
struct gathered_pair {
    const struct plan_part *part;
    const struct flow_counters *counters;   /* As the flow's. */
    const struct cell *cells;
    uint32_t hash;              /* Of 'key'. */
    uint32_t contributor;       /* The flow; 0: contributes nothing... */
    double contribution;        /* ...but this. */
    struct flow_fields key;
};

struct gathered_pairs {
    size_t n;
    struct gathered_pair pairs[32];
};

/* Returns what 'counters' have for a base measure. */
static uint32_t
counters_measure(const struct flow_counters *counters, enum measure_kind kind)
{
    return (kind == MEASURE_PACKETS ? counters->packets
            : kind == MEASURE_BYTES ? counters->bytes
            : counters->volume);
}

/* Returns which of the flow's cells is for cell 'i' of 'group', which is the
 * group of 'part' or a part of it. */
static uint32_t
flow_cell(const struct plan_part *part, const struct key_group *group,
          size_t i)
{
    const struct key_group *whole = part->group;

    if (group == whole) {
        return part->cells[i];
    }
    for (size_t j = 0; j < whole->n_cells; j++) {
        if (measure_equal(whole->cells[j], group->cells[i])) {
            return part->cells[j];
        }
    }
    OVS_NOT_REACHED();
}

/* Adds the flow's cells to 'dst', those of 'group'. */
static void
gather_cells(const struct gathered_pair *pair, const struct key_group *group,
             struct cell *dst)
{
    for (size_t i = 0; i < group->n_cells; i++) {
        uint32_t cell = flow_cell(pair->part, group, i);

        if (cell != PLAN_NO_CELL) {
            cell_merge(&dst[i], group->cells[i]->kind, &pair->cells[cell]);
        }
    }
}

/* What the flow adds to the aggregate by which contributors to keys of 'part',
 * which is a single trigger's, are ranked. */
static double
flow_contribution(const struct plan_part *part,
                  const struct flow_counters *counters,
                  const struct cell *cells)
{
    const struct key_member *member = &part->group->members[0];
    const struct event *event = member->trigger->event;
    size_t measure = (event->top_aggregate == EVENT_TOP_COUNT ? SIZE_MAX
                      : event->aggregates[event->top_aggregate].measure);
    enum measure_kind kind = (measure == SIZE_MAX ? MEASURE_PACKETS
                              : event->measures[measure].kind);
    uint32_t cell;

    if (measure_kind_is_base(kind)) {
        return counters_measure(counters, kind);
    }
    cell = part->cells[member->counters[measure] - COUNTER_CELLS];
    return cell == PLAN_NO_CELL ? 0 : cell_result(&cells[cell], kind);
}

/* Adds what the flow counted to 'key'. */
static inline void
gather_key(struct gather *gather, const struct gathered_pair *pair,
           struct key_space *space, struct counted_key *key)
{
    struct key_interval *ki = counted_key_activate(space, key);

    ki->packets += pair->counters->packets;
    ki->bytes += pair->counters->bytes;
    ki->volume += pair->counters->volume;
    if (key->group->n_cells) {
        gather_cells(pair, key->group, ki->cells);
    }
    if (pair->contributor) {
        contributors_note(gather->contributors, space->only->contributors,
                          pair->contributor,
                          key_interval_contributors(key->group, ki),
                          pair->contribution);
    }
}

static void
gather_pairs(struct gather *gather, struct gathered_pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        const struct gathered_pair *pair = &pairs->pairs[i];

        key_space_prefetch_key(pair->part->group->space, pair->part->group,
                               pair->hash);
    }
    for (size_t i = 0; i < pairs->n; i++) {
        const struct gathered_pair *pair = &pairs->pairs[i];
        struct key_group *group = pair->part->group;
        struct counted_key *key = key_space_find(group->space, group,
                                                 &pair->key, pair->hash);

        if (OVS_LIKELY(key)) {
            gather_key(gather, pair, group->space, key);
        } else {
            struct counted_key **keys;
            size_t n = key_space_get(group->space, group, &pair->key,
                                     pair->hash, &keys);

            for (size_t j = 0; j < n; j++) {
                gather_key(gather, pair, group->space, keys[j]);
            }
        }
    }
    pairs->n = 0;
}

/* Notes what the flow of 'pair' contributes, if anything. */
static void
note_contributor(struct gather *gather, const struct gathered_flow *flow,
                 struct gathered_pair *pair)
{
    const struct key_space *space = pair->part->group->space;

    if (flow->shared) {
        contributors_note_unknown(space->only->contributors,
                                  space->next_interval);
        return;
    }
    pair->contribution = flow_contribution(pair->part, flow->counters,
                                           flow->cells);
    if (pair->contribution != 0) {
        pair->contributor
            = contributors_note_flow(gather->contributors,
                                     space->only->contributors,
                                     space->next_interval, gather->n_flows,
                                     &flow->fields);
    }
}

/* Adds 'flow' and 'part' of its plan to 'pairs'.  Its epoch begins at
 * 'start_us'. */
static inline void
gather_part(struct gather *gather, const struct plan_part *part,
            const struct gathered_flow *flow, uint64_t start_us,
            struct gathered_pairs *pairs)
{
    struct key_space *space = part->group->space;
    struct gathered_pair *pair = &pairs->pairs[pairs->n];

    if (!granularity_key(space->granularity, &flow->fields, &pair->key)) {
        return;
    }
    gather_begin_interval(gather, space, start_us);

    pair->part = part;
    pair->counters = flow->counters;
    pair->cells = flow->cells;
    pair->hash = key_space_hash(space, &pair->key);
    pair->contributor = 0;
    if (part->group->has_contributors) {
        note_contributor(gather, flow, pair);
    }
    key_space_prefetch_slot(space, pair->hash);
    if (++pairs->n >= ARRAY_SIZE(pairs->pairs)) {
        gather_pairs(gather, pairs);
    }
}

/* Adds 'flow', which is many, to the keys of 'gp' that do not tell them
 * apart. */
static void
gather_shared(struct gather *gather, const struct gathered_plan *gp,
              const struct gathered_flow *flow, uint64_t start_us,
              struct gathered_pairs *pairs)
{
    for (size_t i = 0; i < gp->n_parts; i++) {
        const struct plan_part *part = &gp->parts[i];

        for (size_t j = 0; j < part->group->n_members; j++) {
            struct trigger *trigger = part->group->members[j].trigger;

            if (part->tells_flows_apart) {
                gather_mark(trigger, start_us, 1u << CAUSE_GUARD);
            } else {
                trigger->packets += flow->counters->packets;
            }
        }
        if (!part->tells_flows_apart) {
            gather_part(gather, part, flow, start_us, pairs);
        }
    }
}

/* Flows of a buffer are taken so many at a time, so that the cache misses on
 * the way to their plans and groups overlap. */
#define FLOWS_AT_A_TIME 32

/* Adds flow number 'i' of 'buffer', whose plan is 'gp', to 'pairs'. */
static inline void
gather_flow(struct gather *gather, const struct flow_table *table,
            const struct epoch_buffer *buffer, uint32_t i,
            struct gathered_plan *gp, struct gathered_pairs *pairs)
{
    const struct active_flow *active = &buffer->active[i];
    uint64_t start_us = buffer->epoch * gather->epoch_us;
    struct gathered_flow flow;

    flow.counters = &buffer->counters[i];
    flow.cells = &buffer->cells[active->cells];
    flow.shared = flow_table_is_shared(table, active->entry);
    if (gp->n_parts) {
        flow_table_get_fields(table, &active->key, active->entry,
                              &flow.fields);
        gather->n_flows++;
        gather->n_pairs += gp->n_triggers;
    }
    if (OVS_UNLIKELY(flow.shared)) {
        gather_shared(gather, gp, &flow, start_us, pairs);
        return;
    }
    gp->packets += flow.counters->packets;
    for (size_t j = 0; j < gp->n_parts; j++) {
        gather_part(gather, &gp->parts[j], &flow, start_us, pairs);
    }
}

void
gather_buffer(struct gather *gather, const struct scatter *scatter,
              const struct epoch_buffer *buffer)
{
    struct gathered_plans *plans = gathered_plans_get(gather, buffer->plans);
    uint64_t start_us = buffer->epoch * gather->epoch_us;
    uint64_t version = gather->version;
    struct gathered_pairs pairs;

    pairs.n = 0;
    for (uint32_t first = 0; first < buffer->n_active;
         first += FLOWS_AT_A_TIME) {
        const struct active_flow *active = &buffer->active[first];
        uint32_t n = MIN(FLOWS_AT_A_TIME, buffer->n_active - first);
        struct gathered_plan *gps[FLOWS_AT_A_TIME];

        for (uint32_t i = 0; i < n; i++) {
            gathered_plan_prefetch(plans, active[i].plan);
        }
        for (uint32_t i = 0; i < n; i++) {
            gps[i] = gathered_plan_get(gather, version, plans,
                                       active[i].plan, start_us);
            gathered_plan_prefetch_groups(gps[i]);
        }
        for (uint32_t i = 0; i < n; i++) {
            gather_flow(gather, &scatter->table, buffer, first + i, gps[i],
                        &pairs);
        }
    }
    gather_pairs(gather, &pairs);
}

void
gather_tracked(struct gather *gather, uint64_t start_us)
{
    /* Packets were counted elsewhere. */
    static const struct flow_counters nothing;
    const struct tracker *tracker = gather->tracker;
    struct gathered_plans *plans;
    const struct tracked_flow *tracked;
    struct gathered_pairs pairs;
    struct gathered_flow flow;

    if (ovs_list_is_empty(&tracker->run_flows)) {
        return;
    }
    plans = gathered_plans_get(gather, tracker->plans);
    pairs.n = 0;
    flow.counters = &nothing;
    flow.shared = false;
    LIST_FOR_EACH (tracked, run_node, &tracker->run_flows) {
        const struct gathered_plan *gp
            = gathered_plan_get(gather, gather->version, plans, tracked->plan,
                                start_us);

        flow.cells = &tracker->cells[tracked->cells];
        flow.fields = tracked->fields;
        gather->n_flows++;
        gather->n_pairs += gp->n_triggers;
        for (size_t i = 0; i < gp->n_parts; i++) {
            const struct plan_part *part = &gp->parts[i];

            if (tracked->active
                || (tracked->heard
                    && event_hears_reverse(part->group->space->event))) {
                gather_part(gather, part, &flow, start_us, &pairs);
            }
        }
    }
    gather_pairs(gather, &pairs);
}
