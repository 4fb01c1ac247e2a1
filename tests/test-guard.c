/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "monitor/scatter-private.h"
#include "monitor/shared-flows.h"
#include "tests/monitor-rig.h"

/* The guard alone, and floods of new flows through a monitor. */

#define MAX_FLOWS 16384
#define LIMIT 2048              /* Of MAX_FLOWS and epochs of 10 ms. */
#define CALM 100                /* Epochs in a second. */

/* The guard alone. */

static uint64_t
random_hash(void)
{
    return ((uint64_t) unit_random(UINT32_MAX) << 32
            | unit_random(UINT32_MAX));
}

/* Lets 'n' new flows ask, and returns how many are let in. */
static size_t
ask(struct guard *guard, uint64_t epoch, size_t n, bool tight)
{
    size_t n_admitted = 0;

    guard_open(guard, epoch);
    for (size_t i = 0; i < n; i++) {
        n_admitted += guard_admits(guard, random_hash(), epoch, tight);
    }
    return n_admitted;
}

static struct guard_status
status_at(const struct guard *guard, uint64_t epoch)
{
    struct guard_status status;

    guard_get_status(guard, epoch, &status);
    return status;
}

static void
start_guard(struct guard *guard)
{
    unit_seed();
    ck_assert(guard_init(guard, MAX_FLOWS, EPOCH_US));
    ck_assert_uint_eq(guard->limit, LIMIT);
}

/* It is off while there is room or there are few new flows, and then all are
 * let in. */
START_TEST(test_off)
{
    struct guard guard;

    start_guard(&guard);
    for (uint64_t epoch = E0; epoch < E0 + 20; epoch++) {
        bool tight = epoch % 2;
        size_t n = tight ? LIMIT : 10 * LIMIT;

        ck_assert_uint_eq(ask(&guard, epoch, n, tight), n);
        ck_assert(!status_at(&guard, epoch).on);
    }
    ck_assert_uint_eq(status_at(&guard, E0).held, 0);
    guard_uninit(&guard);
}
END_TEST

/* It goes on within the buffer, and off a second after the last pressure;
 * without packets too, as far as one is told. */
START_TEST(test_on_and_off)
{
    struct guard guard;
    uint64_t epoch = E0;

    start_guard(&guard);
    ck_assert_uint_eq(ask(&guard, epoch, 3 * LIMIT, true), LIMIT);
    ck_assert(status_at(&guard, epoch).on);
    ck_assert_uint_eq(status_at(&guard, epoch).threshold, 2);
    ck_assert_uint_eq(status_at(&guard, epoch).held, 2 * LIMIT);
    ck_assert(!status_at(&guard, epoch + 2 * CALM).on);

    /* As long as there is half of the limit. */
    for (int i = 0; i < 3 * CALM; i++) {
        ask(&guard, ++epoch, LIMIT / 2 + 10, false);
        ck_assert(status_at(&guard, epoch).on);
    }
    for (int i = 0; status_at(&guard, epoch).on; i++) {
        ck_assert_int_le(i, CALM + 2);
        ask(&guard, ++epoch, LIMIT / 2, true);
    }
    ck_assert_uint_eq(ask(&guard, ++epoch, LIMIT, true), LIMIT);
    guard_uninit(&guard);
}
END_TEST

/* A flow that goes on is let in with its second packet, in the same epoch or
 * soon after; not for what another flow sent. */
START_TEST(test_threshold)
{
    struct guard guard;

    start_guard(&guard);
    guard_open(&guard, E0);
    guard_set_on(&guard, E0);
    for (int i = 0; i < 1000; i++) {
        /* A bucket of its own. */
        uint64_t hash = (uint64_t) i << guard.shift | unit_random(65536);
        uint64_t other = hash ^ 1;

        unit_check(!guard_admits(&guard, hash, E0, true));
        unit_check(!guard_admits(&guard, other, E0, true));
        if (i % 2) {
            guard_open(&guard, E0 + 1 + i % 60);
        }
        unit_check(guard_admits(&guard, hash, E0, true));
        guard_open(&guard, E0);
    }

    /* Too long ago. */
    guard_open(&guard, E0 + 1);
    unit_check(!guard_admits(&guard, 77, E0, true));
    guard_open(&guard, E0 + 80);
    unit_check(!guard_admits(&guard, 77, E0, true));
    unit_check(guard_admits(&guard, 77, E0, true));
    guard_uninit(&guard);
}
END_TEST

