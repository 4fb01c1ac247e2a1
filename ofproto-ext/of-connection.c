/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "of-connection.h"

#include <stdlib.h>
#include <string.h>

#include "bridge-map.h"
#include "coverage.h"
#include "hash.h"
#include "ofproto/connmgr.h"
#include "ofproto/ofproto-provider.h"
#include "openvswitch/hmap.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/rconn.h"
#include "openvswitch/thread.h"
#include "openvswitch/token-bucket.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "report/reporter.h"
#include "seq.h"
#include "sset.h"
#include "util.h"
#include "wire/answer.h"
#include "wire/report-record.h"

VLOG_DEFINE_THIS_MODULE(trumpet_openflow);

COVERAGE_DEFINE(trumpet_openflow_lost);
COVERAGE_DEFINE(trumpet_openflow_pause);
COVERAGE_DEFINE(trumpet_openflow_resume);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

/* Tokens for a report, at a rate of 'rate' tokens a millisecond. */
#define TOKENS_PER_REPORT 1000

/* A TRT_REPORTS in the making: reports without a gap between them. */
struct batch {
    struct ovs_list node;       /* In struct subscription's 'batches'. */
    struct wire_reports header;
    struct ofpbuf records;
};

struct subscription {
    struct ovs_list node;       /* In struct connection's 'subscriptions'. */
    uint32_t id;
    uint32_t fields;            /* TRRF_*. */
    struct sset names;          /* Triggers; empty: all. */
    bool limited;
    struct token_bucket bucket; /* If 'limited'. */

    struct ovs_list batches;    /* To be sent. */
    uint64_t n_lost, n_dropped; /* Since the last batch. */
    uint64_t matched, lost, delivered;
};

struct connection {
    struct hmap_node node;      /* In 'connections', by 'ofconn'. */
    const struct ofconn *ofconn;
    char *bridge;
    struct ovs_list subscriptions;
    size_t n_subscriptions;
    size_t n_bytes;             /* In the subscriptions' batches. */
    bool paused;

    /* Of the main thread. */
    struct rconn_packet_counter *counter;   /* Of what is not read yet. */
};

/* Guards all of the above and below. */
static struct ovs_mutex mutex = OVS_MUTEX_INITIALIZER;
static struct hmap connections OVS_GUARDED_BY(mutex)
    = HMAP_INITIALIZER(&connections);
static uint64_t gone_delivered OVS_GUARDED_BY(mutex);
static uint64_t gone_lost OVS_GUARDED_BY(mutex);

/* Changes when there is something to send. */
static struct seq *seq;
static uint64_t seq_seen;       /* When the main thread looked last. */

/* While a connection is paused, how often to look if it can go on. */
#define RESUME_INTERVAL_MS 10

static struct connection *
connection_find(const struct ofconn *ofconn)
    OVS_REQUIRES(mutex)
{
    struct connection *connection;

    HMAP_FOR_EACH_WITH_HASH (connection, node, hash_pointer(ofconn, 0),
                             &connections) {
        if (connection->ofconn == ofconn) {
            return connection;
        }
    }
    return NULL;
}

static struct subscription *
subscription_find(const struct connection *connection, uint32_t id)
    OVS_REQUIRES(mutex)
{
    struct subscription *s;

    LIST_FOR_EACH (s, node, &connection->subscriptions) {
        if (s->id == id) {
            return s;
        }
    }
    return NULL;
}

/* The reporter's side. */

static void
subscription_lose(struct subscription *s)
    OVS_REQUIRES(mutex)
{
    COVERAGE_INC(trumpet_openflow_lost);
    s->n_lost++;
    s->lost++;
}

/* Returns the batch for the next report of 's', whose record has 'size'
 * bytes. */
static struct batch *
subscription_batch(struct subscription *s, size_t size)
    OVS_REQUIRES(mutex)
{
    struct batch *batch = NULL;

    if (!ovs_list_is_empty(&s->batches)) {
        batch = CONTAINER_OF(ovs_list_back(&s->batches), struct batch, node);
    }
    if (!batch || s->n_lost || s->n_dropped
        || batch->header.n_reports == UINT16_MAX
        || batch->records.size + size > WIRE_REPORT_MAX) {
        batch = xzalloc(sizeof *batch);
        batch->header = (struct wire_reports) {
            .subscription = s->id,
            .first_seq = s->matched,
            .n_lost = s->n_lost,
            .n_dropped = s->n_dropped,
        };
        s->n_lost = s->n_dropped = 0;
        ofpbuf_init(&batch->records, 1024);
        ovs_list_push_back(&s->batches, &batch->node);
    }
    return batch;
}

