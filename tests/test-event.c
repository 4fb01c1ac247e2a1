/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/event.h"

#include "event-unit.h"
#include "tests/unit.h"

/* The reference events of the contract and what they become. */
static const struct {
    const char *text;
    const char *normal;
} references[] = {
    { "on ip,nw_dst=10.0.128.0/24 by 5tuple every 10ms "
      "when sum(volume) > 125KB",
      "on ip,nw_dst=10.0.128.0/24 by 5tuple every 10ms "
      "when sum(volume) > 125000" },
    { "on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms "
      "when sum(is_lost & is_burst) > 10%",
      "on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms "
      "when sum(is_lost&is_burst) > 10%" },
    { "on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms "
      "when 1 - (ack - ack[-1] + dup) / (seq[-1] - ack[-1]) > 0.5",
      "on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms "
      "when 1 - (ack - ack[-1] + dup) / (seq[-1] - ack[-1]) > 0.5" },
    { "on tcp,nw_dst=10.0.128.30,tp_dst=80 by nw_dst,tp_dst every 10ms "
      "when sum(volume) > 100MB",
      "on tcp,nw_dst=10.0.128.30,tp_dst=80 by nw_dst,tp_dst every 10ms "
      "when sum(volume) > 100000000" },
    { "on tcp,nw_src=10.0.128.0/20,nw_dst=10.20.93.0/24 "
      "by nw_src/24,nw_dst/24 every 10ms when sum(is_lost) > 100",
      "on tcp,nw_src=10.0.128.0/20,nw_dst=10.20.93.0/24 "
      "by nw_src/24,nw_dst/24 every 10ms when sum(is_lost) > 100" },
    { "on ip,nw_src=10.0.128.0/20,nw_dst=10.0.128.0/20 "
      "by nw_src/24,nw_dst/24 every 1s when sum(volume) > 10GB",
      "on ip,nw_src=10.0.128.0/20,nw_dst=10.0.128.0/20 "
      "by nw_src/24,nw_dst/24 every 1s when sum(volume) > 10000000000" },
    { "on tcp by nw_dst,tp_dst every 100ms "
      "when count(rtt) > 20 && avg(rtt) > 5ms",
      "on tcp by nw_dst,tp_dst every 100ms "
      "when count(rtt) > 20 && avg(rtt) > 5000" },
    { "on tcp,nw_src=10.0.0.9 every 1s when count() == 0",
      "on tcp,nw_src=10.0.0.9 every 1s when count() == 0" },
    { "on ip by nw_dst every 100ms "
      "when sum(bytes) > 10 * sum(bytes)[-1] && sum(bytes) > 1MB",
      "on ip by nw_dst every 100ms "
      "when sum(bytes) > 10 * sum(bytes)[-1] && sum(bytes) > 1000000" },
};

START_TEST(test_references)
{
    struct event *event = unit_parse(references[_i].text);

    ck_assert_str_eq(event->text, references[_i].normal);
    event_unref(event);
}
END_TEST

