/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monitor/capture.h"
#include "openvswitch/dynamic-string.h"
#include "unaligned.h"
#include "util.h"

/* Captures are built byte by byte, in this machine's byte order unless a test
 * says otherwise, so that they can be wrong in any way. */

#define PCAP_MICRO 0xa1b2c3d4
#define PCAP_NANO 0xa1b23c4d
#define LINK_ETHERNET 1
#define LINK_SLL 113

static char *file_name;

static void
setup(void)
{
    file_name = xasprintf("test-capture.%ld.tmp", (long int) getpid());
}

static void
teardown(void)
{
    unlink(file_name);
    free(file_name);
}

static void
put_u16(struct ds *ds, uint16_t x)
{
    ds_put_buffer(ds, (const char *) &x, sizeof x);
}

static void
put_u32(struct ds *ds, uint32_t x)
{
    ds_put_buffer(ds, (const char *) &x, sizeof x);
}

static void
put_pcap_header(struct ds *ds, uint32_t magic, uint32_t link)
{
    put_u32(ds, magic);
    put_u16(ds, 2);
    put_u16(ds, 4);
    put_u32(ds, 0);
    put_u32(ds, 0);
    put_u32(ds, 262144);
    put_u32(ds, link);
}

/* A record of 'captured' bytes 'fill', with time 'sec' and 'fraction'. */
static void
put_record(struct ds *ds, uint32_t sec, uint32_t fraction,
           uint32_t captured, uint32_t bytes)
{
    put_u32(ds, sec);
    put_u32(ds, fraction);
    put_u32(ds, captured);
    put_u32(ds, bytes);
    for (uint32_t i = 0; i < captured; i++) {
        ds_put_char(ds, captured + i);
    }
}

static void
write_file(const struct ds *ds)
{
    FILE *file = fopen(file_name, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(ds->string, 1, ds->length, file), ds->length);
    ck_assert_int_eq(fclose(file), 0);
}

/* Opens a capture of the bytes in 'ds', which is destroyed. */
static struct capture *
open_with_quantum(struct ds *ds, uint64_t quantum_us)
{
    struct capture *capture;
    char *error;

    write_file(ds);
    ds_destroy(ds);
    error = capture_open(file_name, quantum_us, &capture);
    ck_assert_msg(!error, "%s", error);
    return capture;
}

static struct capture *
open_capture(struct ds *ds)
{
    return open_with_quantum(ds, 1);
}

static void
close_whole(struct capture *capture)
{
    struct burst burst;

    ck_assert(!capture_read(capture, &burst));
    ck_assert_uint_eq(burst.n, 0);
    ck_assert_ptr_null(capture_close(capture));
}

/* Fails unless the next burst has 'n' frames at 'now_us'. */
static void
expect_burst(struct capture *capture, struct burst *burst, uint64_t now_us,
             size_t n)
{
    ck_assert(capture_read(capture, burst));
    ck_assert_uint_eq(burst->now_us, now_us);
    ck_assert_uint_eq(burst->n, n);
    ck_assert_uint_eq(burst->entrance.in_port, 0);
    ck_assert(!burst->entrance.tunnel);
    for (size_t i = 0; i < n; i++) {
        const struct frame *frame = &burst->frames[i];

        ck_assert_uint_le(frame->captured, frame->bytes);
        for (uint32_t j = 0; j < frame->captured; j++) {
            ck_assert_uint_eq(frame->data[j],
                              (uint8_t) (frame->captured + j));
        }
    }
}

START_TEST(test_bursts_by_time)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;

    put_pcap_header(&ds, PCAP_MICRO, LINK_ETHERNET);
    put_record(&ds, 1469000000, 5, 60, 1500);
    put_record(&ds, 1469000000, 5, 61, 61);
    put_record(&ds, 1469000000, 6, 62, 62);
    put_record(&ds, 1469000001, 6, 0, 0);

    capture = open_capture(&ds);
    expect_burst(capture, &burst, 1469000000000005, 2);
    ck_assert_uint_eq(burst.frames[0].captured, 60);
    ck_assert_uint_eq(burst.frames[0].bytes, 1500);
    ck_assert_uint_eq(burst.frames[1].captured, 61);
    expect_burst(capture, &burst, 1469000000000006, 1);
    expect_burst(capture, &burst, 1469000001000006, 1);
    close_whole(capture);
}
END_TEST

