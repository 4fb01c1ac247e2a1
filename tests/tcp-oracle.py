#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Compares lib/monitor/tcp-flow.c and burst-run.h with the oracle, packet by
packet, on random conversations.

TRUMPET_CONVERSATIONS (20000) conversations from seed TRUMPET_SEED (1) on.
"""

import multiprocessing
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'oracle'))

import conversation
import tcp

PROGRAM = os.path.join('tests', 'tcp-flow-trace')
EPOCH_NS = 10 ** 7
CHUNK = 500
N_JOBS = 2
EITHER = 2      # Of a flow that is its own reverse: at one place, not two.


class Event:
    """A packet as the oracle's Flow wants it; 'tcp' may be None."""

    def __init__(self, segment, time_ns):
        self.side = segment.side
        self.time_ns = time_ns
        self.tcp = None if segment.is_cut else Tcp(segment)
        self.is_lost = self.is_burst = 0
        self.rwnd = None


class Tcp:
    def __init__(self, segment):
        self.seq = segment.seq % 2 ** 32
        self.ack = segment.ack % 2 ** 32
        self.flags = segment.flags
        self.window = segment.window
        self.options = segment.options
        self.payload = segment.size


class Flow(tcp.Flow):
    """A flow of the oracle that remembers what it knew after each segment."""

    def __init__(self, first):
        super().__init__(first)
        self.lives = []
        self.told = {}          # By packet.

    def segment(self, event, is_forward, forward, reverse):
        n_samples, n_heard = len(self.samples), len(self.reverse_times)
        super().segment(event, is_forward, forward, reverse)
        if not self.lives or self.lives[-1] is not forward:
            self.lives.append(forward)
        self.told[event] = (
            self.samples[-1].rtt if len(self.samples) > n_samples else None,
            int(len(self.reverse_times) > n_heard),
            int(forward.seen), forward.seq, forward.ack, forward.duplicates,
            forward.largest, len(self.lives))


def converse(seed):
    """Returns (the packets of one conversation, whether both directions are
    one flow)."""
    rng = random.Random(seed)
    talk = conversation.Conversation(rng, EPOCH_NS)
    is_own = talk.hosts[0] == talk.hosts[1] and talk.ports[0] == talk.ports[1]
    events = []
    now_ns = rng.choice([0, 1, 1700000000 * 10 ** 9])
    for _ in range(rng.choice([3, 10, 20, 20, 40])):
        segment = talk.next_segment()
        now_ns += segment.gap_ns
        if segment.is_on_second:
            now_ns += -now_ns % conversation.SECOND
        events.append(Event(segment, now_ns))
    return events, is_own


def line_of(event, is_forward):
    line = '%d %d' % (not is_forward, event.time_ns)
    if event.tcp:
        line += ' %d %d %d %d %d +%s' % (
            event.tcp.seq, event.tcp.ack, event.tcp.payload, event.tcp.window,
            event.tcp.flags, event.tcp.options.hex())
    return line


def expect(events, is_own, side):
    """Yields (the line of a packet, what the flow of 'side' is expected to
    tell of it)."""
    pairs = [(event, event.side == side or side == EITHER)
             for event in events]
    flow = Flow(None)
    flow.run(pairs, is_own)
    tcp.mark_bursts([event for event, is_forward in pairs if is_forward])
    last_ns = None
    known = 0, None, None, 0, 0, None
    for event, is_forward in pairs:
        rtt, heard = None, 0
        if event.tcp:
            rtt, heard, *known = flow.told[event]
        elif last_ns and event.time_ns - last_ns > tcp.LIFETIME_NS:
            known = 0, None, None, 0, 0, None
        last_ns = event.time_ns
        yield line_of(event, is_forward), (
            event.is_lost if is_forward else 0,
            event.rwnd or 0 if is_forward else 0,
            rtt, heard, event.is_burst if is_forward else 0, *known)


def read_result(line):
    lost, rwnd, rtt, heard, burst, seen, seq, ack, *rest = line.split()
    return (int(lost), int(rwnd), None if rtt == '-' else float(rtt),
            int(heard), int(burst), int(seen),
            *(None if x == '-' else int(x) for x in (seq, ack)),
            *map(int, rest))


def check_flow(name, wanted, lines):
    """Returns what is wrong, or None.  Of lives only the changes count."""
    life = None, None
    for n, ((sent, want), line) in enumerate(zip(wanted, lines)):
        got = read_result(line)
        is_known = want[-1] is not None
        is_same = got[:-1] == want[:-1] and not (
            is_known and life[0] is not None
            and (got[-1] == life[0]) != (want[-1] == life[1]))
        if not is_same:
            return '%s, packet %d: %s\n  want %s\n  got  %s\nall:\n%s' % (
                name, n, sent, want, got,
                '\n'.join(sent for sent, _ in wanted[:n + 1]))
        if is_known:
            life = got[-1], want[-1]
    return None


def check(seeds):
    """Returns (what is wrong with some conversations, number of packets)."""
    flows = []
    text = []
    for seed in seeds:
        events, is_own = converse(seed)
        for side in (0, 1, EITHER) if is_own else (0, 1):
            wanted = list(expect(events, is_own, side))
            flows.append(('seed %d, side %d' % (seed, side), wanted))
            text.append('flow %d' % is_own)
            text += [sent for sent, _ in wanted]
    done = subprocess.run([PROGRAM], input='\n'.join(text) + '\n',
                          stdout=subprocess.PIPE, text=True, check=True)
    lines = done.stdout.splitlines()
    n = sum(len(wanted) for _, wanted in flows)
    if len(lines) != n:
        return ['%d packets, but %d lines' % (n, len(lines))], n
    problems = []
    at = 0
    for name, wanted in flows:
        problem = check_flow(name, wanted, lines[at:at + len(wanted)])
        at += len(wanted)
        if problem:
            problems.append(problem)
    return problems, n


def main():
    first = int(os.environ.get('TRUMPET_SEED', '1'))
    count = int(os.environ.get('TRUMPET_CONVERSATIONS', '20000'))
    chunks = [range(at, min(at + CHUNK, first + count))
              for at in range(first, first + count, CHUNK)]
    n_packets = n_problems = 0
    with multiprocessing.Pool(N_JOBS) as pool:
        for problems, n in pool.imap_unordered(check, chunks):
            n_packets += n
            for problem in problems[:1] if not n_problems else []:
                print(problem)
            n_problems += len(problems)
    print('%d conversations, %d packets: %d flows differ'
          % (count, n_packets, n_problems))
    return 1 if n_problems else 0


if __name__ == '__main__':
    sys.exit(main())
