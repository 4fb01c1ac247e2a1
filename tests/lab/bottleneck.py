# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""A link that is slow, and what may wait before it."""

import json

import network
import processes


def narrow(device, rate, buffer_bytes, prefix=()):
    """What leaves through 'device' does so at 'rate', in the words of tc(8);
    of what waits, beyond 'buffer_bytes' is dropped."""
    # tbf wants room for one tick of packets: two full frames are enough, as
    # its timer is a fine one.
    processes.run([*prefix, 'tc', 'qdisc', 'replace', 'dev', device, 'root',
                   'tbf', 'rate', rate, 'burst', '3100', 'limit',
                   str(buffer_bytes)])


def count_dropped(device, prefix=()):
    state = json.loads(processes.run(
        [*prefix, 'tc', '-s', '-j', 'qdisc', 'show', 'dev', device]))
    return sum(qdisc.get('drops', 0) for qdisc in state)


def dropped_by_device(device):
    """Frames that 'device' of our own namespace itself dropped, either way:
    an experiment that counts on none of that looks here."""
    state, = json.loads(network.ip('-s', '-j', 'link', 'show', 'dev', device))
    return (state['stats64']['rx']['dropped']
            + state['stats64']['tx']['dropped'])
