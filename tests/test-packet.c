/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "dp-packet.h"
#include "flow.h"
#include "monitor/packet-plain.h"
#include "tests/monitor-unit.h"

/* Reading frames: by hand-made ones, by cutting each of these at each byte,
 * and by comparing random ones with OVS's own flow extraction. */

static const struct flow_hash_secret secret = {
    { 0x0123456789abcdef, 0xfedcba9876543210, 3, 5, 7, 11 }
};

#define SRC 0x0a000001
#define DST 0x0a008005

/* A frame and what is in it. */
struct sample {
    const char *name;
    struct frame_buffer fb;
    enum flow_kind kind;
    uint32_t type;              /* If FLOW_OTHER. */
    uint16_t vlan;
    uint8_t nw_proto;
    uint16_t tp_src, tp_dst;
    uint32_t volume;
    uint8_t tcp_flags;
    size_t l2_end;              /* Where the Ethernet type is known,... */
    size_t l3_end;              /* ...the IP headers, with extensions, and */
    size_t l4_end;              /* ...the L4 header end. */
};

#define MAX_SAMPLES 64
static struct sample samples[MAX_SAMPLES];
static size_t n_samples;

static struct sample *
new_sample(const char *name)
{
    struct sample *s = &samples[n_samples++];

    ck_assert_uint_le(n_samples, MAX_SAMPLES);
    *s = (struct sample) { .name = name };
    put_mac(&s->fb);
    return s;
}

static void
finish_l2(struct sample *s, uint32_t type)
{
    put_u16(&s->fb, type);
    s->l2_end = s->l3_end = s->l4_end = s->fb.n;
    s->kind = FLOW_OTHER;
    s->type = type;
}

static void
set_l4(struct sample *s, uint32_t volume, size_t header_len)
{
    s->tp_src = 40000;
    s->tp_dst = 80;
    s->volume = volume;
    s->l4_end = s->l3_end + header_len;
}

static void
finish_tcp(struct sample *s, size_t options, size_t payload)
{
    set_l4(s, payload, 20 + options);
    s->tcp_flags = 0x12;
    put_tcp(&s->fb, 40000, 80, s->tcp_flags, options);
    put_fill(&s->fb, 0x55, payload);
}

static void
start_ipv4(struct sample *s, uint8_t proto, uint16_t frag, size_t options,
           size_t len)
{
    finish_l2(s, 0x0800);
    s->kind = FLOW_IPV4;
    s->nw_proto = proto;
    put_ipv4(&s->fb, proto, frag, options, len, SRC, DST);
    s->l3_end = s->l4_end = s->fb.n;
}

static void
start_ipv6(struct sample *s, uint8_t next, uint8_t proto, size_t len)
{
    finish_l2(s, 0x86dd);
    s->kind = FLOW_IPV6;
    s->nw_proto = proto;
    put_ipv6(&s->fb, next, len, SRC, DST);
    s->l3_end = s->l4_end = s->fb.n;
}

/* Appends an extension header of 'len' bytes. */
static void
put_extension(struct sample *s, uint8_t next, uint8_t ext_len, size_t len)
{
    put_u8(&s->fb, next);
    put_u8(&s->fb, ext_len);
    put_fill(&s->fb, 0, len - 2);
    s->l3_end = s->l4_end = s->fb.n;
}

static void
put_fragment(struct sample *s, uint8_t next, uint16_t offset)
{
    put_u8(&s->fb, next);
    put_u8(&s->fb, 0);
    put_u16(&s->fb, offset);
    put_u32(&s->fb, 77);
    s->l3_end = s->l4_end = s->fb.n;
}

static void
put_vlan(struct sample *s, uint16_t type, uint16_t tci)
{
    put_u16(&s->fb, type);
    put_u16(&s->fb, tci);
    if (!s->vlan) {
        s->vlan = (tci & 0xfff) | FLOW_FIELDS_VLAN;
    }
}

