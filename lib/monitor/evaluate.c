/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/gather.h"

#include "monitor/contributors.h"
#include "monitor/satisfaction.h"
#include "util.h"

/* Trumpet, SIGCOMM 2016: test and report, the second half of a sweep.  When an
 * interval has ended, the window that ends with it is tested for the keys
 * that were active in the window. */

/* Tests one key of 'trigger' in the window that ends with the running
 * interval. */
static bool
test_key(struct gather *gather, struct trigger *trigger,
         const struct tested_key *tk, struct made *made)
{
    const struct event *event = trigger->event;
    double values[event->n_aggregates + 1];
    bool fires = trigger_test(trigger, tk, gather->tracker,
                              trigger->space->next_interval, values);

    gather->n_tests++;
    if (fires) {
        trigger_satisfy(gather, trigger, tk, values, made);
    } else if (trigger->n_runs) {
        trigger_end_run(gather, trigger, tk, values, made);
    }
    if (gather->n_observe) {
        struct report *report = gather_make_report(gather, trigger, tk,
                                                   REPORT_OBSERVED, values);

        ovs_list_push_back(&made->observed, &report->node);
    }
    return fires;
}

/* Does to a key of 'trigger' which is not in the window any more what is left
 * to do. */
static void
leave_key(struct gather *gather, struct trigger *trigger,
          const struct tested_key *tk, struct made *made)
{
    const struct trigger_run *run = tested_key_run(trigger, tk);

    if (run && run->n) {
        double values[trigger->event->n_aggregates + 1];

        trigger_test(trigger, tk, gather->tracker,
                     trigger->space->next_interval, values);
        trigger_end_run(gather, trigger, tk, values, made);
    }
}

/* True if all windows from the running interval's on are the same as long as
 * nothing comes. */
static bool
is_constant(const struct trigger *trigger, const struct counted_key *key)
{
    const struct event *event = trigger->event;
    uint64_t interval = trigger->space->next_interval;
    unsigned n = event->max_lag + event->over - 1;

    return (interval > trigger->first_interval + n
            && (!key || interval > key->last_interval + n)
            && !event->counters);
}

/* The one key of 'trigger', without packets if there were none for long. */
static struct tested_key
one_key(const struct trigger *trigger)
{
    static const struct flow_fields none;
    const struct counted_key *key = key_space_find_key(trigger, &none);

    return (struct tested_key) { key, key ? key->group->members : NULL };
}

/* Tests the one key of 'trigger', which may have had no packets, and goes on
 * to its next interval. */
static void
test_one_key(struct gather *gather, struct trigger *trigger,
             uint64_t limit_us, struct made *made)
{
    struct key_space *space = trigger->space;
    uint64_t window = space->next_interval;
    uint64_t next = window + 1;
    struct tested_key tk = one_key(trigger);

    if (window >= trigger_first_window(trigger)) {
        bool fires = test_key(gather, trigger, &tk, made);

        trigger->tested = (struct trigger_tested) { window + 1, 1 };
        if (is_constant(trigger, tk.key) && !fires && !gather->n_observe) {
            /* Go on to the interval that is running at 'limit_us'. */
            next = MAX(next, key_space_interval_at(space, limit_us));
        }
    }
    key_space_set_interval(space, next);
}

/* True if no trigger can be satisfied by what 'key' counted in 'slot', the
 * window's only interval. */
static bool
is_below_bounds(const struct counted_key *key, unsigned slot)
{
    const struct key_group *group = key->group;
    const struct key_interval *ki = counted_key_slot(key, slot);

    for (size_t i = 0; i < group->n_bounds; i++) {
        const struct key_bound *bound = &group->bounds[i];
        double x = (bound->counter == COUNTER_PACKETS ? ki->packets
                    : bound->counter == COUNTER_BYTES ? ki->bytes
                    : bound->counter == COUNTER_VOLUME ? ki->volume
                    : ki->cells[bound->counter - COUNTER_CELLS].x);

        if (x >= bound->min) {
            return false;
        }
    }
    return true;
}

/* Tests, for all of its triggers or only for 'only', a key that is in the
 * window, or left it if 'left'. */
static void
test_members(struct gather *gather, const struct counted_key *key,
             const struct trigger *only, bool left, struct made *made)
{
    const struct key_group *group = key->group;
    uint64_t window = group->space->next_interval;

    for (size_t i = 0; i < group->n_members; i++) {
        struct trigger *trigger = group->members[i].trigger;
        const struct tested_key tk = { key, &group->members[i] };

        if (trigger->removed || (only && trigger != only)
            || window < trigger_first_window(trigger)) {
            continue;
        } else if (left) {
            leave_key(gather, trigger, &tk, made);
        } else {
            test_key(gather, trigger, &tk, made);
        }
    }
}

/* Tests a key that is in the window. */
static void
test_counted_key(struct gather *gather, struct counted_key *key,
                 const struct trigger *only, struct made *made)
{
    struct key_group *group = key->group;
    struct key_space *space = group->space;

    if (group->tested_window != space->next_interval + 1) {
        group->tested_window = space->next_interval + 1;
        group->n_tested = 0;
    }
    group->n_tested++;
    if (group->bounded && !gather->n_observe
        && !(group->has_runs && space->n_runs)
        && is_below_bounds(key, space->slot)) {
        gather->n_tests += group->n_members;
        return;
    }
    test_members(gather, key, only, false, made);
}

