/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_FILTER_VALUE_H
#define EVENT_FILTER_VALUE_H 1

#include "event/filter.h"
#include "openvswitch/compiler.h"

struct mf_field;
struct ofputil_port_map;

/* The fields of a flow's key, as a filter names them. */
enum filter_slot {
    FILTER_SLOT_IN_PORT,
    FILTER_SLOT_TUN_ID,
    FILTER_SLOT_DL_VLAN,
    FILTER_SLOT_DL_TYPE,
    FILTER_SLOT_NW_SRC,
    FILTER_SLOT_NW_DST,
    FILTER_SLOT_IPV6_SRC,
    FILTER_SLOT_IPV6_DST,
    FILTER_SLOT_NW_PROTO,
    FILTER_SLOT_TP_SRC,
    FILTER_SLOT_TP_DST,
    N_FILTER_SLOTS
};

/* Parses 's', "value" or "value/mask" or "*", as what follows "mf=", and
 * stores it in the filter's 'slot'.  'ports' may be null.  Returns null or an
 * error, which the caller must free.
 *
 * Thread-safety: any thread. */
char *filter_value_parse(struct filter *, enum filter_slot,
                         const struct mf_field *mf, const char *s,
                         const struct ofputil_port_map *ports)
    OVS_WARN_UNUSED_RESULT;

#endif /* event/filter-value.h */
