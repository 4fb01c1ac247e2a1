/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* Why packets were not observed, or why an interval may be incomplete.
 *
 *     CAUSE(ID, "name", "what happened, and what to do about it")
 *
 * The name stands in "why" of a report and in the ledger. */
CAUSE(TABLE_FULL, "table_full",
      "no room for another flow; raise trumpet-max-flows")
CAUSE(CELLS_FULL, "cells_full",
      "no room for a flow's aggregates; raise trumpet-max-flows")
CAUSE(PLANS_FULL, "plans_full",
      "too many different sets of matching triggers")
CAUSE(LOG_FULL, "log_full",
      "too many packets of flows that match triggers with TCP state or bursts")
CAUSE(HISTORY_FULL, "history_full",
      "no room for the TCP state of another flow; raise trumpet-max-flows")
CAUSE(PLACES_FULL, "places_full",
      "too many different ports, VLANs and tunnels")
CAUSE(KEYS_FULL, "keys_full",
      "no room for another key of a trigger; coarsen its granularity")
CAUSE(SWEEP_OVERRUN, "sweep_overrun",
      "the sweeper did not keep up; it may be starved of CPU")
CAUSE(RESTART, "restart",
      "the monitor was started or reconfigured within the interval")
CAUSE(OFFLOADED, "offloaded",
      "hardware offload forwards packets that the monitor cannot see")
CAUSE(CLOCK, "clock",
      "the wall clock was stepped within the interval")
CAUSE(STALLED, "stalled",
      "ovs-vswitchd was stopped, or had no CPU, within the interval")
CAUSE(GUARD, "guard",
      "a flood of new flows, held back until they go on; see operating.rst")
#undef CAUSE
