/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/predicate.h"

#include <math.h>

#include "event-unit.h"
#include "tests/unit.h"

/* Random predicates: built as trees, tested as trees by the contract's words,
 * and held against what the parser and the postfix program make of them. */

enum kind {
    /* Numbers. */
    LITERAL, AGGREGATE, NEGATE, MULTIPLY, DIVIDE, ADD, SUBTRACT,

    /* Truth. */
    GT, GE, LT, LE, EQ, NE, PERCENT_RIGHT, PERCENT_LEFT, NOT, AND, OR,
    N_KINDS
};

static const char *const operators[N_KINDS] = {
    [NEGATE] = "-", [MULTIPLY] = "*", [DIVIDE] = "/", [ADD] = "+",
    [SUBTRACT] = "-", [GT] = ">", [GE] = ">=", [LT] = "<", [LE] = "<=",
    [EQ] = "==", [NE] = "!=", [NOT] = "!", [AND] = "&&", [OR] = "||",
};

static const char *const aggregates[] = {
    "count()", "sum(bytes)", "sum(bytes)[-1]", "avg(ttl)", "seq[-8]", "dup",
};

struct node {
    enum kind kind;
    enum kind compare;          /* Of a percentage. */
    int number;                 /* Literal, percentage or aggregate. */
    struct node *a, *b;
};

static struct node *
random_number(int depth)
{
    struct node *node = xzalloc(sizeof *node);

    node->kind = depth ? unit_random(GT) : unit_random(2);
    if (node->kind <= AGGREGATE) {
        node->number = unit_random(node->kind == LITERAL
                                   ? 5 : ARRAY_SIZE(aggregates));
    } else {
        node->a = random_number(depth - 1);
        node->b = node->kind == NEGATE ? NULL : random_number(depth - 1);
    }
    return node;
}

static struct node *
random_truth(int depth)
{
    struct node *node = xzalloc(sizeof *node);

    node->kind = GT + unit_random((depth ? N_KINDS : NOT) - GT);
    if (node->kind >= NOT) {
        node->a = random_truth(depth - 1);
        node->b = node->kind == NOT ? NULL : random_truth(depth - 1);
        return node;
    }
    node->a = random_number(depth);
    if (node->kind == PERCENT_LEFT || node->kind == PERCENT_RIGHT) {
        node->compare = GT + unit_random(PERCENT_RIGHT - GT);
        node->number = unit_random(300);
    } else {
        node->b = random_number(depth);
    }
    return node;
}

static void
node_destroy(struct node *node)
{
    if (node) {
        node_destroy(node->a);
        node_destroy(node->b);
        free(node);
    }
}

/* Writes 'node' with all parentheses that there can be. */
static void
node_format(const struct node *node, struct ds *ds)
{
    ds_put_char(ds, '(');
    if (node->kind == LITERAL) {
        ds_put_format(ds, "%d", node->number);
    } else if (node->kind == AGGREGATE) {
        ds_put_cstr(ds, aggregates[node->number]);
    } else if (node->kind == PERCENT_LEFT) {
        ds_put_format(ds, "%d%% %s", node->number, operators[node->compare]);
        node_format(node->a, ds);
    } else if (node->kind == PERCENT_RIGHT) {
        node_format(node->a, ds);
        ds_put_format(ds, "%s%d%%", operators[node->compare], node->number);
    } else if (node->b) {
        node_format(node->a, ds);
        ds_put_cstr(ds, operators[node->kind]);
        node_format(node->b, ds);
    } else {
        ds_put_cstr(ds, operators[node->kind]);
        node_format(node->a, ds);
    }
    ds_put_char(ds, ')');
}

static double
node_number(const struct node *node, const double *values)
{
    double a = node->a ? node_number(node->a, values) : 0;
    double b = node->b ? node_number(node->b, values) : 0;

    return (node->kind == LITERAL ? node->number
            : node->kind == AGGREGATE ? values[node->number]
            : node->kind == NEGATE ? -a
            : node->kind == MULTIPLY ? a * b
            : node->kind == DIVIDE ? (b == 0 ? NAN : a / b)
            : node->kind == ADD ? a + b
            : a - b);
}

static bool
compare(enum kind kind, double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return false;
    }
    return (kind == GT ? a > b
            : kind == GE ? a >= b
            : kind == LT ? a < b
            : kind == LE ? a <= b
            : kind == EQ ? a == b
            : a != b);
}

static bool
node_truth(const struct node *node, const double *values)
{
    switch ((int) node->kind) {
    case NOT:
        return !node_truth(node->a, values);
    case AND:
        return node_truth(node->a, values) && node_truth(node->b, values);
    case OR:
        return node_truth(node->a, values) || node_truth(node->b, values);
    case PERCENT_RIGHT:
        return compare(node->compare, 100 * node_number(node->a, values),
                       node->number * values[0]);
    case PERCENT_LEFT:
        return compare(node->compare, node->number * values[0],
                       100 * node_number(node->a, values));
    default:
        return compare(node->kind, node_number(node->a, values),
                       node_number(node->b, values));
    }
}

/* Returns an event with predicate 'text' and each of 'aggregates'. */
static struct event *
event_of_predicate(const char *text)
{
    char *s = xasprintf("on any by 5tuple when %s", text);
    struct event *event = unit_parse(s);

    free(s);
    return event;
}

/* Copies the values of 'aggregates' into the order of the event's. */
static void
arrange(const struct event *event, const double *values, double *out)
{
    for (size_t i = 0; i < event->n_aggregates; i++) {
        size_t j = 0;

        while (strcmp(event->aggregates[i].text, aggregates[j])) {
            j++;
            ck_assert_uint_lt(j, ARRAY_SIZE(aggregates));
        }
        out[i] = values[j];
    }
}

