/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/pcap-source.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "dp-packet.h"
#include "dpdk.h"
#include "fatal-signal.h"
#include "netdev-provider.h"
#include "pcap-file.h"
#include "smap.h"
#include "tests/bench/traffic.h"
#include "util.h"

/* What DPDK may take, for the buffers of two devices. */
#define MEMORY_MB "256"

#define REMEDY "; --source=own does without DPDK"

struct pcap_source {
    struct traffic *traffic;
    bool changes;               /* What the capture has is not all. */
    struct netdev *source;
    struct netdev_rxq *rxq;
    struct netdev *sink;
};

bool
pcap_source_is_built(void)
{
#ifdef DPDK_NETDEV
    return true;
#else
    return false;
#endif
}

static void
start_dpdk(void)
{
    struct smap config = SMAP_INITIALIZER(&config);

    /* Otherwise Open vSwitch would abort the process. */
    smap_add(&config, "dpdk-init", "try");
    smap_add(&config, "dpdk-extra", "--no-huge --legacy-mem --no-shconf "
             "--no-pci --no-telemetry -m "MEMORY_MB);
    smap_add(&config, "per-port-memory", "true");
    dpdk_init(&config);
    smap_destroy(&config);
    if (!dpdk_available()) {
        ovs_fatal(0, "DPDK cannot be initialised%s",
                  (pcap_source_is_built()
                   ? ": it needs "MEMORY_MB" MB of memory"REMEDY
                   : ": Open vSwitch was built without it"REMEDY));
    }
}

/* Writes all frames of 'traffic', in order, to a new file and returns its
 * name. */
static char *
write_capture(struct traffic *traffic)
{
    const char *folder = getenv("TMPDIR");
    char *path = xasprintf("%s/bench-XXXXXX", folder ? folder : "/tmp");
    struct pcap_file *file;
    int fd = mkstemp(path);

    if (fd < 0) {
        ovs_fatal(errno, "%s: no capture can be written"REMEDY, path);
    }
    close(fd);
    fatal_signal_add_file_to_unlink(path);
    file = ovs_pcap_open(path, "wb");
    if (!file) {
        ovs_fatal(0, "%s: no capture can be written"REMEDY, path);
    }
    for (size_t i = 0; i < traffic->n_frames; i++) {
        struct dp_packet packet;

        dp_packet_use_const(&packet, traffic->frames[i].bytes, FRAME_BYTES);
        ovs_pcap_write(file, &packet);
    }
    ovs_pcap_close(file);
    return path;
}

/* Opens what 'devargs' is, in the words of DPDK. */
static struct netdev *
open_device(const char *name, const char *devargs)
{
    struct smap args = SMAP_INITIALIZER(&args);
    struct netdev *netdev;
    char *reason = NULL;
    int error;

    error = netdev_open(name, "dpdk", &netdev);
    if (error) {
        ovs_fatal(error, "no netdev of class dpdk"REMEDY);
    }
    smap_add(&args, "dpdk-devargs", devargs);
    error = netdev_set_config(netdev, &args, &reason);
    smap_destroy(&args);
    if (!error) {
        netdev_set_tx_multiq(netdev, 1);
        error = netdev_reconfigure(netdev);
    }
    if (error) {
        ovs_fatal(error, "%s: %s (Debian's package libdpdk-dev has the "
                  "driver)"REMEDY, devargs,
                  reason ? reason : "the device does not start");
    }
    return netdev;
}

struct pcap_source *
pcap_source_open(struct traffic *traffic)
{
    struct pcap_source *ps = xzalloc(sizeof *ps);
    char *capture, *devargs;
    int error;

    ovs_assert(traffic->n_frames <= PCAP_SOURCE_MAX_FRAMES);
    ps->traffic = traffic;
    ps->changes = traffic->seq_step || traffic->settings.churn_hz;
    start_dpdk();

    capture = write_capture(traffic);
    devargs = xasprintf("net_pcap0,rx_pcap=%s,infinite_rx=1", capture);
    ps->source = open_device("bench-pcap", devargs);
    free(devargs);
    fatal_signal_unlink_file_now(capture);
    free(capture);
    error = netdev_rxq_open(ps->source, &ps->rxq, 0);
    if (error) {
        ovs_fatal(error, "no queue of net_pcap"REMEDY);
    }
    ps->sink = open_device("bench-null", "net_null0");
    return ps;
}

/* From the identification in the IPv4 header to the sequence number: what a
 * new flow has of its own, and what changes with each segment. */
#define CHANGES_OFS 18
#define CHANGES_LEN 24
BUILD_ASSERT_DECL(CHANGES_OFS + CHANGES_LEN == FRAME_SEQ_OFS + 4);

static void
copy_changes(struct traffic *traffic, struct dp_packet_batch *batch)
{
    struct dp_packet *packet;

    DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
        uint8_t *frame = traffic_next(traffic);
        uint8_t *data = dp_packet_data(packet);

        memcpy(data + CHANGES_OFS, frame + CHANGES_OFS, CHANGES_LEN);
        if (traffic->seq_step) {
            traffic_advance(traffic, frame);
        }
    }
}

bool
pcap_source_receive(struct pcap_source *ps, struct dp_packet_batch *batch)
{
    /* The callers of these have done what netdev_rxq_recv() and netdev_send()
     * do. */
    if (ps->source->netdev_class->rxq_recv(ps->rxq, batch, NULL)) {
        return false;
    }
    if (ps->changes) {
        copy_changes(ps->traffic, batch);
    }
    return true;
}

void
pcap_source_send(struct pcap_source *ps, struct dp_packet_batch *batch)
{
    ps->sink->netdev_class->send(ps->sink, 0, batch, false);
}
