/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/filter.h"

#include <arpa/inet.h>

#include "event-unit.h"
#include "event/port-name.h"
#include "packets.h"
#include "tests/unit.h"

static char *
format(const struct filter *filter)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    filter_format(filter, &ds);
    return ds_steal_cstr(&ds);
}

/* Parses 'text', which must be a filter, and whose normal form must parse back
 * to the same filter. */
static struct filter
parse(const char *text)
{
    struct filter filter, again;
    size_t error_offset;
    char *normal;
    char *error;

    error = filter_parse(&filter, text, NULL, &error_offset);
    ck_assert_msg(!error, "%s: %s", text, error);
    normal = format(&filter);
    error = filter_parse(&again, normal, NULL, &error_offset);
    ck_assert_msg(!error, "%s: %s", normal, error);
    ck_assert_msg(!memcmp(&filter, &again, sizeof filter), "%s", normal);
    free(normal);

    for (size_t i = 0; i < sizeof filter.value; i++) {
        ck_assert(!(((uint8_t *) &filter.value)[i]
                    & ~((uint8_t *) &filter.mask)[i]));
    }
    ck_assert_uint_eq(filter.mask.has, 0);
    ck_assert_uint_eq(filter.mask.scope, 0);
    return filter;
}

static const struct {
    const char *text;
    const char *normal;
} good[] = {
    { "any", "any" },
    { "ip", "ip" }, { "ip4", "ip" }, { "ipv4", "ip" },
    { "ip6", "ipv6" }, { "ipv6", "ipv6" },
    { "tcp", "tcp" }, { "udp", "udp" }, { "sctp", "sctp" },
    { "tcp6", "tcp6" }, { "udp6", "udp6" }, { "sctp6", "sctp6" },
    { "icmp", "icmp" }, { "icmp6", "icmp6" },
    { "arp", "arp" }, { "rarp", "rarp" },
    { "mpls", "mpls" }, { "mplsm", "mplsm" },
    { "tcp,nw_dst=10.0.128.0/24,tp_dst=80",
      "tcp,nw_dst=10.0.128.0/24,tp_dst=80" },
    { "ip6,ipv6_src=2001:db8::/32", "ipv6,ipv6_src=2001:db8::/32" },
    { "in_port=vm1,udp", "udp,in_port=vm1" },
    { "tun_id=7,tcp", "tcp,tun_id=7" },
    { "tp_dst=2,tp_src=1,nw_dst=5.6.7.8,nw_src=1.2.3.4,dl_vlan=3,tun_id=4,"
      "in_port=x,tcp",
      "tcp,in_port=x,tun_id=4,dl_vlan=3,nw_src=1.2.3.4,nw_dst=5.6.7.8,"
      "tp_src=1,tp_dst=2" },

    /* Synonyms. */
    { "eth_type=0x800,ip_src=1.2.3.4,ip_dst=5.6.7.8,ip_proto=6,tcp_src=1,"
      "tcp_dst=2", "tcp,nw_src=1.2.3.4,nw_dst=5.6.7.8,tp_src=1,tp_dst=2" },
    { "dl_type=0x86dd,nw_proto=17,udp_src=53", "udp6,tp_src=53" },
    { "sctp,sctp_src=1,sctp_dst=2", "sctp,tp_src=1,tp_dst=2" },
    { "udp,udp_dst=0x35", "udp,tp_dst=53" },
    { "tunnel_id=0x10", "tun_id=16" },
    { "in_port_oxm=vm1", "in_port=vm1" },
    { "ip,nw_proto=1", "icmp" }, { "ipv6,nw_proto=58", "icmp6" },
    { "ipv6,nw_proto=1", "ipv6,nw_proto=1" },
    { "ip,nw_proto=47", "ip,nw_proto=47" },
    { "dl_type=0x0806", "arp" }, { "dl_type=35020", "dl_type=0x88cc" },
    { "dl_type=0", "dl_type=0x0000" },

    /* Masks. */
    { "ip,nw_src=10.0.0.1/8", "ip,nw_src=10.0.0.0/8" },
    { "ip,nw_src=10.0.0.1/255.255.0.0", "ip,nw_src=10.0.0.0/16" },
    { "ip,nw_src=10.0.0.1/255.0.255.0", "ip,nw_src=10.0.0.0/255.0.255.0" },
    { "ip,nw_src=10.0.0.1/32", "ip,nw_src=10.0.0.1" },
    { "ip,nw_src=10.0.0.1/0", "ip" }, { "ip,nw_src=*", "ip" },
    { "ip6,ipv6_dst=2001:db8::5/ffff::ffff",
      "ipv6,ipv6_dst=2001::5/ffff::ffff" },
    { "ip6,ipv6_dst=2001:db8::5/128", "ipv6,ipv6_dst=2001:db8::5" },
    { "ip6,ipv6_dst=::/0", "ipv6" },
    { "tcp,tp_src=0x1fff/0xf000", "tcp,tp_src=0x1000/0xf000" },
    { "tcp,tp_src=80/0xffff", "tcp,tp_src=80" },
    { "tun_id=0xabcd/0xff00", "tun_id=0xab00/0xff00" },
    { "tun_id=18446744073709551615", "tun_id=18446744073709551615" },
    { "dl_vlan=0", "dl_vlan=0" }, { "dl_vlan=4095", "dl_vlan=4095" },
    { "dl_vlan=65535", "dl_vlan=0xffff" }, { "dl_vlan=*", "any" },

    /* Names of interfaces. */
    { "in_port=eth0.100", "in_port=eth0.100" },
    { "in_port=\"eth0\"", "in_port=eth0" },
    { "in_port=\"1\"", "in_port=\"1\"" },
    { "in_port=\"local\"", "in_port=\"local\"" },
    { "in_port=\"a,b\",tcp", "tcp,in_port=\"a,b\"" },
    { "in_port=a=b", "in_port=\"a=b\"" },
    { "in_port=*", "any" },
};

