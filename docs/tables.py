#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

"""Keeps tables of the documentation equal to those of the source.

usage: docs/tables.py [--write]

Between the lines ".. table NAME" and ".. end of table NAME" of any docs/*.rst
stands what an X-macro table of the source says.  Without --write, only
compares, and fails if there is a difference.
"""

import pathlib
import re
import sys
import textwrap

TOP = pathlib.Path(__file__).resolve().parent.parent

LAYERS = {'PACKET': 'the packet', 'FLOW': 'earlier packets',
          'TCP': 'both directions'}


def literal(s):
    return f'``{s}``' if s else ''


# By name: the source, its macro, headings, and the cells of a row's arguments.
TABLES = {
    'variables': (
        'lib/event/variable-table.h', 'VARIABLE',
        ('Variable', 'Unit', 'Needs', 'What it is per packet'),
        lambda id_, name, layer, unit, help_:
            (literal(name), unit, LAYERS[layer], help_)),
    'counters': (
        'lib/event/port-counter-table.h', 'PORT_COUNTER',
        ('Counter', 'Unit', 'What it counts'),
        lambda id_, name, unit, help_: (literal(name), unit, help_)),
    'causes': (
        'lib/report/cause-table.h', 'CAUSE',
        ('Cause', 'What happened'),
        lambda id_, name, help_: (literal(name), help_)),
    'oddities': (
        'lib/monitor/tcp-oddity-table.h', 'TCP_ODDITY',
        ('Oddity', 'The segment'),
        lambda id_, name, help_: (literal(name), help_)),
    'status': (
        'lib/wire/answer.h', 'STATUS_COUNTER',
        ('Record', 'Counter', 'What it counts'),
        lambda type_, name, help_: (type_.lower(), literal(name), help_)),
    'costs': (
        'lib/monitor/cost-table.h', 'COST',
        ('Unit', 'Part', 'Cycles', 'What it is'),
        lambda id_, part, cycles, name, help_:
            (name, part.lower(), cycles, help_)),
    'settings': (
        'ofproto-ext/trumpet-config-table.h', 'SETTING',
        ('Key of other_config', 'Default', 'Values', 'What it does'),
        lambda id_, key, default, values, help_:
            (literal(key), literal(default), values, help_)),
}


def rows(path, macro):
    """Yields the arguments of each use of 'macro' in the file, as strings."""
    text = re.sub(r'/\*.*?\*/', '', (TOP / path).read_text(), flags=re.S)
    for call in re.findall(macro + r'\(((?:[^()"]|"(?:\\.|[^"\\])*")*)\)',
                           text):
        args = re.findall(r'((?:"(?:\\.|[^"\\])*"\s*)+|[^,"]+)(?:,|$)', call)
        yield [''.join(re.findall(r'"((?:\\.|[^"\\])*)"', arg))
               .replace(r'\"', '"')
               if '"' in arg else arg.strip() for arg in args]


def table(name):
    """Returns the table as lines of reStructuredText."""
    path, macro, headings, cells = TABLES[name]
    lines = ['', '.. list-table::', '   :header-rows: 1', '']
    for row in [headings] + [cells(*args) for args in rows(path, macro)]:
        bullet = '   * - '
        for cell in row:
            lines += [line.rstrip() for line in textwrap.wrap(
                cell, 78, initial_indent=bullet,
                subsequent_indent='       ')] or [bullet.rstrip()]
            bullet = '     - '
    return lines + ['']


def update(text):
    """Returns the document 'text' with its tables as they should be."""
    lines = []
    end = None
    for line in text.splitlines():
        match = re.fullmatch(r'\.\. (end of )?table (\w+)', line)
        if match and match[1]:
            if end != match[2]:
                raise ValueError(f'unexpected end of table {match[2]}')
            end = None
        if not end:
            lines.append(line)
        if match and not match[1]:
            end = match[2]
            lines += table(end)
    if end:
        raise ValueError(f'no end of table {end}')
    return '\n'.join(lines) + '\n'


def main():
    write = sys.argv[1:] == ['--write']
    if sys.argv[1:] and not write:
        sys.exit(__doc__)
    status = 0
    for path in sorted((TOP / 'docs').glob('*.rst')):
        text = path.read_text()
        new = update(text)
        if new != text and write:
            path.write_text(new)
        elif new != text:
            print(f'{path}: differs from the source: run docs/tables.py '
                  '--write')
            status = 1
    sys.exit(status)


if __name__ == '__main__':
    main()
