/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_OF_CONNECTION_H
#define OFPROTO_EXT_OF_CONNECTION_H 1

#include <stdint.h>

#include "openvswitch/ofp-errors.h"
#include "wire/request.h"

/* OpenFlow connections that subscribed to reports.
 *
 * A subscription gets the reports of triggers on the connection's bridge.
 * The reporter's thread matches reports with subscriptions and encodes them;
 * the main thread, which owns connections, sends them, as soon as it is
 * woken.
 *
 * A subscription numbers the reports that are for it, so it is known exactly
 * what did not get through, which happens in three ways: the subscription's
 * rate limit; more reports than OF_CONNECTION_MAX_BYTES wait for the main
 * thread; or as many wait for the controller to read them.  In the last case
 * the connection is paused: it is sent TRT_PAUSED and no reports until the
 * controller has read everything, then TRT_RESUMED with what was lost.  So
 * the memory for each connection is bounded, as is their number, and whatever
 * one of them does, the others do not notice.
 *
 * Thread-safety: main thread only. */
struct ofconn;
struct ovs_list;
struct reporter;

#define OF_CONNECTION_MAX_BYTES (4 * 1024 * 1024)

/* Connections that have subscribed. */
#define OF_CONNECTIONS_MAX 64

/* Subscriptions of one connection. */
#define OF_CONNECTION_MAX_SUBSCRIPTIONS 64

/* Reports come from 'reporter' from now on. */
void of_connections_set_reporter(struct reporter *);

enum ofperr of_connection_subscribe(struct ofconn *,
                                    const struct wire_subscribe *);
enum ofperr of_connection_unsubscribe(struct ofconn *, uint32_t id);

/* Forgets 'ofconn'. */
void of_connection_disconnect(const struct ofconn *);

/* Sends what waits; to be called in each iteration of the main loop. */
void of_connections_run(void);
void of_connections_wait(void);

/* Appends a TRST_SUBSCRIPTION for each subscription of 'ofconn'. */
void of_connection_put_status(const struct ofconn *, struct ovs_list *replies);

struct of_connections_status {
    uint64_t connections, paused, subscriptions;
    uint64_t delivered, lost;   /* Reports, over all subscriptions ever. */
};
void of_connections_get_status(struct of_connections_status *);

#endif /* ofproto-ext/of-connection.h */
