/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/granularity.h"

#include <arpa/inet.h>

#include "event-unit.h"
#include "event/port-name.h"
#include "packets.h"
#include "tests/unit.h"

static struct granularity
parse(const char *text)
{
    struct granularity granularity;
    size_t error_offset;
    char *error;

    error = granularity_parse(&granularity, text, &error_offset);
    ck_assert_msg(!error, "%s: %s", text, error);
    return granularity;
}

static const struct {
    const char *text;
    const char *normal;
    bool is_flow;
} good[] = {
    { "none", "none", false },
    { "nw_src", "nw_src", false },
    { "nw_src/32,nw_dst/0", "nw_src,nw_dst/0", false },
    { "nw_src/24,nw_dst/24", "nw_src/24,nw_dst/24", false },
    { "ipv6_dst/128,ipv6_src/64", "ipv6_dst,ipv6_src/64", false },
    { "5tuple", "5tuple", true },
    { "tun_id,5tuple", "tun_id,5tuple", true },
    { "vlan_vid,tun_id,in_port,tp_dst,tp_src,nw_proto,nw_dst,nw_src",
      "vlan_vid,tun_id,in_port,tp_dst,tp_src,nw_proto,nw_dst,nw_src", true },
    { "nw_dst,nw_proto,tp_src,tp_dst",
      "nw_dst,nw_proto,tp_src,tp_dst", false },
    { "nw_src/31,nw_dst,nw_proto,tp_src,tp_dst",
      "nw_src/31,nw_dst,nw_proto,tp_src,tp_dst", false },
    { "ipv6_src,ipv6_dst,nw_proto,tp_src,tp_dst",
      "ipv6_src,ipv6_dst,nw_proto,tp_src,tp_dst", true },
    { "ipv6_src,ipv6_dst/0,nw_proto,tp_src,tp_dst",
      "ipv6_src,ipv6_dst/0,nw_proto,tp_src,tp_dst", false },
    { "nw_src,nw_dst,tp_src,tp_dst",
      "nw_src,nw_dst,tp_src,tp_dst", false },
};

START_TEST(test_good)
{
    struct granularity granularity = parse(good[_i].text);
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct granularity again;

    granularity_format(&granularity, &ds);
    ck_assert_str_eq(ds_cstr(&ds), good[_i].normal);
    again = parse(ds_cstr(&ds));
    ck_assert_uint_eq(again.n_fields, granularity.n_fields);
    ck_assert(flow_fields_equal(&again.mask, &granularity.mask));
    ck_assert_uint_eq(granularity.mask.has, 0);
    ck_assert_int_eq(granularity.has_5tuple,
                     strstr(good[_i].text, "5tuple") != NULL);
    ck_assert_int_eq(granularity.is_flow, good[_i].is_flow);
    ds_destroy(&ds);
}
END_TEST

static const struct {
    const char *text;
    size_t offset;
    const char *message;        /* Part of it. */
} bad[] = {
    { "", 0, "expected a field" },
    { "nw_src,", 7, "a granularity has no spaces" },
    { "none,nw_src", 0, "'none' must stand alone" },
    { "nw_src,none", 7, "'none' must stand alone" },
    { "5-tuple", 0, "did you mean '5tuple'?" },
    { "tp_dts", 0, "did you mean 'tp_dst'?" },
    { "ip_src", 0, "did you mean 'nw_src'?" },
    { "tcp_dst", 0, "did you mean 'tp_dst'?" },
    { "dl_vlan", 0, "did you mean 'vlan_vid'?" },
    { "colour", 0, "expected nw_src, nw_dst, " },
    { "nw_src/33", 7, "0 to 32 bits" },
    { "nw_src/", 7, "0 to 32 bits" },
    { "nw_src/-1", 7, "0 to 32 bits" },
    { "nw_src/255.0.0.0", 7, "0 to 32 bits" },
    { "nw_src/99999999999999999999", 7, "0 to 32 bits" },
    { "ipv6_src/129", 9, "0 to 128 bits" },
    { "nw_src,tp_dst/8", 14, "'tp_dst' has no prefix" },
    { "5tuple/8", 7, "'5tuple' has no prefix" },
    { "nw_src,nw_src/24", 14, "'nw_src' is given twice" },
    { "5tuple,5tuple", 7, "'5tuple' is given twice" },
    { "5tuple,tp_src", 7, "5tuple has" },
    { "nw_src,5tuple", 7, "5tuple has" },
    { "5tuple,ipv6_dst/8", 16, "5tuple has" },
    { "nw_src,ipv6_dst", 7, "one family" },
    { "ipv6_src,tp_dst,nw_src", 16, "one family" },
};

START_TEST(test_bad)
{
    struct granularity granularity;
    size_t error_offset;
    char *error = granularity_parse(&granularity, bad[_i].text,
                                    &error_offset);

    ck_assert_msg(error != NULL, "%s", bad[_i].text);
    ck_assert_msg(strstr(error, bad[_i].message) != NULL, "%s: %s",
                  bad[_i].text, error);
    ck_assert_msg(error_offset == bad[_i].offset, "%s: at %"PRIuSIZE,
                  bad[_i].text, error_offset);
    free(error);
}
END_TEST

