#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Lets each allocation of memory fail that enabling the monitor needs, one
after the other, and the same of a new packet thread and of a new trigger; then
there is no memory at all for keys, and for parts of keys.

usage: memory.py

The switch must forward each packet all the same, and say what it lacks; and as
soon as there is memory, all must be as ever.  (no-memory.c is preloaded.)
It is skipped with ThreadSanitizer, whose own mappings would fail instead."""

import json
import os
import re
import struct
import sys
import tempfile
import time

import switch
import traffic

EXPECTED = ('no memory|monitoring stays disabled|settings unchanged'
            '|out of memory')
ALLOCATIONS_MAX = 500
REFUSED = re.compile(r'^incomplete, keys_full: (\d+) keys', re.M)


class Memory:
    """What no-memory.c is told."""

    def __init__(self, path):
        self.file = open(path, 'r+b', buffering=0)
        self.write(-1)

    def write(self, n_left, none=False):
        self.file.seek(0)
        self.file.write(struct.pack('=qq', n_left, none))

    def has_failed(self):
        """True if one allocation failed since the last write()."""
        self.file.seek(0)
        return struct.unpack('=q', self.file.read(8))[0] < 0


class Test:
    def __init__(self, sw, memory):
        self.sw = sw
        self.memory = memory
        sw.configure(pmd_cpu_mask='1', trumpet_max_flows='4096')
        sw.add_port('br0', 'p1')
        sw.add_port('br0', 'p2', 'dummy')
        sw.add_port('br0', 'p3', 'dummy')
        sw.ofctl('add-flow', 'br0', 'actions=normal')
        sw.control.call('trumpet/add-trigger', 'all',
                        'on ip every 10ms when count() > 0')
        self.traffic = traffic.Traffic(sw)
        self.traffic.start()
        self.traffic.add('p1')
        self.traffic.add('p2')

    def n_said(self, what):
        return sum(what in line for line in self.sw.log_lines())

    def forwards(self):
        """All that is sent is received, and something is."""
        n = self.traffic.total()
        switch.wait_until(
            lambda: self.traffic.error or self.traffic.total() > n + 50,
            'traffic')
        with self.traffic.paused():
            self.traffic.drain()

    def counts(self):
        """The monitor counts what comes."""
        with self.traffic.paused():
            before = self.traffic.drain()
            ledger = self.sw.control.ledger()
        self.forwards()
        with self.traffic.paused():
            n = self.traffic.drain() - before
            switch.wait_until(
                lambda: self.sw.control.ledger()['received']
                == ledger['received'] + n, 'packets to be counted', 10)

    def enable(self):
        """Lets one more allocation succeed each time, until all do."""
        for n in range(ALLOCATIONS_MAX):
            said = self.n_said('memory')
            enabled = self.n_said('monitoring enabled')
            self.memory.write(n)
            self.sw.configure(trumpet_enable='true')
            if not self.memory.has_failed():
                self.memory.write(-1)
                self.counts()
                return n
            switch.wait_until(
                lambda before=said, on=enabled:
                self.n_said('memory') > before
                or self.n_said('monitoring enabled') > on,
                'a word about allocation %d' % n, 5)
            if self.n_said('monitoring enabled') > enabled:
                self.counts()   # The C library could do without.
            elif n % 8 == 0:
                self.forwards()
            self.sw.configure(trumpet_enable='false')
        raise switch.Failure('it stays disabled')

    def add_thread(self):
        """A packet thread that is not observed forwards, and reports say that
        packets are missing."""
        self.memory.write(0)
        self.sw.configure(pmd_cpu_mask='2')
        switch.wait_until(self.memory.has_failed,
                          'an allocation for another thread', 5)
        self.memory.write(-1)
        switch.wait_until(
            lambda: self.n_said('no memory to observe thread pmd-c01'),
            'a word about a thread that is not observed', 5)
        self.forwards()
        time.sleep(0.1)
        self.forwards()
        last = self.sw.control.call('trumpet/reports', '--last', '1')
        if '"complete":false' not in last:
            raise switch.Failure('not marked: ' + last)
        self.sw.configure(trumpet_enable='false')
        self.sw.configure(trumpet_enable='true')
        self.counts()

    def add_trigger(self):
        """One that cannot be added changes nothing."""
        for n in range(ALLOCATIONS_MAX):
            self.memory.write(n)
            try:
                self.sw.control.call('trumpet/add-trigger', 'new',
                                     'on tcp by 5tuple when count() > 0')
            except switch.Failure as failure:
                if 'out of memory' not in str(failure):
                    raise
            else:
                break
            finally:
                self.memory.write(-1)
            if self.sw.trigger_names() != ['all']:
                raise switch.Failure('there is half a trigger')
        self.counts()
        if self.sw.trigger_names() != ['all', 'new']:
            raise switch.Failure('a trigger is missing')
        return n

    def reports(self, trigger):
        """Returns the latest reports of a trigger."""
        reports = map(json.loads, self.sw.control.call(
            'trumpet/reports').splitlines())
        return [report for report in reports
                if report.get('trigger') == trigger]

    def wait_for_report(self, trigger, why, after=0):
        """Waits for a report with that cause, or a complete one if 'why' is
        '', and returns its number."""
        def come():
            return [report['seq'] for report in self.reports(trigger)
                    if report['seq'] > after
                    and why in report.get('why', '').split(',')]

        return switch.wait_until(come, 'a report of %s with "why" %s'
                                 % (trigger, why))[-1]

    def n_refused(self):
        found = REFUSED.search(self.sw.control.call('trumpet/show'))
        return int(found.group(1)) if found else 0

    def lack_keys(self):
        """There is no memory for keys, and then, for the parts of keys.  Their
        histories are so long that no other key has the same size."""
        call = self.sw.control.call
        with self.traffic.paused():
            self.traffic.drain()
            call('trumpet/add-trigger', 'keys',
                 'on ip by 5tuple every 10ms over 12 when count() > 0')
            self.memory.write(-1, none=True)
        switch.wait_until(self.n_refused, 'keys to be refused')
        self.counts()
        if self.reports('keys'):
            raise switch.Failure('there is a key')
        self.memory.write(-1)
        self.wait_for_report('keys', '')
        call('trumpet/del-trigger', 'keys')

        # As long as packets come only to p1, the two have the same keys.
        self.traffic.remove('p2')
        call('trumpet/add-trigger', 'some', 'on ip,in_port=p1 by 5tuple '
             'every 10ms over 20 when count() > 0')
        call('trumpet/add-trigger', 'each', 'on ip by 5tuple every 10ms '
             'over 20 when sum(ttl) > 0 && max(ttl) > 0')
        for trigger in 'some', 'each':
            self.wait_for_report(trigger, '')
        before = self.n_refused()
        self.memory.write(-1, none=True)
        self.traffic.add('p3')
        seq = self.wait_for_report('each', 'keys_full')
        self.counts()
        if any('keys_full' in report.get('why', '')
               for report in self.reports('all')):
            raise switch.Failure('what needs no key is incomplete')
        self.memory.write(-1)
        self.wait_for_report('each', '', seq)
        return self.n_refused() - before


def main():
    environment = switch.preload('no-memory.so')
    with tempfile.NamedTemporaryFile() as file:
        memory = Memory(file.name)
        with switch.Switch(dict(environment, NO_MEMORY=file.name),
                           EXPECTED) as sw:
            test = Test(sw, memory)
            enabling = test.enable()
            test.add_thread()
            adding = test.add_trigger()
            keys = test.lack_keys()
            test.traffic.end()
    print('enabling failed at each of %d allocations, a new trigger at each '
          'of %d, keys were refused and %d not split, and every packet was '
          'forwarded' % (enabling, adding, keys))


if __name__ == '__main__':
    if 'TSAN_OPTIONS' in os.environ:
        sys.exit(77)
    main()
