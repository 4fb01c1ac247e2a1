#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Connections small enough to work out by hand, one class a variable.

Segments are written as they would be told: A(5, seq=100, size=10) is sent at
5 ms by 10.0.0.1:1000 to 10.0.0.2:80, B(...) the other way."""

import unittest

import frames
import language
import oracle
import tcp

MS = 10 ** 6
WRAP = 2 ** 32
FLAGS = {'F': 0x01, 'S': 0x02, 'R': 0x04, '.': 0x10}

SCALE_7 = bytes([3, 3, 7])
EITHER_WAY = 'on tcp by 5tuple every 10ms when '
FROM_A = 'on tcp,nw_src=10.0.0.1 by 5tuple every 10ms when '


def packet(ms, src, dst, sport, dport, seq=0, size=0, ack=None, flags='',
           window=8192, options=b'', vlan=None, fragment=0, wire=None,
           port=None):
    """Returns (time in ns, length on the wire, frame, port).  The ACK flag
    is set where there is an 'ack'."""
    bits = sum(FLAGS[flag] for flag in flags)
    if ack is not None:
        bits |= FLAGS['.']
    data = frames.tcp(bytes(size), sport, dport, seq, ack or 0, bits, window,
                      options)
    data = frames.ipv4(data, src, dst, 6, fragment=fragment)
    tags = [] if vlan is None else [(0x8100, vlan)]
    frame = frames.ethernet(data, 0x0800, tags)
    return round(ms * MS), wire or len(frame), frame, port


def A(ms, seq=0, size=0, ack=None, flags='', sport=1000, **more):
    return packet(ms, '10.0.0.1', '10.0.0.2', sport, 80, seq, size, ack,
                  flags, **more)


def B(ms, ack=None, seq=0, size=0, flags='', dport=1000, **more):
    return packet(ms, '10.0.0.2', '10.0.0.1', 80, dport, seq, size, ack,
                  flags, **more)


def udp(ms, payload=bytes(100), sport=1000):
    data = frames.ipv4(frames.udp(payload, sport, 53), '10.0.0.1',
                       '10.0.0.2', 17)
    frame = frames.ethernet(data, 0x0800)
    return round(ms * MS), len(frame), frame, None


def arp(ms):
    return round(ms * MS), 42, frames.ethernet(bytes(28), 0x0806), None


def packets_of(sent):
    packets = oracle.packets_of([record[:3] for record in sent])
    for each, record in zip(packets, sent):
        each.in_port = record[3]
    return packets


def trace(*sent, **options):
    return tcp.Trace(packets_of(sent), **options)


def per_packet(name, *sent, **options):
    return [getattr(each, name)
            for each in trace(*sent, **options).packets]


def lost(*sent, **options):
    return per_packet('is_lost', *sent, **options)


def samples(*sent, **options):
    """Returns (sender's address, ms of the acknowledgment, ms of rtt)."""
    found = trace(*sent, **options).samples
    found.sort(key=lambda sample: sample.time_ns)
    return [('AB'[sample.packet.src == 0x0a000002], sample.time_ns / MS,
             sample.rtt / 1000) for sample in found]


def run(spec, *sent, **options):
    trigger = oracle.parse_named('t', spec, 10000)
    return oracle.evaluate([trigger], packets_of(sent), **options)[0]


def reports(spec, *sent, **options):
    """Returns (start of the interval in ms, packets, values) of each."""
    return [(report['interval_start_us'] / 1000, report['packets'],
             list(report['values'].values()))
            for report in run(spec, *sent, **options)]


def starts(spec, *sent):
    return [report[0] for report in reports(spec, *sent)]


def over_time(text, *sent, on=FROM_A, **options):
    """Returns what 'text' is in each interval in which A's key is tested, as
    {ms: value}."""
    return {start: value for start, _, (value,) in reports(
        on + '(%s == 0 || !(%s == 0))' % (text, text), *sent, **options)}


class Unwrapping(unittest.TestCase):
    def test_nearest(self):
        self.assertEqual(tcp.unwrap(5, None, None), 5)
        self.assertEqual(tcp.unwrap(5, WRAP - 10, None), WRAP + 5)
        self.assertEqual(tcp.unwrap(WRAP - 10, WRAP + 5, None), WRAP - 10)
        self.assertEqual(tcp.unwrap(WRAP - 10, 5, None), -10)
        self.assertEqual(tcp.unwrap(7, 3 * WRAP + 1, 5), 3 * WRAP + 7)
        self.assertEqual(tcp.unwrap(7, None, WRAP), WRAP + 7)

    def test_signed_difference(self):
        self.assertEqual(tcp.unwrap(2 ** 31 - 1, 0, None), 2 ** 31 - 1)
        self.assertEqual(tcp.unwrap(2 ** 31, 0, None), -2 ** 31)
        self.assertEqual(tcp.unwrap(2 ** 31 + 1, 0, None), 1 - 2 ** 31)

    def test_seq_and_ack_go_on(self):
        sent = (A(1, WRAP - 100, 150), B(2, ack=WRAP - 50), A(11, 50, 10),
                B(12, ack=60))
        self.assertEqual(over_time('seq', *sent),
                         {0: WRAP + 50, 10: WRAP + 60})
        self.assertEqual(over_time('ack', *sent),
                         {0: WRAP - 50, 10: WRAP + 60})

    def test_several_wraps(self):
        step = 2 ** 30
        sent = [A(i, i * step, 100) for i in range(14)]
        self.assertEqual(over_time('seq', *sent),
                         {0: 9 * step + 100, 10: 13 * step + 100})
        # One within an interval of 1 s.
        self.assertEqual(over_time('seq', *[
            A(200 * i, i * step, 100) for i in range(10)],
                                   on=FROM_A.replace('10ms', '1s')),
                         {0: 4 * step + 100, 1000: 9 * step + 100})

    def test_the_first_number_stands(self):
        # The acknowledgment, if it comes first.
        sent = B(1, ack=WRAP - 5), A(2, 10, 10)
        self.assertEqual(over_time('seq', *sent), {0: WRAP + 20})
        self.assertEqual(over_time('ack', *sent), {0: WRAP - 5})
        sent = B(1, ack=5), A(2, WRAP - 20, 10)
        self.assertEqual(over_time('seq', *sent), {0: -10})
        sent = A(1, WRAP - 20, 10), B(2, ack=5)
        self.assertEqual(over_time('ack', *sent), {0: WRAP + 5})
        sent = A(1, 5, 10), B(2, ack=WRAP - 5)
        self.assertEqual(over_time('ack', *sent), {0: -5})

    def test_of_its_own_kind(self):
        # The acknowledgments are far behind: 2^31 from 'seq', not from 'ack'.
        step = 2 ** 30
        sent = (A(1, 0, 1), B(2, ack=1), A(3, step, 1), A(4, 2 * step, 1),
                A(5, 3 * step, 1), B(6, ack=2))
        self.assertEqual(over_time('ack', *sent), {0: 2})
        self.assertEqual(over_time('seq', *sent), {0: 3 * step + 1})

    def test_what_consumes_nothing_has_no_number(self):
        sent = A(1, WRAP - 10, ack=1), A(2, 5, 10)
        self.assertEqual(over_time('seq', *sent), {0: 15})

    def test_each_direction_has_its_own_scale(self):
        sent = (A(1, WRAP - 5, 10, ack=7), B(2, ack=5, seq=7, size=3),
                A(3, 5, 0, ack=10))
        self.assertEqual(over_time('seq', *sent), {0: WRAP + 5})
        self.assertEqual(over_time('seq', *sent, on=EITHER_WAY.replace(
            'tcp', 'tcp,tp_src=80')), {0: 10})


class Lost(unittest.TestCase):
    def test_sent_again(self):
        self.assertEqual(lost(A(1, 100, 10), A(2, 110, 10), A(3, 100, 10),
                              A(4, 110, 10), A(5, 120, 10)),
                         [0, 0, 1, 1, 0])

    def test_in_part_and_beyond(self):
        self.assertEqual(lost(A(1, 100, 10), A(2, 105, 5), A(3, 108, 10),
                              A(4, 118, 1), A(5, 90, 3)), [0, 1, 1, 0, 1])

    def test_a_hole_is_no_loss_but_what_fills_it_is(self):
        self.assertEqual(lost(A(1, 100, 10), A(2, 120, 10), A(3, 110, 10),
                              A(4, 130, 10)), [0, 0, 1, 0])

    def test_selective_acknowledgment(self):
        sack = bytes.fromhex('0101050a0000007800000082')
        self.assertEqual(lost(
            A(1, 100, 10), A(2, 110, 10), A(3, 120, 10),
            B(4, ack=110, options=sack), A(5, 110, 10), A(6, 130, 10)),
                         [0, 0, 0, 0, 1, 0])

    def test_pure_acks_are_none(self):
        self.assertEqual(lost(A(1, 100, 10, ack=1), A(2, 110, ack=1),
                              A(3, 110, ack=1), A(4, 50, ack=1),
                              A(5, 105, flags='R')), [0] * 5)

    def test_syn_and_fin_take_a_number(self):
        self.assertEqual(lost(A(1, 99, flags='S'), A(2, 100, 10),
                              A(3, 110, flags='F'), A(4, 111, 1)), [0] * 4)
        self.assertEqual(lost(A(1, 99, flags='S'), A(2, 99, flags='S')),
                         [0, 1])
        self.assertEqual(lost(A(1, 99, flags='S'), A(2, 99, 5, flags='S'),
                              A(3, 105, 1)), [0, 1, 0])
        self.assertEqual(lost(A(1, 100, 10, flags='F'),
                              A(2, 110, flags='F'), A(3, 111, 1)), [0, 1, 0])

    def test_keep_alives_are_none(self):
        self.assertEqual(lost(A(1, 100, 10), A(2, 109, 0, ack=1),
                              A(3, 109, 1, ack=1), A(4, 109, 1, flags='R'),
                              A(5, 110, 5)), [0] * 5)

    def test_what_looks_like_a_keep_alive(self):
        self.assertEqual(lost(A(1, 100, 10), A(2, 108, 1), A(3, 109, 2),
                              A(4, 110, flags='F'), A(5, 111, 5),
                              A(6, 115, flags='F', ack=1),
                              A(7, 115, flags='F', ack=1)),
                         [0, 1, 1, 1, 0, 1, 1])

    def test_the_wrap(self):
        self.assertEqual(lost(A(1, WRAP - 10, 10), A(2, 0, 10),
                              A(3, WRAP - 5, 5), A(4, 0, 10), A(5, 10, 10),
                              A(6, 19, 1)), [0, 0, 1, 1, 0, 0])
        self.assertEqual(lost(A(1, WRAP - 10, 20), A(2, 9, 1), A(3, 10, 1)),
                         [0, 0, 0])
        self.assertEqual(lost(A(1, 0, 1), A(2, 2 ** 31, 1)), [0, 0])
        self.assertEqual(lost(A(1, 0, 1), A(2, 2 ** 31 + 1, 1)), [0, 1])

    def test_silence_before_it_is_sent_again(self):
        self.assertEqual(lost(A(0, 100, 10), A(200, 100, 10),
                              A(1200, 100, 10), A(4200, 100, 10)),
                         [0, 1, 1, 1])
        self.assertEqual(lost(A(0, 100, 10), A(3000.001, 100, 10)), [0, 0])
        # The other direction keeps it alive, and it alone as well.
        self.assertEqual(lost(A(0, 100, 10), B(2000, ack=5),
                              A(4000, 100, 10)), [0, 0, 1])
        self.assertEqual(lost(A(0, 100, 10), B(2000, ack=5, dport=1001),
                              A(4000, 100, 10)), [0, 0, 0])

    def test_flows_are_apart(self):
        self.assertEqual(lost(A(1, 100, 10), A(2, 100, 10, sport=1001),
                              B(3, seq=100, size=10)), [0, 0, 0])

    def test_other_protocols_have_no_sequence_numbers(self):
        sent = udp(1, b'\0\0\0\2data'), udp(2, b'\0\0\0\1data'), arp(3)
        self.assertEqual(lost(*sent, *sent), [0] * 6)

    def test_twice_through_the_switch(self):
        self.assertEqual(lost(A(1, 100, 10, vlan=1), A(1, 100, 10, vlan=2),
                              A(1, 100, 10), A(2, 100, 10, vlan=2)),
                         [0, 0, 0, 1])
        self.assertEqual(lost(A(1, 100, 10, port='p1'),
                              A(1, 100, 10, port='p2'),
                              A(2, 100, 10, port='p1'), has_places=True),
                         [0, 0, 1])

    def test_what_was_acknowledged_before_it_was_seen(self):
        self.assertEqual(lost(B(1, ack=200), A(2, 100, 10), A(3, 110, 10)),
                         [0, 0, 0])

    def test_fragments(self):
        # The payload of the first fragment counts; later ones are no
        # segments.
        self.assertEqual(lost(A(1, 100, 24, fragment=0x2000),
                              A(1, 100, 24, fragment=5),
                              A(1, 100, 24, fragment=5),
                              A(2, 100, 24, fragment=0x2000),
                              A(3, 124, 10)), [0, 0, 0, 1, 0])

    def test_lengths_are_those_on_the_wire(self):
        time_ns, wire, frame, port = A(1, 100, 10)
        cut = time_ns, wire, frame[:54], port
        self.assertEqual(lost(cut, A(2, 109, 5), A(3, 114, 5)), [0, 1, 0])
        no_header = time_ns, wire, frame[:53], port
        self.assertEqual(lost(no_header, A(2, 100, 10)), [0, 0])

    def test_padding_is_no_payload(self):
        time_ns, wire, frame, port = A(1, 100, 0, ack=1)
        padded = time_ns, wire + 6, frame + bytes(6), port
        self.assertEqual(lost(A(0, 100, 10), padded), [0, 0])

    def test_percent(self):
        sent = [A(1 + i / 100, 100 + 10 * i, 10) for i in range(9)]
        sent.append(A(2, 100, 10))
        self.assertEqual(starts(FROM_A + 'sum(is_lost) >= 10%', *sent), [0])
        self.assertEqual(starts(FROM_A + 'sum(is_lost) > 10%', *sent), [])


class Burst(unittest.TestCase):
    def bursts(self, *times_us):
        return per_packet('is_burst', *[udp(us / 1000) for us in times_us])

    def test_the_fourth(self):
        self.assertEqual(self.bursts(0, 100, 200, 300, 400),
                         [0, 0, 0, 1, 1])
        self.assertEqual(self.bursts(0, 0, 0, 0), [0, 0, 0, 1])

    def test_the_gap(self):
        self.assertEqual(self.bursts(0, 100, 200, 300.001, 350, 400, 450),
                         [0, 0, 0, 0, 0, 0, 1])
        self.assertEqual(self.bursts(0, 50, 90, 191, 200, 210, 220, 400),
                         [0, 0, 0, 0, 0, 0, 1, 0])

    def test_a_burst_crosses_intervals(self):
        self.assertEqual(self.bursts(9900, 9950, 9999, 10000),
                         [0, 0, 0, 1])

    def test_per_flow(self):
        self.assertEqual(per_packet('is_burst', *[
            udp(i / 1000, sport=1000 + i % 2) for i in range(9)]),
                         [0] * 6 + [1] * 3)
        self.assertEqual(per_packet('is_burst', *[
            A(1, i, vlan=i % 2) for i in range(8)]), [0] * 6 + [1] * 2)
        # The other direction is another 5-tuple.
        self.assertEqual(per_packet('is_burst', A(1), A(1), B(1), A(1),
                                    B(1), A(1)), [0, 0, 0, 0, 0, 1])

    def test_without_ports(self):
        later = [A(1, i, 64, fragment=5, sport=i) for i in range(4)]
        self.assertEqual(per_packet('is_burst', *later), [0, 0, 0, 1])

    def test_non_ip(self):
        self.assertEqual(per_packet('is_burst', *[arp(1)] * 5), [0] * 5)

    def test_a_new_connection_is_no_end(self):
        self.assertEqual(per_packet('is_burst', A(1, 5, flags='S'),
                                    A(1, 900, flags='S'), A(1, 3, flags='S'),
                                    A(1, 4)), [0, 0, 0, 1])

    def test_time_that_went_back(self):
        self.assertEqual(per_packet('is_burst', udp(5), udp(1), udp(2),
                                    udp(3)), [0, 0, 0, 1])

    def test_burst_loss(self):
        sent = [A(1, 100 + 10 * i, 10) for i in range(5)]
        sent += [A(1, 100, 10), A(9, 110, 10)]
        self.assertEqual(
            reports(FROM_A + 'sum(is_lost & is_burst) > 10%', *sent),
            [(0, 7, [7, 1])])


class Window(unittest.TestCase):
    def windows(self, *sent):
        return per_packet('rwnd', *sent)

    def handshake(self, of_a, of_b):
        return (A(1, 0, flags='S', options=of_a, window=1000),
                B(2, ack=1, flags='S', options=of_b, window=2000),
                A(3, 1, ack=1, window=3), B(4, ack=1, seq=1, window=4))

    def test_scaled_by_its_sender(self):
        self.assertEqual(self.windows(*self.handshake(SCALE_7,
                                                      bytes([3, 3, 2]))),
                         [1000, 2000, 3 << 7, 4 << 2])

    def test_both_must_carry_the_option(self):
        self.assertEqual(self.windows(*self.handshake(SCALE_7, b'')),
                         [1000, 2000, 3, 4])
        self.assertEqual(self.windows(*self.handshake(b'', SCALE_7)),
                         [1000, 2000, 3, 4])
        self.assertEqual(self.windows(*self.handshake(SCALE_7,
                                                      bytes([3, 3, 0]))),
                         [1000, 2000, 3 << 7, 4])

    def test_both_must_be_seen(self):
        sent = self.handshake(SCALE_7, SCALE_7)
        self.assertEqual(self.windows(*sent[1:]), [2000, 3, 4])
        self.assertEqual(self.windows(sent[0], *sent[2:]), [1000, 3, 4])
        # Only the first time is too early.
        self.assertEqual(self.windows(sent[0], A(1, 1, window=5), sent[1],
                                      A(2, 1, window=5)),
                         [1000, 5, 2000, 5 << 7])

    def test_at_most_14(self):
        self.assertEqual(self.windows(*self.handshake(bytes([3, 3, 15]),
                                                      bytes([3, 3, 255]))),
                         [1000, 2000, 3 << 14, 4 << 14])

    def test_the_last_syn(self):
        first = self.handshake(SCALE_7, SCALE_7)[:2]
        self.assertEqual(self.windows(*first, A(3, 0, flags='S'),
                                      A(4, 1, window=3))[3], 3)
        self.assertEqual(self.windows(*first, A(3, 0, flags='S', options=(
            bytes([3, 3, 1]))), A(4, 1, window=3))[3], 6)
        # A SYN of a new connection, but the other's SYN is of the old one.
        self.assertEqual(self.windows(*first, A(3, 900, flags='S',
                                                options=SCALE_7),
                                      A(4, 901, window=3))[3], 3)

    def test_a_syn_is_never_scaled(self):
        sent = self.handshake(SCALE_7, SCALE_7)
        self.assertEqual(self.windows(*sent[:2], sent[0], sent[1])[2:],
                         [1000, 2000])

    def test_the_option_counts_on_a_syn_only(self):
        sent = self.handshake(SCALE_7, SCALE_7)
        self.assertEqual(self.windows(*sent, A(5, 1, window=3,
                                               options=bytes([3, 3, 1])),
                                      A(6, 1, window=3))[4:],
                         [3 << 7, 3 << 7])

    def test_options(self):
        for text, scale in (
                ('', None), ('030307', 7), ('01030307', 7),
                ('020405b401030307', 7), ('00030307', None),
                ('0302', None), ('03', None), ('0303', None),
                ('0304070001', None), ('03020303', None),
                ('0200030307', None), ('0201030307', None),
                ('02ff030307', None), ('030307030309', 9),
                ('0402030307', 7), ('030302030408', 2), ('03030f', 14)):
            self.assertEqual(tcp.window_scale(bytes.fromhex(text)), scale,
                             text)

    def test_forgotten(self):
        sent = self.handshake(SCALE_7, SCALE_7)
        self.assertEqual(self.windows(*sent, A(3004, 1, window=3))[4],
                         3 << 7)
        self.assertEqual(self.windows(*sent, A(3004.001, 1, window=3))[4], 3)

    def test_defined_for_tcp(self):
        self.assertEqual(self.windows(udp(1), arp(2),
                                      A(3, 0, 64, fragment=5), A(4)),
                         [None, None, None, 8192])
        self.assertEqual(reports('on any when min(rwnd) == 0', udp(1),
                                 A(2, window=0), A(3)), [(0, 3, [0])])


class RoundTrip(unittest.TestCase):
    def test_a_sample(self):
        self.assertEqual(samples(A(1, 100, 10), B(5, ack=110)),
                         [('A', 5, 4)])
        self.assertEqual(samples(A(1, 100, 10), B(5, ack=109),
                                 B(6, ack=111), B(7, ack=111)),
                         [('A', 6, 5)])

    def test_only_segments_with_ack(self):
        self.assertEqual(samples(A(1, 100, 10), B(5, seq=110, size=1)), [])
        self.assertEqual(samples(A(1, 100, 10), B(5, ack=110, flags='R'),
                                 B(6, ack=110)), [('A', 5, 4)])

    def test_the_handshake(self):
        self.assertEqual(samples(A(1, 100, flags='S'),
                                 B(3, ack=101, seq=500, flags='S'),
                                 A(4, 101, ack=501)),
                         [('A', 3, 2), ('B', 4, 1)])

    def test_one_at_a_time(self):
        self.assertEqual(samples(A(1, 100, 10), A(2, 110, 10),
                                 B(5, ack=110), B(6, ack=120),
                                 A(7, 120, 10), B(8, ack=130)),
                         [('A', 5, 4), ('A', 8, 1)])

    def test_pure_acks_are_not_timed(self):
        self.assertEqual(samples(A(1, 100, ack=1), B(2, ack=100)), [])
        self.assertEqual(samples(A(1, 100, flags='F'), B(2, ack=101)),
                         [('A', 2, 1)])

    def test_sent_again(self):
        # Karn's rule: nobody knows which one is acknowledged.
        self.assertEqual(samples(A(1, 100, 10), A(2, 100, 10),
                                 B(3, ack=110)), [])
        self.assertEqual(samples(A(1, 100, 10), A(2, 109, 5),
                                 B(3, ack=114)), [])
        self.assertEqual(samples(A(1, 100, 10), A(2, 90, 11),
                                 B(3, ack=110)), [])
        self.assertEqual(samples(A(1, 100, flags='S'), A(2, 100, flags='S'),
                                 B(3, ack=101)), [])
        # What is lost beside it cancels nothing.
        self.assertEqual(samples(A(1, 100, 10), A(2, 90, 10), A(3, 110, 10),
                                 A(4, 110, 10), B(5, ack=110)),
                         [('A', 5, 4)])
        # What is sent again is not timed; what is new then is.
        self.assertEqual(samples(A(1, 100, 10), A(2, 100, 10),
                                 A(3, 110, 10), B(5, ack=120)),
                         [('A', 5, 2)])
        self.assertEqual(samples(A(1, 100, 10), A(2, 105, 10),
                                 B(3, ack=115)), [])

    def test_a_keep_alive_cancels_nothing(self):
        self.assertEqual(samples(A(1, 100, 10), A(2, 109, 1), B(3, ack=110)),
                         [('A', 3, 2)])
        self.assertEqual(samples(A(1, 100, 10), A(2, 109, 0), B(3, ack=110)),
                         [('A', 3, 2)])

    def test_above_a_hole(self):
        self.assertEqual(samples(A(1, 100, 10), B(2, ack=110),
                                 A(3, 200, 10), A(4, 150, 10),
                                 B(5, ack=210)),
                         [('A', 2, 1), ('A', 5, 2)])

    def test_the_wrap(self):
        self.assertEqual(samples(A(1, WRAP - 5, 10), B(2, ack=WRAP - 1),
                                 B(3, ack=5)), [('A', 3, 2)])

    def test_an_old_acknowledgment_is_none(self):
        self.assertEqual(samples(A(1, 100, 10), B(2, ack=110), A(3, 110, 10),
                                 B(4, ack=100), B(5, ack=120)),
                         [('A', 2, 1), ('A', 5, 2)])

    def test_acknowledged_before_it_was_seen(self):
        # 'ack' is above its end already; the next ACK is the first since.
        self.assertEqual(samples(B(1, ack=200), A(2, 100, 10),
                                 B(3, ack=200)), [('A', 3, 1)])

    def test_both_directions(self):
        self.assertEqual(samples(A(1, 100, 10, ack=500),
                                 B(2, seq=500, size=10, ack=110),
                                 A(4, 110, 10, ack=510),
                                 B(7, ack=120, seq=510)),
                         [('A', 2, 1), ('B', 4, 2), ('A', 7, 3)])

    def test_places(self):
        self.assertEqual(samples(A(1, 100, 10, vlan=1), B(2, ack=110)), [])
        sent = (A(1, 100, 10, vlan=1), A(2, 100, 10, vlan=2),
                B(4, ack=110, vlan=2), B(5, ack=110, vlan=1))
        self.assertEqual(samples(*sent), [('A', 4, 2), ('A', 5, 4)])
        # In a switch the reverse is the reverse wherever it enters.
        self.assertEqual(samples(*sent, has_places=True),
                         [('A', 4, 3), ('A', 4, 2)])
        sent = A(1, 100, 10, port='p1'), B(2, ack=110, port='p2')
        self.assertEqual(samples(*sent, has_places=True), [('A', 2, 1)])

    def test_nanoseconds(self):
        self.assertEqual(trace(A(1, 100, 10), B(1.001234, ack=110))
                         .samples[0].rtt, 1.234)
        self.assertEqual(starts('on tcp when max(rtt) == 1.234',
                                A(1, 100, 10), B(1.001234, ack=110)), [0])

    def test_time_that_went_back(self):
        self.assertEqual(samples(A(5, 100, 10), B(3, ack=110)),
                         [('A', 5, 0)])

    def test_forgotten(self):
        self.assertEqual(samples(A(0, 100, 10), B(3000, ack=110)),
                         [('A', 3000, 3000)])
        self.assertEqual(samples(A(0, 100, 10), B(3000.001, ack=110)), [])
        self.assertEqual(samples(A(1, 100, flags='S'), A(2, 900, flags='S'),
                                 B(3, ack=101), B(4, ack=901)),
                         [('A', 4, 2)])
        self.assertEqual(samples(A(1, 100, 10), B(2, seq=5, flags='S'),
                                 B(3, seq=9, flags='S'), B(4, ack=110)), [])

    def test_it_counts_for_the_timed_flow_at_the_time_of_the_ack(self):
        sent = A(9, 100, 10), B(11, ack=110)
        values = 'count(rtt) >= 0 && sum(rtt) >= 0 && count() >= 0'
        self.assertEqual(reports(FROM_A + values, *sent),
                         [(0, 1, [0, 0, 1]), (10, 0, [1, 2000, 0])])
        self.assertEqual(reports(EITHER_WAY.replace('tcp', 'tcp,tp_src=80')
                                 + values, *sent), [(10, 1, [0, 0, 1])])
        self.assertEqual(reports('on tcp,nw_dst=10.0.0.2 when ' + values,
                                 *sent),
                         [(0, 1, [0, 0, 1]), (10, 0, [1, 2000, 0])])
        self.assertEqual(reports('on tcp,tp_src=80 when ' + values, *sent),
                         [(0, 0, [0, 0, 0]), (10, 1, [0, 0, 1])])

    def test_aggregates(self):
        sent = (A(1, 100, 10), B(3, ack=110), A(4, 110, 10), B(8, ack=120),
                A(9, 120, 10))
        self.assertEqual(reports(
            FROM_A + 'avg(rtt) == 3ms && min(rtt) == 2ms && max(rtt) == 4ms'
            ' && count(rtt > 2ms) == 1 && sum(1) == 3', *sent),
                         [(0, 3, [3000, 2000, 4000, 1, 3])])
        self.assertEqual(reports(FROM_A + '!(avg(rtt) > 5ms)', A(1, 1, 1)),
                         [(0, 1, [None])])
        # A sample of 0 is defined, but count() does not count it.
        self.assertEqual(reports(FROM_A + 'max(rtt) == 0 && count(rtt) == 0',
                                 A(1, 100, 10), B(1, ack=110)),
                         [(0, 1, [0, 0])])

    def test_slow_path(self):
        sent = []
        for i in range(21):
            sent += [A(10 * i, 100 + i, 1, sport=1000 + i % 2),
                     B(10 * i + 6, ack=101 + i, dport=1000 + i % 2)]
        self.assertEqual(reports(
            'on tcp by nw_dst,tp_dst every 1s when count(rtt) > 20 '
            '&& avg(rtt) > 5ms', *sent), [(0, 21, [21, 6000])])


class Duplicates(unittest.TestCase):
    DATA = A(1, 100, 50), A(2, 150, 100), B(3, ack=150)

    def dup(self, *sent):
        return over_time('dup', *self.DATA, *sent)[0]

    def test_each(self):
        self.assertEqual(self.dup(), 0)
        self.assertEqual(self.dup(B(4, ack=150)), 100)
        self.assertEqual(self.dup(B(4, ack=150), B(5, ack=150)), 200)

    def test_none(self):
        for each in (B(4, ack=150, size=1), B(4, ack=150, flags='S'),
                     B(4, ack=150, flags='F'), B(4, ack=150, flags='R'),
                     B(4, ack=150, window=1), B(4, ack=149), B(4, ack=151),
                     B(4, flags=''), A(4, 250, ack=150),
                     B(4, ack=150, vlan=1)):
            self.assertEqual(self.dup(each), 0)

    def test_the_window_of_the_segment_before(self):
        # Whatever that segment was.
        self.assertEqual(self.dup(B(4, ack=150, window=1),
                                  B(5, ack=150, window=1)), 100)
        self.assertEqual(self.dup(B(4, window=1), B(5, ack=150)), 0)
        self.assertEqual(self.dup(B(4, window=1),
                                  B(5, ack=150, window=1)), 100)
        self.assertEqual(self.dup(B(4, ack=150, seq=5, size=9, window=1),
                                  B(5, ack=150, window=1)), 100)
        self.assertEqual(self.dup(B(4, ack=100, window=1),
                                  B(5, ack=150, window=1)), 100)

    def test_while_something_is_on_its_way(self):
        self.assertEqual(self.dup(B(4, ack=250), B(5, ack=250)), 0)
        self.assertEqual(over_time('dup', A(1, 5), B(2, ack=5),
                                   B(3, ack=5)), {0: 0})

    def test_the_first_ack_is_none(self):
        self.assertEqual(over_time('dup', A(1, 100, 10), B(2),
                                   B(3, ack=100)), {0: 0})
        self.assertEqual(over_time('dup', A(1, 100, 10), B(2, ack=100),
                                   B(3, ack=100)), {0: 10})

    def test_the_largest_payload(self):
        # Of all so far, also that which came later in the interval.
        self.assertEqual(self.dup(B(4, ack=150), A(5, 250, 300)), 300)
        self.assertEqual(over_time('dup', *self.DATA, B(11, ack=150),
                                   A(21, 250, 9), B(22, ack=150)),
                         {0: 0, 10: 100, 20: 100})
        # 1460 if there was none.
        self.assertEqual(over_time('dup', A(1, 100, flags='S'),
                                   B(2, ack=100), B(3, ack=100)), {0: 1460})

    def test_they_count_in_their_interval(self):
        self.assertEqual(over_time('dup', *self.DATA, B(9, ack=150),
                                   B(11, ack=150), B(12, ack=150),
                                   A(25, 250, 1), A(45, 251, 1)),
                         {0: 100, 10: 200, 20: 0, 40: 0})
        self.assertEqual(over_time('dup[-1]', *self.DATA, B(9, ack=150),
                                   B(11, ack=150), B(12, ack=150),
                                   A(25, 250, 1), A(45, 251, 1)),
                         {0: None, 10: 100, 20: 200, 40: 0})

    def test_the_wrap(self):
        self.assertEqual(over_time('dup', A(1, WRAP - 5, 10), B(2, ack=0),
                                   B(3, ack=0)), {0: 10})

    def test_data_in_both_directions(self):
        sent = [A(1, 100, 100, ack=1)]
        sent += [B(2, ack=100, seq=1 + 10 * i, size=10) for i in range(9)]
        self.assertEqual(over_time('dup', *sent), {0: 0})

    def test_zero_window(self):
        sent = A(1, 100, 10), B(2, ack=110, window=0), A(3, 110, 1)
        probes = B(4, ack=110, window=0), B(5, ack=110, window=9)
        self.assertEqual(over_time('dup', *sent, *probes), {0: 10})

    def test_a_new_connection_forgets_them(self):
        self.assertEqual(self.dup(B(4, ack=150), A(5, 900, flags='S')), 0)

    def test_long_silence_forgets_them(self):
        sent = (*self.DATA, B(4, ack=150), A(3005, 250, 1), B(3006, ack=200),
                B(3007, ack=200))
        self.assertEqual(over_time('dup', *sent,
                                   on=FROM_A.replace('10ms', '10s')),
                         {0: None})
        self.assertEqual(over_time('dup', *sent, A(6007, 300, 1),
                                   A(9007, 1, 1), on=FROM_A.replace('10ms',
                                                                    '10s')),
                         {0: 1})


class State(unittest.TestCase):
    def test_undefined_until_seen(self):
        self.assertEqual(over_time('seq', A(1, 100, ack=1)), {0: None})
        self.assertEqual(over_time('seq', A(1, 100, flags='R')), {0: None})
        self.assertEqual(over_time('ack', A(1, 100, 5), B(2, seq=1, size=1)),
                         {0: None})
        self.assertEqual(over_time('ack', A(1, 100), B(2, ack=7)), {0: 7})
        self.assertEqual(over_time('dup', A(1, 100)), {0: 0})

    def test_highest(self):
        self.assertEqual(over_time('seq', A(1, 100, 50), A(2, 100, 10),
                                   A(3, 160, ack=1)), {0: 150})
        self.assertEqual(over_time('ack', A(1, 100, 50), B(2, ack=150),
                                   B(3, ack=120)), {0: 150})
        self.assertEqual(over_time('seq', A(1, 100, 9, flags='SF')),
                         {0: 111})

    def test_undefined_for_other_protocols(self):
        self.assertEqual(reports(
            'on udp by 5tuple when !(seq >= 0) && !(ack >= 0) && !(dup >= 0)',
            udp(1)), [(0, 1, [None, None, None])])
        # And for what has no header.
        later = A(1, 0, 64, fragment=5)
        self.assertEqual(reports('on tcp by 5tuple when !(dup >= 0)', later),
                         [(0, 1, [None])])

    def test_at_the_end_of_an_interval(self):
        sent = (A(9.999999, 100, 10), A(10, 110, 10), A(35, 120, 10),
                A(36, 130, 10))
        self.assertEqual(over_time('seq', *sent), {0: 110, 10: 120, 30: 140})
        self.assertEqual(over_time('seq[-1]', *sent),
                         {0: None, 10: 110, 30: 120})
        self.assertEqual(over_time('seq[-2]', *sent),
                         {0: None, 10: None, 30: 120})
        self.assertEqual(over_time('seq[-3]', *sent)[30], 110)
        self.assertEqual(over_time('seq[-4]', *sent)[30], None)

    def test_history_counts_intervals(self):
        sent = [A(5 + 10 * i, 100 + i, 1) for i in range(12)]
        self.assertEqual(over_time('seq[-1]', *sent,
                                   on=FROM_A.replace('10ms', '30ms')),
                         {0: None, 30: 103, 60: 106, 90: 109})
        self.assertEqual(over_time('seq[-8]', *sent)[110], 104)

    def test_before_the_flow_was_seen(self):
        # 'ack' is known then, but the flow is not.
        sent = arp(1), B(11, ack=100), A(21, 100, 10), B(22, ack=105)
        self.assertEqual(over_time('ack[-1]', *sent), {20: None})
        self.assertEqual(over_time('dup[-1]', *sent), {20: None})
        self.assertEqual(over_time('ack', *sent[:3]), {20: 100})

    def test_life(self):
        on = FROM_A.replace('10ms', '1s')
        sent = A(500, 100, 10), B(1000, ack=110), A(3999, 110, 10)
        self.assertEqual(over_time('seq', *sent, on=on),
                         {0: 110, 1000: 110, 3000: 120})
        self.assertEqual(over_time('seq[-1]', *sent, on=on)[3000], 110)
        # Exactly 3 s are not more than 3 s; what is forgotten "by then" is
        # undefined in that interval and known in those before.
        sent = A(1000, 100, 10), A(4000.001, 900, 10)
        self.assertEqual(over_time('seq', *sent, on=on),
                         {1000: 110, 4000: 910})
        self.assertEqual(over_time('seq[-1]', *sent, on=on)[4000], 110)
        sent = A(999.999, 100, 10), A(4000.001, 900, 10)
        self.assertEqual(over_time('seq[-1]', *sent, on=on)[4000], None)
        self.assertEqual(over_time('seq[-2]', *sent, on=on)[4000], 110)

    def test_the_end_of_an_interval_may_be_long_after(self):
        on = FROM_A.replace('10ms', '10s')
        self.assertEqual(over_time('seq', A(6999, 100, 10), on=on), {0: None})
        self.assertEqual(over_time('seq', A(7000, 100, 10), on=on), {0: 110})

    def test_starting_anew(self):
        # The first number stands again.
        sent = A(1, WRAP - 5, 10), A(2999, 5, 10), A(5999.001, 15, 10)
        found = over_time('seq', *sent)
        self.assertEqual(list(found.values()), [WRAP + 5, WRAP + 15, 25])

    def test_a_new_connection(self):
        self.assertEqual(over_time('seq', A(1, WRAP - 5, 10),
                                   A(2, 50, flags='S')), {0: 51})
        self.assertEqual(over_time('ack', A(1, 100, 5), B(2, ack=105),
                                   A(3, 50, flags='S')), {0: None})
        # By the other end, too.
        self.assertEqual(over_time('seq', A(1, 100, 5),
                                   B(2, seq=7, flags='S'),
                                   B(3, seq=8, flags='S'), A(4, 3, 1)),
                         {0: 4})
        self.assertEqual(lost(A(1, 100, flags='S'), A(2, 101, 10),
                              A(3, 50, flags='S'), A(4, 51, 10),
                              A(5, 51, 10)), [0, 0, 0, 0, 1])

    def test_no_new_connection(self):
        first = A(1, 100, flags='S')
        for each in (A(2, 100, flags='S'), A(2, 50, flags='S', ack=1),
                     A(2, 100, 5, flags='S'), B(2, seq=50, flags='S'),
                     A(2, 50, flags='F'), A(2, 50, flags='R')):
            self.assertIn(over_time('seq', first, each)[0], (101, 106))
        self.assertEqual(over_time(
            'seq', first, A(2, 50, flags='S', vlan=1),
            on=FROM_A.replace('tcp', 'tcp,dl_vlan=0xffff')), {0: 101})

    def test_a_syn_in_a_direction_without_seq(self):
        # Nothing is forgotten: its number is the nearest to 'ack'.
        sent = (A(1, 5, ack=1), B(2, ack=WRAP - 5), A(3, 50, flags='S'))
        self.assertEqual(over_time('seq', *sent), {0: WRAP + 51})
        self.assertEqual(over_time('ack', *sent), {0: WRAP - 5})

    def test_a_syn_after_data_is_another_than_none(self):
        self.assertEqual(over_time('ack', A(1, 100, 5), B(2, ack=105),
                                   A(3, 105, flags='S')), {0: None})

    def test_simultaneous_open(self):
        sent = (A(1, 100, flags='S'), B(1, seq=500, flags='S'),
                A(2, 100, flags='S', ack=501), B(3, seq=500, flags='S',
                                                 ack=101))
        self.assertEqual(over_time('seq', *sent), {0: 101})
        self.assertEqual(over_time('ack', *sent), {0: 101})
        # Either SYN+ACK is sent again, with the number of its SYN.
        self.assertEqual(lost(*sent), [0, 0, 1, 1])
        self.assertEqual(samples(*sent), [('B', 2, 1)])

    def test_history_reaches_into_the_old_connection(self):
        self.assertEqual(over_time('seq[-1]', A(1, 100, 5),
                                   A(11, 7, flags='S')), {0: None, 10: 105})

    def test_ports_0(self):
        # What has no ports is of the same 5-tuple: it keeps the state, but
        # it is no segment.
        def zero(ms, **more):
            return packet(ms, '10.0.0.1', '10.0.0.2', 0, 0, **more)
        sent = zero(0, seq=100, size=10), zero(2000, size=64, fragment=5)
        self.assertEqual(lost(*sent, zero(4000, seq=100, size=10)),
                         [0, 0, 1])
        self.assertEqual(over_time('seq', *sent,
                                   on=FROM_A.replace('10ms', '5s')),
                         {0: 110})

    def test_its_own_reverse(self):
        def self_(ms, seq, size, ack):
            return packet(ms, '10.0.0.1', '10.0.0.1', 5, 5, seq, size, ack)
        sent = self_(1, 100, 10, 100), self_(3, 110, 10, 110)
        self.assertEqual(samples(*sent), [('A', 3, 2)])
        self.assertEqual(over_time('ack', *sent), {0: 110})

    def test_its_own_reverse_at_several_places(self):
        """Each place hears all, but what passed the other is no loss."""
        def self_(ms, seq, size, ack, port):
            return packet(ms, '10.0.0.1', '10.0.0.1', 5, 5, seq, size, ack,
                          port=port)
        sent = (self_(1, 100, 10, 100, 'p1'), self_(2, 100, 10, 100, 'p2'),
                self_(4, 110, 10, 110, 'p1'), self_(5, 110, 10, 110, 'p2'),
                self_(6, 110, 10, 110, 'p1'))
        self.assertEqual(lost(*sent, has_places=True), [0, 0, 0, 0, 1])
        self.assertEqual(samples(*sent, has_places=True),
                         [('A', 4, 3), ('A', 4, 2)])

    def test_congestion(self):
        """1 - (ack - ack[-1] + dup) / (seq[-1] - ack[-1]): the part of what
        was on its way at the interval's beginning that did not arrive."""
        sent = [A(1 + i / 10, 1000 * i, 1000) for i in range(10)]
        sent += [B(9, ack=0)]
        sent += [B(12, ack=3000), B(13, ack=3000), A(14, 10000, 1000)]
        spec = (FROM_A + '1 - (ack - ack[-1] + dup) / (seq[-1] - ack[-1]) '
                '> 0.5')
        self.assertEqual(reports(spec, *sent),
                         [(10, 1, [3000, 0, 1000, 10000])])
        more = sent + [B(15, ack=3000)]
        self.assertEqual(reports(spec, *more), [])
        # Where nothing was on its way it divides by 0: that is no congestion.
        self.assertEqual(reports(spec, A(1, 0, 1000), B(2, ack=1000),
                                 A(11, 1000, 1000)), [])
        # 'ack' does not go back, so it is never more than all.
        self.assertEqual(reports(
            FROM_A + '1 - (ack - ack[-1] + dup) / (seq[-1] - ack[-1]) > 1',
            *sent, B(21, ack=1000)), [])


class Tested(unittest.TestCase):
    """When a reverse segment makes a key tested."""

    SPEC = FROM_A + 'ack - ack[-1] >= 0'

    def test_reverse_only(self):
        sent = A(1, 100, 10), B(2, ack=100), B(11, ack=105), B(35, ack=110)
        self.assertEqual(reports(self.SPEC, *sent),
                         [(10, 0, [105, 100]), (30, 0, [110, 105])])
        self.assertEqual(run(self.SPEC, *sent)[1]['key'], {
            'nw_src': '10.0.0.1', 'nw_dst': '10.0.0.2', 'nw_proto': 6,
            'tp_src': 1000, 'tp_dst': 80})

    def test_any_segment(self):
        spec = FROM_A + '!(seq < 0)'
        for each in (B(11, ack=1), B(11), B(11, seq=5, size=7),
                     B(11, flags='R'), B(11, flags='S')):
            self.assertEqual(starts(spec, A(1, 100, 10), each), [0, 10])
        for each in (B(11, vlan=1), B(11, dport=1001), udp(11),
                     B(11, size=64, fragment=5)):
            self.assertEqual(starts(spec, A(1, 100, 10), each), [0])

    def test_only_where_it_is_read(self):
        sent = A(1, 100, 10), B(11, ack=110)
        for predicate, expected in (
                ('count() >= 0', [0]), ('sum(is_lost) == 0', [0]),
                ('!(min(rwnd) < 0)', [0]), ('!(seq < 0)', [0, 10]),
                ('!(ack[-1] < 0)', [0, 10]), ('!(dup < 0)', [0, 10]),
                ('count(rtt) >= 0', [0, 10]),
                ('count() >= 0 || sum(rtt)[-1] > 5', [0, 10]),
                ('count() == 0', []), ('count() == 0 && dup == 0', [10])):
            self.assertEqual(starts(FROM_A + predicate, *sent), expected)

    def test_it_adds_nothing(self):
        self.assertEqual(reports(
            FROM_A + 'sum(bytes) == 0 && count() == 0 && !(max(ttl) > 0) && '
            'sum(is_burst) == 0 && dup == 0', A(1, 100, 10), B(11, ack=110)),
                         [(10, 0, [0, 0, None, 0, 0])])

    def test_the_flow_must_have_been_seen(self):
        spec = FROM_A + '!(dup < 0)'
        self.assertEqual(starts(spec, B(1, ack=5), B(11, ack=5),
                                A(21, 5, 1), B(31, ack=6)), [20, 30])

    def test_while_its_state_lives(self):
        spec = FROM_A + '!(dup < 0)'
        self.assertEqual(starts(spec, A(1, 100, 10), B(3001, ack=5),
                                B(6001, ack=5)), [0, 3000, 6000])
        self.assertEqual(starts(spec, A(1, 100, 10), B(3001.001, ack=5),
                                B(3011, ack=5)), [0])
        # A new connection of the other end.
        self.assertEqual(starts(spec, A(1, 100, 10), B(11, seq=5, flags='S'),
                                B(21, seq=7, flags='S'), B(31, ack=5),
                                A(41, 5)), [0, 10, 40])

    def test_it_need_not_match(self):
        self.assertEqual(starts(
            'on tcp,nw_src=10.0.0.1,tp_dst=80 by nw_src/24 every 10ms '
            'when count(rtt) > 0', A(1, 100, 10), B(11, ack=110)), [10])
        # Where both match there are two keys.
        self.assertEqual(reports(EITHER_WAY + '!(dup < 0)', A(1, 100, 10),
                                 B(11, ack=110)),
                         [(0, 1, [0]), (10, 0, [0]), (10, 1, [0])])

    def test_the_place_is_the_forward_flow_s(self):
        sent = A(1, 100, 10, vlan=7), B(11, ack=110, vlan=7)
        for on in ('tcp,dl_vlan=7 by 5tuple', 'tcp by vlan_vid,5tuple',
                   'tcp,tp_dst=80 by vlan_vid'):
            self.assertIn(10, starts('on %s every 10ms when count(rtt) > 0'
                                     % on, *sent))
        sent = A(1, 100, 10, port='p1'), B(11, ack=110, port='p2')
        self.assertEqual(reports('on tcp,in_port=p1 by in_port,5tuple every '
                                 '10ms when dup == 0', *sent,
                                 has_places=True),
                         [(0, 1, [0]), (10, 0, [0])])

    def test_without_key(self):
        sent = A(1, 100, 10), B(11, ack=110), arp(35)
        self.assertEqual(reports('on tcp,tp_dst=80 when sum(rtt) >= 0',
                                 *sent),
                         [(0, 1, [0]), (10, 0, [10000]), (20, 0, [0]),
                          (30, 0, [0])])


class Places(unittest.TestCase):
    def test_state_is_that_of_the_last_packet(self):
        sent = (A(1, 100, 10, vlan=1), A(2, 100, 5, vlan=2),
                A(11, 110, 10, vlan=1), B(12, ack=105, vlan=2),
                B(21, ack=110, vlan=2))
        self.assertEqual(over_time('seq', *sent), {0: 105, 10: 120, 20: 120})
        self.assertEqual(over_time('seq[-1]', *sent),
                         {0: None, 10: 105, 20: 120})
        # The reverse came in the other VLAN only.
        self.assertEqual(over_time('ack', *sent),
                         {0: None, 10: None, 20: None})

    def test_only_what_matches_counts(self):
        sent = A(1, 100, 10, vlan=1), A(2, 100, 5, vlan=2)
        self.assertEqual(over_time('seq', *sent, on=FROM_A.replace(
            'tcp', 'tcp,dl_vlan=1')), {0: 110})

    def test_keys_may_name_the_place(self):
        sent = A(1, 100, 10, vlan=1), A(2, 100, 5, vlan=2)
        self.assertEqual([list(report['values'].values()) for report in run(
            'on tcp by vlan_vid,5tuple when seq > 0', *sent)], [[110], [105]])

    def test_one_place_is_forgotten(self):
        on = FROM_A.replace('10ms', '1s')
        sent = (A(1, 100, 10, vlan=1), A(2, 100, 5, vlan=2),
                B(2000, ack=110, vlan=1), B(4500, ack=110, vlan=1))
        self.assertEqual(over_time('seq', *sent, on=on),
                         {0: 105, 2000: 105, 4000: None})
        self.assertEqual(reports(on + '!(seq >= 0)', *sent),
                         [(4000, 0, [None])])


class Language(unittest.TestCase):
    def test_rtt_stands_alone(self):
        language.parse('on tcp when sum(rtt/1000 > 5 & rtt < 9) > 1')
        for value in ('rtt+bytes', 'rtt&is_lost', 'is_syn*rtt'):
            with self.assertRaises(language.LanguageError):
                language.parse('on tcp when sum(%s) > 1' % value)

    def test_states_need_5tuple(self):
        language.parse('on tcp by tun_id,5tuple when seq[-8] > 1')
        for by in ('nw_src', 'nw_src,nw_dst,nw_proto,tp_src,tp_dst', 'none'):
            with self.assertRaises(language.LanguageError):
                language.parse('on tcp by %s when dup > 1' % by)


if __name__ == '__main__':
    unittest.main()
