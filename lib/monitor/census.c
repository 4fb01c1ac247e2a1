/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/census.h"

#include <math.h>

#include "util.h"

double
census_total(const struct census *census)
{
    return (census->d
            + census->f1 * MAX(census->f1 - 1, 0) / (2 * (census->f2 + 1)));
}

double
census_active(double n, double packets)
{
    return n > 0 && packets > 0 ? MIN(packets, n * -expm1(-packets / n)) : 0;
}
