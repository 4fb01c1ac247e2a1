#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Writes a random capture and a random trigger file for it.

    generate.py --seed S [--packets N] [--variables plain|all]
                [--extensions none|all] [--ports]
                --capture FILE --triggers FILE

The same arguments give the same files.  The trigger file's first line is a
comment that names the epoch its intervals are multiples of."""

import argparse
import functools
import os
import random
import sys

import capture
import conversation
import frames
import language
import oracle
import packet as pkt
import specs
import tcp
import traffic

PORT_NAMES = ('p1', 'p2', 'p3')


# Live, time passes in steps of so much where the order of packets matters.
LIVE_TICK_NS = 10 ** 6


class TriggerSet:
    """What every pair of a capture and a trigger set has.  'specs' are the
    triggers' texts by name."""

    def make_triggers(self, rng, wanted, variables, extensions, trace,
                      **more):
        """Draws 'wanted' triggers for 'trace'.  'more' is for
        specs.random_trigger()."""
        names = list(language.PLAIN_VARIABLES)
        states = ()
        if variables == 'all':
            names += list(language.TCP_VARIABLES)
            states = language.STATES
        self.specs = {}
        while len(self.specs) < wanted:
            name = rng.choice('abcXYZ') + rng.choice(
                ['', '.', '-', '_', '9', '10']) + str(len(self.specs))
            try:
                self.specs[name] = specs.random_trigger(
                    rng, trace, self.epoch_us, names, states,
                    extensions == 'all', **more)
            except specs.Unsuitable:
                continue

    def triggers(self):
        return [oracle.parse_named(name, spec, self.epoch_us)
                for name, spec in self.specs.items()]

    def trigger_file(self):
        lines = ['# --epoch %dus' % self.epoch_us, '']
        lines += ['%s: %s' % item for item in self.specs.items()]
        return '\n'.join(lines) + '\n'


@functools.lru_cache(maxsize=1)
def read_capture(path):
    """Returns (Capture, Trace) of a file."""
    recorded = capture.read(path)
    return recorded, tcp.Trace(oracle.packets_of(recorded.records))


class RecordedPair(TriggerSet):
    """A capture file and a trigger set for it.  Thresholds are drawn from a
    part of it, as a capture may be large."""

    SAMPLE = 3000               # Packets.

    def __init__(self, path, seed, variables='plain', extensions='none'):
        rng = random.Random('%s %d' % (os.path.basename(path), seed))
        self.path = path
        self.seed = seed
        self.epoch_us = rng.choice([10000] * 6 + [1000, 5000, 100000])
        recorded, self.trace = read_capture(path)
        self.truncated = recorded.truncated
        at = rng.randrange(max(1, len(recorded.records) - self.SAMPLE))
        sample = tcp.Trace(oracle.packets_of(
            recorded.records[at:at + self.SAMPLE]))
        self.make_triggers(rng, rng.randint(3, 8), variables, extensions,
                           self.trace, sample=sample)


