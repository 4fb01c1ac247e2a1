#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""The paper's measurements of its packet monitor, repeated with ours.

    figures.py [--folder DIR] PROGRAM [FIGURE]...

PROGRAM is the built tests/bench/bench.  Prints a table for each figure,
writes it to DIR/figure-FIGURE.csv, and draws DIR/figure-FIGURE.svg where
gnuplot is installed.

    8b         burst size, packets in a row of one flow
    10         share of the flows that match a trigger: sweep, and packets
    12a        match of a new flow by number of triggers and patterns
    12b        the same by what matches
    13         feasible rate by triggers per flow, interval and flows
    strawman   each packet matched with all triggers

The paper counts the packet thread's idle time at a given rate on a core of
2.3 GHz; here the thread never waits, so that what it would have left at the
rate follows from its cycles per packet, forwarding included."""

import argparse
import csv
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lab'))

import plot                                 # noqa: E402

PAIRS = 40


def run(program, *words):
    """Returns the figures that PROGRAM prints."""
    done = subprocess.run([program] + list(words), text=True,
                          stdout=subprocess.PIPE, check=True)
    figures = dict(word.split('=', 1) for word in done.stdout.split())
    if figures.get('exact', 'yes') != 'yes':
        sys.exit('packets were lost or miscounted: %s' % done.stdout)
    for name, value in figures.items():
        try:
            figures[name] = float(value)
        except ValueError:
            pass
    return figures


def ratio(program, *options):
    return run(program, '--pairs=%d' % PAIRS, *options)


def idle_share(figures, mpps):
    """Of a core like the paper's, at 'mpps', in percent."""
    return 100 * (1 - mpps * 1e6 * figures['cycles_b'] / 2.3e9)


def figure_8b(program):
    yield ['burst', 'extra cycles', 'ratio', 'A/A', 'idle at 12 Mpps, %',
           "the paper's"]
    for burst in (1, 2, 4, 8, 16, 32):
        figures = ratio(program, '--run-length=%d' % burst, 'baseline')
        yield [burst, '%.1f' % figures['extra_cycles'],
               '%.3f' % figures['ratio'], '%.3f' % figures['control'],
               '%.0f' % idle_share(figures, 12), {1: 10, 8: 13}.get(burst)]


def figure_10(program):
    yield ['flows that match, %', 'sweep, us', 'extra cycles', 'ratio',
           'A/A']
    for share in (0, 25, 50, 75, 100):
        marked = '--marked=%d' % (300 - 3 * share)
        sweep = run(program, marked, 'sweep300')
        figures = ratio(program, marked, 'baseline')
        yield [share, '%.0f' % sweep['us'],
               '%.1f' % figures['extra_cycles'], '%.3f' % figures['ratio'],
               '%.3f' % figures['control']]


def figure_12a(program):
    patterns = (1, 4, 16, 64)
    yield ['triggers'] + ['cycles, %d patterns' % n for n in patterns]
    for triggers in (256, 1024, 4096, 16384):
        yield [triggers] + [
            '%.0f' % run(program, '--groups=%d' % triggers, '--per-flow=1',
                         '--patterns=%d' % n, 'match8')['cycles']
            for n in patterns]


def figure_12b(program):
    yield ['patterns', 'none matches', '8, same filter', '8 patterns',
           "the paper's 8"]
    paper = {8: 607, 16: 906, 32: 1446, 64: 2456}
    for n in (8, 16, 32, 64):
        patterns = '--patterns=%d' % n
        yield [n] + ['%.0f' % run(program, patterns, *options)['cycles']
                     for options in (['--triggers=elsewhere', 'match8'],
                                     ['--spread=1', 'match8'],
                                     ['match8'])] + [paper[n]]


def figure_13(program):
    yield ['flows', 'interval, ms', 'triggers/flow', 'Mpps',
           'sweep, us', 'sweep, % of interval']
    for flows in (300, 600):
        for epoch_ms in (20, 10, 5, 1):
            for per_flow in (4, 8, 12, 16):
                figures = run(program, '--flows=%d' % flows,
                              '--epoch=%d' % (1000 * epoch_ms),
                              '--per-flow=%d' % per_flow, 'sweep300')
                yield [flows, epoch_ms, per_flow,
                       '%.2f' % (figures['hz'] / figures['cycles'] / 1e6),
                       '%.0f' % figures['us'],
                       '%.1f' % (figures['us'] / epoch_ms / 10)]


