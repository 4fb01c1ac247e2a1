/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "port-sampler.h"

#include <time.h>

#include "coverage.h"
#include "device-counters.h"
#include "latch.h"
#include "link-counters.h"
#include "monitor/port-counters.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/thread.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "sampled-ports.h"
#include "timely.h"
#include "timeval.h"
#include "unix-clock.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_sampler);

COVERAGE_DEFINE(trumpet_port_sample);
COVERAGE_DEFINE(trumpet_port_sample_late);

/* How long to leave a device alone that could not be read. */
#define RETRY_INTERVAL_US (1000 * 1000)

/* What only DPDK knows of an interface of the kernel that it drives. */
#define DPDK_ONLY (1u << PORT_COUNTER_RX_MISSED         \
                   | 1u << PORT_COUNTER_RX_NOMBUF       \
                   | 1u << PORT_COUNTER_TX_FAILED)

struct port_sampler {
    struct port_counters *counters;
    const struct unix_clock *clock;
    uint64_t epoch_us;
    struct latch exit_latch;
    pthread_t thread;

    /* Of the thread. */
    struct timely timer;
    struct link_counters *links;
    struct sampled_ports ports;
    struct port_reading *readings;      /* One for each of 'ports'. */
    uint64_t *retry_us;                 /* When to read its device again. */
    bool sampling;              /* False: the last sample is out of date. */
    uint64_t last_epoch;        /* Of the last sample. */
    uint64_t due_us;            /* Unix time of the next one. */

    struct ovs_mutex mutex;     /* Guards all below. */
    struct port_sampler_status status OVS_GUARDED;
    struct durations took OVS_GUARDED;
};

/* Takes over which ports there are. */
static void
sampler_update_ports(struct port_sampler *sampler)
{
    struct sampled_ports *ports = &sampler->ports;

    if (!sampled_ports_update(ports)) {
        return;
    }
    free(sampler->readings);
    free(sampler->retry_us);
    sampler->readings = xcalloc(ports->n, sizeof *sampler->readings);
    sampler->retry_us = xcalloc(ports->n, sizeof *sampler->retry_us);
    link_counters_clear(sampler->links);
    for (size_t i = 0; i < ports->n; i++) {
        const struct sampled_port *port = ports->ports[i];

        if (port->link) {
            link_counters_add(sampler->links, port->link, port->reversed, i);
        }
    }
}

/* Reads 'port' through its netdev, if it has one. */
static void
sampler_read_device(struct port_sampler *sampler, size_t i, uint64_t now_us)
{
    struct sampled_port *port = sampler->ports.ports[i];
    struct port_reading *reading = &sampler->readings[i];

    if (sampler->retry_us[i] > now_us) {
        return;
    }
    ovs_mutex_lock(&port->mutex);
    if (port->device && !device_counters_read(port->device, reading)) {
        sampler->retry_us[i] = now_us + RETRY_INTERVAL_US;
    }
    ovs_mutex_unlock(&port->mutex);
    if (port->link) {
        reading->has &= DPDK_ONLY;
    }
}

/* Reads all ports.  Returns null or an error. */
static const char *
sampler_read(struct port_sampler *sampler, uint64_t now_us)
{
    for (size_t i = 0; i < sampler->ports.n; i++) {
        struct port_reading *reading = &sampler->readings[i];

        memset(reading, 0, sizeof *reading);
        reading->port = sampler->ports.ports[i]->id;
        sampler_read_device(sampler, i, now_us);
    }
    return link_counters_read(sampler->links, sampler->readings);
}

static size_t
sampler_count_read(const struct port_sampler *sampler)
{
    size_t n = 0;

    for (size_t i = 0; i < sampler->ports.n; i++) {
        n += sampler->readings[i].has != 0;
    }
    return n;
}

static void
sampler_account(struct port_sampler *sampler, uint64_t n_late,
                uint64_t took_us, const char *error)
{
    ovs_mutex_lock(&sampler->mutex);
    if (error && !sampler->status.error) {
        VLOG_WARN("counters of interfaces cannot be read: %s", error);
    }
    sampler->status.samples++;
    sampler->status.late += n_late;
    sampler->status.n_ports = sampler->ports.n;
    sampler->status.n_read = sampler_count_read(sampler);
    sampler->status.error = error;
    durations_add(&sampler->took, took_us);
    ovs_mutex_unlock(&sampler->mutex);
}