START_TEST(test_good)
{
    struct filter filter = parse(good[_i].text);
    char *s = format(&filter);

    ck_assert_str_eq(s, good[_i].normal);
    free(s);
}
END_TEST

static const struct {
    const char *text;
    size_t offset;
    const char *message;        /* Part of it. */
} bad[] = {
    { "", 0, "expected a field" },
    { "tcp,", 4, "expected a field" },
    { ",tcp", 0, "expected a field" },
    { "any,tcp", 0, "'any' must stand alone" },
    { "tcp,any", 4, "'any' must stand alone" },
    { "TCP", 0, "did you mean 'tcp'?" },
    { "nw_sorc=1.2.3.4", 0, "did you mean 'nw_src'?" },
    { "ip,nw_sr=1.2.3.4", 3, "did you mean 'nw_src'?" },
    { "priority=1", 0, "unknown field or protocol 'priority'" },
    { "tcp=80", 0, "'tcp' takes no value" },
    { "ip,nw_src", 9, "expected a value: nw_src=..." },
    { "ip,nw_src=", 9, "expected a value: nw_src=..." },

    /* What varies by packet. */
    { "ip,nw_ttl=64", 3, "belongs in the predicate: variable 'ttl'" },
    { "ip,nw_tos=4", 3, "belongs in the predicate: variable 'dscp'" },
    { "ip,ip_dscp=4", 3, "belongs in the predicate: variable 'dscp'" },
    { "ip,nw_ecn=1", 3, "belongs in the predicate: variable 'ecn'" },
    { "ip,ip_ecn=1", 3, "belongs in the predicate: variable 'ecn'" },
    { "tcp,tcp_flags=+syn", 4, "belongs in the predicate: variables 'is_syn" },
    { "ip,ip_frag=no", 3, "belongs in the predicate" },
    { "icmp,icmp_type=8", 5, "belongs in the predicate" },
    { "icmp6,icmpv6_code=8", 6, "belongs in the predicate" },
    { "icmp,tp_src=8", 5, "not ports" },
    { "icmp6,tp_dst=8", 6, "not ports" },
    { "ip,nw_proto=1,tp_src=8", 14, "not ports" },

    /* What is not part of a flow's key. */
    { "dl_src=00:11:22:33:44:55", 0, "not part of a flow's key" },
    { "eth_dst=00:11:22:33:44:55", 0, "not part of a flow's key" },
    { "reg0=1", 0, "not part of a flow's key" },
    { "metadata=1", 0, "not part of a flow's key" },
    { "ct_state=+trk", 0, "not part of a flow's key" },
    { "tun_src=1.2.3.4", 0, "not part of a flow's key" },
    { "dl_vlan_pcp=1", 0, "not part of a flow's key" },
    { "arp,arp_spa=1.2.3.4", 4, "not part of a flow's key" },
    { "vlan_vid=10", 0, "CFI bit" },
    { "vlan_tci=0x100a", 0, "use dl_vlan" },

    /* What ovs-ofctl would normalise away. */
    { "nw_src=1.2.3.4", 0, "'nw_src' needs IPv4" },
    { "nw_src=0.0.0.0/0", 0, "'nw_src' needs IPv4" },
    { "dl_type=0x88cc,ip_dst=1.2.3.4", 15, "'ip_dst' needs IPv4" },
    { "ipv6_src=::1", 0, "'ipv6_src' needs IPv6" },
    { "ipv6,nw_src=1.2.3.4", 5, "address of the other family" },
    { "tcp,ipv6_src=::1", 4, "address of the other family" },
    { "arp,nw_src=1.2.3.4", 4, "of an ARP packet" },
    { "nw_proto=6", 0, "'nw_proto' needs ip or ipv6" },
    { "arp,nw_proto=1", 4, "'nw_proto' needs ip or ipv6" },
    { "tp_dst=80", 0, "'tp_dst' needs tcp, udp or sctp" },
    { "ip,tp_dst=80", 3, "'tp_dst' needs tcp, udp or sctp" },
    { "ip,nw_proto=47,tp_dst=80", 15, "'tp_dst' needs tcp, udp or sctp" },
    { "ip,tcp_dst=80", 3, "'tcp_dst' needs tcp" },
    { "tcp,udp_dst=80", 4, "'udp_dst' needs udp" },

    /* What is given twice. */
    { "tcp,tcp", 4, "'tcp' is given twice" },
    { "tcp,udp", 4, "'udp' gives again what 'tcp' gave" },
    { "ip,tcp", 3, "'tcp' gives again what 'ip' gave" },
    { "ip,ipv6", 3, "'ipv6' gives again what 'ip' gave" },
    { "tcp,nw_proto=6", 4, "'nw_proto' gives again what 'tcp' gave" },
    { "dl_type=0x800,ip", 14, "'ip' gives again what 'dl_type' gave" },
    { "tcp,tp_dst=80,tp_dst=80", 14, "'tp_dst' is given twice" },
    { "tcp,tp_dst=80,tcp_dst=80", 14, "'tcp_dst' gives again what 'tp_dst'" },
    { "ip,nw_src=1.2.3.4,ip_src=1.2.3.4", 18, "gives again" },
    { "tun_id=7,tunnel_id=7", 9, "gives again" },
    { "in_port=a,in_port=a", 10, "given twice" },

    /* Values. */
    { "ip,nw_src=10.0.0.300", 10, "expected an IPv4 address" },
    { "ip,nw_src=10.0.0", 10, "expected an IPv4 address" },
    { "ip,nw_src=010.0.0.1", 10, "expected an IPv4 address" },
    { "ip,nw_src=10.0.0.1x", 10, "expected an IPv4 address" },
    { "ip,nw_src=10.0.0.1/", 10, "expected an IPv4 address" },
    { "ip,nw_src=10.0.0.1/33", 10, "between 0 and 32" },
    { "ip,nw_src=10.0.0.1/-1", 10, "expected an IPv4 address" },
    { "ip,nw_src=10.0.0.1/4294967304", 10, "expected an IPv4 address" },
    { "ip,nw_src=10.0.0.1/255.255.256.0", 10, "expected an IPv4 address" },
    { "ip,nw_src=::1", 10, "expected an IPv4 address" },
    { "ipv6,ipv6_src=::g", 14, "expected an IPv6 address" },
    { "ipv6,ipv6_src=::1/129", 14, "between 0 and 128" },
    { "ipv6,ipv6_src=::1/32x", 14, "expected an IPv6 address" },
    { "ip,nw_proto=256", 12, "too large" },
    { "ip,nw_proto=6/7", 12, "mask" },
    { "tcp,tp_dst=65536", 11, "too large" },
    { "tcp,tp_dst=http", 11, "expected a number" },
    { "tcp,tp_dst=-1", 11, "expected a number" },
    { "tcp,tp_dst=0x", 11, "expected a number" },
    { "tcp,tp_dst=80/", 11, "expected a number" },
    { "tcp,tp_dst=80x", 11, "bad syntax" },
    { "dl_type=0x10000", 8, "too large" },
    { "dl_vlan=4096", 8, "0 to 4095" },
    { "dl_vlan=5000/0xffff", 8, "0 to 4095" },
    { "dl_vlan=10/0xfff", 8, "mask" },
    { "tun_id=-1", 7, "expected a number" },
    { "tun_id=18446744073709551616", 7, "too large" },
    { "in_port=1", 8, "only where a bridge is given" },
    { "in_port=LOCAL", 8, "only where a bridge is given" },
    { "in_port=controller", 8, "only where a bridge is given" },
    { "in_port=\"a", 8, "closing quote" },
    { "in_port=\"\"", 8, "closing quote" },
    { "in_port=a\"b", 8, "without '\"'" },
};