static void
make_samples_ipv4(void)
{
    struct sample *s;

    s = new_sample("ipv4 tcp");
    start_ipv4(s, IPPROTO_TCP, 0, 0, 20 + 5);
    finish_tcp(s, 0, 5);

    s = new_sample("ipv4 options, tcp options, padding");
    start_ipv4(s, IPPROTO_TCP, 0, 12, 20 + 8 + 3);
    finish_tcp(s, 8, 3);
    put_fill(&s->fb, 0, 9);

    s = new_sample("ipv4 tcp with the largest headers");
    start_ipv4(s, IPPROTO_TCP, 0x4000, 40, 60);
    finish_tcp(s, 40, 0);

    s = new_sample("ipv4 udp");
    start_ipv4(s, IPPROTO_UDP, 0, 0, 8 + 11);
    set_l4(s, 11, 8);
    put_udp(&s->fb, 40000, 80, 11);
    put_fill(&s->fb, 0x55, 11);

    s = new_sample("ipv4 sctp");
    start_ipv4(s, IPPROTO_SCTP, 0, 0, 12 + 4);
    set_l4(s, 0, 12);
    put_u16(&s->fb, 40000);
    put_u16(&s->fb, 80);
    put_fill(&s->fb, 0x55, 12);

    s = new_sample("ipv4 icmp");
    start_ipv4(s, IPPROTO_ICMP, 0, 0, 16);
    put_fill(&s->fb, 8, 16);

    s = new_sample("ipv4 first fragment");
    start_ipv4(s, IPPROTO_UDP, 0x2000, 0, 8 + 8);
    set_l4(s, 8, 8);
    put_udp(&s->fb, 40000, 80, 100);
    put_fill(&s->fb, 0x55, 8);

    s = new_sample("ipv4 later fragment");
    start_ipv4(s, IPPROTO_UDP, 0x2002, 4, 30);
    s->volume = 30;
    put_fill(&s->fb, 0x55, 30);

    s = new_sample("ipv4 last fragment of sctp");
    start_ipv4(s, IPPROTO_SCTP, 0x0002, 0, 30);
    put_fill(&s->fb, 0x55, 30);
}

static void
make_samples_ipv6(void)
{
    struct sample *s;

    s = new_sample("ipv6 tcp");
    start_ipv6(s, IPPROTO_TCP, IPPROTO_TCP, 20 + 5);
    finish_tcp(s, 0, 5);

    s = new_sample("ipv6 chain of extensions, padding");
    start_ipv6(s, IPPROTO_HOPOPTS, IPPROTO_TCP, 8 + 16 + 24 + 12 + 24 + 7);
    put_extension(s, IPPROTO_ROUTING, 0, 8);
    put_extension(s, IPPROTO_DSTOPTS, 1, 16);
    put_extension(s, IPPROTO_AH, 2, 24);
    put_extension(s, IPPROTO_TCP, 1, 12);
    finish_tcp(s, 4, 7);
    put_fill(&s->fb, 0, 4);

    s = new_sample("ipv6 first fragment");
    start_ipv6(s, IPPROTO_FRAGMENT, IPPROTO_UDP, 8 + 8 + 8);
    put_fragment(s, IPPROTO_UDP, 0x0001);
    set_l4(s, 8, 8);
    put_udp(&s->fb, 40000, 80, 100);
    put_fill(&s->fb, 0x55, 8);

    s = new_sample("ipv6 later fragment");
    start_ipv6(s, IPPROTO_HOPOPTS, IPPROTO_TCP, 8 + 8 + 30);
    put_extension(s, IPPROTO_FRAGMENT, 0, 8);
    put_fragment(s, IPPROTO_TCP, 0x0010);
    s->volume = 30;
    put_fill(&s->fb, 0x55, 30);

    s = new_sample("ipv6 icmp");
    start_ipv6(s, IPPROTO_ICMPV6, IPPROTO_ICMPV6, 24);
    put_fill(&s->fb, 0x80, 24);

    s = new_sample("ipv6 no next header");
    start_ipv6(s, IPPROTO_NONE, IPPROTO_NONE, 0);
}