/* Flows of several packets: the threshold rises until few of them get in, and
 * sinks again. */
START_TEST(test_adapts)
{
    uint64_t epoch = E0;
    struct guard guard;

    start_guard(&guard);
    ask(&guard, epoch, LIMIT + 1, true);
    for (int i = 0; i < 10; i++) {
        size_t n_admitted = 0;

        guard_open(&guard, ++epoch);
        for (int j = 0; j < 3 * LIMIT; j++) {
            uint64_t hash = random_hash();

            for (int packet = 0; packet < 10; packet++) {
                if (guard_admits(&guard, hash, epoch, true)) {
                    n_admitted++;
                    break;
                }
            }
        }
        ck_assert_uint_le(n_admitted, 2 * LIMIT);
        ck_assert(i < 4 || n_admitted < LIMIT / 10);
    }
    ck_assert_uint_eq(status_at(&guard, epoch).threshold, 16);
    for (int i = 0; i < 4 * CALM; i++) {
        ask(&guard, ++epoch, LIMIT, true);
    }
    ck_assert_uint_eq(status_at(&guard, epoch).threshold, 2);
    guard_uninit(&guard);
}
END_TEST

/* Floods. */

#define N_LEGIT 8000            /* Less than half of the table. */

/* Gives each legitimate flow 'n' packets, in bursts of different flows. */
static void
give_legit(struct scatter *scatter, uint64_t now_us, size_t n)
{
    give_flows(scatter, now_us, n * N_LEGIT, 10000, N_LEGIT);
}

/* Gives one packet of each of 'n' new flows to TCP port 443, every other of
 * IPv4.  Returns how many of these came from 0.0.0.0/1. */
static size_t
give_hostile(struct scatter *scatter, uint64_t now_us, size_t n)
{
    static uint32_t serial;
    size_t n_low = 0;

    while (n) {
        struct packet_spec specs[BURST_MAX];
        size_t m = MIN(n, BURST_MAX);

        for (size_t i = 0; i < m; i++) {
            serial++;
            specs[i] = (struct packet_spec) {
                .ipv6 = serial % 2, .proto = IPPROTO_TCP,
                .src = serial * 2654435761u, .dst = 3 + serial % 4,
                .tp_src = serial, .tp_dst = 443, .tcp_flags = 2,
            };
            n_low += !specs[i].ipv6 && !(specs[i].src >> 31);
        }
        give(scatter, now_us, specs, m);
        n -= m;
    }
    return n_low;
}

struct flood {
    struct rig rig;
    struct scatter *scatter;
    size_t n_packets;           /* Given, ever. */
    size_t n_low;               /* From 0.0.0.0/1, in the last epoch. */
};

static void
flood_start(struct flood *flood, bool flows_of_all)
{
    unit_seed();
    flood->n_packets = 0;
    rig_init(&flood->rig, MAX_FLOWS);
    sweep(&flood->rig, 0);
    rig_add(&flood->rig, "all", "on any when count() >= 0", T0 - 1);
    rig_add(&flood->rig, "legit",
            "on udp by 5tuple when count() > 0 && max(bytes) > 0", T0 - 1);
    rig_add(&flood->rig, "syn",
            "on tcp by nw_dst,tp_dst when count(is_syn) > 0", T0 - 1);
    rig_add(&flood->rig, "low",
            "on tcp,nw_src=0.0.0.0/1 by nw_dst when sum(bytes) > 0", T0 - 1);
    if (flows_of_all) {
        rig_add(&flood->rig, "flow", "on tcp6 by 5tuple when count() > 5",
                T0 - 1);
    }
    flood->scatter = monitor_add_thread(flood->rig.monitor, "a");
    ck_assert(flood->scatter);
}

