/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/cost-meter.h"

#include "monitor/cycles.h"
#include "monitor/gather.h"
#include "monitor/scatter-private.h"
#include "util.h"

void
cost_meter_init(struct cost_meter *meter)
{
    memset(meter, 0, sizeof *meter);
    cost_model_init(&meter->model);
    meter->start_cycles = cycles_now();
    meter->start_ns = cycles_clock_ns(CLOCK_MONOTONIC);
}

/* Returns by how much '*last' was behind 'now', and sets it to that. */
static double
advance(uint64_t *last, uint64_t now)
{
    uint64_t change = now - *last;

    *last = now;
    return change;
}

void
cost_meter_add_sweep(struct cost_meter *meter, const struct gather *gather,
                     uint64_t ns)
{
    struct cost_work *work = &meter->sweep_work;

    work->n[COST_SWEEP]++;
    work->n[COST_FLOW] += advance(&meter->n_flows, gather->n_flows);
    work->n[COST_PAIR] += advance(&meter->n_pairs, gather->n_pairs);
    work->n[COST_TEST] += advance(&meter->n_tests, gather->n_tests);
    work->n[COST_TRACK] += advance(&meter->n_tracked, gather->n_tracked);
    meter->sweep_ns += ns;
}

/* What a sweep takes by itself is seen when there is nothing to sweep. */
static void
fit_sweeps(struct cost_meter *meter, double seconds)
{
    double cycles = meter->sweep_ns * meter->model.hz / 1e9;
    const struct cost_work *work = &meter->sweep_work;
    double ends = cost_model_cycles(&meter->model, COST_PART_EPOCHS, work);

    if (!work->n[COST_PAIR] && !work->n[COST_TRACK] && !work->n[COST_TEST]) {
        cost_model_observe(&meter->model, COST_PART_EPOCHS, work, cycles,
                           work->n[COST_SWEEP]);
    } else {
        cost_model_observe(&meter->model, COST_PART_SWEEPS, work,
                           MAX(0, cycles - ends), work->n[COST_SWEEP]);
    }
    meter->sweep_hz = cycles / seconds;
    meter->sweep_ns = 0;
    memset(&meter->sweep_work, 0, sizeof meter->sweep_work);
}

static void
fit_matches(struct cost_model *model, const struct burst_sums *sums)
{
    struct cost_work work = {
        .n = {
            [COST_MATCH] = sums->n_probes,
            [COST_PATTERN] = sums->probe_patterns,
        },
    };

    cost_model_observe(model, COST_PART_MATCHES, &work, sums->probe_cycles,
                       sums->n_probes);
}

/* The cycles of a burst are those of its packets, and of its new flows. */
static void
fit_packets(struct cost_model *model, const struct burst_sums *sums)
{
    struct cost_work work = {
        .n = {
            [COST_BURST] = sums->n_bursts,
            [COST_PACKET] = sums->n_packets,
            [COST_MEASURE] = sums->n_measures,
            [COST_RECORD] = sums->n_records,
            [COST_MATCH] = sums->n_matches,
            [COST_PATTERN] = sums->n_patterns,
        },
    };
    double matches = cost_model_cycles(model, COST_PART_MATCHES, &work);

    cost_model_observe(model, COST_PART_PACKETS, &work,
                       MAX(0, sums->burst_cycles - matches), sums->n_bursts);
}

/* Stores in 'change' by how much 'last' was behind 'now'. */
static void
subtract_sums(const struct burst_sums *now, const struct burst_sums *last,
              struct burst_sums *change)
{
    uint64_t a[SUMS_WORDS], b[SUMS_WORDS];

    memcpy(a, now, sizeof a);
    memcpy(b, last, sizeof b);
    for (size_t i = 0; i < SUMS_WORDS; i++) {
        a[i] -= b[i];
    }
    memcpy(change, a, sizeof a);
}

static void
end_thread_window(struct cost_model *model, struct scatter *scatter,
                  double seconds)
{
    struct thread_meter *tm = &scatter->meter;
    struct burst_sums sums, change;
    struct ledger ledger;
    uint64_t n_matches, n_screened;
    double screened_hz;

    scatter_ledger(scatter, &ledger);
    atomic_read_relaxed(&scatter->gate.n_screened, &n_screened);
    atomic_read_relaxed(&scatter->n_matches, &n_matches);
    burst_sampler_get_sums(&scatter->sampler, &sums);
    subtract_sums(&sums, &tm->sums, &change);
    tm->sums = sums;

    tm->packets_hz = advance(&tm->received, ledger.received) / seconds;
    screened_hz = advance(&tm->n_screened, n_screened) / seconds;
    tm->looked_hz = MAX(0, tm->packets_hz - screened_hz);
    tm->matches_hz = advance(&tm->n_matches, n_matches) / seconds;
    if (change.packets) {
        tm->cycles = (double) change.cycles / change.packets;
        tm->bursts = (double) change.bursts / change.packets;
    }
    fit_matches(model, &change);
    fit_packets(model, &change);
}

void
cost_meter_run(struct cost_meter *meter, struct ovs_list *scatters,
               uint64_t now_us)
{
    uint64_t ns = cycles_clock_ns(CLOCK_MONOTONIC);
    struct scatter *scatter;
    double seconds;

    if (!meter->start_us) {
        meter->start_us = now_us;
    }
    if (now_us < meter->start_us + METER_WINDOW_US || ns <= meter->start_ns) {
        return;
    }
    seconds = advance(&meter->start_us, now_us) / 1e6;
    meter->model.hz = ((double) (cycles_now() - meter->start_cycles)
                       / (ns - meter->start_ns) * 1e9);
    fit_sweeps(meter, seconds);
    LIST_FOR_EACH (scatter, node, scatters) {
        end_thread_window(&meter->model, scatter, seconds);
    }
    meter->n_windows++;
}
