/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef WIRE_REPORT_DETAIL_H
#define WIRE_REPORT_DETAIL_H 1

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofpbuf.h"
#include "wire/key-field.h"
#include "wire/property.h"

/* What a report's record tells beyond key and values, if it was asked for:
 * for how long the event was held back or lasted, which counters of ports
 * moved, and which flows contributed most.  JSON is as in
 * report_format_json().
 *
 * Thread-safety: functions of their arguments. */
struct report;

/* Appends those of 'fields' (TRRF_*) that are details, to the record that
 * begins at 'start'.  What would make the record larger than 'max' is left
 * out. */
void report_details_put(struct ofpbuf *, size_t start, size_t max,
                        const struct report *, uint32_t fields,
                        key_field_port *);

/* Checks 'property'.  OFPERR_OFPBPC_BAD_TYPE if it is no detail. */
enum ofperr report_detail_check(const struct property *);

/* True if a record may have several properties of 'type'. */
bool report_detail_may_repeat(uint16_t type);

/* Appends the details among 'properties', which were checked, each with a
 * comma (JSON) or a blank before it.  'packets' are the record's. */
void report_details_format_json(const struct ofpbuf *properties,
                                uint64_t packets, struct ds *);
void report_details_format(const struct ofpbuf *properties, struct ds *);

#endif /* wire/report-detail.h */
