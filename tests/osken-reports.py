#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Tests how python/trumpet_osken.py reads reports, and what it is a copy of.

usage: osken-reports.py BRIDGE.mgmt N
       osken-reports.py --sort
       osken-reports.py --tables

The first prints N reports of a bridge as JSON, as a watcher would get them but
with sorted keys; the second sorts those of its input in the same way.  The
third compares the tables of the module with those of the source.
"""

import collections
import json
import pathlib
import re
import socket
import struct
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / 'python'))
import trumpet_osken as trumpet     # noqa: E402, pylint: disable=C0413

Message = collections.namedtuple('Message', 'experimenter exp_type data')


def messages(sock):
    """Yields (type, body) of each OpenFlow message."""
    buffer = b''
    while True:
        data = sock.recv(1 << 16)
        if not data:
            raise EOFError
        buffer += data
        while len(buffer) >= 8:
            _, type_, length, _ = struct.unpack_from('!BBHI', buffer)
            if len(buffer) < length:
                break
            yield type_, buffer[8:length]
            buffer = buffer[length:]


def number(value):
    return int(value) if value is not None and value == int(value) else value


def plain(key):
    """Returns a key as a watcher is told it."""
    result = {}
    for name, value in key.items():
        if name == 'in_port':
            value = value[1]
        elif not isinstance(value, int):
            whole = value.prefixlen == value.max_prefixlen
            value = str(value.network_address if whole else value)
        result[name] = value
    return result


def to_json(report):
    total = report.values.get(report.top_by, report.packets)
    result = {
        'event': 'cleared' if report.cleared else 'satisfied',
        'trigger': report.name, 'bridge': 'br0',
        'interval_start_us': report.interval_start_us,
        'interval_us': report.interval_us, 'key': plain(report.key),
        'values': {text: number(value)
                   for text, value in report.values.items()},
        'packets': report.packets, 'complete': report.complete,
        'seq': report.seq,
    }
    if not report.complete:
        result['why'] = ','.join(report.causes)
    if report.cleared:
        result['lasted_us'] = report.lasted_us
    if report.held:
        result['held'] = report.held
    if report.ports:
        result['causes'] = {name: counters for (_, name), counters
                            in report.ports.items()}
    if report.top:
        result['top_by'] = report.top_by
        result['top'] = [{'flow': plain(flow), 'value': number(value),
                          'share': number(value / total)}
                         for flow, value in report.top]
    if not report.top_exact:
        result['top_exact'] = False
    return result


def write(obj):
    print(json.dumps(obj, sort_keys=True), flush=True)


def read_reports(path, n):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    sock.sendall(struct.pack('!BBHI', 4, 0, 8, 1)
                 + struct.pack('!BBHIIIIIII8x', 4, 4, 40, 2,
                               trumpet.TRUMPET_EXPERIMENTER,
                               trumpet.SUBSCRIBE, 1, trumpet.FIELDS_ALL, 0, 0))
    for type_, body in messages(sock):
        if type_ == 1:
            sys.exit('error %r' % body)
        elif type_ == 2:
            sock.sendall(struct.pack('!BBHI', 4, 3, 8 + len(body), 0) + body)
        elif type_ == 4:
            message = trumpet.parse(Message(*struct.unpack_from('!II', body),
                                            body[8:]))
            for report in message.reports:
                write(to_json(report))
                n -= 1
                if not n:
                    return


def macro_names(path, macro):
    """Returns the names in a table of the source, in their order."""
    text = (TOP / path).read_text(encoding='utf-8')
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    return tuple(re.findall(macro + r'\(\w+,\s*"(\w+)"', text))


def compare_tables():
    causes = macro_names('lib/report/cause-table.h', 'CAUSE')
    assert trumpet.CAUSES == causes, causes
    counters = macro_names('lib/event/port-counter-table.h', 'PORT_COUNTER')
    assert trumpet.PORT_COUNTERS == counters, counters
    status = (TOP / 'lib/wire/answer.h').read_text(encoding='utf-8')
    for type_, names in trumpet.STATUS_COUNTERS.items():
        found = re.findall(r'STATUS_COUNTER\(%s, (\w+),' % type_.upper(),
                           status)
        assert names == tuple(found), found


def main(args):
    if args == ['--tables']:
        compare_tables()
    elif args == ['--sort']:
        for line in sys.stdin:
            write(json.loads(line))
    elif len(args) == 2:
        read_reports(args[0], int(args[1]))
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main(sys.argv[1:])
