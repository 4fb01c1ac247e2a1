/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_CENSUS_H
#define MONITOR_CENSUS_H 1

#include <stdint.h>

/* A census: how many different things there are, such as flows or keys, as
 * far as a sample of packets tells, each of which is of one of them.
 *
 * Thread-safety: plain values. */
struct census {
    double d;                   /* Different things in the sample... */
    double f1, f2;              /* ...and those in it just once, or twice. */
};

/* Adds a thing that 'n' packets of the sample are of. */
static inline void
census_add(struct census *census, uint32_t n)
{
    census->d++;
    census->f1 += n == 1;
    census->f2 += n == 2;
}

/* An estimate of how many there are.  (Chao 1984, in its bias-corrected form:
 * a lower bound.) */
double census_total(const struct census *);

/* How many of 'n' things are among 'packets' packets, each of which is of any
 * of them. */
double census_active(double n, double packets);

#endif /* monitor/census.h */
