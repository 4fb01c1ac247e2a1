#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Puts what was measured into the documentation.

    bench-docs.py BUILD DOCS

BUILD has the files NAME.csv and NAME.svg that "make bench-tools" and "make
bench-figures" wrote.  Between the lines ".. measured NAME" and ".. end of
measured" of DOCS/performance.rst, the table becomes that of NAME.csv; NAME.svg
is copied.  What was not measured stays."""

import csv
import os
import re
import shutil
import sys
import textwrap
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import tools                                # noqa: E402

BLOCK = re.compile(r'(\.\. measured (\S+)\n).*?(\.\. end of measured\n)',
                   re.DOTALL)
HEADING_WIDTH = 8


def number(value, scale=1, form='%.3f'):
    return form % (float(value) * scale) if value else ''


def tool_rows(records):
    """Of bench-tools.csv."""
    titles = tools.make_tools([])
    yield ['Tool', 'Ratio', 'Quartiles', 'A/A', 'Found', 'Delay, ms',
           'Reports', 'False']
    for record in records:
        quartiles = '%s %s' % (number(record['iqr_low']),
                               number(record['iqr_high']))
        yield [titles[record['id']].title, number(record['ratio']),
               quartiles.strip(), number(record['aa_control']),
               number(record['detected'], 100, '%.1f %%'),
               number(record['delay_us'], 1e-3, '%.1f'),
               record['reports'], record['false']]


def read_rows(path, name):
    """Returns the rows of a table, headings first."""
    with open(path, encoding='ascii') as stream:
        if name == 'bench-tools':
            return list(tool_rows(csv.DictReader(stream)))
        headings, *rows = csv.reader(stream)
        return [[text[:1].upper() + text[1:] for text in headings]] + rows


def table(rows):
    """Returns the lines of a simple table; the first row has headings."""
    widths = [max(map(len, [*column[1:], *column[0].split()]))
              for column in zip(*rows)]
    headings = [textwrap.wrap(text, max(width, HEADING_WIDTH))
                for text, width in zip(rows[0], widths)]
    widths = [max(width, *map(len, lines))
              for width, lines in zip(widths, headings)]

    def line(cells):
        return '  '.join(cell.ljust(width)
                         for cell, width in zip(cells, widths)).rstrip()

    border = '  '.join('=' * width for width in widths)
    yield border
    for i in range(max(map(len, headings))):
        yield line([lines[i] if i < len(lines) else ''
                    for lines in headings])
    yield border
    for row in rows[1:]:
        yield line([row[0] or '\\'] + row[1:])
    yield border


def machine():
    """What this ran on, in words."""
    facts = {}
    with open('/proc/cpuinfo', encoding='ascii', errors='replace') as stream:
        for entry in stream:
            name, _, value = entry.partition(':')
            facts.setdefault(name.strip(), value.strip())
    return '%s (family %s, model %s), %d virtual CPUs' % (
        re.sub(r' Processor$', '', facts.get('model name', 'CPU')),
        facts.get('cpu family', '?'), facts.get('model', '?'),
        os.cpu_count())


def block(folder, name):
    """Returns what stands between the two lines, or None."""
    path = os.path.join(folder, name + '.csv')
    if not os.path.exists(path):
        return None
    date = time.strftime('%Y-%m-%d', time.gmtime(os.path.getmtime(path)))
    return '\n%s\n\n%s\n\n' % (
        '\n'.join(table(read_rows(path, name))),
        textwrap.fill('%s, %s.' % (machine(), date), 79))


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: bench-docs.py BUILD DOCS')
    folder, docs = sys.argv[1:]
    path = os.path.join(docs, 'performance.rst')
    with open(path, encoding='utf-8') as stream:
        text = stream.read()

    def replace(match):
        name = match[2]
        content = block(folder, name)
        if content is None:
            print('not measured: %s' % name)
            return match[0]
        picture = os.path.join(folder, name + '.svg')
        if os.path.exists(picture):
            shutil.copy(picture, docs)
        print('written: %s' % name)
        return match[1] + content + match[3]

    text = BLOCK.sub(replace, text)
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(text)


if __name__ == '__main__':
    main()
