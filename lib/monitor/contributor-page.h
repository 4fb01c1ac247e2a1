/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_CONTRIBUTOR_PAGE_H
#define MONITOR_CONTRIBUTOR_PAGE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/flow-fields.h"
#include "openvswitch/list.h"
#include "util.h"

/* A page of contributors: the flows of one interval, and what each of them
 * contributed to which key, appended as it comes.
 *
 * Numbers are those in a page, + 1, so that 0 is none.
 *
 * Thread-safety: guarded by the monitor's mutex. */

struct key_contributors;        /* contributors.h. */

/* A flow that contributed in an interval.  The 5-tuple as in struct
 * flow_fields; all 0 for packets without IP. */
struct contributor {
    uint8_t src[16];
    uint8_t dst[16];
    uint16_t tp_src;
    uint16_t tp_dst;
    uint16_t dl_type;
    uint8_t nw_proto;
    uint8_t pad;

    uint32_t last_note;         /* Where flows are looked up: number of the
                                 * one that was added to last. */
    uint32_t pad2;
};
#define CONTRIBUTOR_TUPLE_BYTES offsetof(struct contributor, last_note)
BUILD_ASSERT_DECL(CONTRIBUTOR_TUPLE_BYTES == 40);

/* What a flow contributed to a key. */
struct contributor_note {
    uint32_t next_of_key;       /* Number. */
    uint32_t next_of_flow;      /* Number; where flows are looked up: a
                                 * ring. */
    uint32_t flow;              /* Index. */
    uint32_t key;
    double value;
};
BUILD_ASSERT_DECL(sizeof(struct contributor_note) == 24);

struct contributor_page {
    struct ovs_list node;       /* In the class's pages, newest first. */
    uint64_t interval;
    bool exact;
    bool looks_up;              /* A flow is there once, and once for each of
                                 * its keys; else as often as it was added. */
    uint32_t n_keys;

    struct contributor *flows;
    uint32_t n_flows, allocated_flows;
    struct contributor_note *notes;
    uint32_t n_notes, allocated_notes;

    /* Numbers of flows, by hash.  Only where flows are looked up. */
    uint32_t *buckets;
    uint32_t n_buckets;         /* A power of 2, or 0. */
};

/* What all pages share. */
struct contributor_pages {
    uint64_t max_bytes, bytes;  /* Of all their memory. */
    uint64_t secret[3];         /* For hashes. */
};

void contributor_pages_init(struct contributor_pages *, uint64_t max_bytes);

struct contributor_page *contributor_page_create(bool looks_up);
void contributor_page_destroy(struct contributor_pages *,
                              struct contributor_page *);

/* Forgets all that is in a page, so that it may be used for 'interval'. */
void contributor_page_begin(struct contributor_page *, uint64_t interval);

/* Returns the number of the flow with 'fields', or 0 if there is no room. */
uint32_t contributor_page_add_flow(struct contributor_pages *,
                                   struct contributor_page *,
                                   const struct flow_fields *fields);

/* Adds to what flow 'number' contributed to the key.  Returns false if there
 * is no room. */
bool contributor_page_add_note(struct contributor_pages *,
                               struct contributor_page *, uint32_t number,
                               struct key_contributors *, double value);

/* Flows. */
uint32_t contributor_hash(const struct contributor_pages *,
                          const struct contributor *);
bool contributor_equal(const struct contributor *,
                       const struct contributor *);
void contributor_get_fields(const struct contributor *,
                            struct flow_fields *fields);

#endif /* monitor/contributor-page.h */
