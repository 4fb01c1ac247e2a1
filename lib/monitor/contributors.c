/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/contributors.h"

#include <stdlib.h>

#include "coverage.h"
#include "monitor/flow-key.h"
#include "openvswitch/list.h"
#include "random.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_contributors_full);

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

    uint32_t last_note;         /* Where flows are looked up: the one that was
                                 * added to last, + 1. */
    uint32_t pad2;
};
#define TUPLE_BYTES offsetof(struct contributor, last_note)
BUILD_ASSERT_DECL(TUPLE_BYTES == 40);

/* What a flow contributed to a key. */
struct note {
    uint32_t next_of_key;       /* + 1. */
    uint32_t next_of_flow;      /* + 1; where flows are looked up: a ring. */
    uint32_t flow;
    uint32_t key;
    double value;
};
BUILD_ASSERT_DECL(sizeof(struct note) == 24);

/* All notes of one interval of a class. */
struct contributor_page {
    struct ovs_list node;       /* In the class's pages, newest first. */
    uint64_t interval;
    bool exact;
    uint32_t n_keys;

    struct contributor *flows;
    uint32_t n_flows, allocated_flows;
    struct note *notes;
    uint32_t n_notes, allocated_notes;

    /* Numbers of flows, + 1, by hash.  Only where flows are looked up. */
    uint32_t *buckets;
    uint32_t n_buckets;         /* A power of 2, or 0. */
};

struct contributor_class {
    struct ovs_list node;       /* In the contributors' classes. */
    uint64_t interval_us;
    unsigned n_refs;
    unsigned max_over;          /* Largest window of all that had it. */
    struct ovs_list pages;      /* struct contributor_page. */
    struct contributor_page *spare;  /* To be reused; may be null. */

    /* The flow that is being gathered. */
    uint64_t serial;
    uint32_t flow;
};

/* A flow's part of a window, while it is summed up. */
struct part {
    const struct contributor *flow;
    double value;
};

struct contributors {
    uint64_t epoch_us;
    uint64_t max_bytes, bytes;
    uint64_t secret[3];
    struct ovs_list classes;    /* struct contributor_class. */

    /* Scratch. */
    struct part *parts;
    size_t n_parts, allocated_parts;
    uint32_t *buckets;
    size_t allocated_buckets;
    bool exact;
    bool distinct;              /* No flow can have two of the parts. */
    unsigned n_pages;           /* That had some of them. */
};

struct contributors *
contributors_create(uint64_t epoch_us, uint64_t max_bytes)
{
    struct contributors *c = xzalloc(sizeof *c);

    c->epoch_us = epoch_us;
    c->max_bytes = max_bytes;
    for (size_t i = 0; i < ARRAY_SIZE(c->secret); i++) {
        c->secret[i] = random_uint64();
    }
    ovs_list_init(&c->classes);
    return c;
}

void
contributors_destroy(struct contributors *c)
{
    if (c) {
        ovs_assert(ovs_list_is_empty(&c->classes));
        free(c->parts);
        free(c->buckets);
        free(c);
    }
}

uint64_t
contributors_memory_bytes(const struct contributors *c)
{
    return c->bytes;
}

/* Memory. */

static uint64_t
page_bytes(const struct contributor_page *page)
{
    return (page->allocated_flows * sizeof *page->flows
            + page->allocated_notes * sizeof *page->notes
            + page->n_buckets * sizeof *page->buckets);
}

static void
page_destroy(struct contributors *c, struct contributor_page *page)
{
    if (page) {
        c->bytes -= page_bytes(page);
        free(page->flows);
        free(page->notes);
        free(page->buckets);
        free(page);
    }
}

/* Frees what is kept for reuse only. */
static void
drop_spares(struct contributors *c)
{
    struct contributor_class *class;

    LIST_FOR_EACH (class, node, &c->classes) {
        page_destroy(c, class->spare);
        class->spare = NULL;
    }
}

/* Returns a larger array in place of 'array', or null, and leaves 'array' as
 * it is, if that would be too much. */
