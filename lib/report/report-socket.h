/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef REPORT_REPORT_SOCKET_H
#define REPORT_REPORT_SOCKET_H 1

#include <sys/types.h>

#include "openvswitch/compiler.h"

/* The unix socket at which watchers come in.
 *
 * Reports show who talks to whom, so at no time may others than the user of
 * the switch (mode 0600) or, if one is named, a group (0660) connect.
 *
 * Thread-safety: functions of their arguments. */
struct pstream;

/* Listens at 'path'; a file that an earlier process left there is replaced.
 * 'group' may be null.  Returns 0 or an errno value; a group that cannot be
 * set is logged and no error. */
int report_socket_open(const char *path, const char *group, struct pstream **)
    OVS_WARN_UNUSED_RESULT;

/* Gives the socket at 'path' to 'group', to none if null.  Returns 0 or an
 * errno value; then only the user may connect. */
int report_socket_set_group(const char *path, const char *group);

/* Stores the number of group 'name'.  Returns 0 or an errno value, ENOENT if
 * there is no such group. */
int report_group_lookup(const char *name, gid_t *);

#endif /* report/report-socket.h */