START_TEST(test_bad)
{
    struct filter filter;
    size_t error_offset;
    char *error = filter_parse(&filter, bad[_i].text, NULL, &error_offset);

    ck_assert_msg(error != NULL, "%s", bad[_i].text);
    ck_assert_msg(strstr(error, bad[_i].message) != NULL, "%s: %s",
                  bad[_i].text, error);
    ck_assert_msg(error_offset == bad[_i].offset, "%s: at %"PRIuSIZE": %s",
                  bad[_i].text, error_offset, error);
    free(error);
}
END_TEST

START_TEST(test_untagged)
{
    struct filter filter = parse("dl_vlan=0xffff");
    struct flow_fields fields = { .vlan = 0 };

    ck_assert(filter_matches(&filter, &fields));
    fields.vlan = FLOW_FIELDS_VLAN;
    ck_assert(!filter_matches(&filter, &fields));

    filter = parse("dl_vlan=0");
    ck_assert(filter_matches(&filter, &fields));
    fields.vlan = 0;
    ck_assert(!filter_matches(&filter, &fields));
}
END_TEST

/* Names differ in all bits of their numbers. */
START_TEST(test_in_port)
{
    struct filter filter = parse("in_port=first");

    for (int i = 0; i < 1000; i++) {
        struct flow_fields fields = { .in_port = 0 };
        char name[32];

        snprintf(name, sizeof name, "other%d", i);
        fields.in_port = port_name_intern(name);
        ck_assert(!filter_matches(&filter, &fields));
    }
    struct flow_fields fields = { .in_port = port_name_intern("first") };
    ck_assert(filter_matches(&filter, &fields));
}
END_TEST