static void
subscription_deliver(struct connection *connection, struct subscription *s,
                     const struct report *report)
    OVS_REQUIRES(mutex)
{
    uint64_t stub[2048 / 8];
    struct ofpbuf record;
    struct batch *batch;

    if (!sset_is_empty(&s->names)
        && !sset_contains(&s->names, trigger_id_name(report->trigger))) {
        return;
    }
    s->matched++;
    if (connection->paused || connection->n_bytes > OF_CONNECTION_MAX_BYTES
        || (s->limited
            && !token_bucket_withdraw(&s->bucket, TOKENS_PER_REPORT))) {
        subscription_lose(s);
        return;
    }

    ofpbuf_use_stub(&record, stub, sizeof stub);
    wire_report_put(&record, report, s->fields, bridge_map_port_number);
    batch = subscription_batch(s, record.size);
    batch->header.n_reports++;
    ofpbuf_put(&batch->records, record.data, record.size);
    connection->n_bytes += record.size;
    ofpbuf_uninit(&record);
}

static void
sink_deliver(struct report_sink *sink OVS_UNUSED, const struct report *report)
{
    char bridge[TRIGGER_BRIDGE_MAX + 1];
    struct connection *connection;
    struct subscription *s;

    trigger_id_get_bridge(report->trigger, bridge);
    if (!bridge[0]) {
        return;
    }
    ovs_mutex_lock(&mutex);
    HMAP_FOR_EACH (connection, node, &connections) {
        if (!strcmp(connection->bridge, bridge)) {
            LIST_FOR_EACH (s, node, &connection->subscriptions) {
                subscription_deliver(connection, s, report);
            }
        }
    }
    ovs_mutex_unlock(&mutex);
}

static void
sink_lose(struct report_sink *sink OVS_UNUSED, uint64_t n)
{
    struct connection *connection;
    struct subscription *s;

    ovs_mutex_lock(&mutex);
    HMAP_FOR_EACH (connection, node, &connections) {
        LIST_FOR_EACH (s, node, &connection->subscriptions) {
            s->n_dropped += n;
        }
    }
    ovs_mutex_unlock(&mutex);
}

static void
sink_flush(struct report_sink *sink OVS_UNUSED)
{
    seq_change(seq);
}

static struct report_sink sink = {
    .deliver = sink_deliver, .lose = sink_lose, .flush = sink_flush,
};

void
of_connections_set_reporter(struct reporter *reporter)
{
    seq = seq_create();
    reporter_add_sink(reporter, &sink);
}

/* The main thread's side. */

static void
batch_destroy(struct batch *batch)
{
    ofpbuf_uninit(&batch->records);
    free(batch);
}

/* Counts what waits to be sent as lost. */
static void
subscription_discard(struct subscription *s)
    OVS_REQUIRES(mutex)
{
    struct batch *batch;

    LIST_FOR_EACH_POP (batch, node, &s->batches) {
        s->n_lost += batch->header.n_reports + batch->header.n_lost;
        s->lost += batch->header.n_reports;
        s->n_dropped += batch->header.n_dropped;
        batch_destroy(batch);
    }
}

static void
subscription_destroy(struct connection *connection, struct subscription *s)
    OVS_REQUIRES(mutex)
{
    struct batch *batch;

    LIST_FOR_EACH_POP (batch, node, &s->batches) {
        connection->n_bytes -= batch->records.size;
        batch_destroy(batch);
    }
    gone_delivered += s->delivered;
    gone_lost += s->lost;
    ovs_list_remove(&s->node);
    connection->n_subscriptions--;
    sset_destroy(&s->names);
    free(s);
}

static struct connection *
connection_create(const struct ofconn *ofconn)
    OVS_REQUIRES(mutex)
{
    struct connection *connection = xzalloc(sizeof *connection);

    connection->ofconn = ofconn;
    connection->bridge = xstrdup(ofconn_get_ofproto(ofconn)->name);
    ovs_list_init(&connection->subscriptions);
    connection->counter = rconn_packet_counter_create();
    hmap_insert(&connections, &connection->node, hash_pointer(ofconn, 0));
    return connection;
}

