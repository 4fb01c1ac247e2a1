#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Compares a program with the oracle.

    compare.py --replay-program PATH [--pairs N] [--seed S] [--jobs J]
               [--variables plain|all] [--extensions none|all]
    compare.py --replay-program PATH --captures DIR [...]
    compare.py --statistics [--pairs N] [--seed S] [--captures DIR] [...]
    compare.py --check-program PATH [--specs N] [--seed S] [--jobs J] [...]

The first form runs "PATH replay" on N random captures and trigger sets, the
second one on N random trigger sets, taken in turn for the captures of a
directory.  The third compares nothing, but tells what pairs exercise.  The
fourth runs "PATH check" on N random specifications, most of them with an
error.  Pair or specification i has seed S + i.  The files of each pair that
differs are kept under --keep.  The last line of a comparison is "N passed, M
failed"."""

import argparse
import json
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile

import capture
import generate
import language
import mutate
import oracle
import tally

FIELDS = ('event', 'trigger', 'interval_start_us', 'interval_us', 'key',
          'values', 'packets', 'complete', 'seq')
# Present in some reports only.
EXTENSION_FIELDS = ('held', 'lasted_us', 'top_by', 'top', 'top_exact')
TOLERANCE = 1e-9
SHARE_TOLERANCE = 1e-12
EXACT_LIMIT = 2 ** 53
TIMEOUT_SECONDS = 120


class Difference(Exception):
    """Where the program and the oracle disagree."""


# ## Replay ## #

def is_whole(leaf):
    """Whether the aggregate 'leaf' is computed in whole numbers only."""
    if leaf[0] in ('state', 'port'):
        return True
    if leaf[1] == 'avg':
        return False
    if leaf[1] == 'count':
        return True
    return not any(node[0] == '/' or node == ('variable', 'rtt')
                   or (node[0] == 'number' and not node[1].is_integer())
                   for node in language.walk(leaf[2]))


def same_number(expected, got, whole):
    if expected is None or got is None:
        return expected is got
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        return False
    if whole and abs(expected) < EXACT_LIMIT:
        return expected == got
    return abs(expected - got) <= TOLERANCE * max(1.0, abs(expected))


def same_share(expected, got, whole):
    if expected is None or got is None:
        return expected is got
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        return False
    tolerance = SHARE_TOLERANCE if whole else TOLERANCE
    return abs(expected - got) <= tolerance * abs(expected)


def same_top(expected, got, whole):
    """Compares the fields 'top' of two reports."""
    if len(expected) != len(got):
        return False
    for one, other in zip(expected, got):
        if (one.keys() != other.keys()
                or list(one['flow'].items()) != list(other['flow'].items())
                or not same_number(one['value'], other['value'], whole)
                or not same_share(one.get('share'), other.get('share'),
                                  whole)):
            return False
    return True


def same_extensions(expected, got, leaves):
    for field in EXTENSION_FIELDS:
        if (field in expected) != (field in got):
            return False
        if field not in expected:
            continue
        if field == 'top':
            # Count() alone need not be a leaf.
            leaf = leaves.get(expected['top_by'],
                              ('aggregate', 'count', None, 0))
            if not same_top(expected[field], got[field], is_whole(leaf)):
                return False
        elif expected[field] != got[field]:
            return False
    return True


def same_report(expected, got, leaves, fields=FIELDS, has_extensions=True):
    """'leaves' maps the canonical texts of the trigger's aggregates and
    states to their trees."""
    if has_extensions and not same_extensions(expected, got, leaves):
        return False
    for field in fields:
        if field not in got:
            return False
        if field == 'key':
            if list(expected['key'].items()) != list(got['key'].items()):
                return False
        elif field == 'values':
            if expected['values'].keys() != got['values'].keys():
                return False
            for text, value in expected['values'].items():
                if not same_number(value, got['values'][text],
                                   is_whole(leaves[text])):
                    return False
        elif expected[field] != got[field]:
            return False
    return True


def leaves_of(triggers):
    """Maps the names of triggers to what same_report() needs to know."""
    return {trigger.name: {
        language.canonical(leaf): leaf
        for leaf in language.reported(trigger.predicate)}
            for trigger in triggers}