static void
make_samples_ethernet(void)
{
    struct sample *s;

    s = new_sample("arp");
    finish_l2(s, 0x0806);
    put_fill(&s->fb, 1, 28);

    s = new_sample("vlan 0, tcp");
    put_vlan(s, 0x8100, 0x6000);
    start_ipv4(s, IPPROTO_TCP, 0, 0, 20 + 5);
    finish_tcp(s, 0, 5);

    s = new_sample("two vlans, ipv6 tcp");
    put_vlan(s, 0x88a8, 0x1064);
    put_vlan(s, 0x8100, 0x00c8);
    start_ipv6(s, IPPROTO_TCP, IPPROTO_TCP, 20 + 5);
    finish_tcp(s, 0, 5);

    s = new_sample("three vlans");
    put_vlan(s, 0x88a8, 0x0064);
    put_vlan(s, 0x8100, 0x00c8);
    finish_l2(s, 0x8100);
    put_u16(&s->fb, 0x012c);
    put_u16(&s->fb, 0x0800);
    put_fill(&s->fb, 0x45, 40);

    s = new_sample("llc");
    finish_l2(s, 30);
    s->type = FLOW_FIELDS_NO_TYPE;
    put_fill(&s->fb, 0x42, 30);

    s = new_sample("snap, another organization");
    finish_l2(s, 30);
    s->type = FLOW_FIELDS_NO_TYPE;
    put_u32(&s->fb, 0xaaaa0300);
    put_u32(&s->fb, 0x000c0800);
    put_fill(&s->fb, 0x42, 30);

    s = new_sample("snap, a length for a type");
    finish_l2(s, 30);
    s->type = FLOW_FIELDS_NO_TYPE;
    put_u32(&s->fb, 0xaaaa0300);
    put_u32(&s->fb, 0x00000022);
    put_fill(&s->fb, 0x42, 30);

    s = new_sample("vlan, snap, tcp");
    put_vlan(s, 0x8100, 0x0005);
    put_u16(&s->fb, 64);
    put_u32(&s->fb, 0xaaaa0300);
    put_u16(&s->fb, 0);
    start_ipv4(s, IPPROTO_TCP, 0, 0, 20);
    finish_tcp(s, 0, 0);
}

/* Headers that OVS refuses. */
static void
make_samples_refused(void)
{
    struct sample *s;

    s = new_sample("ipv4 header length of 16");
    start_ipv4(s, IPPROTO_TCP, 0, 0, 20);
    finish_tcp(s, 0, 0);
    s->fb.data[14] = 0x44;

    s = new_sample("ipv4 longer than the frame");
    start_ipv4(s, IPPROTO_TCP, 0, 0, 21);
    finish_tcp(s, 0, 0);

    s = new_sample("ipv4 shorter than its header");
    start_ipv4(s, IPPROTO_TCP, 0, 4, 0);
    finish_tcp(s, 0, 0);
    s->fb.data[17] = 23;

    s = new_sample("ipv6 longer than the frame");
    start_ipv6(s, IPPROTO_TCP, IPPROTO_TCP, 21);
    finish_tcp(s, 0, 0);

    s = new_sample("ipv6 extension longer than the packet");
    start_ipv6(s, IPPROTO_HOPOPTS, IPPROTO_TCP, 16);
    put_extension(s, IPPROTO_TCP, 2, 16);

    s = new_sample("ipv6 extension of 7 bytes");
    start_ipv6(s, IPPROTO_HOPOPTS, IPPROTO_TCP, 7);
    put_extension(s, IPPROTO_TCP, 0, 7);

    for (size_t i = 1; i <= 6; i++) {
        s = &samples[n_samples - i];
        s->kind = FLOW_OTHER;
        s->type = 0;
        s->nw_proto = s->tcp_flags = 0;
        s->tp_src = s->tp_dst = s->volume = 0;
        s->l3_end = s->l4_end = s->l2_end;
    }

    s = new_sample("tcp header length of 16");
    start_ipv4(s, IPPROTO_TCP, 0, 0, 20);
    put_tcp(&s->fb, 40000, 80, 2, 0);
    s->fb.data[s->l3_end + 12] = 0x40;

    s = new_sample("tcp header longer than the segment");
    start_ipv4(s, IPPROTO_TCP, 0, 0, 20);
    put_tcp(&s->fb, 40000, 80, 2, 0);
    s->fb.data[s->l3_end + 12] = 0x60;
    put_fill(&s->fb, 0, 8);

    s = new_sample("udp of 7 bytes");
    start_ipv4(s, IPPROTO_UDP, 0, 0, 7);
    put_fill(&s->fb, 1, 7);

    s = new_sample("sctp of 11 bytes");
    start_ipv6(s, IPPROTO_SCTP, IPPROTO_SCTP, 11);
    put_fill(&s->fb, 1, 11);
}

