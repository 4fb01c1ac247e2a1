#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Draws the ratios that bench.py wrote.

    bench-plot.py CSV SVG

Bars are medians, whiskers quartiles; a circle is what must be reached, a
square what is aimed at."""

import csv
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lab'))

import plot                                 # noqa: E402

SCRIPT = '''
set yrange [0:1.1]
set ytics 0.1
set ylabel "throughput, 1 = not watched"
set boxwidth 0.5
set xtics rotate by -30 scale 0
set style fill solid 0.5
plot $rows using 1:2:xticlabels(7) with boxes lc rgb "#4477aa" \\
        title "watched", \\
     $rows using 1:2:3:4 with yerrorbars pt -1 lc rgb "#222222" \\
        title "quartiles", \\
     $rows using 1:5 with points pt 6 ps 1 lc rgb "#cc3311" title "must", \\
     $rows using 1:6 with points pt 4 ps 1 lc rgb "#228833" title "aim"
'''


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: bench-plot.py CSV SVG')
    with open(sys.argv[1], encoding='ascii') as file:
        ratios = [row for row in csv.DictReader(file) if row['aa_control']]
    if not ratios:
        sys.exit('bench-plot.py: there are no ratios in %s' % sys.argv[1])
    plot.draw(sys.argv[2], SCRIPT, {'rows': [
        [i, row['value'], row['iqr_low'], row['iqr_high'], row['must'],
         row['aim'], row['id']] for i, row in enumerate(ratios)]})


if __name__ == '__main__':
    main()
