/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/gather.h"

#include "coverage.h"
#include "monitor/scatter-private.h"
#include "openvswitch/util.h"
#include "util.h"

/* Trumpet, SIGCOMM 2016: gather, test and report.  The paper
 * sweeps over triggers and looks up their flows; here a sweep goes over the
 * flows that were active and matched, and looks up the keys of their
 * triggers: the same pairs, but nothing to do for what was idle, and no list
 * of flows to keep for each trigger. */

COVERAGE_DEFINE(trumpet_keys_full);

static bool
has_one_key(const struct trigger *trigger)
{
    return !trigger->event->granularity.n_fields;
}

static void
trigger_set_due(struct gather *gather, struct trigger *trigger)
{
    if (!trigger->due) {
        trigger->due = true;
        ovs_list_push_back(&gather->due, &trigger->due_node);
    }
}

static void
trigger_clear_due(struct trigger *trigger)
{
    if (trigger->due) {
        trigger->due = false;
        ovs_list_remove(&trigger->due_node);
    }
}

void
gather_add_trigger(struct gather *gather, struct trigger *trigger,
                   uint64_t first)
{
    trigger->first_interval = first;
    trigger->next_interval = first;
    if (has_one_key(trigger)) {
        trigger_set_due(gather, trigger);
    }
}

void
gather_remove_trigger(struct gather *gather, struct trigger *trigger)
{
    trigger->removed = true;
    trigger_clear_due(trigger);
    gather->n_keys -= trigger_expire_keys(trigger, UINT64_MAX);
}

void
gather_expire_keys(struct gather *gather, struct trigger *trigger,
                   uint64_t now_us)
{
    gather->n_keys -= trigger_expire_keys(trigger,
                                          trigger_interval_at(trigger,
                                                              now_us));
}

void
gather_mark(struct trigger *trigger, uint64_t us, cause_set causes)
{
    uint64_t interval = trigger_interval_at(trigger, us);

    if (trigger->why_interval != interval) {
        trigger->why_interval = interval;
        trigger->why = 0;
    }
    trigger->why |= causes;
}

/* Gathering. */

/* What an active flow counted. */
struct gathered_flow {
    const struct slot *slot;
    const struct cell *cells;
    struct flow_fields fields;
    uint64_t start_us;          /* Of its epoch. */
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
};

struct gathered_pairs {
    size_t n;
    struct gathered_pair pairs[32];
};

/* Returns the counters of the pair's key in the running interval, or null if
 * there is no room for another key. */
static struct trigger_interval *
gather_key(struct gather *gather, const struct gathered_pair *pair)
{
    struct trigger *trigger = pair->trigger;
    struct trigger_key *key = trigger_find_key(trigger, &pair->key,
                                               pair->hash);

    if (!key) {
        if (gather->n_keys >= gather->max_keys) {
            COVERAGE_INC(trumpet_keys_full);
            gather_mark(trigger, (trigger->next_interval
                                  * trigger->event->interval_us),
                        1u << CAUSE_KEYS_FULL);
            return NULL;
        }
        gather->n_keys++;
        key = trigger_add_key(trigger, &pair->key, pair->hash);
    }
    return trigger_key_activate(trigger, key, trigger->next_interval);
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
                .x = (kind == MEASURE_PACKETS ? slot->packets
                      : kind == MEASURE_BYTES ? slot->bytes
                      : slot->volume),
                .n = slot->packets,
            };
            cell_merge(&dst[i], kind, &base);
        } else {
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
        struct trigger_interval *ti = gather_key(gather, pair);

        if (ti) {
            ti->packets += pair->slot->packets;
            gather_cells(pair, ti->cells);
        }
    }
    pairs->n = 0;
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
    if (!trigger->due) {
        trigger->next_interval = interval;
        trigger_set_due(gather, trigger);
    }

    pair->trigger = trigger;
    pair->hash = trigger_hash_key(trigger, &pair->key);
    pair->slot = flow->slot;
    pair->cells = flow->cells;
    pair->cell_of = cell_of;
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
        PLAN_FOR_EACH_TRIGGER (pt, plans, active->plan) {
            struct trigger *trigger = plans->table->entries[pt.entry].trigger;

            if (!trigger->removed) {
                gather_flow(gather, trigger, &flow, pt.cells, &pairs);
            }
        }
    }
    gather_pairs(gather, &pairs);
}

/* Testing. */

/* A report about 'key' (null: no packets) in the running interval. */
static struct report *
make_report(const struct trigger *trigger, const struct trigger_key *key,
            enum report_type type, const double *values)
{
    struct report *report = report_create(type, trigger->name,
                                          trigger->event);
    const struct trigger_interval *ti
        = key ? trigger_key_interval(trigger, key, trigger->next_interval)
        : NULL;

    report->interval_start_us = (trigger->next_interval
                                 * trigger->event->interval_us);
    if (key) {
        report->key = key->fields;
    } else {
        memset(&report->key, 0, sizeof report->key);
    }
    report->packets = ti ? ti->packets : 0;
    if (trigger->why_interval == trigger->next_interval) {
        report->why = trigger->why;
    }
    memcpy(report->values, values,
           trigger->event->n_aggregates * sizeof *values);
    return report;
}

/* Tests one key of the running interval. */
static bool
test_key(struct gather *gather, struct trigger *trigger,
         const struct trigger_key *key, struct ovs_list *satisfied,
         struct ovs_list *observed)
{
    const struct event *event = trigger->event;
    double values[event->n_aggregates + 1];
    bool fires = trigger_test(trigger, key, trigger->next_interval, values);

