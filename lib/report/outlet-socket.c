/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/outlet-provider.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "report/report-socket.h"
#include "report/watcher.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"

/* An outlet that is a unix socket, with watchers of its own. */

#define MAX_WATCHERS 16

struct outlet_socket {
    const struct outlet_settings *settings;
    struct pstream *listener;   /* Null: not open. */
    long long int accept_ms;    /* Not before; after an error. */
    struct ovs_list watchers;   /* struct watcher. */
    size_t n_watchers;
};

static void *
outlet_socket_create(const struct outlet_settings *settings)
{
    struct outlet_socket *socket = xzalloc(sizeof *socket);

    socket->settings = settings;
    ovs_list_init(&socket->watchers);
    return socket;
}

static void
outlet_socket_destroy(void *socket_)
{
    struct outlet_socket *socket = socket_;
    struct watcher *watcher;

    LIST_FOR_EACH_POP (watcher, node, &socket->watchers) {
        watcher_destroy(watcher);
    }
    pstream_close(socket->listener);
    free(socket);
}

static char *
outlet_socket_open(void *socket_)
{
    struct outlet_socket *socket = socket_;
    const char *path = socket->settings->path;
    int error;

    if (socket->listener) {
        return NULL;
    }
    error = report_socket_open(path, socket->settings->group,
                               &socket->listener);
    return error ? xasprintf("%s: cannot listen (%s)", path,
                             ovs_strerror(error)) : NULL;
}

/* Hands the lines to the watchers one by one, for each loses whole lines. */
static char *
outlet_socket_write(void *socket_, const char *lines, size_t n)
{
    struct outlet_socket *socket = socket_;
    const char *end = lines + n;
    struct watcher *watcher;

    while (lines < end) {
        const char *newline = memchr(lines, '\n', end - lines);
        size_t length = newline + 1 - lines;

        LIST_FOR_EACH (watcher, node, &socket->watchers) {
            watcher_put(watcher, lines, length);
        }
        lines += length;
    }
    return NULL;
}

static void
accept_watchers(struct outlet_socket *socket)
{
    while (socket->n_watchers < MAX_WATCHERS
           && time_msec() >= socket->accept_ms) {
        struct stream *stream;
        int error = pstream_accept(socket->listener, &stream);

        if (error == EAGAIN) {
            break;
        } else if (error) {
            /* Such as EMFILE, which trying at once would not heal. */
            socket->accept_ms = time_msec() + 1000;
        } else {
            struct watcher *watcher = watcher_create(stream);

            ovs_list_push_back(&socket->watchers, &watcher->node);
            socket->n_watchers++;
        }
    }
}

static void
outlet_socket_run(void *socket_)
{
    struct outlet_socket *socket = socket_;
    struct watcher *watcher;

    accept_watchers(socket);
    LIST_FOR_EACH_SAFE (watcher, node, &socket->watchers) {
        if (watcher_run(watcher)) {
            ovs_list_remove(&watcher->node);
            socket->n_watchers--;
            watcher_destroy(watcher);
        }
    }
}

/* Further watchers wait in the kernel until there is room. */
static void
outlet_socket_wait(void *socket_)
{
    struct outlet_socket *socket = socket_;
    struct watcher *watcher;

    if (time_msec() < socket->accept_ms) {
        poll_timer_wait_until(socket->accept_ms);
    } else if (socket->n_watchers < MAX_WATCHERS) {
        pstream_wait(socket->listener);
    }
    LIST_FOR_EACH (watcher, node, &socket->watchers) {
        watcher_wait(watcher);
    }
}

const struct outlet_class outlet_socket_class = {
    .create = outlet_socket_create,
    .destroy = outlet_socket_destroy,
    .open = outlet_socket_open,
    .write = outlet_socket_write,
    .run = outlet_socket_run,
    .wait = outlet_socket_wait,
};
