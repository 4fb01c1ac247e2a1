/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef WIRE_TRUMPET_EXT_H
#define WIRE_TRUMPET_EXT_H 1

#include "openflow/openflow.h"
#include "openvswitch/types.h"

/* The OpenFlow extension of Trumpet, as it is on the wire.  docs/openflow.rst
 * tells what each message means and which errors answer it.
 *
 * The messages are experimenter messages of vendor TR_VENDOR_ID, in OpenFlow
 * 1.3 and later; their numbers are in ofp-msgs.h.  Each begins with one of the
 * structs below, and properties may follow it.
 *
 * Numbers are in network byte order, times in microseconds, 'pad' is 0. */

/* Properties
 * ==========
 *
 * As in OpenFlow 1.4: a 16-bit type, a 16-bit length of header and value, the
 * value, and zeros up to a multiple of 8 bytes.  Texts are UTF-8 without a
 * zero byte. */
enum tr_property_type {
    TRPT_NAME = 1,              /* Text: a trigger, a thread, a subscription's
                                 * trigger. */
    TRPT_SPEC = 2,              /* Text: a trigger in the trigger language. */
    TRPT_MATCH = 3,             /* 4 bytes pad, struct ofp_match (OXM). */
    TRPT_HISTORY = 4,           /* 32 bits: number of intervals. */
    TRPT_OWNER = 5,             /* Text. */
    TRPT_ERROR = 6,             /* Text. */
    TRPT_COST = 7,              /* Text, several lines. */
    TRPT_CAUSE = 8,             /* struct tr_property_number. */
    TRPT_VALUE = 9,             /* struct tr_property_number, an IEEE 754
                                 * double; not a number: undefined. */
    TRPT_HELD = 10,             /* 4 bytes pad, 64 bits: reports held back
                                 * before this one. */
    TRPT_LASTED = 11,           /* 4 bytes pad, 64 bits: time, of what is
                                 * over. */
    TRPT_TOP_BY = 12,           /* 32 bits: TRTB_*; text: what FLOW are ranked
                                 * by. */
    TRPT_FLOW = 13,             /* 4 bytes pad, an IEEE 754 double, and in
                                 * properties the 5-tuple (none: not IP). */
    TRPT_PORT = 14,             /* struct tr_property_port. */

    /* The fields of a key. */
    TRPT_KEY_IPV4_SRC = 16,     /* struct tr_property_ipv4. */
    TRPT_KEY_IPV4_DST = 17,
    TRPT_KEY_IPV6_SRC = 18,     /* struct tr_property_ipv6. */
    TRPT_KEY_IPV6_DST = 19,
    TRPT_KEY_IP_PROTO = 20,     /* 32 bits. */
    TRPT_KEY_TP_SRC = 21,       /* 32 bits. */
    TRPT_KEY_TP_DST = 22,       /* 32 bits. */
    TRPT_KEY_IN_PORT = 23,      /* 32 bits: OpenFlow port or OFPP_ANY; then
                                 * text: the interface. */
    TRPT_KEY_TUN_ID = 24,       /* 4 bytes pad, 64 bits. */
    TRPT_KEY_VLAN_VID = 25,     /* 32 bits. */
};

struct tr_property_number {
    ovs_be16 type;
    ovs_be16 length;
    uint8_t pad[4];
    ovs_be64 number;
    /* Followed by a text: what it is the number of. */
};
OFP_ASSERT(sizeof(struct tr_property_number) == 16);

struct tr_property_ipv4 {
    ovs_be16 type;
    ovs_be16 length;            /* 12. */
    uint8_t prefix;             /* 0 to 32. */
    uint8_t pad[3];
    ovs_be32 address;
    uint8_t pad2[4];            /* To a multiple of 8. */
};
OFP_ASSERT(sizeof(struct tr_property_ipv4) == 16);

struct tr_property_ipv6 {
    ovs_be16 type;
    ovs_be16 length;            /* 24. */
    uint8_t prefix;             /* 0 to 128. */
    uint8_t pad[3];
    uint8_t address[16];
};
OFP_ASSERT(sizeof(struct tr_property_ipv6) == 24);

enum tr_top_by {
    TRTB_INEXACT = 1 << 0,      /* There may be larger flows. */
};

struct tr_property_port {
    ovs_be16 type;
    ovs_be16 length;
    ovs_be32 port;              /* OpenFlow port or OFPP_ANY. */
    ovs_be32 moved;             /* Counters: 1 << their number. */
    uint8_t pad[4];
    /* Followed by 64 bits for each of the counters, in the order of their
     * numbers, and by a text: the interface. */
};
OFP_ASSERT(sizeof(struct tr_property_port) == 16);

/* Triggers
 * ======== */

enum tr_trigger_command {
    TRTC_ADD = 0,
    TRTC_MODIFY = 1,
    TRTC_DELETE = 2,            /* Without a name: all that are one's own. */
};

/* TRT_TRIGGER_MOD.  Properties: NAME, SPEC, MATCH, HISTORY. */
struct tr_trigger_mod {
    ovs_be16 command;           /* TRTC_*. */
    uint8_t pad[6];
    ovs_be64 cookie;            /* Comes back in reports. */
};
OFP_ASSERT(sizeof(struct tr_trigger_mod) == 16);

/* TRST_TRIGGERS request: properties NAME, of triggers to list (none: all).
 * The reply is any number of these. */
struct tr_trigger_desc {
    ovs_be16 length;            /* With properties: NAME, OWNER, SPEC,
                                 * HISTORY. */
    ovs_be16 flags;             /* TRTF_*. */
    uint8_t pad[4];
    ovs_be64 cookie;
    ovs_be64 packets;           /* Matched. */
    ovs_be64 keys;              /* In the last interval. */
    ovs_be64 fired;
    ovs_be64 suppressed;        /* Of those, reports beyond the quota. */
    ovs_be64 last_fired_us;     /* Start of the interval, 0: never. */
};
OFP_ASSERT(sizeof(struct tr_trigger_desc) == 56);

