/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_COST_H
#define MONITOR_COST_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/dynamic-string.h"

/* The cost model: from work to cycles.
 *
 * Work is how often each of a few things is done (cost-table.h), such as "a
 * packet" or "a pair of flow and trigger".  Each takes so many cycles on the
 * benchmark's machine.  Another machine, other caches or other traffic make
 * all of a *part* dearer or cheaper, so a switch compares now and then the
 * cycles that a part took with those that the model says, and scales the part
 * by that: the profile of Trumpet, SIGCOMM 2016, kept up to date.
 *
 * Usage
 * =====
 *
 *     cost_model_init(&model);
 *     cost_model_observe(&model, COST_PART_SWEEPS, &work, cycles);
 *     ... cost_model_cycles(&model, COST_PART_SWEEPS, &other_work) ...
 *
 * Units: cycles are those of cycles_now() (cycles.h); work is a number, or,
 * where it is a rate, a number per second, and then cycles are per second.
 *
 * Thread-safety: none; plain values. */

enum cost_id {
#define COST(ID, PART, CYCLES, NAME, HELP) COST_##ID,
#include "monitor/cost-table.h"
    N_COSTS
};

/* What is scaled together because it is done together. */
enum cost_part {
    COST_PART_PACKETS,          /* On a packet thread: each packet. */
    COST_PART_MATCHES,          /* On a packet thread: each new flow. */
    COST_PART_EPOCHS,           /* On the sweeper: each epoch. */
    COST_PART_SWEEPS,           /* On the sweeper: what was active. */
    N_COST_PARTS
};

struct cost_work {
    double n[N_COSTS];
};

struct cost_model {
    struct {
        double measured;        /* Cycles that were measured... */
        double modelled;        /* ...and what is said of them, unscaled... */
        double n;               /* ...so many times. */
    } parts[N_COST_PARTS];
    double hz;                  /* Cycles in a second; 0: not known yet. */
};

/* So many times must a part be observed before it is scaled, and when there
 * are so many, what was observed up to then counts half. */
#define COST_MIN_OBSERVATIONS 16
#define COST_MAX_OBSERVATIONS 512

void cost_model_init(struct cost_model *);

/* Adds 'factor' times 'src' to 'dst'. */
void cost_work_add(struct cost_work *dst, const struct cost_work *src,
                   double factor);

/* Notes that 'work' of 'part' took 'cycles'; 'n' times in all.  Work of other
 * parts is not looked at. */
void cost_model_observe(struct cost_model *, enum cost_part,
                        const struct cost_work *work, double cycles,
                        double n);

/* True if 'part' is scaled by what was measured. */
bool cost_model_is_measured(const struct cost_model *, enum cost_part);

/* The cycles of one 'id'. */
double cost_model_unit(const struct cost_model *, enum cost_id);

/* The cycles that the 'part' of 'work' takes. */
double cost_model_cycles(const struct cost_model *, enum cost_part,
                         const struct cost_work *work);

/* The same of a packet thread and of the sweeper: both parts of it. */
double cost_model_packet_thread(const struct cost_model *,
                                const struct cost_work *work);
double cost_model_sweeper(const struct cost_model *,
                          const struct cost_work *work);

/* 'cycles' per second as percent of a CPU; 0 if hz is not known. */
double cost_model_percent(const struct cost_model *, double cycles);

enum cost_part cost_part(enum cost_id);

/* What one 'id' takes on the benchmark's machine. */
double cost_default_cycles(enum cost_id);

/* Appends the cycles of all units. */
void cost_model_format(const struct cost_model *, struct ds *);

#endif /* monitor/cost.h */
