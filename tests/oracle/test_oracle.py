#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Cases small enough to compute by hand, one class a paragraph of the
language's meaning."""

import contextlib
import io
import json
import lzma
import os
import sys
import tempfile
import unittest

import capture
import compare
import flowmatch
import frames
import generate
import language
import live
import oracle
import packet as pkt
import test_extensions
import test_tcp

MS = 10 ** 6


def udp4(size=100, src='10.0.0.1', dst='10.0.0.2', sport=1000, dport=53,
         vlans=(), **ip):
    return frames.ethernet(frames.ipv4(frames.udp(bytes(size), sport, dport),
                                       src, dst, 17, **ip), 0x0800, vlans)


def tcp4(size=0, src='10.0.0.1', dst='10.0.0.2', sport=1000, dport=80,
         flags=0x10, ip=None, **fields):
    return frames.ethernet(frames.ipv4(
        frames.tcp(bytes(size), sport, dport, flags=flags, **fields),
        src, dst, 6, **(ip or {})), 0x0800)


def udp6(size=100, src='2001:db8::1', dst='2001:db8::2', sport=1000,
         dport=53):
    return frames.ethernet(frames.ipv6(frames.udp(bytes(size), sport, dport),
                                       src, dst, 17), 0x86dd)


ARP = frames.ethernet(bytes(28), 0x0806)


def run(spec, *timed, epoch_us=10000, **where):
    """Returns the reports of one trigger for the (ms, frame) pairs."""
    records = [(int(ms * MS), len(frame), frame) for ms, frame in timed]
    packets = oracle.packets_of(records)
    for packet in packets:
        for name, value in where.items():
            setattr(packet, name, value)
    trigger = oracle.parse_named('t', spec, epoch_us)
    return oracle.evaluate([trigger], packets)[0]


def starts(*arguments, **options):
    """Returns the interval starts, in ms, of the reports."""
    return [report['interval_start_us'] / 1000
            for report in run(*arguments, **options)]


def value(expression, *timed):
    """Returns what 'expression' is in the last of the intervals."""
    reports = run('on any when %s == 0 || !(%s == 0)'
                  % (expression, expression), *timed)
    return reports[-1]['values'][
        language.canonical(language.parse(
            'on any when %s == 0' % expression).predicate[2])]


def matches(text, frame, **where):
    packet = pkt.parse(frame, len(frame), **where)
    return flowmatch.parse_filter(text).matches(packet)


def keys(granularity, *timed, **where):
    reports = run('on any by %s every 10ms when count() > 0' % granularity,
                  *timed, **where)
    return [report['key'] for report in reports]


class Time(unittest.TestCase):
    def test_intervals_are_aligned_to_the_clock(self):
        self.assertEqual(starts('on any by nw_src every 10ms when count() > 0',
                                (19.999, udp4()), (20, udp4()),
                                (29.999999, udp4()), (30, udp4())),
                         [10, 20, 30])
        self.assertEqual(starts('on any by nw_src every 30ms when count() > 0',
                                (19.999, udp4()), (20, udp4()), (30, udp4())),
                         [0, 30])

    def test_the_default_is_one_epoch(self):
        self.assertEqual(starts('on any by nw_src when count() > 1',
                                (1, udp4()), (2, udp4()), (3, udp4()),
                                epoch_us=2000), [2])

    def test_time_never_goes_back(self):
        self.assertEqual(starts('on any by nw_src when count() > 0',
                                (25, udp4()), (5, udp4()), (31, udp4())),
                         [20, 30])
        self.assertEqual([report['packets'] for report in run(
            'on any by nw_src when count() > 0',
            (25, udp4()), (5, udp4()), (31, udp4()))], [2, 1])

    def test_history_begins_with_the_first_record(self):
        self.assertEqual(starts('on any when sum(bytes)[-1] >= 0',
                                (15, udp4()), (45, udp4())), [20, 30, 40])
        # Another packet than the trigger's may be the first.
        self.assertEqual(starts('on udp by nw_src when sum(bytes)[-2] == 0',
                                (15, ARP), (25, udp4()), (35, udp4())), [30])