/* What many filters name, right or wrong ones, is forgotten with them; what
 * is an interface's is not. */
START_TEST(test_names)
{
    uint32_t id = port_name_intern("interface");
    size_t n = port_name_count();
    struct filter a, b;
    size_t error_offset;

    for (int i = 0; i < 10000; i++) {
        char text[64];

        snprintf(text, sizeof text, "tcp,in_port=fleeting%d", i);
        ck_assert(!filter_parse(&a, text, NULL, &error_offset));
        filter_uninit(&a);
        snprintf(text, sizeof text, "in_port=wrong%d,nw_src=10.0.0.1", i);
        free(filter_parse(&a, text, NULL, &error_offset));
        ck_assert_uint_eq(port_name_count(), n);
    }

    ck_assert(!filter_parse(&a, "in_port=twice", NULL, &error_offset));
    ck_assert(!filter_parse(&b, "in_port=twice", NULL, &error_offset));
    ck_assert_uint_eq(a.value.in_port, b.value.in_port);
    filter_uninit(&a);
    ck_assert_str_eq(port_name_get(b.value.in_port), "twice");
    ck_assert_uint_eq(port_name_find("twice"), b.value.in_port);
    filter_uninit(&b);
    ck_assert_uint_eq(port_name_find("twice"), 0);

    ck_assert(!filter_parse(&a, "in_port=interface", NULL, &error_offset));
    ck_assert_uint_eq(a.value.in_port, id);
    filter_uninit(&a);
    ck_assert_str_eq(port_name_get(id), "interface");
    ck_assert_uint_eq(port_name_count(), n);
}
END_TEST

/* Random filters against random packets.  A test keeps both as a user means
 * them and compares field by field. */

struct address {
    uint8_t bytes[16];
    int prefix;                 /* Of a filter; -1 if it has none. */
};