static void
make_samples(void)
{
    n_samples = 0;
    make_samples_ipv4();
    make_samples_ipv6();
    make_samples_ethernet();
    make_samples_refused();
}

/* Returns the first 'n' bytes of 'data', so that nothing but them can be
 * read: they end where a page ends that is followed by one without access,
 * and so begin at any address. */
static const uint8_t *
guard(const uint8_t *data, size_t n)
{
    static uint8_t *end;

    if (!end) {
        size_t page = sysconf(_SC_PAGESIZE);
        uint8_t *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        ck_assert(map != MAP_FAILED);
        end = map + page;
        ck_assert_int_eq(mprotect(end, page, PROT_NONE), 0);
    }
    memcpy(end - n, data, n);
    return end - n;
}

/* The frame that was read last. */
static struct frame parsed;
static size_t n_plain;          /* So many were read as plain ones, too. */

/* Fails unless 'packet', if it is read as a plain one, is 'general', which
 * packet_parse() made of it. */
static void
expect_plain(const struct packet *general)
{
    struct packet expected = *general;
    uint64_t words[PLAIN_WORDS];

    memset(words, 0xaa, sizeof words);
    if (packet_parse_plain(&parsed, words)) {
        words[PLAIN_KEY + 1] |= UINT64_C(0x1234) << PLAIN_PLACE_SHIFT;
        words[PLAIN_OFS] |= UINT64_C(0x56) << PLAIN_FRAME_SHIFT;
        expected.key.place = 0x1234;
        expected.frame = 0x56;
        unit_check(!memcmp(words, &expected, sizeof words));
        unit_check(flow_key_hash_words(words, &secret)
                   == flow_key_hash(&expected.key, &secret));
        n_plain++;
    }
}

static bool
parse(struct packet *packet, const struct frame_buffer *fb, size_t captured,
      size_t bytes)
{
    parsed = (struct frame) {
        .data = guard(fb->data, captured),
        .captured = captured,
        .bytes = bytes,
    };
    if (!packet_parse(packet, &parsed, &secret)) {
        uint64_t words[PLAIN_WORDS];

        unit_check(!packet_parse_plain(&parsed, words));
        return false;
    }
    expect_plain(packet);
    return true;
}

/* What 'packet', which was read last, tells. */
static struct packet_facts
facts_of(const struct packet *packet)
{
    struct packet_facts facts;

    packet_get_facts(packet, &parsed, &facts);
    return facts;
}

static void
get_values(const struct packet *packet, struct packet_values *values)
{
    const struct packet_facts facts = facts_of(packet);

    packet_facts_get_values(&facts, values);
}

static void
expect_ipv6(const struct sample *s, const struct packet *packet)
{
    struct ipv6_addresses addresses;
    uint64_t digest;

    memcpy(&addresses, &s->fb.data[s->l2_end + 8], sizeof addresses);
    digest = ipv6_addresses_digest(&addresses, &secret);
    unit_check(packet->key.src == (uint32_t) digest);
    unit_check(packet->key.dst == digest >> 32);
    unit_check(memcmp(packet_ipv6(packet, &parsed), &addresses,
                      sizeof addresses) == 0);
    unit_check(facts_of(packet).tos == 0xb9);
    unit_check(facts_of(packet).ttl == 62);
}

/* Fails unless 'packet' is what is left of 's' if only 'captured' bytes of it
 * are known. */
