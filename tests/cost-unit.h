/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef COST_UNIT_H
#define COST_UNIT_H 1

/* A cost model for the suites that reckon with it. */

#include "monitor/cost.h"

#define HZ 1e9

static inline struct cost_model
make_model(void)
{
    struct cost_model model;

    cost_model_init(&model);
    model.hz = HZ;
    return model;
}

#endif /* tests/cost-unit.h */
