/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef TESTS_BENCH_OPTIONS_H
#define TESTS_BENCH_OPTIONS_H 1

/* The command line of the benchmark: a case, and what of it is changed. */

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/bench-case.h"
#include "tests/bench/bench-monitor.h"
#include "tests/bench/bench-source.h"

struct bench_options {
    struct bench_case c;
    struct bench_handicap handicap;
    enum bench_source_kind source;
    uint32_t first_ms;          /* Untimed at the beginning. */
    uint32_t run_ms;            /* How long what is not compared runs. */
    bool no_huge_pages;
    bool scan;                  /* Go over all entries, too. */
    bool forecast;              /* Foresee what the triggers cost, too. */
};

/* Exits with a message where an argument is wrong, and after --help and
 * --list. */
void bench_options_parse(struct bench_options *, int argc, char *argv[]);

#endif /* tests/bench/bench-options.h */
