#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Runs each target of fuzzing over its corpus, without libFuzzer: every file
whole, cut at every length, and with every byte changed.
"""

import os
import subprocess
import sys

CORPUS = os.path.join(os.environ['srcdir'], 'tests/fuzz/corpus')


def main():
    failed = False
    for name in sorted(os.listdir(CORPUS)):
        folder = os.path.join(CORPUS, name)
        if not os.path.isdir(folder):
            continue
        done = subprocess.run(['tests/fuzz/%s-corpus' % name, folder],
                              stdout=subprocess.PIPE, text=True, check=False)
        files = done.stdout.split()
        print('%s: %d files' % (name, len(files)))
        if done.returncode:
            print('%s: %s: exit status %d' % (name, files[-1:],
                                              done.returncode))
            failed = True
    return failed


if __name__ == '__main__':
    sys.exit(main())
