#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Tests whether the benchmark is honest: that all packets it counts on were
forwarded, shown and counted, that an observer made slower on purpose is seen
to be so, and that nothing is seen where there is nothing.  How fast anything
is, is not tested."""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import printed

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.abspath('tests/bench/bench')
TIMEOUT_S = 600 if 'SANITIZED' in os.environ else 120
SHORT = ['--pairs=8', '--window=10', '--warm-up=5', '--first=300']


def run(*words, program=PROGRAM):
    """Returns the figures of a case."""
    done = subprocess.run([program] + SHORT + list(words), text=True,
                          stdout=subprocess.PIPE, check=True, timeout=TIMEOUT_S)
    return printed.figures(done.stdout)


def run_quietly(wanted, *words):
    """The same, of the first of a few runs whose figures have what is wanted
    of the last interval: on a busy machine, a thread may rest for most of
    one."""
    for _ in range(5):
        figures = run(*words)
        if wanted.items() <= figures.items():
            break
    return figures


def has_dpdk():
    """True if Open vSwitch was built with it."""
    with open('ovs/config.h', encoding='utf-8') as file:
        return '#define DPDK_NETDEV 1' in file.read()


class TestCounts(unittest.TestCase):
    """What must be exact, on a busy machine too."""

    def check(self, figures):
        self.assertEqual(figures['exact'], 'yes')
        self.assertGreater(figures['forwarded'], figures['shown'])
        self.assertGreater(figures['shown'], 0)
        self.assertEqual(figures['shown'], figures['received'])
        self.assertEqual(figures['reports'], 0)

    def test_baseline(self):
        figures = run_quietly({'keys': 300 * 8}, 'baseline')
        self.check(figures)
        self.assertEqual(figures['keys'], 300 * 8)
        self.assertEqual(figures['patterns'], 32)
        self.assertEqual(figures['counted'] + figures['not_observed'],
                         figures['received'])
        self.assertGreater(figures['cache_a'], 0.5)

    def test_idle(self):
        figures = run('idle')
        self.check(figures)
        self.assertEqual(figures['counted'], 0)

    def test_nomatch(self):
        figures = run('nomatch')
        self.check(figures)
        self.assertEqual(figures['counted'], 0)

    def test_typical(self):
        figures = run('typical')
        self.check(figures)
        self.assertAlmostEqual(figures['counted'] / figures['received'],
                               0.01, delta=0.001)

    def test_simple(self):
        figures = run('simple')
        self.check(figures)
        self.assertEqual(figures['cache_a'], 1)

    def test_tcp(self):
        figures = run_quietly({'keys': 300 * 8}, 'tcpstate')
        # A report would say that a segment was lost.
        self.check(figures)
        self.assertEqual(figures['keys'], 300 * 8)

    def test_attack(self):
        # Whatever the attacker sends, all others are counted.
        figures = run('--hostile=5000', 'baseline')
        self.check(figures)
        # Half, as soon as all others have begun.
        self.assertGreater(figures['hostile'] / figures['received'], 0.1)
        self.assertLessEqual(figures['hostile'] / figures['received'], 0.5)
        self.assertLessEqual(figures['counted'],
                             figures['received'] - figures['hostile'])
        self.assertGreater(figures['unmatched'], 0)

    def test_churn(self):
        figures = run('churn')
        self.check(figures)
        self.assertGreater(figures['churned'], 100)
        self.assertGreater(figures['flows'], 400)

    def test_runs(self):
        self.check(run('--run-length=32', 'baseline'))

    def test_marked(self):
        figures = run('--marked=150', 'baseline')
        self.check(figures)
        self.assertAlmostEqual(figures['counted'] / figures['received'], 0.5,
                               delta=0.01)

    def test_groups(self):
        figures = run_quietly({'keys': 300 * 16}, '--groups=64',
                              '--per-flow=16', '--patterns=4', 'baseline')
        self.check(figures)
        self.assertEqual(figures['keys'], 300 * 16)
        self.assertEqual(figures['patterns'], 4)


class TestSources(unittest.TestCase):
    """DPDK's net_pcap, and the benchmark's own."""

    def test_default(self):
        source = 'pcap' if has_dpdk() else 'own'
        self.assertEqual(run('idle')['source'], source)
        self.assertEqual(run('--flows=5000', 'idle')['source'], 'own')

    def test_own(self):
        for case in 'baseline', 'tcpstate', 'churn':
            figures = run('--source=own', case)
            self.assertEqual(figures['source'], 'own')
            self.assertEqual(figures['exact'], 'yes')
            self.assertEqual(figures['reports'], 0)
            self.assertEqual(figures['flows'] > 400, case == 'churn')

    def run_badly(self, *words):
        """Returns the message of a run that fails."""
        done = subprocess.run([PROGRAM] + SHORT + list(words), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, timeout=TIMEOUT_S)
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_bad(self):
        self.assertIn('--help', self.run_badly('--source=nic', 'idle'))
        for words in ('--flows=5000',), ('--hostile=5000',):
            message = self.run_badly('--source=pcap', *words, 'idle')
            self.assertIn('--source=own', message)

    @unittest.skipUnless(has_dpdk(), 'built without DPDK')
    def test_no_device(self):
        # Nowhere to write what net_pcap is to read.
        with unittest.mock.patch.dict(os.environ, TMPDIR='/nonexistent'):
            message = self.run_badly('idle')
        self.assertIn('/nonexistent', message)
        self.assertIn('--source=own', message)


class TestWithout(unittest.TestCase):
    """What lacks an optimisation does the same."""

    def check(self, name):
        figures = run('baseline', program='%s-without-%s' % (PROGRAM, name))
        self.assertEqual(figures['exact'], 'yes')
        self.assertGreater(figures['counted'], 0)

    def test_packet_prefetch(self):
        self.check('packet-prefetch')

    def test_entry_prefetch(self):
        self.check('entry-prefetch')

    def test_plain_packets(self):
        self.check('plain-packets')

    def test_gather_prefetch(self):
        self.check('gather-prefetch')

    def test_huge_pages(self):
        figures = run('--no-huge-pages', 'baseline')
        self.assertEqual(figures['exact'], 'yes')

    def test_scan(self):
        figures = run('--run=300', '--churn=1000', '--scan', 'sweep300')
        self.assertEqual(figures['exact'], 'yes')
        self.assertGreater(figures['scan_us'], 0)
        self.assertGreater(figures['flows'], 300)


class TestRatios(unittest.TestCase):
    """What must show, however busy the machine is."""

    def test_slow(self):
        figures = run('--triggers=none', '--slow=1000', 'idle')
        self.assertEqual(figures['exact'], 'yes')
        self.assertGreater(figures['extra_cycles'], 900)
        self.assertLess(figures['ratio'],
                        figures['cycles_a'] / (figures['cycles_a'] + 500))
        self.assertGreater(figures['control'], 0.5)
        self.assertLess(figures['control'], 2)

    def test_match_each(self):
        figures = run('--match-each', 'baseline')
        self.assertEqual(figures['exact'], 'yes')
        self.assertLess(figures['ratio'], 0.5)

    def test_nothing(self):
        figures = run('nothing')
        self.assertEqual(figures['exact'], 'yes')
        self.assertGreater(figures['ratio'], 0.5)
        self.assertLess(figures['ratio'], 2)


class TestSuite(unittest.TestCase):
    """The table of all."""

    def test_csv(self):
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, 'bench.csv')
            done = subprocess.run(
                [sys.executable, os.path.join(HERE, 'bench.py'), '--pairs=2',
                 '--csv', path, PROGRAM, 'ovs-trumpet', 'entry', 'match8',
                 'idle'], text=True, stdout=subprocess.PIPE, check=True,
                timeout=TIMEOUT_S)
            with open(path, encoding='ascii') as file:
                rows = list(csv.DictReader(file))
        self.assertEqual([row['id'] for row in rows],
                         ['entry', 'match8', 'idle'])
        self.assertEqual(rows[0]['aa_control'], '')
        self.assertEqual(rows[2]['must'], '0.99')
        for row in rows:
            self.assertGreater(float(row['value']), 0)
        self.assertIn('match8', done.stdout)

    def test_figure(self):
        with tempfile.TemporaryDirectory() as place:
            subprocess.run(
                [sys.executable, os.path.join(HERE, 'figures.py'),
                 '--folder', place, PROGRAM, '12b'],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True,
                timeout=TIMEOUT_S)
            with open(os.path.join(place, 'figure-12b.csv'),
                      encoding='ascii') as file:
                rows = list(csv.reader(file))
        self.assertEqual([row[0] for row in rows[1:]],
                         ['8', '16', '32', '64'])
        self.assertEqual(rows[1][4], '607')

    def test_unknown(self):
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, 'bench.py'), PROGRAM,
             'ovs-trumpet', 'match9'], stderr=subprocess.PIPE, text=True,
            check=False, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn('match9', done.stderr)


if __name__ == '__main__':
    unittest.main()
