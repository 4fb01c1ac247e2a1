/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/port-history.h"

#include <math.h>

#include "hash.h"
#include "monitor/port-counters.h"
#include "monitor/scope.h"
#include "openvswitch/hmap.h"
#include "util.h"

/* What a port's counters changed by in one interval. */
struct port_interval {
    uint64_t interval;          /* Number + 1; 0: unused. */
    port_counter_set has;       /* Counters of which there was a sample. */
    uint64_t values[N_PORT_COUNTERS];
};

struct port_ring {
    struct hmap_node node;      /* In port_history->ports, by port. */
    uint32_t port;
    uint64_t last_interval;     /* Latest one with a sample. */
    struct port_interval intervals[];
};

struct port_history {
    struct ovs_list node;       /* In port_histories->all. */
    unsigned refs;
    uint64_t n_epochs;
    unsigned depth;

    struct hmap ports;          /* struct port_ring. */
    uint64_t last_interval;     /* Latest one with a sample. */

    /* Many keys of a trigger ask for the same: all ports in a window. */
    struct port_changes *changes;
    uint16_t changes_scope;
    uint64_t changes_last;
    unsigned changes_n;         /* 0: not known. */
};

void
port_histories_init(struct port_histories *all)
{
    ovs_list_init(&all->all);
}

static void
port_history_destroy(struct port_history *history)
{
    struct port_ring *ring;

    HMAP_FOR_EACH_POP (ring, node, &history->ports) {
        free(ring);
    }
    hmap_destroy(&history->ports);
    port_changes_unref(history->changes);
    ovs_list_remove(&history->node);
    free(history);
}

void
port_histories_uninit(struct port_histories *all)
{
    struct port_history *history;

    LIST_FOR_EACH_SAFE (history, node, &all->all) {
        port_history_destroy(history);
    }
}

struct port_history *
port_history_get(struct port_histories *all, uint64_t n_epochs,
                 unsigned depth)
{
    struct port_history *history;

    LIST_FOR_EACH (history, node, &all->all) {
        if (history->n_epochs == n_epochs && history->depth == depth) {
            history->refs++;
            return history;
        }
    }
    history = xzalloc(sizeof *history);
    history->refs = 1;
    history->n_epochs = n_epochs;
    history->depth = depth;
    hmap_init(&history->ports);
    ovs_list_push_back(&all->all, &history->node);
    return history;
}

void
port_history_put(struct port_history *history)
{
    if (history && !--history->refs) {
        port_history_destroy(history);
    }
}

static size_t
port_ring_bytes(const struct port_history *history)
{
    return (sizeof(struct port_ring)
            + history->depth * sizeof(struct port_interval));
}

size_t
port_histories_memory_bytes(const struct port_histories *all)
{
    const struct port_history *history;
    size_t n = 0;

    LIST_FOR_EACH (history, node, &all->all) {
        n += hmap_count(&history->ports) * port_ring_bytes(history);
    }
    return n;
}

static struct port_ring *
port_ring_find(const struct port_history *history, uint32_t port)
{
    struct port_ring *ring;

    HMAP_FOR_EACH_WITH_HASH (ring, node, hash_int(port, 0),
                             &history->ports) {
        if (ring->port == port) {
            return ring;
        }
    }
    return NULL;
}

/* Adds 'has2' and 'values2', what changed later, to 'has' and 'values'. */
static void
add_values(port_counter_set *has, uint64_t values[N_PORT_COUNTERS],
           port_counter_set has2, const uint64_t values2[N_PORT_COUNTERS])
{
    *has |= has2;
    for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
        if (port_counter_is_level(i)) {
            values[i] = MAX(values[i], values2[i]);
        } else {
            values[i] += values2[i];
        }
    }
}