static void
expect(const struct sample *s, const struct packet *packet, size_t captured)
{
    bool has_l3 = s->kind != FLOW_OTHER && captured >= s->l3_end;
    bool has_l4 = has_l3 && captured >= s->l4_end;
    bool no_l4 = s->l4_end == s->l3_end;    /* 'volume' is of a fragment. */

    unit_check(packet->key.kind == (has_l3 ? s->kind : FLOW_OTHER));
    unit_check(packet->key.nw_proto == (has_l3 ? s->nw_proto : 0));
    unit_check(ntohs((OVS_FORCE ovs_be16) packet->key.tp_src)
                   == (has_l4 ? s->tp_src : 0));
    unit_check(ntohs((OVS_FORCE ovs_be16) packet->key.tp_dst)
                   == (has_l4 ? s->tp_dst : 0));
    unit_check(facts_of(packet).tcp_flags
                   == (has_l4 ? s->tcp_flags : 0));
    unit_check(packet->volume
                   == (has_l4 || (has_l3 && no_l4) ? s->volume : 0));
    if (captured >= s->l2_end) {
        unit_check(packet->vlan == s->vlan);
        if (s->kind == FLOW_OTHER) {
            unit_check(packet->key.src == s->type);
        } else if (!has_l3) {
            unit_check(packet->key.src == 0);
        }
    }
    if (has_l3 && s->kind == FLOW_IPV6) {
        expect_ipv6(s, packet);
    } else if (has_l3) {
        unit_check(ntohl((OVS_FORCE ovs_be32) packet->key.src) == SRC);
        unit_check(ntohl((OVS_FORCE ovs_be32) packet->key.dst) == DST);
        unit_check(facts_of(packet).tos == 0xbb);
        unit_check(facts_of(packet).ttl == 61);
    }
}

START_TEST(test_samples)
{
    make_samples();
    for (size_t i = 0; i < n_samples; i++) {
        const struct sample *s = &samples[i];
        struct packet packet;

        printf("%s\n", s->name);
        ck_assert(parse(&packet, &s->fb, s->fb.n, s->fb.n));
        ck_assert_uint_eq(packet.bytes, s->fb.n);
        expect(s, &packet, s->fb.n);
    }
}
END_TEST

/* Cut by the capture: what was not captured is absent. */
START_TEST(test_cut_capture)
{
    make_samples();
    for (size_t i = 0; i < n_samples; i++) {
        const struct sample *s = &samples[i];

        for (size_t captured = 0; captured < s->fb.n; captured++) {
            struct packet packet;

            unit_check(parse(&packet, &s->fb, captured, s->fb.n));
            unit_check(packet.bytes == s->fb.n);
            expect(s, &packet, captured);
        }
    }
}
END_TEST

/* Cut on the wire, and there cut by the capture: IP lengths do not fit, so
 * that no IP packet is left, unless it was only padding. */
START_TEST(test_cut_wire)
{
    make_samples();
    for (size_t i = 0; i < n_samples; i++) {
        const struct sample *s = &samples[i];

        for (size_t bytes = 0; bytes < s->fb.n; bytes++) {
            for (size_t captured = 0; captured <= bytes; captured++) {
                struct packet packet;
                bool ok = parse(&packet, &s->fb, captured, bytes);

                unit_check(ok == (bytes >= 14));
                unit_check(packet.bytes == bytes);
                unit_check(packet.volume <= bytes);
                if (ok && packet.key.kind != FLOW_OTHER) {
                    unit_check(captured >= s->l3_end);
                    expect(s, &packet, captured);
                }
            }
        }
    }
}
END_TEST

