/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/trigger-table.h"

#include <netinet/in.h>

#include "hash.h"
#include "monitor/flow-key.h"
#include "random.h"
#include "util.h"

/* Tuple space search (Srinivasan, Suri, Varghese, SIGCOMM 1999), for all
 * matches, as in Trumpet, SIGCOMM 2016. */

/* All triggers with one and the same filter. */
struct pattern_node {
    uint64_t value[FLOW_FIELDS_WORDS];  /* The filter's. */
    uint32_t next;              /* In the bucket's chain, + 1; 0 ends it. */
    uint32_t first;             /* Triggers, in 'triggers' of the pattern. */
    uint32_t n;
};

/* A word of flow fields of which the mask of a pattern has bits.  Masks have
 * few such words. */
struct pattern_word {
    uint32_t index;             /* Of the word. */
    uint64_t mask;
    uint64_t secret;            /* For hashing. */
};

struct pattern {
    uint32_t n_words;
    struct pattern_word words[FLOW_FIELDS_WORDS];
    uint64_t secret;            /* For hashing. */
    uint32_t bucket_mask;
    uint32_t *buckets;          /* Index of a node + 1. */
    struct pattern_node *nodes;
    uint32_t n_nodes;
    uint32_t *triggers;         /* Indices into the table's entries. */
};

/* A trigger on its way into a pattern. */
struct sorted_filter {
    struct filter filter;
    uint32_t index;
};

static int
compare_filters(const void *a_, const void *b_)
{
    const struct sorted_filter *a = a_;
    const struct sorted_filter *b = b_;
    int cmp = memcmp(&a->filter.mask, &b->filter.mask,
                     sizeof a->filter.mask);

    if (!cmp) {
        cmp = memcmp(&a->filter.value, &b->filter.value,
                     sizeof a->filter.value);
    }
    return cmp ? cmp : a->index < b->index ? -1 : a->index > b->index;
}

static void
pattern_init_words(struct pattern *pattern, const struct flow_fields *mask)
{
    uint64_t masks[FLOW_FIELDS_WORDS];

    memcpy(masks, mask, sizeof masks);
    pattern->n_words = 0;
    for (size_t i = 0; i < FLOW_FIELDS_WORDS; i++) {
        if (masks[i]) {
            pattern->words[pattern->n_words++] = (struct pattern_word) {
                .index = i,
                .mask = masks[i],
                .secret = random_uint64(),
            };
        }
    }
    pattern->secret = random_uint64() | 1;
}

/* The hash of what the mask of 'pattern' keeps of 'fields'. */
static inline uint32_t
pattern_hash(const struct pattern *pattern,
             const uint64_t fields[FLOW_FIELDS_WORDS])
{
    uint64_t hash = 0;

    for (uint32_t i = 0; i < pattern->n_words; i++) {
        const struct pattern_word *word = &pattern->words[i];

        hash += flow_hash_fold((fields[word->index] & word->mask)
                               ^ word->secret, pattern->secret);
    }
    return hash;
}

/* True if 'fields' are 'value' where the mask of 'pattern' has bits. */
static inline bool
pattern_equal(const struct pattern *pattern,
              const uint64_t fields[FLOW_FIELDS_WORDS],
              const uint64_t value[FLOW_FIELDS_WORDS])
{
    uint64_t difference = 0;

    for (uint32_t i = 0; i < pattern->n_words; i++) {
        const struct pattern_word *word = &pattern->words[i];

        difference |= ((fields[word->index] ^ value[word->index])
                       & word->mask);
    }
    return !difference;
}

/* Makes a pattern of the 'n' triggers in 'sorted', whose masks are equal. */
static void
pattern_init(struct pattern *pattern, const struct sorted_filter *sorted,
             size_t n)
{
    pattern_init_words(pattern, &sorted[0].filter.mask);
    pattern->nodes = xcalloc(n, sizeof *pattern->nodes);
    pattern->triggers = xcalloc(n, sizeof *pattern->triggers);
    pattern->n_nodes = 0;

    struct pattern_node *node = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!node || memcmp(node->value, &sorted[i].filter.value,
                            sizeof node->value)) {
            node = &pattern->nodes[pattern->n_nodes++];
            memcpy(node->value, &sorted[i].filter.value, sizeof node->value);
            node->first = i;
        }
        node->n++;
        pattern->triggers[i] = sorted[i].index;
    }

    /* Many buckets, so that what matches nothing mostly finds an empty one. */
    pattern->bucket_mask = 1;
    while (pattern->bucket_mask < 8 * pattern->n_nodes) {
        pattern->bucket_mask *= 2;
    }
    pattern->buckets = xcalloc(pattern->bucket_mask--,
                               sizeof *pattern->buckets);
    for (uint32_t i = 0; i < pattern->n_nodes; i++) {
        uint32_t hash = pattern_hash(pattern, pattern->nodes[i].value);
        uint32_t *bucket = &pattern->buckets[hash & pattern->bucket_mask];

        pattern->nodes[i].next = *bucket;
        *bucket = i + 1;
    }
}