class Keys(unittest.TestCase):
    def test_without_by_silence_is_tested(self):
        packets = (5, tcp4()), (35, tcp4()), (55, ARP)
        self.assertEqual(starts('on tcp when count() == 0', *packets),
                         [10, 20, 40, 50])
        self.assertEqual(starts('on tcp by none when count() == 0', *packets),
                         [10, 20, 40, 50])
        report = run('on tcp when count() == 0', *packets)[0]
        self.assertEqual((report['key'], report['packets']), ({}, 0))

    def test_a_key_is_tested_where_it_has_packets(self):
        self.assertEqual(starts('on any by nw_src when sum(bytes) >= 0',
                                (5, udp4()), (35, udp4()), (55, ARP)),
                         [0, 30])

    def test_keys_are_apart(self):
        reports = run('on ip by nw_dst when sum(volume) > 100',
                      (1, udp4(60)), (2, udp4(60)),
                      (3, udp4(60, dst='10.0.0.3')))
        self.assertEqual([report['key'] for report in reports],
                         [{'nw_dst': '10.0.0.2'}])

    def test_prefixes(self):
        self.assertEqual(
            keys('nw_dst/24,nw_src/32,tp_dst', (1, udp4(dst='10.1.2.3'))),
            [{'nw_dst': '10.1.2.0/24', 'nw_src': '10.0.0.1', 'tp_dst': 53}])
        self.assertEqual(keys('nw_src/0', (1, udp4())),
                         [{'nw_src': '0.0.0.0/0'}])
        self.assertEqual(keys('ipv6_src/32', (1, udp6())),
                         [{'ipv6_src': '2001:db8::/32'}])
        self.assertEqual(keys('ipv6_src', (1, udp6(src='::ffff:10.0.0.1'))),
                         [{'ipv6_src': '::ffff:10.0.0.1'}])

    def test_5tuple(self):
        self.assertEqual(
            [list(key.items()) for key in
             keys('5tuple', (1, udp4()), (2, udp6()))],
            [[('nw_src', '10.0.0.1'), ('nw_dst', '10.0.0.2'),
              ('nw_proto', 17), ('tp_src', 1000), ('tp_dst', 53)],
             [('ipv6_src', '2001:db8::1'), ('ipv6_dst', '2001:db8::2'),
              ('nw_proto', 17), ('tp_src', 1000), ('tp_dst', 53)]])

    def test_without_ports_they_are_0(self):
        icmp = frames.ethernet(frames.ipv4(b'\x08\x01' + bytes(6), '10.0.0.1',
                                           '10.0.0.2', 1), 0x0800)
        self.assertEqual(keys('tp_dst,tp_src', (1, icmp)),
                         [{'tp_dst': 0, 'tp_src': 0}])

    def test_a_field_that_lacks(self):
        for granularity, frame in (('nw_src', udp6()), ('ipv6_src', udp4()),
                                   ('vlan_vid', udp4()), ('nw_proto', ARP),
                                   ('tp_src', ARP), ('5tuple', ARP),
                                   ('nw_dst', ARP), ('tun_id', udp4())):
            self.assertEqual(keys(granularity, (1, frame)), [])

    def test_places(self):
        self.assertEqual(keys('vlan_vid', (1, udp4(vlans=[(0x88a8, 0xe007),
                                                         (0x8100, 8)]))),
                         [{'vlan_vid': 7}])
        self.assertEqual(keys('vlan_vid', (1, udp4(vlans=[(0x8100, 0)]))),
                         [{'vlan_vid': 0}])
        self.assertEqual(keys('in_port,tun_id', (1, ARP), in_port='vm1',
                              tun_id=7), [{'in_port': 'vm1', 'tun_id': 7}])


class Fragments(unittest.TestCase):
    def later4(self, proto):
        return frames.ethernet(frames.ipv4(bytes(64), '10.0.0.1', '10.0.0.2',
                                           proto, fragment=0x2005), 0x0800)

    def test_first_has_ports(self):
        frame = udp4(fragment=0x2000)
        self.assertTrue(matches('udp,tp_dst=53', frame))

    def test_later_has_none(self):
        self.assertTrue(matches('udp,tp_dst=0,tp_src=0', self.later4(17)))
        self.assertEqual(value('sum(volume)', (1, self.later4(17))), 64)
        self.assertEqual(value('sum(volume)', (1, self.later4(6))), 64)
        self.assertEqual(value('sum(volume)', (1, self.later4(132))), 0)

    def test_ipv6(self):
        def frame(offset, more):
            data = frames.ipv6_fragment(17, offset, more) + frames.udp(
                bytes(40), 1000, 53)
            data = frames.ipv6_extension(44) + data
            return frames.ethernet(frames.ipv6(data, '2001:db8::1',
                                               '2001:db8::2', 0), 0x86dd)
        self.assertTrue(matches('udp6,tp_dst=53', frame(0, 1)))
        self.assertTrue(matches('udp6,tp_dst=53', frame(0, 0)))
        self.assertTrue(matches('udp6,tp_dst=0', frame(5, 0)))
        self.assertEqual(value('sum(volume)', (1, frame(5, 0))), 48)
        self.assertEqual(value('sum(volume)', (1, frame(0, 1))), 40)

    def test_dont_fragment_is_no_fragment(self):
        self.assertTrue(matches('udp,tp_dst=53', udp4(fragment=0x4000)))