START_TEST(test_bursts_by_quantum)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;

    put_pcap_header(&ds, PCAP_MICRO, LINK_ETHERNET);
    put_record(&ds, 1, 5, 60, 60);
    put_record(&ds, 1, 9, 60, 60);
    put_record(&ds, 1, 10, 60, 60);
    put_record(&ds, 1, 3, 60, 60);
    put_record(&ds, 1, 19, 60, 60);
    put_record(&ds, 1, 20, 60, 60);
    put_record(&ds, 1, 40, 60, 60);

    capture = open_with_quantum(&ds, 10);
    expect_burst(capture, &burst, 1000005, 2);
    expect_burst(capture, &burst, 1000010, 3);
    expect_burst(capture, &burst, 1000020, 1);
    expect_burst(capture, &burst, 1000040, 1);
    close_whole(capture);
}
END_TEST

START_TEST(test_nanoseconds)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;

    put_pcap_header(&ds, PCAP_NANO, LINK_ETHERNET);
    put_record(&ds, 7, 1999, 60, 60);
    put_record(&ds, 7, 2000, 60, 60);
    put_record(&ds, 7, 2999, 60, 60);
    put_record(&ds, 7, 999999999, 60, 60);

    capture = open_capture(&ds);
    expect_burst(capture, &burst, 7000001, 1);
    expect_burst(capture, &burst, 7000002, 2);
    expect_burst(capture, &burst, 7999999, 1);
    close_whole(capture);
}
END_TEST

START_TEST(test_time_never_goes_back)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;

    put_pcap_header(&ds, PCAP_MICRO, LINK_ETHERNET);
    put_record(&ds, 8, 0, 60, 60);
    put_record(&ds, 7, 999999, 61, 61);
    put_record(&ds, 8, 1, 62, 62);
    for (int i = 0; i < BURST_MAX; i++) {
        put_record(&ds, 0, 0, 63, 63);
    }

    capture = open_capture(&ds);
    expect_burst(capture, &burst, 8000000, 2);
    expect_burst(capture, &burst, 8000001, BURST_MAX);
    expect_burst(capture, &burst, 8000001, 1);
    close_whole(capture);
}
END_TEST

/* Seconds are 32 bits without a sign: this one is in 2105. */
START_TEST(test_after_2038)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;

    put_pcap_header(&ds, PCAP_MICRO, LINK_ETHERNET);
    put_record(&ds, 4289000000, 1, 60, 60);

    capture = open_capture(&ds);
    expect_burst(capture, &burst, 4289000000000001, 1);
    close_whole(capture);
}
END_TEST

START_TEST(test_captured_more_than_wire)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;

    put_pcap_header(&ds, PCAP_MICRO, LINK_ETHERNET);
    put_record(&ds, 1, 0, 60, 14);

    capture = open_capture(&ds);
    expect_burst(capture, &burst, 1000000, 1);
    ck_assert_uint_eq(burst.frames[0].captured, 60);
    ck_assert_uint_eq(burst.frames[0].bytes, 60);
    close_whole(capture);
}
END_TEST

START_TEST(test_bursts_by_size)
{
    const size_t n_large = 10;
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;
    size_t n = 0;

    put_pcap_header(&ds, PCAP_MICRO, LINK_ETHERNET);
    for (size_t i = 0; i < BURST_MAX + 1; i++) {
        put_record(&ds, 1, 0, i, i);
    }
    for (size_t i = 0; i < n_large; i++) {
        put_record(&ds, 2, 0, 65535, 65535);
    }
    put_record(&ds, 3, 0, 200000, 200000);
    put_record(&ds, 3, 0, 20, 20);

    capture = open_capture(&ds);
    expect_burst(capture, &burst, 1000000, BURST_MAX);
    expect_burst(capture, &burst, 1000000, 1);
    while (n < n_large) {
        ck_assert(capture_read(capture, &burst));
        ck_assert_uint_ge(burst.n, 1);
        for (size_t i = 0; i < burst.n; i++) {
            ck_assert_uint_eq(burst.frames[i].captured, 65535);
            ck_assert_uint_eq(burst.frames[i].data[65534], 0xfd);
        }
        n += burst.n;
    }
    ck_assert_uint_eq(n, n_large);
    expect_burst(capture, &burst, 3000000, 1);
    ck_assert_uint_eq(burst.frames[0].captured, 200000);
    expect_burst(capture, &burst, 3000000, 1);
    ck_assert_uint_eq(burst.frames[0].captured, 20);
    close_whole(capture);
}
END_TEST