/* How many keys ahead one is prefetched. */
#define KEYS_AHEAD 8

/* Calls for each key that was active in 'interval' last what its test is. */
static void
test_active(struct gather *gather, struct key_space *space, uint64_t interval,
            const struct trigger *only, bool left, struct made *made)
{
    const struct active_keys *active = key_space_active(space, interval);

    for (size_t i = 0; active && i < active->n; i++) {
        struct counted_key *key = active->keys[i];

        if (i + KEYS_AHEAD < active->n) {
            const char *ahead = (const char *) active->keys[i + KEYS_AHEAD];

            OVS_PREFETCH(ahead);
            OVS_PREFETCH(ahead + 2 * CACHE_LINE_SIZE);
        }
        if (key->last_interval != interval || !key->group) {
            continue;
        } else if (left) {
            test_members(gather, key, only, true, made);
        } else {
            test_counted_key(gather, key, only, made);
        }
    }
}

/* Tests the keys that were active in the window. */
static void
test_window(struct gather *gather, struct key_space *space,
            const struct trigger *only, struct made *made)
{
    uint64_t window = space->next_interval;

    for (unsigned i = 0; i < space->over && i <= window; i++) {
        test_active(gather, space, window - i, only, false, made);
    }
    if (space->n_runs && window >= space->over) {
        test_active(gather, space, window - space->over, only, true, made);
    }
}

/* Tests the keys in the window for one trigger after the other, and keeps
 * the largest of each one's observations. */
static void
observe_window(struct gather *gather, struct key_space *space,
               struct ovs_list *observed, struct made *made)
{
    struct trigger **triggers;
    size_t n = key_space_list_triggers(space, &triggers);

    for (size_t i = 0; i < n; i++) {
        test_window(gather, space, triggers[i], made);
        reports_keep_largest(&made->observed, gather->n_observe, observed);
    }
    free(triggers);
}

/* Tests the keys of 'space' that were active in the window, and goes on to
 * its next interval if there is one to test. */
static void
test_keys(struct gather *gather, struct key_space *space,
          struct ovs_list *observed, struct made *made)
{
    uint64_t window = space->next_interval;

    if (gather->n_observe) {
        observe_window(gather, space, observed, made);
    } else {
        test_window(gather, space, NULL, made);
    }
    key_space_expire(space, window);
    if (space->newest + space->over > window + 1 || space->n_runs) {
        key_space_set_interval(space, window + 1);
    } else {
        gather_clear_due(space);
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

/* True if the running interval of 'space' began at or before 'us'. */
static bool
has_begun(const struct key_space *space, uint64_t us)
{
    return key_space_end_us(space) - space->interval_us <= us;
}

/* Tests all due windows that end at 'end_us' and whose last interval began at
 * or before 'limit_us'. */
static void
test_ended(struct gather *gather, uint64_t end_us, uint64_t limit_us)
{
    struct ovs_list observed = OVS_LIST_INITIALIZER(&observed);
    struct key_space *space;
    struct made made;

    ovs_list_init(&made.numbered);
    ovs_list_init(&made.observed);

    LIST_FOR_EACH_SAFE (space, due_node, &gather->due) {
        if (key_space_end_us(space) != end_us || !has_begun(space, limit_us)) {
            continue;
        }
        if (space->one_key) {
            test_one_key(gather, space->only, limit_us, &made);
            reports_keep_largest(&made.observed, gather->n_observe, &observed);
        } else {
            test_keys(gather, space, &observed, &made);
        }
    }
    deliver(gather, &made.numbered);
    deliver(gather, &observed);
}

/* The end of the due interval that ends first and began at or before
 * 'begun_us'; UINT64_MAX if there is none. */
static uint64_t
next_end(const struct gather *gather, uint64_t begun_us)
{
    const struct key_space *space;
    uint64_t next = UINT64_MAX;

    LIST_FOR_EACH (space, due_node, &gather->due) {
        uint64_t end_us = key_space_end_us(space);

        if (end_us < next && has_begun(space, begun_us)) {
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
        /* A late sample must not make due again what was tested. */
        gather->sampled_from = MAX(gather->sampled_from,
                                   end_us / gather->epoch_us);
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
    struct made made;

    ovs_list_init(&made.numbered);
    ovs_list_init(&made.observed);
    if (trigger->space->one_key) {
        struct tested_key tk = one_key(trigger);

        leave_key(gather, trigger, &tk, &made);
    } else {
        struct counted_key **keys;
        size_t n = key_space_list_keys(trigger, &keys);

        for (size_t i = 0; i < n; i++) {
            struct tested_key tk = {
                keys[i], key_group_find(keys[i]->group, trigger)
            };

            leave_key(gather, trigger, &tk, &made);
        }
        free(keys);
    }
    deliver(gather, &made.numbered);
}
