/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "dp-packet.h"
#include "openvswitch/compiler.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-rcu.h"
#include "ovs-thread.h"
#include "tests/bench/bench-port.h"
#include "tests/bench/flood.h"
#include "tests/bench/script.h"
#include "unixctl.h"
#include "util.h"

/* What makes an ovs-vswitchd the benchmark's: ports of class "bench", in
 * bridges with datapath_type=dummy and --enable-dummy, which take no NIC and
 * no privileges, and commands to let traffic flow.  Nothing is sent until
 * they say so.
 *
 *     bench/flood N        300 flows, say, as fast as they are taken
 *     bench/play FILE      a script, see script.h
 *     bench/times FILE     when, once the script is over, see script.h
 *     bench/stop
 *     bench/read           how much that was
 */

/* Bursts between two looks at the clocks. */
#define TICK_BURSTS 64

/* From "bench/play" to the first packet, at least. */
#define LEAD_US 50000

/* A script begins with one. */
#define EPOCH_US 10000

/* How much went through until some moment. */
struct reading {
    uint64_t received;          /* Packets handed over. */
    uint64_t forwarded;         /* Packets that came to the sink. */
    uint64_t elsewhere;         /* And to other ports. */
    uint64_t cpu_ns;            /* CPU time of the packet thread. */
    uint64_t wall_ns;
};

/* Where traffic comes from; null where it does not. */
struct source {
    struct flood *flood;
    struct script *script;
};
static OVSRCU_TYPE(struct source *) source;

/* The first one made is kept, since its buffers are still on their way. */
static struct flood *flood;

static struct reading counts;   /* Of the packet thread. */

static struct ovs_mutex mutex = OVS_MUTEX_INITIALIZER;
static struct reading reading OVS_GUARDED_BY(mutex);

static uint64_t
read_clock_ns(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
}

/* Lets other threads read the counts.  If one does just now, next time. */
static void
tick(void)
{
    if (!ovs_mutex_trylock(&mutex)) {
        counts.cpu_ns = read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
        counts.wall_ns = read_clock_ns(CLOCK_MONOTONIC);
        reading = counts;
        ovs_mutex_unlock(&mutex);
    }
}

static bool
receive(struct dp_packet_batch *batch, void *aux OVS_UNUSED)
{
    static unsigned int n_polls;
    const struct source *current = ovsrcu_get(struct source *, &source);

    if (OVS_UNLIKELY(!(n_polls++ % TICK_BURSTS))) {
        tick();
    }
    if (OVS_UNLIKELY(!current)) {
        return false;
    }
    if (current->flood) {
        flood_receive(current->flood, batch);
    } else if (!script_receive(current->script, batch)) {
        return false;
    }
    counts.received += dp_packet_batch_size(batch);
    return true;
}

static void
send_to(const char *port, struct dp_packet_batch *batch, void *aux OVS_UNUSED)
{
    struct dp_packet *packet;

    if (!strcmp(port, BENCH_PORT_SINK)) {
        counts.forwarded += dp_packet_batch_size(batch);
    } else {
        counts.elsewhere += dp_packet_batch_size(batch);
    }
    DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
        if (!flood || !flood_take_back(flood, packet)) {
            dp_packet_delete(packet);
        }
    }
}

static void
destroy_source(struct source *s)
{
    script_destroy(s->script);
    free(s);
}

static void
set_source(struct source *new)
{
    struct source *old = ovsrcu_get_protected(struct source *, &source);

    ovsrcu_set(&source, new);
    if (old) {
        ovsrcu_postpone(destroy_source, old);
    }
}

static void
bench_flood(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *aux OVS_UNUSED)
{
    unsigned int n_flows;
    struct source *new;

    if (!str_to_uint(argv[1], 10, &n_flows) || n_flows < 64
        || n_flows > 1 << 20) {
        unixctl_command_reply_error(conn, "not a number of flows from 64 on");
        return;
    }
    if (!flood) {
        flood = flood_create(n_flows);
    }
    if (!flood) {
        unixctl_command_reply_error(conn, "no memory");
        return;
    }
    new = xzalloc(sizeof *new);
    new->flood = flood;
    set_source(new);
    unixctl_command_reply(conn, NULL);
}

static void
bench_play(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[], void *aux OVS_UNUSED)
{
    uint64_t now_us = read_clock_ns(CLOCK_REALTIME) / 1000;
    uint64_t start_us = ROUND_UP(now_us + LEAD_US, EPOCH_US);
    char *error;
    struct script *script = script_create(argv[1], start_us, &error);
    struct source *new;

    if (error) {
        unixctl_command_reply_error(conn, error);
        free(error);
        return;
    }
    new = xzalloc(sizeof *new);
    new->script = script;
    set_source(new);

    char *reply = xasprintf("%"PRIu64, start_us);
    unixctl_command_reply(conn, reply);
    free(reply);
}

static void
bench_stop(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    set_source(NULL);
    unixctl_command_reply(conn, NULL);
}

/* The script that is played, or null. */
static const struct script *
get_script(void)
{
    const struct source *current = ovsrcu_get_protected(struct source *,
                                                        &source);

    return current ? current->script : NULL;
}

static void
bench_times(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *aux OVS_UNUSED)
{
    const struct script *script = get_script();
    const struct script_time *times;
    FILE *file;
    size_t n;

    if (!script || !script_is_over(script)) {
        unixctl_command_reply_error(conn, "no script was played to its end");
        return;
    }
    n = script_get_times(script, &times);
    file = fopen(argv[1], "w");
    if (file && fwrite(times, sizeof *times, n, file) == n) {
        unixctl_command_reply(conn, NULL);
    } else {
        unixctl_command_reply_error(conn, ovs_strerror(errno));
    }
    if (file) {
        fclose(file);
    }
}

static void
bench_read(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    const struct script *script = get_script();
    struct ds ds = DS_EMPTY_INITIALIZER;

    ovs_mutex_lock(&mutex);
    ds_put_format(&ds, "{\"received\":%"PRIu64",\"forwarded\":%"PRIu64","
                  "\"elsewhere\":%"PRIu64",\"cpu_ns\":%"PRIu64","
                  "\"wall_ns\":%"PRIu64,
                  reading.received, reading.forwarded, reading.elsewhere,
                  reading.cpu_ns, reading.wall_ns);
    ovs_mutex_unlock(&mutex);
    ds_put_format(&ds, ",\"over\":%s}",
                  script && script_is_over(script) ? "true" : "false");
    unixctl_command_reply(conn, ds_cstr(&ds));
    ds_destroy(&ds);
}

OVS_CONSTRUCTOR(bench_vswitchd_register) {
    const struct bench_feed feed = {
        .receive = receive,
        .send = send_to,
    };

    ignore(bench_port_register(&feed));
    unixctl_command_register("bench/flood", "FLOWS", 1, 1, bench_flood, NULL);
    unixctl_command_register("bench/play", "FILE", 1, 1, bench_play, NULL);
    unixctl_command_register("bench/times", "FILE", 1, 1, bench_times, NULL);
    unixctl_command_register("bench/stop", "", 0, 0, bench_stop, NULL);
    unixctl_command_register("bench/read", "", 0, 0, bench_read, NULL);
}
