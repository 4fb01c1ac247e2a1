# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Draws with gnuplot, where that is installed."""

import shutil
import subprocess
import sys

import processes

HEADER = '''set terminal svg size 720,%(height)d font "sans,12" \\
    background "white"
set output "%(path)s"
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror out
set key outside top horizontal left
'''


def draw(path, script, data, height=420):
    """Makes the SVG file 'path'.  'data' maps the names by which 'script', of
    gnuplot's, calls them to lists of rows."""
    if not shutil.which('gnuplot'):
        print('no plot: gnuplot is not installed', file=sys.stderr)
        return
    blocks = ['$%s << END\n%s\nEND\n' % (
        name, '\n'.join(' '.join(map(str, row)) for row in rows))
              for name, rows in data.items()]
    done = subprocess.run(
        ['gnuplot'], input=''.join(blocks)
        + HEADER % {'height': height, 'path': path} + script, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        timeout=60)
    if done.returncode:
        raise processes.LabError('gnuplot: %s' % done.stdout)
    with open(path, encoding='utf-8') as stream:
        text = stream.read()
    # The two lines of every file here, after the one that must be the first.
    first, rest = text.split('\n', 1)
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write('%s\n<!-- SPDX-License-Identifier: Apache-2.0\n'
                     '     SPDX-FileCopyrightText: 2026 The Trumpet for Open '
                     'vSwitch Authors -->\n%s' % (first, rest))
    print('drawn: %s' % path)
