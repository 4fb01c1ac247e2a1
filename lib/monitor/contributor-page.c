/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/contributor-page.h"

#include <stdlib.h>
#include <string.h>

#include "monitor/contributors.h"
#include "monitor/flow-key.h"
#include "random.h"

void
contributor_pages_init(struct contributor_pages *pages, uint64_t max_bytes)
{
    pages->bytes = 0;
    pages->max_bytes = max_bytes;
    for (size_t i = 0; i < ARRAY_SIZE(pages->secret); i++) {
        pages->secret[i] = random_uint64();
    }
}

struct contributor_page *
contributor_page_create(bool looks_up)
{
    struct contributor_page *page = xzalloc(sizeof *page);

    page->looks_up = looks_up;
    return page;
}

static uint64_t
page_bytes(const struct contributor_page *page)
{
    return (page->allocated_flows * sizeof *page->flows
            + page->allocated_notes * sizeof *page->notes
            + page->n_buckets * sizeof *page->buckets);
}

void
contributor_page_destroy(struct contributor_pages *pages,
                         struct contributor_page *page)
{
    if (page) {
        pages->bytes -= page_bytes(page);
        free(page->flows);
        free(page->notes);
        free(page->buckets);
        free(page);
    }
}

void
contributor_page_begin(struct contributor_page *page, uint64_t interval)
{
    page->interval = interval;
    page->exact = true;
    page->n_keys = page->n_flows = page->n_notes = 0;
    if (page->buckets) {
        memset(page->buckets, 0, page->n_buckets * sizeof *page->buckets);
    }
}

/* Returns a larger array in place of 'array', or null, and leaves 'array' as
 * it is, if that would be too much. */
static void *
grow(struct contributor_pages *pages, void *array, uint32_t *allocated,
     size_t size)
{
    uint64_t n = MAX(64, (uint64_t) *allocated * 2);
    uint64_t more = (n - *allocated) * size;

    if (n > UINT32_MAX / 2 || pages->bytes + more > pages->max_bytes) {
        return NULL;
    }
    pages->bytes += more;
    *allocated = n;
    return xrealloc(array, n * size);
}

/* Flows. */

static void
contributor_init(struct contributor *flow, const struct flow_fields *fields)
{
    memset(flow, 0, sizeof *flow);
    if (fields->has & (FLOW_HAS_IPV4 | FLOW_HAS_IPV6)) {
        memcpy(flow->src, fields->src, sizeof flow->src);
        memcpy(flow->dst, fields->dst, sizeof flow->dst);
        flow->tp_src = fields->tp_src;
        flow->tp_dst = fields->tp_dst;
        flow->dl_type = fields->dl_type;
        flow->nw_proto = fields->nw_proto;
    }
}

void
contributor_get_fields(const struct contributor *flow,
                       struct flow_fields *fields)
{
    memset(fields, 0, sizeof *fields);
    memcpy(fields->src, flow->src, sizeof fields->src);
    memcpy(fields->dst, flow->dst, sizeof fields->dst);
    fields->tp_src = flow->tp_src;
    fields->tp_dst = flow->tp_dst;
    fields->dl_type = flow->dl_type;
    fields->nw_proto = flow->nw_proto;
}

uint32_t
contributor_hash(const struct contributor_pages *pages,
                 const struct contributor *flow)
{
    const uint64_t *secret = pages->secret;
    uint64_t w[CONTRIBUTOR_TUPLE_BYTES / 8];

    memcpy(w, flow, sizeof w);
    return (flow_hash_fold(flow_hash_fold(w[0] ^ secret[0], w[1] ^ secret[1])
                           ^ w[2],
                           flow_hash_fold(w[3] ^ secret[1], w[4] ^ secret[2])
                           ^ secret[0]) >> 16);
}

bool
contributor_equal(const struct contributor *a, const struct contributor *b)
{
    return !memcmp(a, b, CONTRIBUTOR_TUPLE_BYTES);
}

/* Returns the number of another flow, or 0. */
static uint32_t
append_flow(struct contributor_pages *pages, struct contributor_page *page,
            const struct contributor *flow)
{
    if (OVS_UNLIKELY(page->n_flows >= page->allocated_flows)) {
        struct contributor *flows = grow(pages, page->flows,
                                         &page->allocated_flows,
                                         sizeof *flows);

        if (!flows) {
            return 0;
        }
        page->flows = flows;
    }
    page->flows[page->n_flows] = *flow;
    return ++page->n_flows;
}

