/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/event.h"

#include "event-unit.h"
#include "tests/unit.h"

/* Texts that are no events, and where the limits are. */

/* Texts that are no events.  '^' stands below the place. */
static const struct {
    const char *text;
    const char *mark;
    const char *message;        /* Part of it. */
} errors[] = {
    { "",
      "^", "expected 'on', but the text ends here" },
    { "On tcp when count() > 1",
      "^", "expected 'on', not 'On' (did you mean 'on'?)" },
    { "tcp when count() > 1",
      "^", "expected 'on', not 'tcp'" },
    { "on",
      "  ^", "expected 'any' or a flow match" },
    { "on when count() > 1",
      "   ^", "expected 'any' or a flow match" },
    { "on tcp",
      "      ^", "expected 'by', 'every', 'over' or 'when', but the text "
      "ends" },
    { "on tcp whne count() > 1",
      "       ^", "not 'whne' (did you mean 'when'?)" },
    { "on tcp, nw_dst=10.0.0.1 when count() > 1",
      "       ^", "a match has no spaces" },
    { "on tcp nw_dst=10.0.0.1 when count() > 1",
      "       ^", "not 'nw_dst' (the fields of a match are separated by" },
    { "on tcp,nw_dts=10.0.0.1 when count() > 1",
      "       ^", "'nw_dts' (did you mean 'nw_dst'?)" },
    { "on tcp every 10ms by nw_src when count() > 1",
      "                  ^", "unexpected 'by'" },
    { "on tcp by nw_src by nw_dst when count() > 1",
      "                 ^", "unexpected 'by'" },
    { "on tcp by when count() > 1",
      "          ^", "expected 'none' or fields" },
    { "on tcp by 5-tuple when count() > 1",
      "          ^", "(did you mean '5tuple'?)" },
    { "on tcp by nw_src,tp_dst/8 when count() > 1",
      "                        ^", "'tp_dst' has no prefix" },
    { "on tcp every 10 when count() > 1",
      "               ^", "expected a unit: 10us, 10ms or 10s" },
    { "on tcp every 10 ms when count() > 1",
      "                ^", "unexpected space before the unit: write 10ms" },
    { "on tcp every 15ms when count() > 1",
      "             ^", "interval 15ms is not a multiple of the epoch, "
      "which is 10ms" },
    { "on tcp every 1.5s when count() > 1",
      "             ^", "expected a whole number of us, ms or s" },
    { "on tcp every 10KB when count() > 1",
      "               ^", "unknown unit 'KB': expected us, ms or s" },
    { "on tcp every 0s when count() > 1",
      "             ^", "more than 0" },
    { "on tcp every soon when count() > 1",
      "             ^", "expected a duration such as 10ms" },
    { "on tcp every 9223372036855s when count() > 1",
      "             ^", "too long" },
    { "on tcp when",
      "           ^", "expected an aggregate, a state or a number" },
    { "on tcp when sum(byte) > 1",
      "                ^", "unknown packet variable 'byte' "
      "(did you mean 'bytes'?)" },
    { "on tcp when sum(colour) > 1",
      "                ^", "expected bytes, packets, volume, ttl, dscp, ecn, "
      "rwnd, is_syn, is_fin, is_rst, is_lost, is_burst or rtt" },
    { "on tcp when sum(a_name_that_is_longer_than_what_is_shown) > 1",
      "                ^", "variable 'a_name_that_is_longer_than_what_'" },
    { "on tcp when sum(and) > 1",
      "                ^", "write '&' inside an aggregate, not 'and'" },
    { "on tcp when sum(1 | or) > 1",
      "                    ^", "write '|' inside an aggregate, not 'or'" },
    { "on tcp when sum(not is_syn) > 1",
      "                ^", "write '!' inside an aggregate, not 'not'" },
    { "on tcp when sun(bytes) > 1",
      "            ^", "unknown aggregate 'sun' (did you mean 'sum'?)" },
    { "on tcp when SUM(bytes) > 1",
      "            ^", "(did you mean 'sum'?)" },
    { "on tcp when bytes > 1",
      "            ^", "must stand inside an aggregate, such as sum(bytes)" },
    { "on tcp when count() = 1",
      "                    ^", "'=' is no operator: write '=='" },
    { "on tcp when count() => 1",
      "                    ^", "write '>='" },
    { "on tcp when count() > 1 and count() < 3",
      "                        ^", "write '&&' in a predicate, not 'and'" },
    { "on tcp when count() > 1 OR count() < 3",
      "                        ^", "write '||' in a predicate, not 'OR'" },
    { "on tcp when not count() > 1",
      "            ^", "write '!' in a predicate, not 'not'" },
    { "on tcp when count() > 1 & count() < 3",
      "                        ^", "write '&&' in a predicate, not '&'" },
    { "on tcp when sum(is_syn && is_fin) > 1",
      "                       ^", "write '&' inside an aggregate, not '&&'" },
    { "on tcp when sum(is_syn or is_fin) > 1",
      "                       ^", "write '|' inside an aggregate, not 'or'" },
    { "on tcp when sum(max(bytes)) > 1",
      "                ^", "does not stand inside another one" },
    { "on tcp by 5tuple when sum(seq) > 1",
      "                          ^", "'seq' is the state of a flow" },
    { "on tcp by nw_src when ack > 1",
      "                      ^", "expected 5tuple in the granularity" },
    { "on tcp when sum(bytes)[1] > 1",
      "                       ^", "expected [-1] .. [-8]" },
    { "on tcp when sum(bytes)[-9] > 1",
      "                        ^", "expected [-1] .. [-8]" },
    { "on tcp when sum(bytes)[-0] > 1",
      "                        ^", "expected [-1] .. [-8]" },
    { "on tcp when sum(bytes)[-1K] > 1",
      "                        ^", "expected [-1] .. [-8]" },
    { "on tcp when sum(bytes)[-1 > 1",
      "                          ^", "expected ']', not '>'" },
    { "on tcp when sum(bytes) > 125 KB",
      "                             ^", "write 125KB" },
    { "on tcp when sum(bytes) > 125kb",
      "                            ^", "unit 'kb' (did you mean 'KB'?)" },
    { "on tcp when sum(bytes) > 1e6",
      "                          ^", "numbers have no exponent" },
    { "on tcp when sum(bytes) > 0x10",
      "                          ^", "not a hexadecimal" },
    { "on tcp when sum(bytes) > .5",
      "                         ^", "as in 0.5" },
    { "on tcp when sum(bytes) > 5.",
      "                          ^", "digits on both sides" },
    { "on tcp when sum(bytes) > 1.2.3",
      "                            ^", "expected one decimal point" },
    { "on tcp when sum(is_syn) > 10 %",
      "                             ^", "without a space" },
    { "on tcp when sum(is_syn) > 10% + 1",
      "                          ^", "must stand alone" },
    { "on tcp when sum(is_syn) > 2 * 10%",
      "                              ^", "must stand alone" },
    { "on tcp when sum(is_syn) > -10%",
      "                           ^", "must stand alone" },
    { "on tcp when sum(is_syn) > (10%)",
      "                              ^", "expected a comparison" },
    { "on tcp when sum(is_syn) > 1K%",
      "                           ^", "percentage without a unit" },
    { "on tcp when 10% > 20%",
      "                  ^", "only one side may be a percentage" },
    { "on tcp when sum(bytes > 10%) > 1",
      "                        ^", "must stand alone" },
    { "on tcp when 1 < count() < 3",
      "                        ^", "write 'a < b && b < c'" },
    { "on tcp when sum(1 < bytes < 3) > 1",
      "                          ^", "write 'a < b & b < c'" },
    { "on tcp when count()",
      "                   ^", "expected a comparison (> >= < <= == !=), "
      "but the text ends here" },
    { "on tcp when count() && count() > 1",
      "                    ^", "expected a comparison" },
    { "on tcp when (count() > 1) + 3 > 1",
      "            ^", "expected a number here, not a comparison" },
    { "on tcp when 3 * (count() > 1) > 1",
      "                ^", "expected a number here, not a comparison" },
    { "on tcp when -(count() > 1) > 1",
      "             ^", "expected a number here, not a comparison" },
    { "on tcp when 3 + !count() > 1",
      "                ^", "'!' applies to a whole comparison" },
    { "on tcp when avg(rtt * bytes) > 3",
      "                      ^", "'rtt' must not stand in one value" },
    { "on tcp when avg(bytes + rtt) > 3",
      "                        ^", "'rtt' must not stand in one value" },
    { "on tcp when count() > 1 by nw_src",
      "                        ^", "'by', 'every' and 'over' before 'when'" },
    { "on tcp when count() > 1 every 10ms",
      "                        ^", "'by', 'every' and 'over' before 'when'" },
    { "on tcp when count() > 1)",
      "                       ^", "expected an operator, an option or the "
      "end, not ')'" },
    { "on tcp when count() > 1 reprot rising",
      "                        ^", "an option or the end, not 'reprot' (did "
      "you mean 'report'?)" },
    { "on tcp when count() > 1 over 3",
      "                        ^", "'over' before 'when'" },
    { "on tcp when count() > 1 top 3 over 3",
      "                              ^", "expected 'over' before the "
      "predicate" },
    { "on tcp when count() > 1 top 3 top 3",
      "                              ^", "'top' is given twice" },
    { "on tcp when count() > 1 top 3 hlod 1s",
      "                              ^", "expected 'report' or 'hold' or the "
      "end, not 'hlod' (did you mean 'hold'?)" },
    { "on tcp when count() > 1 report",
      "                              ^", "expected 'every' or 'rising'" },
    { "on tcp when count() > 1 report risng",
      "                               ^", "not 'risng' (did you mean "
      "'rising'?)" },
    { "on tcp when count() > 1 report hold 1s",
      "                               ^", "expected 'every' or 'rising'" },
    { "on tcp when count() > 1 top",
      "                           ^", "expected a number of flows, 0 to 32, "
      "after 'top'" },
    { "on tcp when count() > 1 top 33",
      "                            ^", "expected a number of flows, 0 to 32, "
      "not '33'" },
    { "on tcp when count() > 1 top -1",
      "                            ^", "not '-1'" },
    { "on tcp when count() > 1 top 18446744073709551617",
      "                            ^", "not '18446744073709551617'" },
    { "on tcp when count() > 1 hold",
      "                            ^", "expected a duration such as 10ms "
      "after 'hold'" },
    { "on tcp every 20ms when count() > 1 hold 30ms",
      "                                        ^", "hold-off 30ms is not a "
      "multiple of the interval, which is 20ms" },
    { "on tcp when count() > 1 hold 10",
      "                               ^", "expected a unit" },
    { "on tcp when count() > 1 hold 10 ms",
      "                                ^", "write 10ms" },
    { "on tcp when count() > 1 hold 0ms",
      "                             ^", "more than 0" },
    { "on tcp over when count() > 1",
      "            ^", "expected a number of intervals, 1 to 64, after "
      "'over'" },
    { "on tcp over 0 when count() > 1",
      "            ^", "1 to 64, not '0'" },
    { "on tcp over 65 when count() > 1",
      "            ^", "1 to 64, not '65'" },
    { "on tcp over 30ms when count() > 1",
      "            ^", "1 to 64, not '30ms'" },
    { "on tcp over 3 every 10ms when count() > 1",
      "              ^", "unexpected 'every'" },
    { "on tcp every 9000000000000s over 2 when count() > 1",
      "                                 ^", "window is too long" },
    { "on tcp report rising when count() > 1",
      "       ^", "'report' stands behind the predicate: expected 'when' "
      "first" },
    { "on tcp when port(rx_dropped) > 0",
      "            ^", "expected in_port in the granularity or the match" },
    { "on tcp by in_port when port(rx_drops) > 0",
      "                            ^", "unknown port counter 'rx_drops' (did "
      "you mean 'rx_dropped'?)" },
    { "on tcp by in_port when port(collisions) > 0",
      "                            ^", "expected rx_dropped, rx_errors, "
      "rx_missed, rx_nombuf, tx_dropped, tx_errors, tx_failed, qdisc_drops "
      "or qdisc_backlog" },
    { "on tcp by in_port when port() > 0",
      "                            ^", "expected a counter such as "
      "rx_dropped, not ')'" },
    { "on tcp by in_port when port > 0",
      "                            ^", "expected '(' and a counter" },
    { "on tcp by in_port when port(rx_dropped + 1) > 0",
      "                                       ^", "expected ')'" },
    { "on tcp by in_port when sum(port(rx_dropped)) > 0",
      "                           ^", "'port' is the counter of a port" },
    { "on tcp by in_port when prot(rx_dropped) > 0",
      "                       ^", "(did you mean 'port'?)" },
    { "on tcp when (count() > 1",
      "                        ^", "expected an operator or ')'" },
    { "on tcp when sum() > 1",
      "                ^", "expected a packet variable or a number" },
    { "on tcp when sum > 1",
      "                ^", "expected '('" },
    { "on tcp when count() > 1 # often",
      "                        ^", "unexpected character '#'" },
    { "on tcp when count() \xe2\x89\xa5 1",
      "                    ^", "unexpected character '\xe2\x89\xa5'" },
    { "on tcp when count()\n> 1",
      "                   ^", "unexpected character 0x0a" },
    { "on tcp when count() \xff 1",
      "^", "expected UTF-8" },
};

