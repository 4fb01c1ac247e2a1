/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/watcher.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "coverage.h"
#include "stream.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_watcher_lost);

/* The longest line about lost reports. */
#define LOST_LINE_MAX 64

struct watcher *
watcher_create(struct stream *stream)
{
    struct watcher *watcher = xzalloc(sizeof *watcher);

    watcher->stream = stream;
    byteq_init(&watcher->out, xmalloc(WATCHER_BUFFER_BYTES),
               WATCHER_BUFFER_BYTES);
    return watcher;
}

void
watcher_destroy(struct watcher *watcher)
{
    if (watcher) {
        stream_close(watcher->stream);
        free(watcher->out.buffer);
        free(watcher);
    }
}

/* Says how many reports were lost, if any were and there is room.  Once
 * reports are lost, more are until half of the buffer is free: a watcher is
 * better off with few long gaps than with many short ones. */
static void
put_lost_line(struct watcher *watcher)
{
    char line[LOST_LINE_MAX];
    int n;

    if (watcher->lost
        && byteq_used(&watcher->out) <= WATCHER_BUFFER_BYTES / 2) {
        n = snprintf(line, sizeof line,
                     "{\"event\":\"lost\",\"reports\":%"PRIu64"}\n",
                     watcher->lost);
        byteq_putn(&watcher->out, line, n);
        watcher->lost = 0;
    }
}

void
watcher_put(struct watcher *watcher, const char *line, size_t n)
{
    put_lost_line(watcher);
    if (watcher->lost || byteq_avail(&watcher->out) < n) {
        watcher_lose(watcher, 1);
    } else {
        byteq_putn(&watcher->out, line, n);
    }
}

void
watcher_lose(struct watcher *watcher, uint64_t n_reports)
{
    COVERAGE_ADD(trumpet_watcher_lost, n_reports);
    watcher->lost += n_reports;
    watcher->n_lost += n_reports;
}

/* Sends what the peer takes.  Returns 0 or an errno value. */
static int
send_out(struct watcher *watcher)
{
    struct byteq *out = &watcher->out;

    while (!byteq_is_empty(out)) {
        int n = stream_send(watcher->stream, byteq_tail(out),
                            byteq_tailroom(out));

        if (n <= 0) {
            return n == -EAGAIN ? 0 : -n;
        }
        byteq_advance_tail(out, n);
    }

    /* The pages that are used already are used again. */
    byteq_init(out, out->buffer, out->size);
    return 0;
}

int
watcher_run(struct watcher *watcher)
{
    char ignored[512];
    int n;

    stream_run(watcher->stream);
    n = stream_recv(watcher->stream, ignored, sizeof ignored);
    if (n <= 0 && n != -EAGAIN) {
        return n ? -n : EOF;
    }
    put_lost_line(watcher);
    return send_out(watcher);
}

void
watcher_wait(struct watcher *watcher)
{
    stream_run_wait(watcher->stream);
    stream_recv_wait(watcher->stream);
    if (watcher->lost || !byteq_is_empty(&watcher->out)) {
        stream_send_wait(watcher->stream);
    }
}