class Headers(unittest.TestCase):
    def parse(self, frame, cut=None, wire=None):
        return pkt.parse(frame[:cut], len(frame) if wire is None else wire)

    def test_short_frames_are_invalid(self):
        self.assertFalse(self.parse(bytes(13)).valid)
        self.assertTrue(self.parse(bytes(14)).valid)
        cut = self.parse(udp4(), 13)
        self.assertTrue(cut.valid)
        self.assertIsNone(cut.family)

    def test_lengths_hold_on_the_wire(self):
        frame = udp4(100)
        packet = self.parse(frame, 14 + 20 + 8)
        self.assertEqual((packet.wire, packet.volume, packet.dport),
                         (142, 100, 53))

    def test_cut_headers_are_absent(self):
        self.assertEqual(self.parse(udp4(), 41).dport, 0)
        self.assertEqual(self.parse(udp4(), 41).volume, 0)
        self.assertEqual(self.parse(udp4(), 34).proto, 17)
        self.assertIsNone(self.parse(udp4(), 33).family)
        with_options = udp4(options=bytes(8))
        self.assertEqual(self.parse(with_options, 42).proto, 17)
        self.assertIsNone(self.parse(with_options, 41).family)

    def test_tcp_options_belong_to_the_header(self):
        frame = tcp4(5, options=bytes(12))
        self.assertEqual(self.parse(frame, 66).volume, 5)
        self.assertIsNone(self.parse(frame, 65).tcp)

    def test_ip_that_is_refused(self):
        for frame in (udp4(ihl=4), udp4(ihl=15, size=10), udp4(total_len=19),
                      udp4(total_len=129), udp4()[:33]):
            self.assertIsNone(self.parse(frame).family)
            self.assertFalse(matches('ip', frame))
            self.assertTrue(matches('any', frame))
        self.assertEqual(self.parse(udp4(total_len=128)).family, 4)
        long = self.parse(udp4(), wire=14 + 128 + 65535)
        self.assertEqual(long.family, 4)
        long = self.parse(udp4(), wire=14 + 128 + 65536)
        self.assertIsNone(long.family)

    def test_ipv6_that_is_refused(self):
        frame = udp6()
        self.assertEqual(self.parse(frame).family, 6)
        self.assertIsNone(self.parse(frame[:-1]).family)
        self.assertIsNone(self.parse(frame[:53]).family)
        self.assertEqual(self.parse(frame, 54).family, 6)
        self.assertIsNone(self.parse(frame, 53).family)
        self.assertIsNone(self.parse(frame, wire=14 + 148 + 65536).family)

    def test_cut_extension_headers(self):
        data = frames.ipv6_extension(17, 14, 1) + frames.udp(b'', 1000, 53)
        frame = frames.ethernet(frames.ipv6(data, '::1', '::2', 0), 0x86dd)
        self.assertEqual(self.parse(frame).dport, 53)
        self.assertEqual(self.parse(frame, 14 + 40 + 16).family, 6)
        self.assertIsNone(self.parse(frame, 14 + 40 + 15).family)
        # It says that it is longer than the packet.
        data = frames.ipv6_extension(17, 14, 2)
        frame = frames.ethernet(frames.ipv6(data, '::1', '::2', 0), 0x86dd)
        self.assertIsNone(self.parse(frame).family)
        self.assertIsNone(self.parse(frame + bytes(100)).family)

    def test_authentication_header(self):
        data = frames.ipv6_auth(17) + frames.udp(b'12', 1000, 53)
        frame = frames.ethernet(frames.ipv6(data, '::1', '::2', 51), 0x86dd)
        self.assertEqual(self.parse(frame).volume, 2)

    def test_transport_that_is_refused(self):
        short = tcp4(flags=2, ip={'total_len': 39})
        self.assertEqual(self.parse(short).proto, 6)
        self.assertEqual(self.parse(short).dport, 0)
        for offset in (4, 6):
            frame = tcp4(0, flags=2, offset=offset)
            self.assertTrue(matches('tcp,tp_dst=0', frame))
            self.assertEqual(value('sum(is_syn)', (1, frame)), 0)
            self.assertEqual(value('sum(volume)', (1, frame)), 0)
        self.assertEqual(self.parse(tcp4(4, offset=6)).volume, 0)
        self.assertEqual(self.parse(udp4(total_len=27)).dport, 0)
        sctp = frames.ethernet(frames.ipv4(frames.sctp(b'', 5, 6)[:11],
                                           '1.1.1.1', '2.2.2.2', 132), 0x800)
        self.assertTrue(matches('sctp,tp_dst=0', sctp))

    def test_padding_is_no_volume(self):
        frame = tcp4(3) + bytes(20)
        self.assertEqual(value('sum(volume)', (1, frame)), 3)
        self.assertEqual(value('sum(bytes)', (1, frame)), 14 + 20 + 20 + 23)

    def test_vlan_tags(self):
        one, two, three = (udp4(vlans=[(0x88a8, 5), (0x8100, 6),
                                       (0x8100, 7)][:n]) for n in (1, 2, 3))
        self.assertTrue(matches('udp,dl_vlan=5,tp_dst=53', one))
        self.assertTrue(matches('udp,dl_vlan=5,tp_dst=53', two))
        self.assertFalse(matches('ip', three))
        self.assertTrue(matches('dl_vlan=5,dl_type=0x8100', three))
        self.assertTrue(matches('dl_vlan=0', udp4(vlans=[(0x8100, 0x2000)])))
        self.assertFalse(matches('dl_vlan=0', udp4()))
        self.assertTrue(matches('dl_vlan=0xffff', udp4()))
        self.assertFalse(matches('dl_vlan=0xffff', one))
        self.assertIsNone(self.parse(one, 17).vlan)
        self.assertEqual(self.parse(one, 18).vlan, 5)

    def test_snap(self):
        ip = frames.ipv4(frames.udp(b'', 5, 6), '1.1.1.1', '2.2.2.2', 17)
        frame = frames.ethernet(frames.snap(ip, 0x800), len(ip) + 8)
        self.assertTrue(matches('udp,tp_dst=6', frame))
        frame = frames.ethernet(frames.snap(ip, 0x800, b'\0\0\1'), 36)
        self.assertTrue(matches('dl_type=0x05ff', frame))


