/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_REPLAY_H
#define MONITOR_REPLAY_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "event/trigger-file.h"
#include "monitor/history-settings.h"
#include "openvswitch/compiler.h"

/* A replay: a capture through a monitor, on the capture's clock.
 *
 * Reports go to a stream as JSON lines in order, then a summary line that
 * holds the ledger.  A replay has one place, so triggers that name in_port or
 * tun_id are refused.
 *
 * Thread-safety: runs on the calling thread alone. */
struct replay_options {
    const char *capture;        /* Name of the file, "-" for stdin. */
    const struct trigger_texts *triggers;
    uint64_t epoch_us;
    struct history_settings history;
    size_t observe;             /* Keys to observe in each interval. */
    FILE *output;               /* For reports and summary. */
    FILE *progress;             /* For progress and speed, or null. */
    bool live;                  /* 'progress' is a terminal: rewrite the
                                 * line as the replay goes on. */
};

/* Returns null, or an error, which the caller must free.  If only the end of
 * the capture was damaged, all reports and the summary were written. */
char *replay_run(const struct replay_options *) OVS_WARN_UNUSED_RESULT;

#endif /* monitor/replay.h */
