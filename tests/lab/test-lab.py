#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Tests what the laboratory reads and computes, and that the captures of
tests/captures are those that are described there."""

import importlib.machinery
import importlib.util
import lzma
import os
import re
import sys
import unittest

SOURCE = os.path.abspath(os.environ.get('srcdir', '.'))
sys.path.insert(0, os.path.join(SOURCE, 'tests/lab'))

import counters                             # noqa: E402
import replay                               # noqa: E402
import segments                             # noqa: E402

SS = '''\
ESTAB 0      3938560 10.0.0.1:34024 10.0.0.2:5001 bbr wscale:10,10 rto:224 \
rtt:22.02/0.834 mss:1448 rcvmss:536 cwnd:3894 bytes_retrans:706624 \
retrans:21/488 lost:21 rcv_space:14480 minrtt:20
ESTAB 0 0 [fd00::1]:34026 [fd00::2]:5001 cubic rto:200 rtt:0.5/0.2 cwnd:10

SYN-SENT 0 1 10.0.0.1:34028 10.0.0.2:5001 cubic rto:1000 mss:524 cwnd:10
'''
NSTAT = '''\
#kernel
IpInReceives                    5506               0.0
TcpRetransSegs                  1479               0.0
TcpExtTCPFastRetrans            0                  0.0
'''


def load_script(name):
    path = os.path.join(SOURCE, 'tests/lab', name)
    loader = importlib.machinery.SourceFileLoader(name.replace('-', '_'),
                                                  path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class Counters(unittest.TestCase):
    def test_ss(self):
        first, second, third = counters.parse_ss(SS)
        self.assertEqual(first, {
            'state': 'ESTAB', 'local': '10.0.0.1:34024',
            'remote': '10.0.0.2:5001', 'srtt_us': 22020.0,
            'retransmissions': 488, 'cwnd': 3894})
        self.assertEqual((second['srtt_us'], second['retransmissions']),
                         (500.0, 0))
        self.assertEqual(third['srtt_us'], None)

    def test_nstat(self):
        self.assertEqual(counters.parse_nstat(NSTAT), {
            'IpInReceives': 5506, 'TcpRetransSegs': 1479,
            'TcpExtTCPFastRetrans': 0})


class Captures(unittest.TestCase):
    folder = os.path.join(SOURCE, 'tests/captures')

    def test_names(self):
        with open(os.path.join(self.folder, 'README.rst'),
                  encoding='utf-8') as stream:
            described = re.findall(r'^``([a-z0-9-]+)`` ', stream.read(),
                                   re.MULTILINE)
        made = list(load_script('record-captures').CAPTURES)
        there = [name[:-len('.pcap.xz')] for name in os.listdir(self.folder)
                 if name.endswith('.pcap.xz')]
        self.assertEqual(described, made)
        self.assertEqual(sorted(described), sorted(there))

    def test_sizes(self):
        total = 0
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            total += os.path.getsize(path)
            if name.endswith('.xz'):
                with lzma.open(path) as stream:
                    self.assertEqual(stream.read(4), b'\x4d\x3c\xb2\xa1')
        self.assertLess(total, 3 << 20)


def satisfied(trigger, epoch, source, **fields):
    proto = 17 if source == '10.0.0.3' else 6
    return {'event': 'satisfied', 'trigger': trigger, 'complete': True,
            'interval_start_us': epoch * 10000, 'interval_us': 10000,
            'key': {'nw_src': source, 'nw_proto': proto}, **fields}


class Accuracy(unittest.TestCase):
    def test_add_up(self):
        """Means are weighted by samples, none does no harm."""
        reports = [
            satisfied('a', 1, '10.0.0.1', packets=10, values={
                'sum(is_lost)': 2, 'count(rtt)': 1, 'avg(rtt)': 10.0}),
            satisfied('a', 2, '10.0.0.1', packets=20, values={
                'sum(is_lost)': 3, 'count(rtt)': 3, 'avg(rtt)': 30.0}),
            satisfied('a', 3, '10.0.0.1', packets=1, why='clock', values={
                'sum(is_lost)': 0, 'count(rtt)': 0, 'avg(rtt)': None}),
            {'event': 'summary'}]
        self.assertEqual(load_script('tcp-accuracy').add_up(reports),
                         (31, 5, 4, 25.0, 20.0, {'clock'}))


class Figure7a(unittest.TestCase):
    def make(self, *fired):
        """A burst from epoch 200 on."""
        return load_script('figure-7a').Burst(
            [satisfied('volume', 200, '10.0.0.3'),
             satisfied('volume', 199, '10.0.0.1'), {'event': 'summary'}]
            + [satisfied(*each) for each in fired])

    def test_good(self):
        burst = self.make(('congestion', 202, '10.0.0.2'),
                          ('congestion', 205, '10.0.0.1'),
                          ('hh', 203, '10.0.0.3'))
        self.assertEqual(burst.first_epoch('congestion', '10.0.0.1'), 6)
        self.assertEqual(burst.first_epoch('congestion'), 3)
        self.assertEqual(burst.first_epoch('hh'), 4)
        self.assertTrue(burst.good())

    def test_late(self):
        hh = 'hh', 203, '10.0.0.3'
        self.assertFalse(self.make(hh).good())
        self.assertFalse(
            self.make(('congestion', 203, '10.0.0.1'), hh).good())
        congestion = 'congestion', 202, '10.0.0.1'
        self.assertTrue(self.make(congestion, hh).good())
        self.assertFalse(
            self.make(congestion, ('hh', 204, '10.0.0.3')).good())
        # Another flow's.
        self.assertFalse(
            self.make(congestion, ('hh', 201, '10.0.0.1')).good())

    def test_before(self):
        burst = self.make(('congestion', 99, '10.0.0.1'),
                          ('congestion', 150, '10.0.0.1'),
                          ('congestion', 200, '10.0.0.1'))
        self.assertEqual(burst.before(), 1)
        self.assertEqual(burst.first_epoch('congestion'), 1)


class Segments(unittest.TestCase):
    def test_retransmissions(self):
        """Those of a capture are the oracle's lost ones."""
        path = os.path.join(Captures.folder, 'loss-1.pcap.xz')
        found = segments.read(path, '10.0.0.1')
        *_, report, _ = replay.replay('oracle', path, {
            'all': 'on tcp,nw_src=10.0.0.1 every 60s when '
                   'sum(is_lost) >= 0 && count(volume) > 0'})
        self.assertEqual(
            (sum(each.is_retransmission for each in found), len(found)),
            (report['values']['sum(is_lost)'],
             report['values']['count(volume)']))
        self.assertGreaterEqual(found[-1].end, 3000000)


if __name__ == '__main__':
    unittest.main()
