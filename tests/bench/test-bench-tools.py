#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Tests whether the comparison with other tools is honest: that it knows who
was heavy, reads what tools tell, and sees what is wrong or missing in it.  How
fast anything is, is not tested."""

import csv
import os
import struct
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import bench_switch                         # noqa: E402
import exports                              # noqa: E402
import processes                            # noqa: E402
import tools                                # noqa: E402
import verdicts                             # noqa: E402
from heavy_script import (EPOCH_US, SEGMENT, HeavyScript, Truth,  # noqa: E402
                          flow_keys)

PROGRAM = os.path.abspath('tests/bench/bench-vswitchd')
PPS = 15000
KEY, OTHER = flow_keys(0, 2)


class TestTruth(unittest.TestCase):
    @staticmethod
    def packets(n, at, until=None):
        return [(KEY, SEGMENT, at, until or at)] * n

    def test_heavy(self):
        truth = Truth(self.packets(9, 5000) + self.packets(8, 15000))
        self.assertEqual(truth.heavy, {(KEY, 0): 5000})
        self.assertEqual(truth.unsure, set())

    def test_which_packet(self):
        truth = Truth((KEY, SEGMENT, 1000 + i, 1000 + i) for i in range(20))
        self.assertEqual(truth.heavy, {(KEY, 0): 1008})

    def test_unsure(self):
        truth = Truth(self.packets(8, 5000) + self.packets(1, 9000, 12000))
        self.assertEqual(truth.heavy, {})
        self.assertEqual(truth.unsure, {(KEY, 0)})
        truth = Truth(self.packets(9, 5000) + self.packets(9, 9000, 31000))
        self.assertEqual(set(truth.heavy), {(KEY, 0)})
        self.assertEqual(truth.unsure, {(KEY, 1), (KEY, 2), (KEY, 3)})

    def test_border(self):
        truth = Truth(self.packets(9, EPOCH_US - 1))
        self.assertEqual(truth.heavy, {})
        self.assertEqual(truth.unsure, {(KEY, 0), (KEY, 1)})


class TestVerdicts(unittest.TestCase):
    START = 1700000000000000

    def judge(self, truth, *reports):
        return verdicts.judge(truth, self.START, [
            verdicts.Report(key, *(self.START + at for at in times))
            for key, *times in reports])

    def setUp(self):
        self.truth = Truth([(KEY, SEGMENT, 5000, 5000)] * 9
                           + [(KEY, SEGMENT, 35000, 35000)] * 9)
        self.assertEqual(len(self.truth.heavy), 2)

    def test_right(self):
        verdict = self.judge(self.truth, (KEY, 0, 9999, 11000),
                             (KEY, 30000, 39999, 42000))
        self.assertEqual(verdict, (2, 2, 6500, 2, 0))

    def test_twice(self):
        verdict = self.judge(self.truth, (KEY, 0, 9999, 11000),
                             (KEY, 0, 9999, 12000))
        self.assertEqual(verdict, (2, 1, 6000, 2, 0))

    def test_wrong_flow(self):
        verdict = self.judge(self.truth, (OTHER, 0, 9999, 11000))
        self.assertEqual(verdict, (2, 0, None, 1, 1))

    def test_wrong_time(self):
        verdict = self.judge(self.truth, (KEY, 10000, 29999, 31000))
        self.assertEqual(verdict, (2, 0, None, 1, 1))

    def test_long(self):
        verdict = self.judge(self.truth, (KEY, 0, 500000, 500000))
        self.assertEqual(verdict[:2], (2, 2))

    def test_unsure(self):
        truth = Truth([(KEY, SEGMENT, 5000, 15000)] * 9)
        self.assertEqual(self.judge(truth, (KEY, 0, 9999, 11000)),
                         (0, 0, None, 0, 0))

    def test_sightings(self):
        def reports(*sightings):
            return [report[1:] for report in verdicts.reports_of(sightings)]

        self.assertEqual(reports((KEY, 1000, 1000, 12000)), [])
        self.assertEqual(reports((KEY, 1000, 2000, 12001)),
                         [(1000, 2000, 2000)])
        self.assertEqual(reports((KEY, 1000, 2000, 9000),
                                 (OTHER, 2000, 3000, 9000),
                                 (KEY, 2000, 3000, 9000),
                                 (KEY, 3000, 4000, 9000)),
                         [(1000, 3000, 3000)])
        self.assertEqual(reports((KEY, 9000, 9900, 9000),
                                 (KEY, 9000, 10100, 9000)), [])


class TestExports(unittest.TestCase):
    def test_polls(self):
        def text(**counters):
            return ' '.join('%s:%d' % item for item in counters.items())

        def counters(dump):
            for word in dump.split():
                name, _, packets = word.partition(':')
                yield name, int(packets), 64 * int(packets)

        polls = [(10, text(a=1, b=0)), (20, text(a=1, b=0)),
                 (30, text(a=4, b=2)), (40, text(a=4, b=2)),
                 (50, text(a=1, b=2))]
        self.assertEqual(list(exports.poll_sightings(polls, counters)),
                         [('a', 10, 30, 30), ('b', 10, 30, 20),
                          ('a', 30, 50, 10)])

    def test_dumps(self):
        key = 0x0a000001, 0xc0a80002, 3, 80
        self.assertEqual(list(exports.openflow_counters(
            ' cookie=0x0, duration=1s, table=0, n_packets=7, n_bytes=420, '
            'tcp,in_port=1,nw_src=10.0.0.1,nw_dst=192.168.0.2,tp_src=3,'
            'tp_dst=80 actions=output:2\n')), [(key, 7, 420)])
        self.assertEqual(list(exports.datapath_counters(
            'recirc_id(0),in_port(2),eth_type(0x0800),ipv4(src=10.0.0.1,'
            'dst=192.168.0.2,proto=6,frag=no),tcp(src=3,dst=80), packets:7, '
            'bytes:420, used:0.0s, flags:., actions:1\n')), [(key, 7, 420)])
        self.assertEqual(list(exports.conntrack_counters(
            'tcp,orig=(src=10.0.0.1,dst=192.168.0.2,sport=3,dport=80,'
            'packets=7,bytes=420),reply=(src=192.168.0.2)')), [(key, 7, 420)])

    def test_foreign(self):
        self.assertRaises(ValueError, list, exports.sflow_samples(bytes(28)))
        self.assertRaises(ValueError, list,
                          exports.Ipfix().records(bytes(16)))
        self.assertIsNone(exports.frame_sighting(b'x' * 60))


class TestSwitch(unittest.TestCase):
    """Of what tools told of a script that was really played."""

    @classmethod
    def setUpClass(cls):
        cls.switch = bench_switch.BenchSwitch(PROGRAM)
        cls.script = HeavyScript(20, PPS)
        cls.path = os.path.join(processes.directory, 'script')
        cls.script.write(cls.path)
        cls.sent = {}
        with open(cls.path, 'rb') as stream:
            for _, length, head in struct.iter_unpack('=II56s',
                                                      stream.read()):
                key, _ = exports.frame_sighting(head)
                cls.sent[key] = cls.sent.get(key, 0) + length - 54

    def play(self, tool):
        """Returns the collector and the verdict."""
        before = self.switch.read()
        tool.prepare(self.switch)
        collector, verdict = tools.play(self.switch, tool, self.script,
                                        self.path)
        after = self.switch.read()
        for name in 'received', 'forwarded':
            self.assertEqual(after[name] - before[name],
                             self.script.n_packets())
        return collector, verdict

    def check_sums(self, collector):
        """What was shown of each flow is what it sent, or less."""
        shown = {}
        for key, from_us, to_us, size in collector.sightings():
            self.assertLessEqual(from_us, to_us)
            shown[key] = shown.get(key, 0) + size
        for key, size in shown.items():
            self.assertLessEqual(size, self.sent[key])
        self.assertGreater(sum(shown.values()),
                           sum(self.sent.values()) / 2)

    def test_trumpet(self):
        _, verdict = self.play(tools.Trumpet())
        self.assertGreater(verdict.detected, verdict.heavy / 2)
        self.assertEqual(verdict.false, 0)

    def test_mirror(self):
        collector, verdict = self.play(tools.Mirror())
        self.check_sums(collector)
        self.assertGreater(verdict.heavy, 0)
        self.assertEqual(verdict.detected, verdict.heavy)
        self.assertEqual(verdict.false, 0)

    def test_sflow(self):
        collector, _ = self.play(tools.Sflow(1))
        self.check_sums(collector)

    def test_ipfix(self):
        collector, _ = self.play(tools.Ipfix(1))
        self.check_sums(collector)

    def test_rules(self):
        collector, _ = self.play(tools.Rules([]))
        self.check_sums(collector)

    def test_datapath_flows(self):
        collector, _ = self.play(tools.DatapathFlows([]))
        self.check_sums(collector)

    def test_conntrack(self):
        collector, verdict = self.play(tools.Conntrack())
        self.assertEqual(list(collector.sightings()), [])
        self.assertEqual(verdict.detected, 0)
        self.assertIn('sport=20000', self.switch.appctl(
            'dpctl/dump-conntrack'))

    def test_costs(self):
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, 'tools.csv')
            done = processes.run(
                [sys.executable, os.path.join(HERE, 'bench-tools.py'),
                 '--pairs=2', '--window=5', '--epochs=2', '--csv', path,
                 PROGRAM, 'mirror'], 120)
            with open(path, encoding='ascii') as stream:
                rows = list(csv.DictReader(stream))
        self.assertEqual([row['id'] for row in rows], ['mirror'])
        for row in rows:
            self.assertGreater(float(row['ratio']), 0)
            self.assertGreater(float(row['ns_on']), 0)
        self.assertIn('mirror, null port', done)

    def test_unknown(self):
        self.assertRaisesRegex(
            processes.LabError, 'sflow2', processes.run,
            [sys.executable, os.path.join(HERE, 'bench-tools.py'), PROGRAM,
             'sflow2'])


def main():
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == '__main__':
    sys.exit(processes.program(300, ('ovs-vsctl',), root=False)(main)())
