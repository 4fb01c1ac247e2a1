# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Reports of a capture: from ovs-trumpet replay, or from the oracle."""

import json
import os
import subprocess
import sys

import processes

SECONDS = 600
ORACLE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      '../oracle/oracle.py')


def replay(program, capture, triggers):
    """'program' is "oracle" or "ovs-trumpet", 'triggers' maps names to
    specifications."""
    command = ([sys.executable, ORACLE] if program == 'oracle'
               else ['ovs-trumpet']) + ['replay']
    for name, spec in triggers.items():
        command += ['-t', '%s=%s' % (name, spec)]
    done = subprocess.run([*command, capture], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=SECONDS,
                          check=False)
    if 'does not keep yet' in done.stderr:
        raise processes.Skip(done.stderr.strip())
    if done.returncode:
        raise processes.LabError(done.stderr.strip())
    return [json.loads(line) for line in done.stdout.splitlines()]
