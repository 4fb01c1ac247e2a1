/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "trumpet-observer.h"

#include "coverage.h"
#include "dp-observer.h"
#include "dp-packet.h"
#include "monitor/flow-hint.h"
#include "monitor/monitor.h"
#include "monitor/scatter.h"
#include "monitor/screen-gate.h"
#include "packets.h"
#include "port-map.h"
#include "tunnel-map.h"
#include "unix-clock.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_l3_packet);
COVERAGE_DEFINE(trumpet_port_unknown);
COVERAGE_DEFINE(trumpet_tunnel_unknown);

/* A packet without Ethernet header is shown with one in front of a copy of
 * its first bytes. */
#define L3_COPY_MAX 242

struct l3_frame {
    struct eth_header eth;
    uint8_t data[L3_COPY_MAX];
};

/* A cache that does not know more than so many packets of a burst has too few
 * entries for what comes, and hints would only cost: none are asked for in so
 * many bursts to come. */
#define HINTS_UNKNOWN_MAX (NETDEV_MAX_BURST * 7 / 8)
#define HINTS_REST 31

struct trumpet_observer {
    struct dp_observer up;
    struct screen_gate *gate;   /* Of 'scatter'. */
    struct scatter *scatter;
    const struct unix_clock *clock;
    const struct port_map *ports;
    struct monitor *monitor;

    unsigned int hints_rest;    /* Bursts to come without hints. */

    /* Of a burst of which more is to come. */
    size_t n_received;
    const struct screen *screen;    /* Null if it is not to be screened. */
    struct scatter_pass pass;

    /* Written by the packet thread.  Kept here because it is too large for
     * the stack of a hot function; means nothing between two callbacks. */
    struct burst burst;
    struct l3_frame l3_frames[BURST_MAX];
};

static struct trumpet_observer *
trumpet_observer_cast(struct dp_observer *up)
{
    return CONTAINER_OF(up, struct trumpet_observer, up);
}

static void
trumpet_observer_flush(struct trumpet_observer *observer)
{
    struct burst *burst = &observer->burst;

    if (burst->n) {
        scatter_burst(observer->scatter, burst);
    }
    burst->n = 0;
}

/* Fills 'frame', number 'i' of the burst, with a packet that begins with a
 * network header. */
static void
trumpet_observer_frame_l3(struct trumpet_observer *observer, size_t i,
                          const struct dp_packet *packet)
{
    struct frame *frame = &observer->burst.frames[i];
    struct l3_frame *copy = &observer->l3_frames[i];
    uint32_t size = dp_packet_size(packet);
    uint32_t n = MIN(size, L3_COPY_MAX);

    COVERAGE_INC(trumpet_l3_packet);
    memset(&copy->eth, 0, sizeof copy->eth);
    if (pt_ns(packet->packet_type) == OFPHTN_ETHERTYPE) {
        copy->eth.eth_type = pt_ns_type_be(packet->packet_type);
    }
    memcpy(copy->data, dp_packet_data(packet), n);
    frame->data = (const uint8_t *) copy;
    frame->captured = ETH_HEADER_LEN + n;
    frame->bytes = ETH_HEADER_LEN + size;
}

static inline void
trumpet_observer_add(struct trumpet_observer *observer,
                     const struct dp_packet *packet)
{
    struct burst *burst = &observer->burst;

    if (OVS_UNLIKELY(burst->n >= BURST_MAX)) {
        trumpet_observer_flush(observer);
    }
    if (OVS_LIKELY(dp_packet_is_eth(packet))) {
        struct frame *frame = &burst->frames[burst->n];

        frame->data = dp_packet_data(packet);
        frame->captured = dp_packet_size(packet);
        frame->bytes = frame->captured;
    } else {
        trumpet_observer_frame_l3(observer, burst->n, packet);
    }
    burst->n++;
}

/* True if 'batch' has a packet without an Ethernet header. */
static inline bool
has_short_packet(const struct dp_packet_batch *batch)
{
    uint32_t differences = 0;

#pragma GCC unroll 4
    for (size_t i = 0; i < batch->count; i++) {
        differences |= dp_packet_size(batch->packets[i]) - ETH_HEADER_LEN;
    }
    return differences >> 31;   /* One of them is negative. */
}

/* Returns the packets of 'batch', as bits, that 'screen' does not reject.
 * Most often there are none, so each test is a branch. */
static inline uint32_t
screen_batch(const struct dp_packet_batch *batch, struct screen screen)
{
    uint32_t shown = 0;

    if (screen.rejects_all && !has_short_packet(batch)) {
        return 0;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct dp_packet *packet = batch->packets[i];

        if (OVS_UNLIKELY(!dp_packet_is_eth(packet)
                         || !screen_rejects(&screen, dp_packet_data(packet),
                                            dp_packet_size(packet)))) {
            shown |= UINT32_C(1) << i;
        }
    }
    return shown;
}
BUILD_ASSERT_DECL(NETDEV_MAX_BURST <= 32 && NETDEV_MAX_BURST <= BURST_MAX);

