/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/gather.h"

#include "monitor/contributors.h"
#include "monitor/owner.h"
#include "monitor/trigger-test.h"
#include "openvswitch/util.h"
#include "util.h"

/* Trumpet, SIGCOMM 2016: test and report, the second half of a sweep.  When an
 * interval has ended, the window that ends with it is tested for the keys
 * that were active in the window. */

/* The reports that are made about the intervals that end at one time. */
struct made {
    struct ovs_list numbered;   /* Satisfied and cleared. */
    struct ovs_list observed;
};

/* Returns a report about 'key' (null: no packets) in the window that ends with
 * the running interval. */
static struct report *
make_report(const struct gather *gather, const struct trigger *trigger,
            const struct trigger_key *key, enum report_type type,
            const double *values)
{
    struct report *report = trigger_make_report(trigger, key,
                                                trigger->next_interval, type,
                                                values);

    report->why |= gather->lasting;
    return report;
}

/* Takes a number for a report, and the tokens that it needs.  If there are
 * none, the gap in 'seq' tells of it. */
static bool
may_report(struct gather *gather, struct trigger *trigger)
{
    if (owners_may_report(gather->owners, trigger->owner,
                          &trigger->reports)) {
        return true;
    }
    trigger->suppressed++;
    gather->n_reports++;
    return false;
}

/* Tells whether a test that was satisfied makes a report: not where it goes on
 * with a run of which only the first one does, and not while a report that
 * was made before holds others back. */
static bool
run_admits(struct trigger *trigger, struct trigger_run *run, uint64_t window)
{
    const struct event *event = trigger->event;
    uint64_t end_us = trigger_window_end_us(trigger, window);

    if (event->report == EVENT_REPORT_RISING) {
        trigger->n_runs += !run->n;
        if (run->n++) {
            return false;
        }
    }
    run->reported = !(run->last_end_us
                      && end_us - run->last_end_us < event->hold_us);
    if (run->reported) {
        run->last_end_us = end_us;
    } else {
        run->n_held++;
    }
    return run->reported;
}

/* Adds to 'report' who contributed most. */
static void
add_contributors(struct gather *gather, const struct trigger *trigger,
                 const struct trigger_key *key, struct report *report)
{
    uint64_t window = trigger->next_interval;

    if (!trigger->contributors || !key) {
        return;
    }
    contributors_begin(gather->contributors);
    for (uint64_t i = window + 1 - trigger->event->over; i <= window; i++) {
        const struct trigger_interval *ti
            = trigger_key_interval(trigger, key, i);

        if (ti) {
            contributors_add(gather->contributors, trigger->contributors, i,
                             trigger_interval_contributors(trigger, ti));
        }
    }
    contributors_finish(gather->contributors, trigger->event->top, report);
}

/* A test was satisfied. */
static void
satisfy(struct gather *gather, struct trigger *trigger,
        struct trigger_key *key, const double *values, struct made *made)
{
    struct trigger_run *run = trigger_get_run(trigger, key);

    if (run && !run_admits(trigger, run, trigger->next_interval)) {
        return;
    }
    trigger->fired++;
    trigger->last_fired_us = (trigger->next_interval
                              * trigger->event->interval_us);
    if (may_report(gather, trigger)) {
        struct report *report = make_report(gather, trigger, key,
                                            REPORT_SATISFIED, values);

        report->causes = trigger_get_causes(trigger, key, gather->scopes,
                                            trigger->next_interval);
        add_contributors(gather, trigger, key, report);
        if (run) {
            report->held = run->n_held;
            run->n_held = 0;
        }
        ovs_list_push_back(&made->numbered, &report->node);
    }
}

/* A test was not satisfied, or not made: ends the run of 'key', if it has
 * one. */
static void
end_run(struct gather *gather, struct trigger *trigger,
        struct trigger_key *key, const double *values, struct made *made)
{
    struct trigger_run *run = trigger_get_run(trigger, key);

    if (!run || !run->n) {
        return;
    }
    if (run->reported && may_report(gather, trigger)) {
        struct report *report = make_report(gather, trigger, key,
                                            REPORT_CLEARED, values);

        report->lasted_us = run->n * trigger->event->interval_us;
        ovs_list_push_back(&made->numbered, &report->node);
    }
    run->n = 0;
    trigger->n_runs--;
}

/* Tests one key in the window that ends with the running interval. */
static bool
test_key(struct gather *gather, struct trigger *trigger,
         struct trigger_key *key, struct made *made)
{
    const struct event *event = trigger->event;
    double values[event->n_aggregates + 1];
    bool fires = trigger_test(trigger, key, gather->tracker,
                              trigger->next_interval, values);

    gather->n_tests++;
    if (fires) {
        satisfy(gather, trigger, key, values, made);
    } else if (trigger->n_runs) {
        end_run(gather, trigger, key, values, made);
    }
    if (gather->n_observe) {
        struct report *report = make_report(gather, trigger, key,
                                            REPORT_OBSERVED, values);

        ovs_list_push_back(&made->observed, &report->node);
    }
    return fires;
}