static void
flood_stop(struct flood *flood)
{
    monitor_remove_thread(flood->rig.monitor, flood->scatter);
    rig_uninit(&flood->rig);
}

/* One epoch with 'n_legit' packets of each legitimate flow and 'n_hostile' of
 * the others. */
static void
flood_epoch(struct flood *flood, uint64_t epoch, size_t n_legit,
            size_t n_hostile)
{
    flood->n_low = give_hostile(flood->scatter, at(epoch), n_hostile / 2);
    give_legit(flood->scatter, at(epoch), n_legit);
    flood->n_low += give_hostile(flood->scatter, at(epoch),
                                 n_hostile - n_hostile / 2);
    flood->n_packets += n_legit * N_LEGIT + n_hostile;
    sweep(&flood->rig, epoch + 1);
}

/* What the reports of one epoch say. */
struct told {
    uint64_t legit_keys, legit_packets, all, syn_keys, syns, low;
    cause_set legit_why, all_why, syn_why;
    bool top_exact;
};

static struct told
flood_told(struct flood *flood, size_t n_legit)
{
    struct told told = { .top_exact = true };
    struct report *report;

    LIST_FOR_EACH (report, node, &flood->rig.reports) {
        if (!strcmp(report->trigger, "all")) {
            told.all += report->packets;
            told.all_why |= report->why;
        } else if (!strcmp(report->trigger, "legit")) {
            told.legit_keys++;
            told.legit_packets += report->packets;
            told.legit_why |= report->why;
            unit_check(report->packets == n_legit);
            unit_check(report->values[0] == n_legit);
        } else if (!strcmp(report->trigger, "syn")) {
            told.syn_keys++;
            told.syns += report->values[0];
            told.syn_why |= report->why;
            told.top_exact &= !report->top_inexact;
        } else if (!strcmp(report->trigger, "low")) {
            told.low += report->packets;
        }
    }
    reports_destroy(&flood->rig.reports);
    return told;
}

static struct guard_status
flood_guard(struct flood *flood)
{
    struct thread_status *status;
    size_t n = monitor_list_threads(flood->rig.monitor, &status);
    struct guard_status guard = status[n - 1].guard;

    ck_assert_int_eq(status[0].guard.on, guard.on);
    thread_status_destroy(status, n);
    return guard;
}

/* As many new flows as there is time to match: all but what tells flows apart
 * is exact, and what has an entry notices nothing. */
START_TEST(test_shared)
{
    struct flood flood;
    uint64_t epoch;
    struct ledger ledger;
    struct told told;

    flood_start(&flood, false);
    for (epoch = 0; epoch < 3; epoch++) {
        flood_epoch(&flood, epoch, 3, 0);
    }
    told = flood_told(&flood, 3);
    ck_assert_uint_eq(told.legit_keys, 3 * N_LEGIT);
    ck_assert(!flood_guard(&flood).on);

    for (; epoch < 60; epoch++) {
        size_t n = epoch == 3 ? LIMIT + 100 : LIMIT - 100;

        flood_epoch(&flood, epoch, 2 + epoch % 2, n);
        ck_assert(flood_guard(&flood).on);
        told = flood_told(&flood, 2 + epoch % 2);
        ck_assert_uint_eq(told.legit_keys, N_LEGIT);
        ck_assert_uint_eq(told.all, (2 + epoch % 2) * N_LEGIT + n);
        ck_assert_uint_eq(told.syn_keys, 2);
        ck_assert_uint_eq(told.syns, n / 2);
        ck_assert_uint_eq(told.low, flood.n_low);
        ck_assert_uint_eq(told.legit_why | told.all_why | told.syn_why, 0);
        ck_assert(!told.top_exact);
    }
    ledger = rig_ledger(&flood.rig);
    ck_assert_uint_eq(ledger.counted, flood.n_packets);
    ck_assert_uint_le(flood.scatter->table.n_flows,
                      N_LEGIT + 2 * LIMIT);
    ck_assert_uint_gt(flood.scatter->table.n_shared_used, 0);

    /* It goes off. */
    for (; flood_guard(&flood).on; epoch++) {
        ck_assert_uint_lt(epoch, 60 + CALM + 5);
        flood_epoch(&flood, epoch, 1, 100);
    }
    reports_destroy(&flood.rig.reports);
    flood_epoch(&flood, epoch, 1, 100);
    told = flood_told(&flood, 1);
    ck_assert(told.top_exact);
    ck_assert_uint_eq(told.syns, 50);

    /* And leaves nothing behind. */
    for (int i = 0; i < 10; i++) {
        flood_epoch(&flood, ++epoch, 1, 0);
    }
    ck_assert_uint_eq(flood.scatter->table.n_shared_used, 0);
    flood_stop(&flood);
}
END_TEST

