/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_HISTORY_SETTINGS_H
#define MONITOR_HISTORY_SETTINGS_H 1

#include <stdint.h>

#include "monitor/burst-run.h"
#include "monitor/tcp-flow.h"

/* What counts as a burst, and when a flow's state is forgotten.
 *
 * Thread-safety: plain value. */
struct history_settings {
    uint64_t life_ns;           /* Longest silence of both directions. */
    uint32_t burst_gap_us;      /* Longest gap within a burst. */
    uint32_t burst_packets;     /* From which packet on a run is one. */
};
#define HISTORY_SETTINGS_DEFAULT {                      \
    .life_ns = TCP_FLOW_DEFAULT_LIFE_NS,                \
    .burst_gap_us = BURST_RUN_DEFAULT_GAP_US,           \
    .burst_packets = BURST_RUN_DEFAULT_PACKETS,         \
}

#endif /* monitor/history-settings.h */
