/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_PORT_SAMPLER_H
#define OFPROTO_EXT_PORT_SAMPLER_H 1

#include <stddef.h>
#include <stdint.h>

#include "monitor/durations.h"

/* The thread that reads the counters of ports, once in each epoch.
 *
 * A sample is taken shortly before its epoch ends, so that it belongs to what
 * it counts: by PORT_SAMPLER_LEAD_US, and in short epochs by a quarter of
 * them.  What changes after it, in the rest of the epoch, belongs to the next
 * one.  The sampler rests as long as it worked, so if a sample takes long, it
 * takes fewer.  While there are no triggers it sleeps.
 *
 * It reads with system calls and, for ports of DPDK, with their mutexes, which
 * is why neither a packet thread nor the sweeper does it.
 *
 * Thread-safety: main thread only. */

#define PORT_SAMPLER_LEAD_US 500

struct port_counters;
struct port_sampler;
struct unix_clock;

/* The counters must not be destroyed before the sampler. */
struct port_sampler *port_sampler_create(struct port_counters *,
                                         const struct unix_clock *,
                                         uint64_t epoch_us);
void port_sampler_destroy(struct port_sampler *);

struct port_sampler_status {
    uint64_t samples;
    uint64_t late;              /* Epochs that ended without a sample. */
    size_t n_ports;             /* In the last sample, and those of them... */
    size_t n_read;              /* ...of which there were counters. */
    const char *error;          /* Of the last sample, or null. */
    struct duration_percentiles took;
};
void port_sampler_get_status(struct port_sampler *,
                             struct port_sampler_status *);

#endif /* ofproto-ext/port-sampler.h */
