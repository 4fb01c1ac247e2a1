/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_SOCKET_DROPS_H
#define OFPROTO_EXT_SOCKET_DROPS_H 1

#include <stdint.h>

/* What the kernel dropped because a packet socket of this process was full:
 * packets that an interface received, and that Open vSwitch did not read in
 * time.  No counter of the interface has them.
 *
 * Usage
 * =====
 *
 *     struct socket_drops *sd = socket_drops_create();
 *     socket_drops_lookup(sd);                 when sockets may be others
 *     socket_drops_read(sd, add_drops, aux);
 *     socket_drops_destroy(sd);
 *
 * Thread-safety: one thread at a time. */
struct socket_drops;

struct socket_drops *socket_drops_create(void);
void socket_drops_destroy(struct socket_drops *);

/* Looks up which sockets this process has. */
void socket_drops_lookup(struct socket_drops *);

/* Calls 'cb' for each packet socket of this process, with the interface that
 * it is bound to.  Without the kernel's help, does nothing. */
typedef void socket_drops_cb(int ifindex, uint32_t drops, void *aux);
void socket_drops_read(struct socket_drops *, socket_drops_cb *, void *aux);

#endif /* ofproto-ext/socket-drops.h */
