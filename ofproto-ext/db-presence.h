/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_DB_PRESENCE_H
#define OFPROTO_EXT_DB_PRESENCE_H 1

#include <stdbool.h>

/* Whether a server has a database.
 *
 * An IDL of a database that is not there reconnects again and again in order
 * to find it.  This connection asks once, is told when the server's databases
 * change, and is silent otherwise.
 *
 * Thread-safety: a presence belongs to one thread. */
struct db_presence;

/* Asks the server at 'remote', as for ovsdb_idl_create(), for 'database'. */
struct db_presence *db_presence_create(const char *remote,
                                       const char *database);

enum db_presence_state {
    DB_UNKNOWN,                 /* The server has not answered yet. */
    DB_ABSENT,
    DB_PRESENT,
};

/* Returns what the server said last; while it cannot be reached that stays as
 * it is.  Never blocks. */
enum db_presence_state db_presence_run(struct db_presence *);
void db_presence_wait(struct db_presence *);

#endif /* ofproto-ext/db-presence.h */
