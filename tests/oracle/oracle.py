#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""The oracle: which reports a capture must yield.

It keeps every packet and tests every trigger, key and interval by the
definitions, with little thought for speed.  It shares no code with the engine.

    oracle.py replay [--epoch 10ms] [-t NAME=SPEC]... [-f FILE] CAPTURE
    oracle.py check SPEC
"""

import argparse
import bisect
import json
import re
import sys

import capture
import flowmatch
import language
import packet as pkt
import tcp
import values


class OracleError(Exception):
    """A trigger set or capture that replay refuses."""


# ## Triggers ## #

def parse_named(name, spec, epoch_us):
    if not re.fullmatch(r'[A-Za-z0-9_.-]{1,64}', name):
        raise OracleError('bad trigger name %r' % name)
    try:
        trigger = language.parse(spec, epoch_us)
    except language.LanguageError as error:
        raise OracleError('%s:1:%d: %s' % (name, error.position + 1,
                                           error)) from error
    trigger.name = name
    return trigger


def parse_trigger_lines(lines, epoch_us):
    """Returns the triggers of a trigger file."""
    triggers = []
    for line in lines:
        line = line.rstrip('\r\n')
        if not line.strip() or line.startswith('#'):
            continue
        name, colon, spec = line.partition(':')
        if not colon:
            raise OracleError('expected NAME: SPEC')
        triggers.append(parse_named(name.strip(), spec, epoch_us))
    return triggers


def check_set(triggers, replay):
    names = [trigger.name for trigger in triggers]
    if len(set(names)) < len(names):
        raise OracleError('two triggers have one name')
    for trigger in triggers if replay else []:
        for field in trigger.fields_named() & {'in_port', 'tun_id'}:
            raise OracleError('%s: a replay has no %s'
                              % (trigger.name, field))


# ## Packets ## #

def packets_of(records):
    """Returns the Packets of a capture's records.  Time never goes back."""
    packets = []
    now = None
    for time_ns, wire, data in records:
        now = time_ns if now is None else max(now, time_ns)
        packets.append(pkt.parse(data, wire, time_ns=now))
    return packets


# ## Evaluation ## #

class History:
    """The packets of one trigger by interval and key, and what can be asked
    about them.  Intervals are numbered since the epoch of the clock."""

    def __init__(self, trigger, trace, first):
        """'first' is the first observed interval."""
        self.trigger = trigger
        self.first = first
        self.known_keys = {}    # By headers.
        self.matched = {}       # (interval, key): packets
        self.by_key = {}        # key: packets
        for packet in trace.packets:
            key = self.key(packet)
            if key is not None:
                self.add(self.matched, key, packet.time_ns, packet)
                self.by_key.setdefault(key, []).append(packet)
        self.samples = {}       # (interval, key): samples of rtt
        for sample in trace.samples:
            key = self.key(sample.packet)
            if key is not None:
                self.add(self.samples, key, sample.time_ns, sample)
        self.reverse = {}       # (interval, key): when a segment came
        for flow in trace.flows:
            key = self.key(flow.first)
            if key is not None:
                for time_ns in flow.reverse_times:
                    self.add(self.reverse, key, time_ns, time_ns)

    def key(self, packet):
        """Returns the key of 'packet', or None if it does not match or has
        none."""
        headers = flowmatch.headers(packet)
        if headers not in self.known_keys:
            self.known_keys[headers] = (
                self.trigger.granularity.key(packet)
                if self.trigger.filter.matches(packet) else None)
        return self.known_keys[headers]

    def add(self, where, key, time_ns, what):
        interval = interval_of(self.trigger, time_ns)
        where.setdefault((interval, key), []).append(what)

    def in_window(self, where, window, key):
        """Returns what 'where' has of 'key' in all the intervals of
        'window', which is numbered by its last one."""
        return [what for interval in range(window - self.trigger.over + 1,
                                           window + 1)
                for what in where.get((interval, key), [])]

    def was_observed(self, window):
        return window - self.trigger.over + 1 >= self.first

    def tested(self, last, both_directions):
        """Returns the (window, key) pairs to test, up to window 'last'."""
        over = self.trigger.over
        first = self.first + over - 1
        if not self.trigger.granularity.fields:
            return [(window, ()) for window in range(first, last + 1)]
        pairs = set(self.matched)
        if both_directions:
            pairs |= set(self.reverse)
        return sorted({(window, key) for interval, key in pairs
                       for window in range(max(interval, first),
                                           min(interval + over, last + 1))})

    def look(self, leaf, window, key):
        """Returns what 'leaf', an aggregate or state, is for 'key' in
        'window'."""
        window -= leaf[-1]
        if not self.was_observed(window):
            return values.UNDEFINED
        if leaf[0] == 'state':
            return self.state(leaf[1], window, key)
        _, function, value, _ = leaf
        return values.aggregate_of(function, value,
                                   self.items(value, window, key))

    def items(self, value, window, key):
        """Returns what 'value' is aggregated over."""
        is_rtt = value and 'rtt' in language.variables_of(value)
        return self.in_window(self.samples if is_rtt else self.matched,
                              window, key)

    def state(self, name, window, key):
        """Returns what state variable 'name' is at the end of 'window': in
        the flow of the last packet of 'key' up to then."""
        every_ns = self.trigger.every_us * 1000
        end_ns = (window + 1) * every_ns
        start_ns = end_ns - self.trigger.over * every_ns
        packets = self.by_key.get(key, [])
        at = bisect.bisect_left(packets, end_ns,
                                key=lambda packet: packet.time_ns)
        if at == 0:
            return values.UNDEFINED
        state = packets[at - 1].flow.state(name, start_ns, end_ns)
        return values.UNDEFINED if state is None else float(state)

    def is_satisfied(self, window, key):
        return values.is_true(self.trigger.predicate,
                              lambda leaf: self.look(leaf, window, key))

    def contributors(self, window, key):
        """Returns the flows of 'key' in 'window' and their parts of the
        aggregate that ranks them, the largest first: (5-tuple as a key,
        value)."""
        _, function, value, _ = language.ranked(self.trigger.predicate)
        by_flow = {}
        for item in self.items(value, window, key):
            by_flow.setdefault(five_tuple_key(item), []).append(item)
        parts = [(flow, values.aggregate_of(function, value, items))
                 for flow, items in by_flow.items()]
        return sorted(((flow, part) for flow, part in parts if part != 0),
                      key=lambda item: (-item[1], sort_key(item[0])))


