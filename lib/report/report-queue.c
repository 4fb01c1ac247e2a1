/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/report-queue.h"

#include <stdlib.h>

#include "coverage.h"
#include "guarded-list.h"
#include "ovs-atomic.h"
#include "seq.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_report_dropped);

struct report_queue {
    struct guarded_list list;   /* "struct report"s, by 'node'. */
    size_t capacity;
    struct seq *seq;            /* Changes when it is empty no more. */

    /* Written by who pushes. */
    atomic_uint64_t dropped;

    /* Written by who receives. */
    uint64_t dropped_seen;      /* 'dropped' when it last looked. */
};

struct report_queue *
report_queue_create(size_t capacity)
{
    struct report_queue *queue = xzalloc(sizeof *queue);

    guarded_list_init(&queue->list);
    queue->capacity = capacity;
    queue->seq = seq_create();
    atomic_init(&queue->dropped, 0);
    return queue;
}

void
report_queue_destroy(struct report_queue *queue)
{
    if (queue) {
        struct ovs_list reports;
        struct report *report;

        report_queue_pop_all(queue, &reports);
        LIST_FOR_EACH_POP (report, node, &reports) {
            report_destroy(report);
        }
        guarded_list_destroy(&queue->list);
        seq_destroy(queue->seq);
        free(queue);
    }
}

void
report_queue_push(struct report_queue *queue, struct report *report)
{
    size_t n = guarded_list_push_back(&queue->list, &report->node,
                                      queue->capacity);

    if (!n) {
        uint64_t orig;

        COVERAGE_INC(trumpet_report_dropped);
        atomic_add_relaxed(&queue->dropped, 1, &orig);
        report_destroy(report);
    } else if (n == 1) {
        /* Who receives takes all at once, so others need not wake it. */
        seq_change(queue->seq);
    }
}

uint64_t
report_queue_pop_all(struct report_queue *queue, struct ovs_list *reports)
{
    uint64_t dropped, n_lost;

    guarded_list_pop_all(&queue->list, reports);
    dropped = report_queue_dropped(queue);
    n_lost = dropped - queue->dropped_seen;
    queue->dropped_seen = dropped;
    return n_lost;
}

uint64_t
report_queue_seq(const struct report_queue *queue)
{
    return seq_read(queue->seq);
}

void
report_queue_wait(const struct report_queue *queue, uint64_t seq)
{
    seq_wait(queue->seq, seq);
}

uint64_t
report_queue_dropped(const struct report_queue *queue)
{
    uint64_t dropped;

    atomic_read_relaxed(&queue->dropped, &dropped);
    return dropped;
}