static void *
grow(struct contributors *c, struct contributor_page *page, void *array,
     uint32_t *allocated, size_t size)
{
    uint64_t n = MAX(64, (uint64_t) *allocated * 2);
    uint64_t more = (n - *allocated) * size;

    if (c->bytes + more > c->max_bytes) {
        drop_spares(c);
    }
    if (n > UINT32_MAX / 2 || c->bytes + more > c->max_bytes) {
        COVERAGE_INC(trumpet_contributors_full);
        page->exact = false;
        return NULL;
    }
    c->bytes += more;
    *allocated = n;
    return xrealloc(array, n * size);
}

/* Classes. */

struct contributor_class *
contributors_get_class(struct contributors *c, const struct event *event)
{
    struct contributor_class *class;

    if (!contributors_are_wanted(event)) {
        return NULL;
    }
    LIST_FOR_EACH (class, node, &c->classes) {
        if (class->interval_us == event->interval_us) {
            class->max_over = MAX(class->max_over, event->over);
            class->n_refs++;
            return class;
        }
    }
    class = xzalloc(sizeof *class);
    class->interval_us = event->interval_us;
    class->n_refs = 1;
    class->max_over = event->over;
    ovs_list_init(&class->pages);
    ovs_list_push_back(&c->classes, &class->node);
    return class;
}

void
contributors_release_class(struct contributors *c,
                           struct contributor_class *class)
{
    if (class && !--class->n_refs) {
        struct contributor_page *page;

        LIST_FOR_EACH_POP (page, node, &class->pages) {
            page_destroy(c, page);
        }
        page_destroy(c, class->spare);
        ovs_list_remove(&class->node);
        free(class);
    }
}

static bool
looks_up(const struct contributors *c, const struct contributor_class *class)
{
    return class->interval_us > c->epoch_us;
}

static struct contributor_page *
find_page(const struct contributor_class *class, uint64_t interval)
{
    struct contributor_page *page;

    LIST_FOR_EACH (page, node, &class->pages) {
        if (page->interval == interval) {
            return page;
        }
    }
    return NULL;
}

/* The page of the running interval; there must be one. */
static struct contributor_page *
newest_page(const struct contributor_class *class)
{
    return CONTAINER_OF(ovs_list_front(&class->pages), struct contributor_page,
                        node);
}

static struct contributor_page *
open_page(struct contributor_class *class, uint64_t interval)
{
    struct contributor_page *page;

    if (!ovs_list_is_empty(&class->pages)
        && newest_page(class)->interval == interval) {
        return newest_page(class);
    }
    page = class->spare;
    class->spare = NULL;
    page = page ? page : xzalloc(sizeof *page);
    page->interval = interval;
    page->exact = true;
    page->n_keys = page->n_flows = page->n_notes = 0;
    if (page->buckets) {
        memset(page->buckets, 0, page->n_buckets * sizeof *page->buckets);
    }
    ovs_list_push_front(&class->pages, &page->node);
    return page;
}

void
contributors_expire(struct contributors *c, uint64_t now_us)
{
    struct contributor_class *class;

    LIST_FOR_EACH (class, node, &c->classes) {
        while (!ovs_list_is_empty(&class->pages)) {
            struct contributor_page *page
                = CONTAINER_OF(ovs_list_back(&class->pages),
                               struct contributor_page, node);

            if ((page->interval + class->max_over) * class->interval_us
                > now_us) {
                break;
            }
            ovs_list_remove(&page->node);
            page_destroy(c, class->spare);
            class->spare = page;
        }
    }
}

/* Noting. */

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

static uint32_t
contributor_hash(const struct contributors *c, const struct contributor *flow)
{
    uint64_t w[TUPLE_BYTES / 8];

    memcpy(w, flow, sizeof w);
    return (flow_hash_fold(flow_hash_fold(w[0] ^ c->secret[0],
                                          w[1] ^ c->secret[1])
                           ^ w[2],
                           flow_hash_fold(w[3] ^ c->secret[1],
                                          w[4] ^ c->secret[2])
                           ^ c->secret[0]) >> 16);
}

static bool
contributor_equal(const struct contributor *a, const struct contributor *b)
{
    return !memcmp(a, b, TUPLE_BYTES);
}

