/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/windows.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "ovs-atomic.h"
#include "util.h"

/* Of each two pairs: A B  B A  C C. */
static const enum window_state cycle[] = {
    WINDOW_A, WINDOW_B, WINDOW_B, WINDOW_A, WINDOW_CONTROL, WINDOW_CONTROL,
};
#define CYCLE ARRAY_SIZE(cycle)

struct window {
    uint64_t wall_ns;
    uint64_t cpu_ns;
    struct window_counts counts;
};

struct windows {
    struct windows_settings settings;
    struct window *windows;     /* [n_windows] */
    size_t n_windows;

    /* Of the thread. */
    size_t current;             /* Index into 'windows'. */
    bool started;
    bool warm;                  /* The beginning has ended. */
    uint64_t first_packets;     /* When it does, as counted. */
    bool timed;                 /* No longer warming up. */
    uint64_t until_ns;          /* End of this phase. */

    atomic_size_t n_done;
};

uint64_t
clock_ns(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
}

struct windows *
windows_create(const struct windows_settings *settings)
{
    struct windows *windows = xzalloc(sizeof *windows);

    ovs_assert(settings->n_pairs % 2 == 0);
    windows->settings = *settings;

    /* One more A: the last C has a neighbour, too. */
    windows->n_windows = settings->n_pairs / 2 * CYCLE + 1;
    windows->windows = xcalloc(windows->n_windows, sizeof *windows->windows);
    atomic_init(&windows->n_done, 0);
    return windows;
}

void
windows_destroy(struct windows *windows)
{
    if (windows) {
        free(windows->windows);
        free(windows);
    }
}

bool
windows_are_done(const struct windows *windows)
{
    size_t n;

    /* Pairs with windows_end(). */
    atomic_read_explicit(&CONST_CAST(struct windows *, windows)->n_done, &n,
                         memory_order_acquire);
    return n >= windows->n_windows;
}

double
windows_progress(const struct windows *windows)
{
    size_t n;

    atomic_read_relaxed(&CONST_CAST(struct windows *, windows)->n_done, &n);
    return (double) n / windows->n_windows;
}

static void
windows_enter(struct windows *windows, enum window_state state,
              uint64_t until_ns)
{
    windows->settings.enter(state, windows->settings.aux);
    windows->timed = false;
    windows->until_ns = until_ns;
}

static void
windows_begin(struct windows *windows, uint64_t now_ns,
              const struct window_counts *counts)
{
    windows->windows[windows->current] = (struct window) {
        .wall_ns = now_ns,
        .cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID),
        .counts = *counts,
    };
    windows->timed = true;
    windows->until_ns = now_ns + windows->settings.timed_ns;
}

static void
windows_end(struct windows *windows, uint64_t now_ns,
            const struct window_counts *counts)
{
    struct window *window = &windows->windows[windows->current];

    window->wall_ns = now_ns - window->wall_ns;
    window->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - window->cpu_ns;
    window->counts.packets = counts->packets - window->counts.packets;
    window->counts.cache_hits = (counts->cache_hits
                                 - window->counts.cache_hits);
    windows->current++;
    /* Pairs with windows_are_done(). */
    atomic_store_explicit(&windows->n_done, windows->current,
                          memory_order_release);
}

void
windows_run(struct windows *windows, const struct window_counts *counts)
{
    uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);

    if (windows->current >= windows->n_windows) {
        return;
    }
    if (!windows->started) {
        windows->started = true;
        windows->first_packets = (counts->packets
                                  + windows->settings.first_packets);
        windows_enter(windows, WINDOW_B, now_ns + windows->settings.first_ns);
        return;
    }
    if (now_ns < windows->until_ns) {
        return;
    }
    if (!windows->warm) {
        if (counts->packets >= windows->first_packets) {
            windows->warm = true;
            windows_enter(windows, cycle[0],
                          now_ns + windows->settings.warm_up_ns);
        }
    } else if (!windows->timed) {
        windows_begin(windows, now_ns, counts);
    } else {
        windows_end(windows, now_ns, counts);
        windows_enter(windows, cycle[windows->current % CYCLE],
                      now_ns + windows->settings.warm_up_ns);
    }
}