class Filters(unittest.TestCase):
    def test_words(self):
        self.assertTrue(matches('ip', udp4()))
        self.assertFalse(matches('ip', udp6()))
        self.assertTrue(matches('ip6', udp6()))
        self.assertTrue(matches('udp6', udp6()))
        self.assertFalse(matches('udp', udp6()))
        self.assertFalse(matches('tcp', udp4()))
        self.assertTrue(matches('arp', ARP))
        self.assertFalse(matches('ip', ARP))

    def test_masks(self):
        self.assertTrue(matches('ip,nw_src=10.9.0.0/8', udp4()))
        self.assertFalse(matches('ip,nw_src=10.0.0.0/32', udp4()))
        self.assertTrue(matches('ip,nw_src=10.0.5.1/255.0.0.255', udp4()))
        self.assertTrue(matches('ip6,ipv6_src=2001:db8::/32', udp6()))
        self.assertTrue(matches('ip6,ipv6_src=::1/::ffff', udp6()))
        self.assertTrue(matches('udp,udp_dst=48/0xfff0', udp4()))
        self.assertFalse(matches('udp,tp_dst=64/0xfff0', udp4()))

    def test_places(self):
        self.assertTrue(matches('in_port=vm1,udp', udp4(), in_port='vm1'))
        self.assertFalse(matches('in_port=vm1,udp', udp4(), in_port='vm2'))
        self.assertTrue(matches('tun_id=7', udp4(), tun_id=7))
        self.assertTrue(matches('tun_id=0', udp4()))

    def test_refused(self):
        for text in ('tcp,ttl=4', 'nw_ttl=4', 'tcp_flags=+syn', 'vlan_vid=10',
                     'vlan_tci=0x1000', 'dl_src=02:00:00:00:00:01', 'reg0=1',
                     'ct_state=+trk', 'tun_src=1.2.3.4', 'icmp,icmp_type=8',
                     'nw_src=10.0.0.1', 'ip6,nw_src=10.0.0.1',
                     'ip,ipv6_src=::1', 'tp_dst=80', 'ip,tp_dst=80',
                     'icmp,tp_dst=80', 'nw_proto=6', 'arp,nw_src=10.0.0.1',
                     'tcp,nw_src=10.0.0.1,ip_src=10.0.0.2',
                     'tcp,tcp_dst=1,tp_dst=1', 'tcp,nw_proto=6', 'in_port=1',
                     'in_port=LOCAL', 'tcp,tp_dst=70000', 'tcp,tp_dst=',
                     'dl_vlan=4096', 'dl_vlan=1/1', 'nw_src=1.2.3', 'foo=1',
                     'tcp,any', 'ip,nw_src=10.0.0.0/33', 'tcp,', ''):
            with self.assertRaises(flowmatch.FieldError, msg=text):
                flowmatch.parse_filter(text)


class Aggregates(unittest.TestCase):
    def test_each(self):
        packets = (1, udp4(100)), (2, udp4(50)), (3, ARP)
        self.assertEqual(value('sum(bytes)', *packets), 142 + 92 + 42)
        self.assertEqual(value('max(bytes)', *packets), 142)
        self.assertEqual(value('min(bytes)', *packets), 42)
        self.assertEqual(value('avg(volume)', *packets), 50)
        self.assertEqual(value('count()', *packets), 3)
        self.assertEqual(value('sum(packets)', *packets), 3)
        self.assertEqual(value('count(volume)', *packets), 2)

    def test_undefined_packets_are_skipped(self):
        packets = (1, udp4(ttl=5)), (2, ARP)
        self.assertEqual(value('avg(ttl)', *packets), 5)
        self.assertEqual(value('count(ttl>=0)', *packets), 1)
        self.assertEqual(value('count(ttl>9|packets)', *packets), 1)
        self.assertEqual(value('sum(bytes/volume>1)', *packets), 1)
        self.assertEqual(value('count(0&1/volume|1)', *packets), 1)

    def test_over_nothing(self):
        packets = (1, udp4()), (11, ARP)
        self.assertEqual(value('sum(ttl)', *packets), 0)
        self.assertEqual(value('count(ttl)', *packets), 0)
        for name in ('avg', 'min', 'max'):
            self.assertIsNone(value(name + '(ttl)', *packets))

    def test_header_variables(self):
        frame = udp4(tos=46 << 2 | 3, ttl=9)
        self.assertEqual(value('sum(dscp)', (1, frame)), 46)
        self.assertEqual(value('sum(ecn)', (1, frame)), 1)
        self.assertEqual(value('sum(ttl)', (1, frame)), 9)
        self.assertEqual(value('sum(ecn)', (1, udp4(tos=1))), 0)
        frame = frames.ethernet(frames.ipv6(b'', '::1', '::2', 59, 7,
                                            46 << 2 | 3), 0x86dd)
        self.assertEqual(value('sum(dscp)', (1, frame)), 46)
        self.assertEqual(value('sum(ecn*ttl)', (1, frame)), 7)

    def test_tcp_flags(self):
        packets = (1, tcp4(flags=0x12)), (2, tcp4(flags=1)), (3, udp4())
        self.assertEqual(value('sum(is_syn)', *packets), 1)
        self.assertEqual(value('sum(is_fin)', *packets), 1)
        self.assertEqual(value('sum(is_rst)', *packets), 0)
        self.assertEqual(value('count(!is_syn)', *packets), 2)

    def test_logic_and_comparisons(self):
        packets = (1, udp4(100, ttl=4)), (2, udp4(0, ttl=64, tos=3))
        self.assertEqual(value('count(ttl<5|ecn)', *packets), 2)
        self.assertEqual(value('sum((volume==100)+(ttl<=64))', *packets), 3)
        self.assertEqual(value('max(!volume)', *packets), 1)
        self.assertEqual(value('sum(volume&7)', *packets), 1)
        self.assertEqual(value('min(-volume)', *packets), -100)
        self.assertEqual(value('sum((bytes-14)*packets)', *packets), 156)


