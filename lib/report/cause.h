/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef REPORT_CAUSE_H
#define REPORT_CAUSE_H 1

#include <stdint.h>

/* Causes of incompleteness; see cause-table.h.
 * Thread-safety: constants. */

enum cause {
#define CAUSE(ID, NAME, HELP) CAUSE_##ID,
#include "report/cause-table.h"
    N_CAUSES
};

/* A set of causes: bit 1 << CAUSE_*. */
typedef uint32_t cause_set;

/* The word that stands for a cause in "why" and in the ledger, and a sentence
 * about it and its remedy. */
const char *cause_name(enum cause);
const char *cause_help(enum cause);

#endif /* report/cause.h */
