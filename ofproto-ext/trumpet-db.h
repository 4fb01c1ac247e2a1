/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_TRUMPET_DB_H
#define OFPROTO_EXT_TRUMPET_DB_H 1

/* The database of persistent triggers, as ovs-vswitchd sees it.
 *
 * It has a schema of its own (lib/db/trumpet.ovsschema) and is served by the
 * ovsdb-server that has the Open vSwitch database.  Most switches have none:
 * so the server is asked for its list of databases, which it then tells the
 * changes of, and only while Trumpet is among them there is a second
 * connection.  Nothing here ever waits for the server but the first
 * trumpet_db_set_config(), which makes triggers be there before the first
 * packet, and waits for TRUMPET_DB_START_MS at most.
 *
 * While the server cannot be reached, all stays as it is.
 *
 * Thread-safety: main thread only. */

struct smap;

/* For how long the first packets may have to wait for the triggers. */
#define TRUMPET_DB_START_MS 1000

/* To be called with 'other_config' of the Open_vSwitch table when the
 * datapath's other callbacks were; sets all that depends on it.  'remote' is
 * the server. */
void trumpet_db_set_config(const char *remote,
                           const struct smap *other_config);

void trumpet_db_run(void);
void trumpet_db_wait(void);

#endif /* ofproto-ext/trumpet-db.h */
