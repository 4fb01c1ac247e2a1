/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/granularity.h"

#include <stdlib.h>

#include "event/granularity-table.h"
#include "event/suggestion.h"
#include "openvswitch/meta-flow.h"
#include "util.h"

#define MEMBER(NAME) \
    offsetof(struct flow_fields, NAME), MEMBER_SIZEOF(struct flow_fields, NAME)

const struct granularity_row granularity_table[N_GRANULARITY_FIELDS] = {
    [GRANULARITY_NW_SRC] = { "nw_src", 32, MEMBER(src) },
    [GRANULARITY_NW_DST] = { "nw_dst", 32, MEMBER(dst) },
    [GRANULARITY_IPV6_SRC] = { "ipv6_src", 128, MEMBER(src) },
    [GRANULARITY_IPV6_DST] = { "ipv6_dst", 128, MEMBER(dst) },
    [GRANULARITY_NW_PROTO] = { "nw_proto", 0, MEMBER(nw_proto) },
    [GRANULARITY_TP_SRC] = { "tp_src", 0, MEMBER(tp_src) },
    [GRANULARITY_TP_DST] = { "tp_dst", 0, MEMBER(tp_dst) },
    [GRANULARITY_IN_PORT] = { "in_port", 0, MEMBER(in_port) },
    [GRANULARITY_TUN_ID] = { "tun_id", 0, MEMBER(tun_id) },
    [GRANULARITY_VLAN_VID] = { "vlan_vid", 0, MEMBER(vlan) },
    [GRANULARITY_5TUPLE] = { "5tuple", 0, 0, 0 },
};

static const uint32_t bits_5tuple = (1u << GRANULARITY_NW_SRC
                                     | 1u << GRANULARITY_NW_DST
                                     | 1u << GRANULARITY_IPV6_SRC
                                     | 1u << GRANULARITY_IPV6_DST
                                     | 1u << GRANULARITY_NW_PROTO
                                     | 1u << GRANULARITY_TP_SRC
                                     | 1u << GRANULARITY_TP_DST);
static const uint32_t bits_ipv4 = (1u << GRANULARITY_NW_SRC
                                   | 1u << GRANULARITY_NW_DST);
static const uint32_t bits_ipv6 = (1u << GRANULARITY_IPV6_SRC
                                   | 1u << GRANULARITY_IPV6_DST);

static char *
unknown_field(const char *name, size_t length)
{
    const struct mf_field *mf = mf_from_name_len(name, length);
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct suggestion suggestion;

    if (!length) {
        return xstrdup("expected a field here; a granularity has no spaces");
    }
    ds_put_format(&ds, "unknown field '%.*s' in the granularity",
                  (int) MIN(length, 32), name);
    suggestion_init(&suggestion, name, length);
    suggestion_offer(&suggestion, "none");
    for (size_t i = 0; i < N_GRANULARITY_FIELDS; i++) {
        const char *known = granularity_table[i].name;

        suggestion_offer(&suggestion, known);
        if (mf && mf_from_name(known) == mf) {
            suggestion.best = known;
            break;
        }
    }
    if (mf && mf->id == MFF_DL_VLAN) {
        suggestion.best = "vlan_vid";
    }
    if (suggestion.best) {
        suggestion_format(&suggestion, &ds);
    } else {
        ds_put_cstr(&ds, ": expected ");
        for (size_t i = 0; i < N_GRANULARITY_FIELDS; i++) {
            ds_put_format(&ds, "%s%s", granularity_table[i].name,
                          i + 1 < N_GRANULARITY_FIELDS ? ", " : " or none");
        }
    }
    return ds_steal_cstr(&ds);
}

/* Parses the digits of a prefix. */
static char *
parse_prefix(const char *s, size_t length, enum granularity_field_id id,
             uint8_t *prefix)
{
    const struct granularity_row *row = &granularity_table[id];
    unsigned int value = 0;

    if (!row->max_prefix) {
        return xasprintf("'%s' has no prefix: only addresses have",
                         row->name);
    }
    for (size_t i = 0; i < length; i++) {
        if (s[i] < '0' || s[i] > '9' || value > row->max_prefix) {
            length = 0;
            break;
        }
        value = value * 10 + (s[i] - '0');
    }
    if (!length || value > row->max_prefix) {
        return xasprintf("expected a prefix of 0 to %d bits", row->max_prefix);
    }
    *prefix = value;
    return NULL;
}

