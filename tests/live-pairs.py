#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Compares a running switch with the oracle.

    live-pairs.py --seed S [--pairs N] [--packets N] [--variables plain|all]
                  [--extensions none|all] [--keep DIR] ORACLE TARGET

Pair i, which is made from seed S + i, consists of a trigger set and frames
for the dummy ports p1, p2 and p3.  ORACLE is the directory of oracle.py and
TARGET the socket of ovs-vswitchd, where monitoring is on with epochs of 10 ms
and time is stopped.  Of two pairs, one sees time pass in single steps.

Each step waits until it is done, by asking the ledger; nothing depends on how
fast the switch is."""

import argparse
import json
import os
import re
import shlex
import socket
import sys
import time

BATCH = 20                      # Frames of one port in a command.
TIMEOUT_SECONDS = 60
LAST = 1000                     # Reports that the switch keeps.
REST_MS = 3010                  # Then the state of connections is forgotten.
LEDGER = re.compile(r'^  total: received=(\d+) counted=(\d+) unmatched=(\d+) '
                    r'not_observed=(\d+) dropped_invalid=(\d+) ', re.M)


class Failure(Exception):
    """The switch did not do what it was told, or counted wrongly."""


class Switch:
    """A connection to ovs-vswitchd: JSON-RPC, as ovs-appctl speaks it.  (Open
    vSwitch's own JSON parser for Python is too slow for long replies.)"""

    def __init__(self, target):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_SECONDS)
        self.socket.connect(target)
        self.sent = self.ledger()[0]
        self.n_delivered = self.delivered()

    def command(self, name, *arguments):
        self.socket.sendall(json.dumps(
            {'id': 0, 'method': name, 'params': arguments}).encode())
        data = b''
        while True:
            more = self.socket.recv(1 << 20)
            if not more:
                raise Failure('%s: the connection was closed' % name)
            data += more
            if not data.rstrip().endswith(b'}'):
                continue
            try:
                reply = json.loads(data)
            except ValueError:
                continue
            if reply['error'] is not None:
                raise Failure('%s %s: %s' % (name, shlex.join(arguments),
                                             reply['error']))
            return reply['result']

    def delivered(self):
        return int(re.search(r'^reports: delivered=(\d+)',
                             self.command('trumpet/show'), re.M)[1])

    def new_reports(self):
        """Returns the lines of the reports since the last call."""
        before, self.n_delivered = self.n_delivered, self.delivered()
        n = self.n_delivered - before
        if n > LAST:
            raise Failure('%d reports in one step' % n)
        if not n:
            return []
        return self.command('trumpet/reports', '--last', str(n)).splitlines()

    def ledger(self):
        return [int(number) for number in
                LEDGER.search(self.command('trumpet/show')).groups()]

    def settle(self):
        """Waits until all frames sent were received."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            received, counted, unmatched, not_observed, invalid = self.ledger()
            if received == self.sent:
                break
            if received > self.sent or time.monotonic() > deadline:
                raise Failure('%d frames sent, %d received'
                              % (self.sent, received))
            time.sleep(0.001)
        if not_observed or invalid or received != counted + unmatched:
            raise Failure('the ledger is wrong:\n'
                          + self.command('trumpet/show'))

    def run(self, line, single_steps):
        """Carries out one line of live.Run.commands().  Returns the lines of
        the reports that this caused."""
        _, name, *arguments = shlex.split(line)
        if name != 'time/warp':
            if name == 'netdev-dummy/receive':
                self.sent += len(arguments) - 1
            self.command(name, *arguments)
            return []
        self.settle()
        if not single_steps:
            del arguments[1:]
        self.command(name, *arguments)
        self.command('trumpet/sweep')
        return self.new_reports()


def run_pair(switch, pair, run):
    """Returns the lines of the reports about 'pair'."""
    switch.command('trumpet/del-trigger', '--all')
    switch.command('time/warp', str(REST_MS))
    switch.command('trumpet/sweep')
    switch.new_reports()
    lines = []
    for line in run.commands(pair.specs, batch=BATCH):
        lines += switch.run(line, pair.seed % 2 == 0)
    return lines


def keep(directory, pair, run, lines):
    os.makedirs(directory, exist_ok=True)
    for name, text in (('triggers', pair.trigger_file()),
                       ('got', '\n'.join(lines)),
                       ('commands', '\n'.join(run.commands(pair.specs)))):
        path = os.path.join(directory, '%d.%s' % (pair.seed, name))
        with open(path, 'w', encoding='utf-8') as stream:
            stream.write(text + '\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--pairs', type=int, default=50)
    parser.add_argument('--packets', type=int, default=80)
    parser.add_argument('--variables', choices=['plain', 'all'],
                        default='plain')
    parser.add_argument('--extensions', choices=['none', 'all'],
                        default='none')
    parser.add_argument('--keep', help='where to write what differs')
    parser.add_argument('oracle')
    parser.add_argument('target')
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.oracle)
    import compare
    import generate
    import live

    failed = 0
    switch = Switch(arguments.target)
    for seed in range(arguments.seed, arguments.seed + arguments.pairs):
        pair = generate.Pair(seed, arguments.packets, arguments.variables,
                             arguments.extensions, ports=True, live=True)
        run = live.run_of(pair)
        lines = []
        try:
            lines = run_pair(switch, pair, run)
            print('seed %d: %d frames, %d reports agree'
                  % (seed, len(run.frames),
                     run.compare(lines, None, arguments.extensions == 'all')),
                  flush=True)
        except (Failure, compare.Difference) as error:
            print('seed %d: differs\n%s' % (seed, error), flush=True)
            if arguments.keep:
                keep(arguments.keep, pair, run, lines)
            failed += 1
    print('%d pairs, %d differ' % (arguments.pairs, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
