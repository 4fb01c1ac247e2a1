/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/value.h"

#include <math.h>

#include "event-unit.h"
#include "tests/unit.h"

/* Random values: built as trees, evaluated as trees by the contract's words,
 * and held against what the parser and the postfix program make of them. */

enum kind {
    LITERAL, VARIABLE, NEGATE, NOT,
    MULTIPLY, DIVIDE, ADD, SUBTRACT, GT, GE, LT, LE, EQ, NE, AND, OR,
    N_KINDS
};

static const char *const operators[N_KINDS] = {
    [NEGATE] = "-", [NOT] = "!", [MULTIPLY] = "*", [DIVIDE] = "/",
    [ADD] = "+", [SUBTRACT] = "-", [GT] = ">", [GE] = ">=", [LT] = "<",
    [LE] = "<=", [EQ] = "==", [NE] = "!=", [AND] = "&", [OR] = "|",
};

struct node {
    enum kind kind;
    const char *literal;
    enum variable variable;
    struct node *a, *b;         /* 'b' only for operators of two operands. */
};

static const struct {
    const char *text;
    double value;
} literals[] = {
    { "0", 0 }, { "1", 1 }, { "2", 2 }, { "0.5", 0.5 }, { "1.5KB", 1500 },
    { "2Ki", 2048 }, { "5ms", 5000 }, { "3s", 3000000 }, { "007", 7 },
    { "1.001K", 1001 }, { "0.1", 0.1 }, { "4TiB", 4398046511104. },
};

