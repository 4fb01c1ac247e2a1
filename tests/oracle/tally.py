# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""How much random pairs exercise: how many have what, and how often.

A value counts where it is reported, defined and not 0, as this is what a
comparison sees."""

import collections

import language
import oracle

CORNERS = ('is_lost', 'is_burst', 'rwnd, scaled', 'rtt, sample',
           'duplicate ACK', 'state forgotten',
           'new connection on old ports', 'wrap of a sequence number',
           'two or more wraps in a life', 'two or more wraps within 1 s',
           '5-tuple at several places')


class Tally:
    """Counts of each thing: in how many pairs, and how many in all."""

    def __init__(self):
        self.n_pairs = 0
        self.pairs = collections.Counter()
        self.totals = collections.Counter()

    def add(self, counts):
        self.n_pairs += 1
        self.totals.update(counts)
        self.pairs.update(what for what, count in counts.items() if count)

    def lines(self):
        yield '%d pairs; of each: pairs that have it, and how many' % (
            self.n_pairs)
        names = list(CORNERS) + sorted(set(self.totals) - set(CORNERS))
        for name in names:
            yield '%6.1f %% %9d  %s' % (
                100 * self.pairs[name] / self.n_pairs, self.totals[name],
                name)


def counts_of(pair):
    """Returns the counts of a generate.TriggerSet with its trace."""
    counts = collections.Counter()
    count_packets(counts, pair.trace)
    for flow in pair.trace.flows:
        count_flow(counts, flow)
    for trigger in pair.triggers():
        count_reports(counts, trigger, pair.trace)
    return counts


def count_packets(counts, trace):
    places = {}
    for packet in trace.packets:
        counts['is_lost'] += packet.is_lost
        counts['is_burst'] += packet.is_burst
        if packet.tcp and packet.rwnd != packet.tcp.window:
            counts['rwnd, scaled'] += 1
        if packet.tcp:
            places.setdefault(oracle.five_tuple_key(packet), set()).add(
                id(packet.flow))
    counts['rtt, sample'] += len(trace.samples)
    counts['5-tuple at several places'] += sum(
        len(flows) > 1 for flows in places.values())


def count_flow(counts, flow):
    counts['state forgotten'] += flow.n_forgotten
    counts['new connection on old ports'] += flow.n_new
    previous = None
    wraps = []                  # (life, time).
    for now in flow.snapshots:
        if previous and previous.life == now.life:
            counts['duplicate ACK'] += now.duplicates - previous.duplicates
            if None not in (previous.seq, now.seq):
                n_wraps = now.seq // 2 ** 32 - previous.seq // 2 ** 32
                wraps += [(now.life, now.time_ns)] * n_wraps
        previous = now
    counts['wrap of a sequence number'] += len(wraps)
    for one, other in zip(wraps, wraps[1:]):
        if one[0] == other[0]:
            counts['two or more wraps in a life'] += 1
            counts['two or more wraps within 1 s'] += (
                one[1] // 10 ** 9 == other[1] // 10 ** 9)


def count_reports(counts, trigger, trace):
    first, last = oracle.in_replay(trigger, trace.packets)
    history = oracle.History(trigger, trace, first)
    matched = {(interval, str(oracle.shown(key)))
               for interval, key in history.matched}
    leaves = {language.canonical(leaf): leaf
              for leaf in language.reported(trigger.predicate)}
    for _, report in oracle.reports_of(trigger, trace, first, last):
        end_us = report['interval_start_us'] + report['interval_us']
        window = end_us // trigger.every_us - 1
        counts['report: ' + report['event']] += 1
        for name in ('held', 'top'):
            counts['report: ' + name] += name in report
        counts['report: of several intervals'] += trigger.over > 1
        counts['report: top of several flows'] += len(
            report.get('top', [])) > 1
        for text, value in report['values'].items():
            leaf = leaves[text]
            count_value(counts, leaf, value)
            if leaf[0] == 'state' and leaf[-1] and value is not None:
                counts['value: %s[-k], idle then' % leaf[1]] += (
                    (window - leaf[-1], str(report['key'])) not in matched)


def count_value(counts, leaf, value):
    if leaf[0] == 'state':
        names = [leaf[1]]
    else:
        names = (sorted(language.variables_of(leaf[2])) if leaf[2]
                 else ['count()'])
    names = ['value: %s%s' % (name, '[-k]' if leaf[-1] else '')
             for name in names]
    for name in names:
        if value is None:
            counts[name + ', undefined'] += 1
        elif value:
            counts[name] += 1
