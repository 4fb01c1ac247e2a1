/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/traffic.h"

#include "csum.h"
#include "monitor/pages.h"
#include "packets.h"
#include "random.h"
#include "util.h"

/* At least so many frames are on the tape, as many as Open vSwitch's default
 * of descriptors in the ring of a queue. */
#define MIN_FRAMES 2048

/* What a segment carries: the rest of the smallest frame. */
#define PAYLOAD (FRAME_BYTES - ETH_HEADER_LEN - IP_HEADER_LEN - TCP_HEADER_LEN)

/* Makes 'frame' one of flow number 'id', which no other flow ever has.  An
 * odd factor permutes the 40-bit numbers. */
static void
make_frame(struct traffic_frame *frame, uint64_t id, bool marked,
           uint32_t seq)
{
    uint64_t x = id * UINT64_C(0x9e3779b97f4a7c15);
    struct eth_header *eth = (void *) frame->bytes;
    struct ip_header *ip = (void *) (eth + 1);
    struct tcp_header *tcp = (void *) (ip + 1);
    uint32_t src = marked ? TRAFFIC_MARKED_SRC : TRAFFIC_SRC;

    memset(frame, 0, sizeof *frame);
    eth->eth_dst = (struct eth_addr) ETH_ADDR_C(02,00,00,00,00,02);
    eth->eth_src = (struct eth_addr) ETH_ADDR_C(02,00,00,00,00,01);
    eth->eth_type = htons(ETH_TYPE_IP);

    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    ip->ip_tot_len = htons(FRAME_BYTES - ETH_HEADER_LEN);
    ip->ip_frag_off = htons(IP_DONT_FRAGMENT);
    ip->ip_ttl = 64;
    ip->ip_proto = IPPROTO_TCP;
    put_16aligned_be32(&ip->ip_src, htonl(src | (x & 0xffff)));
    put_16aligned_be32(&ip->ip_dst, htonl(TRAFFIC_DST | (x >> 16 & 0xff)));
    ip->ip_csum = csum(ip, sizeof *ip);

    tcp->tcp_src = htons(x >> 24 & 0xffff);
    tcp->tcp_dst = htons(80);
    put_16aligned_be32(&tcp->tcp_seq, htonl(seq));
    tcp->tcp_ctl = TCP_CTL(TCP_ACK, 5);
    tcp->tcp_winsz = htons(65535);
}

/* Makes the frames of flow 'i' those of flow number 'id'. */
static void
make_flow(struct traffic *traffic, uint32_t i, uint64_t id)
{
    const uint32_t *position = &traffic->position[(size_t) i
                                                  * traffic->frames_per_flow];

    for (uint32_t j = 0; j < traffic->frames_per_flow; j++) {
        make_frame(&traffic->frames[position[j]], id,
                   i < traffic->settings.n_marked, 1 + j * PAYLOAD);
    }
}

static void
shuffle(uint32_t *a, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = ((uint64_t) random_uint32() * i) >> 32;
        uint32_t tmp = a[i - 1];

        a[i - 1] = a[j];
        a[j] = tmp;
    }
}

/* Lays the flows out on the tape, in another order in each round.  A flow
 * stays in the same half of all rounds, so that half a round is between two
 * of its frames at least. */
static void
lay_out(struct traffic *traffic, uint32_t n_rounds, uint32_t run_length)
{
    uint32_t n = traffic->settings.n_flows;
    uint32_t *order = xmalloc(n * sizeof *order);
    size_t at = 0;

    for (uint32_t i = 0; i < n; i++) {
        order[i] = i;
    }
    shuffle(order, n);
    for (uint32_t round = 0; round < n_rounds; round++) {
        shuffle(order, n / 2);
        shuffle(order + n / 2, n - n / 2);
        for (uint32_t i = 0; i < n; i++) {
            for (uint32_t j = 0; j < run_length; j++) {
                traffic->position[(size_t) order[i] * traffic->frames_per_flow
                                  + round * run_length + j] = at++;
            }
        }
    }
    free(order);
}

struct traffic *
traffic_create(const struct traffic_settings *settings)
{
    struct traffic *traffic = xzalloc(sizeof *traffic);
    uint32_t run_length = MAX(settings->run_length, 1);
    uint32_t n_rounds = MAX(DIV_ROUND_UP(MIN_FRAMES / run_length,
                                         settings->n_flows), 1);

    ovs_assert(settings->n_flows >= 64);
    traffic->settings = *settings;
    traffic->frames_per_flow = n_rounds * run_length;
    traffic->n_frames = (size_t) settings->n_flows * traffic->frames_per_flow;
    traffic->frames = pages_alloc(traffic->n_frames
                                  * sizeof *traffic->frames);
    if (!traffic->frames) {
        free(traffic);
        return NULL;
    }
    traffic->position = xmalloc(traffic->n_frames
                                * sizeof *traffic->position);
    lay_out(traffic, n_rounds, run_length);
    for (uint32_t i = 0; i < settings->n_flows; i++) {
        make_flow(traffic, i, traffic->n_ids++);
    }
    if (settings->hostile.share) {
        traffic->hostile = hostile_create(&settings->hostile);
        if (!traffic->hostile) {
            traffic_destroy(traffic);
            return NULL;
        }
    }
    if (settings->tcp_data) {
        traffic->seq_step = traffic->frames_per_flow * PAYLOAD;
    }
    return traffic;
}

void
traffic_destroy(struct traffic *traffic)
{
    if (traffic) {
        pages_free(traffic->frames,
                   traffic->n_frames * sizeof *traffic->frames);
        hostile_destroy(traffic->hostile);
        free(traffic->position);
        free(traffic);
    }
}

void
traffic_churn(struct traffic *traffic, uint64_t now_us)
{
    if (!traffic->settings.churn_hz) {
        return;
    }

    uint64_t interval_us = 1000000 / traffic->settings.churn_hz;

    if (!traffic->churned_us) {
        traffic->churned_us = now_us;
    }
    while (now_us - traffic->churned_us >= interval_us) {
        uint32_t i = traffic->n_ids % traffic->settings.n_flows;

        traffic->churned_us += interval_us;
        make_flow(traffic, i, traffic->n_ids++);
    }
}

uint64_t
traffic_n_churned(const struct traffic *traffic)
{
    return traffic->n_ids - traffic->settings.n_flows;
}