class History(unittest.TestCase):
    def test_earlier_values(self):
        packets = (5, udp4(100)), (15, udp4(50)), (35, udp4(10))
        self.assertEqual(value('sum(volume)[-1]', *packets), 0)
        self.assertEqual(value('sum(volume)[-2]', *packets), 50)
        self.assertEqual(value('sum(volume)[-3]', *packets), 100)
        self.assertIsNone(value('sum(volume)[-4]', *packets))
        self.assertIsNone(value('max(volume)[-1]', *packets))
        self.assertEqual(value('max(bytes)[-2]', *packets), 92)

    def test_a_new_key_has_sent_nothing_before(self):
        self.assertEqual(
            starts('on ip by nw_src when sum(bytes) > 10 * sum(bytes)[-1]',
                   (5, udp4()), (15, udp4()), (15, udp4(src='9.9.9.9'))),
            [10])


    def test_intervals_of_several_epochs(self):
        packets = [(5 + 10 * i, udp4(100 + i)) for i in range(9)]
        reports = run('on any by nw_src every 30ms when max(volume)[-1] > 0',
                      *packets)
        self.assertEqual([(report['interval_start_us'], report['values'])
                          for report in reports],
                         [(30000, {'max(volume)[-1]': 102}),
                          (60000, {'max(volume)[-1]': 105})])

    def test_a_key_that_comes_back_counts_once(self):
        packets = [(5, udp4(100)), (1005, udp4(50)), (9005, udp4(20))]
        reports = run('on any by nw_src when sum(volume) > 0', *packets)
        self.assertEqual([report['values'] for report in reports],
                         [{'sum(volume)': size} for size in (100, 50, 20)])


class Predicates(unittest.TestCase):
    def holds(self, predicate, *timed):
        timed = timed or ((1, udp4(100)),)
        return bool(run('on any when ' + predicate, *timed))

    def test_undefined_is_false(self):
        for op in ('>', '<', '==', '!=', '>=', '<='):
            self.assertFalse(self.holds('sum(bytes)[-1] %s 5' % op))
            self.assertFalse(self.holds('1 / (count()-1) %s 5' % op))
            self.assertTrue(self.holds('!(1 / 0 %s 5)' % op))
            self.assertTrue(self.holds('!1 / 0 %s 5' % op))
        self.assertFalse(self.holds('sum(ttl/0) / 0 > 1 && count() > 0'))
        self.assertTrue(self.holds('1 / 0 > 1 || count() > 0'))

    def test_precedence(self):
        self.assertTrue(self.holds('1 > 0 || 1 > 0 && 0 > 1'))
        self.assertFalse(self.holds('(1 > 0 || 1 > 0) && 0 > 1'))
        self.assertTrue(self.holds('!count() > 3'))
        self.assertTrue(self.holds('!!(count() == 1)'))
        self.assertTrue(self.holds('(count() + 1) * 2 == 4'))
        self.assertTrue(self.holds('((count()) == 1)'))
        self.assertTrue(self.holds('10 - 4 - 3 == 3'))
        self.assertTrue(self.holds('16 / 4 / 2 == 2'))
        self.assertTrue(self.holds('2 + 3 * -2 == -4'))

    def test_percent(self):
        packets = [(1, tcp4(flags=2))] + [(2, tcp4())] * 3
        self.assertTrue(self.holds('sum(is_syn) >= 25%', *packets))
        self.assertFalse(self.holds('sum(is_syn) > 25%', *packets))
        self.assertTrue(self.holds('24.9% < sum(is_syn)', *packets))
        report = run('on any when sum(is_syn) >= 25%', *packets)[0]
        self.assertEqual(report['values'], {'sum(is_syn)': 1, 'count()': 4})
        # Nothing is 0 % of nothing.
        self.assertEqual(starts('on tcp when sum(is_syn) >= 0%',
                                (1, tcp4()), (15, ARP)), [0, 10])

    def test_units(self):
        for text, number in (('1K', 1000), ('1Ki', 1024), ('1.5KB', 1500),
                             ('2MiB', 2 << 20), ('1G', 10 ** 9), ('7B', 7),
                             ('1T', 10 ** 12), ('5ms', 5000), ('2s', 2000000),
                             ('0.5us', 0.5)):
            self.assertTrue(self.holds('%s == %r' % (text, number)))


