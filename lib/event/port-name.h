/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_PORT_NAME_H
#define EVENT_PORT_NAME_H 1

#include <stdint.h>

/* Interface names as small numbers.
 *
 * Datapath port numbers are given out anew when ports come and go, names are
 * what a user means.  Each distinct name gets a number once per process, so
 * that a trigger may name an interface that does not exist yet, and a flow's
 * key stays true after its port is gone.
 *
 * Thread-safety: any thread.  A returned name lives as long as the process. */

/* Returns the number of 'name', never 0. */
uint32_t port_name_intern(const char *name);

/* Returns the number of 'name' if it has one already, otherwise 0. */
uint32_t port_name_find(const char *name);

/* Returns the name of 'id', "" for 0 or a number that was never given out. */
const char *port_name_get(uint32_t id);

#endif /* event/port-name.h */
