#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Tests what the laboratory reads, and that the captures of tests/captures
are those that are described there."""

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


if __name__ == '__main__':
    unittest.main()