/* A frame may be as long as TSO and GRO make it, and longer. */
START_TEST(test_long_frames)
{
    struct frame_buffer fb;
    struct packet packet;

    build_frame(&fb, &(struct packet_spec) { .proto = IPPROTO_TCP });
    put_fill(&fb, 0, 6);
    ck_assert(parse(&packet, &fb, fb.n, fb.n + 65529));
    ck_assert_uint_eq(packet.key.kind, FLOW_IPV4);
    ck_assert(parse(&packet, &fb, fb.n, fb.n + 65530));
    ck_assert_uint_eq(packet.key.kind, FLOW_OTHER);
    ck_assert(parse(&packet, &fb, fb.n, UINT32_MAX));
    ck_assert_uint_eq(packet.bytes, UINT32_MAX);

    /* An IP packet of which the capture has the headers only. */
    build_frame(&fb, &(struct packet_spec) { .proto = IPPROTO_TCP });
    fb.data[16] = 0xff;
    fb.data[17] = 0xff;
    ck_assert(parse(&packet, &fb, fb.n, 14 + 65535));
    ck_assert_uint_eq(packet.key.kind, FLOW_IPV4);
    ck_assert_uint_eq(packet.volume, 65535 - 40);
}
END_TEST

START_TEST(test_values)
{
    const variable_set always = (1u << VAR_BYTES | 1u << VAR_PACKETS
                                 | 1u << VAR_VOLUME | 1u << VAR_IS_SYN
                                 | 1u << VAR_IS_FIN | 1u << VAR_IS_RST);
    const variable_set ip = 1u << VAR_TTL | 1u << VAR_DSCP | 1u << VAR_ECN;
    struct packet_values values;
    struct frame_buffer fb;
    struct packet packet;

    for (int flags = 0; flags < 256; flags++) {
        build_frame(&fb, &(struct packet_spec) {
            .proto = IPPROTO_TCP, .tcp_flags = flags, .payload = 9,
            .ipv6 = flags & 0x80,
        });
        unit_check(parse(&packet, &fb, fb.n, fb.n));
        get_values(&packet, &values);
        unit_check(values.defined == (always | ip));
        unit_check(values.value[VAR_BYTES] == fb.n);
        unit_check(values.value[VAR_PACKETS] == 1);
        unit_check(values.value[VAR_VOLUME] == 9);
        unit_check(values.value[VAR_IS_FIN] == (flags & 1));
        unit_check(values.value[VAR_IS_SYN] == ((flags >> 1) & 1));
        unit_check(values.value[VAR_IS_RST] == ((flags >> 2) & 1));
        unit_check(values.value[VAR_TTL] == (flags & 0x80 ? 62 : 61));
        unit_check(values.value[VAR_DSCP] == 46);
        unit_check(values.value[VAR_ECN] == !(flags & 0x80));
    }

    put_mac(&fb);
    put_u16(&fb, 0x0806);
    unit_check(parse(&packet, &fb, fb.n, fb.n));
    get_values(&packet, &values);
    unit_check(values.defined == always);
    unit_check(values.value[VAR_VOLUME] == 0);
}
END_TEST

/* Random frames. */

static uint8_t
random_proto(void)
{
    static const uint8_t protos[] = {
        IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP, IPPROTO_ICMPV6,
        IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS, IPPROTO_AH,
        IPPROTO_FRAGMENT, IPPROTO_NONE, IPPROTO_GRE, IPPROTO_IGMP,
    };

    return (unit_random(3) ? protos[unit_random(3)]
            : protos[unit_random(ARRAY_SIZE(protos))]);
}

static void
put_random(struct frame_buffer *fb, size_t n)
{
    while (n--) {
        put_u8(fb, unit_random(256));
    }
}

/* A length that is often the right one. */
static size_t
random_length(size_t n)
{
    return (unit_random(8) ? n
            : unit_random(2) ? n + unit_random(3) - 1
            : unit_random(100));
}

static void
put_random_ip(struct frame_buffer *fb, bool ipv6)
{
    size_t len = unit_random(120);
    uint8_t proto = random_proto();

    if (ipv6) {
        put_ipv6(fb, proto, random_length(len), unit_random(1000),
                 unit_random(1000));
    } else {
        size_t options = unit_random(4) ? 0 : unit_random(11) * 4;

        put_ipv4(fb, proto,
                 unit_random(4) ? 0 : unit_random(65536) & 0x2003, options,
                 random_length(len), unit_random(1000), unit_random(1000));
        if (!unit_random(20)) {
            fb->data[fb->n - options - 20] = unit_random(256);
        }
    }

    size_t start = fb->n;
    put_random(fb, len);
    if (ipv6 && len > 16) {
        /* Extension headers, perhaps. */
        fb->data[start] = random_proto();
        fb->data[start + 1] = unit_random(4);
        fb->data[start + 2] = 0;
        fb->data[start + 3] = unit_random(16);
        fb->data[start + 8] = random_proto();
        fb->data[start + 9] = unit_random(2);
    }
    if (len > 28 && unit_random(3)) {
        fb->data[start + 12] = (4 + unit_random(4)) << 4;
        fb->data[start + 20] = (4 + unit_random(4)) << 4;
    }
    if (!unit_random(4)) {
        put_fill(fb, 0, unit_random(20));
    }
}

