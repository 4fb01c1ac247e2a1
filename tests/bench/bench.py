#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""What watching every packet costs.

    bench.py [OPTION]... PROGRAM OVS-TRUMPET [ID]...

Runs the benchmarks called ID, or all, one after the other, each in a process
of its own: PROGRAM is the built tests/bench/bench.  Prints a table and writes
the same as CSV.

The first benchmarks are ratios: the throughput of a packet thread that is
watched, divided by that of the same thread, in the same process, milliseconds
before or after, while it is not.  'A/A' is the same ratio of the unwatched
thread with itself.  Where it is not 1 within 1 % (0.3 % for idle and nomatch),
the machine was too busy for a verdict.

Exit status 1 means that packets were lost or miscounted."""

import argparse
import collections
import csv
import importlib.util
import os
import random
import statistics
import subprocess
import sys
import tempfile

import printed

HERE = os.path.dirname(os.path.abspath(__file__))

# 'source' is the case of PROGRAM and which of its values; 'more' tells whether
# more is better; 'sound' how far A/A may be from 1.
Target = collections.namedtuple('Target', 'source field must aim more sound')


def ratio(case, must, aim, sound=0.01):
    return Target(case, 'ratio', must, aim, True, sound)


def cost(case, field, must=None, aim=None):
    return Target(case, field, must, aim, False, None)


def forecast(case):
    """Cycles per packet that a switch without triggers foresees for those of
    'case'; remarks() tells what was measured."""
    return cost('--forecast ' + case, 'foreseen_cycles')


TARGETS = {
    'idle': ratio('idle', 0.99, 1.00, 0.003),
    'nomatch': ratio('nomatch', 0.98, 0.995, 0.003),
    'typical': ratio('typical', 0.95, 0.98),
    'baseline': ratio('baseline', 0.86, 0.95),
    'tcpstate': ratio('tcpstate', 0.80, 0.92),
    'flows30k': ratio('flows30k', 0.82, 0.92),
    'flows1m': ratio('flows1m', 0.72, 0.85),
    'simple': ratio('simple', 0.83, 0.93),
    'churn': ratio('churn', 0.86, 0.95),
    'flood': ratio('flood', 0.95, 1.00),
    'sweep300': cost('sweep300', 'us', 100, 25),
    'sweep30k': cost('sweep30k', 'us', 10000, 3000),
    'match8': cost('match8', 'cycles', 607, 303),
    'match16': cost('match16', 'cycles', 906, 453),
    'match32': cost('match32', 'cycles', 1446, 723),
    'match64': cost('match64', 'cycles', 2456, 1228),
    'entry': cost('entry', 'bytes', 128, 64),
    'replay': Target('replay', 'mpps', 5, 15, True, None),
    'replay4096': Target('replay4096', 'mpps', None, None, True, None),
    'tcpflow_cycles': cost('tcpflow', 'extra_cycles'),
    'tcpflow_sweeper': cost('sweeptcp', 'sweeper_cycles'),
    'tcpflow_bytes': cost('heaptcp', 'bytes'),
    'forecast_baseline': forecast('baseline'),
    'forecast_nomatch': forecast('nomatch'),
    'forecast_typical': forecast('typical'),
    'forecast_tcpstate': forecast('tcpstate'),
}
# Cases of which only what they add to another one is told.
BASES = {'heaptcp': 'heap', 'sweeptcp': 'sweep300'}
# Where packets come from, as PROGRAM prints it.
SOURCES = {'own': 'own source', 'pcap': 'net_pcap'}
REPLAY_PACKETS, REPLAY_RUNS = 1000000, 5
# Loss of the CPU to other programs from which on a remark is made.
BUSY = 0.05
# Packets that were not observed, because the sweeper was not given the CPU, of
# all: from there on the others tell nothing.
MISSED = 0.001


class BenchError(Exception):
    """A benchmark could not be run, or its packets were not exact."""


def load_replay():
    spec = importlib.util.spec_from_file_location(
        'bench_replay', os.path.join(HERE, 'bench-replay.py'))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_case(program, options, case):
    """Returns the values that PROGRAM prints, as a dictionary."""
    done = subprocess.run([program] + options + case.split(), text=True,
                          stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise BenchError('%s failed with status %d' % (case, done.returncode))
    values = printed.figures(done.stdout)
    if values.get('exact', 'yes') != 'yes':
        raise BenchError('%s: packets were lost or miscounted: %s'
                         % (case, done.stdout.strip()))
    return values


def run_replay(program, n_triggers):
    """Returns values as run_case() does."""
    replay = load_replay()
    with tempfile.TemporaryDirectory() as place:
        capture = os.path.join(place, 'capture.pcap')
        replay.write_capture(capture, REPLAY_PACKETS, random.Random(1))
        if n_triggers == 1:
            arguments = ['-t', replay.ONE_TRIGGER, capture]
        else:
            triggers = os.path.join(place, 'triggers')
            replay.write_triggers(triggers, n_triggers)
            arguments = ['-f', triggers, capture]
        mpps = [REPLAY_PACKETS / 1e6
                / replay.cpu_seconds([program, 'replay'] + arguments)
                for _ in range(REPLAY_RUNS)]
    low, median, high = statistics.quantiles(mpps, n=4, method='inclusive')
    return {'mpps': median, 'mpps_low': low, 'mpps_high': high}


def measure(target, args):
    if target.source == 'replay':
        return run_replay(args.ovs_trumpet, 1)
    if target.source == 'replay4096':
        return run_replay(args.ovs_trumpet, 4096)
    options = []
    if args.source:
        options.append('--source=%s' % args.source)
    if args.pairs:
        options.append('--pairs=%d' % args.pairs)
    values = run_case(args.program, options, target.source)
    if target.source in BASES:
        base = run_case(args.program, options, BASES[target.source])
        values[target.field] -= base[target.field]
    return values


def remarks(values):
    """What else is to be known of a result, as a list of texts."""
    result = []
    if 'source' in values:
        result.append(SOURCES[values['source']])
    if 'cycles_a' in values:
        result.append('%.0f > %.0f cycles, cache %.0f %%'
                      % (values['cycles_a'], values['cycles_b'],
                         100 * values['cache_b']))
    if 'foreseen_us' in values:
        result.append('measured %.3g cycles; sweep foreseen %.4g us, measured '
                      '%.4g us' % (values['extra_cycles'],
                                   values['foreseen_us'],
                                   values['meter_us']))
    if 'cpu_us' in values:
        result.append('%.0f us of CPU' % values['cpu_us'])
    if values.get('not_observed'):
        result.append('%.2f %% not observed'
                      % (100 * values['not_observed'] / values['received']))
    if 'hostile' in values:
        result.append('of %.0f hostile %.0f %% held back, %.0f %% not '
                      'observed, %.0f MB more of %.0f'
                      % (values['hostile'],
                         100 * values['held'] / values['hostile'],
                         100 * values['guarded'] / values['hostile'],
                         values['grown_mb'], values['memory_mb']))
    if values.get('lost', 0) > BUSY:
        result.append('CPU lost %.0f %%' % (100 * values['lost']))
    return result


def judge(target, values):
    """Returns the verdict, a short text."""
    value = values[target.field]
    if (target.sound is not None
            and abs(values['control'] - 1) > target.sound):
        return 'no verdict: A/A'
    missed = values.get('not_observed', 0) - values.get('guarded', 0)
    if missed > MISSED * values.get('received', 0):
        return 'no verdict: sweeper'
    if target.must is None:
        return ''

    def reaches(bound):
        return value >= bound if target.more else value <= bound

    return ('aim' if reaches(target.aim) else 'must' if reaches(target.must)
            else 'missed')


def number(x):
    return '' if x is None else '%.4g' % x if x < 1000 else '%.0f' % x


HEADER = ['id', 'value', 'iqr_low', 'iqr_high', 'aa_control', 'must', 'aim']
FORMAT = '%-14s %8s %8s %8s %8s %7s %7s  %-19s %s'


def run_all(ids, args, out):
    writer = csv.writer(out, lineterminator='\n')
    writer.writerow(HEADER)
    print(FORMAT % ('id', 'value', 'low', 'high', 'A/A', 'must', 'aim',
                    'reached', ''), flush=True)
    failed = False
    for name in ids:
        target = TARGETS[name]
        try:
            values = measure(target, args)
        except BenchError as error:
            print('%-14s %s' % (name, error), flush=True)
            failed = True
            continue
        value = values[target.field]
        control = values.get('control') if target.sound is not None else None
        row = [number(x) for x in (
            value, values.get(target.field + '_low'),
            values.get(target.field + '_high'), control, target.must,
            target.aim)]
        writer.writerow([name] + row)
        out.flush()
        print((FORMAT % tuple([name] + row
                              + [judge(target, values),
                                 '; '.join(remarks(values))])).rstrip(),
              flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(
        description='What watching every packet costs.',
        epilog='IDs: %s' % ' '.join(TARGETS))
    parser.add_argument('program', help='the built tests/bench/bench')
    parser.add_argument('ovs_trumpet', help='the built ovs-trumpet')
    parser.add_argument('ids', metavar='ID', nargs='*')
    parser.add_argument('--csv', default='bench.csv', metavar='FILE')
    parser.add_argument('--svg', metavar='FILE',
                        help='draw the ratios, where gnuplot is installed')
    parser.add_argument('--pairs', type=int, metavar='N',
                        help='other than the usual number of pairs')
    parser.add_argument('--source', choices=list(SOURCES),
                        help="where packets come from: DPDK's net_pcap, the "
                        'default up to 3,000 flows, or frames of our own')
    args = parser.parse_args()
    unknown = [name for name in args.ids if name not in TARGETS]
    if unknown:
        parser.error('no such benchmark: %s; there are: %s'
                     % (' '.join(unknown), ' '.join(TARGETS)))

    with open(args.csv, 'w', encoding='ascii') as out:
        failed = run_all(args.ids or list(TARGETS), args, out)
    print('written: %s' % args.csv)
    if args.svg:
        subprocess.run([sys.executable, os.path.join(HERE, 'bench-plot.py'),
                        args.csv, args.svg], check=False)
    return int(failed)


if __name__ == '__main__':
    sys.exit(main())
