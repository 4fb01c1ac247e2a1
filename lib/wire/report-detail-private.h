/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef WIRE_REPORT_DETAIL_PRIVATE_H
#define WIRE_REPORT_DETAIL_PRIVATE_H 1

#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofpbuf.h"
#include "wire/property.h"

/* What properties of a report's details hold: read in report-detail.c, to be
 * checked there and written in words in report-detail-format.c.
 *
 * Thread-safety: functions of their arguments. */

/* Stores the flags (TRTB_*) of TRPT_TOP_BY, and by what flows are ranked,
 * which the caller must free. */
enum ofperr report_detail_get_top_by(const struct property *, uint32_t *flags,
                                     char **by);

/* Stores the value of TRPT_FLOW, and the properties of the flow's key, which
 * were not checked, in 'key'. */
enum ofperr report_detail_get_flow(const struct property *, double *value,
                                   struct ofpbuf *key);

/* TRPT_PORT: the counters that moved, and their values; those of a later
 * version too. */
struct wire_port {
    uint32_t moved;
    const uint8_t *values;      /* 64 bits each, unaligned. */
    char *name;                 /* The caller must free it. */
};

enum ofperr report_detail_get_port(const struct property *,
                                   struct wire_port *);

#endif /* wire/report-detail-private.h */
