/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_CAPTURE_H
#define MONITOR_CAPTURE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "monitor/frame.h"
#include "openvswitch/compiler.h"

/* A capture file as a sequence of bursts.
 *
 * Reads what libpcap reads (pcap and pcapng, micro- and nanoseconds), of
 * Ethernet only.  A burst has records that follow each other within one
 * quantum of time (floor(t / quantum) is the same), at most BURST_MAX.  Time
 * never goes back: a record stamped before its predecessor counts at its
 * predecessor's time.  A record that claims more captured bytes than the
 * packet had is taken to have had those.
 *
 * Usage
 * =====
 *
 *     struct capture *capture;
 *     char *error = capture_open("a.pcap", epoch_us, &capture);
 *     if (!error) {
 *         struct burst burst;
 *         while (capture_read(capture, &burst)) {
 *             ... burst.now_us, burst.frames[] until the next call ...
 *         }
 *         error = capture_close(capture);
 *     }
 *     if (error) {
 *         ... no capture, or not a whole one ...
 *         free(error);
 *     }
 *
 * Thread-safety: a capture belongs to one thread. */
struct capture;

/* Opens the file 'name', "-" for standard input.  Returns null or an error,
 * which the caller must free.  A quantum of 1 us keeps all times apart; a
 * larger one makes longer bursts, which are faster, of records between which
 * the user of the bursts makes no difference. */
char *capture_open(const char *name, uint64_t quantum_us, struct capture **)
    OVS_WARN_UNUSED_RESULT;

/* Closes 'capture'.  Returns null, or, if the file was damaged or cut short
 * behind the records that were read, an error, which the caller must free. */
char *capture_close(struct capture *);

/* Fills in 'burst', with the time of its first record.  Its frames are valid
 * until the next call.  Returns false and a burst of 0 frames at the end. */
bool capture_read(struct capture *, struct burst *);

/* Stores how many bytes of how many were read.  False if that is not known,
 * as of a pipe. */
bool capture_get_progress(const struct capture *,
                          uint64_t *done, uint64_t *total);

#endif /* monitor/capture.h */
