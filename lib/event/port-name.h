/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_PORT_NAME_H
#define EVENT_PORT_NAME_H 1

#include <stddef.h>
#include <stdint.h>

/* Interface names as small numbers.
 *
 * Datapath port numbers are given out anew when ports come and go, names are
 * what a user means.  A trigger may name an interface that does not exist yet,
 * and a flow's key stays true after its port is gone.
 *
 * Names of interfaces that exist are kept for as long as the process lives,
 * since packets of theirs may be anywhere: about 100 bytes for each that there
 * ever was.  Names that others write down, of which there is no end, are kept
 * for as long as they are referred to.
 *
 * Thread-safety: any thread. */

/* Returns the number of 'name', never 0, which is kept from now on. */
uint32_t port_name_intern(const char *name);

/* Returns the number of 'name', never 0, with a reference that must be given
 * back by port_name_unref(). */
uint32_t port_name_ref(const char *name);
void port_name_unref(uint32_t id);

/* Returns the number of 'name' if it has one already, otherwise 0. */
uint32_t port_name_find(const char *name);

/* Returns the name of 'id', "" for 0 or a number that nothing has.  It lives
 * as long as the number is kept or referred to. */
const char *port_name_get(uint32_t id);

/* Returns how many names have a number. */
size_t port_name_count(void);

#endif /* event/port-name.h */
