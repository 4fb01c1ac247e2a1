/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef FUZZ_H
#define FUZZ_H 1

/* A target of fuzzing: one function that is given bytes and may do anything
 * with them but crash, leak, or fail an assertion.
 *
 * Usage
 * =====
 *
 * tests/fuzz/NAME-target.c defines the function.  "make check" links it with
 * driver.c, which gives it what is in tests/fuzz/corpus/NAME/; "make
 * check-fuzz" links it with libFuzzer, which makes up more.
 *
 * Thread-safety: runs on the main thread. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* fuzz.h */