/* A trigger that tells the hostile flows apart is marked, and nothing else. */
START_TEST(test_partial)
{
    struct flood flood;
    struct report *report;
    struct ledger ledger;
    size_t n_marked = 0;

    flood_start(&flood, true);
    rig_add(&flood.rig, "one", "on tcp6 by tp_src when count() > 0", at(0));
    for (uint64_t epoch = 1; epoch < 24; epoch++) {
        flood_epoch(&flood, epoch, 1, (epoch < 4 ? 0 : epoch == 4 ? 9000
                                       : LIMIT - 100));

        /* One that goes on, and so is let in. */
        give(flood.scatter, at(epoch + 1), (struct packet_spec []) { {
            .ipv6 = true, .proto = IPPROTO_TCP, .dst = 3, .tp_dst = 443,
        } }, 1);
    }
    LIST_FOR_EACH (report, node, &flood.rig.reports) {
        if (report->interval_start_us < T0 + 6 * EPOCH_US) {
            continue;
        }
        if (!strcmp(report->trigger, "one")) {
            unit_check(report->why == 1u << CAUSE_GUARD);
            unit_check(report->packets == 1);
            n_marked++;
        } else {
            unit_check(!report->why);
        }
    }
    ledger = rig_ledger(&flood.rig);
    ck_assert_uint_ge(n_marked, 18);
    ck_assert_uint_gt(ledger.not_observed[CAUSE_GUARD],
                      15 * (LIMIT / 2 - 200));
    ck_assert_uint_eq(ledger_not_observed(&ledger),
                      ledger.not_observed[CAUSE_GUARD]);
    flood_stop(&flood);
}
END_TEST

/* More than there is time for: legitimate flows are exact all the same; what
 * was not counted is. */
START_TEST(test_flood)
{
    struct flood flood;
    struct ledger ledger;

    flood_start(&flood, true);
    for (uint64_t epoch = 0; epoch < 40; epoch++) {
        size_t n_hostile = epoch < 3 ? 0 : 30000;
        struct told told;

        flood_epoch(&flood, epoch, 2, n_hostile);
        told = flood_told(&flood, 2);
        ck_assert_uint_eq(told.legit_keys, N_LEGIT);
        ck_assert_uint_eq(told.legit_packets, 2 * N_LEGIT);
        if (epoch >= 3) {
            ck_assert(flood_guard(&flood).on);
            ck_assert_uint_eq(told.all_why, 1u << CAUSE_GUARD);
        }
    }
    ledger = rig_ledger(&flood.rig);
    ck_assert_uint_eq(ledger.received, flood.n_packets);
    ck_assert_uint_eq(ledger_not_observed(&ledger),
                      ledger.not_observed[CAUSE_GUARD]);
    ck_assert_uint_gt(ledger.not_observed[CAUSE_GUARD], 37 * 20000);
    ck_assert_uint_le(flood.scatter->table.n_flows, MAX_FLOWS / 4 * 3);
    flood_stop(&flood);
}
END_TEST

/* All packets of a flow but those that it had to send to be let in are counted
 * for it, also those of the burst in which it is let in. */
