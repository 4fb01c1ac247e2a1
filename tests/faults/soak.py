#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Runs a switch for long, and tells whether it grows, slows down or blocks.

usage: soak.py [MINUTES]

There is moderate traffic of flows that come and go, triggers of all kinds that
come and go, too, rows of the database and watchers.  Each minute a line says

    how much memory ovs-vswitchd has, without what is shared,
    how long after the end of their interval reports came, in ms,
    what a sweep takes at the 99th percentile, in us.

The end is the slope of the first by least squares, without the first quarter
of the time, and which memory grew since then; the drift of the second from the
first to the last third; and lines of the log about threads that blocked
others, of which there must be none."""

import collections
import json
import random
import re
import socket
import sys
import threading
import time

import switch
import traffic

SAMPLE_S = 5
CHURN_S = 1
SPECS = (
    'on tcp by 5tuple every 10ms when sum(volume) > 1MB',
    'on tcp by 5tuple every 10ms when sum(is_lost & is_burst) > 10%',
    'on tcp by nw_src every 100ms when avg(rtt) > 5ms || max(rwnd) > 1M',
    'on tcp by 5tuple every 10ms when seq - seq[-1] > 1GB',
    'on ip by nw_dst every 10ms over 10 when count() > 100K',
    'on ip by in_port every 20ms when max(bytes) > 9000 report rising',
    'on udp every 50ms when count() == 0',
)
SWEEPS = re.compile(r'^sweeps: .* p99 (\d+) us', re.M)
BLOCKED = re.compile(r'blocked \d+ ms waiting for')
# More growth than that is a leak, however short the time.
GROWTH_MAX_BYTES = 32 << 20


class Delays(threading.Thread):
    """How long after the end of their interval reports of a trigger come."""

    def __init__(self, sw):
        super().__init__(daemon=True)
        self.socket = sw.watch()
        self.lock = threading.Lock()
        self.delays_ms = []

    def run(self):
        for line in self.socket.makefile():
            now = time.time()
            report = json.loads(line)
            if report.get('trigger') == 'all':
                end = report['interval_start_us'] + report['interval_us']
                with self.lock:
                    self.delays_ms.append(1000 * now - end / 1000)

    def take(self):
        with self.lock:
            delays, self.delays_ms = sorted(self.delays_ms), []
        return delays


def quantile(values, q):
    return values[min(len(values) - 1, int(q * len(values)))]


def slope(points):
    """The least squares slope of pairs of x and y."""
    n = len(points)
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    return (sum((x - mean_x) * (y - mean_y) for x, y in points)
            / sum((x - mean_x) ** 2 for x, _ in points))


def private_bytes(pid):
    """Returns how much memory a process has for itself, by kind: 'huge' pages,
    of tables; the 'heap' of malloc() in its main thread; 'other' maps, heaps
    and stacks of threads, tables in small pages; and that of 'files'."""
    memory = collections.Counter()
    kind = None
    with open('/proc/%d/smaps' % pid, encoding='utf-8') as file:
        for line in file:
            words = line.split()
            if not words[0].endswith(':'):
                name = words[5] if len(words) > 5 else ''
                kind = ('heap' if name == '[heap]'
                        else 'files' if name.startswith('/') else 'other')
            elif words[0].startswith('Private_'):
                memory[kind] += 1024 * int(words[1])
            elif words[0] == 'AnonHugePages:':
                memory[kind] -= 1024 * int(words[1])
                memory['huge'] += 1024 * int(words[1])
    return memory


class Soak:
    def __init__(self, sw):
        self.sw = sw
        self.random = random.Random(1)
        self.n_names = 0
        self.triggers = []
        self.rows = []
        # What tables ever touch is touched soon.
        sw.configure(pmd_maxsleep='500', trumpet_max_flows='4096')
        sw.add_port('br0', 'p1')
        sw.add_port('br0', 'p2', 'dummy')
        sw.ofctl('add-flow', 'br0', 'actions=normal')
        sw.control.call('trumpet/add-trigger', 'all',
                        'on ip by in_port every 10ms when count() > 0')
        sw.configure(trumpet_enable='true')
        self.delays = Delays(sw)
        self.delays.start()
        self.traffic = traffic.Traffic(sw, rest_s=0.02)
        self.traffic.start()
        self.traffic.add('p1')
        self.traffic.add('p2')

    def churn(self):
        """Other flows, a trigger, a row, a watcher."""
        self.traffic.frames = [traffic.frame(self.random.randrange(60000))
                               for _ in range(traffic.N_FLOWS)]
        self.n_names += 1
        name = 't%d' % self.n_names
        spec = self.random.choice(SPECS)
        self.sw.control.call('trumpet/add-trigger', name, spec)
        self.triggers.append(name)
        if len(self.triggers) > 20:
            self.sw.control.call('trumpet/del-trigger', self.triggers.pop(0))
        if self.n_names % 5 == 0:
            row = 'r%d' % self.n_names
            self.sw.trumpetctl('create', 'Trigger', 'name=' + row,
                               'spec="%s"' % spec)
            self.rows.append(row)
            if len(self.rows) > 10:
                self.sw.trumpetctl('destroy', 'Trigger', self.rows.pop(0))
            with socket.socket(socket.AF_UNIX) as watcher:
                watcher.connect(self.sw.path('trumpet.sock'))
        self.sw.control.call('trumpet/dump-keys', 'all')

    def run(self, minutes):
        start = time.monotonic()
        memory, p99s, minute = [], [], []
        next_sample = next_minute = 0
        while time.monotonic() - start < 60 * minutes:
            now = time.monotonic() - start
            self.churn()
            if now >= next_sample:
                memory.append((now, private_bytes(self.sw.pid())))
                next_sample += SAMPLE_S
            minute += self.delays.take()
            if now >= next_minute and minute:
                minute.sort()
                p99s.append(quantile(minute, 0.99))
                show = self.sw.control.call('trumpet/show')
                print('%4.1f min: %.1f MB, reports after p50 %.1f, p99 %.1f, '
                      'max %.1f ms, sweeps p99 %s us'
                      % (now / 60, memory[-1][1].total() / 1e6,
                         quantile(minute, 0.5), p99s[-1], minute[-1],
                         SWEEPS.search(show)[1]), flush=True)
                minute = []
                next_minute += 60
            time.sleep(CHURN_S)
        with self.traffic.paused():
            total = self.traffic.drain()
            ledger = self.sw.control.ledger()
        self.traffic.end()
        if ledger['received'] != total:
            raise switch.Failure('%d packets sent, but %s' % (total, ledger))
        return memory, p99s, ledger


def main(minutes):
    with switch.Switch() as sw:
        memory, p99s, ledger = Soak(sw).run(minutes)
        blocked = [line for line in sw.log_lines() if BLOCKED.search(line)]
    settled = [(now, kinds.total()) for now, kinds in memory]
    settled = settled[len(settled) // 4:]
    before, after = memory[len(memory) // 4][1], memory[-1][1]
    third = max(1, len(p99s) // 3)
    first, last = sorted(p99s[:third]), sorted(p99s[-third:])
    print('%d packets, %d of them not observed; memory %+.2f MB per hour, '
          '%.1f MB at the end; p99 of reports %.1f ms, then %.1f ms; '
          '%d threads blocked others'
          % (ledger['received'], ledger['not_observed'],
             3600 * slope(settled) / 1e6, settled[-1][1] / 1e6,
             quantile(first, 0.5), quantile(last, 0.5), len(blocked)))
    print('of the growth, %s' % ', '.join(
        '%+.2f MB %s' % ((after[kind] - before[kind]) / 1e6, kind)
        for kind in sorted(after)))
    if blocked:
        raise switch.Failure('\n'.join(blocked))
    if settled[-1][1] - settled[0][1] > GROWTH_MAX_BYTES:
        raise switch.Failure('memory grows')


if __name__ == '__main__':
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20)
