/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "db-triggers.h"

#include "db-trigger-row.h"
#include "db/trumpet-idl.h"
#include "event/trigger-id.h"
#include "monitor/monitor.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "switch-monitor.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_db_triggers);

/* How many rows are handled between two looks at the clock. */
#define ROWS_PER_LOOK 16

/* How long to wait before what was refused because of others, or for lack of
 * memory, is tried again. */
#define RETRY_INTERVAL_MS 5000

struct hmap db_triggers = HMAP_INITIALIZER(&db_triggers);

/* Rows to do something about.  All of the first list come before those of the
 * second: names become free before they are taken. */
static struct ovs_list to_look_at = OVS_LIST_INITIALIZER(&to_look_at);
static struct ovs_list to_install = OVS_LIST_INITIALIZER(&to_install);

static bool any_retry;
static long long int retry_ms;

/* The epoch for which the rows were parsed. */
static uint64_t epoch_us;

void
db_trigger_queue(struct db_trigger *row)
{
    if (row->queued) {
        ovs_list_remove(&row->work_node);
    }
    row->queued = true;
    ovs_list_push_back(&to_look_at, &row->work_node);
}

/* Reading. */

void
db_triggers_add_columns(struct ovsdb_idl *idl)
{
    static const struct ovsdb_idl_column *const written[] = {
        &trumpetrec_trigger_col_status,
        &trumpetrec_trigger_col_error,
        &trumpetrec_trigger_col_statistics,
    };

    ovsdb_idl_add_column(idl, &trumpetrec_trigger_col_name);
    ovsdb_idl_add_column(idl, &trumpetrec_trigger_col_spec);
    ovsdb_idl_add_column(idl, &trumpetrec_trigger_col_bridge);
    ovsdb_idl_add_column(idl, &trumpetrec_trigger_col_enabled);
    ovsdb_idl_add_column(idl, &trumpetrec_trigger_col_owner);
    for (size_t i = 0; i < ARRAY_SIZE(written); i++) {
        ovsdb_idl_add_column(idl, written[i]);
        ovsdb_idl_omit_alert(idl, written[i]);
    }
}

static bool
row_is_enabled(const struct trumpetrec_trigger *rec)
{
    return !rec->n_enabled || rec->enabled[0];
}

static bool
row_config_equals(const struct row_config *config,
                  const struct trumpetrec_trigger *rec)
{
    return (!strcmp(config->name, rec->name)
            && !strcmp(config->spec, rec->spec)
            && nullable_string_is_equal(config->bridge, rec->bridge)
            && nullable_string_is_equal(config->owner, rec->owner)
            && config->enabled == row_is_enabled(rec));
}

static void
row_config_init(struct row_config *config,
                const struct trumpetrec_trigger *rec)
{
    config->name = xstrdup(rec->name);
    config->spec = xstrdup(rec->spec);
    config->bridge = nullable_xstrdup(rec->bridge);
    config->owner = nullable_xstrdup(rec->owner);
    config->enabled = row_is_enabled(rec);
}

static void
row_config_uninit(struct row_config *config)
{
    free(config->name);
    free(config->spec);
    free(config->bridge);
    free(config->owner);
}