/* The time of the sample of the first epoch whose sample is not before
 * 'from_us'. */
static uint64_t
sampler_next_due(const struct port_sampler *sampler, uint64_t from_us)
{
    uint64_t epoch_us = sampler->epoch_us;
    uint64_t lead_us = MIN(PORT_SAMPLER_LEAD_US, epoch_us / 4);

    return DIV_ROUND_UP(from_us + lead_us, epoch_us) * epoch_us - lead_us;
}

static uint64_t
clock_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * UINT64_C(1000000) + ts.tv_nsec / 1000;
}

static void
sampler_sample(struct port_sampler *sampler, uint64_t now_us)
{
    uint64_t epoch = now_us / sampler->epoch_us;
    uint64_t start_us = clock_us();
    uint64_t n_late = (sampler->sampling && epoch > sampler->last_epoch + 1
                       ? epoch - sampler->last_epoch - 1 : 0);

    COVERAGE_INC(trumpet_port_sample);
    COVERAGE_ADD(trumpet_port_sample_late, n_late);
    sampler_update_ports(sampler);
    const char *error = sampler_read(sampler, now_us);
    ignore(port_counters_add(sampler->counters, now_us, sampler->readings,
                             sampler->ports.n));

    uint64_t took_us = clock_us() - start_us;
    sampler_account(sampler, n_late, took_us, error);
    sampler->sampling = true;
    sampler->last_epoch = epoch;
    sampler->due_us = sampler_next_due(sampler, now_us + 2 * took_us + 1);
}

static void
sampler_run(struct port_sampler *sampler)
{
    if (!port_counters_are_wanted(sampler->counters)) {
        if (sampler->sampling) {
            sampler->sampling = false;
            sampler->due_us = 0;
            port_counters_forget(sampler->counters);
        }
        return;
    }

    uint64_t now_us = unix_clock_now(sampler->clock);

    if (now_us >= sampler->due_us
        || now_us / sampler->epoch_us < sampler->last_epoch) {
        sampler_sample(sampler, now_us);
    }
    timely_wait(&sampler->timer, unix_clock_to_monotonic(sampler->clock,
                                                         sampler->due_us));
}

static void *
sampler_main(void *sampler_)
{
    struct port_sampler *sampler = sampler_;

    timely_raise_priority();
    while (!latch_is_set(&sampler->exit_latch)) {
        sampler_run(sampler);
        latch_wait(&sampler->exit_latch);
        poll_block();
    }
    return NULL;
}

struct port_sampler *
port_sampler_create(struct port_counters *counters,
                    const struct unix_clock *clock, uint64_t epoch_us)
{
    struct port_sampler *sampler = xzalloc(sizeof *sampler);

    sampler->counters = counters;
    sampler->clock = clock;
    sampler->epoch_us = epoch_us;
    sampler->links = link_counters_create();
    timely_init(&sampler->timer);
    ovs_mutex_init(&sampler->mutex);
    latch_init(&sampler->exit_latch);
    sampler->thread = ovs_thread_create("trumpet-sample", sampler_main,
                                        sampler);
    return sampler;
}

void
port_sampler_destroy(struct port_sampler *sampler)
{
    if (sampler) {
        latch_set(&sampler->exit_latch);
        xpthread_join(sampler->thread, NULL);
        port_counters_forget(sampler->counters);
        latch_destroy(&sampler->exit_latch);
        ovs_mutex_destroy(&sampler->mutex);
        timely_uninit(&sampler->timer);
        link_counters_destroy(sampler->links);
        sampled_ports_uninit(&sampler->ports);
        free(sampler->readings);
        free(sampler->retry_us);
        free(sampler);
    }
}

void
port_sampler_get_status(struct port_sampler *sampler,
                        struct port_sampler_status *status)
{
    ovs_mutex_lock(&sampler->mutex);
    *status = sampler->status;
    durations_get(&sampler->took, &status->took);
    ovs_mutex_unlock(&sampler->mutex);
}