    if (fires) {
        struct report *report = make_report(trigger, key, REPORT_SATISFIED,
                                            values);

        report->why |= gather->lasting;
        trigger->fired++;
        trigger->last_fired_us = report->interval_start_us;
        ovs_list_push_back(satisfied, &report->node);
    }
    if (gather->n_observe) {
        struct report *report = make_report(trigger, key, REPORT_OBSERVED,
                                            values);

        report->why |= gather->lasting;
        ovs_list_push_back(observed, &report->node);
    }
    return fires;
}

/* Tests the one key of 'trigger', which may have had no packets, and goes on
 * to its next interval. */
static void
test_one_key(struct gather *gather, struct trigger *trigger,
             uint64_t limit_us, struct ovs_list *satisfied,
             struct ovs_list *observed)
{
    const struct trigger_key *key = NULL;
    uint64_t interval = trigger->next_interval;

    if (!ovs_list_is_empty(&trigger->by_age)) {
        key = CONTAINER_OF(ovs_list_front(&trigger->by_age),
                           struct trigger_key, age_node);
    }

    bool fires = test_key(gather, trigger, key, satisfied, observed);
    bool constant
        = (interval - trigger->first_interval > trigger->event->max_lag
           && (!key
               || interval > key->last_interval + trigger->event->max_lag));
    trigger->last_keys = 1;
    trigger->next_interval++;
    if (constant && !fires && !gather->n_observe) {
        /* As long as it is silent, no interval differs from this one: go on
         * to the one that is running at 'limit_us'. */
        trigger->next_interval = MAX(trigger->next_interval,
                                     trigger_interval_at(trigger, limit_us));
    }
}

/* Tests the active keys of 'trigger' in its running interval. */
static void
test_keys(struct gather *gather, struct trigger *trigger,
          struct ovs_list *satisfied, struct ovs_list *observed)
{
    struct trigger_key *key;

    trigger->last_keys = 0;
    LIST_FOR_EACH_REVERSE (key, age_node, &trigger->by_age) {
        if (key->last_interval != trigger->next_interval) {
            break;
        }
        trigger->last_keys++;
        test_key(gather, trigger, key, satisfied, observed);
    }
    gather->n_keys -= trigger_expire_keys(trigger, trigger->next_interval);
    trigger_clear_due(trigger);
}

static int
compare_reports(const void *a, const void *b)
{
    return report_compare(*(const struct report *const *) a,
                          *(const struct report *const *) b);
}

/* Delivers 'reports', which all ended at the same time. */
static void
deliver(struct gather *gather, struct ovs_list *reports)
{
    size_t n = ovs_list_size(reports);
    struct report **sorted = xcalloc(n, sizeof *sorted);
    struct report *report;
    size_t i = 0;

    LIST_FOR_EACH_POP (report, node, reports) {
        sorted[i++] = report;
    }
    if (gather->in_order) {
        qsort(sorted, n, sizeof *sorted, compare_reports);
    }
    for (i = 0; i < n; i++) {
        if (sorted[i]->type == REPORT_SATISFIED) {
            sorted[i]->seq = ++gather->n_reports;
        }
        gather->deliver(sorted[i], gather->aux);
    }
    free(sorted);
}

/* True if the running interval of 'trigger' began at or before 'us'. */
static bool
has_begun(const struct trigger *trigger, uint64_t us)
{
    return trigger_end_us(trigger) - trigger->event->interval_us <= us;
}

/* Tests all due intervals that end at 'end_us' and began at or before
 * 'limit_us'. */
static void
test_ended(struct gather *gather, uint64_t end_us, uint64_t limit_us)
{
    struct ovs_list satisfied = OVS_LIST_INITIALIZER(&satisfied);
    struct ovs_list observed = OVS_LIST_INITIALIZER(&observed);
    struct trigger *trigger;

    LIST_FOR_EACH_SAFE (trigger, due_node, &gather->due) {
        struct ovs_list keys = OVS_LIST_INITIALIZER(&keys);

        if (trigger_end_us(trigger) != end_us
            || !has_begun(trigger, limit_us)) {
            continue;
        }
        if (has_one_key(trigger)) {
            test_one_key(gather, trigger, limit_us, &satisfied, &keys);
        } else {
            test_keys(gather, trigger, &satisfied, &keys);
        }
        reports_keep_largest(&keys, gather->n_observe, &observed);
    }
    deliver(gather, &satisfied);
    deliver(gather, &observed);
}

/* The end of the due interval that ends first and began at or before
 * 'begun_us'; UINT64_MAX if there is none. */
static uint64_t
next_end(const struct gather *gather, uint64_t begun_us)
{
    const struct trigger *trigger;
    uint64_t next = UINT64_MAX;

    LIST_FOR_EACH (trigger, due_node, &gather->due) {
        uint64_t end_us = trigger_end_us(trigger);

        if (end_us < next && has_begun(trigger, begun_us)) {
            next = end_us;
        }
    }
    return next;
}

void
gather_test(struct gather *gather, uint64_t limit_us)
{
    for (;;) {
        uint64_t end_us = next_end(gather, limit_us);

        if (end_us > limit_us) {
            return;
        }
        test_ended(gather, end_us, limit_us);
    }
}

void
gather_test_begun(struct gather *gather, uint64_t last_us)
{
    for (;;) {
        uint64_t end_us = next_end(gather, last_us);

        if (end_us == UINT64_MAX) {
            return;
        }
        test_ended(gather, end_us, last_us);
    }
}
