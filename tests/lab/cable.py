# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""A cable with a delay: the program delay-line, see there."""

import os
import re
import subprocess

import network
import processes

# A frame waits in the tap device until the program runs again.
QUEUE_FRAMES = 10000
NICE = -10


def find_program():
    """It is built by "make check" or "make tests/lab/delay-line"."""
    folders = ['tests/lab',
               os.path.join(os.path.dirname(os.path.abspath(__file__)),
                            '../../build/tests/lab')]
    for folder in folders:
        path = os.path.join(folder, 'delay-line')
        if os.access(path, os.X_OK):
            return os.path.abspath(path)
    raise processes.Skip('delay-line is not built: make tests/lab/delay-line')


class Cable:
    """Leads from the new device 'port' in our own namespace to 'host', or to
    another new device there.  'delay_us' is that of each direction, 'options'
    are further ones of delay-line.  With 'tag', frames have such a tag at the
    port and none at the host."""

    def __init__(self, port, host, delay_us, *options, tag=None):
        is_host = isinstance(host, network.Host)
        far = port + '-far' if is_host else host
        self._names = [port, far]
        if tag is not None:
            options += '--tag=%d' % tag,
            self._names.reverse()
        self._process = processes.start(
            ['nice', '-n', str(NICE), find_program(),
             '--delay=%d' % delay_us, *options, *self._names],
            stdout=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != 'ready\n':
            raise processes.LabError('delay-line does not start')
        for name in self._names:
            network.ip('link', 'set', 'dev', name, 'txqueuelen',
                       str(QUEUE_FRAMES))
        network.bring_up(port)
        if is_host:
            host.plug(far)
        else:
            network.bring_up(far)

    def end(self):
        """Cuts the cable.  Returns the counts of both of its ends."""
        processes.stop(self._process)
        counts = {}
        for line in self._process.stdout:
            name, rest = line.split(' ', 1)
            counts[name] = {field: int(n) for field, n
                            in re.findall(r'(\w+)=(\d+)', rest)}
        return [counts[name] for name in self._names]