static void
pattern_uninit(struct pattern *pattern)
{
    free(pattern->buckets);
    free(pattern->nodes);
    free(pattern->triggers);
}

/* Makes an array of patterns of the 'n' filters in 'sorted', which it sorts.
 * Stores their number in '*n_patterns'. */
static struct pattern *
patterns_create(struct sorted_filter *sorted, size_t n, size_t *n_patterns)
{
    struct pattern *patterns = NULL;
    size_t allocated = 0;

    qsort(sorted, n, sizeof *sorted, compare_filters);
    *n_patterns = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n; end++) {
            if (!flow_fields_equal(&sorted[end].filter.mask,
                                   &sorted[i].filter.mask)) {
                break;
            }
        }
        if (*n_patterns >= allocated) {
            patterns = x2nrealloc(patterns, &allocated, sizeof *patterns);
        }
        pattern_init(&patterns[(*n_patterns)++], &sorted[i], end - i);
    }
    return patterns;
}

static void
patterns_destroy(struct pattern *patterns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pattern_uninit(&patterns[i]);
    }
    free(patterns);
}

/* Adds the bits of 'mask' to those of 'sum'. */
static void
add_bits(struct flow_fields *sum, const struct flow_fields *mask)
{
    uint64_t a[FLOW_FIELDS_WORDS], b[FLOW_FIELDS_WORDS];

    memcpy(a, sum, sizeof a);
    memcpy(b, mask, sizeof b);
    for (size_t i = 0; i < FLOW_FIELDS_WORDS; i++) {
        a[i] |= b[i];
    }
    memcpy(sum, a, sizeof a);
}

static void
trigger_table_init_patterns(struct trigger_table *table)
{
    size_t n = table->n_entries, n_reverse = 0;
    struct sorted_filter *sorted = xcalloc(n, sizeof *sorted);
    struct sorted_filter *reverse = xcalloc(n, sizeof *reverse);

    screen_init(&table->screen);
    for (size_t i = 0; i < n; i++) {
        const struct filter *filter = &table->entries[i].filter;

        sorted[i].filter = *filter;
        sorted[i].index = i;
        screen_add(&table->screen, &filter->value, &filter->mask);
        add_bits(&table->seen_mask, &filter->mask);
        if (table->layers[i] == VARIABLE_TCP) {
            struct sorted_filter *rf = &reverse[n_reverse++];

            rf->filter = filter_reverse(filter);
            rf->index = i;
            screen_add(&table->screen, &rf->filter.value, &rf->filter.mask);
            add_bits(&table->seen_mask, &rf->filter.mask);
        }
    }
    if (table->scoped) {
        table->seen_mask.in_port = UINT32_MAX;  /* Tells the scope. */
    }
    if (n_reverse) {
        table->seen_mask.nw_proto = UINT8_MAX;  /* Only that of TCP. */
    }
    table->patterns = patterns_create(sorted, n, &table->n_patterns);
    table->reverse = patterns_create(reverse, n_reverse, &table->n_reverse);
    free(sorted);
    free(reverse);
}

/* Returns the index of 'measure' among the table's, after adding it if it is
 * not there. */
static uint32_t
trigger_table_add_measure(struct trigger_table *table,
                          struct hmap *index, const struct measure *measure)
{
    struct indexed_measure {
        struct hmap_node node;
        uint32_t i;
    } *im;
    uint32_t hash = hash_string(value_text(measure->value), measure->kind);

    HMAP_FOR_EACH_WITH_HASH (im, node, hash, index) {
        if (measure_equal(table->measures[im->i], measure)) {
            return im->i;
        }
    }
    im = xmalloc(sizeof *im);
    im->i = table->n_measures++;
    table->measures[im->i] = measure;
    hmap_insert(index, &im->node, hash);
    return im->i;
}

static void
trigger_table_init_measures(struct trigger_table *table)
{
    struct hmap index = HMAP_INITIALIZER(&index);
    size_t n = 0;

    for (size_t i = 0; i < table->n_entries; i++) {
        n += table->entries[i].trigger->event->n_measures;
    }
    table->measures = xcalloc(n, sizeof *table->measures);

    for (size_t i = 0; i < table->n_entries; i++) {
        struct trigger_table_entry *entry = &table->entries[i];
        const struct event *event = entry->trigger->event;

        entry->measures = xcalloc(event->n_measures, sizeof *entry->measures);
        for (size_t j = 0; j < event->n_measures; j++) {
            const struct measure *measure = &event->measures[j];

            entry->measures[j] = (measure->value
                                  ? trigger_table_add_measure(table, &index,
                                                              measure)
                                  : TRIGGER_MEASURE_NONE);
        }
    }

    struct hmap_node *node;
    while ((node = hmap_first(&index))) {
        hmap_remove(&index, node);
        free(node);
    }
    hmap_destroy(&index);
}

