/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef WIRE_PROPERTY_H
#define WIRE_PROPERTY_H 1

#include <stdint.h>

#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofpbuf.h"

/* Properties of messages, read strictly: a length that is wrong by one is
 * found, not rounded.
 *
 * Usage
 * =====
 *
 *     while (properties.size > 0) {
 *         struct property property;
 *         enum ofperr error = property_pull(&properties, &property);
 *         if (error) {
 *             return error;
 *         }
 *         switch (property.type) { ... property_get_text(&property, ...)
 *     }
 *
 * Thread-safety: functions of their arguments. */

struct property {
    uint16_t type;
    const uint8_t *data;        /* Behind type and length; aligned as they
                                 * are, to 4 bytes. */
    size_t size;                /* Of 'data'. */
};

/* Takes a property and its padding off the beginning of 'b'. */
enum ofperr property_pull(struct ofpbuf *b, struct property *);

/* Fails if a property of the same type, which is below 32, is among 'seen',
 * and adds it to them. */
enum ofperr property_check_once(const struct property *, uint32_t *seen);

/* Each of these checks that 'property' has just this value. */
enum ofperr property_get_u32(const struct property *, uint32_t *);
enum ofperr property_get_u64(const struct property *, uint64_t *);

/* A text of 1 to 'max' bytes from 'offset' on, which the caller must free. */
enum ofperr property_get_text(const struct property *, size_t offset,
                              size_t max, char **);

/* A struct tr_property_number that is an IEEE 754 number, with a text of 1 to
 * 'max' bytes, which the caller must free. */
enum ofperr property_get_number(const struct property *, size_t max,
                                double *number, char **text);

/* An IEEE 754 number as it is on the wire. */
uint64_t number_to_bits(double);
double number_from_bits(uint64_t bits);

/* Appends a property. */
void property_put_text(struct ofpbuf *, uint16_t type, const char *);
void property_put_u32(struct ofpbuf *, uint16_t type, uint32_t);
void property_put_u64(struct ofpbuf *, uint16_t type, uint64_t);

/* Appends a struct tr_property_number. */
void property_put_number(struct ofpbuf *, uint16_t type, uint64_t number,
                         const char *text);

/* Takes the header of 'header_size' bytes and of 'length' bytes in all off the
 * beginning of 'b', and points 'properties' to the rest of it.  Returns the
 * header, or null if it cannot be. */
const void *record_pull(struct ofpbuf *b, size_t header_size,
                        struct ofpbuf *properties);

/* Completes the record that begins at 'start' and ends with 'b'. */
void record_end(struct ofpbuf *b, size_t start);

#endif /* wire/property.h */
