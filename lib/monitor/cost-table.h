/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* What costs time, and how much.
 *
 *     COST(ID, PART, cycles, "name", "what it is")
 *
 * The cycles are those of the benchmark's machine (docs/performance.rst); a
 * switch scales all of a part by what it measures.  docs/operating.rst has
 * the same table. */
COST(BURST, PACKETS, 80, "burst",
     "begin and end a burst")
COST(PACKET, PACKETS, 24, "packet",
     "read a packet's headers, find its flow, count it")
COST(SCREEN, PACKETS, 3, "screen",
     "see by a packet's addresses that no trigger matches it, and no more")
COST(MEASURE, PACKETS, 25, "measure",
     "evaluate a measure beyond packets, bytes and volume for a packet")
COST(RECORD, PACKETS, 40, "record",
     "record a packet for TCP state, round trips or bursts")
COST(MATCH, MATCHES, 170, "new flow",
     "match a new flow with all triggers")
COST(PATTERN, MATCHES, 15, "pattern",
     "the same, for each pattern")
COST(SWEEP, EPOCHS, 20000, "sweep",
     "end an epoch")
COST(FLOW, SWEEPS, 100, "flow",
     "gather a flow that was active in an epoch")
COST(PAIR, SWEEPS, 60, "pair",
     "add a flow to the key of a trigger that it matches")
COST(TEST, SWEEPS, 60, "test",
     "test a key at the end of an interval")
COST(TRACK, SWEEPS, 100, "tracked",
     "follow a recorded packet's connection")
#undef COST