static int
compare_doubles(const void *a_, const void *b_)
{
    double a = *(const double *) a_;
    double b = *(const double *) b_;

    return a < b ? -1 : a > b;
}

static double
quantile(const double *sorted, size_t n, double q)
{
    double at = q * (n - 1);
    size_t i = floor(at);
    size_t j = MIN(i + 1, n - 1);

    return sorted[i] + (at - i) * (sorted[j] - sorted[i]);
}

struct spread
spread_of(double *a, size_t n)
{
    if (!n) {
        return (struct spread) { NAN, NAN, NAN, 0 };
    }
    qsort(a, n, sizeof *a, compare_doubles);
    return (struct spread) {
        .median = quantile(a, n, .5),
        .low = quantile(a, n, .25),
        .high = quantile(a, n, .75),
        .n = n,
    };
}

static uint64_t
read_cycles(void)
{
#ifdef __x86_64__
    return __builtin_ia32_rdtsc();
#else
    return clock_ns(CLOCK_MONOTONIC);
#endif
}

double
cycles_per_ns(void)
{
    static double value;

    if (!value) {
        uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);
        uint64_t start = read_cycles();
        uint64_t now_ns;

        do {
            now_ns = clock_ns(CLOCK_MONOTONIC);
        } while (now_ns - start_ns < 20 * 1000 * 1000);
        value = ((double) (read_cycles() - start)
                 / (now_ns - start_ns));
    }
    return value;
}

/* Cycles per packet in window 'i'. */
static double
window_cycles(const struct windows *windows, size_t i)
{
    const struct window *window = &windows->windows[i];

    return (double) window->cpu_ns / window->counts.packets * cycles_per_ns();
}

/* Stores what the windows in 'state', which is A or B, have. */
static void
get_state_result(const struct windows *windows, enum window_state state,
                 struct windows_result *result)
{
    double *cycles = xcalloc(windows->n_windows, sizeof *cycles);
    struct window_counts sum = { 0, 0 };
    size_t n = 0;

    for (size_t i = 0; i < windows->n_windows; i++) {
        if (cycle[i % CYCLE] == state) {
            cycles[n++] = window_cycles(windows, i);
            sum.packets += windows->windows[i].counts.packets;
            sum.cache_hits += windows->windows[i].counts.cache_hits;
        }
    }
    result->cycles[state] = spread_of(cycles, n);
    result->cache_hits[state] = (double) sum.cache_hits / sum.packets;
    free(cycles);
}

void
windows_get_result(const struct windows *windows,
                   struct windows_result *result)
{
    size_t n = windows->settings.n_pairs;
    double *ratios = xcalloc(n, sizeof *ratios);
    double *controls = xcalloc(n, sizeof *controls);
    double *extra = xcalloc(n, sizeof *extra);
    uint64_t wall_ns = 0, cpu_ns = 0;

    for (size_t i = 0; i < n; i++) {
        size_t first = i / 2 * CYCLE;
        size_t a = first + (i % 2 ? 3 : 0);
        size_t b = first + (i % 2 ? 2 : 1);
        size_t c = first + (i % 2 ? 5 : 4);
        size_t c_a = first + (i % 2 ? 6 : 3);   /* Its neighbour. */

        ratios[i] = window_cycles(windows, a) / window_cycles(windows, b);
        extra[i] = window_cycles(windows, b) - window_cycles(windows, a);
        controls[i] = (window_cycles(windows, c_a)
                       / window_cycles(windows, c));
    }
    for (size_t i = 0; i < windows->n_windows; i++) {
        wall_ns += windows->windows[i].wall_ns;
        cpu_ns += windows->windows[i].cpu_ns;
    }

    *result = (struct windows_result) {
        .n_pairs = n,
        .ratio = spread_of(ratios, n),
        .control = spread_of(controls, n),
        .extra_cycles = spread_of(extra, n),
        .lost = 1 - (double) cpu_ns / wall_ns,
    };
    get_state_result(windows, WINDOW_A, result);
    get_state_result(windows, WINDOW_B, result);
    free(ratios);
    free(controls);
    free(extra);
}
