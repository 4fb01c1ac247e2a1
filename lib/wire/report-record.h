/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef WIRE_REPORT_RECORD_H
#define WIRE_REPORT_RECORD_H 1

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-protocol.h"
#include "openvswitch/ofpbuf.h"
#include "report/report.h"
#include "wire/key-field.h"
#include "wire/trumpet-ext.h"

/* Reports on the wire: in TRT_REPORTS, and in answers to TRST_QUERY; and what
 * else a subscriber is told.
 *
 * Thread-safety: functions of their arguments. */
struct ofp_header;

/* The largest message, and what a record may have there at most. */
#define WIRE_MESSAGE_MAX 65535
#define WIRE_REPORT_MAX 60000

/* Appends 'report' with those of its 'fields' (TRRF_*).  If it would be
 * larger than WIRE_REPORT_MAX, values and details are left out at its
 * end. */
void wire_report_put(struct ofpbuf *, const struct report *, uint32_t fields,
                     key_field_port *);

/* A record as read.  'properties' was checked: TRPT_NAME, keys, values,
 * details. */
struct wire_report {
    uint32_t fields;
    cause_set why;
    uint64_t seq;
    uint64_t interval_start_us;
    uint64_t interval_us;
    uint64_t packets;
    uint64_t cookie;
    struct ofpbuf properties;
};

/* Takes a record off the beginning of 'b'. */
enum ofperr wire_report_pull(struct ofpbuf *b, struct wire_report *);

/* Appends the record: as one JSON object, as report_format_json() does
 * ('event' is "satisfied" or "observed", unless the record says that the event
 * is over), or in words. */
void wire_report_format_json(const struct wire_report *, const char *event,
                             const char *bridge, struct ds *);
void wire_report_format(const struct wire_report *, struct ds *);

/* TRT_REPORTS.  'records' are 'n_reports' records, 'size' bytes in all. */
struct wire_reports {
    uint32_t subscription;
    uint16_t n_reports;
    uint64_t first_seq;
    uint64_t n_lost;
    uint64_t n_dropped;
};

struct ofpbuf *wire_reports_encode(const struct wire_reports *,
                                   const void *records, size_t size,
                                   enum ofp_version);

/* Decodes the header; the records in 'records' were not checked but for their
 * number. */
enum ofperr wire_reports_decode(struct wire_reports *, struct ofpbuf *records,
                                const struct ofp_header *);

struct ofpbuf *wire_paused_encode(uint32_t n_bytes, enum ofp_version);

struct wire_resumed {
    uint32_t subscription;
    uint64_t n_lost;
};
struct ofpbuf *wire_resumed_encode(const struct wire_resumed *, size_t n,
                                   enum ofp_version);

#endif /* wire/report-record.h */
