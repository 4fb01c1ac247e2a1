/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef WIRE_ANSWER_H
#define WIRE_ANSWER_H 1

#include <stdint.h>

#include "openvswitch/list.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-protocol.h"
#include "openvswitch/ofpbuf.h"
#include "wire/trumpet-ext.h"

/* What the switch answers about triggers and about itself.
 *
 * Each put function appends one record to 'replies', a list that
 * ofpmp_init() made: as many messages as it takes.  Each pull function takes
 * one record off the beginning of 'b'; texts belong to the caller then.
 *
 * Thread-safety: functions of their arguments. */
struct ofp_header;

/* TRST_TRIGGERS. */
struct wire_trigger {
    char *name, *owner, *spec;  /* 'owner' may be null: the operator. */
    uint32_t flags;             /* TRTF_*. */
    uint32_t history;
    uint64_t cookie;
    uint64_t packets, keys, fired, suppressed, last_fired_us;
};

void wire_trigger_uninit(struct wire_trigger *);
void wire_trigger_put(struct ovs_list *replies, const struct wire_trigger *);
enum ofperr wire_trigger_pull(struct ofpbuf *b, struct wire_trigger *);

/* TRST_STATUS.  Counters by type:
 *
 *     STATUS_COUNTER(TYPE, "name", "what it counts") */
#define STATUS_COUNTERS                                                 \
    STATUS_COUNTER(MONITOR, enabled, "1 if packets are observed")       \
    STATUS_COUNTER(MONITOR, epoch_us, "length of an epoch")             \
    STATUS_COUNTER(MONITOR, max_flows, "flow entries per thread")       \
    STATUS_COUNTER(MONITOR, triggers, "triggers of the switch")         \
    STATUS_COUNTER(MONITOR, patterns, "distinct filter masks")          \
    STATUS_COUNTER(MONITOR, keys, "keys of all triggers")               \
    STATUS_COUNTER(MONITOR, sweeps, "epochs swept")                     \
    STATUS_COUNTER(MONITOR, overruns, "epochs that lost data")          \
    STATUS_COUNTER(MONITOR, reports, "reports made")                    \
    STATUS_COUNTER(MONITOR, dropped, "of those, lost in the switch")    \
    STATUS_COUNTER(MONITOR, memory_bytes, "memory of the monitor")      \
    STATUS_COUNTER(THREAD, received, "headers presented")               \
    STATUS_COUNTER(THREAD, counted, "matched a trigger")                \
    STATUS_COUNTER(THREAD, unmatched, "matched none")                   \
    STATUS_COUNTER(THREAD, not_observed, "found no room; see CAUSE")    \
    STATUS_COUNTER(THREAD, dropped_invalid, "shorter than Ethernet")    \
    STATUS_COUNTER(THREAD, flows, "flow entries in use")                \
    STATUS_COUNTER(THREAD, capacity, "flow entries")                    \
    STATUS_COUNTER(OWNER, triggers, "triggers")                         \
    STATUS_COUNTER(OWNER, patterns, "distinct filter masks")            \
    STATUS_COUNTER(OWNER, suppressed, "reports beyond the quota")       \
    STATUS_COUNTER(SUBSCRIPTION, id, "the controller's number")         \
    STATUS_COUNTER(SUBSCRIPTION, matched, "reports for it")             \
    STATUS_COUNTER(SUBSCRIPTION, delivered, "of those, sent")           \
    STATUS_COUNTER(SUBSCRIPTION, lost, "of those, not sent")

/* Indices of counters, STATUS_THREAD_received, and their numbers. */
#define STATUS_MAX_COUNTERS 16

struct wire_status {
    enum tr_status_type type;
    char *name;                 /* Thread or owner; null: has none. */
    size_t n;
    uint64_t counters[STATUS_MAX_COUNTERS];

    /* Of a thread: packets not observed, by cause. */
    size_t n_causes;
    struct wire_cause {
        const char *name;       /* Of a record that was pulled: owned. */
        uint64_t n;
    } causes[32];
};

/* The name of counter 'i' of 'type', null if this version does not know
 * it. */
const char *wire_status_counter_name(enum tr_status_type type, size_t i);

/* Appends a counter.  They are given in the order of STATUS_COUNTERS. */
static inline void
wire_status_add(struct wire_status *status, uint64_t x)
{
    status->counters[status->n++] = x;
}

void wire_status_uninit(struct wire_status *);
void wire_status_put(struct ovs_list *replies, const struct wire_status *);
enum ofperr wire_status_pull(struct ofpbuf *b, struct wire_status *);

/* TRST_CHECK. */
struct wire_check_reply {
    bool accepted;
    uint32_t n_measures, flow_bytes, key_bytes;
    uint64_t interval_us;
    char *spec, *cost, *error;  /* May be null. */
};

void wire_check_reply_uninit(struct wire_check_reply *);
struct ofpbuf *wire_check_reply_encode(const struct wire_check_reply *,
                                       const struct ofp_header *request);
enum ofperr wire_check_reply_decode(struct wire_check_reply *,
                                    const struct ofp_header *);

#endif /* wire/answer.h */