/* A packet of 'src' and 'dst', of one family. */
static struct flow_fields
packet(const char *src, const char *dst)
{
    struct flow_fields fields = {
        .in_port = port_name_intern("vm\"1"),
        .vlan = 100 | FLOW_FIELDS_VLAN,
        .tun_id = UINT64_MAX,
        .tp_src = 40000,
        .tp_dst = 80,
        .nw_proto = IPPROTO_TCP,
        .has = FLOW_HAS_TUNNEL,
    };

    if (strchr(src, ':')) {
        fields.dl_type = ETH_TYPE_IPV6;
        fields.has |= FLOW_HAS_IPV6;
        ck_assert_int_eq(inet_pton(AF_INET6, src, fields.src), 1);
        ck_assert_int_eq(inet_pton(AF_INET6, dst, fields.dst), 1);
    } else {
        fields.dl_type = ETH_TYPE_IP;
        fields.has |= FLOW_HAS_IPV4;
        ck_assert_int_eq(inet_pton(AF_INET, src, fields.src + 12), 1);
        ck_assert_int_eq(inet_pton(AF_INET, dst, fields.dst + 12), 1);
    }
    return fields;
}

/* What becomes of an IPv4 and an IPv6 packet; null: no key. */
static const struct {
    const char *granularity;
    const char *ipv4;
    const char *ipv6;
} keys[] = {
    { "none", "{}", "{}" },
    { "nw_src", "{\"nw_src\":\"10.1.2.3\"}", NULL },
    { "nw_dst/24,nw_src/9",
      "{\"nw_dst\":\"10.128.9.0/24\",\"nw_src\":\"10.0.0.0/9\"}", NULL },
    { "nw_src/0", "{\"nw_src\":\"0.0.0.0/0\"}", NULL },
    { "ipv6_src/33,tp_dst", NULL,
      "{\"ipv6_src\":\"2001:db8:8000::/33\",\"tp_dst\":80}" },
    { "ipv6_dst", NULL, "{\"ipv6_dst\":\"::1\"}" },
    { "nw_proto,tp_src", "{\"nw_proto\":6,\"tp_src\":40000}",
      "{\"nw_proto\":6,\"tp_src\":40000}" },
    { "vlan_vid", "{\"vlan_vid\":100}", "{\"vlan_vid\":100}" },
    { "in_port,tun_id",
      "{\"in_port\":\"vm\\\"1\",\"tun_id\":18446744073709551615}",
      "{\"in_port\":\"vm\\\"1\",\"tun_id\":18446744073709551615}" },
    { "5tuple",
      "{\"nw_src\":\"10.1.2.3\",\"nw_dst\":\"10.128.9.9\",\"nw_proto\":6,"
      "\"tp_src\":40000,\"tp_dst\":80}",
      "{\"ipv6_src\":\"2001:db8:8000::5\",\"ipv6_dst\":\"::1\","
      "\"nw_proto\":6,\"tp_src\":40000,\"tp_dst\":80}" },
};

static void
check_key(const struct granularity *granularity,
          const struct flow_fields *fields, const char *expected)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct flow_fields key;

    ck_assert_int_eq(granularity_key(granularity, fields, &key),
                     expected != NULL);
    if (expected) {
        granularity_format_key(granularity, &key, &ds);
        ck_assert_str_eq(ds_cstr(&ds), expected);
        ds_destroy(&ds);
    }
}

START_TEST(test_keys)
{
    struct granularity granularity = parse(keys[_i].granularity);
    struct flow_fields ipv4 = packet("10.1.2.3", "10.128.9.9");
    struct flow_fields ipv6 = packet("2001:db8:8000::5", "::1");

    check_key(&granularity, &ipv4, keys[_i].ipv4);
    check_key(&granularity, &ipv6, keys[_i].ipv6);
}
END_TEST

/* What a packet lacks gives it no key of the granularities that need it. */
START_TEST(test_lacks)
{
    static const char *const ip[] = {
        "nw_src", "nw_dst/0", "ipv6_src", "ipv6_dst", "nw_proto", "tp_src",
        "tp_dst", "5tuple", "vlan_vid,tp_src",
    };
    struct flow_fields fields = packet("10.1.2.3", "10.128.9.9");
    struct granularity granularity;

    fields.has &= ~FLOW_HAS_IPV4;
    for (size_t i = 0; i < ARRAY_SIZE(ip); i++) {
        granularity = parse(ip[i]);
        check_key(&granularity, &fields, NULL);
    }
    granularity = parse("vlan_vid");
    check_key(&granularity, &fields, "{\"vlan_vid\":100}");
    fields.vlan = FLOW_FIELDS_VLAN;
    check_key(&granularity, &fields, "{\"vlan_vid\":0}");
    fields.vlan = 0;
    check_key(&granularity, &fields, NULL);
    granularity = parse("tun_id");
    fields.tun_id = 0;
    check_key(&granularity, &fields, "{\"tun_id\":0}");
    fields.has = 0;
    check_key(&granularity, &fields, NULL);
    granularity = parse("in_port");
    fields.in_port = 0;
    check_key(&granularity, &fields, NULL);
    granularity = parse("none");
    check_key(&granularity, &fields, "{}");
}
END_TEST