static struct node *
node_random(int depth)
{
    struct node *node = xzalloc(sizeof *node);

    node->kind = depth ? unit_random(N_KINDS) : unit_random(2);
    if (node->kind == LITERAL) {
        node->literal = literals[unit_random(ARRAY_SIZE(literals))].text;
    } else if (node->kind == VARIABLE) {
        node->variable = unit_random(N_VARIABLES - 1);  /* No rtt. */
    } else {
        node->a = node_random(depth - 1);
        if (node->kind > NOT) {
            node->b = node_random(depth - 1);
        }
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

static void
put_blanks(struct ds *ds)
{
    ds_put_char_multiple(ds, unit_random(2) ? ' ' : '\t', unit_random(3));
}

/* Writes 'node' with all parentheses that there can be. */
static void
node_format(const struct node *node, struct ds *ds)
{
    ds_put_char(ds, '(');
    put_blanks(ds);
    if (node->kind == LITERAL) {
        ds_put_cstr(ds, node->literal);
    } else if (node->kind == VARIABLE) {
        ds_put_cstr(ds, variable_name(node->variable));
    } else if (!node->b) {
        ds_put_cstr(ds, operators[node->kind]);
        node_format(node->a, ds);
    } else {
        node_format(node->a, ds);
        put_blanks(ds);
        ds_put_cstr(ds, operators[node->kind]);
        put_blanks(ds);
        node_format(node->b, ds);
    }
    put_blanks(ds);
    ds_put_char(ds, ')');
}

static double
literal_value(const char *text)
{
    for (size_t i = 0; i < ARRAY_SIZE(literals); i++) {
        if (!strcmp(literals[i].text, text)) {
            return literals[i].value;
        }
    }
    ck_abort();
    return 0;
}

/* Returns false if 'node' is undefined, whatever its operator. */
static bool
node_evaluate(const struct node *node, const struct packet_values *packet,
              double *result)
{
    double a, b = 0;

    if (node->kind == LITERAL) {
        *result = literal_value(node->literal);
        return true;
    } else if (node->kind == VARIABLE) {
        *result = packet->value[node->variable];
        return packet->defined >> node->variable & 1;
    }

    if (!node_evaluate(node->a, packet, &a)
        || (node->b && !node_evaluate(node->b, packet, &b))
        || (node->kind == DIVIDE && b == 0)) {
        return false;
    }
    *result = (node->kind == NEGATE ? -a
               : node->kind == NOT ? !a
               : node->kind == MULTIPLY ? a * b
               : node->kind == DIVIDE ? a / b
               : node->kind == ADD ? a + b
               : node->kind == SUBTRACT ? a - b
               : node->kind == GT ? a > b
               : node->kind == GE ? a >= b
               : node->kind == LT ? a < b
               : node->kind == LE ? a <= b
               : node->kind == EQ ? a == b
               : node->kind == NE ? a != b
               : node->kind == AND ? a && b
               : a || b);
    return true;
}

static variable_set
node_variables(const struct node *node)
{
    return (!node ? 0
            : node->kind == VARIABLE ? 1u << node->variable
            : node_variables(node->a) | node_variables(node->b));
}

/* Returns an event whose first measure has the value 'text'. */
static struct event *
event_of_value(const char *text)
{
    char *s = xasprintf("on any when avg(%s) > 0", text);
    struct event *event = unit_parse(s);

    free(s);
    return event;
}

static void
random_packet(struct packet_values *packet)
{
    packet->defined = unit_random(4) ? UINT32_MAX : ~(1u << unit_random(16));
    for (size_t i = 0; i < N_VARIABLES; i++) {
        packet->value[i] = unit_random(3) ? unit_random(2000) / 2.
                                          : unit_random(2);
    }
}

static void
check_node(const struct node *node)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    const struct value *value;
    struct event *event;

    node_format(node, &text);
    event = event_of_value(ds_cstr(&text));
    value = event->measures[0].value;
    ck_assert_uint_eq(value_variables(value), node_variables(node));
    for (int i = 0; i < 20; i++) {
        struct packet_values packet;
        double expected, actual;
        bool defined;

        random_packet(&packet);
        defined = node_evaluate(node, &packet, &expected);
        ck_assert_msg(value_evaluate(value, &packet, &actual) == defined,
                      "%s: expected %s", ds_cstr(&text),
                      defined ? "defined" : "undefined");
        ck_assert_msg(!defined || actual == expected,
                      "%s: expected %.17g, got %.17g", ds_cstr(&text),
                      expected, actual);
    }
    event_unref(event);
    ds_destroy(&text);
}

START_TEST(test_random)
{
    unit_seed();
    for (int i = 0; i < 3000; i++) {
        struct node *node = node_random(unit_random(6));

        check_node(node);
        node_destroy(node);
    }
}
END_TEST

/* Returns the place of the ')' that matches the '(' at 's'. */
static char *
matching(char *s)
{
    int level = 0;

    do {
        level += *s == '(' ? 1 : *s == ')' ? -1 : 0;
        s++;
    } while (level);
    return s - 1;
}

/* No pair of parentheses of a canonical text can go. */
START_TEST(test_minimal)
{
    unit_seed();
    for (int i = 0; i < 500; i++) {
        struct node *node = node_random(unit_random(5));
        struct ds ds = DS_EMPTY_INITIALIZER;
        struct event *event, *other;
        const char *text;
        char *error;

        node_format(node, &ds);
        event = event_of_value(ds_cstr(&ds));
        text = value_text(event->measures[0].value);
        ck_assert_ptr_eq(strchr(text, ' '), NULL);
        for (const char *p = strchr(text, '('); p; p = strchr(p + 1, '(')) {
            char *s = xasprintf("on any when avg(%s) > 0", text);
            char *open = s + 16 + (p - text);

            *matching(open) = ' ';
            *open = ' ';
            error = event_parse(s, NULL, EPOCH_US, &other);
            if (!error) {
                ck_assert_str_ne(value_text(other->measures[0].value), text);
                event_unref(other);
            }
            free(error);
            free(s);
        }
        event_unref(event);
        ds_destroy(&ds);
        node_destroy(node);
    }
}
END_TEST

/* The canonical text has the tree of the text: (a+b)+c is a+b+c, a+(b+c) is
 * not. */
static const struct {
    const char *text;
    const char *canonical;
} canonicals[] = {
    { "is_lost & is_burst", "is_lost&is_burst" },
    { "bytes > 1.5KB", "bytes>1500" },
    { "1.5KB > packets", "1500>packets" },
    { "rtt > 5ms", "rtt>5000" },
    { "(bytes - 14) * packets", "(bytes-14)*packets" },
    { "((bytes) - (14)) - (1)", "bytes-14-1" },
    { "bytes - (14 - 1)", "bytes-(14-1)" },
    { "bytes + (14 + 1)", "bytes+(14+1)" },
    { "bytes / (14 / 1)", "bytes/(14/1)" },
    { "(is_syn & is_fin) & is_rst", "is_syn&is_fin&is_rst" },
    { "is_syn & (is_fin & is_rst)", "is_syn&(is_fin&is_rst)" },
    { "is_syn | (is_fin | is_rst)", "is_syn|(is_fin|is_rst)" },
    { "is_syn | (is_fin & is_rst)", "is_syn|is_fin&is_rst" },
    { "(is_syn | is_fin) & is_rst", "(is_syn|is_fin)&is_rst" },
    { "!(is_syn) & ecn", "!is_syn&ecn" },
    { "!(is_syn & ecn)", "!(is_syn&ecn)" },
    { "!(ttl > 3)", "!(ttl>3)" },
    { "(!ttl) > 3", "!ttl>3" },
    { "- - ttl - -1", "--ttl--1" },
    { "-(ttl * 2)", "-(ttl*2)" },
    { "(-ttl) * 2", "-ttl*2" },
    { "(ttl > 1) == (ttl < 3)", "(ttl>1)==(ttl<3)" },
    { "0.000001", "0.000001" },
    { "1000000T", "1000000000000000000" },
};

START_TEST(test_canonical)
{
    struct event *event = event_of_value(canonicals[_i].text);

    ck_assert_str_eq(value_text(event->measures[0].value),
                     canonicals[_i].canonical);
    event_unref(event);
}
END_TEST

/* A value is undefined if any variable of it is, or it divides by 0, wherever
 * that stands. */
START_TEST(test_undefined)
{
    static const char *const texts[] = {
        "ttl", "0 * ttl", "0 & ttl", "1 | ttl", "ttl == ttl", "ttl != ttl",
        "!ttl", "bytes / 0", "0 & bytes / 0", "1 | 1 / (bytes - bytes)",
        "1 > bytes / 0", "!(0 / 0)", "1 / -0",
    };
    struct packet_values packet = { .defined = 1u << VAR_BYTES };
    double result;

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct event *event = event_of_value(texts[i]);

        ck_assert_msg(!value_evaluate(event->measures[0].value, &packet,
                                      &result), "%s", texts[i]);
        event_unref(event);
    }
}
END_TEST

