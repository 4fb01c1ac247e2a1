/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/contributors.h"

#include <stdlib.h>

#include "coverage.h"
#include "monitor/contributor-page.h"
#include "openvswitch/list.h"
#include "util.h"

COVERAGE_DEFINE(trumpet_contributors_full);

struct contributor_class {
    struct ovs_list node;       /* In the contributors' classes. */
    uint64_t interval_us;
    unsigned n_refs;
    unsigned max_over;          /* Largest window of all that had it. */
    bool looks_up;              /* An interval has several epochs. */
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
    struct contributor_pages pages;
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
    contributor_pages_init(&c->pages, max_bytes);
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
    return c->pages.bytes;
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
    class->looks_up = class->interval_us > c->epoch_us;
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
            contributor_page_destroy(&c->pages, page);
        }
        contributor_page_destroy(&c->pages, class->spare);
        ovs_list_remove(&class->node);
        free(class);
    }
}

/* Pages. */

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
    page = page ? page : contributor_page_create(class->looks_up);
    contributor_page_begin(page, interval);
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
            contributor_page_destroy(&c->pages, class->spare);
            class->spare = page;
        }
    }
}

/* Noting. */

/* Frees what is kept for reuse only. */
static void
drop_spares(struct contributors *c)
{
    struct contributor_class *class;

    LIST_FOR_EACH (class, node, &c->classes) {
        contributor_page_destroy(&c->pages, class->spare);
        class->spare = NULL;
    }
}

static void
note_full(struct contributor_page *page)
{
    COVERAGE_INC(trumpet_contributors_full);
    page->exact = false;
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

        class->flow = contributor_page_add_flow(&c->pages, page, fields);
        if (OVS_UNLIKELY(!class->flow)) {
            drop_spares(c);
            class->flow = contributor_page_add_flow(&c->pages, page, fields);
        }
        if (OVS_UNLIKELY(!class->flow)) {
            note_full(page);
        }
        class->serial = serial;
    }
    return class->flow;
}

void
contributors_note(struct contributors *c, struct contributor_class *class,
                  uint32_t number, struct key_contributors *kc, double value)
{
    struct contributor_page *page = newest_page(class);

    if (OVS_UNLIKELY(!contributor_page_add_note(&c->pages, page, number, kc,
                                                value))) {
        drop_spares(c);
        if (!contributor_page_add_note(&c->pages, page, number, kc, value)) {
            note_full(page);
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
    c->distinct = class->looks_up && !c->n_pages++;
    for (uint32_t i = kc->first; i; ) {
        const struct contributor_note *note = &page->notes[i - 1];

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
        size_t j = contributor_hash(&c->pages, part->flow) & (n_buckets - 1);

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