/* Every cut of a capture of three records gives the complete records, and an
 * error unless it is between two records. */
START_TEST(test_cut_at_every_byte)
{
    struct ds whole = DS_EMPTY_INITIALIZER;
    const size_t header = 24, record = 16 + 20;

    put_pcap_header(&whole, PCAP_MICRO, LINK_ETHERNET);
    for (int i = 0; i < 3; i++) {
        put_record(&whole, 1, i, 20, 20);
    }
    for (size_t length = 0; length <= whole.length; length++) {
        struct ds cut = DS_EMPTY_INITIALIZER;
        struct capture *capture;
        struct burst burst;
        size_t n = 0;
        char *error;

        ds_put_buffer(&cut, whole.string, length);
        write_file(&cut);
        ds_destroy(&cut);
        error = capture_open(file_name, 1, &capture);
        if (length < header) {
            ck_assert_ptr_nonnull(error);
            ck_assert_ptr_nonnull(strstr(error, file_name));
            ck_assert_ptr_null(capture);
        } else {
            ck_assert_msg(!error, "%s", error);
            while (capture_read(capture, &burst)) {
                n += burst.n;
            }
            ck_assert_uint_eq(n, (length - header) / record);
            ck_assert(!capture_read(capture, &burst));
            error = capture_close(capture);
            ck_assert_int_eq(!error, !((length - header) % record));
            ck_assert(!error || strstr(error, "truncated"));
        }
        free(error);
    }
    ds_destroy(&whole);
}
END_TEST

static void
put_pcapng_block(struct ds *ds, uint32_t type, const struct ds *body)
{
    uint32_t padding = -body->length & 3;
    uint32_t length = body->length + padding + 12;

    put_u32(ds, type);
    put_u32(ds, length);
    ds_put_buffer(ds, body->string, body->length);
    ds_put_char_multiple(ds, '\0', padding);
    put_u32(ds, length);
}

/* A section header and an Ethernet interface, with times in nanoseconds. */
static void
put_pcapng_header(struct ds *ds)
{
    struct ds body = DS_EMPTY_INITIALIZER;

    put_u32(&body, 0x1a2b3c4d);
    put_u16(&body, 1);
    put_u16(&body, 0);
    put_u32(&body, UINT32_MAX);
    put_u32(&body, UINT32_MAX);
    put_pcapng_block(ds, 0x0a0d0d0a, &body);

    ds_clear(&body);
    put_u16(&body, LINK_ETHERNET);
    put_u16(&body, 0);
    put_u32(&body, 65535);
    put_u16(&body, 9);          /* if_tsresol */
    put_u16(&body, 1);
    put_u32(&body, 0);
    body.string[body.length - 4] = 9;
    put_u32(&body, 0);          /* opt_endofopt */
    put_pcapng_block(ds, 1, &body);
    ds_destroy(&body);
}

static void
put_pcapng_record(struct ds *ds, uint64_t ns, uint32_t captured,
                  uint32_t bytes)
{
    struct ds body = DS_EMPTY_INITIALIZER;

    put_u32(&body, 0);
    put_u32(&body, ns >> 32);
    put_u32(&body, ns);
    put_u32(&body, captured);
    put_u32(&body, bytes);
    for (uint32_t i = 0; i < captured; i++) {
        ds_put_char(&body, captured + i);
    }
    put_pcapng_block(ds, 6, &body);
    ds_destroy(&body);
}