def strawman(program):
    yield ['match', 'extra cycles', 'ratio', 'A/A']
    for name, options in (('new flows', []),
                          ('each packet', ['--match-each'])):
        figures = ratio(program, *options, 'baseline')
        yield [name, '%.1f' % figures['extra_cycles'],
               '%.3f' % figures['ratio'], '%.3f' % figures['control']]


FIGURES = {
    '8b': (figure_8b, '''
set xlabel "packets in a row of one flow"
set ylabel "cycles added to each packet"
set yrange [0:]
set logscale x 2
plot $rows using 1:2 with linespoints pt 7 lc rgb "#4477aa" notitle
'''),
    '10': (figure_10, '''
set xlabel "flows that match, %"
set ylabel "sweep, us"
set yrange [0:]
set y2label "cycles added to each packet"
set y2range [0:]
set y2tics
plot $rows using 1:2 with linespoints pt 7 lc rgb "#4477aa" title "sweep", \\
     $rows using 1:3 axes x1y2 with linespoints pt 5 lc rgb "#cc3311" \\
        title "cycles"
'''),
    '12a': (figure_12a, '''
set xlabel "triggers"
set ylabel "cycles"
set yrange [0:]
set logscale x 4
plot for [i=2:5] $rows using 1:i with linespoints pt 7 lc i \\
        title word("1 4 16 64", i - 1)." patterns"
'''),
    '12b': (figure_12b, '''
set xlabel "patterns"
set ylabel "cycles"
set yrange [0:]
set logscale x 2
plot $rows using 1:2 with linespoints pt 7 lc 2 title "none matches", \\
     $rows using 1:3 with linespoints pt 7 lc 3 title "8, same filter", \\
     $rows using 1:4 with linespoints pt 7 lc 4 title "8 patterns", \\
     $rows using 1:5 with linespoints pt 6 lc 8 title "the paper, 8"
'''),
    '13': (figure_13, '''
set xlabel "triggers per flow"
set ylabel "Mpps"
set yrange [0:]
plot for [ms in "20 10 5 1"] $rows \\
        using ($1 == 300 && $2 == ms + 0 ? $3 : NaN):4 \\
        with linespoints pt 7 title ms." ms, 300 flows", \\
     for [ms in "20 10 5 1"] $rows \\
        using ($1 == 600 && $2 == ms + 0 ? $3 : NaN):4 \\
        with linespoints pt 6 title "600 flows"
'''),
    'strawman': (strawman, None),
}


def make(name, args):
    compute, script = FIGURES[name]
    path = os.path.join(args.folder, 'figure-%s' % name)
    print('== %s' % name)
    rows = []
    with open(path + '.csv', 'w', encoding='ascii') as out:
        writer = csv.writer(out, lineterminator='\n')
        for row in compute(args.program):
            row = ['' if x is None else str(x) for x in row]
            writer.writerow(row)
            out.flush()
            print('  '.join(x.rjust(len(rows[0][i]) if rows else 0)
                            for i, x in enumerate(row)), flush=True)
            rows.append(row)
    if script:
        plot.draw(path + '.svg', script,
                  {'rows': [[x or 'NaN' for x in row] for row in rows[1:]]})


def main():
    parser = argparse.ArgumentParser(
        description="The paper's measurements of its packet monitor.",
        epilog='FIGUREs: %s' % ' '.join(FIGURES))
    parser.add_argument('program', help='the built tests/bench/bench')
    parser.add_argument('figures', metavar='FIGURE', nargs='*')
    parser.add_argument('--folder', default='.', metavar='DIR')
    args = parser.parse_args()
    unknown = [name for name in args.figures if name not in FIGURES]
    if unknown:
        parser.error('no such figure: %s; there are: %s'
                     % (' '.join(unknown), ' '.join(FIGURES)))
    for name in args.figures or FIGURES:
        make(name, args)


if __name__ == '__main__':
    main()
