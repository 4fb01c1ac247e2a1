#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Random traffic for a switch with a dummy datapath, and what it must report.

    live.py commands --seed S [--packets N] [...]
        prints the shell commands that install the triggers and send the
        frames to the dummy ports p1, p2, p3, with the clock stopped
    live.py compare --seed S [--packets N] [...] [REPORTS]
        compares the reports, JSON lines as of trumpet/reports, with what
        the oracle says; the last line is "N reports agree"

Before the commands the switch has a 10 ms epoch, no trigger, the ports, and
time/stop in force.  All frames of an epoch are sent at one time; then time is
warped by whole epochs.  Where within an epoch the clock stood does not
matter; which epoch it is does, for intervals of more than one, and is learnt
from the first report of the trigger that the commands add for it
('live-probe'), unless --start-us tells when the first frame's epoch began."""

import argparse
import json
import shlex
import sys

import compare
import generate
import oracle

EPOCH_US = 10000
EPOCH_MS = EPOCH_US // 1000
PROBE = 'live-probe'
PROBE_SPEC = 'on any every 10ms when count() > 0'
FIELDS = [field for field in compare.FIELDS if field != 'seq']


class Run:
    """'frames' are (epoch from 0, port, hex), in order."""

    def __init__(self, frames, triggers):
        self.frames = frames
        self.triggers = triggers + [
            oracle.parse_named(PROBE, PROBE_SPEC, EPOCH_US)]
        # After so many epochs every interval with a frame has ended.
        self.epochs = 2 + frames[-1][0] + max(
            trigger.every_us for trigger in triggers) // EPOCH_US

    # Commands.

    def commands(self, specs, settle=None, batch=1):
        """Yields shell commands.  'settle' is one to run before each warp;
        up to 'batch' consecutive frames of a port go in one command."""
        for name, spec in list(specs.items()) + [(PROBE, PROBE_SPEC)]:
            yield appctl('trumpet/add-trigger', name, spec)
        # The first whole interval begins after the triggers were added.
        yield from self.warp(1, settle)
        epoch = 0
        waiting = []

        def flush():
            if waiting:
                yield appctl('netdev-dummy/receive', waiting[0][1],
                             *[text for _, _, text in waiting])
            waiting.clear()

        for frame in self.frames:
            if waiting and (frame[:2] != waiting[0][:2]
                            or len(waiting) == batch):
                yield from flush()
            if frame[0] != epoch:
                yield from self.warp(frame[0] - epoch, settle)
                epoch = frame[0]
            waiting.append(frame)
        yield from flush()
        # The sweep may trail by some epochs.
        yield from self.warp(self.epochs - epoch + 3, settle)

    @staticmethod
    def warp(n_epochs, settle):
        if settle:
            yield settle
        if n_epochs == 1:
            yield appctl('time/warp', str(EPOCH_MS))
        else:
            yield appctl('time/warp', str(n_epochs * EPOCH_MS), str(EPOCH_MS))

    # Comparison.

    def expected(self, start_us):
        """Returns the reports of intervals that end while the commands run,
        if the first frame's epoch began at 'start_us'."""
        packets = []
        for epoch, port, text in self.frames:
            data = bytes.fromhex(text)
            time_ns = (start_us + epoch * EPOCH_US) * 1000
            packets.append(oracle.pkt.parse(data, len(data), time_ns=time_ns,
                                            in_port=port))
        end_us = start_us + self.epochs * EPOCH_US

        def observed(trigger, _):
            """The whole intervals in the run."""
            return (-(-start_us // trigger.every_us),
                    end_us // trigger.every_us - 1)

        return oracle.evaluate(self.triggers, packets, observed,
                               has_places=True)[0]

    def compare(self, lines, start_us=None):
        """Raises compare.Difference if 'lines' are not what must be
        reported.  Returns the number of reports."""
        names = {trigger.name for trigger in self.triggers}
        got = [report for report in map(json.loads, lines)
               if report.get('event') == 'satisfied'
               and report['trigger'] in names]
        if start_us is None:
            start_us = min((report['interval_start_us'] for report in got
                            if report['trigger'] == PROBE), default=None)
            if start_us is None:
                raise compare.Difference('no report of ' + PROBE)
        end_us = start_us + self.epochs * EPOCH_US
        got = {identity(report): report for report in got
               if end_of(report) <= end_us}
        expected = {identity(report): report
                    for report in self.expected(start_us)}
        leaves = compare.leaves_of(self.triggers)
        for each in sorted(expected.keys() | got.keys()):
            if each not in got:
                raise compare.Difference(
                    'missing:  ' + oracle.json_line(expected[each]))
            if each not in expected:
                raise compare.Difference('too many: '
                                         + oracle.json_line(got[each]))
            if not compare.same_report(expected[each], got[each],
                                       leaves[each[1]], FIELDS):
                raise compare.Difference(
                    'expected: %s\ngot:      %s' % (
                        oracle.json_line(expected[each]),
                        oracle.json_line(got[each])))
        return len(expected)


def appctl(*arguments):
    return ' '.join(['ovs-appctl'] + [shlex.quote(each)
                                      for each in arguments])


def end_of(report):
    return report['interval_start_us'] + report['interval_us']


def identity(report):
    return (end_of(report), report['trigger'],
            json.dumps(report['key'], sort_keys=True))


def run_of(pair):
    """Returns the Run of a generate.Pair made with live=True."""
    first = pair.records[0][0] // (EPOCH_US * 1000)
    frames = [(time_ns // (EPOCH_US * 1000) - first, port, data.hex())
              for (time_ns, _, data), port in zip(pair.records, pair.places)]
    return Run(frames, pair.triggers())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('mode', choices=['commands', 'compare'])
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--packets', type=int, default=80)
    parser.add_argument('--variables', choices=['plain', 'all'],
                        default='plain')
    parser.add_argument('--extensions', choices=['none', 'all'],
                        default='none')
    parser.add_argument('--settle', help='a command to run before each warp')
    parser.add_argument('--batch', type=int, default=1,
                        help='frames of one port in a command')
    parser.add_argument('--start-us', type=int,
                        help="when the first frame's epoch began, Unix time")
    parser.add_argument('reports', nargs='?', default='-')
    arguments = parser.parse_args()
    pair = generate.Pair(arguments.seed, arguments.packets,
                         arguments.variables, arguments.extensions,
                         ports=True, live=True)
    run = run_of(pair)
    if arguments.mode == 'commands':
        for line in run.commands(pair.specs, arguments.settle,
                                 arguments.batch):
            print(line)
        return 0
    if arguments.reports == '-':
        lines = sys.stdin.read().splitlines()
    else:
        with open(arguments.reports, encoding='utf-8') as stream:
            lines = stream.read().splitlines()
    try:
        count = run.compare(lines, arguments.start_us)
    except compare.Difference as difference:
        print('seed %d:\n%s' % (arguments.seed, difference))
        return 1
    print('%d reports agree' % count)
    return 0


if __name__ == '__main__':
    sys.exit(main())
