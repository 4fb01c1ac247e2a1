/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "openvswitch/ofp-msgs.h"
#include "openvswitch/vlog.h"
#include "random.h"
#include "tests/wire-unit.h"
#include "util.h"
#include "wire/trumpet-ext.h"
#include "wire/wire-print.h"

/* OpenFlow messages that were tampered with are refused, with the right
 * error. */

static enum ofperr
print(const struct ofpbuf *b, struct ds *ds)
{
    return wire_print(ds, b->data, NULL, 0);
}

struct lengths {
    size_t n;
    struct {
        size_t offset;
        enum ofperr error;      /* What answers it if it is wrong... */
        enum ofperr less;       /* ...by -1. */
    } fields[64];
};

static void
lengths_add(struct lengths *lengths, size_t offset, enum ofperr error,
            enum ofperr less)
{
    ck_assert_uint_lt(lengths->n, ARRAY_SIZE(lengths->fields));
    lengths->fields[lengths->n].offset = offset;
    lengths->fields[lengths->n].error = error;
    lengths->fields[lengths->n++].less = less;
}

static uint16_t
get_u16(const struct ofpbuf *b, size_t offset)
{
    return ntohs(*(const ovs_be16 *) ofpbuf_at_assert(b, offset, 2));
}

/* Notes the properties from 'offset' to 'end'.  One that is too short for the
 * match within is a fault of the match. */
static void
find_properties(const struct ofpbuf *b, size_t offset, size_t end,
                struct lengths *lengths)
{
    while (offset < end) {
        if (get_u16(b, offset) == TRPT_MATCH) {
            lengths_add(lengths, offset + 2, OFPERR_OFPBPC_BAD_LEN,
                        OFPERR_OFPBMC_BAD_LEN);
            lengths_add(lengths, offset + 8 + 2, OFPERR_OFPBMC_BAD_LEN,
                        OFPERR_OFPBMC_BAD_LEN);
        } else {
            lengths_add(lengths, offset + 2, OFPERR_OFPBPC_BAD_LEN,
                        OFPERR_OFPBPC_BAD_LEN);
        }
        if (get_u16(b, offset) == TRPT_FLOW) {
            find_properties(b, offset + 16, offset + get_u16(b, offset + 2),
                            lengths);
        }
        offset += ROUND_UP(get_u16(b, offset + 2), 8);
    }
    ck_assert_uint_eq(offset, end);
}

/* Notes all length fields of 'b' but that of its header, and the number of
 * reports. */
static void
find_lengths(const struct ofpbuf *b, struct lengths *lengths)
{
    static const struct {
        enum ofpraw raw;
        size_t fixed;           /* Before the properties or records. */
        size_t record;          /* Fixed part of a record; 0: none. */
    } layouts[] = {
        { OFPRAW_TRT_TRIGGER_MOD, 16 + 16, 0 },
        { OFPRAW_TRST_CHECK_REQUEST, 24, 0 },
        { OFPRAW_TRST_CHECK_REPLY, 24 + 32, 0 },
        { OFPRAW_TRT_SUBSCRIBE, 16 + 24, 0 },
        { OFPRAW_TRT_REPORTS, 16 + 32, 48 },
        { OFPRAW_TRST_TRIGGERS_REQUEST, 24, 0 },
        { OFPRAW_TRST_TRIGGERS_REPLY, 24, 56 },
        { OFPRAW_TRST_STATUS_REPLY, 24, 8 },
        { OFPRAW_TRST_QUERY_REQUEST, 24 + 8, 0 },
        { OFPRAW_TRST_QUERY_REPLY, 24, 48 },
    };
    enum ofpraw raw;

    lengths->n = 0;
    ck_assert(!ofpraw_decode(&raw, b->data));
    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        size_t offset = layouts[i].fixed;

        if (layouts[i].raw != raw) {
            continue;
        } else if (!layouts[i].record) {
            find_properties(b, offset, b->size, lengths);
            return;
        }
        if (raw == OFPRAW_TRT_REPORTS) {
            lengths_add(lengths, 16 + 4, OFPERR_OFPBRC_BAD_LEN,
                        OFPERR_OFPBRC_BAD_LEN);
        }
        while (offset < b->size) {
            size_t end = offset + get_u16(b, offset);
            size_t start = offset + layouts[i].record;

            lengths_add(lengths, offset, OFPERR_OFPBRC_BAD_LEN,
                        OFPERR_OFPBRC_BAD_LEN);
            if (raw == OFPRAW_TRST_STATUS_REPLY) {
                start += 8 * get_u16(b, offset + 4);
            }
            find_properties(b, start, end, lengths);
            offset = end;
        }
        return;
    }
}

