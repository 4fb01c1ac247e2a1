/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "trumpet-db.h"

#include <stdbool.h>

#include "coverage.h"
#include "db-presence.h"
#include "db-sinks.h"
#include "db-triggers.h"
#include "db/trumpet-idl.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "switch-monitor.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_db);

COVERAGE_DEFINE(trumpet_db_write);
COVERAGE_DEFINE(trumpet_db_write_failed);

#define DATABASE "Trumpet"

static char *remote;

/* Whether the server has it.  Null before the first configuration. */
static struct db_presence *presence;
static enum db_presence_state present;

/* Ours.  Null while the server does not have it. */
static struct ovsdb_idl *idl;
static unsigned int idl_seqno;

/* Its content changed, or it is gone, and nobody looked yet; or somebody does,
 * while nothing may change. */
static bool unread;
static bool reading;

/* What is written to it; null if nothing is. */
static struct ovsdb_idl_txn *txn;

/* trumpet-* from the Open_vSwitch table, and what is in force. */
static struct smap vswitch_config = SMAP_INITIALIZER(&vswitch_config);
static struct smap config = SMAP_INITIALIZER(&config);

static void
open_database(void)
{
    idl = ovsdb_idl_create(remote, &trumpetrec_idl_class, false, true);
    ovsdb_idl_set_leader_only(idl, false);
    db_triggers_add_columns(idl);
    db_sinks_add_columns(idl);
    ovsdb_idl_add_column(idl, &trumpetrec_settings_col_other_config);
    idl_seqno = ovsdb_idl_get_seqno(idl);
}

static void
close_database(void)
{
    if (txn) {
        ovsdb_idl_txn_destroy(txn);
        txn = NULL;
        db_triggers_written(false);
    }
    ovsdb_idl_destroy(idl);
    idl = NULL;
}

/* Opens or closes our database when the server gets or loses it. */
static void
run_presence(void)
{
    present = db_presence_run(presence);
    if (present == DB_PRESENT && !idl) {
        VLOG_INFO("%s: there is a database "DATABASE, remote);
        open_database();
    } else if (present == DB_ABSENT && idl) {
        VLOG_INFO("%s: the database "DATABASE" was removed, and so are its "
                  "triggers", remote);
        close_database();
        unread = true;
    }
}

static bool
has_content(void)
{
    return idl && ovsdb_idl_has_ever_connected(idl);
}

/* Settings. */

/* Puts 'vswitch_config' over what our database has. */
static void
merge_config(struct smap *merged)
{
    const struct trumpetrec_settings *settings
        = has_content() ? trumpetrec_settings_first(idl) : NULL;
    const struct smap_node *node;

    if (settings) {
        smap_clone(merged, &settings->other_config);
    } else {
        smap_init(merged);
    }
    SMAP_FOR_EACH (node, &vswitch_config) {
        smap_replace(merged, node->key, node->value);
    }
}

/* Puts the settings in force, if they changed. */
static void
apply_config(void)
{
    struct smap merged;

    merge_config(&merged);
    if (!smap_equal(&merged, &config)) {
        smap_destroy(&config);
        smap_clone(&config, &merged);
        switch_monitor_set_config(&config, false);
    }
    smap_destroy(&merged);
}

/* Transactions. */

static void
begin_transaction(void)
{
    txn = ovsdb_idl_txn_create(idl);
    db_triggers_write(idl);
    db_sinks_write(idl);
}

static void
run_transaction(void)
{
    if (!txn && has_content()
        && (db_triggers_want_write() || db_sinks_want_write())) {
        begin_transaction();
    }
    if (txn) {
        enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(txn);

        if (status != TXN_INCOMPLETE) {
            bool ok = status == TXN_SUCCESS || status == TXN_UNCHANGED;

            ovsdb_idl_txn_destroy(txn);
            txn = NULL;
            db_triggers_written(ok);
            if (!ok) {
                COVERAGE_INC(trumpet_db_write_failed);
            } else if (status == TXN_SUCCESS) {
                COVERAGE_INC(trumpet_db_write);
            }
        }
    }
}

/* Hears what the server has to say. */
static void
run_connections(void)
{
    run_presence();
    if (idl && !reading) {
        ovsdb_idl_run(idl);
        if (has_content() && ovsdb_idl_get_seqno(idl) != idl_seqno) {
            idl_seqno = ovsdb_idl_get_seqno(idl);
            unread = true;
        }
    }
}

/* Reads for 'slice_us'. */
static void
read_content(uint64_t slice_us)
{
    const struct ovsdb_idl *content = has_content() ? idl : NULL;
    bool anew = unread;

    unread = false;
    reading = !db_triggers_read(content, anew, slice_us);
    if (!reading) {
        db_sinks_read(content);
    }
}

/* Thousands of rows can come at once, so each step has a round of the main
 * loop of its own. */
void
trumpet_db_run(void)
{
    if (!presence) {
        return;
    }

    bool was_unread = unread || reading;

    run_connections();
    if (was_unread) {
        read_content(DB_TRIGGERS_SLICE_US);
        if (!reading) {
            apply_config();
        }
    } else if (!unread) {
        db_triggers_run(DB_TRIGGERS_SLICE_US);
        db_sinks_run();
        run_transaction();
    }
}

static void
wait_for_server(void)
{
    db_presence_wait(presence);
    if (idl) {
        ovsdb_idl_wait(idl);
    }
}

void
trumpet_db_wait(void)
{
    if (presence) {
        wait_for_server();
        if (txn) {
            ovsdb_idl_txn_wait(txn);
        } else if (has_content()) {
            db_triggers_wait_write();
            db_sinks_wait_write();
        }
        if (unread || reading) {
            poll_immediate_wake();
        }
        db_triggers_wait();
    }
}

/* Start. */

/* Waits until the content of our database is known, or that there is none.
 * The server has just sent the configuration that we were called for, so it
 * is there. */
static void
wait_for_content(void)
{
    long long int deadline = time_msec() + TRUMPET_DB_START_MS;

    for (;;) {
        run_connections();
        if (has_content() || present == DB_ABSENT) {
            unread = true;
            read_content(UINT64_MAX);
            return;
        }
        if (time_msec() >= deadline) {
            VLOG_INFO("%s: no answer yet, forwarding begins without "
                      "persistent triggers", remote);
            return;
        }
        wait_for_server();
        poll_timer_wait_until(deadline);
        poll_block();
    }
}

/* The settings come first, because they tell which intervals a trigger may
 * have, then the triggers, and only then packets are observed. */
static void
start(void)
{
    struct smap off;

    presence = db_presence_create(remote, DATABASE);
    wait_for_content();

    smap_destroy(&config);
    merge_config(&config);
    smap_clone(&off, &config);
    smap_replace(&off, "trumpet-enable", "false");
    switch_monitor_set_config(&off, false);
    smap_destroy(&off);

    db_triggers_run(UINT64_MAX);
    switch_monitor_set_config(&config, true);
    db_sinks_run();
}

void
trumpet_db_set_config(const char *remote_, const struct smap *other_config)
{
    const struct smap_node *node;

    smap_clear(&vswitch_config);
    SMAP_FOR_EACH (node, other_config) {
        if (!strncmp(node->key, "trumpet-", 8)) {
            smap_add(&vswitch_config, node->key, node->value);
        }
    }
    if (presence) {
        apply_config();
    } else {
        remote = xstrdup(remote_);
        start();
    }
}
