#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

"""Runs the examples of the documentation that need no switch.

usage: docs/examples.py [--write]

In a literal block of README.rst or docs/*.rst, a line "$ COMMAND" whose
command is one of RUN is run, and the lines behind it must be its output.
With --write, puts the output there.  Programs are found in $PATH.
"""

import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
RUN = ('ovs-trumpet check ', 'ovs-trumpet replay ',
       'utilities/trumpet-demo --capture ')


def run(command, directory):
    """Returns what 'command' prints, as lines."""
    done = subprocess.run(
        ['bash', '-c', command.replace('utilities/', f'{TOP}/utilities/')],
        cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.stdout.decode().splitlines()


def update(text, directory):
    """Returns the document 'text' with the outputs as they are."""
    lines = text.splitlines()
    new = []
    i = 0
    while i < len(lines):
        new.append(lines[i])
        match = re.match(r'( +)\$ (.*)', lines[i])
        i += 1
        if not match:
            continue
        indent, command = match.groups()
        while command.endswith('\\'):
            new.append(lines[i])
            command = command[:-1] + lines[i].strip()
            i += 1
        if command.startswith(RUN):
            new += [indent + line for line in run(command, directory)]
            while (i < len(lines) and lines[i].startswith(indent)
                   and not lines[i].startswith(indent + '$ ')):
                i += 1
    return '\n'.join(new) + '\n'


def main():
    write = sys.argv[1:] == ['--write']
    if sys.argv[1:] and not write:
        sys.exit(__doc__)
    if not shutil.which('ovs-trumpet'):
        print('no ovs-trumpet in $PATH')
        sys.exit(77)
    os.environ['LC_ALL'] = 'C'
    status = 0
    with tempfile.TemporaryDirectory() as directory:
        for path in [TOP / 'README.rst', *sorted(TOP.glob('docs/*.rst'))]:
            text = path.read_text()
            new = update(text, directory)
            if new != text and write:
                path.write_text(new)
            elif new != text:
                sys.stdout.writelines(difflib.unified_diff(
                    text.splitlines(True), new.splitlines(True),
                    str(path), 'what the programs print'))
                status = 1
    sys.exit(status)


if __name__ == '__main__':
    main()
