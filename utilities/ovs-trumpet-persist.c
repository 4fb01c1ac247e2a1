/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "ovs-trumpet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/trumpet-idl.h"
#include "event/event.h"
#include "event/trigger-file.h"
#include "event/trigger-id.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "trumpet-database.h"
#include "util.h"

/* Commands with --persist: they change rows of table Trigger, and wait for
 * what ovs-vswitchd says about them.  Rows that have an owner are left alone:
 * ovs-trumpetctl changes these. */

/* ovs-vswitchd writes every 2 s at most. */
#define WAIT_MS 5000

struct database {
    const char *remote;
    struct ovsdb_idl *idl;
    struct ovsdb_idl_txn *txn;
};

static void
database_run(struct database *db)
{
    ovsdb_idl_run(db->idl);
    if (!ovsdb_idl_is_alive(db->idl)) {
        trumpet_database_fail(db->idl, db->remote);
    }
}

static void
database_wait(struct database *db)
{
    ovsdb_idl_wait(db->idl);
    poll_block();
}

/* Connects, reads all rows, and begins a transaction. */
static void
database_begin(struct database *db, const struct ovs_cmdl_context *ctx)
{
    const struct trumpet_options *options = trumpet_options(ctx);

    db->remote = options->db ? options->db : trumpet_database_default();
    db->idl = ovsdb_idl_create(db->remote, &trumpetrec_idl_class, false,
                               false);
    ovsdb_idl_set_leader_only(db->idl, false);
    ovsdb_idl_add_column(db->idl, &trumpetrec_trigger_col_name);
    ovsdb_idl_add_column(db->idl, &trumpetrec_trigger_col_spec);
    ovsdb_idl_add_column(db->idl, &trumpetrec_trigger_col_bridge);
    ovsdb_idl_add_column(db->idl, &trumpetrec_trigger_col_owner);
    ovsdb_idl_add_column(db->idl, &trumpetrec_trigger_col_status);
    ovsdb_idl_add_column(db->idl, &trumpetrec_trigger_col_error);
    for (;;) {
        database_run(db);
        if (ovsdb_idl_has_ever_connected(db->idl)) {
            break;
        }
        database_wait(db);
    }
    db->txn = ovsdb_idl_txn_create(db->idl);
    ovsdb_idl_txn_add_comment(db->txn, "ovs-trumpet: %s", ctx->argv[0]);
}

static void
database_commit(struct database *db)
{
    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit_block(db->txn);

    if (status == TXN_TRY_AGAIN) {
        ovs_fatal(0, "%s: somebody else changed the same rows at the same "
                  "time, nothing was changed; try again", db->remote);
    } else if (status != TXN_SUCCESS && status != TXN_UNCHANGED) {
        ovs_fatal(0, "%s: nothing was changed: %s", db->remote,
                  ovsdb_idl_txn_get_error(db->txn));
    }
    ovsdb_idl_txn_destroy(db->txn);
}

static void
database_end(struct database *db)
{
    ovsdb_idl_destroy(db->idl);
}

static char *
row_id(const struct trumpetrec_trigger *row)
{
    return trigger_id_make(row->bridge, row->name);
}

/* Returns the row of the trigger called 'id' or null. */
static const struct trumpetrec_trigger *
find_row(const struct database *db, const char *id)
{
    const struct trumpetrec_trigger *row;

    TRUMPETREC_TRIGGER_FOR_EACH (row, db->idl) {
        char *other = row_id(row);
        bool equal = !strcmp(other, id);

        free(other);
        if (equal) {
            return row;
        }
    }
    return NULL;
}

static const struct trumpetrec_trigger *
find_existing_row(const struct database *db, const char *id)
{
    const struct trumpetrec_trigger *row = find_row(db, id);

    if (!row) {
        ovs_fatal(0, "there is no persistent trigger '%s'", id);
    }
    return row;
}

/* Exits with an error unless 'id' and 'spec' are valid.  The epoch of the
 * switch is not known here, it tests the interval. */
static void
check(const char *id, const char *spec)
{
    const uint64_t any_epoch_us = 1;
    struct event *event;

    if (!trigger_id_is_valid(id)) {
        ovs_fatal(0, "'%s' is not a name for a trigger: 1 to %d of A-Z a-z "
                  "0-9 _ . -, behind BRIDGE/ for one that sees one bridge "
                  "only", id, TRIGGER_NAME_MAX);
    }

    char *error = event_parse(spec, NULL, any_epoch_us, &event);

    if (error) {
        trumpet_fail(error);
    }
    event_unref(event);
}