/* Returns the number of another flow, which is yet to be written, or 0. */
static uint32_t
append_flow(struct contributors *c, struct contributor_page *page)
{
    if (OVS_UNLIKELY(page->n_flows >= page->allocated_flows)) {
        struct contributor *flows = grow(c, page, page->flows,
                                         &page->allocated_flows,
                                         sizeof *flows);

        if (!flows) {
            return 0;
        }
        page->flows = flows;
    }
    return ++page->n_flows;
}

static void
insert_bucket(const struct contributors *c, struct contributor_page *page,
              uint32_t number)
{
    uint32_t mask = page->n_buckets - 1;
    uint32_t i = contributor_hash(c, &page->flows[number - 1]) & mask;

    while (page->buckets[i]) {
        i = (i + 1) & mask;
    }
    page->buckets[i] = number;
}

/* Makes room for another flow in the buckets. */
static bool
grow_buckets(struct contributors *c, struct contributor_page *page)
{
    if (page->n_flows >= page->n_buckets / 2) {
        uint32_t *buckets = grow(c, page, page->buckets, &page->n_buckets,
                                 sizeof *buckets);

        if (!buckets) {
            return false;
        }
        page->buckets = buckets;
        memset(buckets, 0, page->n_buckets * sizeof *buckets);
        for (uint32_t number = 1; number <= page->n_flows; number++) {
            insert_bucket(c, page, number);
        }
    }
    return true;
}

/* Returns the number of the flow with 'fields', after it was added if it was
 * not there, or 0. */
static uint32_t
find_or_add_flow(struct contributors *c, struct contributor_page *page,
                 const struct flow_fields *fields)
{
    struct contributor flow;
    uint32_t number;

    contributor_init(&flow, fields);
    if (page->n_buckets) {
        uint32_t mask = page->n_buckets - 1;

        for (uint32_t i = contributor_hash(c, &flow) & mask; page->buckets[i];
             i = (i + 1) & mask) {
            number = page->buckets[i];
            if (contributor_equal(&page->flows[number - 1], &flow)) {
                return number;
            }
        }
    }
    number = grow_buckets(c, page) ? append_flow(c, page) : 0;
    if (number) {
        page->flows[number - 1] = flow;
        insert_bucket(c, page, number);
    }
    return number;
}

void
contributors_note_unknown(struct contributor_class *class, uint64_t interval)
{
    open_page(class, interval)->exact = false;
}

uint32_t
contributors_note_flow(struct contributors *c,
                       struct contributor_class *class, uint64_t interval,
                       uint64_t serial, const struct flow_fields *fields)
{
    if (class->serial != serial) {
        struct contributor_page *page = open_page(class, interval);

        if (looks_up(c, class)) {
            class->flow = find_or_add_flow(c, page, fields);
        } else {
            class->flow = append_flow(c, page);
            if (class->flow) {
                contributor_init(&page->flows[class->flow - 1], fields);
            }
        }
        class->serial = serial;
    }
    return class->flow;
}

/* Returns what 'flow' has contributed to the key with 'id' already, or null.
 * A flow meets its keys in the same order each time, so that the one behind
 * the last is the likely one. */
static struct note *
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

/* Puts note number 'i', + 1, behind the last one in the flow's ring. */
static void
link_note(struct contributor_page *page, struct contributor *flow, uint32_t i)
{
    struct note *note = &page->notes[i - 1];

    if (flow->last_note) {
        struct note *last = &page->notes[flow->last_note - 1];

        note->next_of_flow = last->next_of_flow;
        last->next_of_flow = i;
    } else {
        note->next_of_flow = i;
    }
    flow->last_note = i;
}

static struct note *
append_note(struct contributors *c, struct contributor_page *page)
{
    if (OVS_UNLIKELY(page->n_notes >= page->allocated_notes)) {
        struct note *notes = grow(c, page, page->notes,
                                  &page->allocated_notes, sizeof *notes);

        if (!notes) {
            return NULL;
        }
        page->notes = notes;
    }
    return &page->notes[page->n_notes++];
}

