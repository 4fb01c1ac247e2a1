#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Steps and slews the clock of a running switch, stops it, and suspends its
sweeper, and looks at what it reports of that time.

usage: clocks.py [SECONDS]

The switch has a wall clock of its own (wall-clock.c, $PATH's
../tests/faults/wall-clock.so); the host's is left alone.  It is stopped for
SECONDS, by default $STOP_SECONDS or 1.  While packets come all the time, there
must be

    no report, but such that say "complete":false, of an interval in which the
        switch did not run, or that never was on its clock,
    and soon reports of whole intervals again, on time, that are complete.

All packets are forwarded meanwhile; those that a suspended sweeper made the
monitor lose are counted, and so are the epochs."""

import ctypes
import json
import os
import re
import signal
import struct
import sys
import threading
import time

import switch
import traffic

EPOCH_S = 0.01
RIGHT_AGAIN_S = 20              # More than that hangs.
TRIGGERS = {
    'all': 'on ip every 10ms when count() > 0',
    'silence': 'on ip every 10ms when count() == 0',
    'surge': 'on ip every 10ms when count() > 100 * count()[-1]',
    'second': 'on ip every 1s when count() >= 0',
}
OVERRUNS = re.compile(r'^sweeps: \d+, overruns: (\d+)', re.M)
EXPECTED = ('the wall clock (jumped|was stepped)'
            '|Unreasonably long [0-9]+ms poll interval|context switches:')


class Reports(threading.Thread):
    """Keeps all reports."""

    def __init__(self, sw):
        super().__init__(daemon=True)
        self.socket = sw.watch()
        self.reports = []

    def run(self):
        for line in self.socket.makefile():
            report = json.loads(line)
            if report['event'] == 'satisfied':
                report['start'] = report['interval_start_us'] / 1e6
                report['end'] = report['start'] + report['interval_us'] / 1e6
                self.reports.append(report)


class Clock:
    """The switch's wall clock."""

    def __init__(self, path):
        with open(path, 'wb') as file:
            file.write(bytes(8))
        self.file = open(path, 'r+b', buffering=0)
        self.offset = 0.0
        self.before = 0.0       # Its time before the latest step.

    def now(self):
        return time.time() + self.offset

    def step(self, seconds):
        self.before = self.now()
        self.offset += seconds
        self.file.seek(0)
        self.file.write(struct.pack('=q', round(self.offset * 1e6)))