static void
connection_destroy(struct connection *connection)
    OVS_REQUIRES(mutex)
{
    struct subscription *s;

    LIST_FOR_EACH_SAFE (s, node, &connection->subscriptions) {
        subscription_destroy(connection, s);
    }
    hmap_remove(&connections, &connection->node);
    rconn_packet_counter_destroy(connection->counter);
    free(connection->bridge);
    free(connection);
}

static void
subscription_create(struct connection *connection,
                    const struct wire_subscribe *request)
    OVS_REQUIRES(mutex)
{
    struct subscription *s = xzalloc(sizeof *s);

    s->id = request->id;
    s->fields = request->fields;
    sset_init(&s->names);
    for (size_t i = 0; i < request->names.n; i++) {
        sset_add(&s->names, request->names.names[i]);
    }
    if (request->rate) {
        uint64_t burst = request->burst ? request->burst : request->rate;

        s->limited = true;
        token_bucket_init(&s->bucket, request->rate,
                          MIN(burst * TOKENS_PER_REPORT, UINT_MAX));
    }
    ovs_list_init(&s->batches);
    ovs_list_push_back(&connection->subscriptions, &s->node);
    connection->n_subscriptions++;
}

enum ofperr
of_connection_subscribe(struct ofconn *ofconn,
                        const struct wire_subscribe *request)
{
    struct connection *connection;
    enum ofperr error = 0;

    ovs_mutex_lock(&mutex);
    connection = connection_find(ofconn);
    if (!connection && hmap_count(&connections) < OF_CONNECTIONS_MAX) {
        connection = connection_create(ofconn);
    }
    if (!connection) {
        VLOG_WARN_RL(&rl, "%s<->%s: subscription refused, there are %d "
                     "connections that have subscribed",
                     ofconn_get_ofproto(ofconn)->name,
                     ofconn_get_target(ofconn), OF_CONNECTIONS_MAX);
        error = OFPERR_TR_TOO_MANY_SUBSCRIPTIONS;
    } else if (subscription_find(connection, request->id)) {
        error = OFPERR_TR_SUBSCRIPTION_EXISTS;
    } else if (connection->n_subscriptions
               >= OF_CONNECTION_MAX_SUBSCRIPTIONS) {
        error = OFPERR_TR_TOO_MANY_SUBSCRIPTIONS;
    } else {
        subscription_create(connection, request);
    }
    ovs_mutex_unlock(&mutex);
    return error;
}

enum ofperr
of_connection_unsubscribe(struct ofconn *ofconn, uint32_t id)
{
    struct connection *connection;
    struct subscription *s;
    enum ofperr error = 0;

    ovs_mutex_lock(&mutex);
    connection = connection_find(ofconn);
    if (id == TR_ALL_SUBSCRIPTIONS) {
        if (connection) {
            LIST_FOR_EACH_SAFE (s, node, &connection->subscriptions) {
                subscription_destroy(connection, s);
            }
        }
    } else {
        s = connection ? subscription_find(connection, id) : NULL;
        if (s) {
            subscription_destroy(connection, s);
        } else {
            error = OFPERR_TR_UNKNOWN_SUBSCRIPTION;
        }
    }
    ovs_mutex_unlock(&mutex);
    return error;
}

void
of_connection_disconnect(const struct ofconn *ofconn)
{
    struct connection *connection;

    ovs_mutex_lock(&mutex);
    connection = connection_find(ofconn);
    if (connection) {
        connection_destroy(connection);
    }
    ovs_mutex_unlock(&mutex);
}

static enum ofp_version
connection_version(const struct connection *connection)
{
    return ofputil_protocol_to_ofp_version(
        ofconn_get_protocol(connection->ofconn));
}

static void
connection_send(const struct connection *connection, struct ofpbuf *msg)
{
    ofconn_send_async(connection->ofconn, msg, connection->counter);
}

static void
connection_pause(struct connection *connection)
    OVS_REQUIRES(mutex)
{
    struct subscription *s;
    uint32_t n_bytes = rconn_packet_counter_n_bytes(connection->counter);

    COVERAGE_INC(trumpet_openflow_pause);
    VLOG_INFO("%s<->%s: paused, the controller does not read its reports",
              connection->bridge, ofconn_get_target(connection->ofconn));
    connection_send(connection,
                    wire_paused_encode(n_bytes,
                                       connection_version(connection)));
    connection->paused = true;
    connection->n_bytes = 0;
    LIST_FOR_EACH (s, node, &connection->subscriptions) {
        subscription_discard(s);
    }
}

