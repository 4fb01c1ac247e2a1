/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_DEVICE_COUNTERS_H
#define OFPROTO_EXT_DEVICE_COUNTERS_H 1

#include <stdbool.h>

struct netdev;
struct port_reading;

/* The counters of a port as Open vSwitch itself reads them: for ports of
 * DPDK, whose mutex it takes for it.
 *
 * Thread-safety: any thread but a packet thread. */

/* Adds to 'reading' what 'netdev' counts.  Returns false if it cannot be read
 * now, as a vhost port without a guest. */
bool device_counters_read(const struct netdev *netdev,
                          struct port_reading *reading);

#endif /* ofproto-ext/device-counters.h */