static void
insert_bucket(const struct contributor_pages *pages,
              struct contributor_page *page, uint32_t number)
{
    uint32_t mask = page->n_buckets - 1;
    uint32_t i = contributor_hash(pages, &page->flows[number - 1]) & mask;

    while (page->buckets[i]) {
        i = (i + 1) & mask;
    }
    page->buckets[i] = number;
}

/* Makes room for another flow in the buckets. */
static bool
grow_buckets(struct contributor_pages *pages, struct contributor_page *page)
{
    if (page->n_flows >= page->n_buckets / 2) {
        uint32_t *buckets = grow(pages, page->buckets, &page->n_buckets,
                                 sizeof *buckets);

        if (!buckets) {
            return false;
        }
        page->buckets = buckets;
        memset(buckets, 0, page->n_buckets * sizeof *buckets);
        for (uint32_t number = 1; number <= page->n_flows; number++) {
            insert_bucket(pages, page, number);
        }
    }
    return true;
}

/* Returns the number of a flow like 'flow', or 0 if there is none. */
static uint32_t
find_flow(const struct contributor_pages *pages,
          const struct contributor_page *page, const struct contributor *flow)
{
    if (page->n_buckets) {
        uint32_t mask = page->n_buckets - 1;

        for (uint32_t i = contributor_hash(pages, flow) & mask;
             page->buckets[i]; i = (i + 1) & mask) {
            uint32_t number = page->buckets[i];

            if (contributor_equal(&page->flows[number - 1], flow)) {
                return number;
            }
        }
    }
    return 0;
}

uint32_t
contributor_page_add_flow(struct contributor_pages *pages,
                          struct contributor_page *page,
                          const struct flow_fields *fields)
{
    struct contributor flow;
    uint32_t number;

    contributor_init(&flow, fields);
    if (!page->looks_up) {
        return append_flow(pages, page, &flow);
    }
    number = find_flow(pages, page, &flow);
    if (!number && grow_buckets(pages, page)) {
        number = append_flow(pages, page, &flow);
        if (number) {
            insert_bucket(pages, page, number);
        }
    }
    return number;
}

/* Notes. */

/* Returns what 'flow' has contributed to the key with 'id' already, or null.
 * A flow meets its keys in the same order each time, so that the one behind
 * the last is the likely one. */
static struct contributor_note *
find_note(struct contributor_page *page, struct contributor *flow, uint32_t id)
{
    uint32_t last = flow->last_note;
    uint32_t i = last;

    while (i) {
        i = page->notes[i - 1].next_of_flow;
        if (page->notes[i - 1].key == id) {
            flow->last_note = i;
            return &page->notes[i - 1];
        } else if (i == last) {
            break;
        }
    }
    return NULL;
}

/* Puts note number 'i' behind the last one in the flow's ring. */
static void
link_note(struct contributor_page *page, struct contributor *flow, uint32_t i)
{
    struct contributor_note *note = &page->notes[i - 1];

    if (flow->last_note) {
        struct contributor_note *last = &page->notes[flow->last_note - 1];

        note->next_of_flow = last->next_of_flow;
        last->next_of_flow = i;
    } else {
        note->next_of_flow = i;
    }
    flow->last_note = i;
}

static struct contributor_note *
append_note(struct contributor_pages *pages, struct contributor_page *page)
{
    if (OVS_UNLIKELY(page->n_notes >= page->allocated_notes)) {
        struct contributor_note *notes = grow(pages, page->notes,
                                              &page->allocated_notes,
                                              sizeof *notes);

        if (!notes) {
            return NULL;
        }
        page->notes = notes;
    }
    return &page->notes[page->n_notes++];
}

bool
contributor_page_add_note(struct contributor_pages *pages,
                          struct contributor_page *page, uint32_t number,
                          struct key_contributors *kc, double value)
{
    struct contributor *flow = &page->flows[number - 1];
    struct contributor_note *note;

    kc->id = kc->id ? kc->id : ++page->n_keys;
    if (page->looks_up) {
        note = find_note(page, flow, kc->id);
        if (note) {
            note->value += value;
            return true;
        }
    }

    note = append_note(pages, page);
    if (!note) {
        return false;
    }
    *note = (struct contributor_note) {
        .next_of_key = kc->first,
        .flow = number - 1,
        .key = kc->id,
        .value = value,
    };
    kc->first = page->n_notes;
    if (page->looks_up) {
        link_note(page, flow, page->n_notes);
    }
    return true;
}
