/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "ovs-thread.h"
#include "tests/monitor-rig.h"

/* Packet threads that come and go, in one thread and in real ones. */

START_TEST(test_threads_come_and_go)
{
    struct scatter *scatters[4] = { NULL };
    uint64_t received = 0, reported = 0;
    struct report *report;
    struct ledger ledger;
    struct rig rig;

    unit_seed();
    rig_init(&rig, 512);
    sweep(&rig, 0);
    rig_add(&rig, "a", "on udp when count() > 0", T0 - 1);
    for (uint64_t epoch = 0; epoch < 300; epoch++) {
        for (int i = 0; i < 12; i++) {
            struct scatter **s = &scatters[unit_random(4)];

            if (!*s) {
                *s = monitor_add_thread(rig.monitor, "x");
                ck_assert(*s);
            } else if (!unit_random(10)) {
                monitor_remove_thread(rig.monitor, *s);
                *s = NULL;
            } else {
                size_t n = unit_random(40);

                give_flows(*s, at(epoch), n, unit_random(100), 30);
                received += n;
            }
            if (!unit_random(12)) {
                ledger = rig_ledger(&rig);
                ck_assert_uint_eq(ledger.received, received);
            }
        }
        if (unit_random(2)) {
            sweep(&rig, epoch + 1);
        }
    }
    sweep(&rig, 400);
    LIST_FOR_EACH (report, node, &rig.reports) {
        reported += report->packets;
    }
    ledger = rig_ledger(&rig);
    ck_assert_uint_eq(ledger.received, received);
    ck_assert_uint_eq(ledger.counted, reported);
    for (int i = 0; i < 4; i++) {
        if (scatters[i]) {
            monitor_remove_thread(rig.monitor, scatters[i]);
        }
    }
    rig_uninit(&rig);
}
END_TEST

/* What a thread missed is known after it is gone. */
START_TEST(test_gone_with_misses)
{
    struct scatter *scatter;
    struct rig rig;

    scatter = rig_start(&rig);
    rig_add(&rig, "a", "on udp when count() >= 0", T0 - 1);
    for (uint64_t epoch = 0; epoch < 6; epoch++) {
        give_flows(scatter, at(epoch), 1, 1, 1);
    }
    monitor_remove_thread(rig.monitor, scatter);
    sweep(&rig, 4);
    rig_expect(&rig, "a 0 {} [1] 1; a 1 {} [1] 1; a 2 {} [1] 1; "
               "a 3 {} [1] 1; ");
    sweep(&rig, 7);
    rig_expect(&rig, "a 4 {} [0] 0 sweep_overrun; "
               "a 5 {} [0] 0 sweep_overrun; a 6 {} [0] 0; ");
    ck_assert_uint_eq(rig_ledger(&rig).not_observed[CAUSE_SWEEP_OVERRUN], 2);
    rig_uninit(&rig);
}
END_TEST

#define LIVE_EPOCH_US 1000
#define LIVE_MS 600

struct live {
    struct monitor *monitor;
    atomic_bool stop_packets;
    atomic_bool stop_sweeper;

    /* Written by deliver(), under the monitor's mutex. */
    uint64_t packets;           /* Of all reports of "all". */
    uint64_t incomplete;        /* Reports of "all" with a cause. */
    uint64_t complete;
    uint64_t last_start_us;
    bool in_order;
};

static uint64_t
live_now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec * UINT64_C(1000000) + ts.tv_nsec / 1000;
}

static void
live_sleep_us(unsigned us)
{
    nanosleep(&(struct timespec) { .tv_nsec = us * 1000 }, NULL);
}

static void
live_deliver(struct report *report, void *live_)
{
    struct live *live = live_;

    if (!strcmp(report->trigger, "all")) {
        live->packets += report->packets;
        live->incomplete += report->why != 0;
        live->complete += !report->why;
        live->in_order = (live->in_order
                          && report->interval_start_us > live->last_start_us
                          && report->values[0] == report->packets);
        live->last_start_us = report->interval_start_us;
    }
    report_destroy(report);
}

static bool
is_set(atomic_bool *flag)
{
    bool set;

    atomic_read(flag, &set);
    return set;
}

static void *
live_packets(void *live_)
{
    struct live *live = live_;
    struct scatter *scatter = monitor_add_thread(live->monitor, "pmd");
    struct frame_buffer *buffers = xcalloc(4 * BURST_MAX, sizeof *buffers);
    uint64_t x = (uintptr_t) buffers;

    for (size_t i = 0; i < 4 * BURST_MAX; i++) {
        build_frame(&buffers[i], &(struct packet_spec) {
            .proto = i % 5 ? IPPROTO_UDP : IPPROTO_TCP, .tp_src = i,
            .tp_dst = 80 + i % 3, .ipv6 = i % 7 == 0, .payload = i,
        });
    }
    for (unsigned n = 0; !is_set(&live->stop_packets); n++) {
        struct burst burst = {
            .entrance = { .in_port = 1 }, .now_us = live_now_us(),
        };

        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        burst.n = 1 + (x >> 59);
        for (size_t i = 0; i < burst.n; i++) {
            struct frame_buffer *fb = &buffers[((x >> 40) + i)
                                               % (4 * BURST_MAX)];

            burst.frames[i] = (struct frame) { fb->data, fb->n, fb->n };
        }
        scatter_burst(scatter, &burst);
        if (n % 64 == 0) {
            sched_yield();
        }
    }
    monitor_remove_thread(live->monitor, scatter);
    free(buffers);
    return NULL;
}