struct model {
    const char *port;           /* Null in a filter: not given. */
    int vlan;                   /* -1: untagged; -2 in a filter: not given. */
    int tun_id;                 /* -1 in a filter: not given. */
    int version;                /* Of IP: 4, 6, or 0: ARP; -1: not given. */
    int nw_proto;               /* -1 in a filter: not given. */
    int tp_src, tp_dst;         /* -1 in a filter: not given. */
    struct address src, dst;
};

static const char *const ports[] = { "vm1", "vm2", "1" };
static const int protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, 47 };

static void
random_address(struct address *address, int version)
{
    memset(address, 0, sizeof *address);
    for (int i = version == 4 ? 12 : 0; i < 16; i++) {
        address->bytes[i] = unit_random(2) ? 0x80 : 0;
    }
    address->prefix = -1;
}

static struct model
random_packet(void)
{
    struct model m = {
        .port = ports[unit_random(ARRAY_SIZE(ports))],
        .vlan = (int) unit_random(3) - 1,
        .tun_id = unit_random(2),
        .version = unit_random(3) * 2,
    };

    m.version = m.version == 2 ? 6 : m.version;
    if (m.version) {
        random_address(&m.src, m.version);
        random_address(&m.dst, m.version);
        m.nw_proto = protos[unit_random(ARRAY_SIZE(protos))];
        if (m.nw_proto != 47) {
            m.tp_src = unit_random(2);
            m.tp_dst = unit_random(2);
        }
    }
    return m;
}

static void
random_prefix(struct address *address, int version)
{
    address->prefix = (int) unit_random(4) - 1;
    if (address->prefix == 2) {
        address->prefix = version == 4 ? 32 : 128;
    }
}

/* Returns a filter that leaves out most of 'packet'. */
static struct model
random_filter(const struct model *packet)
{
    struct model m = *packet;

    m.port = unit_random(3) ? NULL : m.port;
    m.vlan = unit_random(3) ? -2 : m.vlan;
    m.tun_id = unit_random(3) ? -1 : m.tun_id;
    m.version = unit_random(5) ? m.version : -1;
    if (m.version > 0) {
        random_prefix(&m.src, m.version);
        random_prefix(&m.dst, m.version);
    } else {
        m.src.prefix = m.dst.prefix = -1;
    }
    m.nw_proto = m.version <= 0 || unit_random(2) ? -1 : m.nw_proto;
    if (m.nw_proto < 0 || m.nw_proto == 47) {
        m.tp_src = m.tp_dst = -1;
    } else {
        m.tp_src = unit_random(2) ? -1 : m.tp_src;
        m.tp_dst = unit_random(2) ? -1 : m.tp_dst;
    }
    return m;
}

static void
put_address(struct ds *ds, const char *name, const struct address *address,
            int version)
{
    char s[INET6_ADDRSTRLEN];

    if (address->prefix >= 0) {
        inet_ntop(version == 4 ? AF_INET : AF_INET6,
                  address->bytes + (version == 4 ? 12 : 0), s, sizeof s);
        ds_put_format(ds, ",%s_%s=%s/%d", version == 4 ? "nw" : "ipv6",
                      name, s, address->prefix);
    }
}

/* Appends the text of 'm'.  'dl_type' first, so that commas are easy. */
static void
model_format(const struct model *m, struct ds *ds)
{
    ds_put_cstr(ds, (m->version == 4 ? "ip" : m->version == 6 ? "ipv6"
                     : !m->version ? "arp" : "tun_id=0/0"));
    if (m->port) {
        ds_put_format(ds, ",in_port=\"%s\"", m->port);
    }
    if (m->vlan != -2) {
        ds_put_format(ds, ",dl_vlan=%d", m->vlan < 0 ? 0xffff : m->vlan);
    }
    if (m->tun_id != -1 && m->version >= 0) {
        ds_put_format(ds, ",tun_id=%d", m->tun_id);
    }
    put_address(ds, "src", &m->src, m->version);
    put_address(ds, "dst", &m->dst, m->version);
    if (m->nw_proto != -1) {
        ds_put_format(ds, ",nw_proto=%d", m->nw_proto);
    }
    if (m->tp_src != -1) {
        ds_put_format(ds, ",tp_src=%d", m->tp_src);
    }
    if (m->tp_dst != -1) {
        ds_put_format(ds, ",tp_dst=%d", m->tp_dst);
    }
}

