/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

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

/* How long to look for statistics that changed, and how many rows to look at
 * at a time, for which the sweeper waits. */
#define STATISTICS_SLICE_US 1000
#define ROWS_PER_LOOK 32

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

/* Writes the figures of 'row' if they changed.  Returns true if so. */
static bool
write_figures(const struct ovsdb_idl *idl, struct db_trigger *row,
              const struct trigger_figures *tf)
{
    const struct row_figures figures = {
        .packets = tf->packets,
        .keys = tf->keys,
        .fired = tf->fired,
        .last_fired_us = tf->last_fired_us,
    };
    const struct trumpetrec_trigger *rec;

    if (!tf->exists) {
        db_trigger_queue(row);  /* Somebody else removed it. */
        return false;
    }
    if (!memcmp(&figures, &row->told.figures, sizeof figures)) {
        return false;
    }
    rec = record_of(idl, row);
    if (rec) {
        write_row_figures(rec, &figures);
    }
    row->told.figures = figures;
    return rec != NULL;
}

/* Stores the next rows in 'rows', up to 'n' of them, and returns their number:
 * less if there are no more in this pass. */
static size_t
next_rows(struct db_trigger *rows[], size_t n)
{
    size_t i = 0;

    while (i < n) {
        struct hmap_node *node = hmap_at_position(&db_triggers, &position);

        if (!node) {
            position = (struct hmap_position) { .bucket = 0 };
            break;
        }
        rows[i] = CONTAINER_OF(node, struct db_trigger, node);
        i += rows[i]->id != NULL;
    }
    return i;
}

/* Writes the figures of up to about 'max' rows, for a bounded time.  The rest
 * of the pass over all rows comes at once if it was the time that was up. */
static void
write_statistics(const struct ovsdb_idl *idl, size_t max)
{
    long long int start_us = time_usec();
    struct db_trigger *rows[ROWS_PER_LOOK];
    struct trigger_figures figures[ROWS_PER_LOOK];
    size_t n, n_written = 0;

    do {
        n = next_rows(rows, ROWS_PER_LOOK);
        for (size_t i = 0; i < n; i++) {
            figures[i].name = rows[i]->id;
        }
        monitor_get_figures(switch_monitor_get(), figures, n);
        for (size_t i = 0; i < n; i++) {
            n_written += write_figures(idl, rows[i], &figures[i]);
        }
        if (n < ROWS_PER_LOOK || n_written >= max) {
            next_statistics_ms = time_msec() + STATISTICS_INTERVAL_MS;
            return;
        }
    } while (time_usec() - start_us < STATISTICS_SLICE_US);
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