/* Returns an error if field 'id' may not stand beside 'others'. */
static char *
check_conflicts(enum granularity_field_id id, uint32_t others)
{
    const char *name = granularity_table[id].name;
    uint32_t bit = 1u << id;

    if (others & bit) {
        return xasprintf("'%s' is given twice", name);
    } else if ((id == GRANULARITY_5TUPLE && others & bits_5tuple)
               || (bit & bits_5tuple && others & 1u << GRANULARITY_5TUPLE)) {
        return xstrdup("5tuple has the addresses, protocol and ports already: "
                       "expected each field once");
    } else if ((bit & bits_ipv4 && others & bits_ipv6)
               || (bit & bits_ipv6 && others & bits_ipv4)) {
        return xstrdup("expected addresses of one family, IPv4 or IPv6");
    }
    return NULL;
}

/* Parses the field that is the 'length' bytes at 's'. */
static char *
parse_field(const char *s, size_t length, struct granularity_field *field,
            size_t *error_offset)
{
    size_t name_length = MIN(strcspn(s, "/"), length);

    for (size_t i = 0; i < N_GRANULARITY_FIELDS; i++) {
        const struct granularity_row *row = &granularity_table[i];

        if (strlen(row->name) == name_length
            && !memcmp(row->name, s, name_length)) {
            field->id = i;
            field->prefix = row->max_prefix;
            if (name_length == length) {
                return NULL;
            }
            *error_offset += name_length + 1;
            return parse_prefix(s + name_length + 1, length - name_length - 1,
                                i, &field->prefix);
        }
    }
    return unknown_field(s, name_length);
}

/* Sets the first 'n_bits' bits at 'bytes'. */
static void
set_bits(uint8_t *bytes, unsigned int n_bits)
{
    for (unsigned int i = 0; i < n_bits; i++) {
        bytes[i / 8] |= 0x80 >> i % 8;
    }
}

static void
add_to_mask(struct flow_fields *mask, const struct granularity_field *field)
{
    const struct granularity_row *row = &granularity_table[field->id];
    uint8_t *bytes = (uint8_t *) mask + row->offset;

    if (field->id == GRANULARITY_5TUPLE) {
        memset(mask->src, 0xff, sizeof mask->src);
        memset(mask->dst, 0xff, sizeof mask->dst);
        mask->nw_proto = UINT8_MAX;
        mask->tp_src = mask->tp_dst = UINT16_MAX;
        mask->dl_type = UINT16_MAX;
    } else if (row->max_prefix) {
        set_bits(bytes + 16 - row->max_prefix / 8, field->prefix);
    } else {
        memset(bytes, 0xff, row->size);
    }
}

/* True if all bits of the 5-tuple are in the granularity's mask, of either
 * family. */
static bool
is_flow(const struct granularity *granularity)
{
    const struct flow_fields *mask = &granularity->mask;
    uint32_t fields = 0;

    for (size_t i = 0; i < granularity->n_fields; i++) {
        const struct granularity_field *field = &granularity->fields[i];

        if (field->prefix == granularity_table[field->id].max_prefix) {
            fields |= 1u << field->id;
        }
    }
    return (granularity->has_5tuple
            || (mask->nw_proto && mask->tp_src && mask->tp_dst
                && ((fields & bits_ipv4) == bits_ipv4
                    || (fields & bits_ipv6) == bits_ipv6)));
}

char *
granularity_parse(struct granularity *granularity, const char *text,
                  size_t *error_offset)
{
    size_t offset = 0;
    uint32_t ids = 0;

    memset(granularity, 0, sizeof *granularity);
    *error_offset = 0;
    if (!strcmp(text, "none")) {
        return NULL;
    }

    for (;;) {
        size_t length = strcspn(text + offset, ",");
        struct granularity_field field;
        char *error;

        *error_offset = offset;
        if (length == 4 && !memcmp(text + offset, "none", 4)) {
            return xstrdup("'none' must stand alone");
        }
        error = parse_field(text + offset, length, &field, error_offset);
        error = error ? error : check_conflicts(field.id, ids);
        if (error) {
            return error;
        }

        ids |= 1u << field.id;
        granularity->fields[granularity->n_fields++] = field;
        add_to_mask(&granularity->mask, &field);
        granularity->has_5tuple |= field.id == GRANULARITY_5TUPLE;
        offset += length;
        if (!text[offset]) {
            granularity->is_flow = is_flow(granularity);
            return NULL;
        }
        offset++;
    }
}
