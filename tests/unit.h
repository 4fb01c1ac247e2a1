/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef UNIT_H
#define UNIT_H 1

/* What a unit test program has in common: main().
 *
 * Usage
 * =====
 *
 * tests/test-NAME.c includes this header and defines test_suite().  The
 * program runs the suite, each test in a process of its own (CK_FORK=no: in
 * one, for a debugger), and CK_RUN_CASE=NAME chooses a test case.  See
 * libcheck's manual for more. */

#include <check.h>

/* Returns the suite of this program. */
Suite *test_suite(void);

#endif /* unit.h */