static void
random_frame(struct frame_buffer *fb)
{
    static const uint16_t types[] = {
        0x0806, 0x8035, 0x8847, 0x8848, 0x894f, 0x88cc, 0x0600, 0x05ff, 0x002e
    };
    int family = unit_random(5);

    put_mac(fb);
    for (size_t n = unit_random(2) ? 0 : unit_random(4); n; n--) {
        put_u16(fb, unit_random(3) ? 0x8100 : 0x88a8);
        put_u16(fb, unit_random(65536));
    }
    if (!unit_random(8)) {
        put_u16(fb, unit_random(0x600));
        put_u32(fb, 0xaaaa0300);
        put_u16(fb, unit_random(8) ? 0 : 1);
    }
    put_u16(fb, family < 2 ? 0x0800 : family < 4 ? 0x86dd
            : types[unit_random(ARRAY_SIZE(types))]);
    if (family < 4) {
        put_random_ip(fb, family >= 2);
    } else {
        put_random(fb, unit_random(60));
    }
    if (!unit_random(8)) {
        fb->n = 14 + unit_random(fb->n - 13);
    }
}

/* Fails unless 'packet' is what OVS reads, where contract and OVS agree. */
static void
expect_flow(const struct packet *packet, const struct flow *flow)
{
    bool later = flow->nw_frag & FLOW_NW_FRAG_LATER;
    uint16_t type = ntohs(flow->dl_type);
    uint16_t vlan = (flow->vlans[0].tci
                     ? (vlan_tci_to_vid(flow->vlans[0].tci)
                        | FLOW_FIELDS_VLAN)
                     : 0);

    unit_check(packet->vlan == vlan);
    if (!flow->nw_ttl || (type != ETH_TYPE_IP && type != ETH_TYPE_IPV6)) {
        /* OVS stores no TTL if it refused the header; no frame has TTL 0. */
        unit_check(packet->key.kind == FLOW_OTHER);
        unit_check(packet->key.src
                   == (type == ETH_TYPE_IP || type == ETH_TYPE_IPV6
                          ? 0 : type));
        return;
    }

    if (type == ETH_TYPE_IP) {
        unit_check(packet->key.kind == FLOW_IPV4);
        unit_check(packet->key.src == (OVS_FORCE uint32_t) flow->nw_src);
        unit_check(packet->key.dst == (OVS_FORCE uint32_t) flow->nw_dst);
    } else {
        unit_check(packet->key.kind == FLOW_IPV6);

        const struct ipv6_addresses *ipv6 = packet_ipv6(packet, &parsed);

        unit_check(memcmp(ipv6->src, &flow->ipv6_src, 16) == 0);
        unit_check(memcmp(ipv6->dst, &flow->ipv6_dst, 16) == 0);
    }
    unit_check(facts_of(packet).tos == flow->nw_tos);
    unit_check(facts_of(packet).ttl == flow->nw_ttl);
    if (type == ETH_TYPE_IP || !later) {
        unit_check(packet->key.nw_proto == flow->nw_proto);
    }

    bool ports = (flow->nw_proto == IPPROTO_TCP
                  || flow->nw_proto == IPPROTO_UDP
                  || flow->nw_proto == IPPROTO_SCTP) && !later;
    unit_check(packet->key.tp_src
                   == (ports ? (OVS_FORCE uint16_t) flow->tp_src : 0));
    unit_check(packet->key.tp_dst
                   == (ports ? (OVS_FORCE uint16_t) flow->tp_dst : 0));
    unit_check(facts_of(packet).tcp_flags
                   == (ports && flow->nw_proto == IPPROTO_TCP
                      ? ntohs(flow->tcp_flags) & 0xff : 0));
}

