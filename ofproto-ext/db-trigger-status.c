/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "db-trigger-row.h"
#include "db-triggers.h"
#include "db/trumpet-idl.h"
#include "monitor/monitor.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "switch-monitor.h"
#include "timeval.h"
#include "util.h"

/* What ovs-vswitchd writes to rows of table Trigger.
 *
 * Whoever changes a row wants to know soon whether it is right, but nobody
 * reads the statistics of thousands of triggers each second: so there are two
 * intervals, and statistics are written for a bounded number of rows at a
 * time, those that were not written for longest first. */

#define STATUS_INTERVAL_MS 2000
#define STATISTICS_INTERVAL_MS 5000

/* A transaction of so many rows takes a few milliseconds to make, and to
 * apply when it comes back. */
#define ROWS_PER_WRITE 250

static const char *const status_names[] = {
    [ROW_ACTIVE] = "active",
    [ROW_INACTIVE] = "inactive",
    [ROW_DISABLED] = "disabled",
    [ROW_ERROR] = "error",
};

static long long int next_status_ms;
static long long int next_statistics_ms;
static bool status_changed;
static bool was_enabled;

/* Where the last look at figures ended. */
static struct hmap_position position;

void
db_trigger_status_changed(void)
{
    status_changed = true;
}

void
db_trigger_compare_status(struct db_trigger *row,
                          const struct trumpetrec_trigger *rec)
{
    enum row_status told = row->told.status;

    if (told != ROW_UNKNOWN
        && !nullable_string_is_equal(rec->status, status_names[told])) {
        memset(&row->told, 0, sizeof row->told);
        status_changed = true;
    }
}

static enum row_status
status_of(const struct db_trigger *row, bool enabled)
{
    return (row->error ? ROW_ERROR
            : !row->id ? ROW_DISABLED
            : enabled ? ROW_ACTIVE
            : ROW_INACTIVE);
}

/* Returns the record of 'row', which may just have been deleted. */
static const struct trumpetrec_trigger *
record_of(const struct ovsdb_idl *idl, const struct db_trigger *row)
{
    return trumpetrec_trigger_get_for_uuid(idl, &row->uuid);
}

/* Returns how many rows were written. */
static size_t
write_statuses(const struct ovsdb_idl *idl, bool enabled)
{
    struct db_trigger *row;
    size_t n = 0;

    HMAP_FOR_EACH (row, node, &db_triggers) {
        enum row_status status = status_of(row, enabled);
        const struct trumpetrec_trigger *rec;

        if (row->told.status == status && row->told.error) {
            continue;
        }
        if (n >= ROWS_PER_WRITE) {
            return n;           /* The others are next, at once. */
        }
        rec = record_of(idl, row);
        if (rec) {
            trumpetrec_trigger_set_status(rec, status_names[status]);
            trumpetrec_trigger_set_error(rec, row->error);
            n++;
        }
        row->told.status = status;
        row->told.error = true;
    }
    status_changed = false;
    next_status_ms = time_msec() + STATUS_INTERVAL_MS;
    return n;
}

static void
write_row_figures(const struct trumpetrec_trigger *rec,
                  const struct row_figures *figures)
{
    const char *keys[] = { "packets", "keys", "fired", "last_fired_us" };
    int64_t values[] = { figures->packets, figures->keys, figures->fired,
                         figures->last_fired_us };

    trumpetrec_trigger_set_statistics(rec, keys, values,
                                      (ARRAY_SIZE(values)
                                       - !figures->last_fired_us));
}

static int
compare_names(const void *id, const void *status_)
{
    const struct trigger_status *status = status_;

    return strcmp(id, status->name);
}

/* Stores the figures of the trigger of 'row'.  Returns false if it has none:
 * somebody else removed it. */
static bool
get_figures(const struct db_trigger *row,
            const struct trigger_status *list, size_t n,
            struct row_figures *figures)
{
    const struct trigger_status *status
        = bsearch(row->id, list, n, sizeof *list, compare_names);

    if (status) {
        *figures = (struct row_figures) {
            .packets = status->packets,
            .keys = status->keys,
            .fired = status->fired,
            .last_fired_us = status->last_fired_us,
        };
    }
    return status != NULL;
}

/* Writes the figures of up to 'max' rows. */
static void
write_statistics(const struct ovsdb_idl *idl, size_t max)
{
    struct trigger_status *list;
    size_t n_list = monitor_list_triggers(switch_monitor_get(), &list);
    size_t n = 0;

    for (size_t i = 0; i < hmap_count(&db_triggers) && n < max; i++) {
        const struct trumpetrec_trigger *rec;
        struct row_figures figures;
        struct hmap_node *node = hmap_at_position(&db_triggers, &position);

        if (!node) {
            position = (struct hmap_position) { .bucket = 0 };
            continue;
        }

        struct db_trigger *row = CONTAINER_OF(node, struct db_trigger, node);

        if (!row->id) {
            continue;
        }
        if (!get_figures(row, list, n_list, &figures)) {
            db_trigger_queue(row);
        } else if (memcmp(&figures, &row->told.figures, sizeof figures)) {
            rec = record_of(idl, row);
            if (rec) {
                write_row_figures(rec, &figures);
                n++;
            }
            row->told.figures = figures;
        }
    }
    trigger_status_destroy(list, n_list);
    next_statistics_ms = time_msec() + STATISTICS_INTERVAL_MS;
}

static bool
statuses_are_due(void)
{
    return (status_changed && db_triggers_are_done()
            && time_msec() >= next_status_ms);
}

static bool
statistics_are_due(void)
{
    return (was_enabled && db_triggers_are_done()
            && !hmap_is_empty(&db_triggers)
            && time_msec() >= next_statistics_ms);
}

bool
db_triggers_want_write(void)
{
    bool enabled = switch_monitor_is_enabled();

    if (enabled != was_enabled) {
        was_enabled = enabled;
        status_changed = true;
    }
    return statuses_are_due() || statistics_are_due();
}

void
db_triggers_write(const struct ovsdb_idl *idl)
{
    size_t n = statuses_are_due() ? write_statuses(idl, was_enabled) : 0;

    if (statistics_are_due()) {
        write_statistics(idl, ROWS_PER_WRITE - n);
    }
}

void
db_triggers_written(bool success)
{
    struct db_trigger *row;

    if (!success) {
        HMAP_FOR_EACH (row, node, &db_triggers) {
            memset(&row->told, 0, sizeof row->told);
        }
        status_changed = true;
        next_status_ms = time_msec() + STATUS_INTERVAL_MS;
    }
}

void
db_triggers_wait_write(void)
{
    if (db_triggers_are_done()) {
        if (status_changed) {
            poll_timer_wait_until(next_status_ms);
        }
        if (was_enabled && !hmap_is_empty(&db_triggers)) {
            poll_timer_wait_until(next_statistics_ms);
        }
    }
}