/* Checks that 'text' gives an error at 'offset' that contains 'message'. */
static void
check_error(const char *text, size_t offset, const char *message)
{
    struct event *event;
    char *error = event_parse(text, NULL, EPOCH_US, &event);
    char *position = xasprintf("trigger:1:%"PRIuSIZE": ", offset + 1);

    ck_assert_msg(error != NULL, "%s: no error", text);
    ck_assert(event == NULL);
    ck_assert_msg(!strncmp(error, position, strlen(position)),
                  "%s: expected at %s, got %s", text, position, error);
    ck_assert_msg(strstr(error, message) != NULL,
                  "%s: expected \"%s\", got %s", text, message, error);
    ck_assert_msg(!strchr(error, '\n'), "%s", error);
    free(position);
    free(error);
}

START_TEST(test_errors)
{
    check_error(errors[_i].text, strlen(errors[_i].mark) - 1,
                errors[_i].message);
}
END_TEST

START_TEST(test_source)
{
    const struct event_source source = {
        .name = "rules", .line = 7, .column = 5,
    };
    struct event *event;
    char *error = event_parse("on tcp", &source, EPOCH_US, &event);

    ck_assert_msg(!strncmp(error, "rules:7:11: ", 12), "%s", error);
    free(error);

    error = event_parse("on any when count() > 1", NULL, 0, &event);
    ck_assert_msg(strstr(error, "epoch") != NULL, "%s", error);
    free(error);
}
END_TEST

