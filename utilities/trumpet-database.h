/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TRUMPET_DATABASE_H
#define TRUMPET_DATABASE_H 1

#include "openvswitch/compiler.h"

/* How programs find the database of persistent triggers. */

struct ovsdb_idl;

/* Returns the server of this machine's Open vSwitch, in the form that --db
 * takes. */
const char *trumpet_database_default(void);

/* Exits with an error that says why 'idl', which is connected to 'remote' and
 * is not alive any more, is not: most often, because there is no such database
 * yet. */
OVS_NO_RETURN void trumpet_database_fail(const struct ovsdb_idl *idl,
                                         const char *remote);

#endif /* trumpet-database.h */