/* Other texts and their normal forms. */
static const struct {
    const char *text;
    const char *normal;
} normals[] = {
    { "on any when count()>1", "on any every 10ms when count() > 1" },
    { " on\tany  by none every 60s\twhen(count() > 1 ) ",
      "on any every 60s when count() > 1" },
    { "on any every 1000000us when count() > 1",
      "on any every 1s when count() > 1" },
    { "on any every 2010ms when count() > 1",
      "on any every 2010ms when count() > 1" },
    { "on any when !count() > 3", "on any every 10ms when !(count() > 3)" },
    { "on any when !(!((count() > 3)))",
      "on any every 10ms when !!(count() > 3)" },
    { "on any when (1 > 2 && 3 > 4) && (5 > 6) || (7 > 8 && 9 > 1)",
      "on any every 10ms when "
      "1 > 2 && 3 > 4 && 5 > 6 || 7 > 8 && 9 > 1" },
    { "on any when 1 > 2 && (3 > 4 && 5 > 6) || (7 > 8 || 9 > 1)",
      "on any every 10ms when "
      "1 > 2 && (3 > 4 && 5 > 6) || (7 > 8 || 9 > 1)" },
    { "on any when (1 > 2 || 3 > 4) && (5 > 6)",
      "on any every 10ms when (1 > 2 || 3 > 4) && 5 > 6" },
    { "on any when (1 + 2) - (3 - (4)) > -(-5) * -(6 / 7)",
      "on any every 10ms when 1 + 2 - (3 - 4) > --5 * -(6 / 7)" },
    { "on any when 10% <= sum(bytes)",
      "on any every 10ms when 10% <= sum(bytes)" },
    { "on any when avg(rtt) > 1 && sum(bytes) > 1",
      "on any every 10ms when avg(rtt) > 1 && sum(bytes) > 1" },
    { "on any when sum((bytes - 14) * packets) > 1.5KiB",
      "on any every 10ms when sum((bytes-14)*packets) > 1536" },
    { "on any when count(bytes > 1.5KB) > 0.001K",
      "on any every 10ms when count(bytes>1500) > 1" },
    { "on any when count(!is_syn & (ecn)) > 1",
      "on any every 10ms when count(!is_syn&ecn) > 1" },
    { "on any when count(!(is_syn & ecn)) > 1",
      "on any every 10ms when count(!(is_syn&ecn)) > 1" },
    { "on any when count((ttl > 1) > (ttl < 3)) > 1",
      "on any every 10ms when count((ttl>1)>(ttl<3)) > 1" },
    { "on any when sum(bytes) [ - 8 ] > 1.001K + 2Ti + 3s + 4us + 1TB",
      "on any every 10ms when sum(bytes)[-8] > "
      "1001 + 2199023255552 + 3000000 + 4 + 1000000000000" },

    /* Windows and options. */
    { "on any over 3 when count() > 1",
      "on any every 10ms over 3 when count() > 1" },
    { "on any by nw_src every 20ms over 64 when count() > 1",
      "on any by nw_src every 20ms over 64 when count() > 1" },
    { "on any over 1 when count() > 1 report every top 5",
      "on any every 10ms when count() > 1" },
    { "on any when count() > 1 top 0 hold 1000ms\treport  rising ",
      "on any every 10ms when count() > 1 report rising hold 1s top 0" },
    { "on any when (count() > 1)hold 10ms",
      "on any every 10ms when count() > 1 hold 10ms" },
    { "on any by 5tuple when count() > 10% top 32",
      "on any by 5tuple every 10ms when count() > 10% top 32" },
    { "on any by in_port when port ( rx_dropped ) [ -1 ] > 0",
      "on any by in_port every 10ms when port(rx_dropped)[-1] > 0" },
    { "on in_port=vm1 when port(qdisc_backlog) > 1MB",
      "on in_port=vm1 every 10ms when port(qdisc_backlog) > 1000000" },
};

START_TEST(test_normal_form)
{
    struct event *event = unit_parse(normals[_i].text);

    ck_assert_str_eq(event->text, normals[_i].normal);
    event_unref(event);
}
END_TEST

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

