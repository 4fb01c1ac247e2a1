/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_TRACE_FLOW_H
#define OFPROTO_EXT_TRACE_FLOW_H 1

#include "openvswitch/compiler.h"

/* Flows as people write them for ofproto/trace, as the monitor sees them.
 *
 * Two forms are understood:
 *
 *     tcp,in_port=vm1,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=80   ovs-ofctl(8)
 *     in_port(1),eth_type(0x800),ipv4(...),tcp(...)               ovs-dpctl(8)
 *
 * Thread-safety: main thread only. */

struct ds;
struct flow_fields;

/* Stores the fields of the flow 'text' in 'fields'.  'bridge' gives a meaning
 * to OpenFlow port numbers and may be null.  Returns null or an error, which
 * the caller must free. */
char *trace_flow_parse(const char *bridge, const char *text,
                       struct flow_fields *fields) OVS_WARN_UNUSED_RESULT;

/* Appends 'fields' in the form of ovs-ofctl(8). */
void trace_flow_format(const struct flow_fields *fields, struct ds *);

#endif /* ofproto-ext/trace-flow.h */
