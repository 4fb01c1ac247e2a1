/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_WINDOWS_H
#define TESTS_BENCH_WINDOWS_H 1

/* Compares two states of a thread that processes packets, in one process.
 *
 * A virtual machine's core changes its speed by half for seconds at a time,
 * so absolute figures of two runs say little.  Here the thread itself changes
 * between the states every few milliseconds, and each short window in one
 * state is compared with its neighbour in the other.  The result is the
 * median of the ratios.  The order is
 *
 *     A B   B A   C C   A B   B A   C C   ...
 *
 * so that a drift cancels.  C is the control: the same as A, but switched to
 * and compared with A in the same way.  If C/A is not 1, B/A means nothing.
 *
 * After each switch the thread runs for a while untimed.  What is timed is the
 * CPU time of the thread, so that windows in which other programs took its CPU
 * count as well.
 *
 * Usage
 * =====
 *
 *     windows = windows_create(&settings);
 *     windows_run(windows, n_packets, ...);        on the thread, often
 *     if (windows_are_done(windows)) ...           on another
 *     windows_get_result(windows, &result);
 *
 * Thread-safety: windows_run() runs on the thread that is measured,
 * windows_get_result() after windows_are_done(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum window_state {
    WINDOW_A,
    WINDOW_B,
    WINDOW_CONTROL,
};

struct windows_settings {
    size_t n_pairs;             /* Even. */
    uint64_t first_ns;          /* Untimed at the very beginning, in B: so
                                 * long... */
    uint64_t first_packets;     /* ...and so many. */
    uint64_t warm_up_ns;        /* Untimed after each switch. */
    uint64_t timed_ns;
    void (*enter)(enum window_state, void *aux);    /* Runs on: the thread. */
    void *aux;
};

/* What the thread counts.  Only differences matter. */
struct window_counts {
    uint64_t packets;
    uint64_t cache_hits;
};

struct windows;

struct windows *windows_create(const struct windows_settings *);
void windows_destroy(struct windows *);

/* Switches, and takes times, if it is time to. */
void windows_run(struct windows *, const struct window_counts *);

bool windows_are_done(const struct windows *);

/* From 0 to 1. */
double windows_progress(const struct windows *);

/* A median with its quartiles, of 'n' values. */
struct spread {
    double median, low, high;
    size_t n;
};

struct windows_result {
    size_t n_pairs;
    struct spread ratio;        /* Throughput of B / throughput of A. */
    struct spread control;      /* The same of C. */
    struct spread extra_cycles; /* Cycles per packet, B - A. */
    struct spread cycles[2];    /* Cycles per packet of A, of B. */
    double cache_hits[2];       /* Share of packets, of A, of B. */
    double lost;                /* Share of the time when the thread did not
                                 * have its CPU. */
};

void windows_get_result(const struct windows *, struct windows_result *);

/* Sorts 'a' and returns its median and quartiles. */
struct spread spread_of(double *a, size_t n);

/* Cycles of the time stamp counter in a nanosecond; 1 where there is none. */
double cycles_per_ns(void);

uint64_t clock_ns(clockid_t);

#endif /* tests/bench/windows.h */
