/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_DB_TRIGGER_ROW_H
#define OFPROTO_EXT_DB_TRIGGER_ROW_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "uuid.h"

/* What is known of each row of table Trigger, for db-triggers.c, which makes
 * triggers of them, and db-trigger-status.c, which writes back how they are.
 *
 * Thread-safety: main thread only. */

enum row_status {
    ROW_UNKNOWN,
    ROW_ACTIVE,
    ROW_INACTIVE,
    ROW_DISABLED,
    ROW_ERROR,
};

/* What a row says. */
struct row_config {
    char *name;
    char *spec;
    char *bridge;               /* Null: none. */
    char *owner;                /* Null: none. */
    bool enabled;
};

/* What a row is told. */
struct row_figures {
    uint64_t packets, keys, fired, last_fired_us;
};

struct row_told {
    enum row_status status;
    bool error;                 /* db_trigger's 'error', as it is now. */
    struct row_figures figures;
};

struct db_trigger {
    struct hmap_node node;      /* In db_triggers, by 'uuid'. */
    struct uuid uuid;           /* Of the row. */
    struct row_config config;
    bool gone;                  /* The row is. */

    bool queued;                /* There is something to do about it. */
    struct ovs_list work_node;  /* If so. */

    char *id;                   /* Of its trigger, null if there is none. */
    char *owner;                /* Of its trigger, if there is one. */
    char *error;                /* Why there is none, or null. */
    bool retry;                 /* ...which may pass without a change here. */

    struct row_told told;
};

struct trumpetrec_trigger;

extern struct hmap db_triggers;

/* Puts 'row' among those that are to be looked at. */
void db_trigger_queue(struct db_trigger *row);

/* Compares what 'row' was told with what 'rec' says: a server that was started
 * anew has forgotten it. */
void db_trigger_compare_status(struct db_trigger *row,
                               const struct trumpetrec_trigger *rec);

/* Notes that there are rows to be told something else. */
void db_trigger_status_changed(void);

#endif /* ofproto-ext/db-trigger-row.h */
