# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Records what passes a device, with nanoseconds."""

import re
import signal
import subprocess

import processes

SNAP_LENGTH = 128       # All headers, of IPv6 with a tag and options, too.
BUFFER_KIB = 32768


class Recorder:
    """Records what passes 'device' from when it is made until end().  What
    came before end() is in the file, thanks to tcpdump's immediate mode."""

    def __init__(self, device, path, snap_length=SNAP_LENGTH,
                 max_packets=None):
        processes.need('tcpdump')
        limit = ['-c', str(max_packets)] if max_packets else []
        self._process = processes.start(
            ['tcpdump', '-i', device, '-w', path, '-s', str(snap_length),
             '-B', str(BUFFER_KIB), '--time-stamp-precision=nano', '-n', '-Z',
             'root', '--immediate-mode', *limit],
            stderr=subprocess.PIPE, text=True)
        for line in self._process.stderr:
            if 'listening on' in line:
                return
        raise processes.LabError('tcpdump does not start')

    def end(self):
        """Returns the number of packets, of which none may be missing."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        _, text = self._process.communicate(timeout=10)
        captured = re.search(r'(\d+) packets? captured', text)
        missing = re.search(r'(\d+) packets? dropped by kernel', text)
        if not captured or not missing or int(missing.group(1)):
            raise processes.LabError('tcpdump: %s' % text)
        return int(captured.group(1))