/* Appends 'n' times 's'. */
static void
put_repeated(struct ds *ds, const char *s, int n)
{
    for (int i = 0; i < n; i++) {
        ds_put_cstr(ds, s);
    }
}

/* Checks that 100 times "open" before and "close" after "middle" are good, and
 * once more is not. */
static void
check_depth(const char *open, const char *middle, const char *close)
{
    for (int n = 100; n <= 2000; n = n == 100 ? 101 : n * 2) {
        struct ds ds = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&ds, "on any when ");
        put_repeated(&ds, open, n);
        ds_put_cstr(&ds, middle);
        put_repeated(&ds, close, n);
        ds_put_cstr(&ds, *open == '(' ? " || 1 > 2" : "");
        if (n == 100) {
            event_unref(unit_parse(ds_cstr(&ds)));
        } else if (ds.length <= 4096) {
            check_error(ds_cstr(&ds), 12 + 101 * strlen(open),
                        "at most 100 levels of nesting");
        }
        ds_destroy(&ds);
    }
}

START_TEST(test_depth)
{
    check_depth("(", "count() > 1", ")");
    check_depth("-", "count() > 1", "");
}
END_TEST

/* The normal form of "!a > b" is "!(a > b)", one level deeper. */
START_TEST(test_normal_depth)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&ds, "on any when ");
    put_repeated(&ds, "!", 99);
    ds_put_cstr(&ds, "count() > 1");
    event_unref(unit_parse(ds_cstr(&ds)));

    ds_clear(&ds);
    ds_put_cstr(&ds, "on any when ");
    put_repeated(&ds, "!", 100);
    ds_put_cstr(&ds, "count() > 1");
    check_error(ds_cstr(&ds), 0, "at most 100 levels of nesting");

    ds_clear(&ds);
    ds_put_cstr(&ds, "on any when ");
    put_repeated(&ds, "!", 4000);
    check_error(ds_cstr(&ds), 12 + 101, "at most 100 levels of nesting");
    ds_destroy(&ds);
}
END_TEST

