/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/satisfaction.h"

#include "monitor/contributors.h"
#include "monitor/counted-key.h"
#include "monitor/gather.h"
#include "monitor/owner.h"
#include "util.h"

struct report *
gather_make_report(const struct gather *gather, const struct trigger *trigger,
                   const struct tested_key *tk, enum report_type type,
                   const double *values)
{
    struct report *report = trigger_make_report(trigger, tk,
                                                trigger->space->next_interval,
                                                type, values);

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
        trigger->space->n_runs += !run->n;
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
                 const struct tested_key *tk, struct report *report)
{
    const struct key_space *space = trigger->space;
    uint64_t window = space->next_interval;

    if (!trigger->contributors || !tk->key) {
        return;
    }
    contributors_begin(gather->contributors);
    for (uint64_t i = window + 1 - space->over; i <= window; i++) {
        const struct key_interval *ki
            = counted_key_interval(space, tk->key, i);

        if (ki) {
            contributors_add(gather->contributors, trigger->contributors, i,
                             key_interval_contributors(tk->key->group, ki));
        }
    }
    contributors_finish(gather->contributors, trigger->event->top, report);
}

struct trigger_run *
tested_key_run(struct trigger *trigger, const struct tested_key *tk)
{
    return (!trigger_needs_run(trigger) ? NULL
            : trigger->space->one_key ? &trigger->run
            : counted_key_run(tk->key, tk->member));
}

void
trigger_satisfy(struct gather *gather, struct trigger *trigger,
                const struct tested_key *tk, const double *values,
                struct made *made)
{
    uint64_t window = trigger->space->next_interval;
    struct trigger_run *run = tested_key_run(trigger, tk);

    if (run && !run_admits(trigger, run, window)) {
        return;
    }
    trigger->fired++;
    trigger->last_fired_us = window * trigger->event->interval_us;
    if (may_report(gather, trigger)) {
        struct report *report = gather_make_report(gather, trigger, tk,
                                                   REPORT_SATISFIED, values);

        report->causes = trigger_get_causes(trigger, tk, gather->scopes,
                                            window);
        add_contributors(gather, trigger, tk, report);
        if (run) {
            report->held = run->n_held;
            run->n_held = 0;
        }
        ovs_list_push_back(&made->numbered, &report->node);
    }
}

void
trigger_end_run(struct gather *gather, struct trigger *trigger,
                const struct tested_key *tk, const double *values,
                struct made *made)
{
    struct trigger_run *run = tested_key_run(trigger, tk);

    if (!run || !run->n) {
        return;
    }
    if (run->reported && may_report(gather, trigger)) {
        struct report *report = gather_make_report(gather, trigger, tk,
                                                   REPORT_CLEARED, values);

        report->lasted_us = run->n * trigger->event->interval_us;
        ovs_list_push_back(&made->numbered, &report->node);
    }
    run->n = 0;
    trigger->n_runs--;
    trigger->space->n_runs--;
}
