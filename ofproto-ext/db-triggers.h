/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_DB_TRIGGERS_H
#define OFPROTO_EXT_DB_TRIGGERS_H 1

#include <stdbool.h>
#include <stdint.h>

/* The rows of table Trigger, as triggers.
 *
 * db_triggers_read() only compares the rows with what it knows of them, and
 * notes what is to be done.  db_triggers_run() does it: first it removes what
 * is gone, disabled or renamed, so that names may be exchanged, then it parses
 * and adds, as much as fits into a slice of time.  All this is staged; the
 * switch's monitor puts it in force when there is no more to come.  A row that
 * is wrong affects no other.
 *
 * db_triggers_write() tells rows how they are: status and error soon after
 * they changed, statistics now and then.
 *
 * Thread-safety: main thread only. */

struct ovsdb_idl;

/* How long the main thread may be kept at a time.  In each round of its loop
 * it takes 32 packets from each port that no PMD thread polls. */
#define DB_TRIGGERS_SLICE_US 1000

/* Makes 'idl' follow the table. */
void db_triggers_add_columns(struct ovsdb_idl *idl);

/* Notes what changed in 'idl'; null: there are no rows any more.  Reads on for
 * 'slice_us' and returns true if that was all; otherwise it is to be called
 * again, before 'idl' is run, or with 'anew'. */
bool db_triggers_read(const struct ovsdb_idl *idl, bool anew,
                      uint64_t slice_us);

/* Works for 'slice_us', and less if there is less to do. */
void db_triggers_run(uint64_t slice_us);
void db_triggers_wait(void);

/* True if all that was read is in force. */
bool db_triggers_are_done(void);

/* True if there is something to write now. */
bool db_triggers_want_write(void);

/* Adds it to the open transaction on 'idl'.  The caller commits that, without
 * another one in between, and then tells whether it was successful. */
void db_triggers_write(const struct ovsdb_idl *idl);
void db_triggers_written(bool success);
void db_triggers_wait_write(void);

#endif /* ofproto-ext/db-triggers.h */
