/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "report/port-changes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "event/port-name.h"
#include "openvswitch/json.h"
#include "util.h"

/* The largest number of packets that a counter of 'change' moved by.  Bytes
 * that wait in a queue are no loss: they come after all packets. */
static uint64_t
largest_change(const struct port_change *change)
{
    uint64_t largest = 0;

    for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
        if (change->moved & (1u << i) && !port_counter_is_level(i)) {
            largest = MAX(largest, change->values[i]);
        }
    }
    return largest;
}

/* Orders those that moved most first, for which nothing moved last. */
static int
compare_changes(const void *a_, const void *b_)
{
    const struct port_change *a = a_;
    const struct port_change *b = b_;
    uint64_t x = largest_change(a);
    uint64_t y = largest_change(b);

    return (x != y ? (x > y ? -1 : 1)
            : !a->moved != !b->moved ? (a->moved ? -1 : 1)
            : strcmp(port_name_get(a->port), port_name_get(b->port)));
}

struct port_changes *
port_changes_create(struct port_change *changes, size_t n)
{
    struct port_changes *pc;
    size_t n_moved = 0;

    qsort(changes, n, sizeof *changes, compare_changes);
    while (n_moved < MIN(n, PORT_CHANGES_MAX) && changes[n_moved].moved) {
        n_moved++;
    }
    if (!n_moved) {
        return NULL;
    }

    pc = xmalloc(sizeof *pc + n_moved * sizeof *changes);
    ovs_refcount_init(&pc->refs);
    pc->n = n_moved;
    memcpy(pc->changes, changes, n_moved * sizeof *changes);
    return pc;
}

struct port_changes *
port_changes_ref(struct port_changes *pc)
{
    if (pc) {
        ovs_refcount_ref(&pc->refs);
    }
    return pc;
}

void
port_changes_unref(struct port_changes *pc)
{
    if (pc && ovs_refcount_unref(&pc->refs) == 1) {
        free(pc);
    }
}

static void
format_change(const struct port_change *change, struct ds *ds)
{
    const char *separator = "";

    json_string_escape(port_name_get(change->port), ds);
    ds_put_cstr(ds, ":{");
    for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
        if (change->moved & (1u << i)) {
            ds_put_format(ds, "%s\"%s\":%"PRIu64, separator,
                          port_counter_name(i), change->values[i]);
            separator = ",";
        }
    }
    ds_put_char(ds, '}');
}

void
port_changes_format(const struct port_changes *pc, struct ds *ds)
{
    ds_put_char(ds, '{');
    for (size_t i = 0; i < pc->n; i++) {
        if (i) {
            ds_put_char(ds, ',');
        }
        format_change(&pc->changes[i], ds);
    }
    ds_put_char(ds, '}');
}
