# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""The network of the experiments with the patched switch.

    sender 1 ---.
    ...          Open vSwitch ---- uplink ---- bottleneck, cable ---- receiver
    sender n ---'

What the uplink's recorder sees is what the switch sees: all data before it can
be lost, and all ACKs."""

import os
import subprocess
import sys

import bottleneck
import cable
import network
import processes
import switch

PORT = 5001
TRAFFIC = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       'traffic.py')


class Testbed:
    def __init__(self, n_senders=1, delay_us=0, rate=None, buffer_bytes=None,
                 polled=True):
        network.leave()
        self.senders = [network.Host('10.0.0.%d' % (i + 1))
                        for i in range(n_senders)]
        self.receiver = network.Host('10.0.0.100')
        ports = ['sender%d' % (i + 1) for i in range(n_senders)]
        for host, port in zip(self.senders, ports):
            network.connect(host, port)
        network.join('uplink', 'uplink-wire')
        if delay_us:
            cable.Cable('receiver', self.receiver, delay_us)
        else:
            network.connect(self.receiver, 'receiver')
        network.bridge('wire', 'uplink-wire', 'receiver')
        if rate:
            bottleneck.narrow('receiver', rate, buffer_bytes)
        self.devices = [*ports, 'uplink', 'uplink-wire', 'receiver']
        self.switch = switch.Switch()
        for port in (*ports, 'uplink'):
            self.switch.add_port(port, polled)

    def traffic(self, host, command, *arguments, **options):
        """Starts 'command' of traffic.py; sinks are ready on return.  A burst
        must keep to its time."""
        nice = ['nice', '-n', '-10'] if command == 'burst' else []
        process = host.start(*nice, sys.executable, TRAFFIC, command,
                             self.receiver.address, str(PORT), *arguments,
                             stdout=subprocess.PIPE, text=True, **options)
        if command == 'sink' and process.stdout.readline() != 'ready\n':
            raise processes.LabError('the sink does not start')
        return process

    def sink(self, *arguments):
        return self.traffic(self.receiver, 'sink', *arguments)

    def dropped(self):
        """Frames that were lost where none should be, by device."""
        counts = {device: bottleneck.dropped_by_device(device)
                  for device in self.devices if device != 'receiver'}
        return {device: n for device, n in counts.items() if n}
