/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/hostile.h"

#include "monitor/pages.h"
#include "packets.h"
#include "tests/bench/traffic.h"
#include "util.h"

/* A ring of frames, each of which gets its next flow when it has long been
 * forwarded: so the stores do not hold up who reads the frame. */
#define N_FRAMES 4096
#define BEHIND 256

#define WHOLE 10000

struct hostile {
    struct hostile_settings settings;
    struct traffic_frame *frames;   /* [N_FRAMES] */
    bool started;
    uint32_t credit;            /* A frame is due when it is WHOLE. */
    uint64_t n;                 /* Frames handed out. */
};

/* A permutation of 64-bit numbers. */
static uint64_t
permute(uint64_t id)
{
    uint64_t x = id * UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ x >> 29;
}

static bool
is_ipv6(const struct hostile *hostile, uint64_t n)
{
    return n % 2 && !hostile->settings.matching;
}

/* What all frames at the place of number 'n' have. */
static void
make_frame(const struct hostile *hostile, struct traffic_frame *frame,
           uint64_t n)
{
    struct eth_header *eth = (void *) frame->bytes;
    struct ip_header *ip = (void *) (eth + 1);
    struct ovs_16aligned_ip6_hdr *ip6 = (void *) (eth + 1);
    struct tcp_header *tcp = (void *) (ip + 1);

    memset(frame, 0, sizeof *frame);
    eth->eth_dst = (struct eth_addr) ETH_ADDR_C(02,00,00,00,00,02);
    eth->eth_src = (struct eth_addr) ETH_ADDR_C(02,00,00,00,00,03);
    if (is_ipv6(hostile, n)) {
        /* There is no room for a TCP header. */
        eth->eth_type = htons(ETH_TYPE_IPV6);
        put_16aligned_be32(&ip6->ip6_ctlun.ip6_un1.ip6_un1_flow,
                           htonl(6u << 28));
        ip6->ip6_ctlun.ip6_un1.ip6_un1_plen
            = htons(FRAME_BYTES - ETH_HEADER_LEN - IPV6_HEADER_LEN);
        ip6->ip6_ctlun.ip6_un1.ip6_un1_nxt = IPPROTO_NONE;
        ip6->ip6_ctlun.ip6_un1.ip6_un1_hlim = 64;
    } else {
        eth->eth_type = htons(ETH_TYPE_IP);
        ip->ip_ihl_ver = IP_IHL_VER(5, 4);
        ip->ip_tot_len = htons(FRAME_BYTES - ETH_HEADER_LEN);
        ip->ip_frag_off = htons(IP_DONT_FRAGMENT);
        ip->ip_ttl = 64;
        ip->ip_proto = IPPROTO_TCP;
        tcp->tcp_dst = htons(80);
        tcp->tcp_ctl = TCP_CTL(TCP_SYN, 5);
    }
}

/* Makes frame number 'n' one of its flow.  Nobody looks at checksums. */
static void
set_flow(const struct hostile *hostile, uint64_t n)
{
    struct traffic_frame *frame = &hostile->frames[n % N_FRAMES];
    struct eth_header *eth = (void *) frame->bytes;
    struct ip_header *ip = (void *) (eth + 1);
    struct ovs_16aligned_ip6_hdr *ip6 = (void *) (eth + 1);
    struct tcp_header *tcp = (void *) (ip + 1);
    uint64_t x = permute(n / 2 / MAX(hostile->settings.packets, 1));

    if (is_ipv6(hostile, n)) {
        put_16aligned_be32(&ip6->ip6_src.be32[0], htonl(0x20010db8));
        put_16aligned_be32(&ip6->ip6_src.be32[2], x);
        put_16aligned_be32(&ip6->ip6_src.be32[3], x >> 32);
        put_16aligned_be32(&ip6->ip6_dst.be32[3], htonl(1));
    } else {
        uint32_t src = (hostile->settings.matching
                        ? TRAFFIC_SRC | (x & 0xffff)
                        : HOSTILE_SRC | (x & 0xfffff));

        if (hostile->settings.matching && n % 2) {
            x = ~x;
        }
        put_16aligned_be32(&ip->ip_src, htonl(src));
        put_16aligned_be32(&ip->ip_dst, htonl(TRAFFIC_DST | (x >> 20 & 0xff)));
        tcp->tcp_src = htons(x >> 28);
    }
}

struct hostile *
hostile_create(const struct hostile_settings *settings)
{
    struct hostile *hostile = xzalloc(sizeof *hostile);

    hostile->settings = *settings;
    hostile->frames = pages_alloc(N_FRAMES * sizeof *hostile->frames);
    if (!hostile->frames) {
        free(hostile);
        return NULL;
    }
    for (uint64_t n = 0; n < N_FRAMES; n++) {
        make_frame(hostile, &hostile->frames[n], n);
        set_flow(hostile, n);
    }
    return hostile;
}

void
hostile_destroy(struct hostile *hostile)
{
    if (hostile) {
        pages_free(hostile->frames, N_FRAMES * sizeof *hostile->frames);
        free(hostile);
    }
}

void
hostile_start(struct hostile *hostile)
{
    hostile->started = true;
}

uint64_t
hostile_n_frames(const struct hostile *hostile)
{
    return hostile ? hostile->n : 0;
}

uint8_t *
hostile_next(struct hostile *hostile)
{
    if (!hostile->started) {
        return NULL;
    }
    hostile->credit += hostile->settings.share;
    if (hostile->credit < WHOLE) {
        return NULL;
    }
    hostile->credit -= WHOLE;
    if (hostile->n >= BEHIND) {
        set_flow(hostile, hostile->n - BEHIND + N_FRAMES);
    }
    return hostile->frames[hostile->n++ % N_FRAMES].bytes;
}