/* Does to 'key', which is not in the window any more, what is left to do. */
static void
leave_key(struct gather *gather, struct trigger *trigger,
          struct trigger_key *key, struct made *made)
{
    const struct trigger_run *run = trigger_get_run(trigger, key);

    if (run && run->n) {
        double values[trigger->event->n_aggregates + 1];

        trigger_test(trigger, key, gather->tracker, trigger->next_interval,
                     values);
        end_run(gather, trigger, key, values, made);
    }
}

/* True if all windows from the running interval's on are the same as long as
 * nothing comes. */
static bool
is_constant(const struct trigger *trigger, const struct trigger_key *key)
{
    const struct event *event = trigger->event;
    uint64_t interval = trigger->next_interval;
    unsigned n = event->max_lag + event->over - 1;

    return (interval > trigger->first_interval + n
            && (!key || interval > key->last_interval + n)
            && !event->counters);
}

/* The one key of 'trigger'; null if it had no packets for long. */
static struct trigger_key *
one_key(const struct trigger *trigger)
{
    return (ovs_list_is_empty(&trigger->by_age) ? NULL
            : CONTAINER_OF(ovs_list_front(&trigger->by_age),
                           struct trigger_key, age_node));
}

/* Tests the one key of 'trigger', which may have had no packets, and goes on
 * to its next interval. */
static void
test_one_key(struct gather *gather, struct trigger *trigger,
             uint64_t limit_us, struct made *made)
{
    uint64_t next = trigger->next_interval + 1;
    struct trigger_key *key = one_key(trigger);

    if (trigger->next_interval >= trigger_first_window(trigger)) {
        bool fires = test_key(gather, trigger, key, made);

        trigger->last_keys = 1;
        if (is_constant(trigger, key) && !fires && !gather->n_observe) {
            /* Go on to the interval that is running at 'limit_us'. */
            next = MAX(next, trigger_interval_at(trigger, limit_us));
        }
    }
    trigger->next_interval = next;
}

/* Tests the keys of 'trigger' that were active in the window, and goes on to
 * its next interval if there is one to test. */
static void
test_keys(struct gather *gather, struct trigger *trigger, struct made *made)
{
    unsigned over = trigger->event->over;
    uint64_t window = trigger->next_interval;
    uint64_t end = window + !trigger->n_runs;
    uint64_t youngest = 0;
    struct trigger_key *key;

    trigger->last_keys = 0;
    LIST_FOR_EACH_REVERSE (key, age_node, &trigger->by_age) {
        youngest = MAX(youngest, key->last_interval);
        if (key->last_interval + over < end
            || window < trigger_first_window(trigger)) {
            break;
        } else if (key->last_interval + over == window) {
            leave_key(gather, trigger, key, made);
        } else {
            trigger->last_keys++;
            test_key(gather, trigger, key, made);
        }
    }
    gather->n_keys -= trigger_expire_keys(trigger, window);
    if (youngest + over > window + 1 || trigger->n_runs) {
        trigger->next_interval++;
    } else {
        gather_clear_due(trigger);
    }
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
        if (report_is_numbered(sorted[i])) {
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

/* Tests all due windows that end at 'end_us' and whose last interval began at
 * or before 'limit_us'. */
static void
test_ended(struct gather *gather, uint64_t end_us, uint64_t limit_us)
{
    struct ovs_list observed = OVS_LIST_INITIALIZER(&observed);
    struct trigger *trigger;
    struct made made;

    ovs_list_init(&made.numbered);
    ovs_list_init(&made.observed);

    LIST_FOR_EACH_SAFE (trigger, due_node, &gather->due) {
        if (trigger_end_us(trigger) != end_us
            || !has_begun(trigger, limit_us)) {
            continue;
        }
        if (trigger_has_one_key(trigger)) {
            test_one_key(gather, trigger, limit_us, &made);
        } else {
            test_keys(gather, trigger, &made);
        }
        reports_keep_largest(&made.observed, gather->n_observe, &observed);
    }
    deliver(gather, &made.numbered);
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
gather_test_begun_until(struct gather *gather, uint64_t begun_us,
                        uint64_t limit_us)
{
    for (;;) {
        uint64_t end_us = next_end(gather, begun_us);

        if (gather_port_sample(gather, MIN(end_us, limit_us))) {
            continue;       /* It may have made an earlier interval due. */
        }
        if (end_us > limit_us) {
            break;
        }
        test_ended(gather, end_us, begun_us);
    }
}

void
gather_test(struct gather *gather, uint64_t limit_us)
{
    gather_test_begun_until(gather, limit_us, limit_us);
    gather->sampled_from = limit_us / gather->epoch_us;
    contributors_expire(gather->contributors, limit_us);
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

void
gather_end_runs(struct gather *gather, struct trigger *trigger)
{
    struct trigger_key *key;
    struct made made;

    ovs_list_init(&made.numbered);
    ovs_list_init(&made.observed);
    if (trigger_has_one_key(trigger)) {
        leave_key(gather, trigger, one_key(trigger), &made);
    } else {
        LIST_FOR_EACH (key, age_node, &trigger->by_age) {
            leave_key(gather, trigger, key, &made);
        }
    }
    deliver(gather, &made.numbered);
}