START_TEST(test_random_like_ovs)
{
    struct frame_buffer fb;
    size_t n_ip = 0, n_ports = 0, n_other = 0;

    unit_seed();
    for (int i = 0; i < 100000; i++) {
        struct dp_packet *dp;
        struct packet packet;
        struct flow flow;

        random_frame(&fb);
        unit_check(parse(&packet, &fb, fb.n, fb.n));
        dp = dp_packet_clone_data(fb.data, fb.n);
        flow_extract(dp, &flow);
        expect_flow(&packet, &flow);
        dp_packet_delete(dp);

        n_ip += packet.key.kind != FLOW_OTHER;
        n_ports += packet.key.tp_src != 0;
        n_other += packet.key.kind == FLOW_OTHER;
    }
    ck_assert_uint_gt(n_ip, 40000);
    ck_assert_uint_gt(n_ports, 20000);
    ck_assert_uint_gt(n_other, 10000);
}
END_TEST

/* A frame that is plain, but for some bytes that may not be. */
static void
random_plain_frame(struct frame_buffer *fb)
{
    build_frame(fb, &(struct packet_spec) {
        .proto = unit_random(2) ? IPPROTO_TCP : IPPROTO_UDP,
        .src = unit_random(1000), .dst = unit_random(1000),
        .tp_src = unit_random(65536), .tp_dst = unit_random(65536),
        .tcp_flags = unit_random(256), .payload = unit_random(40),
    });
    for (int n = unit_random(3); n; n--) {
        /* Ethernet type, IP and TCP header; most often one bit. */
        fb->data[12 + unit_random(42)] ^= (unit_random(4)
                                           ? 1 << unit_random(8)
                                           : unit_random(256));
    }
    put_fill(fb, 0, unit_random(12));
}

/* Plain frames, what is nearly one, and both cut by the capture or on the
 * wire or longer there, are read as packet_parse() reads them (in parse()). */
START_TEST(test_plain)
{
    struct frame_buffer fb;
    struct packet packet;

    unit_seed();
    n_plain = 0;
    for (int i = 0; i < 200000; i++) {
        random_plain_frame(&fb);

        size_t bytes = (unit_random(4) ? fb.n
                        : unit_random(2) ? unit_random(fb.n + 1)
                        : fb.n + unit_random(70000));
        size_t captured = MIN(bytes, fb.n);

        if (!unit_random(4)) {
            captured = unit_random(captured + 1);
        }
        parse(&packet, &fb, captured, bytes);
    }
    ck_assert_uint_gt(n_plain, 40000);
    ck_assert_uint_lt(n_plain, 160000);
}
END_TEST

/* All that is plain is read as such. */
START_TEST(test_plain_is_read)
{
    struct frame_buffer fb;
    struct packet packet;

    n_plain = 0;
    for (int payload = 0; payload < 100; payload++) {
        build_frame(&fb, &(struct packet_spec) {
            .proto = IPPROTO_TCP, .payload = payload,
        });
        ck_assert(parse(&packet, &fb, fb.n, fb.n));
        build_frame(&fb, &(struct packet_spec) {
            .proto = IPPROTO_UDP, .payload = 12 + payload,
        });
        ck_assert(parse(&packet, &fb, fb.n, fb.n));
    }
    ck_assert_uint_eq(n_plain, 200);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("packet");
    TCase *tc;

    tc = tcase_create("samples");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_samples);
    tcase_add_test(tc, test_cut_capture);
    tcase_add_test(tc, test_cut_wire);
    tcase_add_test(tc, test_long_frames);
    tcase_add_test(tc, test_values);
    tcase_add_test(tc, test_plain_is_read);
    suite_add_tcase(suite, tc);

    tc = tcase_create("random");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_random_like_ovs);
    tcase_add_test(tc, test_plain);
    suite_add_tcase(suite, tc);
    return suite;
}
