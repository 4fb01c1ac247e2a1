#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""What today's tools cost and detect, beside Trumpet.

    bench-tools.py [OPTION]... PROGRAM [TOOL]...

PROGRAM is the built tests/bench/bench-vswitchd, the real switch with ports
that need neither NIC nor privileges.  All measurements are of one process.

Cost: 300 flows of 64-byte packets as fast as they are taken, by the packet
thread's CPU time.  The tool is switched on and off in turn; its throughput is
divided by the mean of that before and after it, without the tool.  'A/A' is
the same of the switch without the tool, with what was before and after the
tool.

Detection: what a tool tells of heavy hitters, flows of more than 12 kB in
10 ms, in traffic of which it is known who they are; see heavy_script.py for
the traffic and verdicts.py for the judgement.

Writes a table, and the same as CSV."""

import argparse
import csv
import os
import statistics
import sys
import time

import bench_switch                         # Finds the laboratory, too.
import collectors
import plot
import processes
import tools
from heavy_script import HeavyScript

FLOOD_FLOWS = 300
WARM_UP_SECONDS = 0.06
STILL_SECONDS = 5
PPS = 100000
# How far A/A may be from 1.
SOUND = 0.01

FIELDS = ['id', 'ratio', 'iqr_low', 'iqr_high', 'aa_control', 'ns_off',
          'ns_on', 'heavy', 'detected', 'delay_us', 'reports', 'false']
FORMAT = '%-10s %-18s %6s %6s %6s %6s %7s %7s %9s %9s %8s %7s  %s'
SVG = '''
set yrange [0:1.1]
set ylabel "throughput, 1 = nothing watches"
set boxwidth 0.8
set xtics rotate by -30 scale 0
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.6
plot $rows using 2:xticlabels(1) lc rgb "#4477aa" title "throughput", \\
     $rows using 3 lc rgb "#228833" title "share of heavy hitters detected", \\
     $rows using 4 lc rgb "#cc3311" title "share of reports that are false"
'''


def progress(text):
    print(text, file=sys.stderr, flush=True)


def flood_keys(n):
    """Returns the flows of traffic.c."""
    result = []
    for i in range(n):
        x = i * 0x9e3779b97f4a7c15
        result.append((0x0a000000 | x & 0xffff, 0xc0a80000 | x >> 16 & 0xff,
                       x >> 24 & 0xffff, 80))
    return result


def later_reading(switch, start):
    reading = switch.read()
    return reading if reading['received'] > start['received'] else None


def measure_window(switch, seconds):
    """Returns nanoseconds of CPU time for each packet."""
    time.sleep(WARM_UP_SECONDS)
    start = switch.read()
    time.sleep(seconds)
    # A thread that has no CPU just now has not received anything.
    end = processes.wait_until(
        lambda: later_reading(switch, start), STILL_SECONDS,
        'packet received')
    n = {name: end[name] - start[name] for name in start}
    if n['forwarded'] != n['received']:
        raise processes.LabError(
            'of %(received)d packets, %(forwarded)d were forwarded' % n)
    return n['cpu_ns'] / n['received'], n['elsewhere'] / n['received']


def spread(values):
    return statistics.quantiles(values, n=4, method='inclusive')


def measure_cost(switch, tool, args):
    """Returns the first half of a row."""
    nothing = tools.Tool()
    off, on = [], []
    sink = collectors.Sink(tools.COLLECTOR)
    switch.appctl('bench/flood', str(FLOOD_FLOWS))
    for i in range(2 * args.pairs + 1):
        if i % 2:
            tool.turn_on(switch)
            switch.settle(tool.shows)
        elif i:
            tool.turn_off(switch)
        if not i % 2:
            switch.settle(nothing.shows)
        ns, elsewhere = measure_window(switch, args.window / 1e3)
        wanted = 1 if i % 2 and tool.title == tools.Mirror.title else 0
        if elsewhere != wanted:
            raise processes.LabError('%g copies of each packet' % elsewhere)
        (on if i % 2 else off).append(ns)
    switch.appctl('bench/stop')
    sink.end()
    speed = [1 / ns for ns in off]
    ratios = [2 / ns / (before + after)
              for ns, before, after in zip(on, speed, speed[1:])]
    controls = [2 * now / (before + after) for before, now, after in
                zip(speed, speed[1:], speed[2:])]
    low, median, high = spread(ratios)
    return {'ratio': '%.4f' % median, 'iqr_low': '%.4f' % low,
            'iqr_high': '%.4f' % high,
            'aa_control': '%.4f' % statistics.median(controls or [1]),
            'ns_off': '%.1f' % statistics.median(off),
            'ns_on': '%.1f' % statistics.median(on)}


def measure_detection(switch, tool, script, path):
    """Returns the second half of a row."""
    _, verdict = tools.play(switch, tool, script, path)
    return {'heavy': verdict.heavy,
            'detected': '%.4f' % (verdict.detected / max(verdict.heavy, 1)),
            'delay_us': ('' if verdict.delay_us is None
                         else '%.0f' % verdict.delay_us),
            'reports': verdict.reports, 'false': verdict.false}


def is_sound(row):
    return abs(float(row.get('aa_control', 1)) - 1) <= SOUND


def print_row(row, title):
    def get(name, scale=1, form='%.3f'):
        value = row.get(name, '')
        return '' if value == '' else form % (float(value) * scale)

    print((FORMAT % (
        row['id'], title, get('ratio'), get('iqr_low'), get('iqr_high'),
        get('aa_control'), get('ns_off', 1, '%.0f'), get('ns_on', 1, '%.0f'),
        get('detected', 100, '%.1f %%'), get('delay_us', 1e-3, '%.1f ms'),
        get('reports', 1, '%.0f'), get('false', 1, '%.0f'),
        '' if is_sound(row) else 'no verdict on the ratio: A/A')).rstrip(),
          flush=True)


def draw(path, rows):
    def share(row):
        if not row.get('reports'):
            return 0 if 'reports' in row else 'NaN'
        return int(row['false']) / int(row['reports'])

    plot.draw(path, SVG, {'rows': [
        [row['id'], row.get('ratio') or 'NaN', row.get('detected') or 'NaN',
         share(row)] for row in rows]})


def run(args):
    switch = bench_switch.BenchSwitch(args.program)
    all_tools = tools.make_tools(flood_keys(FLOOD_FLOWS))
    script = HeavyScript(args.epochs, PPS)
    path = os.path.join(processes.directory, 'script')
    script.write(path)
    rows = []
    print(FORMAT % ('id', '', 'ratio', 'low', 'high', 'A/A', 'ns off',
                    'ns on', 'detected', 'delay', 'reports', 'false', ''),
          flush=True)
    with open(args.csv, 'w', encoding='ascii') as out:
        writer = csv.DictWriter(out, FIELDS, lineterminator='\n')
        writer.writeheader()
        for i, name in enumerate(args.tools or all_tools, 1):
            tool = all_tools[name]
            progress('%d of %d: %s' % (i, len(args.tools or all_tools), name))
            row = {'id': name}
            tool.prepare(switch)
            if tool.costs:
                row.update(measure_cost(switch, tool, args))
            if tool.collects:
                row.update(measure_detection(switch, tool, script, path))
            writer.writerow(row)
            out.flush()
            print_row(row, tool.title)
            rows.append(row)
    print('written: %s' % args.csv)
    if args.svg:
        draw(args.svg, rows)


def parse_arguments():
    names = list(tools.make_tools([]))
    parser = argparse.ArgumentParser(
        description="What today's tools cost and detect, beside Trumpet.",
        epilog='TOOLs: %s' % ' '.join(names))
    parser.add_argument('program', help='the built tests/bench/bench-vswitchd')
    parser.add_argument('tools', metavar='TOOL', nargs='*')
    parser.add_argument('--csv', default='bench-tools.csv', metavar='FILE')
    parser.add_argument('--svg', metavar='FILE',
                        help='draw it, where gnuplot is installed')
    parser.add_argument('--pairs', type=int, default=16, metavar='N',
                        help='how often a tool is switched on')
    parser.add_argument('--window', type=int, default=60, metavar='MS',
                        help='length of a window')
    parser.add_argument('--epochs', type=int, default=300, metavar='N',
                        help='of 10 ms, with heavy hitters')
    args = parser.parse_args()
    unknown = [name for name in args.tools if name not in names]
    if unknown:
        parser.error('no such tool: %s; there are: %s'
                     % (' '.join(unknown), ' '.join(names)))
    return args


if __name__ == '__main__':
    arguments = parse_arguments()
    sys.exit(processes.program(600, ('ovs-vsctl',), root=False)(run)(
        arguments))