static void
port_history_add(struct port_history *history, uint64_t interval,
                 const struct port_change *change)
{
    struct port_ring *ring = port_ring_find(history, change->port);

    if (!ring) {
        ring = xzalloc(port_ring_bytes(history));
        ring->port = change->port;
        hmap_insert(&history->ports, &ring->node, hash_int(change->port, 0));
    }

    struct port_interval *pi = &ring->intervals[interval % history->depth];

    if (pi->interval != interval + 1) {
        memset(pi, 0, sizeof *pi);
        pi->interval = interval + 1;
    }
    ring->last_interval = interval;
    add_values(&pi->has, pi->values, change->has, change->values);
}

/* Frees what is kept of ports that had no sample for so long that nobody can
 * ask for it: ports that are gone. */
static void
port_history_expire(struct port_history *history)
{
    struct port_ring *ring;

    HMAP_FOR_EACH_SAFE (ring, node, &history->ports) {
        if (ring->last_interval + history->depth <= history->last_interval) {
            hmap_remove(&history->ports, &ring->node);
            free(ring);
        }
    }
}

void
port_histories_add(struct port_histories *all,
                   const struct port_sample *sample)
{
    struct port_history *history;

    LIST_FOR_EACH (history, node, &all->all) {
        uint64_t interval = sample->epoch / history->n_epochs;

        for (size_t i = 0; i < sample->n; i++) {
            port_history_add(history, interval, &sample->changes[i]);
        }
        if (interval != history->last_interval) {
            history->last_interval = interval;
            port_history_expire(history);
        }
        history->changes_n = 0;
    }
}

/* Stores in 'sum' what is known of the 'n' intervals up to 'last'. */
static void
port_ring_sum(const struct port_history *history,
              const struct port_ring *ring, uint64_t last, unsigned n,
              struct port_change *sum)
{
    memset(sum, 0, sizeof *sum);
    sum->port = ring->port;
    for (uint64_t interval = last + 1 - MIN(n, last + 1); interval <= last;
         interval++) {
        const struct port_interval *pi
            = &ring->intervals[interval % history->depth];

        if (pi->interval == interval + 1) {
            add_values(&sum->has, sum->values, pi->has, pi->values);
        }
    }
    for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
        if (sum->values[i]) {
            sum->moved |= 1u << i;
        }
    }
}

double
port_history_value(const struct port_history *history, uint32_t port,
                   enum port_counter counter, uint64_t last, unsigned n)
{
    const struct port_ring *ring = port_ring_find(history, port);
    struct port_change sum;

    if (!ring) {
        return NAN;
    }
    port_ring_sum(history, ring, last, n, &sum);
    return sum.has & (1u << counter) ? sum.values[counter] : NAN;
}

static struct port_changes *
port_history_changes_of_all(const struct port_history *history,
                            const struct port_choice *choice, uint64_t last,
                            unsigned n)
{
    struct port_change *sums = xcalloc(hmap_count(&history->ports),
                                       sizeof *sums);
    const struct port_ring *ring;
    struct port_changes *changes;
    size_t n_ports = 0;

    HMAP_FOR_EACH (ring, node, &history->ports) {
        if (!choice->scope
            || (choice->scopes
                && scope_map_lookup(choice->scopes, ring->port)
                   == choice->scope)) {
            port_ring_sum(history, ring, last, n, &sums[n_ports++]);
        }
    }
    changes = port_changes_create(sums, n_ports);
    free(sums);
    return changes;
}

struct port_changes *
port_history_changes(struct port_history *history,
                     const struct port_choice *choice, uint64_t last,
                     unsigned n)
{
    if (choice->port) {
        const struct port_ring *ring = port_ring_find(history, choice->port);
        struct port_change sum;

        if (!ring) {
            return NULL;
        }
        port_ring_sum(history, ring, last, n, &sum);
        return port_changes_create(&sum, 1);
    }

    if (history->changes_n != n || history->changes_last != last
        || history->changes_scope != choice->scope) {
        port_changes_unref(history->changes);
        history->changes = port_history_changes_of_all(history, choice, last,
                                                       n);
        history->changes_scope = choice->scope;
        history->changes_last = last;
        history->changes_n = n;
    }
    return port_changes_ref(history->changes);
}
