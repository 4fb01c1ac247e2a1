#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""What goes beyond one interval and one report: over, report rising, hold,
top and port().  Each test is a sentence of the language's description, worked
out by hand."""

import random
import re
import unittest

import compare
import frames
import generate
import language
import mutate
import oracle
import tally
import tcp
from test_tcp import A, B, arp, packets_of, run, udp


def ticks(*intervals, **more):
    """One packet of 142 bytes in the middle of each interval of 10 ms."""
    return [udp(10 * interval + 5, **more) for interval in intervals]


def in_order(*sent):
    return sorted(sum(sent, []), key=lambda record: record[0])


def brief(spec, *sent):
    """Returns (event, number of the first and last interval) of each line,
    intervals being of 10 ms."""
    return [(line['event'], line['interval_start_us'] // 10000,
             (line['interval_start_us'] + line['interval_us']) // 10000 - 1)
            for line in run(spec, *sent)]


def ends(spec, *sent):
    """Returns the last interval of each line; of cleared ones negative."""
    return [last if event == 'satisfied' else -last
            for event, _, last in brief(spec, *sent)]


def by_window(text, *sent, head='on any over 2'):
    """Returns what 'text' is in each window, by its last interval."""
    lines = run('%s when %s == 0 || !(%s == 0)' % (head, text, text), *sent)
    return {line['interval_start_us'] // 10000
            + line['interval_us'] // 10000 - 1: value
            for line in lines for value in line['values'].values()}


class Over(unittest.TestCase):
    def test_window(self):
        sent = ticks(0, 1, 1, 2)
        self.assertEqual(
            brief('on any every 10ms over 2 when count() > 0', *sent),
            [('satisfied', 0, 1), ('satisfied', 1, 2)])
        line = run('on any over 2 when count() > 0', *sent)[0]
        self.assertEqual((line['interval_start_us'], line['interval_us'],
                          line['packets'], line['complete']),
                         (0, 20000, 3, True))

    def test_the_default_is_one(self):
        sent = ticks(0, 1, 1, 3)
        for spec in ('on any when count() >= 0',
                     'on udp by nw_src when count() > 0'):
            self.assertEqual(
                run(spec, *sent), run(spec.replace('when', 'over 1 when'),
                                      *sent))

    def test_an_event_on_a_boundary_is_not_split(self):
        sent = [*ticks(0), udp(19), udp(21), *ticks(4)]
        self.assertEqual(ends('on any when count() == 2', *sent), [])
        self.assertEqual(ends('on any over 2 when count() == 2', *sent),
                         [1, 2])
        self.assertEqual(ends('on any over 3 when count() == 3', *sent), [2])

    def test_aggregates_are_over_the_window(self):
        sent = (udp(5, bytes(10)), udp(15, bytes(20)), udp(25, bytes(60)),
                arp(26))
        self.assertEqual(by_window('sum(volume)', *sent), {1: 30, 2: 80})
        self.assertEqual(by_window('max(volume)', *sent), {1: 20, 2: 60})
        self.assertEqual(by_window('min(ttl*volume)', *sent),
                         {1: 640, 2: 1280})
        self.assertEqual(by_window('avg(volume)', *sent), {1: 15, 2: 80 / 3})
        self.assertEqual(by_window('count(volume>10)', *sent), {1: 1, 2: 2})
        self.assertEqual(by_window('avg(ttl)', arp(5), arp(15), arp(25)),
                         {1: None, 2: None})

    def test_percent_is_of_the_window(self):
        # 1 of 2, then 1 of 4.
        sent = udp(5, bytes(9)), udp(15), udp(25), udp(26), udp(35, bytes(9))
        self.assertEqual(
            ends('on any over 3 when count(volume == 9) == 25%', *sent),
            [2, 3])
        self.assertEqual(
            ends('on any over 2 when 50% <= count(volume == 9)', *sent), [1])

    def test_earlier_windows_overlap(self):
        sent = ticks(0, *[1] * 2, *[2] * 4, *[3] * 8)
        self.assertEqual(by_window('count()', *sent), {1: 3, 2: 6, 3: 12})
        self.assertEqual(by_window('count()[-1]', *sent),
                         {1: None, 2: 3, 3: 6})
        self.assertEqual(by_window('count()[-2]', *sent),
                         {1: None, 2: None, 3: 3})

    def test_the_first_window_was_wholly_observed(self):
        self.assertEqual(ends('on any over 3 when count() > 0',
                              arp(25), *ticks(3, 5)), [4, 5])
        self.assertEqual(ends('on udp by nw_src over 3 when count() > 0',
                              arp(25), *ticks(3, 5)), [4, 5])
        # Intervals of 20 ms: the one of 10 ms begins at 0.
        self.assertEqual(ends('on any every 20ms over 2 when count() > 0',
                              *ticks(1, 2, 4)), [3, 5])
        self.assertEqual(ends('on any over 3 when count() > 0',
                              *ticks(0, 1)), [])

    def test_a_key_is_tested_while_a_packet_is_in_the_window(self):
        sent = arp(5), udp(25), arp(75)
        self.assertEqual(ends('on udp by tp_dst over 3 when count() >= 0',
                              *sent), [2, 3, 4])
        self.assertEqual(ends('on udp over 3 when count() >= 0', *sent),
                         [2, 3, 4, 5, 6, 7])
        # Nothing is tested after the last packet's interval.
        self.assertEqual(ends('on udp by tp_dst over 3 when count() >= 0',
                              *sent[:2], arp(35)), [2, 3])

    def test_reverse_segments_in_the_window(self):
        sent = A(5, 100, 10), B(35, ack=110), arp(85)
        spec = 'on tcp,nw_src=10.0.0.1 by 5tuple over 2 when '
        self.assertEqual(ends(spec + 'seq > 0', *sent), [1, 3, 4])
        self.assertEqual(ends(spec + 'count() >= 0', *sent), [1])
        self.assertEqual(
            [line['packets'] for line in run(spec + 'seq > 0', *sent)],
            [1, 0, 0])

    def test_samples_of_the_window(self):
        sent = (A(1, 100, 10), B(4, ack=110), A(11, 110, 10),
                B(16, ack=120), arp(25))
        spec = 'on tcp,tp_dst=80 by nw_src over 2 when avg(rtt) > 0'
        self.assertEqual([(line['packets'], line['values'])
                          for line in run(spec, *sent)],
                         [(2, {'avg(rtt)': 4000}), (1, {'avg(rtt)': 5000})])

    FROM_A = 'on tcp,nw_src=10.0.0.1 by 5tuple over 2'

    def test_seq_and_ack_are_those_at_the_end(self):
        sent = (A(5, 100, 10), B(6, ack=110), A(15, 110, 10), A(25, 120, 5),
                B(26, ack=121), A(35, 125, 5))
        self.assertEqual(by_window('seq', *sent, head=self.FROM_A),
                         {1: 120, 2: 125, 3: 130})
        self.assertEqual(by_window('ack', *sent, head=self.FROM_A),
                         {1: 110, 2: 121, 3: 121})
        # Window 0 was not wholly observed.
        self.assertEqual(by_window('seq[-1]', *sent, head=self.FROM_A),
                         {1: None, 2: 120, 3: 125})
        self.assertEqual(by_window('ack[-2]', *sent, head=self.FROM_A),
                         {1: None, 2: None, 3: 110})

    def test_dup_is_that_of_the_window(self):
        sent = (A(1, 100, 10), A(2, 110, 10), B(3, ack=110), B(4, ack=110),
                B(15, ack=110), A(16, 120, 30), B(25, ack=110), A(35, 150, 1))
        # One in interval 0, 1 and 2 each; the largest payload is 30 from
        # interval 1 on.
        self.assertEqual(by_window('dup', *sent, head=self.FROM_A),
                         {1: 60, 2: 60, 3: 30})
        self.assertEqual(by_window('dup[-1]', *sent, head=self.FROM_A),
                         {1: None, 2: 60, 3: 60})
        self.assertEqual(by_window('dup', *sent, head=self.FROM_A.replace(
            'over 2', 'over 1')), {0: 10, 1: 30, 2: 30, 3: 0})

    def test_dup_is_of_the_current_life(self):
        first = (A(1, 100, 10), B(2, ack=100), B(3, ack=100))
        new = (A(12, 900, 0, flags='S'), A(13, 901, 20), B(14, ack=901),
               B(15, ack=901), B(16, ack=901))
        self.assertEqual(by_window('dup', *first, A(12, 110, 10),
                                   head=self.FROM_A), {1: 10})
        self.assertEqual(by_window('dup', *first, *new, head=self.FROM_A),
                         {1: 40})

    def test_order_is_by_the_windows_end(self):
        triggers = [oracle.parse_named(name, spec, 10000) for name, spec in (
            ('a', 'on any over 3 when count() > 0'),
            ('b', 'on any when count() > 0'),
            ('c', 'on any every 20ms when count() > 0'))]
        lines, _ = oracle.evaluate(triggers, packets_of(ticks(0, 1, 2, 3)))
        self.assertEqual(''.join(line['trigger'] for line in lines),
                         'bbcababc')

    def test_a_place_is_that_of_the_last_packet_in_the_window(self):
        sent = A(5, 100, 10, vlan=1), A(15, 100, 90, vlan=2), A(25, 110, 10,
                                                               vlan=1)
        self.assertEqual(by_window('seq', *sent, head=self.FROM_A),
                         {1: 190, 2: 120})


class Rising(unittest.TestCase):
    def test_every_is_the_default(self):
        sent = ticks(0, 1, 3)
        self.assertEqual(ends('on any when count() > 0', *sent), [0, 1, 3])
        self.assertEqual(ends('on any when count() > 0 report every', *sent),
                         [0, 1, 3])

    def test_the_first_of_a_run_and_when_it_ends(self):
        self.assertEqual(ends('on any when count() > 0 report rising',
                              *ticks(1, 2, 3, 5, 7, 8), arp(95)),
                         [1, -4, 5, -6, 7])
        self.assertEqual(ends('on udp when count() > 0 report rising',
                              *ticks(1, 2, 3, 5, 7, 8), arp(95)),
                         [1, -4, 5, -6, 7, -9])

    def test_a_key_that_is_not_tested_is_not_satisfied(self):
        spec = 'on udp by tp_src when count() >= 0 report rising'
        self.assertEqual(ends(spec, *ticks(1, 2, 4, 5), arp(65)),
                         [1, -3, 4, -6])
        # Tested, but not satisfied.
        spec = 'on udp by tp_src when count() == 1 report rising'
        self.assertEqual(ends(spec, *ticks(1, 2, 2, 3)), [1, -2, 3])

    def test_a_window_of_several_intervals(self):
        self.assertEqual(
            brief('on udp by tp_src over 2 when count() > 0 report rising',
                  *ticks(1, 2, 3), arp(75)),
            [('satisfied', 1, 2), ('cleared', 4, 5)])

    def test_fields_of_a_cleared_line(self):
        line = run('on udp by tp_src when sum(bytes) + avg(ttl) + count()[-1] '
                   '> 0 || max(volume) == 1 report rising',
                   *ticks(1, 2, 2), arp(35))
        self.assertEqual(line[1], {
            'event': 'cleared', 'trigger': 't', 'interval_start_us': 30000,
            'interval_us': 10000, 'key': {'tp_src': 1000},
            'values': {'sum(bytes)': 0, 'avg(ttl)': None, 'count()[-1]': 2,
                       'max(volume)': None},
            'packets': 0, 'complete': True, 'lasted_us': 10000, 'seq': 2})
        self.assertEqual(line[0]['interval_start_us'], 20000)
        self.assertEqual(len(line), 2)

    def test_values_of_one_that_was_tested(self):
        lines = run('on udp by tp_src when count() == 1 report rising',
                    *ticks(1, 2, 3, 4, 4))
        self.assertEqual(
            [(line['values']['count()'], line['packets'],
              line.get('lasted_us')) for line in lines],
            [(1, 1, None), (2, 2, 30000)])

    def test_state_of_one_that_was_not_tested(self):
        sent = A(5, 100, 10), A(15, 110, 10), arp(2995), arp(3015)
        lines = run('on tcp by 5tuple every 1s when seq > 0 report rising',
                    *sent, arp(3500))
        self.assertEqual([(line['event'], line['values'])
                          for line in lines],
                         [('satisfied', {'seq': 120}),
                          ('cleared', {'seq': 120})])

    def test_not_cleared_at_the_end(self):
        spec = 'on udp by tp_src when count() > 0 report rising'
        self.assertEqual(ends(spec, *ticks(1, 2)), [1])
        self.assertEqual(ends(spec, *ticks(1, 2), arp(28)), [1])
        self.assertEqual(ends(spec, *ticks(1, 2), arp(30)), [1, -3])

    def test_lasted(self):
        lines = run('on any every 20ms over 2 when count() > 1 '
                    'report rising', *ticks(0, 2, 4, 6), arp(135))
        # Intervals of 20 ms: 0, 1, 2, 3 have one packet each; the windows
        # that end with 1, 2, 3 have two.
        self.assertEqual([(line['event'], line['interval_start_us'],
                           line.get('lasted_us')) for line in lines],
                         [('satisfied', 0, None), ('cleared', 60000, 60000)])

    def test_seq_counts_both_in_order(self):
        triggers = [oracle.parse_named(name, spec, 10000) for name, spec in (
            ('b', 'on udp by tp_src when count() > 0 report rising'),
            ('a', 'on udp when count() == 0'))]
        sent = [udp(5), udp(6, sport=999), udp(16, sport=998), arp(25)]
        lines, summary = oracle.evaluate(triggers, packets_of(sent))
        self.assertEqual(
            [(line['seq'], line['trigger'], line['event'][0],
              line['key'].get('tp_src')) for line in lines],
            [(1, 'b', 's', 999), (2, 'b', 's', 1000), (3, 'b', 's', 998),
             (4, 'b', 'c', 999), (5, 'b', 'c', 1000), (6, 'a', 's', None),
             (7, 'b', 'c', 998)])
        self.assertEqual(oracle.json_line(summary),
                         '{"event":"summary","packets":4,"counted":3,'
                         '"unmatched":1,"not_observed":0,"dropped_invalid":0,'
                         '"satisfied":4,"cleared":3}')

    def test_without_cleared_lines_nothing_is_said_of_them(self):
        trigger = oracle.parse_named('t', 'on any when count() > 0', 10000)
        self.assertNotIn('cleared',
                         oracle.evaluate([trigger], packets_of(ticks(1)))[1])

    def test_keys_have_runs_of_their_own(self):
        lines = run('on udp by tp_src when count() > 0 report rising',
                    *in_order(ticks(0, 1, 2), ticks(1, sport=7)), arp(35))
        self.assertEqual([(line['key']['tp_src'], line['event'][0],
                           line['interval_start_us'] // 10000)
                          for line in lines],
                         [(1000, 's', 0), (7, 's', 1), (7, 'c', 2),
                          (1000, 'c', 3)])


class Hold(unittest.TestCase):
    def held(self, spec, *sent):
        return [(line['event'][0], (line['interval_start_us']
                                    + line['interval_us']) // 10000 - 1,
                 line.get('held')) for line in run(spec, *sent)]

    def test_less_than_the_hold_after_a_reported_one(self):
        sent = ticks(0, 1, 2, 3, 4, 5, 7, 9, 20)
        self.assertEqual(
            self.held('on udp by tp_src when count() > 0 hold 30ms', *sent),
            [('s', 0, None), ('s', 3, 2), ('s', 7, 2), ('s', 20, 1)])

    def test_it_begins_with_the_reported_one(self):
        # 0 is reported, 2 is held; 4 is 40 ms after 0, 20 ms after 2.
        self.assertEqual(
            self.held('on any when count() > 0 hold 40ms', *ticks(0, 2, 4)),
            [('s', 0, None), ('s', 4, 1)])

    def test_none_by_default(self):
        sent = ticks(0, 1, 2)
        self.assertEqual(self.held('on any when count() > 0', *sent),
                         [('s', 0, None), ('s', 1, None), ('s', 2, None)])
        self.assertEqual(self.held('on any when count() > 0 hold 10ms',
                                   *sent),
                         [('s', 0, None), ('s', 1, None), ('s', 2, None)])

    def test_windows_of_several_intervals(self):
        # The ends of the windows matter.
        self.assertEqual(
            self.held('on any every 10ms over 3 when count() > 0 hold 20ms',
                      *ticks(0, 1, 2, 3, 4, 5, 6)),
            [('s', 2, None), ('s', 4, 1), ('s', 6, 1)])

    def test_keys_are_apart(self):
        lines = run('on udp by tp_src when count() > 0 hold 1s',
                    *in_order(ticks(0, 1), ticks(1, 2, sport=7)))
        self.assertEqual([(line['key']['tp_src'],
                           line['interval_start_us'] // 10000)
                          for line in lines], [(1000, 0), (7, 1)])

    def test_seq_and_the_summary_leave_them_out(self):
        trigger = oracle.parse_named(
            't', 'on any when count() > 0 hold 20ms', 10000)
        lines, summary = oracle.evaluate([trigger],
                                         packets_of(ticks(0, 1, 2, 3)))
        self.assertEqual([line['seq'] for line in lines], [1, 2])
        self.assertEqual(summary['satisfied'], 2)

    def test_rising_only_the_first_of_a_run_is_a_candidate(self):
        # Runs: 0-1, 3-4, 6, 8-9.  3 is 30 ms after 0: it and its clearing
        # are held; 6 is not.  8 is held.
        self.assertEqual(
            self.held('on udp by tp_src when count() > 0 report rising '
                      'hold 40ms', *ticks(0, 1, 3, 4, 6, 8, 9, 12), arp(135)),
            [('s', 0, None), ('c', 2, None), ('s', 6, 1), ('c', 7, None),
             ('s', 12, 1), ('c', 13, None)])

    def test_a_run_is_not_reported_late(self):
        # 2-9 began within the hold: it is over although it goes on.
        self.assertEqual(
            self.held('on udp by tp_src when count() > 0 report rising '
                      'hold 40ms', *ticks(0, 2, 3, 4, 5, 6, 7, 8, 9),
                      arp(105)),
            [('s', 0, None), ('c', 1, None)])


def flow(sport, proto=17, dst_port=53):
    return {'nw_src': '10.0.0.1', 'nw_dst': '10.0.0.2', 'nw_proto': proto,
            'tp_src': sport, 'tp_dst': dst_port}


class Top(unittest.TestCase):
    def top(self, spec, *sent):
        """Returns (top_by, [(port or flow, value, share)]) of the first
        line."""
        line = run(spec, *sent)[0]
        if 'top' not in line:
            self.assertNotIn('top_by', line)
            return None
        return line['top_by'], [
            (each['flow'].get('tp_src'), each['value'], each.get('share'))
            for each in line['top']]

    def test_report(self):
        line = run('on ip by nw_dst when sum(volume) > 100', udp(5),
                   udp(6, bytes(300), 7), A(7, 0, 100, ack=1))[0]
        self.assertEqual(line['top_by'], 'sum(volume)')
        self.assertEqual(line['top'], [
            {'flow': flow(7), 'value': 300, 'share': 0.6},
            {'flow': flow(1000, 6, 80), 'value': 100, 'share': 0.2},
            {'flow': flow(1000), 'value': 100, 'share': 0.2}])

    def sent(self, n):
        """Flow 1 has one packet, flow 2 two."""
        return [udp(5, sport=sport) for sport in range(1, n + 1)
                for _ in range(sport)]

    def test_n(self):
        spec = 'on any when count() > 0'
        self.assertEqual(self.top(spec, *self.sent(6)), ('count()', [
            (6, 6, 6 / 21), (5, 5, 5 / 21), (4, 4, 4 / 21), (3, 3, 3 / 21),
            (2, 2, 2 / 21)]))
        self.assertEqual(self.top(spec + ' top 1', *self.sent(6)),
                         ('count()', [(6, 6, 6 / 21)]))
        self.assertEqual(len(self.top(spec + ' top 32', *self.sent(6))[1]), 6)
        self.assertIsNone(self.top(spec + ' top 0', *self.sent(6)))

    def test_not_where_the_key_is_the_flow(self):
        for by in ('5tuple', 'vlan_vid,5tuple', '5tuple,vlan_vid',
                   'tp_dst,nw_src/32,nw_dst,nw_proto,tp_src'):
            self.assertIsNone(self.top('on any by %s when count() > 0' % by,
                                       *[A(1, vlan=7)]), by)
        for by in ('nw_src,nw_dst,nw_proto,tp_src', 'none',
                   'tp_dst,nw_src/31,nw_dst,nw_proto,tp_src',
                   'nw_dst,nw_proto,tp_src,tp_dst'):
            self.assertIsNotNone(self.top(
                'on any by %s when count() > 0' % by, A(1)), by)

    def test_the_key_of_an_ipv6_flow(self):
        data = frames.ethernet(frames.ipv6(frames.udp(b'', 1, 2), '::1',
                                           '::2', 17), 0x86dd)
        for by, has_top in (('ipv6_src,ipv6_dst,nw_proto,tp_src,tp_dst',
                             False),
                            ('ipv6_src,ipv6_dst,tp_src,tp_dst', True)):
            self.assertEqual(
                'top' in run('on any by %s when count() > 0' % by,
                             (5, len(data), data, None))[0], has_top)

    def test_what_is_ranked(self):
        sent = udp(5, bytes(500), 1), udp(5, bytes(10), 2), udp(5, bytes(20),
                                                               2)
        for predicate, by, first in (
                ('sum(volume) > 0 && count() > 0', 'sum(volume)', 1),
                ('count() > 0 && sum(volume) > 0', 'count()', 2),
                ('max(volume) > 0', 'count()', 2),
                ('max(volume) > 0 || sum(volume)[-1] > 0', 'count()', 2),
                ('sum(volume)[-1] == 0 || count(volume>400) > 0',
                 'count(volume>400)', 1),
                ('avg(ttl) * sum(volume * 2) > 50%', 'sum(volume*2)', 1),
                ('max(volume) > 50%', 'count()', 2),
                ('50% < sum( volume )', 'sum(volume)', 1),
                ('1 > 0', 'count()', 2),
                ('!(count( volume < 50 ) == 0)', 'count(volume<50)', 2)):
            got = self.top('on any when ' + predicate, *sent)
            self.assertEqual((got[0], got[1][0][0]), (by, first), predicate)

    def test_nothing_is_left_out_but_what_gave_nothing(self):
        sent = udp(5, bytes(10), 1), udp(5, bytes(20), 2), udp(5, b'', 3)
        self.assertEqual(self.top('on any when sum(volume) > 0', *sent),
                         ('sum(volume)', [(2, 20, 2 / 3), (1, 10, 1 / 3)]))
        self.assertIsNone(self.top('on any when count(is_syn) == 0', *sent))
        self.assertIsNone(self.top('on udp when count() == 0', arp(5)))

    def test_without_a_total_there_is_no_share(self):
        sent = udp(5, bytes(10), 1), udp(5, bytes(20), 2), udp(5, bytes(15),
                                                              3)
        self.assertEqual(
            self.top('on any when sum(volume - 15) == 0', *sent),
            ('sum(volume-15)', [(2, 5, None), (1, -5, None)]))

    def test_order(self):
        """By value, then the fields of the 5-tuple, IPv4 before IPv6."""
        def packet(src, dst, sport, dport):
            data = frames.udp(bytes(8), sport, dport)
            if ':' in src:
                data = frames.ethernet(frames.ipv6(data, src, dst, 17),
                                       0x86dd)
            else:
                data = frames.ethernet(frames.ipv4(data, src, dst, 17), 0x800)
            return 5 * 10 ** 6, len(data), data, None

        flows = [('9.0.0.1', '10.0.0.1', 2, 1), ('10.0.0.1', '9.0.0.2', 3, 1),
                 ('10.0.0.1', '10.0.0.2', 3, 1),
                 ('10.0.0.1', '10.0.0.2', 3, 20),
                 ('10.0.0.1', '10.0.0.2', 20, 4),
                 ('::1', '::9', 1, 1), ('::1', '::10', 1, 1),
                 ('::2', '::1', 1, 1)]
        sent = [packet(*each) for each in reversed(flows)]
        sent += [packet('::2', '::1', 1, 1), arp(6)]
        line = run('on any when count() > 0 top 32', *sent)[0]
        got = [tuple(each['flow'].values()) for each in line['top']]
        expected = [(src, dst, 17, sport, dport)
                    for src, dst, sport, dport in [flows[-1]] + flows[:-1]]
        self.assertEqual(got, [expected[0], ()] + expected[1:])
        self.assertEqual(list(line['top'][0]['flow']),
                         ['ipv6_src', 'ipv6_dst', 'nw_proto', 'tp_src',
                          'tp_dst'])

    def test_a_flow_is_one_wherever_it_passes(self):
        sent = A(1, 0, 10, vlan=1), A(2, 0, 10, vlan=2), A(3, 0, 10)
        self.assertEqual(self.top('on any when sum(volume) > 0', *sent),
                         ('sum(volume)', [(1000, 30, 1)]))

    def test_the_window_and_the_key(self):
        sent = in_order(ticks(0, 1, 2), ticks(1, 1, sport=7),
                        ticks(0, 0, 0, sport=8))
        lines = run('on any over 2 when count() > 0', *sent)
        self.assertEqual(
            [[(each['flow']['tp_src'], each['value'], each['share'])
              for each in line['top']] for line in lines],
            [[(8, 3, 3 / 7), (7, 2, 2 / 7), (1000, 2, 2 / 7)],
             [(7, 2, 0.5), (1000, 2, 0.5)]])
        lines = run('on any by tp_src when count() > 0', *sent)
        self.assertTrue(all(len(line['top']) == 1
                            and line['top'][0]['share'] == 1
                            for line in lines))

    def test_non_ip_is_one_flow(self):
        line = run('on any when count() > 0', arp(5), arp(6), udp(7))[0]
        self.assertEqual(line['top'], [
            {'flow': {}, 'value': 2, 'share': 2 / 3},
            {'flow': flow(1000), 'value': 1, 'share': 1 / 3}])

    def test_samples_belong_to_the_timed_segment(self):
        sent = (A(1, 100, 10), B(4, ack=110), A(5, 100, 10, sport=7),
                B(6, ack=110, dport=7))
        self.assertEqual(self.top('on tcp when sum(rtt) > 0', *sent),
                         ('sum(rtt)', [(1000, 3000, 0.75), (7, 1000, 0.25)]))

    def test_cleared_lines_have_none(self):
        lines = run('on any when count() == 1 report rising',
                    *ticks(0, 1, 1))
        self.assertEqual(['top' in line for line in lines], [True, False])


class Port(unittest.TestCase):
    def test_it_needs_in_port(self):
        for spec in ('on in_port=vm1 when port(rx_dropped) > 0',
                     'on any by in_port when port(tx_errors)[-8] > 0',
                     'on ip by nw_src,in_port every 20ms over 3 when '
                     'port(qdisc_backlog) - port(qdisc_drops)[-1] > 10% '
                     'report rising'):
            language.parse(spec)
        for spec in ('on any when port(rx_dropped) > 0',
                     'on ip by nw_src when 1 > 0 && port(rx_dropped) > 0'):
            with self.assertRaises(language.LanguageError) as caught:
                language.parse(spec)
            self.assertEqual(str(caught.exception), 'port() needs in_port in '
                             'the granularity or the filter')
            self.assertEqual(caught.exception.position, spec.index('port('))

    def test_counters(self):
        for counter in language.PORT_COUNTERS:
            language.parse('on any by in_port when port(%s)>1' % counter)
        for text in ('port(bytes)', 'port()', 'port', 'port(rx_dropped)[-9]',
                     'sum(port(rx_dropped))', 'port(rx_dropped+1)'):
            with self.assertRaises(language.LanguageError):
                language.parse('on any by in_port when %s > 0' % text)

    def test_a_replay_has_none(self):
        with self.assertRaises(oracle.OracleError):
            oracle.check_set([oracle.parse_named(
                'a', 'on any by in_port when port(rx_missed) > 0', 10000)],
                             True)


class Text(unittest.TestCase):
    def normal(self, end):
        return language.canonical_end(language.parse('on any ' + end))

    def test_defaults_are_left_out(self):
        self.assertEqual(
            self.normal('over 1 when 1>0 top 5 report every'),
            'every 10ms when 1 > 0')

    def test_order(self):
        expected = ('every 20ms over 3 when count() > 1 report rising '
                    'hold 100ms top 0')
        for options in ('report rising hold 100ms top 0',
                        'top 0 report rising hold 100000us',
                        'hold  100ms  top 0 report  rising'):
            self.assertEqual(self.normal(
                'every 20ms over 3 when count()>1 ' + options), expected)
        self.assertEqual(self.normal(expected), expected)

    def test_each_is_kept(self):
        for end in ('every 10ms over 64 when 1 > 0',
                    'every 10ms when 1 > 0 report rising',
                    'every 10ms when 1 > 0 hold 10ms',
                    'every 10ms when 1 > 0 hold 2s top 32',
                    'every 10ms when 1 > 0 top 0'):
            self.assertEqual(self.normal(end), end)

    def test_durations(self):
        self.assertEqual(self.normal('every 1000000us when 1>0 hold 60s'),
                         'every 1s when 1 > 0 hold 60s')
        self.assertEqual(self.normal('every 10000us when 1>0 hold 1500ms'),
                         'every 10ms when 1 > 0 hold 1500ms')

    def test_predicates(self):
        for text, expected in (
                ('(count()>1)', 'count() > 1'),
                ('!count()>1', '!(count() > 1)'),
                ('!!(1>0)', '!!(1 > 0)'),
                ('!(1>0&&2>0)', '!(1 > 0 && 2 > 0)'),
                ('1>0||(2>0&&3>0)', '1 > 0 || 2 > 0 && 3 > 0'),
                ('(1>0||2>0)&&3>0', '(1 > 0 || 2 > 0) && 3 > 0'),
                ('1>0&&(2>0&&3>0)', '1 > 0 && (2 > 0 && 3 > 0)'),
                ('1.50%<=-(-max( ttl ))', '1.5% <= --max(ttl)'),
                ('-(1+2)*3-(4-5)!=6K', '-(1 + 2) * 3 - (4 - 5) != 6000'),
                ('sum(bytes>1 + 2)[-1]/2>5%', 'sum(bytes>1+2)[-1] / 2 > 5%')):
            self.assertEqual(self.normal('when ' + text),
                             'every 10ms when ' + expected)

    def test_refused(self):
        for end in ('over 0 when 1>0', 'over 65 when 1>0', 'over when 1>0',
                    'over 2.0 when 1>0', 'over -1 when 1>0',
                    'over 2 every 10ms when 1>0', 'over 2 over 2 when 1>0',
                    'when 1>0 over 2', 'when 1>0 top', 'when 1>0 top 33',
                    'when 1>0 top -1', 'when 1>0 top 1K', 'when 1>0 top 1.0',
                    'when 1>0 top 1 top 1', 'when 1>0 report',
                    'when 1>0 report falling', 'when 1>0 rising',
                    'when 1>0 report rising report every', 'when 1>0 hold',
                    'when 1>0 hold 15ms', 'when 1>0 hold 0ms',
                    'when 1>0 hold 10', 'when 1>0 hold 1.5s',
                    'every 20ms when 1>0 hold 30ms', 'when 1>0 hold 10 ms',
                    'when 1>0 hold 10ms hold 10ms', 'when top 3',
                    'when report rising', 'when 1>0 && top 3',
                    'when 1>0 top 3 && 1>0', 'when 1>0 5'):
            with self.assertRaises(language.LanguageError, msg=end):
                self.normal(end)

    def test_without_extensions(self):
        for spec in ('on any over 2 when 1>0', 'on any when 1>0 top 3',
                     'on any by in_port when port(rx_errors)>0'):
            language.parse(spec)
            with self.assertRaises(language.LanguageError):
                language.parse(spec, has_extensions=False)

    def test_same_meaning(self):
        def meaning(spec):
            return language.parse(spec).meaning()
        self.assertEqual(meaning('on ip,nw_src=10.1.2.3/8 when 1>0'),
                         meaning('on nw_src=10.0.0.0/8,ip when 1>0 top 5'))
        self.assertEqual(meaning('on ip,nw_src=10.1.2.3/0 when 1>0'),
                         meaning('on ip when 1>0 report every'))
        for end in ('over 2 when 1>0', 'when 1>0 report rising',
                    'when 1>0 hold 10ms', 'when 1>0 top 4'):
            self.assertNotEqual(meaning('on ip ' + end),
                                meaning('on ip when 1>0'))
        self.assertNotEqual(meaning('on ip,nw_src=10.1.2.3/8 when 1>0'),
                            meaning('on ip,nw_src=10.1.2.3/9 when 1>0'))


class Compare(unittest.TestCase):
    """What is compared of the extra fields."""

    def same(self, **changes):
        trigger = oracle.parse_named(
            't', 'on any by nw_src when count() > 0 hold 20ms', 10000)
        line = oracle.evaluate([trigger], packets_of(
            ticks(0, 1, 2) + [udp(25, sport=7)]))[0][1]
        other = dict(line, **changes)
        for name in [name for name, value in changes.items()
                     if value is None]:
            del other[name]
        leaves = compare.leaves_of([trigger])['t']
        self.assertTrue(compare.same_report(line, dict(other, seq=2), leaves,
                                            has_extensions=False))
        return compare.same_report(line, other, leaves)

    def test_fields(self):
        one = {'flow': flow(7), 'value': 1, 'share': 0.5}
        two = {'flow': flow(1000), 'value': 1, 'share': 0.5}
        self.assertTrue(self.same())
        self.assertTrue(self.same(top=[dict(one, share=0.5 + 1e-13), two]))
        self.assertFalse(self.same(top=[dict(one, share=0.5 + 1e-11), two]))
        self.assertFalse(self.same(top=[two, one]))
        self.assertFalse(self.same(top=[one]))
        self.assertFalse(self.same(top=None))
        self.assertFalse(self.same(top=[dict(one, value=2), two]))
        self.assertFalse(self.same(top=[dict(one, flow={}), two]))
        self.assertFalse(self.same(top_by='count'))
        self.assertFalse(self.same(top_exact=False))
        self.assertFalse(self.same(held=2))
        self.assertFalse(self.same(held=None))
        self.assertFalse(self.same(lasted_us=0))

    def test_specifications(self):
        """Of those that are made up many are right, many are wrong."""
        right = 0
        for seed in range(300):
            spec = mutate.random_spec(random.Random(seed), 'all', 'all')
            try:
                trigger = language.parse(spec)
            except language.LanguageError:
                continue
            right += 1
            end = language.canonical_end(trigger)
            head = re.split(' (?:every|over|when) ', spec)[0]
            again = language.parse('%s %s' % (head, end))
            self.assertEqual(again.meaning(), trigger.meaning())
        self.assertTrue(60 < right < 240, right)


class Statistics(unittest.TestCase):
    """What a comparison is said to exercise."""

    def counts(self, spec, *sent):
        pair = generate.TriggerSet()
        pair.epoch_us = 10000
        pair.specs = {'t': spec}
        pair.trace = tcp.Trace(packets_of(sent))
        return {what: count for what, count in tally.counts_of(pair).items()
                if count}

    def test_corners(self):
        step = 2 ** 30
        sent = [A(i, i * step % 2 ** 32, 100) for i in range(9)]
        # The segments of B tell the state of B, which is forgotten too.
        sent += [B(10, ack=50), B(11, ack=50), A(12, 0, 10),
                 A(13, 5, flags='S'), A(3014, 5, 10)]
        counts = self.counts('on any when 1 < 0', *sent)
        self.assertEqual(counts, {
            'wrap of a sequence number': 2, 'two or more wraps in a life': 1,
            'two or more wraps within 1 s': 1, 'duplicate ACK': 1,
            'rtt, sample': 1,
            'is_lost': 1, 'new connection on old ports': 2,
            'state forgotten': 2})

    def test_values(self):
        sent = A(5, 100, 10), B(6, ack=105), arp(15), arp(25)
        counts = self.counts('on tcp,tp_dst=80 by 5tuple when seq[-1] == 0 '
                             '|| sum(volume)+avg(ttl)[-1] < 20 || ack > 0 '
                             'report rising', *sent)
        self.assertEqual(counts, {
            'report: satisfied': 1, 'report: cleared': 1,
            'value: seq[-k], undefined': 1, 'value: ttl[-k], undefined': 1,
            'value: seq[-k]': 1, 'value: volume': 1, 'value: ttl[-k]': 1,
            'value: ack': 2})


if __name__ == '__main__':
    unittest.main()
