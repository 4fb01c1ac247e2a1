/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_TRIGGER_TEST_H
#define MONITOR_TRIGGER_TEST_H 1

#include <stdbool.h>
#include <stdint.h>

#include "monitor/trigger.h"

struct scope_map;
struct tracker;

/* What a key is worth in a window: its own counts, its port's counters and the
 * state of its flows come together, and are tested.
 *
 * Thread-safety: guarded by the monitor's mutex. */

/* Returns a reference to what the counters of the port of 'key', or of all
 * ports that 'trigger' sees if it has none, changed by in 'window'; null for
 * nothing. */
struct port_changes *trigger_get_causes(const struct trigger *,
                                        const struct trigger_key *,
                                        const struct scope_map *,
                                        uint64_t window);

/* Tests 'key' (null: one without packets) in 'window'.  Returns true if the
 * predicate holds; stores the aggregates in 'values', one each. */
bool trigger_test(const struct trigger *, const struct trigger_key *,
                  const struct tracker *, uint64_t window, double *values);

#endif /* monitor/trigger-test.h */
