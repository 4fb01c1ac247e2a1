/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/gather.h"

#include "monitor/owner.h"
#include "openvswitch/util.h"
#include "util.h"

/* Trumpet, SIGCOMM 2016: test and report, the second half of a sweep.  An
 * interval is tested when it has ended, over the keys that were active in
 * it. */

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
    report->cookie = trigger->cookie;
    report->why = trigger_why(trigger, trigger->next_interval);
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
    bool fires = trigger_test(trigger, key, gather->tracker,
                              trigger->next_interval, values);

    if (fires) {
        trigger->fired++;
        trigger->last_fired_us = (trigger->next_interval
                                  * event->interval_us);
        if (owner_may_report(trigger->owner)) {
            struct report *report = make_report(trigger, key,
                                                REPORT_SATISFIED, values);

            report->why |= gather->lasting;
            ovs_list_push_back(satisfied, &report->node);
        } else {
            /* The gap in 'seq' tells of it. */
            trigger->suppressed++;
            gather->n_reports++;
        }
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
    gather_clear_due(trigger);
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
        if (trigger_has_one_key(trigger)) {
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
