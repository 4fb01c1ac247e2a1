/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/suggestion.h"

#include <ctype.h>
#include <string.h>

#include "util.h"

/* The distance is the "optimal string alignment" one: insertions, deletions,
 * replacements and swaps of neighbours. */

#define MAX_WORD 24

static bool
same(char a, char b)
{
    return tolower((unsigned char) a) == tolower((unsigned char) b);
}

static size_t
edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t d[MAX_WORD + 1][MAX_WORD + 1];

    for (size_t i = 0; i <= na; i++) {
        for (size_t j = 0; j <= nb; j++) {
            if (!i || !j) {
                d[i][j] = i + j;
                continue;
            }

            d[i][j] = d[i - 1][j - 1] + !same(a[i - 1], b[j - 1]);
            d[i][j] = MIN(d[i][j], d[i - 1][j] + 1);
            d[i][j] = MIN(d[i][j], d[i][j - 1] + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2])
                && same(a[i - 2], b[j - 1])) {
                d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[na][nb];
}

void
suggestion_init(struct suggestion *suggestion, const char *word,
                size_t length)
{
    *suggestion = (struct suggestion) {
        .word = word,
        .length = length,
        .distance = 1 + MAX(1, (length + 1) / 3),
    };
}

void
suggestion_offer(struct suggestion *suggestion, const char *known)
{
    size_t length = strlen(known);
    size_t distance;

    if (suggestion->length > MAX_WORD || length > MAX_WORD) {
        return;
    }
    distance = edit_distance(suggestion->word, suggestion->length,
                             known, length);
    if (distance < suggestion->distance
        && distance < MAX(suggestion->length, length)) {
        suggestion->distance = distance;
        suggestion->best = known;
    }
}

void
suggestion_format(const struct suggestion *suggestion, struct ds *ds)
{
    if (suggestion->best) {
        ds_put_format(ds, " (did you mean '%s'?)", suggestion->best);
    }
}