class Language(unittest.TestCase):
    REFERENCE = '''
on ip,nw_dst=10.0.128.0/24 by 5tuple every 10ms when sum(volume) > 125KB
on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms when sum(is_lost & is_burst) > 10%
on tcp,nw_src=10.0.128.0/24 by 5tuple every 10ms when 1 - (ack - ack[-1] + dup) / (seq[-1] - ack[-1]) > 0.5
on tcp,nw_dst=10.0.128.30,tp_dst=80 by nw_dst,tp_dst every 10ms when sum(volume) > 100MB
on tcp,nw_src=10.0.128.0/20,nw_dst=10.20.93.0/24 by nw_src/24,nw_dst/24 every 10ms when sum(is_lost) > 100
on ip,nw_src=10.0.128.0/20,nw_dst=10.0.128.0/20 by nw_src/24,nw_dst/24 every 1s when sum(volume) > 10GB
on tcp by nw_dst,tp_dst every 100ms when count(rtt) > 20 && avg(rtt) > 5ms
on tcp,nw_src=10.0.0.9 every 1s when count() == 0
on ip by nw_dst every 100ms when sum(bytes) > 10 * sum(bytes)[-1] && sum(bytes) > 1MB
'''

    def test_reference_events(self):
        for line in self.REFERENCE.strip().splitlines():
            language.parse(line)

    def test_refused(self):
        for text in (
                'any when count() > 1', 'on any count() > 1', 'on any when',
                'on any when count()', 'on any when bytes > 1',
                'on any when 1 < count() < 3', 'on any when 5% > 5%',
                'on any when 1 + 5% > 1', 'on any when sum(5%) > 1',
                'on any when sum() > 1', 'on any when count(byte) > 1',
                'on any when sum(bytes)[-0] > 1',
                'on any when sum(bytes)[-9] > 1',
                'on any when sum(bytes)[1] > 1', 'on any when seq > 1',
                'on any by nw_src when dup > 1',
                'on any when sum(rtt+bytes) > 1', 'on any when count() = 1',
                'on any when count() > 1 & count() > 2',
                'on any when sum(bytes && packets) > 1',
                'on any when count() > 1 K', 'on any when count() > 1k',
                'on any when count() > 1sB', 'on any when count() > 5x',
                'on any every 15ms when 1>0', 'on any every 0ms when 1>0',
                'on any every 1.5s when 1>0', 'on any every 10 ms when 1>0',
                'on any every 10ms by nw_src when 1>0',
                'on any by nw_src,nw_src when 1>0',
                'on any by nw_src,nw_src/8 when 1>0',
                'on any by 5tuple,tp_src when 1>0',
                'on any by nw_src,ipv6_src when 1>0',
                'on any by nw_src/33 when 1>0',
                'on any by nw_src,none when 1>0',
                'on any by tp_src/8 when 1>0', 'on any by ttl when 1>0',
                'on any by ip_src when 1>0', 'On any when 1>0',
                'on any when Sum(bytes) > 1', 'on any when (1>0) > 0',
                'on any when !(count()) > 1 +', 'on any when (1>0', ''):
            with self.assertRaises(language.LanguageError, msg=text):
                language.parse(text)

    def canonical(self, text):
        tree = language.parse('on any by 5tuple when %s > 0' % text)
        return language.canonical(tree.predicate[2])

    def test_canonical(self):
        for text, expected in (
                ('sum( is_lost & is_burst )', 'sum(is_lost&is_burst)'),
                ('sum(bytes > 1.5KB)', 'sum(bytes>1500)'),
                ('count(rtt > 5ms)', 'count(rtt>5000)'),
                ('sum((bytes - 14) * (packets))', 'sum((bytes-14)*packets)'),
                ('seq[-1]', 'seq[-1]'), ('count( )', 'count()'),
                ('max(bytes) [-2]', 'max(bytes)[-2]'),
                ('sum((ttl < 5) | ecn)', 'sum(ttl<5|ecn)'),
                ('sum(ttl < (5 | ecn))', 'sum(ttl<(5|ecn))'),
                ('sum(bytes - (14 - 1))', 'sum(bytes-(14-1))'),
                ('sum((bytes - 14) - 1)', 'sum(bytes-14-1)'),
                ('sum(!(ecn & is_syn))', 'sum(!(ecn&is_syn))'),
                ('sum((!ecn) & (is_syn))', 'sum(!ecn&is_syn)'),
                ('sum(-(-bytes))', 'sum(--bytes)'),
                ('sum(-(bytes * 2))', 'sum(-(bytes*2))'),
                ('sum((-bytes) * 2)', 'sum(-bytes*2)'),
                ('sum((1 < 2) < 3)', 'sum((1<2)<3)'),
                ('sum((1 | 2) & 3)', 'sum((1|2)&3)'),
                ('sum(0.10 * bytes)', 'sum(0.1*bytes)'),
                ('sum(10T)', 'sum(10000000000000)')):
            self.assertEqual(self.canonical(text), expected)

    def test_values_are_distinct(self):
        report = run('on any when sum(bytes)>0 && sum( bytes )>1 && count()>0',
                     (1, ARP))[0]
        self.assertEqual(report['values'], {'sum(bytes)': 42, 'count()': 1})