START_TEST(test_train)
{
    struct packet_spec specs[BURST_MAX];
    struct report *report;
    struct flood flood;
    size_t n_reports = 0;

    flood_start(&flood, false);
    rig_add(&flood.rig, "train",
            "on udp,nw_dst=0.0.0.77 by 5tuple when count() > 0", at(0));
    for (size_t i = 0; i < BURST_MAX; i++) {
        specs[i] = (struct packet_spec) {
            .src = 1, .dst = 77, .proto = IPPROTO_UDP, .tp_src = i % 2,
        };
    }
    for (uint64_t epoch = 1; epoch < 6; epoch++) {
        flood_epoch(&flood, epoch, 1, epoch == 3 ? 9000 : LIMIT - 100);
        if (epoch == 4) {
            ck_assert(flood_guard(&flood).on);
            give(flood.scatter, at(epoch + 1), specs, BURST_MAX);
        }
    }
    LIST_FOR_EACH (report, node, &flood.rig.reports) {
        if (!strcmp(report->trigger, "train")) {
            ck_assert_uint_eq(report->packets, BURST_MAX / 2 - 1);
            ck_assert_uint_eq(report->why, 1u << CAUSE_GUARD);
            n_reports++;
        }
    }
    ck_assert_uint_eq(n_reports, 2);
    flood_stop(&flood);
}
END_TEST

/* Triggers change while entries are shared: what counts for the old ones is
 * not taken for the new ones. */
START_TEST(test_changed_triggers)
{
    struct flood flood;
    char *error;

    flood_start(&flood, false);
    for (uint64_t epoch = 0; epoch < 30; epoch++) {
        size_t n_hostile = (epoch < 3 ? 0 : epoch == 3 ? 9000
                            : LIMIT - 100);
        struct told told;

        flood_epoch(&flood, epoch, 1, n_hostile);
        told = flood_told(&flood, 1);
        if (epoch != 3) {
            ck_assert_uint_eq(told.all, N_LEGIT + n_hostile);
            ck_assert_uint_eq(told.syns, n_hostile / 2);
        }
        if (epoch % 3 == 0) {
            rig_add(&flood.rig, "x", "on tcp6,tp_dst=443 by ipv6_dst when "
                    "sum(is_syn) > 0 || min(ttl) > 1", at(epoch + 1));
        } else if (epoch % 3 == 2) {
            error = monitor_del_trigger(flood.rig.monitor, "x",
                                        at(epoch + 1));
            ck_assert(!error);
        }
    }
    flood_stop(&flood);
}
END_TEST

/* New flows that come slowly never find the table full, however many there
 * were. */
START_TEST(test_table_reclaims)
{
    struct scatter *scatter;
    struct ledger ledger;
    struct rig rig;

    rig_init(&rig, MAX_FLOWS);
    sweep(&rig, 0);
    rig_add(&rig, "n", "on any when count() < 0", T0 - 1);
    scatter = monitor_add_thread(rig.monitor, "a");
    for (uint64_t epoch = 0; epoch < 100; epoch++) {
        give_hostile(scatter, at(epoch), 1000);
        sweep(&rig, epoch + 1);
    }
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.counted, 100 * 1000);
    ck_assert_uint_eq(scatter->guard.on, false);
    monitor_remove_thread(rig.monitor, scatter);
    rig_uninit(&rig);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("guard");
    TCase *guard = tcase_create("guard");
    TCase *floods = tcase_create("floods");

    tcase_add_test(guard, test_off);
    tcase_add_test(guard, test_on_and_off);
    tcase_add_test(guard, test_threshold);
    tcase_add_test(guard, test_adapts);
    suite_add_tcase(suite, guard);

    tcase_set_timeout(floods, UNIT_TIMEOUT_S);
    tcase_add_test(floods, test_shared);
    tcase_add_test(floods, test_partial);
    tcase_add_test(floods, test_flood);
    tcase_add_test(floods, test_train);
    tcase_add_test(floods, test_changed_triggers);
    tcase_add_test(floods, test_table_reclaims);
    suite_add_tcase(suite, floods);
    return suite;
}