enum tr_trigger_flags {
    TRTF_OWN = 1 << 0,          /* This connection may change it. */
    TRTF_PENDING = 1 << 1,      /* It is not in force yet. */
};

/* TRST_CHECK request: properties SPEC, MATCH.  Reply: */
struct tr_check_reply {
    ovs_be16 accepted;          /* 1, or 0, and then TRPT_ERROR says why. */
    uint8_t pad[2];
    ovs_be32 n_measures;
    ovs_be32 flow_bytes;        /* Per flow and epoch. */
    ovs_be32 key_bytes;         /* Per key. */
    ovs_be64 interval_us;
    uint8_t pad2[8];
    /* Properties: SPEC (normal form), COST; or ERROR. */
};
OFP_ASSERT(sizeof(struct tr_check_reply) == 32);

/* Reports
 * ======= */

/* TRT_SUBSCRIBE.  Properties: NAME, of triggers (none: all of the bridge). */
struct tr_subscribe {
    ovs_be32 id;                /* Chosen by the controller. */
    ovs_be32 fields;            /* TRRF_*. */
    ovs_be32 rate;              /* Reports per second; 0: no limit. */
    ovs_be32 burst;             /* Reports at once; 0: as 'rate'. */
    uint8_t pad[8];
};
OFP_ASSERT(sizeof(struct tr_subscribe) == 24);

enum tr_report_fields {
    TRRF_NAME = 1 << 0,         /* TRPT_NAME. */
    TRRF_KEY = 1 << 1,          /* TRPT_KEY_*. */
    TRRF_VALUES = 1 << 2,       /* TRPT_VALUE. */
    TRRF_TOP = 1 << 3,          /* TRPT_TOP_BY, TRPT_FLOW. */
    TRRF_PORTS = 1 << 4,        /* TRPT_PORT. */
    TRRF_RUN = 1 << 5,          /* TRPT_HELD, TRPT_LASTED. */
    TRRF_ALL = (1 << 6) - 1,

    /* Of a record only. */
    TRRF_CLEARED = 1 << 15      /* The event is over ("report rising"). */
};

/* TRT_UNSUBSCRIBE. */
struct tr_unsubscribe {
    ovs_be32 id;                /* TR_ALL_SUBSCRIPTIONS for all. */
    uint8_t pad[4];
};
OFP_ASSERT(sizeof(struct tr_unsubscribe) == 8);

#define TR_ALL_SUBSCRIPTIONS UINT32_MAX

/* TRT_REPORTS. */
struct tr_reports {
    ovs_be32 subscription;
    ovs_be16 n_reports;         /* struct tr_report that follow. */
    uint8_t pad[2];
    ovs_be64 first_seq;         /* Of the first, counted from 1 over all
                                 * reports for the subscription, also those
                                 * that are lost. */
    ovs_be64 n_lost;            /* Since the last message: not delivered. */
    ovs_be64 n_dropped;         /* Since the last message: reports of the
                                 * switch, for whichever subscription, for
                                 * which it had no room. */
};
OFP_ASSERT(sizeof(struct tr_reports) == 32);

struct tr_report {
    ovs_be16 length;            /* With properties. */
    ovs_be16 flags;             /* TRRF_*: which properties were asked for,
                                 * and whether it is about the event's end. */
    ovs_be32 why;               /* 0: complete; bits as docs/openflow.rst. */
    ovs_be64 seq;               /* Counts reports of the switch; 0 in an
                                 * answer to a query. */
    ovs_be64 interval_start_us; /* Unix time. */
    ovs_be64 interval_us;
    ovs_be64 packets;
    ovs_be64 cookie;
};
OFP_ASSERT(sizeof(struct tr_report) == 48);

/* TRT_PAUSED. */
struct tr_paused {
    ovs_be32 n_bytes;           /* That the controller has not read. */
    uint8_t pad[4];
};
OFP_ASSERT(sizeof(struct tr_paused) == 8);

/* TRT_RESUMED: one for each subscription. */
struct tr_resumed {
    ovs_be32 subscription;
    uint8_t pad[4];
    ovs_be64 n_lost;            /* Since TRT_PAUSED.  The next TRT_REPORTS has
                                 * them, too. */
};
OFP_ASSERT(sizeof(struct tr_resumed) == 16);

/* TRST_QUERY request: NAME, and the fields of a key (none: all keys).  The
 * reply is any number of struct tr_report. */
struct tr_query {
    ovs_be64 time_us;           /* In the interval; 0: the last one. */
};
OFP_ASSERT(sizeof(struct tr_query) == 8);

/* Status
 * ====== */

/* TRST_STATUS request. */
struct tr_status_request {
    ovs_be32 which;             /* 1 << TRST_*; 0: all. */
    uint8_t pad[4];
};
OFP_ASSERT(sizeof(struct tr_status_request) == 8);

enum tr_status_type {
    TRST_MONITOR = 0,
    TRST_THREAD = 1,            /* Properties: NAME, CAUSE. */
    TRST_OWNER = 2,             /* Properties: OWNER. */
    TRST_SUBSCRIPTION = 3,
    N_TRST
};

/* The reply is any number of these.  There may be more counters in later
 * versions, always behind the others. */
struct tr_status {
    ovs_be16 length;            /* With counters and properties. */
    ovs_be16 type;              /* TRST_*. */
    ovs_be16 n_counters;        /* 64 bits each. */
    uint8_t pad[2];
};
OFP_ASSERT(sizeof(struct tr_status) == 8);

#endif /* wire/trumpet-ext.h */
