#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Checks what a compiler does not: that an include points to a layer below
only, that every C file includes <config.h> first, and that every file says
its license and owner.

It checks the files that git knows, or all where there is no git.
"""

import os
import re
import subprocess
import sys

# The folders that the files of a folder may include headers from.
LAYERS = {
    'lib/db': {'db'},
    'lib/event': {'event'},
    'lib/report': {'event', 'report'},
    'lib/wire': {'event', 'report', 'wire'},
    'lib/monitor': {'event', 'report', 'monitor'},
    'lib/reaction': {'event', 'report', 'monitor', 'reaction'},
    'lib/manager': {'event', 'report', 'manager'},
    'ofproto-ext': {'db', 'event', 'report', 'wire', 'monitor', 'reaction',
                    'ofproto-ext'},
}
FOLDERS = {'db', 'event', 'report', 'wire', 'monitor', 'reaction', 'manager',
           'ofproto-ext', 'utilities', 'tests'}
SOURCE = re.compile(r'\.(ac|am|at|c|h|m4|mk|py|rst|sh)$')
INCLUDE = re.compile(r'^#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)


def list_files():
    done = subprocess.run(['git', 'ls-files'], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    if done.returncode == 0 and done.stdout:
        return [path for path in done.stdout.split('\n')
                if path and os.path.exists(path)]
    return [os.path.join(folder, name)
            for top in ('docs', 'lib', 'm4', 'ofproto-ext', 'ovs-patches',
                        'python', 'tests', 'utilities')
            for folder, _, names in os.walk(top) for name in names]


def check_includes(path, text):
    includes = INCLUDE.findall(text)
    if path.endswith('.c') and includes[:1] != [('<', 'config.h')]:
        yield 'does not include <config.h> first'
    allowed = LAYERS.get(os.path.dirname(path))
    if allowed is None:
        return
    for _, header in includes:
        folder = header.partition('/')[0]
        if folder in FOLDERS and folder not in allowed:
            yield 'includes "%s" of a layer above' % header


def check_file(path):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    for tag in ('SPDX-License-Identifier:', 'SPDX-FileCopyrightText:'):
        if tag not in text[:1000]:
            yield 'has no line %s' % tag
    if path.endswith(('.c', '.h')):
        yield from check_includes(path, text)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    problems = ['%s %s' % (path, problem)
                for path in list_files() if SOURCE.search(path)
                for problem in check_file(path)]
    print('\n'.join(problems))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
