#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""The paper's measurements of its packet monitor, repeated with ours.

    figures.py [--folder DIR] PROGRAM [FIGURE]...

PROGRAM is the built tests/bench/bench, beside which bench-without-* stand.
Prints a table for each figure, writes it to DIR/figure-FIGURE.csv, and draws
DIR/figure-FIGURE.svg where gnuplot is installed.

    8a         sweep where triggers have had many flows that are idle now
    8b         burst size, packets in a row of one flow
    9          packets and sweep without one optimisation each
    10         share of the flows that match a trigger: sweep, and packets
    11a        attacks: flows of 1 packet, flows of 8, by share of the bytes
    11b        the guard's threshold, predicted and measured
    12a        match of a new flow by number of triggers and patterns
    12b        the same by what matches
    13         feasible rate by triggers per flow, interval and flows
    flood      packets of new flows that match nothing, by their share
    strawman   each packet matched with all triggers, all entries swept

The paper counts the packet thread's idle time at a given rate on a core of
2.3 GHz; here the thread never waits, so that what it would have left at the
rate follows from its cycles per packet, forwarding included.  A sweep's time is the
CPU time of the sweeper, and of little else, for each of its sweeps."""

import argparse
import csv
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lab'))

import plot                                 # noqa: E402
import printed                              # noqa: E402

# All figures together are to take less than six minutes.
RATIO = '--pairs=30', '--window=10', '--first=400'
SWEEP = '--first=300', '--run=800'


def run(program, *words):
    """Returns the figures that PROGRAM prints.  All rows of a figure have their
    packets from the same source, which works for any number of flows."""
    done = subprocess.run([program, '--source=own'] + list(words), text=True,
                          stdout=subprocess.PIPE, check=True)
    figures = printed.figures(done.stdout)
    if figures.get('exact', 'yes') != 'yes':
        sys.exit('packets were lost or miscounted: %s' % done.stdout)
    return figures


def ratio(program, *options):
    return run(program, *RATIO, *options)


def sweep(program, *options):
    return run(program, *SWEEP, *options, 'sweep300')


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


def figure_8a(program):
    yield ['triggers', 'new flows/s', 'entries in use', 'sweep, us']
    for triggers in (1, 16, 256, 4096):
        for churn in (0, 2000):
            figures = run(program, '--groups=%d' % triggers, '--per-flow=1',
                          '--patterns=1', '--spread=1', '--churn=%d' % churn,
                          '--first=1200', '--run=800', 'sweep300')
            yield [triggers, churn, '%.0f' % figures['flows'],
                   '%.0f' % figures['cpu_us']]


# What can be left out: name, and whether packets and the sweep are to be
# measured without it.
OPTIMISATIONS = {
    'nothing': (True, True),
    'packet prefetch': (True, False),
    'entry prefetch': (True, False),
    'plain packets': (True, False),
    'gather prefetch': (False, True),
    'huge pages': (True, True),
}
FLOWS = 300, 3000, 30000


def without(name, program):
    """Returns what to run, and options."""
    if name == 'nothing':
        return [program]
    if name == 'huge pages':
        return [program, '--no-huge-pages']
    return ['%s-without-%s' % (program, name.replace(' ', '-'))]


def added(figures):
    """What is added to a packet's cycles, in percent: of two processes this is
    better to compare than cycles, as a core changes its speed."""
    return '%.0f' % (100 / figures['ratio'] - 100)


def figure_9(program):
    yield (['without'] + ['added, %%, %d flows' % n for n in FLOWS]
           + ['sweep, us, %d flows' % n for n in FLOWS] + ["the paper's"])
    paper = {'packet prefetch': '2 %', 'huge pages': '0.2 %, 6 us'}
    for name, (packets, sweeps) in OPTIMISATIONS.items():
        row = [name]
        command = without(name, program)
        # One trigger a flow: the sweeper is to keep up with all of them.
        load = ['--per-flow=1', '--spread=1']
        for n in FLOWS:
            row.append(added(ratio(*command, *load, '--flows=%d' % n,
                                   'baseline')) if packets else None)
        for n in FLOWS:
            row.append('%.0f' % sweep(*command, *load, '--flows=%d' % n)['cpu_us']
                       if sweeps else None)
        yield row + [paper.get(name)]


def figure_10(program):
    yield ['flows that match, %', 'sweep, us', 'extra cycles', 'ratio',
           'A/A']
    for share in (0, 25, 50, 75, 100):
        marked = '--marked=%d' % (300 - 3 * share)
        figures = ratio(program, marked, 'baseline')
        yield [share, '%.0f' % sweep(program, marked)['cpu_us'],
               '%.1f' % figures['extra_cycles'], '%.3f' % figures['ratio'],
               '%.3f' % figures['control']]


# Shares of the packets that the paper's shares of the bytes are: an attacker's
# packets have 64 bytes, all others 1,500.
SHARES = {10: .72254, 20: .85421, 30: .90946, 40: .93985, 50: .95908,
          60: .97234, 70: .98204, 80: .98945, 90: .99528, 100: .9999}


def attack(program, share, packets):
    """Of flows that match 8 triggers each; 'share' of all packets.  What the
    guard may spend is for an epoch of 10 ms, so a window has several."""
    return run(program, '--pairs=8', '--window=50', '--first=400',
               '--hostile=%d' % (10000 * share), '--hostile-match',
               '--hostile-packets=%d' % packets, 'baseline')


def of_received(figures, name):
    return '%.1f' % (100 * figures[name] / figures['received'])


def figure_11a(program):
    yield ['bytes, %', 'packets, %'] + [
        '%s: %s' % (kind, name) for kind in ('SYN', '8 packets')
        for name in ('ratio', 'cycles', 'threshold', 'held, %',
                     'not observed, %')]
    for share, of_packets in SHARES.items():
        row = [share, '%.1f' % (100 * of_packets)]
        for packets in (1, 8):
            figures = attack(program, of_packets, packets)
            row += ['%.3f' % figures['ratio'], '%.0f' % figures['cycles_b'],
                    '%.0f' % max(1, figures['threshold']),
                    of_received(figures, 'held'),
                    of_received(figures, 'not_observed')]
        yield row


# Of a table of 65,536 flows and epochs of 10 ms, see lib/monitor/guard.c.
LIMIT, MAX_THRESHOLD = 4000, 128


def predict_threshold(new_flows, packets):
    """The threshold that an attack comes to which has so many new flows in an
    epoch, of so many packets each: none if all may get in, otherwise the
    first that none of them reaches."""
    if new_flows <= LIMIT:
        return 1
    threshold = 2
    while threshold <= packets and threshold < MAX_THRESHOLD:
        threshold *= 2
    return threshold


def figure_11b(program):
    yield ['packets, %', 'of a flow', 'Mpps', 'new flows in 10 ms',
           'predicted', 'measured']
    for share in (.25, .5, .75, .95):
        for packets in (1, 2, 4, 8, 16, 32):
            figures = attack(program, share, packets)
            mpps = figures['hz'] / figures['cycles_b'] / 1e6
            new_flows = mpps * 1e4 * share / packets
            yield ['%.0f' % (100 * share), packets, '%.2f' % mpps,
                   '%.0f' % new_flows, predict_threshold(new_flows, packets),
                   '%.0f' % max(1, figures['threshold'])]


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
    yield ['flows', 'interval, ms', 'triggers a flow', 'Mpps', 'sweep, us',
           'sweep, % of interval', 'kept up', 'Mpps, one core',
           "the paper's"]
    paper = {(300, 10, 8): 14.88, (300, 5, 8): 13.5, (300, 10, 16): 14.1}
    for flows in (300, 600):
        for epoch_ms in (20, 10, 5, 1):
            for per_flow in (4, 8, 12, 16):
                figures = sweep(program, '--flows=%d' % flows,
                                '--epoch=%d' % (1000 * epoch_ms),
                                '--per-flow=%d' % per_flow)
                mpps = figures['hz'] / figures['cycles'] / 1e6
                share = figures['cpu_us'] / epoch_ms / 1000
                yield [flows, epoch_ms, per_flow, '%.2f' % mpps,
                       '%.0f' % figures['cpu_us'], '%.1f' % (100 * share),
                       'no' if figures['overruns'] else 'yes',
                       '%.2f' % (mpps * max(1 - share, 0)),
                       paper.get((flows, epoch_ms, per_flow))]


def figure_flood(program):
    """64,000 flows that match a trigger each.  At 96.9 % there is a packet of
    2,000,000 new flows for one of each of these."""
    yield ['new flows, %', 'ratio', 'A/A', 'cycles', 'extra cycles']
    for share in (.10, .25, .50, .75, .90, .969, .99):
        figures = run(program, '--pairs=60', '--first=500',
                      '--hostile=%d' % (10000 * share), 'flood')
        yield ['%.1f' % (100 * share), '%.3f' % figures['ratio'],
               '%.3f' % figures['control'], '%.0f' % figures['cycles_b'],
               '%.1f' % figures['extra_cycles']]


def strawman(program):
    yield ['design', 'extra cycles', 'ratio', 'A/A', 'sweep, us',
           "the paper's"]
    ours = sweep(program, '--scan')
    for name, options, us, paper in (
            ('ours', [], ours['cpu_us'], 'no loss'),
            ('match on each packet', ['--match-each'], None,
             '10 to 20 % loss')):
        figures = ratio(program, *options, 'baseline')
        yield [name, '%.1f' % figures['extra_cycles'],
               '%.3f' % figures['ratio'], '%.3f' % figures['control'],
               us and '%.0f' % us, paper]
    yield ['sweep over all entries', None, None, None,
           '%.0f' % (ours['cpu_us'] + ours['scan_us']), '10 to 20 % loss']


FIGURES = {
    '8a': (figure_8a, '''
set xlabel "triggers"
set ylabel "sweep, us"
set yrange [0:]
set logscale x 4
plot for [hz in "0 2000"] $rows using 1:($2 == hz + 0 ? $4 : NaN) \\
        with linespoints pt 7 title hz." new flows a second"
'''),
    '8b': (figure_8b, '''
set xlabel "packets in a row of one flow"
set ylabel "cycles added to each packet"
set yrange [0:]
set logscale x 2
plot $rows using 1:2 with linespoints pt 7 lc rgb "#4477aa" notitle
'''),
    '9': (figure_9, '''
set ylabel "cycles added to each packet, %"
set yrange [0:]
set xtics rotate by -20 scale 0
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.6
plot for [i=2:4] $rows using (column(i)):xticlabels(1) lc i \\
        title word("300 3,000 30,000", i - 1)." flows"
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
    '11a': (figure_11a, '''
set xlabel "attack, % of the bytes"
set ylabel "throughput, watched / unwatched"
set yrange [0:1]
plot $rows using 1:3 with linespoints pt 7 lc rgb "#4477aa" \\
        title "flows of 1 packet", \\
     $rows using 1:8 with linespoints pt 5 lc rgb "#cc3311" \\
        title "flows of 8 packets"
'''),
    '11b': (figure_11b, '''
set xlabel "packets of a flow"
set ylabel "threshold, packets"
set logscale xy 2
plot for [share in "25 50 75 95"] $rows \\
        using ($1 == share + 0 ? $2 : NaN):6 \\
        with points pt 7 title share." %, measured", \\
     for [share in "25 50 75 95"] $rows \\
        using ($1 == share + 0 ? $2 : NaN):5 \\
        with points pt 6 ps 2 title share." %, predicted"
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
set ylabel "Mpps, packet thread and sweeper on one core"
set yrange [0:]
plot for [i=1:4] $rows \\
        using ($1 == 300 && $2 == word("20 10 5 1", i) + 0 ? $3 : NaN):8 \\
        with points pt 7 lc i title word("20 10 5 1", i)." ms, 300 flows", \\
     for [i=1:4] $rows \\
        using ($1 == 600 && $2 == word("20 10 5 1", i) + 0 ? $3 : NaN):8 \\
        with points pt 6 lc i title "600 flows"
'''),
    'flood': (figure_flood, None),
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
                  {'rows': [['"%s"' % x if ' ' in x else x or 'NaN'
                             for x in row] for row in rows[1:]]})


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