static void
insert_row(struct database *db, const char *id, const char *spec)
{
    struct trumpetrec_trigger *row = trumpetrec_trigger_insert(db->txn);
    char bridge[TRIGGER_BRIDGE_MAX + 1];

    trigger_id_get_bridge(id, bridge);
    trumpetrec_trigger_set_name(row, trigger_id_name(id));
    trumpetrec_trigger_set_spec(row, spec);
    if (bridge[0]) {
        trumpetrec_trigger_set_bridge(row, bridge);
    }
}

/* Changes the row and erases what was said about it, so that what is said next
 * is about the change. */
static void
modify_row(const struct trumpetrec_trigger *row, const char *spec)
{
    trumpetrec_trigger_verify_spec(row);
    trumpetrec_trigger_set_spec(row, spec);
    trumpetrec_trigger_set_status(row, NULL);
    trumpetrec_trigger_set_error(row, NULL);
}

/* Waits until ovs-vswitchd has said something about the trigger called 'id'.
 * Exits with an error if it refuses it. */
static void
wait_for_switch(struct database *db, const char *id)
{
    long long int deadline = time_msec() + WAIT_MS;
    const struct trumpetrec_trigger *row;

    for (;;) {
        database_run(db);
        row = find_existing_row(db, id);
        if (row->status || time_msec() >= deadline) {
            break;
        }
        poll_timer_wait_until(deadline);
        database_wait(db);
    }
    if (!row->status) {
        fprintf(stderr, "%s: '%s' is stored, but no ovs-vswitchd has looked "
                "at it in %d s: is one running that was built with "
                "openvswitch-trumpet and has a bridge of the userspace "
                "datapath?\n", program_name, id, WAIT_MS / 1000);
    } else if (!strcmp(row->status, "error")) {
        ovs_fatal(0, "'%s' is stored, but the switch refuses it: %s",
                  id, row->error ? row->error : "(it does not say why)");
    }
}

void
trumpet_persist_add(const struct ovs_cmdl_context *ctx)
{
    const char *id = ctx->argv[1], *spec = ctx->argv[2];
    struct database db;

    check(id, spec);
    database_begin(&db, ctx);
    if (find_row(&db, id)) {
        ovs_fatal(0, "there is a persistent trigger '%s' already; modify or "
                  "delete it, or choose another name", id);
    }
    insert_row(&db, id, spec);
    database_commit(&db);
    wait_for_switch(&db, id);
    database_end(&db);
}

void
trumpet_persist_mod(const struct ovs_cmdl_context *ctx)
{
    const char *id = ctx->argv[1], *spec = ctx->argv[2];
    struct database db;

    check(id, spec);
    database_begin(&db, ctx);
    modify_row(find_existing_row(&db, id), spec);
    database_commit(&db);
    wait_for_switch(&db, id);
    database_end(&db);
}

void
trumpet_persist_del(const struct ovs_cmdl_context *ctx, const char *id)
{
    const struct trumpetrec_trigger *row;
    struct database db;

    database_begin(&db, ctx);
    if (id) {
        trumpetrec_trigger_delete(find_existing_row(&db, id));
    } else {
        TRUMPETREC_TRIGGER_FOR_EACH_SAFE (row, db.idl) {
            if (!row->owner) {
                trumpetrec_trigger_delete(row);
            }
        }
    }
    database_commit(&db);
    database_end(&db);
}

/* Deletes the rows whose triggers are not in 'wanted' (spec by id), and takes
 * those out of it that need no change. */
static void
delete_others(struct database *db, struct shash *wanted)
{
    const struct trumpetrec_trigger *row;

    TRUMPETREC_TRIGGER_FOR_EACH_SAFE (row, db->idl) {
        char *id = row_id(row);
        const char *spec = shash_find_data(wanted, id);

        if (spec) {
            if (strcmp(spec, row->spec)) {
                modify_row(row, spec);
            }
            shash_find_and_delete(wanted, id);
        } else if (!row->owner) {
            trumpetrec_trigger_delete(row);
        }
        free(id);
    }
}

void
trumpet_persist_replace(const struct ovs_cmdl_context *ctx,
                        const struct svec *args)
{
    struct shash wanted = SHASH_INITIALIZER(&wanted);
    struct shash_node *node;
    struct database db;

    for (size_t i = 0; i < args->n; i += 2) {
        if (!shash_add_once(&wanted, args->names[i], args->names[i + 1])) {
            ovs_fatal(0, "trigger '%s' is given twice", args->names[i]);
        }
    }
    database_begin(&db, ctx);
    delete_others(&db, &wanted);
    SHASH_FOR_EACH (node, &wanted) {
        insert_row(&db, node->name, node->data);
    }
    database_commit(&db);
    database_end(&db);
    shash_destroy(&wanted);
}