class Reports(unittest.TestCase):
    def test_order(self):
        packets = oracle.packets_of(
            [(ms * MS, len(frame), frame) for ms, frame in (
                (5, udp4(src='10.0.0.10')), (6, udp4(src='10.0.0.9')),
                (7, udp6()), (15, udp4()))])
        triggers = [oracle.parse_named(name, spec, 10000) for name, spec in (
            ('b', 'on any by 5tuple when count() > 0'),
            ('a', 'on any every 20ms when count() > 0'),
            ('C', 'on udp by nw_src when count() > 0'))]
        reports, summary = oracle.evaluate(triggers, packets)
        self.assertEqual(
            [(report['trigger'], report['interval_start_us'],
              list(report['key'].values())[:1]) for report in reports],
            [('C', 0, ['10.0.0.9']), ('C', 0, ['10.0.0.10']),
             ('b', 0, ['10.0.0.9']), ('b', 0, ['10.0.0.10']),
             ('b', 0, ['2001:db8::1']), ('C', 10000, ['10.0.0.1']),
             ('a', 0, []), ('b', 10000, ['10.0.0.1'])])
        self.assertEqual([report['seq'] for report in reports],
                         list(range(1, 9)))
        self.assertEqual(summary['satisfied'], 8)

    def test_many_triggers_for_one_packet(self):
        packets = oracle.packets_of([(5 * MS, 142, udp4())])
        bys = ['nw_src', 'nw_dst', '5tuple', 'none', 'nw_src/8,tp_dst']
        triggers = [oracle.parse_named(
            't%d' % i, 'on any by %s when sum(volume) == 100' % bys[i % 5],
            10000) for i in range(40)]
        reports, _ = oracle.evaluate(triggers, packets)
        self.assertEqual(sorted(report['trigger'] for report in reports),
                         sorted(trigger.name for trigger in triggers))

    def test_line(self):
        report = run('on udp by nw_src,tp_dst when avg(ttl)[-1] > 0 '
                     '|| sum(bytes) > 0', (1, udp4()))[0]
        self.assertEqual(
            oracle.json_line(report),
            '{"event":"satisfied","trigger":"t","interval_start_us":0,'
            '"interval_us":10000,"key":{"nw_src":"10.0.0.1","tp_dst":53},'
            '"values":{"avg(ttl)[-1]":null,"sum(bytes)":142},"packets":1,'
            '"complete":true,"top_by":"sum(bytes)","top":[{"flow":{'
            '"nw_src":"10.0.0.1","nw_dst":"10.0.0.2","nw_proto":17,'
            '"tp_src":1000,"tp_dst":53},"value":142,"share":1}],"seq":1}')

    def test_ledger(self):
        packets = oracle.packets_of([
            (0, 142, udp4()), (0, 42, ARP), (0, 13, bytes(13)),
            (0, 14, bytes(14)), (0, 20, bytes(5))])
        # The ARP packet has no key, but it is counted.
        triggers = [oracle.parse_named('a', 'on arp by nw_src when 1>0', 10),
                    oracle.parse_named('b', 'on udp when 1<0', 10)]
        self.assertEqual(oracle.ledger_of(triggers, packets), {
            'packets': 5, 'counted': 2, 'unmatched': 2, 'not_observed': 0,
            'dropped_invalid': 1})

    def test_replay_has_no_ports(self):
        for spec in ('on in_port=p1 when 1>0', 'on any by tun_id when 1>0'):
            with self.assertRaises(oracle.OracleError):
                oracle.check_set([oracle.parse_named('a', spec, 10000)], True)