def compare_output(triggers, reports, summary, output, has_extensions=True):
    """Raises Difference if 'output' is not what the oracle says."""
    leaves = leaves_of(triggers)
    lines = output.splitlines()
    for expected, line in zip(reports, lines):
        try:
            got = json.loads(line)
        except ValueError as error:
            raise Difference('no JSON: %s' % line) from error
        if not same_report(expected, got, leaves[expected['trigger']],
                           has_extensions=has_extensions):
            raise Difference('expected: %s\ngot:      %s'
                             % (oracle.json_line(expected), line))
    if len(lines) != len(reports) + 1:
        more, name = ((reports[len(lines) - 1:], 'missing:  ')
                      if len(lines) <= len(reports) else
                      (lines[len(reports):], 'too many: '))
        raise Difference('expected %d reports, got %d lines\n%s%s' % (
            len(reports), len(lines), name,
            more[0] if isinstance(more[0], str)
            else oracle.json_line(more[0])))
    got = json.loads(lines[-1])
    if ({name: got.get(name) for name in summary} != summary
            or ('cleared' in got) != ('cleared' in summary)):
        raise Difference('expected: %s\ngot:      %s'
                         % (oracle.json_line(summary), lines[-1]))


def run_replay(program, pair, capture_path, directory):
    """Returns the program's standard output."""
    triggers_path = os.path.join(directory, 'triggers')
    with open(triggers_path, 'w', encoding='utf-8') as stream:
        stream.write(pair.trigger_file())
    try:
        done = subprocess.run(
            [program, 'replay', '--epoch', '%dus' % pair.epoch_us,
             '-f', triggers_path, capture_path],
            capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
            check=False)
    except subprocess.TimeoutExpired as error:
        raise Difference('no end after %d s' % TIMEOUT_SECONDS) from error
    status = 1 if pair.truncated else 0
    if done.returncode != status:
        raise Difference('exit status %d, expected %d\n%s' % (
            done.returncode, status, done.stderr[:2000]))
    if pair.truncated and not done.stderr:
        raise Difference('silent about a truncated capture')
    return done.stdout


def make_pair(arguments, seed):
    if not arguments.captures:
        return generate.Pair(seed, arguments.packets, arguments.variables,
                             arguments.extensions)
    captures = captures_in(arguments.captures)
    # Seeds that follow each other share a capture: it is read once.
    at = ((seed - arguments.seed) * len(captures) // arguments.pairs
          % len(captures))
    return generate.RecordedPair(captures[at], seed, arguments.variables,
                                 arguments.extensions)


def captures_in(directory):
    found = sorted(os.path.join(directory, name)
                   for name in os.listdir(directory)
                   if re.search(r'\.pcap(ng)?(\.xz)?$', name))
    if not found:
        raise SystemExit('%s: no capture file' % directory)
    return found


def replay_pair(arguments, seed):
    """Returns (the number of reports, None) or what differs."""
    pair = make_pair(arguments, seed)
    triggers = pair.triggers()
    reports, summary = oracle.evaluate_trace(triggers, pair.trace)
    output = ''
    with tempfile.TemporaryDirectory() as directory:
        capture_path = os.path.join(directory, 'capture')
        with open(capture_path, 'wb') as stream:
            stream.write(capture.contents(pair.path) if arguments.captures
                         else pair.capture)
        try:
            output = run_replay(arguments.replay_program, pair, capture_path,
                                directory)
            compare_output(triggers, reports, summary, output,
                           arguments.extensions == 'all')
        except Difference as difference:
            keep(arguments, pair, reports, summary, output)
            what = ''
            if arguments.captures:
                what = os.path.basename(pair.path) + '\n'
            return len(reports), what + str(difference)
    return len(reports), None


def keep(arguments, pair, reports, summary, output):
    """Writes all that is needed to look into a difference."""
    directory = os.path.join(arguments.keep, str(pair.seed))
    os.makedirs(directory, exist_ok=True)
    if arguments.captures:
        link = os.path.join(directory, os.path.basename(pair.path))
        if not os.path.lexists(link):
            os.symlink(os.path.abspath(pair.path), link)
    else:
        suffix = ('pcapng' if pair.capture[:4] == b'\x0a\x0d\x0d\x0a'
                  else 'pcap')
        with open(os.path.join(directory, 'capture.' + suffix),
                  'wb') as stream:
            stream.write(pair.capture)
    for name, text in (
            ('triggers', pair.trigger_file()), ('got', output),
            ('expected', ''.join(oracle.json_line(record) + '\n'
                                 for record in reports + [summary]))):
        with open(os.path.join(directory, name), 'w',
                  encoding='utf-8') as stream:
            stream.write(text)


