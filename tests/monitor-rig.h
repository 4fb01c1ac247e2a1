/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_RIG_H
#define MONITOR_RIG_H 1

/* A monitor whose reports are kept, for the suites that count packets. */

#include <inttypes.h>

#include "event/port-name.h"
#include "monitor/monitor.h"
#include "monitor/scatter.h"
#include "tests/monitor-unit.h"

struct rig {
    struct monitor *monitor;
    struct ovs_list reports;

    /* Called when a report has come, in the middle of a sweep; may be null. */
    void (*delivered)(struct rig *);
};

/* The first epoch of the tests; any will do. */
#define E0 UINT64_C(1000)
#define T0 (E0 * EPOCH_US)

static inline void
rig_deliver(struct report *report, void *rig_)
{
    struct rig *rig = rig_;

    ovs_list_push_back(&rig->reports, &report->node);
    if (rig->delivered) {
        rig->delivered(rig);
    }
}

static inline void
rig_init(struct rig *rig, uint32_t max_flows)
{
    const struct monitor_settings settings = {
        .epoch_us = EPOCH_US,
        .max_flows = max_flows,
    };

    ovs_list_init(&rig->reports);
    rig->delivered = NULL;
    rig->monitor = monitor_create(&settings, rig_deliver, rig);
    ck_assert_uint_eq(monitor_settings(rig->monitor)->epoch_us, EPOCH_US);

    /* Here a year may pass in a second. */
    struct quotas quotas = QUOTAS_DEFAULT;
    quotas.trigger_reports = quotas.all_reports = 0;
    monitor_set_quotas(rig->monitor, &quotas);
}

static inline void
reports_destroy(struct ovs_list *reports)
{
    struct report *report;

    LIST_FOR_EACH_POP (report, node, reports) {
        report_destroy(report);
    }
}

static inline void
rig_uninit(struct rig *rig)
{
    monitor_destroy(rig->monitor);
    reports_destroy(&rig->reports);
}

static inline void
rig_add(struct rig *rig, const char *name, const char *spec, uint64_t now_us)
{
    char *error = monitor_add_trigger(rig->monitor, name, spec, now_us);

    ck_assert_msg(!error, "%s", error);
}

static inline int
rig_compare(const void *a, const void *b)
{
    return report_compare(*(const struct report *const *) a,
                          *(const struct report *const *) b);
}

/* Takes the reports out of 'list' and returns them in order, each as
 * "NAME EPOCH-E0 KEY [VALUES] packets[ why]; ". */
static inline char *
reports_take(struct ovs_list *list)
{
    size_t n = ovs_list_size(list), i = 0;
    struct report **sorted = xcalloc(n, sizeof *sorted);
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct report *report;

    LIST_FOR_EACH_POP (report, node, list) {
        sorted[i++] = report;
    }
    qsort(sorted, n, sizeof *sorted, rig_compare);
    for (i = 0; i < n; i++) {
        const char *separator = " ";

        report = sorted[i];
        ds_put_format(&ds, "%s %"PRId64" ", report->trigger,
                      (int64_t) (report->interval_start_us / EPOCH_US - E0));
        granularity_format_key(&report->event->granularity, &report->key,
                               &ds);
        ds_put_cstr(&ds, " [");
        for (size_t j = 0; j < report->event->n_aggregates; j++) {
            ds_put_cstr(&ds, j ? "," : "");
            report_format_number(report->values[j], &ds);
        }
        ds_put_format(&ds, "] %"PRIu64, report->packets);
        for (int c = 0; c < N_CAUSES; c++) {
            if (report->why & (1u << c)) {
                ds_put_format(&ds, "%s%s", separator, cause_name(c));
                separator = ",";
            }
        }
        ds_put_cstr(&ds, "; ");
        report_destroy(report);
    }
    free(sorted);
    return ds_steal_cstr(&ds);
}

static inline void
rig_expect(struct rig *rig, const char *expected)
{
    char *s = reports_take(&rig->reports);

    ck_assert_str_eq(s, expected);
    free(s);
}

/* The ledger of all threads, which must balance. */
static inline struct ledger
rig_ledger(struct rig *rig)
{
    struct thread_status *status;
    size_t n = monitor_list_threads(rig->monitor, &status);
    struct ledger total = status[n - 1].ledger;

    for (size_t i = 0; i < n; i++) {
        ck_assert(ledger_balances(&status[i].ledger));
    }
    thread_status_destroy(status, n);
    return total;
}

/* Gives 'n' packets in one burst. */
static inline void
give(struct scatter *scatter, uint64_t now_us, const struct packet_spec *specs,
     size_t n)
{
    static struct frame_buffer buffers[BURST_MAX];
    struct burst burst = {
        .entrance = { .in_port = 1 }, .now_us = now_us, .n = n,
    };

    ovs_assert(n <= BURST_MAX);
    for (size_t i = 0; i < n; i++) {
        build_frame(&buffers[i], &specs[i]);
        burst.frames[i] = (struct frame) {
            buffers[i].data, buffers[i].n, buffers[i].n
        };
    }
    scatter_burst(scatter, &burst);
}

/* Gives 'n' UDP packets of 'n_flows' flows from 'tp_src' on to tp_dst 80. */
static inline void
give_flows(struct scatter *scatter, uint64_t now_us, size_t n,
           uint32_t tp_src, uint32_t n_flows)
{
    for (size_t i = 0; i < n; ) {
        struct packet_spec specs[BURST_MAX];
        size_t m = 0;

        while (m < BURST_MAX && i < n) {
            uint32_t flow = tp_src + i++ % n_flows;

            specs[m++] = (struct packet_spec) {
                .proto = IPPROTO_UDP, .src = flow >> 16, .dst = 2,
                .tp_src = flow, .tp_dst = 80,
            };
        }
        give(scatter, now_us, specs, m);
    }
}

/* Time within epoch number 'E0' + 'epoch'. */
static inline uint64_t
at(uint64_t epoch)
{
    return T0 + epoch * EPOCH_US + 17;
}

/* Closes all epochs before 'E0' + 'epoch'. */
static inline void
sweep(struct rig *rig, uint64_t epoch)
{
    monitor_sweep(rig->monitor, T0 + epoch * EPOCH_US);
}

/* Begins with epoch number E0 and one packet thread, whose packets enter at
 * the interface "p1". */
static inline struct scatter *
rig_start(struct rig *rig)
{
    struct scatter *scatter;

    ck_assert_uint_eq(port_name_intern("p1"), 1);
    rig_init(rig, 4096);
    sweep(rig, 0);
    scatter = monitor_add_thread(rig->monitor, "a");
    ck_assert(scatter);
    return scatter;
}

static inline void
rig_stop(struct rig *rig, struct scatter *scatter)
{
    monitor_remove_thread(rig->monitor, scatter);
    rig_uninit(rig);
}

#endif /* monitor-rig.h */