/* Every text, cut after every byte, is an event or an error. */
START_TEST(test_cut)
{
    const char *text = references[_i].text;

    for (size_t n = 0; n <= strlen(text); n++) {
        char *cut = xmemdup0(text, n);
        struct event *event;

        free(event_parse(cut, NULL, EPOCH_US, &event));
        event_unref(event);
        free(cut);
    }
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

START_TEST(test_measures)
{
    static const struct {
        const char *aggregate;
        size_t measure;
        unsigned lag;
    } expected[] = {
        { "count()", 0, 0 },
        { "sum(packets)[-2]", 0, 2 },
        { "sum(bytes)", 1, 0 },
        { "sum(volume)", 2, 0 },
        { "avg(bytes)", 3, 0 },
        { "avg(bytes)[-3]", 3, 3 },
        { "count(bytes>1500)", 4, 0 },
        { "count(bytes>1501)", 5, 0 },
        { "seq", 6, 0 },
        { "seq[-1]", 6, 1 },
        { "port(tx_errors)", 7, 0 },
        { "port(rx_dropped)", 8, 0 },
    };
    static const enum measure_kind kinds[] = {
        MEASURE_PACKETS, MEASURE_BYTES, MEASURE_VOLUME, MEASURE_AVG,
        MEASURE_COUNT, MEASURE_COUNT, MEASURE_SEQ, MEASURE_PORT, MEASURE_PORT,
    };
    struct event *event = unit_parse(
        "on any by in_port,5tuple when "
        "count() + sum(packets)[-2] > sum(bytes) && "
        "sum(volume) > avg(bytes) - avg((bytes))[-3] && "
        "count(bytes > 1.5KB) > 1 || count(bytes>1500) > 1 || "
        "count(bytes > 1501) > seq + seq[-1] || "
        "port(tx_errors) > port(rx_dropped) || "
        "sum(bytes) > 10%");

    ck_assert_uint_eq(event->n_aggregates, ARRAY_SIZE(expected));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        ck_assert_str_eq(event->aggregates[i].text, expected[i].aggregate);
        ck_assert_uint_eq(event->aggregates[i].measure, expected[i].measure);
        ck_assert_uint_eq(event->aggregates[i].lag, expected[i].lag);
    }
    ck_assert_uint_eq(event->n_measures, ARRAY_SIZE(kinds));
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        ck_assert_uint_eq(event->measures[i].kind, kinds[i]);
        ck_assert_int_eq(!event->measures[i].value,
                         measure_kind_is_base(kinds[i])
                         || measure_kind_is_asked(kinds[i]));
        ck_assert_int_eq(measure_kind_is_asked(kinds[i]),
                         measure_kind_is_state(kinds[i])
                         || kinds[i] == MEASURE_PORT);
    }
    ck_assert_uint_eq(event->measures[7].counter, PORT_COUNTER_TX_ERRORS);
    ck_assert_uint_eq(event->counters, (1u << PORT_COUNTER_TX_ERRORS
                                        | 1u << PORT_COUNTER_RX_DROPPED));
    ck_assert_uint_eq(event->max_lag, 3);
    ck_assert(event->reads_state);
    ck_assert_uint_eq(event->variables, (1u << VAR_PACKETS | 1u << VAR_BYTES
                                         | 1u << VAR_VOLUME));
    event_unref(event);
}
END_TEST

/* A percentage brings count(), also where the text has none. */
START_TEST(test_percent_count)
{
    struct event *event = unit_parse("on any when 10% < sum(is_syn)");

    ck_assert_uint_eq(event->n_aggregates, 2);
    ck_assert_str_eq(event->aggregates[0].text, "count()");
    ck_assert_str_eq(event->aggregates[1].text, "sum(is_syn)");
    ck_assert_uint_eq(event->variables, 1u << VAR_IS_SYN);
    ck_assert_uint_eq(event->interval_us, EPOCH_US);
    event_unref(event);
}
END_TEST