# ## Check ## #

def run_check(program, spec):
    """Returns (exit status, first line of standard output, errors)."""
    done = subprocess.run([program, 'check', spec], capture_output=True,
                          text=True, timeout=TIMEOUT_SECONDS, check=False)
    return (done.returncode, done.stdout.split('\n')[0], done.stderr)


def oracle_accepts(spec, arguments):
    """Returns the Trigger or raises LanguageError."""
    allowed = {'has_extensions': arguments.extensions == 'all'}
    if arguments.variables == 'plain':
        allowed.update(variables=language.PLAIN_VARIABLES, states=())
    return language.parse(spec, **allowed)


def check_one(arguments, seed):
    """Returns (whether it was accepted, what differs or None)."""
    spec = mutate.random_spec(random.Random(seed), arguments.variables,
                              arguments.extensions)
    status, normal, errors = run_check(arguments.check_program, spec)
    try:
        trigger = oracle_accepts(spec, arguments)
    except language.LanguageError as error:
        if status != 1:
            return 0, ('%s\nexit status %d, but: trigger:1:%d: %s'
                       % (spec, status, error.position + 1, error))
        if not errors:
            return 0, '%s\nrefused without a word' % spec
        return 0, None
    if status != 0:
        return 1, '%s\nexit status %d: %s' % (spec, status, errors)
    try:
        again = oracle_accepts(normal, arguments)
    except language.LanguageError as error:
        return 1, '%s\nnormal form %s\nrefused: %s' % (spec, normal, error)
    if again.meaning() != trigger.meaning():
        return 1, '%s\nnormal form %s\nmeans something else' % (spec, normal)
    if not normal.endswith(' ' + language.canonical_end(trigger)):
        return 1, '%s\nnormal form %s\nexpected    %s' % (
            spec, normal, language.canonical_end(trigger))
    status, fixed, errors = run_check(arguments.check_program, normal)
    if status != 0 or fixed != normal:
        return 1, '%s\nnormal form %s\nbecomes     %s %s' % (
            spec, normal, fixed, errors)
    return 1, None


# ## Command line ## #

def run_one(job):
    arguments, seed = job
    if arguments.check_program:
        return seed, *check_one(arguments, seed)
    return seed, *replay_pair(arguments, seed)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument('--replay-program')
    which.add_argument('--check-program')
    which.add_argument('--statistics', action='store_true')
    parser.add_argument('--pairs', '--specs', type=int, default=100)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--packets', type=int,
                        help='packets per capture (default: 50 to 3000)')
    parser.add_argument('--variables', choices=['plain', 'all'],
                        default='plain')
    parser.add_argument('--extensions', choices=['none', 'all'],
                        default='none')
    parser.add_argument('--captures', help='a directory of capture files')
    parser.add_argument('--keep', default='oracle-failures')
    return parser.parse_args()


def counts_of_pair(job):
    return tally.counts_of(make_pair(*job))


def show_statistics(arguments, jobs):
    total = tally.Tally()
    with multiprocessing.Pool(arguments.jobs) as pool:
        for counts in pool.imap_unordered(counts_of_pair, jobs):
            total.add(counts)
    print('\n'.join(total.lines()))
    return 0


def main():
    arguments = parse_arguments()
    jobs = [(arguments, arguments.seed + i) for i in range(arguments.pairs)]
    failed = total = 0
    print('seeds %d to %d' % (arguments.seed,
                              arguments.seed + arguments.pairs - 1))
    if arguments.statistics:
        return show_statistics(arguments, jobs)
    with multiprocessing.Pool(arguments.jobs) as pool:
        for seed, number, difference in pool.imap_unordered(run_one, jobs):
            total += number
            if difference:
                failed += 1
                print('seed %d:\n%s\n' % (seed, difference), flush=True)
    if arguments.check_program:
        print('%d of %d specifications are right' % (total, len(jobs)))
    else:
        print('%d reports expected' % total)
    print('%d passed, %d failed' % (len(jobs) - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