static struct flow_fields
model_fields(const struct model *m)
{
    struct flow_fields fields = {
        .in_port = port_name_intern(m->port),
        .vlan = m->vlan < 0 ? 0 : m->vlan | FLOW_FIELDS_VLAN,
        .dl_type = (m->version == 4 ? ETH_TYPE_IP
                    : m->version == 6 ? ETH_TYPE_IPV6 : ETH_TYPE_ARP),
        .tun_id = m->tun_id,
        .tp_src = m->tp_src,
        .tp_dst = m->tp_dst,
        .nw_proto = m->nw_proto,
        .has = (m->version == 4 ? FLOW_HAS_IPV4
                : m->version == 6 ? FLOW_HAS_IPV6 : 0),
    };

    memcpy(fields.src, m->src.bytes, 16);
    memcpy(fields.dst, m->dst.bytes, 16);
    return fields;
}

static bool
address_matches(const struct address *filter, const struct address *packet,
                int version)
{
    for (int i = 0; i < filter->prefix; i++) {
        int bit = i + (version == 4 ? 96 : 0);
        uint8_t diff = filter->bytes[bit / 8] ^ packet->bytes[bit / 8];

        if (diff & (0x80 >> bit % 8)) {
            return false;
        }
    }
    return true;
}

static bool
model_matches(const struct model *filter, const struct model *packet)
{
    return ((!filter->port || !strcmp(filter->port, packet->port))
            && (filter->vlan == -2 || filter->vlan == packet->vlan)
            && (filter->tun_id == -1 || filter->version < 0
                || filter->tun_id == packet->tun_id)
            && (filter->version == -1 || filter->version == packet->version)
            && address_matches(&filter->src, &packet->src, packet->version)
            && address_matches(&filter->dst, &packet->dst, packet->version)
            && (filter->nw_proto == -1
                || filter->nw_proto == packet->nw_proto)
            && (filter->tp_src == -1 || filter->tp_src == packet->tp_src)
            && (filter->tp_dst == -1 || filter->tp_dst == packet->tp_dst));
}

START_TEST(test_matches)
{
    int n_matches = 0;

    unit_seed();
    for (int i = 0; i < 2000; i++) {
        struct model packet = random_packet();
        struct model model = random_filter(&packet);
        struct ds text = DS_EMPTY_INITIALIZER;
        struct filter filter;

        model_format(&model, &text);
        filter = parse(ds_cstr(&text));
        for (int j = 0; j < 20; j++) {
            struct flow_fields fields = model_fields(&packet);
            bool expected = model_matches(&model, &packet);

            ck_assert_msg(filter_matches(&filter, &fields) == expected, "%s",
                          ds_cstr(&text));
            ck_assert(expected || j);
            n_matches += expected;
            packet = random_packet();
        }
        ds_destroy(&text);
    }
    ck_assert_int_gt(n_matches, 4000);
    ck_assert_int_lt(n_matches, 36000);
}
END_TEST

START_TEST(test_port_name)
{
    uint32_t a = port_name_intern("a"), b = port_name_intern("b");

    ck_assert_uint_ne(a, 0);
    ck_assert_uint_ne(b, 0);
    ck_assert_uint_ne(a, b);
    ck_assert_uint_eq(port_name_intern("a"), a);
    ck_assert_str_eq(port_name_get(a), "a");
    ck_assert_str_eq(port_name_get(b), "b");
    ck_assert_str_eq(port_name_get(0), "");
    ck_assert_str_eq(port_name_get(MAX(a, b) + 1), "");
    for (int i = 0; i < 1000; i++) {
        char name[32];

        snprintf(name, sizeof name, "p%d", i);
        ck_assert_str_eq(port_name_get(port_name_intern(name)), name);
    }
    ck_assert_uint_eq(port_name_intern("a"), a);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("filter");
    TCase *tcase = tcase_create("filter");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_good, 0, ARRAY_SIZE(good));
    tcase_add_loop_test(tcase, test_bad, 0, ARRAY_SIZE(bad));
    tcase_add_test(tcase, test_names);
    tcase_add_test(tcase, test_untagged);
    tcase_add_test(tcase, test_in_port);
    tcase_add_test(tcase, test_matches);
    tcase_add_test(tcase, test_port_name);
    suite_add_tcase(suite, tcase);
    return suite;
}