/* What a text's options become, and by what flows are ranked. */
START_TEST(test_options)
{
    static const struct {
        const char *text;
        unsigned over, top;
        enum event_report report;
        uint64_t hold_us;
        const char *top_by;     /* Null: packets. */
    } cases[] = {
        { "on any when max(ttl) > 1",
          1, 5, EVENT_REPORT_EVERY, 0, NULL },
        { "on any over 7 when max(ttl) > sum(bytes)[-1] + sum(ttl) "
          "report rising hold 3s top 0",
          7, 0, EVENT_REPORT_RISING, 3000000, "sum(ttl)" },
        { "on any when avg(ttl) > 10% && min(ttl) > 3 top 32",
          1, 32, EVENT_REPORT_EVERY, 0, NULL },
        { "on any when avg(ttl) > 10% && sum(volume) > count() hold 10ms",
          1, 5, EVENT_REPORT_EVERY, 10000, "sum(volume)" },
        { "on any when avg(ttl) > 10% && count() > sum(volume)",
          1, 5, EVENT_REPORT_EVERY, 0, "count()" },
        { "on any when count(is_syn) > 10%",
          1, 5, EVENT_REPORT_EVERY, 0, "count(is_syn)" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct event *event = unit_parse(cases[i].text);

        ck_assert_uint_eq(event->over, cases[i].over);
        ck_assert_uint_eq(event->top, cases[i].top);
        ck_assert_int_eq(event->report, cases[i].report);
        ck_assert_uint_eq(event->hold_us, cases[i].hold_us);
        if (cases[i].top_by) {
            ck_assert_str_eq(event->aggregates[event->top_aggregate].text,
                             cases[i].top_by);
        } else {
            ck_assert(event->top_aggregate == EVENT_TOP_COUNT);
        }
        event_unref(event);
    }
}
END_TEST

START_TEST(test_reference_count)
{
    struct event *event = unit_parse("on any when count() > 1");

    ck_assert_ptr_eq(event_ref(event), event);
    event_unref(event);
    ck_assert_str_eq(event->text, "on any every 10ms when count() > 1");
    event_unref(event);
    event_unref(NULL);
}
END_TEST

START_TEST(test_duration)
{
    ck_assert_uint_eq(event_parse_duration("10ms"), 10000);
    ck_assert_uint_eq(event_parse_duration("1us"), 1);
    ck_assert_uint_eq(event_parse_duration("3s"), 3000000);
    ck_assert_uint_eq(event_parse_duration("9223372036854775807us"),
                      INT64_MAX);
    ck_assert_uint_eq(event_parse_duration("9223372036854775808us"), 0);
    ck_assert_uint_eq(event_parse_duration("9223372036855s"), 0);
    ck_assert_uint_eq(event_parse_duration(""), 0);
    ck_assert_uint_eq(event_parse_duration("10"), 0);
    ck_assert_uint_eq(event_parse_duration("0ms"), 0);
    ck_assert_uint_eq(event_parse_duration("10 ms"), 0);
    ck_assert_uint_eq(event_parse_duration("10ms "), 0);
    ck_assert_uint_eq(event_parse_duration("-10ms"), 0);
    ck_assert_uint_eq(event_parse_duration("1.5ms"), 0);
}
END_TEST

START_TEST(test_name)
{
    char name[66];

    memset(name, 'x', sizeof name);
    name[65] = '\0';
    ck_assert(!event_name_is_valid(name));
    name[64] = '\0';
    ck_assert(event_name_is_valid(name));
    ck_assert(event_name_is_valid("Az09_.-"));
    ck_assert(!event_name_is_valid(""));
    ck_assert(!event_name_is_valid("a b"));
    ck_assert(!event_name_is_valid("a:"));
    ck_assert(!event_name_is_valid("\xc3\xa4"));
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("event");
    TCase *tcase = tcase_create("event");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_references, 0, ARRAY_SIZE(references));
    tcase_add_loop_test(tcase, test_normal_form, 0, ARRAY_SIZE(normals));
    tcase_add_loop_test(tcase, test_errors, 0, ARRAY_SIZE(errors));
    tcase_add_loop_test(tcase, test_cut, 0, ARRAY_SIZE(references));
    tcase_add_test(tcase, test_source);
    tcase_add_test(tcase, test_depth);
    tcase_add_test(tcase, test_normal_depth);
    tcase_add_test(tcase, test_length);
    tcase_add_test(tcase, test_stack);
    tcase_add_test(tcase, test_measures);
    tcase_add_test(tcase, test_percent_count);
    tcase_add_test(tcase, test_options);
    tcase_add_test(tcase, test_reference_count);
    tcase_add_test(tcase, test_duration);
    tcase_add_test(tcase, test_name);
    suite_add_tcase(suite, tcase);
    return suite;
}
