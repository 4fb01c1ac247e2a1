/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_FORECAST_PRIVATE_H
#define MONITOR_FORECAST_PRIVATE_H 1

#include "monitor/forecast.h"
#include "monitor/screen.h"
#include "openvswitch/hmap.h"

/* The state of a forecast, for forecast.c, and for forecast-work.c, which
 * finds out what work a trigger makes.
 *
 * Thread-safety: none. */

/* Measures of a flow that are remembered, to see which are shared; others
 * are taken for new ones. */
#define MAX_MEASURES 8

struct sampled_flow {
    struct flow_fields fields;  /* With its scope. */
    uint32_t n;                 /* Packets in the sample. */

    /* What the triggers that were added do with it. */
    bool looked_at;             /* It is not screened. */
    bool matched;
    bool recorded;
    uint8_t n_measures;
    uint32_t measures[MAX_MEASURES];    /* Hashes. */
};

struct forecast_thread {
    char *name;
    double packets_hz, matches_hz, bursts_hz;
    double weight;              /* Packets a second for each sampled one. */
    size_t begin, end;          /* Its flows. */
    struct cost_work work;      /* A second, of all triggers. */
};

/* A pattern that there is. */
struct forecast_pattern {
    struct hmap_node node;
    struct flow_fields mask;
};

struct forecast {
    struct cost_model model;
    double epoch_s;
    struct forecast_thread *threads;
    size_t n_threads;
    struct sampled_flow *flows;
    size_t n_flows;
    struct screen screen;       /* Of all triggers. */
    struct hmap patterns;       /* struct forecast_pattern. */
    size_t n_triggers;
    struct cost_work sweep;     /* A second, of all triggers. */
    uint64_t secret;            /* For hashing fields. */

    uint32_t *matching;         /* Scratch, [n_flows]. */
    uint32_t *reverse;          /* Scratch, [n_flows]. */
    uint32_t *hashes;           /* Scratch, [n_flows]. */
};

/* Flows of a forecast, by number, in ascending order. */
struct flow_list {
    const uint32_t *flows;
    size_t n;
};

/* A trigger, on its way through the threads. */
struct addition {
    struct forecast *forecast;
    struct screen screen;       /* With it. */
    const struct trigger *trigger;
    enum forecast_mode mode;
    bool first;                 /* There is no other. */
    bool new_pattern;
    bool history;               /* Packets are recorded. */
    uint32_t measures[64];      /* Hashes of those that a packet thread
                                 * evaluates. */
    size_t n_measures;

    /* What is left to be added: flows that match the filter, and flows that
     * match it mirrored and are to be recorded. */
    struct flow_list matching;
    struct flow_list reverse;
};

/* To be followed by storing the flows. */
void addition_init(struct addition *, struct forecast *,
                   const struct trigger *, enum forecast_mode);

/* Takes the flows of 'thread', the next one in the forecast's order, and adds
 * what there is to do for them, in a second, to 'work'.  Adds to 'cost' what
 * is counted there: packets, flows and keys. */
void addition_add_thread(struct addition *, const struct forecast_thread *,
                         struct cost_work *work, struct forecast_cost *cost);

/* True if an added trigger has pattern 'mask'. */
bool forecast_has_pattern(const struct forecast *,
                          const struct flow_fields *mask);

#endif /* monitor/forecast-private.h */