FIVE_TUPLE = flowmatch.parse_granularity('5tuple')


def five_tuple_key(item):
    """Returns the 5-tuple of a packet or of a sample's timed packet; without
    IP it is ()."""
    packet = item.packet if isinstance(item, tcp.Sample) else item
    return FIVE_TUPLE.key(packet) or ()


def sort_key(key):
    return [by for _, by, _ in key]


def shown(key):
    return {name: text for name, _, text in key}


def interval_of(trigger, time_ns):
    return time_ns // (trigger.every_us * 1000)


def line_of(history, event, window, key):
    """Returns a report on 'key' in 'window'."""
    trigger = history.trigger
    return {
        'event': event,
        'trigger': trigger.name,
        'interval_start_us': (window - trigger.over + 1) * trigger.every_us,
        'interval_us': trigger.over * trigger.every_us,
        'key': shown(key),
        'values': {language.canonical(leaf): history.look(leaf, window, key)
                   for leaf in language.reported(trigger.predicate)},
        'packets': len(history.in_window(history.matched, window, key)),
        'complete': True,
    }


def top_of(history, window, key):
    """Returns the fields that say which flows contributed most."""
    trigger = history.trigger
    if trigger.granularity.is_whole_5tuple:
        return {}
    leaf = language.ranked(trigger.predicate)
    total = history.look(leaf, window, key)
    top = []
    for flow, value in history.contributors(window, key)[:trigger.top]:
        top.append({'flow': shown(flow), 'value': value})
        if total != 0:
            top[-1]['share'] = value / total
    return {'top_by': language.canonical(leaf), 'top': top} if top else {}


def runs_of(windows):
    """Splits ascending 'windows' where one does not follow the other."""
    runs = []
    for window in windows:
        if runs and runs[-1][-1] + 1 == window:
            runs[-1].append(window)
        else:
            runs.append([window])
    return runs


def lines_of_key(history, key, satisfied, last):
    """Yields (window, report) for 'key', which is satisfied in the windows
    'satisfied', of which there are none after 'last'."""
    trigger = history.trigger
    made = None                 # The last window that was reported.
    n_held = 0                  # Since then.
    for run in runs_of(satisfied):
        is_made = False
        for window in run[:1] if trigger.is_rising else run:
            if (made is not None
                    and (window - made) * trigger.every_us < trigger.hold_us):
                n_held += 1
                continue
            report = line_of(history, 'satisfied', window, key)
            if n_held:
                report['held'] = n_held
            report.update(top_of(history, window, key))
            yield window, report
            is_made = True
            made = window
            n_held = 0
        if trigger.is_rising and is_made and run[-1] < last:
            report = line_of(history, 'cleared', run[-1] + 1, key)
            report['lasted_us'] = len(run) * trigger.every_us
            yield run[-1] + 1, report


