/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef REPORT_WATCHER_H
#define REPORT_WATCHER_H 1

#include <stddef.h>
#include <stdint.h>

#include "byteq.h"
#include "openvswitch/list.h"

/* A watcher: one connection that is sent reports as lines.
 *
 * A watcher that reads more slowly than reports come loses some, but knows
 * how many: before the next report it is told
 *
 *     {"event":"lost","reports":17}
 *
 * Thread-safety: a watcher belongs to the reporter thread. */
struct stream;

/* What can be on its way to a watcher, beside what the kernel buffers.  A
 * power of two. */
#define WATCHER_BUFFER_BYTES (1024 * 1024)

struct watcher {
    struct ovs_list node;       /* For the owner. */
    struct stream *stream;
    struct byteq out;           /* Whole lines, but for the first. */
    uint64_t lost;              /* Reports since the last line in 'out'. */
    uint64_t n_lost;            /* Reports in all. */
};

/* Takes ownership of 'stream', which is connected. */
struct watcher *watcher_create(struct stream *);
void watcher_destroy(struct watcher *);

/* Queues the 'n' bytes of 'line', which ends in a new line, or counts it as
 * lost.  Never blocks. */
void watcher_put(struct watcher *, const char *line, size_t n);

/* Counts 'n_reports' as lost that never came here. */
void watcher_lose(struct watcher *, uint64_t n_reports);

/* Sends what the peer takes.  Returns 0, or an errno value or EOF if the
 * connection is at its end.  Never blocks. */
int watcher_run(struct watcher *);
void watcher_wait(struct watcher *);

#endif /* report/watcher.h */
