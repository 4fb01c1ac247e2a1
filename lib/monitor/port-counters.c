/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/port-counters.h"

#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/thread.h"
#include "ovs-atomic.h"
#include "seq.h"
#include "util.h"

/* Samples that wait for the sweeper, which takes one in each epoch. */
#define MAX_WAITING 64

/* The last reading of a port. */
struct last_reading {
    struct hmap_node node;      /* In port_counters->last, by port. */
    uint64_t round;             /* Of the readings that it was last in. */
    struct port_reading reading;
};

struct port_counters {
    uint64_t epoch_us;          /* Immutable. */

    /* Of the sampler alone. */
    struct hmap last;           /* struct last_reading. */
    uint64_t round;

    atomic_bool wanted;
    struct seq *wanted_seq;     /* Changes with 'wanted'. */

    struct ovs_mutex mutex;     /* Guards all below. */
    struct ovs_list samples OVS_GUARDED;    /* Oldest first. */
    size_t n_samples OVS_GUARDED;
    uint64_t last_epoch OVS_GUARDED;        /* Of the last one taken. */
};

struct port_counters *
port_counters_create(uint64_t epoch_us)
{
    struct port_counters *pc = xzalloc(sizeof *pc);

    pc->epoch_us = epoch_us;
    hmap_init(&pc->last);
    atomic_init(&pc->wanted, false);
    pc->wanted_seq = seq_create();
    ovs_mutex_init(&pc->mutex);
    ovs_mutex_lock(&pc->mutex);
    ovs_list_init(&pc->samples);
    ovs_mutex_unlock(&pc->mutex);
    return pc;
}

void
port_counters_destroy(struct port_counters *pc)
{
    if (pc) {
        struct port_sample *sample;

        ovs_mutex_lock(&pc->mutex);
        LIST_FOR_EACH_POP (sample, node, &pc->samples) {
            free(sample);
        }
        ovs_mutex_unlock(&pc->mutex);
        port_counters_forget(pc);
        hmap_destroy(&pc->last);
        seq_destroy(pc->wanted_seq);
        ovs_mutex_destroy(&pc->mutex);
        free(pc);
    }
}

void
port_counters_want(struct port_counters *pc, bool wanted)
{
    bool before;

    atomic_read_relaxed(&pc->wanted, &before);
    if (wanted != before) {
        atomic_store_relaxed(&pc->wanted, wanted);
        seq_change(pc->wanted_seq);
    }
}

bool
port_counters_are_wanted(struct port_counters *pc)
{
    uint64_t seq = seq_read(pc->wanted_seq);
    bool wanted;

    atomic_read_relaxed(&pc->wanted, &wanted);
    if (!wanted) {
        seq_wait(pc->wanted_seq, seq);
    }
    return wanted;
}

/* Returns the last reading of 'port', one without counters if there is
 * none. */
static struct last_reading *
last_reading_get(struct port_counters *pc, uint32_t port)
{
    uint32_t hash = hash_int(port, 0);
    struct last_reading *last;

    HMAP_FOR_EACH_WITH_HASH (last, node, hash, &pc->last) {
        if (last->reading.port == port) {
            return last;
        }
    }
    last = xzalloc(sizeof *last);
    last->reading.port = port;
    hmap_insert(&pc->last, &last->node, hash);
    return last;
}

/* Stores in 'change' what changed from 'last' to 'reading', and takes that
 * over. */
static void
take_reading(struct port_reading *last, const struct port_reading *reading,
             struct port_change *change)
{
    change->port = reading->port;
    for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
        uint64_t value = reading->values[i];
        uint64_t before = last->values[i];
        port_counter_set bit = 1u << i;

        if (!(reading->has & bit)) {
            continue;
        }
        last->values[i] = value;
        if (port_counter_is_level(i)) {
            change->values[i] = value;
            change->has |= bit;
        } else if (last->has & bit) {
            change->values[i] = value > before ? value - before : 0;
            change->has |= bit;
        }
        if (change->values[i]) {
            change->moved |= bit;
        }
    }
    last->has |= reading->has;
}

/* Forgets ports that were not in the readings of this round. */
static void
forget_missing(struct port_counters *pc)
{
    struct last_reading *last;

    HMAP_FOR_EACH_SAFE (last, node, &pc->last) {
        if (last->round != pc->round) {
            hmap_remove(&pc->last, &last->node);
            free(last);
        }
    }
}

bool
port_counters_add(struct port_counters *pc, uint64_t now_us,
                  const struct port_reading *readings, size_t n)
{
    struct port_sample *sample;
    bool behind;

    ovs_mutex_lock(&pc->mutex);
    behind = pc->n_samples >= MAX_WAITING;
    ovs_mutex_unlock(&pc->mutex);
    if (behind) {
        return false;
    }

    sample = xzalloc(sizeof *sample + n * sizeof sample->changes[0]);
    sample->epoch = now_us / pc->epoch_us;
    sample->n = n;
    pc->round++;
    for (size_t i = 0; i < n; i++) {
        struct last_reading *last = last_reading_get(pc, readings[i].port);

        last->round = pc->round;
        take_reading(&last->reading, &readings[i], &sample->changes[i]);
    }
    if (hmap_count(&pc->last) > n) {
        forget_missing(pc);
    }

    ovs_mutex_lock(&pc->mutex);
    ovs_list_push_back(&pc->samples, &sample->node);
    pc->n_samples++;
    ovs_mutex_unlock(&pc->mutex);
    return true;
}

void
port_counters_forget(struct port_counters *pc)
{
    pc->round++;
    forget_missing(pc);
}

struct port_sample *
port_counters_pop(struct port_counters *pc, uint64_t first, uint64_t end)
{
    struct port_sample *sample = NULL;

    ovs_mutex_lock(&pc->mutex);
    if (!ovs_list_is_empty(&pc->samples)) {
        sample = CONTAINER_OF(ovs_list_front(&pc->samples),
                              struct port_sample, node);
        sample->epoch = MAX(sample->epoch, MAX(first, pc->last_epoch));
        if (sample->epoch < end) {
            ovs_list_remove(&sample->node);
            pc->n_samples--;
            pc->last_epoch = sample->epoch;
        } else {
            sample = NULL;
        }
    }
    ovs_mutex_unlock(&pc->mutex);
    return sample;
}
