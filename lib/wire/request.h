/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef WIRE_REQUEST_H
#define WIRE_REQUEST_H 1

#include <stdbool.h>
#include <stdint.h>

#include "event/flow-fields.h"
#include "event/granularity.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofpbuf.h"
#include "svec.h"
#include "wire/trumpet-ext.h"

/* Requests of a controller: encoded by clients, decoded by the switch.
 *
 * A decoder is given a message whose header says what it is; it takes
 * nothing on trust behind that.  On success the caller must uninit the
 * result; on failure there is nothing to uninit.
 *
 * Thread-safety: functions of their arguments. */

#define WIRE_NAME_MAX 64
#define WIRE_SPEC_MAX 4096

/* Triggers that one subscription or list request may name. */
#define WIRE_NAMES_MAX 512

struct ofp_header;
struct tun_table;

/* TRT_TRIGGER_MOD, and with 'spec' and 'match' only, TRST_CHECK. */
struct wire_trigger_mod {
    enum tr_trigger_command command;
    uint64_t cookie;
    char *name;                 /* Null: all, for TRTC_DELETE. */
    char *spec;                 /* Null for TRTC_DELETE. */
    bool has_match;
    struct match match;
    uint32_t history;
};

void wire_trigger_mod_uninit(struct wire_trigger_mod *);
struct ofpbuf *wire_trigger_mod_encode(const struct wire_trigger_mod *,
                                       enum ofp_version);
enum ofperr wire_trigger_mod_decode(struct wire_trigger_mod *,
                                    const struct ofp_header *,
                                    const struct tun_table *);

/* Encodes only 'spec' and 'match'. */
struct ofpbuf *wire_check_encode(const struct wire_trigger_mod *,
                                 enum ofp_version);
enum ofperr wire_check_decode(struct wire_trigger_mod *,
                              const struct ofp_header *,
                              const struct tun_table *);

/* TRT_SUBSCRIBE. */
struct wire_subscribe {
    uint32_t id;
    uint32_t fields;            /* TRRF_*. */
    uint32_t rate, burst;
    struct svec names;          /* Sorted, unique; empty: all. */
};

void wire_subscribe_uninit(struct wire_subscribe *);
struct ofpbuf *wire_subscribe_encode(const struct wire_subscribe *,
                                     enum ofp_version);
enum ofperr wire_subscribe_decode(struct wire_subscribe *,
                                  const struct ofp_header *);

/* TRT_UNSUBSCRIBE. */
struct ofpbuf *wire_unsubscribe_encode(uint32_t id, enum ofp_version);
enum ofperr wire_unsubscribe_decode(uint32_t *id, const struct ofp_header *);

/* TRST_TRIGGERS. */
struct ofpbuf *wire_triggers_encode(const struct svec *names,
                                    enum ofp_version);
enum ofperr wire_triggers_decode(struct svec *names,
                                 const struct ofp_header *);

/* TRST_STATUS. */
struct ofpbuf *wire_status_encode(uint32_t which, enum ofp_version);
enum ofperr wire_status_decode(uint32_t *which, const struct ofp_header *);

/* TRST_QUERY. */
struct wire_query {
    uint64_t time_us;
    char *name;
    uint32_t has;               /* 1 << GRANULARITY_* of each field of... */
    struct flow_fields key;     /* ...the key; 0: all keys. */
    bool unknown_port;          /* Its in_port is no interface's name. */
};

void wire_query_uninit(struct wire_query *);
struct ofpbuf *wire_query_encode(const struct wire_query *, enum ofp_version);
enum ofperr wire_query_decode(struct wire_query *, const struct ofp_header *);

/* Stores in '*key' what a key of 'granularity' is, if 'query' has all of its
 * fields and no others; false otherwise. */
bool wire_query_key(const struct wire_query *, const struct granularity *,
                    struct flow_fields *key);

#endif /* wire/request.h */