def reports_of(trigger, trace, first, last):
    """Returns the (sort key, report) pairs of one trigger, observed in the
    intervals 'first' to 'last'."""
    history = History(trigger, trace, first)
    satisfied = {}              # key: windows
    both_directions = language.reads_both_directions(trigger.predicate)
    for window, key in history.tested(last, both_directions):
        if history.is_satisfied(window, key):
            satisfied.setdefault(key, []).append(window)
    results = []
    for key, windows in satisfied.items():
        for window, report in lines_of_key(history, key, windows, last):
            order = ((window + 1) * trigger.every_us, trigger.name.encode(),
                     sort_key(key))
            results.append((order, report))
    return results


def ledger_of(triggers, packets):
    ledger = {'packets': len(packets), 'counted': 0, 'unmatched': 0,
              'not_observed': 0, 'dropped_invalid': 0}
    matches = {}                # By headers.
    for packet in packets:
        headers = flowmatch.headers(packet)
        if headers not in matches:
            matches[headers] = any(trigger.filter.matches(packet)
                                   for trigger in triggers)
        if not packet.valid:
            ledger['dropped_invalid'] += 1
        elif matches[headers]:
            ledger['counted'] += 1
        else:
            ledger['unmatched'] += 1
    return ledger


def in_replay(trigger, packets):
    """Returns the intervals in which a replay observes: from the interval of
    the first packet to that of the last one."""
    return (interval_of(trigger, packets[0].time_ns),
            interval_of(trigger, packets[-1].time_ns))


def evaluate(triggers, packets, observed=in_replay, has_places=False):
    """As evaluate_trace(), for 'packets' without a trace.  A replay has no
    places, a switch has."""
    return evaluate_trace(triggers, tcp.Trace(packets, has_places), observed)


def evaluate_trace(triggers, trace, observed=in_replay):
    """Returns the reports, in order, and the summary.  'observed' tells the
    first and last interval in which a trigger is observed."""
    results = []
    packets = trace.packets
    if packets:
        for trigger in triggers:
            results += reports_of(trigger, trace,
                                  *observed(trigger, packets))
    results.sort(key=lambda result: result[0])
    reports = [report for _, report in results]
    for seq, report in enumerate(reports, 1):
        report['seq'] = seq
    summary = {'event': 'summary'}
    summary.update(ledger_of(triggers, packets))
    n_cleared = sum(report['event'] == 'cleared' for report in reports)
    summary['satisfied'] = len(reports) - n_cleared
    if n_cleared:
        summary['cleared'] = n_cleared
    return reports, summary


# ## Output ## #

def json_number(value):
    """Whole numbers are written as such."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def json_line(record):
    if 'values' in record:
        record = dict(record, values={
            text: json_number(value)
            for text, value in record['values'].items()})
    if 'top' in record:
        record = dict(record, top=[
            {name: json_number(value) for name, value in flow.items()}
            for flow in record['top']])
    return json.dumps(record, separators=(',', ':'), ensure_ascii=False)


def replay(arguments):
    epoch_us = language.parse_duration(arguments.epoch)
    if epoch_us is None:
        raise OracleError('bad epoch %r' % arguments.epoch)
    triggers = []
    for each in arguments.trigger:
        name, _, spec = each.partition('=')
        triggers.append(parse_named(name, spec, epoch_us))
    for path in arguments.file:
        with open(path, encoding='utf-8') as stream:
            triggers += parse_trigger_lines(stream, epoch_us)
    check_set(triggers, replay=True)
    recorded = capture.read(arguments.capture)
    reports, summary = evaluate(triggers, packets_of(recorded.records))
    for record in reports + [summary]:
        print(json_line(record))
    if recorded.truncated:
        print('%s: truncated capture' % arguments.capture, file=sys.stderr)
        return 1
    return 0


def check(arguments):
    try:
        trigger = language.parse(arguments.spec)
    except language.LanguageError as error:
        print('trigger:1:%d: %s' % (error.position + 1, error),
              file=sys.stderr)
        return 1
    print(language.canonical_end(trigger))
    for leaf in language.reported(trigger.predicate):
        print(language.canonical(leaf))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser('replay')
    command.add_argument('--epoch', default='10ms')
    command.add_argument('-t', dest='trigger', action='append', default=[])
    command.add_argument('-f', dest='file', action='append', default=[])
    command.add_argument('capture')
    command.set_defaults(run=replay)
    command = commands.add_parser('check')
    command.add_argument('spec')
    command.set_defaults(run=check)
    arguments = parser.parse_args()
    try:
        return arguments.run(arguments)
    except (OracleError, capture.CaptureError, OSError) as error:
        print('oracle.py: %s' % error, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main())