/* Begins a burst without frames from 'in_port'. */
static void
trumpet_observer_begin(struct trumpet_observer *observer, odp_port_t in_port,
                       uint64_t unix_us)
{
    struct burst *burst = &observer->burst;

    burst->entrance.in_port = port_map_lookup(observer->ports, in_port);
    burst->entrance.tunnel = false;
    burst->entrance.tun_id = 0;
    burst->now_us = unix_us;
    burst->n = 0;
    if (OVS_UNLIKELY(!burst->entrance.in_port)) {
        COVERAGE_INC(trumpet_port_unknown);
    }
}

static void
trumpet_observer_rx(struct dp_observer *up, struct dp_packet_batch *batch,
                    odp_port_t in_port, long long int now_us,
                    struct dp_observer_view *view)
{
    struct trumpet_observer *observer = trumpet_observer_cast(up);
    uint64_t unix_us = unix_clock_at(observer->clock, now_us);
    const struct screen *screen = screen_gate_get(observer->gate, unix_us);
    size_t n = dp_packet_batch_size(batch);
    struct dp_packet *packet;
    uint32_t shown;

    observer->n_received = n;
    observer->screen = screen;
    if (screen && screen->rejects_all && view->possible) {
        view->wanted = DP_OBSERVER_RUNTS;
        screen_gate_count(observer->gate, n);
        return;
    }
    if (view->possible == DP_OBSERVER_HINTS && !observer->hints_rest) {
        view->wanted = DP_OBSERVER_HINTS;
        view->skip = screen ? observer->gate->stamp : FLOW_HINT_NEVER;
        trumpet_observer_begin(observer, in_port, unix_us);
        return;
    }
    observer->hints_rest -= observer->hints_rest > 0;
    if (screen) {
        shown = screen_batch(batch, *screen);
        if (OVS_LIKELY(!shown)) {
            screen_gate_count(observer->gate, n);
            return;
        }
        screen_gate_count(observer->gate, n - count_1bits(shown));
    }

    trumpet_observer_begin(observer, in_port, unix_us);
    if (screen) {
        for (; shown; shown = zero_rightmost_1bit(shown)) {
            trumpet_observer_add(observer, batch->packets[raw_ctz(shown)]);
        }
    } else {
        DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
            trumpet_observer_add(observer, packet);
        }
    }

    struct scatter_pass *pass = &observer->pass;
    scatter_begin(observer->scatter, &observer->burst, pass);
    if (view->possible < DP_OBSERVER_LATER) {
        scatter_end(pass);
    } else if (!scatter_try_end(pass)) {
        view->wanted = DP_OBSERVER_LATER;
    }
}

/* Counts 'packet', which came with 'hint' if that is nonnull, or adds it to
 * the burst of 'pass'. */
static inline void
trumpet_observer_count(struct trumpet_observer *observer,
                       struct scatter_pass *pass,
                       const struct dp_packet *packet, struct flow_hint *hint)
{
    const struct frame frame = {
        .data = dp_packet_data(packet),
        .captured = dp_packet_size(packet),
        .bytes = dp_packet_size(packet),
    };

    if (OVS_LIKELY(hint && flow_hint_count(pass, hint, &frame))) {
        return;
    }
    pass->hints[observer->burst.n] = dp_packet_is_eth(packet) ? hint : NULL;
    trumpet_observer_add(observer, packet);
}

/* Takes what 'screen' rejects out of 'view', and notes it in the hints.
 * Returns their number.
 *
 * Packets with the same hint have the same Ethernet type, and if it is that of
 * IPv4, and the header one that Open vSwitch accepts, the same addresses; if
 * not, they are not IP for us either.  So the screen rejects all or none of
 * them, or what it says of them does not matter. */
static size_t
screen_view(const struct screen *screen, struct dp_observer_view *view)
{
    size_t n = 0, n_rejected;

    for (size_t i = 0; i < view->n; i++) {
        struct dp_observer_hint *hint = view->hints[i];
        struct dp_packet *packet = view->packets[i];

        if (dp_packet_is_eth(packet)
            && screen_rejects(screen, dp_packet_data(packet),
                              dp_packet_size(packet))) {
            if (hint) {
                hint->stamp = view->skip;
            }
        } else {
            view->packets[n] = packet;
            view->hints[n++] = hint;
        }
    }
    n_rejected = view->n - n;
    view->n = n;
    return n_rejected;
}