START_TEST(test_length)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    /* 4096 bytes of blanks around an event are one, 4097 are none. */
    ds_put_cstr(&ds, "on any when count() > 1");
    ds_put_char_multiple(&ds, ' ', 4096 - ds.length);
    event_unref(unit_parse(ds_cstr(&ds)));
    ds_put_char(&ds, ' ');
    check_error(ds_cstr(&ds), 4096, "at most 4096 bytes");

    /* Units are shorter than what they stand for. */
    ds_clear(&ds);
    ds_put_cstr(&ds, "on any when count() > 1");
    put_repeated(&ds, "+1T", 1000);
    check_error(ds_cstr(&ds), 0, "at most 4096 bytes");

    ds_clear(&ds);
    ds_put_cstr(&ds, "on any when count() > 1");
    put_repeated(&ds, "0", 400);
    check_error(ds_cstr(&ds), 22, "number is too large");
    ds_destroy(&ds);
}
END_TEST

/* Each level of nesting leaves operands waiting on the evaluation stack. */
START_TEST(test_stack)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct event *event;
    char *error;

    ds_put_cstr(&ds, "on any when count(");
    put_repeated(&ds, "ttl|ttl&ttl>ttl+ttl*(", 60);
    ds_put_cstr(&ds, "ttl");
    put_repeated(&ds, ")", 60);
    ds_put_cstr(&ds, ") > 1");
    error = event_parse(ds_cstr(&ds), NULL, EPOCH_US, &event);
    ck_assert_msg(error && strstr(error, "less nesting"), "%s", error);
    free(error);
    ds_destroy(&ds);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("event-errors");
    TCase *tcase = tcase_create("errors");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_errors, 0, ARRAY_SIZE(errors));
    tcase_add_test(tcase, test_source);
    tcase_add_test(tcase, test_depth);
    tcase_add_test(tcase, test_normal_depth);
    tcase_add_test(tcase, test_length);
    tcase_add_test(tcase, test_stack);
    suite_add_tcase(suite, tcase);
    return suite;
}