static struct db_trigger *
find_row(const struct uuid *uuid)
{
    struct db_trigger *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, uuid_hash(uuid), &db_triggers) {
        if (uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

static void
read_row(const struct trumpetrec_trigger *rec)
{
    const struct uuid *uuid = &rec->header_.uuid;
    struct db_trigger *row = find_row(uuid);

    if (row) {
        db_trigger_compare_status(row, rec);
        if (row_config_equals(&row->config, rec)) {
            return;
        }
    }
    if (row) {
        row_config_uninit(&row->config);
    } else {
        row = xzalloc(sizeof *row);
        row->uuid = *uuid;
        hmap_insert(&db_triggers, &row->node, uuid_hash(uuid));
    }
    row_config_init(&row->config, rec);
    db_trigger_queue(row);
}

/* Where reading is: first it is looked which rows are gone, then what is in
 * the others. */
static struct hmap_position look_position;
static bool looked;
static const struct trumpetrec_trigger *next_rec;

/* Both return false if there is nothing more. */
static bool
look_for_next_row(const struct ovsdb_idl *idl)
{
    struct hmap_node *node = hmap_at_position(&db_triggers, &look_position);

    if (node) {
        struct db_trigger *row = CONTAINER_OF(node, struct db_trigger, node);

        row->gone = !idl || !trumpetrec_trigger_get_for_uuid(idl, &row->uuid);
        if (row->gone) {
            db_trigger_queue(row);
        }
    }
    return node != NULL;
}

static bool
read_next_row(void)
{
    if (next_rec) {
        read_row(next_rec);
        next_rec = trumpetrec_trigger_next(next_rec);
    }
    return next_rec != NULL;
}

bool
db_triggers_read(const struct ovsdb_idl *idl, bool anew, uint64_t slice_us)
{
    long long int start_us = time_usec();

    if (anew) {
        look_position = (struct hmap_position) { .bucket = 0 };
        looked = false;
    }
    for (unsigned int i = 1; ; i++) {
        if (!looked) {
            looked = !look_for_next_row(idl);
            next_rec = looked && idl ? trumpetrec_trigger_first(idl) : NULL;
        } else if (!read_next_row()) {
            return true;
        }
        if (i % ROWS_PER_LOOK == 0 && time_usec() - start_us >= slice_us) {
            return false;
        }
    }
}

/* Doing. */

/* Owners are named after where they come from. */
static char *
owner_of(const struct row_config *config)
{
    return (config->owner
            ? xasprintf("ovsdb:%s", config->owner)
            : xstrdup("ovsdb"));
}

static void
set_error(struct db_trigger *row, char *error)
{
    free(row->error);
    row->error = error;
    row->told.error = false;
    db_trigger_status_changed();
}

static void
remove_trigger(struct db_trigger *row)
{
    enum stage_error why;

    /* If it is not there any more, that is as well. */
    free(monitor_stage_removal(switch_monitor_get(), row->id, row->owner,
                               &why));
    free(row->id);
    free(row->owner);
    row->id = row->owner = NULL;
}

static void
destroy_row(struct db_trigger *row)
{
    hmap_remove(&db_triggers, &row->node);
    row_config_uninit(&row->config);
    free(row->error);
    free(row);
}

/* Removes the trigger of 'row' unless it can stay where it is. */
static void
look_at(struct db_trigger *row)
{
    char *id = trigger_id_make(row->config.bridge, row->config.name);
    char *owner = owner_of(&row->config);
    bool wanted = !row->gone && row->config.enabled;

    if (row->id && (!wanted || strcmp(row->id, id)
                    || strcmp(row->owner, owner))) {
        remove_trigger(row);
    }
    free(id);
    free(owner);

    row->queued = wanted;
    if (wanted) {
        ovs_list_push_back(&to_install, &row->work_node);
    } else if (row->gone) {
        destroy_row(row);
    } else {
        set_error(row, NULL);
    }
}

/* Stages the trigger of 'row', 'id'. */
static char *
stage(const struct db_trigger *row, const char *id, const char *owner,
      enum stage_error *why)
{
    struct trigger_spec spec = {
        .name = id,
        .spec = row->config.spec,
        .owner = owner,
    };

    /* As an id it would stand for another bridge. */
    if (strchr(row->config.name, '/')) {
        *why = STAGE_BAD_NAME;
        return xasprintf("'%s' is not a name for a trigger: its bridge goes "
                         "into column bridge", row->config.name);
    }
    return monitor_stage(switch_monitor_get(), STAGE_PUT, &spec, why);
}

static void
install(struct db_trigger *row)
{
    char *id = trigger_id_make(row->config.bridge, row->config.name);
    char *owner = owner_of(&row->config);
    enum stage_error why;
    char *error = stage(row, id, owner, &why);

    row->queued = false;
    if (row->id && error) {
        remove_trigger(row);
    }
    free(row->id);
    free(row->owner);
    row->id = row->owner = NULL;
    if (error) {
        row->retry = why != STAGE_BAD_NAME && why != STAGE_BAD_SPEC;
        any_retry = any_retry || row->retry;
        free(id);
        free(owner);
    } else {
        row->id = id;
        row->owner = owner;
    }
    set_error(row, error);
}

/* Does a part of what is to be done.  Returns false if there is nothing. */
static bool
work(void)
{
    struct ovs_list *list = (!ovs_list_is_empty(&to_look_at) ? &to_look_at
                             : &to_install);

    for (int i = 0; i < ROWS_PER_LOOK && !ovs_list_is_empty(list); i++) {
        struct db_trigger *row
            = CONTAINER_OF(ovs_list_pop_front(list), struct db_trigger,
                           work_node);

        if (list == &to_look_at) {
            look_at(row);
        } else {
            install(row);
        }
    }
    return !(ovs_list_is_empty(&to_look_at) && ovs_list_is_empty(&to_install));
}

/* Looks again at rows that may have been right all the time. */
static void
queue_retries(void)
{
    uint64_t now_epoch_us = monitor_settings(switch_monitor_get())->epoch_us;
    bool new_epoch = now_epoch_us != epoch_us;
    bool retry = any_retry && time_msec() >= retry_ms;
    struct db_trigger *row;

    if (!new_epoch && !retry) {
        return;
    }
    epoch_us = now_epoch_us;
    any_retry = false;
    retry_ms = time_msec() + RETRY_INTERVAL_MS;
    HMAP_FOR_EACH (row, node, &db_triggers) {
        if (new_epoch || row->retry) {
            row->retry = false;
            db_trigger_queue(row);
        }
    }
}

void
db_triggers_run(uint64_t slice_us)
{
    long long int start_us = time_usec();

    queue_retries();
    while (work()) {
        if (time_usec() - start_us >= slice_us) {
            return;
        }
    }
}

bool
db_triggers_are_done(void)
{
    return (ovs_list_is_empty(&to_look_at) && ovs_list_is_empty(&to_install)
            && !monitor_n_staged(switch_monitor_get()));
}

void
db_triggers_wait(void)
{
    if (!ovs_list_is_empty(&to_look_at) || !ovs_list_is_empty(&to_install)) {
        poll_immediate_wake();
    } else if (any_retry) {
        poll_timer_wait_until(retry_ms);
    }
}