class Pair(TriggerSet):
    """A random capture and a trigger set.  'records' are those of the file,
    complete ones only; 'truncated' tells that the file ends within one more.

    With 'live' there are only frames that a switch can be given, and 'places'
    has the port of each.  With 'ports' triggers may name them."""

    def __init__(self, seed, n_packets=None, variables='plain',
                 extensions='none', ports=False, live=False):
        rng = random.Random(seed)
        self.seed = seed
        self.epoch_us = rng.choice([10000] * 6 + [1000, 500, 5000, 100000])
        if live:
            self.epoch_us = 10000
        if n_packets is None:
            n_packets = rng.choice([50, 100, 150, 200, 200, 300, 300, 400,
                                    500, 500])
            if rng.random() < 0.03:
                n_packets = 3000
        nanoseconds = rng.random() < 0.4
        tick_ns = 1 if nanoseconds else 1000
        if variables == 'all':
            records = conversation.records(rng, n_packets, self.epoch_us,
                                           tick_ns, live)
        else:
            records = traffic.records(rng, n_packets, self.epoch_us, tick_ns)
        self.has_places = ports or live
        places = [None] * len(records)
        if live:
            records = traffic.sendable(records, self.epoch_us * 1000
                                       if variables == 'plain'
                                       else LIVE_TICK_NS)
        if self.has_places:
            places = [rng.choice(PORT_NAMES) for _ in records]
        if self.has_places and variables == 'all':
            records, places = settle(rng, records, places)
        if live and variables == 'all':
            records = in_known_order(records, places)
        self.make_capture(rng, records, nanoseconds)
        self.places = places[:len(self.records)]
        self.trace = tcp.Trace(self.packets(), self.has_places)
        wanted = rng.randint(3, 12)
        if variables == 'all' and rng.random() < 0.05:
            wanted = 30
        self.make_triggers(rng, wanted, variables, extensions, self.trace,
                           ports=ports, is_live=live)

    def make_capture(self, rng, records, nanoseconds):
        write = rng.choice([frames.pcap, frames.pcap, frames.pcapng])
        order = rng.choice('<<>')
        self.capture = write(records, order, nanoseconds)
        self.truncated = rng.random() < 0.03
        if self.truncated:
            without_last = write(records[:-1], order, nanoseconds)
            self.capture = self.capture[:rng.randrange(
                len(without_last) + 1, len(self.capture))]
            records = records[:-1]
        self.records = records

    def packets(self):
        """The capture's packets, freshly parsed."""
        packets = oracle.packets_of(self.records)
        for packet, place in zip(packets, self.places):
            packet.in_port = place
        return packets


def settle(rng, records, places):
    """Most packets of a flow enter at one port, wherever those of the other
    direction do.  Some flows pass twice: at one port, then at another.
    Returns new records and places."""
    homes = {}                  # Flow: port.
    second_homes = {}           # Flow: another port, or None.
    settled = []
    for record, place in zip(records, places):
        time_ns, wire, data = record
        packet = pkt.parse(data, wire, time_ns=time_ns)
        flow = tcp.five_tuple(packet), packet.vlan
        if packet.family is not None and rng.random() < 0.95:
            place = homes.setdefault(flow, place)
        settled.append((record, place))
        if packet.family is not None:
            if flow not in second_homes:
                others = [port for port in PORT_NAMES if port != place]
                second_homes[flow] = (rng.choice(others)
                                      if rng.random() < 0.15 else None)
            if second_homes[flow] and rng.random() < 0.95:
                settled.append((record, second_homes[flow]))
    return [record for record, _ in settled], [place for _, place in settled]


def in_known_order(records, places):
    """Returns the records at such times that those of two ports never have
    the same: threads of a switch do not know which of them came first."""
    result = []
    now_ns = last = None
    for (time_ns, wire, data), place in zip(records, places):
        if now_ns is not None:
            time_ns = max(time_ns, now_ns + LIVE_TICK_NS * (place != last))
        now_ns, last = time_ns, place
        result.append((time_ns, wire, data))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--packets', type=int)
    parser.add_argument('--variables', choices=['plain', 'all'],
                        default='plain')
    parser.add_argument('--extensions', choices=['none', 'all'],
                        default='none')
    parser.add_argument('--ports', action='store_true',
                        help='triggers may name in_port and tun_id')
    parser.add_argument('--capture', required=True)
    parser.add_argument('--triggers', required=True)
    arguments = parser.parse_args()
    pair = Pair(arguments.seed, arguments.packets, arguments.variables,
                arguments.extensions, arguments.ports)
    with open(arguments.capture, 'wb') as stream:
        stream.write(pair.capture)
    with open(arguments.triggers, 'w', encoding='utf-8') as stream:
        stream.write(pair.trigger_file())
    return 0


if __name__ == '__main__':
    sys.exit(main())
