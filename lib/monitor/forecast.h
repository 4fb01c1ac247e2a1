/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_FORECAST_H
#define MONITOR_FORECAST_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/burst-sampler.h"
#include "monitor/cost.h"

/* A forecast: what triggers would cost with the traffic that there is.
 *
 * It is made of the packets that were sampled on each packet thread, of the
 * threads' rates and of a cost model.  Triggers are added to it one by one,
 * or all of a table; what a trigger costs depends on those that are there:
 * which of its filter's fields, measures and records others need as well.
 *
 * Usage
 * =====
 *
 *     struct forecast *f = forecast_create(&model, epoch_us);
 *     forecast_add_thread(f, &thread, packets, n, scopes);
 *     forecast_add_table(f, table);
 *     forecast_add(f, trigger, FORECAST_TRY, &cost);
 *
 * Flows are estimated from samples, see census_total().  Numbers are
 * those of the last second: what is not there now, is not foreseen.
 *
 * Thread-safety: none. */

struct forecast;
struct scope_map;
struct trigger;
struct trigger_table;

/* A packet thread. */
struct forecast_thread_settings {
    const char *name;
    double packets_hz;          /* Packets a second. */
    double matches_hz;          /* New flows a second. */
    double bursts;              /* For each packet. */
};

struct forecast_cost {
    double packets_hz;          /* Packets a second, of all threads... */
    double matched_hz;          /* ...and of these, those that match. */
    double flows;               /* That match, now. */
    double keys;                /* In an interval. */
    double memory_bytes;

    /* Of the packet thread that is busiest with monitoring then, among those
     * for which there is more to do; null if there is none. */
    const char *thread;         /* Good as long as the forecast. */
    double packet_cycles;       /* For each of its packets. */
    double thread_percent;      /* Of its CPU, what the trigger takes... */
    double thread_others;       /* ...beside the others. */

    /* Of the sweeper. */
    double sweep_us;            /* In each epoch. */
    double sweep_percent;       /* Of its CPU... */
    double sweep_others;        /* ...beside the others. */
};

struct forecast *forecast_create(const struct cost_model *,
                                 uint64_t epoch_us);
void forecast_destroy(struct forecast *);

/* Adds a packet thread on which the 'n' packets were sampled.  'scopes' may be
 * null.  All threads must be there before the first trigger. */
void forecast_add_thread(struct forecast *,
                         const struct forecast_thread_settings *,
                         const struct sampled_packet *, size_t n,
                         const struct scope_map *);

enum forecast_mode {
    FORECAST_TRY,               /* Only tell the cost. */
    FORECAST_ADD,               /* From now on the trigger is there. */
    FORECAST_ALONE,             /* Tell the cost as if no other were there
                                 * that shares something with it. */
};

/* Stores in '*cost' what 'trigger' costs. */
void forecast_add(struct forecast *, const struct trigger *,
                  enum forecast_mode, struct forecast_cost *cost);

/* Adds all triggers of 'table' but removed ones. */
void forecast_add_table(struct forecast *, struct trigger_table *);

/* Stores what all triggers that were added cost: of 'cost', the members of
 * threads and sweeper, all in '..._percent'. */
void forecast_total(const struct forecast *, struct forecast_cost *);

#endif /* monitor/forecast.h */