class Test:
    def __init__(self, sw, clock):
        self.sw = sw
        self.clock = clock
        self.last_seq = 0
        sw.add_port('br0', 'p1')
        sw.add_port('br0', 'p2', 'dummy')
        sw.add_port('br0', 'far', 'dummy')
        sw.ofctl('add-flow', 'br0', 'actions=output:far')
        for name, spec in TRIGGERS.items():
            sw.control.call('trumpet/add-trigger', name, spec)
        # A packet thread that does not sleep leaves no CPU to the rest.
        sw.configure(trumpet_enable='true', pmd_maxsleep='100')
        self.reports = Reports(sw)
        self.reports.start()
        self.traffic = traffic.Traffic(sw)
        self.traffic.start()
        self.traffic.add('p1')
        self.traffic.add('p2')
        self.wait_until_right()

    def wait_until_right(self, n=0, since=0):
        """Waits for two complete intervals, one after the other and on time,
        that are reported after report number 'n' and begin neither before now
        nor before 'since'.  Returns the seconds from now to the begin of the
        first of them."""
        now = self.clock.now()

        def right():
            ends = set()
            for report in self.reports.reports[n:]:
                if (report['trigger'] == 'all' and report['complete']
                        and report['start'] >= max(now, since)):
                    if report['end'] > self.clock.now() + 0.001:
                        if report['end'] <= self.clock.before:
                            continue    # It was under way.
                        raise switch.Failure('a report is early: at %.6f, %s'
                                             % (self.clock.now(), report))
                    if round(report['start'], 3) in ends:
                        return [report['start'] - EPOCH_S - now]
                    ends.add(round(report['end'], 3))
            return None

        return switch.wait_until(right, 'complete reports', RIGHT_AGAIN_S)[0]

    def finish(self, what, n, gap=None, since=0):
        """Looks at the reports since number 'n', of which those of intervals
        before 'since' may have been under way; none is to be about the time
        from gap[0] to gap[1] on the switch's clock."""
        seconds = self.wait_until_right(n, since)
        if gap:
            for report in self.reports.reports[n:]:
                if (report['complete'] and report['start'] < gap[1]
                        and report['end'] > gap[0]):
                    raise switch.Failure('%s: a false report: %s'
                                         % (what, report))
        print('%s: right again after %d ms; %s' % (
            what, 1000 * seconds, ', '.join(
                '%s %d' % (why, sum(report.get('why') == why for report in
                                    self.reports.reports[n:]))
                for why in sorted({report['why'] for report in
                                   self.reports.reports[n:]
                                   if not report['complete']}))
            or 'nothing was incomplete'), flush=True)

    def flagged(self, n, cause, since=0):
        """True if an interval that began after 'since' says 'cause'."""
        return any(cause in report.get('why', '') and report['start'] > since
                   for report in self.reports.reports[n:])

    def jump(self, seconds):
        n = len(self.reports.reports)
        before = self.clock.now()
        self.clock.step(seconds)
        after = self.clock.now()
        # Neither what lies between the two, nor what was to come before.
        self.finish('clock stepped by %+d s' % seconds, n,
                    (before, after) if seconds > 0
                    else (before, before + RIGHT_AGAIN_S))

    def step(self, seconds):
        n = len(self.reports.reports)
        before = self.clock.now()
        self.clock.step(seconds)
        self.finish('clock stepped by %+.1f s' % seconds, n, since=before)
        if not self.flagged(n, 'clock'):
            raise switch.Failure('a step of the clock was not flagged')

    def slew(self, ppm):
        n = len(self.reports.reports)
        begin = self.clock.now()
        last = time.monotonic()
        for _ in range(500):
            time.sleep(0.001)
            now = time.monotonic()
            # If we lost the CPU, a slew must not become a step.
            self.clock.step(min(now - last, 0.01) * ppm / 1e6)
            last = now
        self.finish('clock slewed by %+d ppm' % ppm, n)
        if self.flagged(n, 'clock', begin):
            raise switch.Failure('a slew was taken for a step')

    def stop(self, seconds):
        """The process is stopped."""
        n = len(self.reports.reports)
        before = self.clock.now()
        os.kill(self.sw.pid(), signal.SIGSTOP)
        time.sleep(seconds)
        after = self.clock.now()
        os.kill(self.sw.pid(), signal.SIGCONT)
        # The signal may take effect a little later than it is sent.
        self.finish('stopped for %g s' % seconds, n,
                    (before + 0.1, after))
        if not self.flagged(n, 'stalled'):
            raise switch.Failure('that it was stopped was not flagged')

    def sweeper_tid(self):
        tasks = '/proc/%d/task' % self.sw.pid()
        for tid in os.listdir(tasks):
            with open('%s/%s/comm' % (tasks, tid), encoding='utf-8') as file:
                if file.read().startswith('trumpet-sweep'):
                    return int(tid)
        raise switch.Failure('there is no sweeper')

    def n_overruns(self):
        return int(OVERRUNS.search(self.sw.control.call('trumpet/show'))
                   .group(1))

    def n_sent(self):
        """Returns how many packets were ever sent, after all of them were
        forwarded."""
        with self.traffic.paused():
            n = self.traffic.drain()
            switch.wait_until(
                lambda: traffic.forwarded(self.traffic.control)['far'] == n,
                'all packets to be forwarded')
        return n

    def suspend_sweeper(self, seconds):
        """Only the sweeper is stopped, by means of a debugger."""
        seize, interrupt, detach = 0x4206, 0x4207, 17
        wall = 0x40000000
        libc = ctypes.CDLL(None, use_errno=True)
        tid = self.sweeper_tid()
        n = len(self.reports.reports)
        before = self.sw.control.ledger()
        overruns = self.n_overruns()
        if libc.ptrace(seize, tid, None, None):
            print('sweeper suspended: not tried, %s'
                  % os.strerror(ctypes.get_errno()))
            return
        libc.ptrace(interrupt, tid, None, None)
        os.waitpid(tid, wall)
        n_sent = self.n_sent()
        time.sleep(seconds)
        n_sent = self.n_sent() - n_sent
        libc.ptrace(detach, tid, None, None)
        self.finish('sweeper suspended for %g s' % seconds, n)
        after = self.sw.control.ledger()
        lost = after['not_observed'] - before['not_observed']
        overruns = self.n_overruns() - overruns
        if lost and not (self.flagged(n, 'sweep_overrun') and overruns):
            raise switch.Failure('%d lost packets were not flagged' % lost)
        print('  %d packets forwarded meanwhile, %d packets not observed, and '
              'said so, in %d overruns' % (n_sent, lost, overruns))


def main(seconds):
    environment = switch.preload('wall-clock.so')
    with switch.tempfile.NamedTemporaryFile() as file:
        clock = Clock(file.name)
        with switch.Switch(dict(environment, WALL_CLOCK=file.name),
                           EXPECTED) as sw:
            test = Test(sw, clock)
            for step in 3600, -3600:
                test.jump(step)
            for step in 0.4, -0.4:
                test.step(step)
            for ppm in 500, -500:
                test.slew(ppm)
            test.stop(seconds)
            test.suspend_sweeper(seconds)
            test.n_sent()
            test.traffic.end()


if __name__ == '__main__':
    main(float(sys.argv[1] if len(sys.argv) > 1
               else os.environ.get('STOP_SECONDS', 1)))
