/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_WIRE_UNIT_H
#define TESTS_WIRE_UNIT_H 1

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/list.h"
#include "openvswitch/ofpbuf.h"
#include "report/report.h"

/* Messages for unit suites: one of each kind, with all that it may have.
 * Callers own what is returned. */

struct wire_message {
    struct ofpbuf *(*make)(void);
    const char *text;           /* What ovs-ofctl prints; null: see
                                 * elsewhere. */
};

extern const struct wire_message wire_messages[];
extern const size_t n_wire_messages;

/* Some of them by name. */
struct ofpbuf *unit_trigger_mod(void);
struct ofpbuf *unit_subscribe(void);
struct ofpbuf *unit_reports(void);
struct ofpbuf *unit_triggers(void);
struct ofpbuf *unit_query(void);

/* Appends records to a reply to unit_triggers(). */
void unit_put_triggers(struct ovs_list *replies);

/* Appends reports of all granularities, in an arbitrary order. */
void unit_put_reports(struct ofpbuf *records);

/* A report with all that one may have; cleared, or held back before. */
struct report *unit_detailed_report(bool cleared);

#endif /* tests/wire-unit.h */