static void
connection_resume(struct connection *connection)
    OVS_REQUIRES(mutex)
{
    struct wire_resumed *resumed = xcalloc(connection->n_subscriptions,
                                           sizeof *resumed);
    uint64_t n_lost = 0;
    struct subscription *s;
    size_t n = 0;

    LIST_FOR_EACH (s, node, &connection->subscriptions) {
        resumed[n++] = (struct wire_resumed) { s->id, s->n_lost };
        n_lost += s->n_lost;
    }
    COVERAGE_INC(trumpet_openflow_resume);
    VLOG_INFO("%s<->%s: resumed, %"PRIu64" reports were not delivered",
              connection->bridge, ofconn_get_target(connection->ofconn),
              n_lost);
    connection_send(connection,
                    wire_resumed_encode(resumed, n,
                                        connection_version(connection)));
    connection->paused = false;
    free(resumed);
}

/* Sends the batches of 's' until the controller has too much to read. */
static bool
subscription_send(struct connection *connection, struct subscription *s)
    OVS_REQUIRES(mutex)
{
    struct batch *batch;

    while (!ovs_list_is_empty(&s->batches)) {
        if (rconn_packet_counter_n_bytes(connection->counter)
            > OF_CONNECTION_MAX_BYTES) {
            return false;
        }
        batch = CONTAINER_OF(ovs_list_pop_front(&s->batches), struct batch,
                             node);
        connection_send(connection,
                        wire_reports_encode(&batch->header,
                                            batch->records.data,
                                            batch->records.size,
                                            connection_version(connection)));
        s->delivered += batch->header.n_reports;
        connection->n_bytes -= batch->records.size;
        batch_destroy(batch);
    }
    return true;
}

static void
connection_run(struct connection *connection)
    OVS_REQUIRES(mutex)
{
    struct subscription *s;

    if (connection->paused
        && !rconn_packet_counter_n_packets(connection->counter)) {
        connection_resume(connection);
    }
    if (connection->paused) {
        return;
    }
    LIST_FOR_EACH (s, node, &connection->subscriptions) {
        if (!subscription_send(connection, s)) {
            connection_pause(connection);
            return;
        }
    }
}

void
of_connections_run(void)
{
    struct connection *connection;

    if (!seq) {
        return;
    }
    seq_seen = seq_read(seq);
    ovs_mutex_lock(&mutex);
    HMAP_FOR_EACH (connection, node, &connections) {
        connection_run(connection);
    }
    ovs_mutex_unlock(&mutex);
}

void
of_connections_wait(void)
{
    struct connection *connection;

    if (!seq) {
        return;
    }
    seq_wait(seq, seq_seen);
    ovs_mutex_lock(&mutex);
    HMAP_FOR_EACH (connection, node, &connections) {
        if (connection->paused) {
            poll_timer_wait(RESUME_INTERVAL_MS);
        }
    }
    ovs_mutex_unlock(&mutex);
}

/* Status. */

void
of_connection_put_status(const struct ofconn *ofconn, struct ovs_list *replies)
{
    const struct connection *connection;
    const struct subscription *s;

    ovs_mutex_lock(&mutex);
    connection = connection_find(ofconn);
    if (connection) {
        LIST_FOR_EACH (s, node, &connection->subscriptions) {
            struct wire_status status = { .type = TRST_SUBSCRIPTION };

            wire_status_add(&status, s->id);
            wire_status_add(&status, s->matched);
            wire_status_add(&status, s->delivered);
            wire_status_add(&status, s->lost);
            wire_status_put(replies, &status);
        }
    }
    ovs_mutex_unlock(&mutex);
}

void
of_connections_get_status(struct of_connections_status *status)
{
    const struct connection *connection;
    const struct subscription *s;

    ovs_mutex_lock(&mutex);
    *status = (struct of_connections_status) {
        .connections = hmap_count(&connections),
        .delivered = gone_delivered,
        .lost = gone_lost,
    };
    HMAP_FOR_EACH (connection, node, &connections) {
        status->paused += connection->paused;
        status->subscriptions += connection->n_subscriptions;
        LIST_FOR_EACH (s, node, &connection->subscriptions) {
            status->delivered += s->delivered;
            status->lost += s->lost;
        }
    }
    ovs_mutex_unlock(&mutex);
}
