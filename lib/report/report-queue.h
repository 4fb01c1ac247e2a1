/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef REPORT_REPORT_QUEUE_H
#define REPORT_REPORT_QUEUE_H 1

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/list.h"
#include "report/report.h"

/* The way of reports from the sweeper to the reporter: a bounded queue, so
 * that a reporter that is late costs reports, by count, and not the sweeper's
 * time or the switch's memory.
 *
 * Usage of the receiving side
 * ===========================
 *
 *     uint64_t seq = report_queue_seq(queue);
 *     n_lost = report_queue_pop_all(queue, &reports);
 *     ...
 *     report_queue_wait(queue, seq);
 *     poll_block();
 *
 * Thread-safety: any thread may push, one thread receives. */
struct report_queue;

struct report_queue *report_queue_create(size_t capacity);

/* Destroys the reports that are still queued too. */
void report_queue_destroy(struct report_queue *);

/* Queues 'report', or destroys it if the queue is full.  Never blocks for
 * more than the time that another thread needs to move a list.
 * Runs on: sweeper. */
void report_queue_push(struct report_queue *, struct report *report);

/* Moves all queued reports to 'reports', which need not be initialised.
 * Returns how many reports were lost behind them, before the next.
 * Runs on: reporter. */
uint64_t report_queue_pop_all(struct report_queue *, struct ovs_list *reports);

/* What report_queue_wait() takes, to be read before report_queue_pop_all(). */
uint64_t report_queue_seq(const struct report_queue *);

/* Makes the next poll_block() wake up once something happened after 'seq' was
 * read. */
void report_queue_wait(const struct report_queue *, uint64_t seq);

/* How many reports were lost in all.  Runs on: any. */
uint64_t report_queue_dropped(const struct report_queue *);

#endif /* report/report-queue.h */
