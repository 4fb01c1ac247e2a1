/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_TRUMPET_UNIXCTL_H
#define OFPROTO_EXT_TRUMPET_UNIXCTL_H 1

/* The trumpet/... commands of ovs-appctl(8).
 *
 * Thread-safety: main thread only. */

void trumpet_unixctl_init(void);

#endif /* ofproto-ext/trumpet-unixctl.h */