START_TEST(test_pcapng)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;

    put_pcapng_header(&ds);
    put_pcapng_record(&ds, UINT64_C(1469000000000001500), 61, 1514);
    put_pcapng_record(&ds, UINT64_C(1469000000000001999), 60, 60);
    put_pcapng_record(&ds, UINT64_C(1469000000000002000), 60, 60);

    capture = open_capture(&ds);
    expect_burst(capture, &burst, 1469000000000001, 2);
    ck_assert_uint_eq(burst.frames[0].bytes, 1514);
    expect_burst(capture, &burst, 1469000000000002, 1);
    close_whole(capture);
}
END_TEST

/* Times beyond what 64 bits of microseconds hold do not move the clock. */
START_TEST(test_pcapng_absurd_time)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct ds body = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;

    /* An interface whose times are in seconds. */
    put_pcapng_header(&ds);
    put_u16(&body, LINK_ETHERNET);
    put_u16(&body, 0);
    put_u32(&body, 65535);
    put_u16(&body, 9);
    put_u16(&body, 1);
    put_u32(&body, 0);
    put_u32(&body, 0);
    put_pcapng_block(&ds, 1, &body);

    put_pcapng_record(&ds, 5000, 60, 60);
    for (int i = 0; i < 2; i++) {
        ds_clear(&body);
        put_u32(&body, 1);
        put_u32(&body, i ? 0x80000000 : 0x7fffffff);
        put_u32(&body, i ? 0 : UINT32_MAX);
        put_u32(&body, 0);
        put_u32(&body, 0);
        put_pcapng_block(&ds, 6, &body);
    }
    ds_destroy(&body);

    capture = open_capture(&ds);
    expect_burst(capture, &burst, 5, 3);
    close_whole(capture);
}
END_TEST

START_TEST(test_other_links_refused)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    char *error;

    put_pcap_header(&ds, PCAP_MICRO, LINK_SLL);
    put_record(&ds, 1, 0, 60, 60);
    write_file(&ds);
    ds_destroy(&ds);

    error = capture_open(file_name, 1, &capture);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error, "Linux cooked"));
    ck_assert_ptr_nonnull(strstr(error, "Ethernet"));
    ck_assert_ptr_null(capture);
    free(error);
}
END_TEST

START_TEST(test_no_capture)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    char *error;

    error = capture_open("/nonexistent/a.pcap", 1, &capture);
    ck_assert_str_eq(error, "/nonexistent/a.pcap: No such file or directory");
    free(error);

    ds_put_cstr(&ds, "hh: on ip when count() > 1000\n");
    write_file(&ds);
    ds_destroy(&ds);
    error = capture_open(file_name, 1, &capture);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error, file_name));
    free(error);
}
END_TEST

START_TEST(test_progress)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct capture *capture;
    struct burst burst;
    uint64_t done, total;

    put_pcap_header(&ds, PCAP_MICRO, LINK_ETHERNET);
    put_record(&ds, 1, 0, 60, 60);
    capture = open_capture(&ds);
    ck_assert(capture_get_progress(capture, &done, &total));
    ck_assert_uint_eq(total, 24 + 16 + 60);
    ck_assert_uint_lt(done, total);
    ck_assert(capture_read(capture, &burst));
    ck_assert(!capture_read(capture, &burst));
    ck_assert(capture_get_progress(capture, &done, &total));
    ck_assert_uint_eq(done, total);
    ck_assert_ptr_null(capture_close(capture));
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("capture");
    TCase *tc = tcase_create("capture");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_bursts_by_time);
    tcase_add_test(tc, test_bursts_by_quantum);
    tcase_add_test(tc, test_nanoseconds);
    tcase_add_test(tc, test_time_never_goes_back);
    tcase_add_test(tc, test_after_2038);
    tcase_add_test(tc, test_captured_more_than_wire);
    tcase_add_test(tc, test_bursts_by_size);
    tcase_add_test(tc, test_cut_at_every_byte);
    tcase_add_test(tc, test_pcapng);
    tcase_add_test(tc, test_pcapng_absurd_time);
    tcase_add_test(tc, test_other_links_refused);
    tcase_add_test(tc, test_no_capture);
    tcase_add_test(tc, test_progress);
    suite_add_tcase(suite, tc);
    return suite;
}