void
contributors_note(struct contributors *c, struct contributor_class *class,
                  uint32_t number, struct key_contributors *kc, double value)
{
    struct contributor_page *page = newest_page(class);
    struct contributor *flow = &page->flows[number - 1];
    bool sums_up = looks_up(c, class);
    struct note *note;

    kc->id = kc->id ? kc->id : ++page->n_keys;
    if (sums_up) {
        note = find_note(page, flow, kc->id);
        if (note) {
            note->value += value;
            return;
        }
    }

    note = append_note(c, page);
    if (note) {
        *note = (struct note) {
            .next_of_key = kc->first,
            .flow = number - 1,
            .key = kc->id,
            .value = value,
        };
        kc->first = page->n_notes;
        if (sums_up) {
            link_note(page, flow, page->n_notes);
        }
    }
}

/* Reading. */

void
contributors_begin(struct contributors *c)
{
    c->n_parts = 0;
    c->n_pages = 0;
    c->exact = c->distinct = true;
}

void
contributors_add(struct contributors *c, const struct contributor_class *class,
                 uint64_t interval, const struct key_contributors *kc)
{
    const struct contributor_page *page = find_page(class, interval);

    if (!page) {
        return;
    }
    c->exact = c->exact && page->exact;
    c->distinct = looks_up(c, class) && !c->n_pages++;
    for (uint32_t i = kc->first; i; ) {
        const struct note *note = &page->notes[i - 1];

        if (c->n_parts >= c->allocated_parts) {
            c->parts = x2nrealloc(c->parts, &c->allocated_parts,
                                  sizeof *c->parts);
        }
        c->parts[c->n_parts++] = (struct part) {
            .flow = &page->flows[note->flow],
            .value = note->value,
        };
        i = note->next_of_key;
    }
}

/* Adds up the parts of one and the same flow. */
static void
merge_parts(struct contributors *c)
{
    size_t n = 0, n_buckets = 16;

    while (n_buckets < 2 * c->n_parts) {
        n_buckets *= 2;
    }
    if (n_buckets > c->allocated_buckets) {
        c->allocated_buckets = n_buckets;
        c->buckets = xrealloc(c->buckets, n_buckets * sizeof *c->buckets);
    }
    memset(c->buckets, 0, n_buckets * sizeof *c->buckets);
    for (size_t i = 0; i < c->n_parts; i++) {
        const struct part *part = &c->parts[i];
        size_t j = contributor_hash(c, part->flow) & (n_buckets - 1);

        while (c->buckets[j]
               && !contributor_equal(c->parts[c->buckets[j] - 1].flow,
                                     part->flow)) {
            j = (j + 1) & (n_buckets - 1);
        }
        if (c->buckets[j]) {
            c->parts[c->buckets[j] - 1].value += part->value;
        } else {
            c->parts[n++] = *part;
            c->buckets[j] = n;
        }
    }
    c->n_parts = n;
}

static void
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

/* Puts 'part' among the '*n' largest, at most 'max'. */
static void
insert_top(struct report_flow *top, unsigned *n, unsigned max,
           const struct part *part)
{
    struct report_flow new = { .value = part->value };
    unsigned i;

    if (part->value == 0
        || (*n == max && part->value < top[max - 1].value)) {
        return;
    }
    contributor_get_fields(part->flow, &new.flow);
    for (i = *n; i > 0 && report_flow_compare(&new, &top[i - 1]) < 0; i--) {
        if (i < max) {
            top[i] = top[i - 1];
        }
    }
    if (i < max) {
        top[i] = new;
        *n = MIN(*n + 1, max);
    }
}

void
contributors_finish(struct contributors *c, unsigned max,
                    struct report *report)
{
    struct report_flow top[EVENT_MAX_TOP];
    unsigned n = 0;

    if (!c->distinct) {
        merge_parts(c);
    }
    for (size_t i = 0; i < c->n_parts; i++) {
        insert_top(top, &n, max, &c->parts[i]);
    }
    report->top = n ? xmemdup(top, n * sizeof *top) : NULL;
    report->n_top = n;
    report->top_inexact = !c->exact;
}
