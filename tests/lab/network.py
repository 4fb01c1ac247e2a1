# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Network namespaces, and what connects them.

leave() takes this program out of the machine's network, into an empty one
that all its children share; Host is a further one.  Nothing has a name
outside, and nothing is left: the last process of a namespace takes it and its devices
along."""

import ctypes
import os

import processes

CLONE_NEWNET = 0x40000000
OFFLOADS = ('rx', 'off', 'tx', 'off', 'sg', 'off', 'tso', 'off', 'gso', 'off',
            'gro', 'off')


def leave():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise processes.Skip('no network namespace: %s'
                             % os.strerror(ctypes.get_errno()))
    if not os.path.exists('/dev/net/tun'):
        raise processes.Skip('no /dev/net/tun')
    ip('link', 'set', 'lo', 'up')


def ip(*arguments):
    return processes.run(['ip', *arguments])


def bring_up(device, prefix=()):
    """Segments are what is on the wire: no offloads.  And no packets but
    those of the experiment: no addresses of its own."""
    processes.run([*prefix, 'ip', 'link', 'set', 'dev', device,
                   'addrgenmode', 'none'])
    processes.run([*prefix, 'ethtool', '-K', device, *OFFLOADS])
    processes.run([*prefix, 'ip', 'link', 'set', 'dev', device, 'up'])


class Host:
    """A namespace with a device eth0 and an address, once it is plugged
    in."""

    count = 0

    def __init__(self, address):
        Host.count += 1
        self.number = Host.count
        self.address = address
        self._keeper = processes.start(['unshare', '--net', 'sleep', '7200'])
        self._path = '/proc/%d/ns/net' % self._keeper.pid
        own = os.readlink('/proc/self/ns/net')
        processes.wait_until(lambda: os.readlink(self._path) != own, 5,
                             'network namespace')
        self.run('ip', 'link', 'set', 'lo', 'up')

    @property
    def prefix(self):
        return ['nsenter', '--net=' + self._path]

    def run(self, *command, **options):
        return processes.run([*self.prefix, *command], **options)

    def start(self, *command, **options):
        return processes.start([*self.prefix, *command], **options)

    def plug(self, device):
        """Makes 'device', from our own namespace, this one's eth0."""
        ip('link', 'set', 'dev', device, 'name', 'eth0', 'netns',
           str(self._keeper.pid))
        self.run('ip', 'link', 'set', 'dev', 'eth0', 'address',
                 '02:00:00:00:00:%02x' % self.number)
        bring_up('eth0', self.prefix)
        length, extra = ((64, ['nodad']) if ':' in self.address
                         else (24, []))
        self.run('ip', 'address', 'add', '%s/%d' % (self.address, length),
                 'dev', 'eth0', *extra)


def connect(host, port):
    """A cable from 'host' to the new device 'port' in our own namespace."""
    ip('link', 'add', 'name', port, 'type', 'veth', 'peer', 'name',
       port + '-host')
    host.plug(port + '-host')
    bring_up(port)


def join(one, other):
    """A cable between two new devices of our own namespace."""
    ip('link', 'add', 'name', one, 'type', 'veth', 'peer', 'name', other)
    bring_up(one)
    bring_up(other)


def bridge(name, *ports):
    """Connects 'ports' of our own namespace."""
    ip('link', 'add', 'name', name, 'type', 'bridge', 'stp_state', '0',
       'mcast_snooping', '0')
    for port in ports:
        ip('link', 'set', 'dev', port, 'master', name)
    bring_up(name)