/* True if the keys of 'event' depend on who sends, which a flood may vary as
 * it likes. */
static bool
event_tells_sources_apart(const struct event *event)
{
    static const uint8_t zeros[16];
    const struct flow_fields *mask = &event->granularity.mask;

    return mask->tp_src || memcmp(mask->src, zeros, sizeof mask->src);
}

/* Of what flows may share an entry, see shared-flows.h. */
static void
trigger_table_init_sharing(struct trigger_table *table)
{
    for (size_t i = 0; i < table->n_entries; i++) {
        struct trigger_table_entry *entry = &table->entries[i];
        const struct event *event = entry->trigger->event;

        entry->tells_flows_apart = (table->layers[i] != VARIABLE_PACKET
                                    || event_tells_sources_apart(event));
        if (!entry->tells_flows_apart) {
            add_bits(&table->shared_mask, &event->granularity.mask);
        }
    }
}

struct trigger_table *
trigger_table_create(struct trigger *const *triggers, size_t n,
                     struct scope_map *scopes, uint64_t version)
{
    struct trigger_table *table = xzalloc(sizeof *table);

    ovs_refcount_init(&table->refs);
    table->version = version;
    table->n_entries = n;
    table->entries = xcalloc(n, sizeof *table->entries);
    table->layers = xcalloc(n, sizeof *table->layers);
    for (size_t i = 0; i < n; i++) {
        table->entries[i].trigger = trigger_ref(triggers[i]);
        table->entries[i].filter = trigger_filter(triggers[i]);
        table->layers[i] = event_layer(triggers[i]->event);
        table->scoped |= triggers[i]->scope != 0;
    }
    table->scopes = table->scoped ? scope_map_ref(scopes) : NULL;
    trigger_table_init_patterns(table);
    trigger_table_init_measures(table);
    trigger_table_init_sharing(table);
    return table;
}

struct trigger_table *
trigger_table_ref(struct trigger_table *table)
{
    ovs_refcount_ref(&table->refs);
    return table;
}

void
trigger_table_unref(struct trigger_table *table)
{
    if (table && ovs_refcount_unref(&table->refs) == 1) {
        patterns_destroy(table->patterns, table->n_patterns);
        patterns_destroy(table->reverse, table->n_reverse);
        for (size_t i = 0; i < table->n_entries; i++) {
            free(table->entries[i].measures);
            trigger_unref(table->entries[i].trigger);
        }
        scope_map_unref(table->scopes);
        free(table->measures);
        free(table->layers);
        free(table->entries);
        free(table);
    }
}

static inline const struct pattern_node *
pattern_lookup(const struct pattern *pattern,
               const uint64_t fields[FLOW_FIELDS_WORDS])
{
    uint32_t hash = pattern_hash(pattern, fields);
    uint32_t i = pattern->buckets[hash & pattern->bucket_mask];
    while (i) {
        const struct pattern_node *node = &pattern->nodes[i - 1];

        if (pattern_equal(pattern, fields, node->value)) {
            return node;
        }
        i = node->next;
    }
    return NULL;
}

size_t
trigger_table_match(const struct trigger_table *table,
                    const struct flow_fields *fields, uint32_t *matches)
{
    struct flow_fields scoped = *fields;
    uint64_t words[FLOW_FIELDS_WORDS];
    size_t n = 0;

    if (table->scopes) {
        scoped.scope = scope_map_lookup(table->scopes, fields->in_port);
    }
    memcpy(words, &scoped, sizeof words);
    for (size_t i = 0; i < table->n_patterns; i++) {
        const struct pattern *pattern = &table->patterns[i];
        const struct pattern_node *node = pattern_lookup(pattern, words);

        if (node) {
            const uint32_t *triggers = &pattern->triggers[node->first];

            for (uint32_t j = 0; j < node->n; j++) {
                matches[n++] = triggers[j];
            }
        }
    }
    return n;
}

bool
trigger_table_matches_reverse(const struct trigger_table *table,
                              const struct flow_fields *fields)
{
    uint64_t words[FLOW_FIELDS_WORDS];

    if (!table->n_reverse || fields->nw_proto != IPPROTO_TCP) {
        return false;
    }
    memcpy(words, fields, sizeof words);
    for (size_t i = 0; i < table->n_reverse; i++) {
        if (pattern_lookup(&table->reverse[i], words)) {
            return true;
        }
    }
    return false;
}
