/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "wire/property.h"

#include <string.h>

#include "byte-order.h"
#include "openvswitch/ofp-prop.h"
#include "unaligned.h"
#include "util.h"
#include "wire/trumpet-ext.h"

#define PROPERTY_HEADER_LEN 4

enum ofperr
property_pull(struct ofpbuf *b, struct property *property)
{
    const uint8_t *start = b->data;
    struct ofpbuf whole;
    enum ofperr error;
    uint64_t type;

    /* No property of ours is an experimenter's. */
    error = ofpprop_pull__(b, &whole, 8, 0x10000, &type);
    if (error) {
        return error;
    }
    property->type = type;
    property->data = start + PROPERTY_HEADER_LEN;
    property->size = whole.size - PROPERTY_HEADER_LEN;

    /* What is behind a length that is too small is no padding. */
    for (size_t i = whole.size; i < ROUND_UP(whole.size, 8); i++) {
        if (start[i]) {
            return OFPERR_OFPBPC_BAD_LEN;
        }
    }
    return 0;
}

enum ofperr
property_check_once(const struct property *property, uint32_t *seen)
{
    if (*seen & 1u << property->type) {
        return OFPERR_OFPBPC_DUP_TYPE;
    }
    *seen |= 1u << property->type;
    return 0;
}

enum ofperr
property_get_u32(const struct property *property, uint32_t *value)
{
    if (property->size != sizeof *value) {
        return OFPERR_OFPBPC_BAD_LEN;
    }
    *value = ntohl(get_unaligned_be32((const void *) property->data));
    return 0;
}

enum ofperr
property_get_u64(const struct property *property, uint64_t *value)
{
    if (property->size != 4 + sizeof *value) {
        return OFPERR_OFPBPC_BAD_LEN;
    }
    *value = ntohll(get_unaligned_be64((const void *) (property->data + 4)));
    return 0;
}

/* A zero in a text means that its length is too large, or that whoever made
 * it wants it to be read in two ways. */
enum ofperr
property_get_text(const struct property *property, size_t offset, size_t max,
                  char **text)
{
    *text = NULL;
    if (property->size <= offset || property->size - offset > max) {
        return OFPERR_OFPBPC_BAD_LEN;
    }

    const char *s = (const char *) property->data + offset;
    size_t length = property->size - offset;

    if (memchr(s, '\0', length)) {
        return OFPERR_OFPBPC_BAD_LEN;
    }
    *text = xmemdup0(s, length);
    return 0;
}

uint64_t
number_to_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

double
number_from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

enum ofperr
property_get_number(const struct property *property, size_t max,
                    double *number, char **text)
{
    enum ofperr error = property_get_text(property, 12, max, text);

    if (!error) {
        ovs_be64 bits
            = get_unaligned_be64((const void *) (property->data + 4));

        *number = number_from_bits(ntohll(bits));
    }
    return error;
}

void
property_put_text(struct ofpbuf *b, uint16_t type, const char *text)
{
    ofpprop_put(b, type, text, strlen(text));
}

void
property_put_u32(struct ofpbuf *b, uint16_t type, uint32_t value)
{
    ofpprop_put_u32(b, type, value);
}

void
property_put_u64(struct ofpbuf *b, uint16_t type, uint64_t value)
{
    ofpprop_put_u64(b, type, value);
}

void
property_put_number(struct ofpbuf *b, uint16_t type, uint64_t number,
                    const char *text)
{
    ovs_be64 be = htonll(number);
    size_t start = ofpprop_start(b, type);

    ofpbuf_put_zeros(b, 4);
    ofpbuf_put(b, &be, sizeof be);
    ofpbuf_put(b, text, strlen(text));
    ofpprop_end(b, start);
}

/* All records begin with their length. */
const void *
record_pull(struct ofpbuf *b, size_t header_size, struct ofpbuf *properties)
{
    const void *header = b->data;
    size_t length;

    if (b->size < header_size) {
        return NULL;
    }
    length = ntohs(*(const ovs_be16 *) header);
    if (length < header_size || length > b->size || length % 8) {
        return NULL;
    }
    ofpbuf_pull(b, length);
    ofpbuf_use_const(properties, header, length);
    ofpbuf_pull(properties, header_size);
    return header;
}

void
record_end(struct ofpbuf *b, size_t start)
{
    ovs_be16 *length = ofpbuf_at_assert(b, start, sizeof *length);

    *length = htons(b->size - start);
}
