/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef EVENT_AGGREGATE_H
#define EVENT_AGGREGATE_H 1

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/port-counter.h"
#include "event/value.h"

/* Aggregates, and the measures they are computed from.
 *
 * A predicate reads *aggregates* ("avg(rtt)[-1]").  Each aggregate reads one
 * *measure* ("the sum and number of rtt") of one interval.  A measure is what
 * flow entries and keys accumulate in cells, so two aggregates that differ
 * only in [-k] share one.
 *
 * Numbers are doubles, NaN stands for "undefined" throughout.
 *
 * Thread-safety: plain values. */

enum measure_kind {
    MEASURE_PACKETS,            /* Number of packets. */
    MEASURE_BYTES,              /* Sum of bytes. */
    MEASURE_VOLUME,             /* Sum of volume. */
    MEASURE_SUM,                /* Sum of a value. */
    MEASURE_COUNT,              /* Packets whose value is not 0. */
    MEASURE_MAX,
    MEASURE_MIN,
    MEASURE_AVG,                /* Sum and number of defined values. */
    MEASURE_SEQ,                /* The 5-tuple's state, see contract. */
    MEASURE_ACK,
    MEASURE_DUP,
    MEASURE_PORT,               /* A counter of the key's port. */
};

/* MEASURE_PACKETS, _BYTES and _VOLUME, which every flow entry counts. */
static inline bool
measure_kind_is_base(enum measure_kind kind)
{
    return kind <= MEASURE_VOLUME;
}

/* MEASURE_SEQ, _ACK and _DUP. */
static inline bool
measure_kind_is_state(enum measure_kind kind)
{
    return kind >= MEASURE_SEQ && kind <= MEASURE_DUP;
}

/* Kinds that are not accumulated in cells, but asked for when a key is
 * tested. */
static inline bool
measure_kind_is_asked(enum measure_kind kind)
{
    return kind >= MEASURE_SEQ;
}

/* Kinds whose value is the sum of what flows contribute. */
static inline bool
measure_kind_adds_up(enum measure_kind kind)
{
    return kind <= MEASURE_COUNT;
}

struct measure {
    enum measure_kind kind;
    struct value *value;        /* Owned; null for base and asked kinds. */
    enum port_counter counter;  /* Of MEASURE_PORT, otherwise 0. */
};

bool measure_equal(const struct measure *, const struct measure *);

/* What must be known of a packet to count it in 'measure', one of those that
 * have a value. */
static inline enum variable_layer
measure_layer(const struct measure *measure)
{
    return variable_set_layer(value_variables(measure->value));
}

/* What is accumulated for a measure. */
struct cell {
    double x;                   /* Sum, maximum or minimum. */
    uint64_t n;                 /* Packets that contributed. */
};

/* Adds one packet whose value is 'x' to 'cell'. */
static inline void
cell_add(struct cell *cell, enum measure_kind kind, double x)
{
    switch (kind) {
    case MEASURE_MAX:
        cell->x = cell->n && cell->x > x ? cell->x : x;
        break;
    case MEASURE_MIN:
        cell->x = cell->n && cell->x < x ? cell->x : x;
        break;
    case MEASURE_COUNT:
        cell->x += x != 0;
        break;
    case MEASURE_PACKETS:
    case MEASURE_BYTES:
    case MEASURE_VOLUME:
    case MEASURE_SUM:
    case MEASURE_AVG:
    case MEASURE_SEQ:
    case MEASURE_ACK:
    case MEASURE_DUP:
    case MEASURE_PORT:
        cell->x += x;
        break;
    }
    cell->n++;
}

/* Adds the packets of 'src' to 'dst'. */
static inline void
cell_merge(struct cell *dst, enum measure_kind kind, const struct cell *src)
{
    if (!src->n) {
        return;
    }
    if (!dst->n) {
        *dst = *src;
        return;
    }
    switch (kind) {
    case MEASURE_MAX:
        dst->x = dst->x > src->x ? dst->x : src->x;
        break;
    case MEASURE_MIN:
        dst->x = dst->x < src->x ? dst->x : src->x;
        break;
    case MEASURE_PACKETS:
    case MEASURE_BYTES:
    case MEASURE_VOLUME:
    case MEASURE_SUM:
    case MEASURE_COUNT:
    case MEASURE_AVG:
    case MEASURE_SEQ:
    case MEASURE_ACK:
    case MEASURE_DUP:
    case MEASURE_PORT:
        dst->x += src->x;
        break;
    }
    dst->n += src->n;
}

/* The value of an aggregate over 'cell', NaN if undefined. */
static inline double
cell_result(const struct cell *cell, enum measure_kind kind)
{
    switch (kind) {
    case MEASURE_MAX:
    case MEASURE_MIN:
        return cell->n ? cell->x : NAN;
    case MEASURE_AVG:
        return cell->n ? cell->x / cell->n : NAN;
    case MEASURE_SEQ:
    case MEASURE_ACK:
    case MEASURE_PORT:
        return cell->n ? cell->x : NAN;
    case MEASURE_PACKETS:
    case MEASURE_BYTES:
    case MEASURE_VOLUME:
    case MEASURE_SUM:
    case MEASURE_COUNT:
    case MEASURE_DUP:
        break;
    }
    return cell->n ? cell->x : 0;
}

/* What a predicate reads: measure number 'measure' of its event, 'lag'
 * intervals earlier. */
struct aggregate {
    size_t measure;
    unsigned lag;               /* 0 .. AGGREGATE_MAX_LAG. */
    char *text;                 /* Owned, canonical: "sum(bytes>1500)[-1]". */
};

#define AGGREGATE_MAX_LAG 8

#endif /* event/aggregate.h */