/* Packets that differ only in what the granularity does not keep have the same
 * key, which is what the mask says. */
START_TEST(test_same_key)
{
    struct granularity granularity = parse("nw_src/24,tp_dst");
    struct flow_fields a = packet("10.1.2.3", "10.128.9.9"), key_a;
    struct flow_fields b = packet("10.1.2.4", "10.128.9.8"), key_b;

    b.in_port = b.vlan = b.tun_id = b.tp_src = b.nw_proto = 1;
    b.has &= ~FLOW_HAS_TUNNEL;
    ck_assert(granularity_key(&granularity, &a, &key_a));
    ck_assert(granularity_key(&granularity, &b, &key_b));
    ck_assert(flow_fields_equal(&key_a, &key_b));
    ck_assert_int_eq(granularity_compare_keys(&granularity, &key_a, &key_b),
                     0);

    /* IPv4 and IPv6 packets share the keys that name no address, but never a
     * 5-tuple. */
    granularity = parse("tp_dst");
    b = packet("::10.1.2.3", "::10.128.9.9");
    ck_assert(granularity_key(&granularity, &a, &key_a));
    ck_assert(granularity_key(&granularity, &b, &key_b));
    ck_assert(flow_fields_equal(&key_a, &key_b));
    granularity = parse("5tuple");
    ck_assert(granularity_key(&granularity, &a, &key_a));
    ck_assert(granularity_key(&granularity, &b, &key_b));
    ck_assert(!flow_fields_equal(&key_a, &key_b));
    ck_assert_int_lt(granularity_compare_keys(&granularity, &key_a, &key_b),
                     0);
}
END_TEST

/* Checks that in 'granularity' 'a' comes before 'b'. */
static void
check_order(const char *text, const struct flow_fields *a,
            const struct flow_fields *b)
{
    struct granularity granularity = parse(text);
    struct flow_fields key_a, key_b;

    ck_assert(granularity_key(&granularity, a, &key_a));
    ck_assert(granularity_key(&granularity, b, &key_b));
    ck_assert_msg(granularity_compare_keys(&granularity, &key_a, &key_b) < 0,
                  "%s", text);
    ck_assert_msg(granularity_compare_keys(&granularity, &key_b, &key_a) > 0,
                  "%s", text);
    ck_assert_int_eq(granularity_compare_keys(&granularity, &key_a, &key_a),
                     0);
}

START_TEST(test_order)
{
    struct flow_fields a = packet("10.0.0.9", "10.0.1.1");
    struct flow_fields b = packet("10.0.0.10", "10.0.0.1");
    struct flow_fields c = packet("::1", "::1");

    check_order("nw_src", &a, &b);
    check_order("nw_dst", &b, &a);
    check_order("nw_src,nw_dst", &a, &b);
    check_order("nw_dst,nw_src", &b, &a);
    check_order("nw_src/16,nw_dst", &b, &a);
    check_order("5tuple", &a, &b);
    check_order("5tuple", &b, &c);

    b = a;
    b.tp_src = 40001;
    b.tp_dst = 79;
    check_order("tp_src", &a, &b);
    check_order("tp_dst", &b, &a);
    check_order("5tuple", &a, &b);
    check_order("tp_dst,tp_src", &b, &a);
    b.nw_proto = IPPROTO_UDP;
    b.tp_src = 1;
    check_order("nw_proto", &a, &b);
    check_order("5tuple", &a, &b);
    b.tun_id = 256;
    a.tun_id = 255;
    check_order("tun_id", &a, &b);
    b.vlan = FLOW_FIELDS_VLAN | 256;
    a.vlan = FLOW_FIELDS_VLAN | 255;
    check_order("vlan_vid", &a, &b);

    /* By name, whatever the numbers of the names are. */
    a.in_port = port_name_intern("zz");
    b.in_port = port_name_intern("aa");
    check_order("in_port", &b, &a);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("granularity");
    TCase *tcase = tcase_create("granularity");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_good, 0, ARRAY_SIZE(good));
    tcase_add_loop_test(tcase, test_bad, 0, ARRAY_SIZE(bad));
    tcase_add_loop_test(tcase, test_keys, 0, ARRAY_SIZE(keys));
    tcase_add_test(tcase, test_lacks);
    tcase_add_test(tcase, test_same_key);
    tcase_add_test(tcase, test_order);
    suite_add_tcase(suite, tcase);
    return suite;
}