/* Returns how many packets of 'view' the cache does not know. */
static size_t
count_unknown(const struct dp_observer_view *view)
{
    size_t n = 0;

    for (size_t i = 0; i < view->n; i++) {
        n += !view->hints[i];
    }
    return n;
}

static void
trumpet_observer_rx_more(struct dp_observer *up,
                         struct dp_observer_view *view)
{
    struct trumpet_observer *observer = trumpet_observer_cast(up);
    struct scatter_pass *pass = &observer->pass;

    if (view->wanted == DP_OBSERVER_LATER) {
        scatter_end(pass);
        return;
    }
    if (OVS_UNLIKELY(view->n_runts)) {
        scatter_count_runts(observer->scatter, view->n_runts,
                            view->wanted == DP_OBSERVER_RUNTS);
    }
    if (view->wanted == DP_OBSERVER_RUNTS) {
        return;
    }
    if (OVS_UNLIKELY(count_unknown(view) > HINTS_UNKNOWN_MAX)) {
        observer->hints_rest = HINTS_REST;
    }
    if (observer->screen) {
        size_t n_skipped = observer->n_received - view->n_runts - view->n;

        screen_gate_count(observer->gate,
                          n_skipped + screen_view(observer->screen, view));
    }
    if (view->n) {
        scatter_begin(observer->scatter, &observer->burst, pass);
        for (size_t i = 0; i < view->n; i++) {
            trumpet_observer_count(observer, pass, view->packets[i],
                                   (struct flow_hint *) view->hints[i]);
        }
        pass->hinted = true;
        scatter_end(pass);
    }
}
BUILD_ASSERT_DECL(sizeof(struct flow_hint) == sizeof(struct dp_observer_hint));
BUILD_ASSERT_DECL(offsetof(struct flow_hint, stamp)
                  == offsetof(struct dp_observer_hint, stamp));

static void
tunnel_outer_from_packet(struct tunnel_outer *outer,
                         const struct dp_packet *packet,
                         const struct port_map *ports)
{
    const struct flow_tnl *tnl = &packet->md.tunnel;

    outer->tun_id = tnl->tun_id;
    outer->src = flow_tnl_src(tnl);
    outer->dst = flow_tnl_dst(tnl);
    outer->dp_port = port_map_lookup(ports, packet->md.in_port.odp_port);
    outer->l3 = pt_ns(packet->packet_type) == OFPHTN_ETHERTYPE;
}

static void
entrance_from_outer(struct entrance *entrance,
                    const struct tunnel_outer *outer)
{
    entrance->in_port = tunnel_map_lookup(outer);
    entrance->tunnel = true;
    entrance->tun_id = ntohll(outer->tun_id);
    if (OVS_UNLIKELY(!entrance->in_port)) {
        COVERAGE_INC(trumpet_tunnel_unknown);
        entrance->in_port = outer->dp_port;
    }
}

/* The batch shares a megaflow, which need not mean that it shares a tunnel.
 * Packets that follow each other with the same outer header are a burst. */
static void
trumpet_observer_decap(struct dp_observer *up, struct dp_packet_batch *batch,
                       long long int now_us)
{
    struct trumpet_observer *observer = trumpet_observer_cast(up);
    struct tunnel_outer last, outer;
    struct dp_packet *packet;

    observer->burst.now_us = unix_clock_at(observer->clock, now_us);
    observer->burst.n = 0;
    memset(&last, 0, sizeof last);

    DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
        tunnel_outer_from_packet(&outer, packet, observer->ports);
        if (!i || memcmp(&outer, &last, sizeof outer)) {
            trumpet_observer_flush(observer);
            entrance_from_outer(&observer->burst.entrance, &outer);
            last = outer;
        }
        trumpet_observer_add(observer, packet);
    }
    trumpet_observer_flush(observer);
}

struct trumpet_observer *
trumpet_observer_create(struct monitor *monitor,
                        const struct unix_clock *clock,
                        const struct port_map *ports, const char *name)
{
    struct scatter *scatter = monitor_add_thread(monitor, name);

    if (!scatter) {
        return NULL;
    }

    struct trumpet_observer *observer = xzalloc_cacheline(sizeof *observer);

    observer->up.rx = trumpet_observer_rx;
    observer->up.rx_more = trumpet_observer_rx_more;
    observer->up.decap = trumpet_observer_decap;
    observer->monitor = monitor;
    observer->gate = scatter_get_gate(scatter);
    observer->scatter = scatter;
    observer->clock = clock;
    observer->ports = ports;
    return observer;
}

void
trumpet_observer_destroy(struct trumpet_observer *observer)
{
    if (observer) {
        monitor_remove_thread(observer->monitor, observer->scatter);
        free_cacheline(observer);
    }
}

struct dp_observer *
trumpet_observer_get(struct trumpet_observer *observer)
{
    return &observer->up;
}