class Captures(unittest.TestCase):
    RECORDS = [(1469000000123456789, 60, bytes(14)), (5, 14, bytes(14)),
               (10 ** 9, 33, bytes(33)), (10 ** 9 + 1000, 15, b'')]

    def read(self, data):
        with tempfile.NamedTemporaryFile() as stream:
            stream.write(data)
            stream.flush()
            return capture.read(stream.name)

    def test_formats(self):
        for write in (frames.pcap, frames.pcapng):
            for order in '<>':
                self.assertEqual(self.read(
                    write(self.RECORDS, order, True)).records, self.RECORDS)
                micro = [(t // 1000 * 1000, wire, data)
                         for t, wire, data in self.RECORDS]
                self.assertEqual(self.read(
                    write(self.RECORDS, order, False)).records, micro)

    def test_truncated(self):
        for write in (frames.pcap, frames.pcapng):
            whole = write(self.RECORDS[:2])
            for length in range(len(write(self.RECORDS[:1])) + 1, len(whole)):
                read = self.read(whole[:length])
                self.assertTrue(read.truncated)
                self.assertEqual(len(read.records), 1)
            self.assertFalse(self.read(whole).truncated)

    def test_compressed(self):
        with tempfile.NamedTemporaryFile(suffix='.xz') as stream:
            stream.write(lzma.compress(frames.pcap(self.RECORDS, '<', True)))
            stream.flush()
            self.assertEqual(capture.read(stream.name).records, self.RECORDS)

    def test_other_link_types(self):
        for write in (frames.pcap, frames.pcapng):
            with self.assertRaises(capture.CaptureError):
                self.read(write([], linktype=101))


class CommandLine(unittest.TestCase):
    def test_replay(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'c')
            with open(path, 'wb') as stream:
                stream.write(frames.pcap([(0, 142, udp4())]))
            triggers = os.path.join(directory, 't')
            with open(triggers, 'w', encoding='utf-8') as stream:
                stream.write('# one\n\nf: on udp when count() > 0\n')
            out = io.StringIO()
            sys.argv = ['oracle.py', 'replay', '--epoch', '5ms', '-t',
                        'e=on any by nw_src when sum(ttl) == 64', '-f',
                        triggers, path]
            with contextlib.redirect_stdout(out):
                self.assertEqual(oracle.main(), 0)
            lines = [json.loads(line) for line in
                     out.getvalue().splitlines()]
            self.assertEqual([line.get('trigger') for line in lines],
                             ['e', 'f', None])
            self.assertEqual(lines[2], {
                'event': 'summary', 'packets': 1, 'counted': 1,
                'unmatched': 0, 'not_observed': 0, 'dropped_invalid': 0,
                'satisfied': 2})


class Generated(unittest.TestCase):
    def test_pairs(self):
        """The file that is written reads as the records that were meant; the
        ledger balances; the same seed gives the same pair."""
        for seed in range(20):
            for variables in ('plain', 'all'):
                for extensions in ('none', 'all'):
                    self.check(seed, variables, extensions)

    def check(self, seed, variables, extensions):
        pair = generate.Pair(seed, 60, variables, extensions)
        with tempfile.NamedTemporaryFile() as stream:
            stream.write(pair.capture)
            stream.flush()
            read = capture.read(stream.name)
        self.assertEqual(read.records, pair.records)
        self.assertEqual(read.truncated, pair.truncated)
        reports, ledger = oracle.evaluate(pair.triggers(), pair.packets())
        self.assertEqual(ledger['packets'],
                         ledger['counted'] + ledger['unmatched']
                         + ledger['dropped_invalid'])
        self.assertEqual(ledger['satisfied'] + ledger.get('cleared', 0),
                         len(reports))
        again = generate.Pair(seed, 60, variables, extensions)
        self.assertEqual((again.capture, again.trigger_file()),
                         (pair.capture, pair.trigger_file()))


class Recorded(unittest.TestCase):
    def test_triggers_are_drawn_for_a_file(self):
        with tempfile.NamedTemporaryFile(suffix='.pcap') as stream:
            stream.write(generate.Pair(1, 200, 'all').capture)
            stream.flush()
            pairs = [generate.RecordedPair(stream.name, 7, 'all', 'all')
                     for _ in range(2)]
            self.assertEqual(*[pair.trigger_file() for pair in pairs])
            reports = 0
            for seed in range(10):
                pair = generate.RecordedPair(stream.name, seed, 'all', 'all')
                found, ledger = oracle.evaluate_trace(pair.triggers(),
                                                      pair.trace)
                self.assertEqual(ledger['packets'], 200)
                reports += len(found)
        self.assertTrue(reports > 0)


class Live(unittest.TestCase):
    START_US = 1469000000010000

    def test_compare(self):
        for seed in range(12):
            pair = generate.Pair(seed, 60, ['plain', 'all'][seed % 2],
                                 ['none', 'all'][seed // 2 % 2],
                                 ports=True, live=True)
            run_ = live.run_of(pair)
            lines = [oracle.json_line(report) for report in
                     run_.expected(self.START_US, seed % live.EPOCH_MS)]
            self.assertEqual(run_.compare(lines), len(lines))
            probe = [number for number, line in enumerate(lines)
                     if live.PROBE in line]
            del lines[probe[1]]
            with self.assertRaises(compare.Difference):
                run_.compare(lines)

    def test_the_clock_stood_within_an_epoch(self):
        run_ = live.Run([(0, 'p1', ARP.hex()), (3, 'p1', ARP.hex()),
                         (14, 'p1', ARP.hex())], [])

        def counts_of(phase):
            return [(report['interval_start_us'] - self.START_US,
                     report['packets'])
                    for report in run_.expected(self.START_US, phase)]
        self.assertEqual(counts_of(5), [(0, 2), (10000, 1)])
        self.assertEqual(counts_of(6), [(0, 2), (20000, 1)])
        self.assertEqual(counts_of(7), [(0, 1), (10000, 1), (20000, 1)])
        self.assertEqual(run_.phases_ms(self.START_US, run_.expected(
            self.START_US, 8)), [7, 8, 9])
        self.assertEqual(run_.phases_ms(self.START_US, run_.expected(
            self.START_US, 6)), [6])

    def test_round_trips_are_whole_milliseconds(self):
        frames_ = [(0, 'p1', tcp4(10, seq=100).hex()),
                   (7, 'p2', tcp4(src='10.0.0.2', dst='10.0.0.1', sport=80,
                                  dport=1000, ack=110).hex())]
        run_ = live.Run(frames_, [oracle.parse_named(
            'a', 'on tcp,in_port=p1 by 5tuple when avg(rtt) > 0', 10000)])
        self.assertEqual([report['values'] for report in
                          run_.expected(self.START_US, 2)
                          if report['trigger'] == 'a'], [{'avg(rtt)': 7000}])

    def test_times_of_two_ports_differ(self):
        second = 0
        for seed in range(10):
            pair = generate.Pair(seed, 80, 'all', ports=True, live=True)
            frames_ = live.run_of(pair).frames
            for one, other in zip(frames_, frames_[1:]):
                self.assertTrue(one[0] < other[0] or one[:2] == other[:2])
                second += one[2] == other[2] and one[1] != other[1]
        self.assertTrue(second > 10)

    def test_only_whole_intervals(self):
        run_ = live.Run([(0, 'p1', ARP.hex()), (10, 'p1', ARP.hex())], [
            oracle.parse_named('a', 'on any every 20ms when count() > 0',
                               10000)])

        def starts_of(start_us):
            return [report['interval_start_us']
                    for report in run_.expected(start_us)
                    if report['trigger'] == 'a']
        self.assertEqual(starts_of(40000), [40000])
        self.assertEqual(starts_of(50000), [60000])

    def test_commands(self):
        run_ = live.Run([(0, 'p1', 'aa'), (0, 'p1', 'bb'), (30, 'p2', 'cc'),
                         (37, 'p2', 'dd')],
                        [oracle.parse_named('a', 'on any when 1>0', 10000)])
        self.assertEqual(list(run_.commands({'a': "on any when 1>0"}, 'sync',
                                            2)), [
            "ovs-appctl trumpet/add-trigger a 'on any when 1>0'",
            "ovs-appctl trumpet/add-trigger live-probe '%s'"
            % live.PROBE_SPEC,
            'sync', 'ovs-appctl time/warp 10',
            'ovs-appctl netdev-dummy/receive p1 aa bb',
            'sync', 'ovs-appctl time/warp 30 10',
            'ovs-appctl netdev-dummy/receive p2 cc',
            'sync', 'ovs-appctl time/warp 7',
            'ovs-appctl netdev-dummy/receive p2 dd',
            'sync', 'ovs-appctl time/warp 63 10'])


def load_tests(loader, tests, _):
    for module in (test_extensions, test_tcp):
        tests.addTests(loader.loadTestsFromModule(module))
    return tests


if __name__ == '__main__':
    unittest.main()
