/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "db-sinks.h"

#include "db/trumpet-idl.h"
#include "dirs.h"
#include "event/event.h"
#include "openvswitch/hmap.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "report/outlet.h"
#include "report/reporter.h"
#include "smap.h"
#include "sset.h"
#include "switch-monitor.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

#define WRITE_INTERVAL_MS 2000

/* Each has a thread and up to 16 MiB. */
#define MAX_SINKS 16

struct db_sink {
    struct hmap_node node;      /* In 'sinks', by 'uuid'. */
    struct uuid uuid;           /* Of the row. */
    bool gone;                  /* The row is. */

    /* What the row says. */
    char *name;
    enum outlet_type type;
    bool enabled;
    struct sset triggers;
    struct smap options;

    struct outlet *outlet;      /* Null if there is none... */
    char *error;                /* ...and why not, or null. */
};

static struct hmap sinks = HMAP_INITIALIZER(&sinks);
static size_t n_outlets;
static bool changed;            /* An outlet may have to be opened... */
static bool had_reporter;       /* ...as well as when there is a reporter. */
static long long int next_write_ms;

void
db_sinks_add_columns(struct ovsdb_idl *idl)
{
    static const struct ovsdb_idl_column *const written[] = {
        &trumpetrec_sink_col_status,
        &trumpetrec_sink_col_error,
        &trumpetrec_sink_col_statistics,
    };

    ovsdb_idl_add_column(idl, &trumpetrec_sink_col_name);
    ovsdb_idl_add_column(idl, &trumpetrec_sink_col_type);
    ovsdb_idl_add_column(idl, &trumpetrec_sink_col_enabled);
    ovsdb_idl_add_column(idl, &trumpetrec_sink_col_triggers);
    ovsdb_idl_add_column(idl, &trumpetrec_sink_col_options);
    for (size_t i = 0; i < ARRAY_SIZE(written); i++) {
        ovsdb_idl_add_column(idl, written[i]);
        ovsdb_idl_omit_alert(idl, written[i]);
    }
}

static void
close_outlet(struct db_sink *sink)
{
    if (sink->outlet) {
        reporter_remove_sink(switch_monitor_reporter(),
                             outlet_sink(sink->outlet));
        outlet_destroy(sink->outlet);
        sink->outlet = NULL;
        n_outlets--;
    }
    free(sink->error);
    sink->error = NULL;
}

static void
uninit_config(struct db_sink *sink)
{
    free(sink->name);
    sset_destroy(&sink->triggers);
    smap_destroy(&sink->options);
}

static void
init_config(struct db_sink *sink, const struct trumpetrec_sink *rec)
{
    sink->name = xstrdup(rec->name);
    sink->type = (!strcmp(rec->type, "file") ? OUTLET_FILE : OUTLET_SOCKET);
    sink->enabled = !rec->n_enabled || rec->enabled[0];
    sset_init(&sink->triggers);
    sset_add_array(&sink->triggers, rec->triggers, rec->n_triggers);
    smap_clone(&sink->options, &rec->options);
}

/* Takes over what 'rec' says.  Returns true if it is something else than
 * before. */
static bool
update_config(struct db_sink *sink, const struct trumpetrec_sink *rec)
{
    struct db_sink new;
    bool equal;

    init_config(&new, rec);
    equal = (!strcmp(new.name, sink->name) && new.type == sink->type
             && new.enabled == sink->enabled
             && sset_equals(&new.triggers, &sink->triggers)
             && smap_equal(&new.options, &sink->options));
    if (equal) {
        uninit_config(&new);
    } else {
        uninit_config(sink);
        sink->name = new.name;
        sink->type = new.type;
        sink->enabled = new.enabled;
        sink->triggers = new.triggers;
        sset_moved(&sink->triggers);
        sink->options = new.options;
        hmap_moved(&sink->options.map);
    }
    return !equal;
}

static struct db_sink *
find_sink(const struct uuid *uuid)
{
    struct db_sink *sink;

    HMAP_FOR_EACH_WITH_HASH (sink, node, uuid_hash(uuid), &sinks) {
        if (uuid_equals(&sink->uuid, uuid)) {
            return sink;
        }
    }
    return NULL;
}

static void
read_row(const struct trumpetrec_sink *rec)
{
    const struct uuid *uuid = &rec->header_.uuid;
    struct db_sink *sink = find_sink(uuid);

    if (!sink) {
        sink = xzalloc(sizeof *sink);
        sink->uuid = *uuid;
        init_config(sink, rec);
        hmap_insert(&sinks, &sink->node, uuid_hash(uuid));
        changed = true;
    } else if (update_config(sink, rec)) {
        close_outlet(sink);
        changed = true;
    }
    sink->gone = false;
}

