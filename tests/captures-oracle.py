#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Compares ovs-trumpet replay with the oracle on the recorded captures.

TRUMPET_PAIRS (200) trigger sets from seed TRUMPET_SEED (1) on, which use the
variables TRUMPET_VARIABLES (all) and extensions TRUMPET_EXTENSIONS (all).
"""

import os
import shutil
import subprocess
import sys

tests = os.path.join(os.environ.get("srcdir", "."), "tests")
command = [
    sys.executable, os.path.join(tests, "oracle/compare.py"),
    "--replay-program", shutil.which("ovs-trumpet"),
    "--captures", os.path.join(tests, "captures"),
    "--pairs", os.environ.get("TRUMPET_PAIRS", "200"),
    "--seed", os.environ.get("TRUMPET_SEED", "1"),
    "--variables", os.environ.get("TRUMPET_VARIABLES", "all"),
    "--extensions", os.environ.get("TRUMPET_EXTENSIONS", "all"),
    "--jobs", "2",
]
sys.exit(subprocess.call(command))