/* Every length field, one less, one more, 0 and the largest. */
START_TEST(test_lengths)
{
    struct ofpbuf *b = wire_messages[_i].make();
    struct lengths lengths;

    ofpmsg_update_length(b);
    find_lengths(b, &lengths);
    for (size_t i = 0; i < lengths.n; i++) {
        size_t offset = lengths.fields[i].offset;
        uint16_t right = get_u16(b, offset);
        const uint16_t wrong[] = { right - 1, right + 1, 0, UINT16_MAX };

        for (size_t j = 0; j < ARRAY_SIZE(wrong); j++) {
            struct ofpbuf *bad = ofpbuf_clone(b);
            struct ds ds = DS_EMPTY_INITIALIZER;
            ovs_be16 *length = ofpbuf_at_assert(bad, offset, sizeof *length);
            enum ofperr error;

            *length = htons(wrong[j]);
            error = print(bad, &ds);
            ck_assert_msg(error == (j ? lengths.fields[i].error
                                    : lengths.fields[i].less),
                          "length %u at %"PRIuSIZE" is not %u: %s", wrong[j],
                          offset, right, ofperr_to_string(error));
            ds_destroy(&ds);
            ofpbuf_delete(bad);
        }
    }
    ofpbuf_delete(b);
}
END_TEST

/* The message's own length, when so many bytes came. */
START_TEST(test_message_length)
{
    struct ofpbuf *b = wire_messages[_i].make();

    ofpmsg_update_length(b);
    for (size_t n = sizeof(struct ofp_header); n < b->size; n++) {
        struct ofpbuf *bad = ofpbuf_clone(b);
        struct ofp_header *oh = bad->data;
        struct ds ds = DS_EMPTY_INITIALIZER;
        enum ofpraw raw;
        enum ofperr error;

        bad->size = n;
        oh->length = htons(n);
        error = ofpraw_decode(&raw, oh);
        if (error) {
            ck_assert_int_eq(error, OFPERR_OFPBRC_BAD_LEN);
        } else {
            /* It may end behind any property or record, but nowhere else. */
            ck_assert_uint_eq(n % 8, 0);
            print(bad, &ds);
        }
        ds_destroy(&ds);
        ofpbuf_delete(bad);
    }
    ofpbuf_delete(b);
}
END_TEST

/* Whatever comes, nothing worse than an error happens. */
START_TEST(test_random)
{
    struct ofpbuf *b = wire_messages[_i].make();

    random_init();
    ofpmsg_update_length(b);
    for (int i = 0; i < 20000; i++) {
        struct ofpbuf *bad = ofpbuf_clone(b);
        struct ds ds = DS_EMPTY_INITIALIZER;
        enum ofpraw raw;

        for (int n = 1 + random_range(4); n; n--) {
            uint8_t *byte = ofpbuf_at_assert(bad, 16 + random_range(b->size
                                                                    - 16), 1);

            *byte = random_uint32() >> 8;
        }
        if (!ofpraw_decode(&raw, bad->data)) {
            print(bad, &ds);
        }
        ds_destroy(&ds);
        ofpbuf_delete(bad);
    }
    ofpbuf_delete(b);
}
END_TEST

Suite *
test_suite(void)
{
    /* Open vSwitch logs each message that it refuses. */
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);

    Suite *suite = suite_create("wire-lengths");
    TCase *tc = tcase_create("lengths");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, test_lengths, 0, n_wire_messages);
    tcase_add_loop_test(tc, test_message_length, 0, n_wire_messages);
    tcase_add_loop_test(tc, test_random, 0, n_wire_messages);
    suite_add_tcase(suite, tc);
    return suite;
}