void
db_sinks_read(const struct ovsdb_idl *idl)
{
    const struct trumpetrec_sink *rec;
    struct db_sink *sink;

    HMAP_FOR_EACH (sink, node, &sinks) {
        sink->gone = true;
    }
    if (idl) {
        TRUMPETREC_SINK_FOR_EACH (rec, idl) {
            read_row(rec);
        }
    }
    HMAP_FOR_EACH_SAFE (sink, node, &sinks) {
        if (sink->gone) {
            close_outlet(sink);
            uninit_config(sink);
            hmap_remove(&sinks, &sink->node);
            free(sink);
            changed = true;
        }
    }
}

/* Stores the option 'key', or 'def' if it is not set, in '*value'. */
static char *
parse_option(const struct smap *options, const char *key, uint64_t def,
             uint64_t min, uint64_t max, uint64_t *value)
{
    const char *s = smap_get(options, key);
    unsigned long long int n = def;

    if (s && (s[strspn(s, "0123456789")] || !str_to_ullong(s, 10, &n)
              || n < min || n > max)) {
        return xasprintf("options:%s: '%s' is not a number from %"PRIu64
                         " to %"PRIu64, key, s, min, max);
    }
    *value = n;
    return NULL;
}

/* Returns null and what to open, or what is wrong with 'sink'. */
static char *
get_settings(const struct db_sink *sink, struct outlet_settings *settings)
{
    uint64_t keep = 0;
    char *error;

    if (!event_name_is_valid(sink->name)) {
        return xasprintf("'%s' is not a name for a sink: 1 to %d of A-Z a-z "
                         "0-9 _ . -", sink->name, TRIGGER_NAME_MAX);
    }
    *settings = (struct outlet_settings) {
        .type = sink->type,
        .group = smap_get(&sink->options, "group"),
        .triggers = &sink->triggers,
    };
    error = parse_option(&sink->options, "max-size", OUTLET_DEFAULT_MAX_SIZE,
                         1, UINT64_MAX, &settings->max_size);
    if (!error) {
        error = parse_option(&sink->options, "keep", OUTLET_DEFAULT_KEEP,
                             0, OUTLET_MAX_KEEP, &keep);
    }
    settings->keep = keep;
    return error;
}

static void
open_outlet(struct db_sink *sink)
{
    struct outlet_settings settings;

    sink->error = get_settings(sink, &settings);
    if (!sink->error && n_outlets >= MAX_SINKS) {
        sink->error = xasprintf("there are %d sinks already", MAX_SINKS);
    }
    if (sink->error) {
        return;
    }

    char *path = xasprintf("%s/trumpet-%s.%s",
                           sink->type == OUTLET_FILE ? ovs_logdir()
                           : ovs_rundir(), sink->name,
                           sink->type == OUTLET_FILE ? "json" : "sock");

    settings.path = path;
    sink->outlet = outlet_create(&settings);
    reporter_add_sink(switch_monitor_reporter(), outlet_sink(sink->outlet));
    n_outlets++;
    free(path);
}

void
db_sinks_run(void)
{
    bool has_reporter = switch_monitor_reporter() != NULL;
    struct db_sink *sink;

    if (!changed && has_reporter == had_reporter) {
        return;
    }
    changed = false;
    had_reporter = has_reporter;
    HMAP_FOR_EACH (sink, node, &sinks) {
        if (has_reporter && sink->enabled && !sink->outlet) {
            free(sink->error);
            open_outlet(sink);
        }
    }
    next_write_ms = MIN(next_write_ms, time_msec());
}

bool
db_sinks_want_write(void)
{
    return !hmap_is_empty(&sinks) && time_msec() >= next_write_ms;
}

static void
write_row(const struct trumpetrec_sink *rec, const struct db_sink *sink)
{
    const char *keys[] = { "reports", "lost" };
    struct outlet_status status = { .error = NULL };
    const char *error = sink->error;

    if (sink->outlet) {
        outlet_get_status(sink->outlet, &status);
        error = status.error;

        int64_t values[] = { status.reports, status.lost };

        trumpetrec_sink_set_statistics(rec, keys, values,
                                       ARRAY_SIZE(values));
    }
    trumpetrec_sink_set_status(rec, (!sink->enabled ? "disabled"
                                     : error ? "error"
                                     : sink->outlet ? "active"
                                     : "inactive"));
    trumpetrec_sink_set_error(rec, error);
    free(status.error);
}

void
db_sinks_write(const struct ovsdb_idl *idl)
{
    struct db_sink *sink;

    if (!db_sinks_want_write()) {
        return;
    }
    next_write_ms = time_msec() + WRITE_INTERVAL_MS;
    HMAP_FOR_EACH (sink, node, &sinks) {
        const struct trumpetrec_sink *rec
            = trumpetrec_sink_get_for_uuid(idl, &sink->uuid);

        if (rec) {
            write_row(rec, sink);
        }
    }
}

void
db_sinks_wait_write(void)
{
    if (!hmap_is_empty(&sinks)) {
        poll_timer_wait_until(next_write_ms);
    }
}
