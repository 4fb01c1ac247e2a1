/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_DB_SINKS_H
#define OFPROTO_EXT_DB_SINKS_H 1

#include <stdbool.h>

/* The rows of table Sink, as outlets of the reporter (report/outlet.h).
 *
 * There are few, so all is done at once.  A row that changed gets another
 * outlet.
 *
 * Thread-safety: main thread only. */

struct ovsdb_idl;

/* Makes 'idl' follow the table. */
void db_sinks_add_columns(struct ovsdb_idl *idl);

/* Notes what changed in 'idl'.  Null: there are no rows any more. */
void db_sinks_read(const struct ovsdb_idl *idl);

/* Opens outlets once there is a reporter. */
void db_sinks_run(void);

/* True if it is time to write how they are. */
bool db_sinks_want_write(void);

/* Adds that to the open transaction on 'idl'. */
void db_sinks_write(const struct ovsdb_idl *idl);
void db_sinks_wait_write(void);

#endif /* ofproto-ext/db-sinks.h */