/* A predicate that holds is within its bound. */
static void
check_bound(const struct event *event, const double *values, bool holds)
{
    struct predicate_bound bound;

    if (predicate_get_bound(event->predicate, &bound) && holds) {
        ck_assert_uint_lt(bound.aggregate, event->n_aggregates);
        ck_assert_msg(values[bound.aggregate] >= bound.min, "%s",
                      event->text);
    }
}

static void
check_node(const struct node *node)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct event *event;

    node_format(node, &text);
    event = event_of_predicate(ds_cstr(&text));
    for (int i = 0; i < 20; i++) {
        double values[ARRAY_SIZE(aggregates)];
        double arranged[ARRAY_SIZE(aggregates)];

        for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
            values[j] = unit_random(6) ? unit_random(5) : NAN;
        }
        arrange(event, values, arranged);
        ck_assert_msg(predicate_evaluate(event->predicate, arranged)
                      == node_truth(node, values), "%s", ds_cstr(&text));
        check_bound(event, arranged, node_truth(node, values));
    }
    event_unref(event);
    ds_destroy(&text);
}

START_TEST(test_random)
{
    unit_seed();
    for (int i = 0; i < 3000; i++) {
        struct node *node = random_truth(unit_random(5));

        check_node(node);
        node_destroy(node);
    }
}
END_TEST

/* "count()" is 200, "avg(ttl)" undefined, "sum(is_syn)" 20. */
static const struct {
    const char *text;
    bool expected;
} truths[] = {
    { "count() == 200", true },
    { "count() != 200", false },
    { "avg(ttl) > 1", false },
    { "avg(ttl) <= 1", false },
    { "avg(ttl) == avg(ttl)", false },
    { "avg(ttl) != 1", false },
    { "!avg(ttl) > 1", true },
    { "!(avg(ttl) > 1 || count() == 200)", false },
    { "0 * avg(ttl) == 0", false },
    { "avg(ttl) > 1 || count() == 200", true },
    { "count() / 0 > 1", false },
    { "count() / 0 != 1", false },
    { "0 / (count() - 200) <= 1", false },
    { "!1 / 0 > 1", true },
    { "sum(is_syn) >= 10%", true },
    { "sum(is_syn) > 10%", false },
    { "sum(is_syn) > 9.99%", true },
    { "10% <= sum(is_syn)", true },
    { "10% == sum(is_syn)", true },
    { "avg(ttl) != 10%", false },
    { "1 > 2 && 1 > 2 || 2 > 1", true },
    { "2 > 1 || 1 > 2 && 1 > 2", true },
    { "(2 > 1 || 1 > 2) && 1 > 2", false },
    { "1 + 2 * 3 == 7", true },
    { "(1 + 2) * 3 == 9", true },
    { "8 - 4 - 2 == 2", true },
    { "8 / 4 / 2 == 1", true },
    { "8 / 4 * 2 == 4", true },
    { "-2 * -3 == 6", true },
    { "1 - -1 == 2", true },
};

START_TEST(test_truth)
{
    struct event *event = event_of_predicate(truths[_i].text);
    double values[3];

    for (size_t i = 0; i < event->n_aggregates; i++) {
        const char *text = event->aggregates[i].text;

        values[i] = (!strcmp(text, "count()") ? 200
                     : !strcmp(text, "sum(is_syn)") ? 20 : NAN);
    }
    ck_assert_int_eq(predicate_evaluate(event->predicate, values),
                     truths[_i].expected);
    event_unref(event);
}
END_TEST

static const struct {
    const char *text;
    const char *aggregate;      /* Null: no bound. */
    double min;
} bounds[] = {
    { "count() > 7", "count()", 7 },
    { "count() >= 7", "count()", 7 },
    { "1K < sum(bytes)", "sum(bytes)", 1000 },
    { "1K <= sum(bytes)", "sum(bytes)", 1000 },
    { "count() < 3 && sum(bytes) > 2 && avg(ttl) != 1", "sum(bytes)", 2 },
    { "sum(bytes) > 2 && (count() < 3 || avg(ttl) != 1)", "sum(bytes)", 2 },
    { "count() < 7", NULL, 0 },
    { "7 > count()", NULL, 0 },
    { "count() > 7 || sum(bytes) > 2", NULL, 0 },
    { "!count() > 7", NULL, 0 },
    { "!(count() < 1 && sum(bytes) > 2)", NULL, 0 },
    { "count() + sum(bytes) > 7", NULL, 0 },
    { "count() > sum(bytes)", NULL, 0 },
    { "sum(bytes) > 7%", NULL, 0 },
};

START_TEST(test_bound)
{
    struct event *event = event_of_predicate(bounds[_i].text);
    struct predicate_bound bound;
    bool ok = predicate_get_bound(event->predicate, &bound);

    ck_assert_int_eq(ok, bounds[_i].aggregate != NULL);
    if (ok) {
        ck_assert_str_eq(event->aggregates[bound.aggregate].text,
                         bounds[_i].aggregate);
        ck_assert_double_eq(bound.min, bounds[_i].min);
    }
    event_unref(event);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("predicate");
    TCase *tcase = tcase_create("predicate");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_random);
    tcase_add_loop_test(tcase, test_truth, 0, ARRAY_SIZE(truths));
    tcase_add_loop_test(tcase, test_bound, 0, ARRAY_SIZE(bounds));
    suite_add_tcase(suite, tcase);
    return suite;
}