/* Nor is it defined where it is no number, as infinity less infinity. */
START_TEST(test_no_number)
{
    struct packet_values packet = { .defined = 1u << VAR_BYTES };
    struct ds text = DS_EMPTY_INITIALIZER;
    struct event *event;
    double result;

    ds_put_cstr(&text, "bytes");
    for (int i = 0; i < 2 * 26; i++) {
        ds_put_cstr(&text, i == 26 ? "*1T-bytes*1T" : "*1T");
    }
    event = event_of_value(ds_cstr(&text));

    packet.value[VAR_BYTES] = 0;
    ck_assert(value_evaluate(event->measures[0].value, &packet, &result));
    packet.value[VAR_BYTES] = 1;
    ck_assert(!value_evaluate(event->measures[0].value, &packet, &result));
    event_unref(event);
    ds_destroy(&text);
}
END_TEST

START_TEST(test_is_variable)
{
    static const char *const others[] = { "-bytes", "1", "0" };
    struct event *event = event_of_value("(bytes)");

    ck_assert(value_is_variable(event->measures[0].value, VAR_BYTES));
    ck_assert(!value_is_variable(event->measures[0].value, VAR_VOLUME));
    event_unref(event);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        event = event_of_value(others[i]);
        ck_assert(!value_is_variable(event->measures[0].value, VAR_BYTES));
        event_unref(event);
    }
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("value");
    TCase *tcase = tcase_create("value");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_random);
    tcase_add_test(tcase, test_minimal);
    tcase_add_loop_test(tcase, test_canonical, 0, ARRAY_SIZE(canonicals));
    tcase_add_test(tcase, test_undefined);
    tcase_add_test(tcase, test_no_number);
    tcase_add_test(tcase, test_is_variable);
    suite_add_tcase(suite, tcase);
    return suite;
}
