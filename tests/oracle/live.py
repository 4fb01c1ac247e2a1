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
time/stop in force.  All frames of an epoch are sent at one time; with TCP
variables, in steps of 1 ms, and never at one time to two ports.  (So rtt and
bursts are known exactly: the switch's clock is in the hands of this program.)
Which epoch it is matters for intervals of more than one, and is learnt from
the first report of the trigger that the commands add for it ('live-probe'),
unless --start-us tells when the first frame's epoch began; where within an
epoch the clock stood is learnt from this trigger, too."""

import argparse
import collections
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
    """'frames' are (ms from 0, port, hex), in order."""

    def __init__(self, frames, triggers):
        self.frames = frames
        self.triggers = triggers + [
            oracle.parse_named(PROBE, PROBE_SPEC, EPOCH_US)]
        # After so many epochs every interval with a frame has ended.
        self.epochs = 3 + frames[-1][0] // EPOCH_MS + max(
            trigger.every_us * trigger.over
            for trigger in self.triggers) // EPOCH_US

    # Commands.

    def commands(self, specs, settle=None, batch=1):
        """Yields shell commands.  'settle' is one to run before each warp;
        up to 'batch' consecutive frames of a port go in one command."""
        for name, spec in list(specs.items()) + [(PROBE, PROBE_SPEC)]:
            yield appctl('trumpet/add-trigger', name, spec)
        # The first whole interval begins after the triggers were added.
        yield from self.warp(EPOCH_MS, settle)
        now_ms = 0
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
            if frame[0] != now_ms:
                yield from self.warp(frame[0] - now_ms, settle)
                now_ms = frame[0]
            waiting.append(frame)
        yield from flush()
        # The sweep may trail by some epochs.
        yield from self.warp((self.epochs + 3) * EPOCH_MS - now_ms, settle)

    @staticmethod
    def warp(ms, settle):
        if settle:
            yield settle
        if ms <= EPOCH_MS:
            yield appctl('time/warp', str(ms))
        else:
            yield appctl('time/warp', str(ms), str(EPOCH_MS))

    # Comparison.

    def expected(self, start_us, phase_ms=0):
        """Returns the reports of intervals that end while the commands run,
        if the first frame was sent 'phase_ms' after the beginning of the
        epoch 'start_us'."""
        packets = []
        for ms, port, text in self.frames:
            data = bytes.fromhex(text)
            time_ns = start_us * 1000 + (phase_ms + ms) * 10 ** 6
            packets.append(oracle.pkt.parse(data, len(data), time_ns=time_ns,
                                            in_port=port))
        end_us = start_us + self.epochs * EPOCH_US

        def observed(trigger, _):
            """The whole intervals in the run."""
            return (-(-start_us // trigger.every_us),
                    end_us // trigger.every_us - 1)

        return oracle.evaluate(self.triggers, packets, observed,
                               has_places=True)[0]

    def phases_ms(self, start_us, got):
        """Returns where in its epoch the first frame may have been sent, as
        the reports of the probe tell."""
        counts = {report['interval_start_us']: report['packets']
                  for report in got if report['trigger'] == PROBE}
        phases = []
        for phase in range(EPOCH_MS):
            expected = collections.Counter(
                start_us + (phase + ms) // EPOCH_MS * EPOCH_US
                for ms, _, _ in self.frames)
            if expected == counts:
                phases.append(phase)
        return phases

    def compare(self, lines, start_us=None, has_extensions=True):
        """Raises compare.Difference if 'lines' are not what must be
        reported.  Returns the number of reports."""
        names = {trigger.name for trigger in self.triggers}
        got = [report for report in map(json.loads, lines)
               if report.get('event') in ('satisfied', 'cleared')
               and report['trigger'] in names]
        if start_us is None:
            start_us = min((report['interval_start_us'] for report in got
                            if report['trigger'] == PROBE), default=None)
            if start_us is None:
                raise compare.Difference('no report of ' + PROBE)
        end_us = start_us + self.epochs * EPOCH_US
        got = {identity(report): report for report in got
               if end_of(report) <= end_us}
        # If none fits, the comparison tells what is wrong with the probe.
        phases = self.phases_ms(start_us, got.values()) or [0]
        for phase in phases:
            expected = {identity(report): report
                        for report in self.expected(start_us, phase)}
            try:
                self.compare_reports(expected, got, has_extensions)
                return len(expected)
            except compare.Difference as error:
                difference = error
        raise difference

    def compare_reports(self, expected, got, has_extensions):
        leaves = compare.leaves_of(self.triggers)
        for each in sorted(expected.keys() | got.keys()):
            if each not in got:
                raise compare.Difference(
                    'missing:  ' + oracle.json_line(expected[each]))
            if each not in expected:
                raise compare.Difference('too many: '
                                         + oracle.json_line(got[each]))
            if not compare.same_report(expected[each], got[each],
                                       leaves[each[1]], FIELDS,
                                       has_extensions):
                raise compare.Difference(
                    'expected: %s\ngot:      %s' % (
                        oracle.json_line(expected[each]),
                        oracle.json_line(got[each])))


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
    first_ns = pair.records[0][0]
    frames = [((time_ns - first_ns) // 10 ** 6, port, data.hex())
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
        count = run.compare(lines, arguments.start_us,
                            arguments.extensions == 'all')
    except compare.Difference as difference:
        print('seed %d:\n%s' % (arguments.seed, difference))
        return 1
    print('%d reports agree' % count)
    return 0


if __name__ == '__main__':
    sys.exit(main())
