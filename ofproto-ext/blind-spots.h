/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_BLIND_SPOTS_H
#define OFPROTO_EXT_BLIND_SPOTS_H 1

/* What the monitor cannot see: packets that a NIC dropped before they came to
 * the datapath, packets that hardware forwards by itself, and single packets
 * where a NIC or a guest handed over several as one.
 *
 * Thread-safety: main thread only. */

struct ds;

void blind_spots_format(struct ds *);

#endif /* ofproto-ext/blind-spots.h */