static void *
live_sweeper(void *live_)
{
    struct live *live = live_;

    while (!is_set(&live->stop_sweeper)) {
        uint64_t now_us = live_now_us();
        uint64_t next_us = monitor_next_sweep_us(live->monitor, now_us);

        live_sleep_us(next_us - now_us);
        monitor_sweep(live->monitor, live_now_us());
    }
    return NULL;
}

/* Does what users do, as long as packets come. */
static void
live_control(struct live *live)
{
    static const char *const specs[] = {
        "on udp by tp_src when max(bytes) > 100",
        "on ip by 5tuple every 3ms when avg(bytes) > 1 && count()[-2] > 0",
        "on tcp,tp_dst=80 when count() == 0",
        "on ipv6 by ipv6_src/64,tp_dst every 2ms when sum(volume) > 1M",
    };
    uint64_t end_us = live_now_us() + LIVE_MS * 1000;

    for (unsigned i = 0; live_now_us() < end_us; i++) {
        struct ovs_list reports = OVS_LIST_INITIALIZER(&reports);
        struct trigger_status *triggers;
        struct thread_status *threads;
        struct sweep_status sweeps;
        char name[] = { 'a' + i % 3, '\0' };
        size_t n;

        free(monitor_add_trigger(live->monitor, name, specs[i % 4],
                                 live_now_us()));
        if (i % 3 == 0) {
            free(monitor_mod_trigger(live->monitor, name, specs[i / 3 % 4],
                                     live_now_us()));
        } else if (i % 7 == 0) {
            free(monitor_del_trigger(live->monitor, name, 0));
        }
        free(monitor_dump_keys(live->monitor, name, 3, &reports));
        reports_destroy(&reports);
        n = monitor_list_triggers(live->monitor, &triggers);
        trigger_status_destroy(triggers, n);
        n = monitor_list_threads(live->monitor, &threads);
        for (size_t j = 0; j < n; j++) {
            ck_assert(ledger_balances(&threads[j].ledger));
        }
        thread_status_destroy(threads, n);
        monitor_get_sweep_status(live->monitor, &sweeps);
        live_sleep_us(700);
    }
}

START_TEST(test_live)
{
    const struct monitor_settings settings = {
        .epoch_us = LIVE_EPOCH_US, .max_flows = 1024,
    };
    struct live live = { .in_order = true };
    pthread_t packets[2], sweeper;
    struct thread_status *status;
    struct ledger total;

    atomic_init(&live.stop_packets, false);
    atomic_init(&live.stop_sweeper, false);
    live.monitor = monitor_create(&settings, live_deliver, &live);
    ck_assert(!monitor_add_trigger(live.monitor, "all",
                                   "on any every 1ms when count() > 0",
                                   live_now_us()));
    sweeper = ovs_thread_create("sweeper", live_sweeper, &live);
    live_sleep_us(5000);
    for (int i = 0; i < 2; i++) {
        packets[i] = ovs_thread_create("packets", live_packets, &live);
    }
    live_control(&live);
    atomic_store(&live.stop_packets, true);
    for (int i = 0; i < 2; i++) {
        xpthread_join(packets[i], NULL);
    }
    atomic_store(&live.stop_sweeper, true);
    xpthread_join(sweeper, NULL);
    monitor_sweep(live.monitor, live_now_us() + 1000000);

    /* Both threads are gone. */
    ck_assert_uint_eq(monitor_list_threads(live.monitor, &status), 1);
    total = status[0].ledger;
    thread_status_destroy(status, 1);
    printf("received %"PRIu64", counted %"PRIu64", not observed %"PRIu64
           ", intervals %"PRIu64" + %"PRIu64" incomplete\n", total.received,
           total.counted, ledger_not_observed(&total), live.complete,
           live.incomplete);
    ck_assert(ledger_balances(&total));
    ck_assert_uint_gt(total.counted, 0);
    ck_assert_uint_eq(total.unmatched + total.dropped_invalid, 0);
    ck_assert_uint_eq(live.packets, total.counted);
    ck_assert(live.in_order);
    ck_assert_uint_gt(live.complete, 0);
    if (!ledger_not_observed(&total)) {
        ck_assert_uint_eq(live.incomplete, 0);
    }
    monitor_destroy(live.monitor);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("threads");
    TCase *tc = tcase_create("threads");

    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_threads_come_and_go);
    tcase_add_test(tc, test_gone_with_misses);
    tcase_add_test(tc, test_live);
    suite_add_tcase(suite, tc);
    return suite;
}
