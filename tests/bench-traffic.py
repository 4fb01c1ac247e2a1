#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Measures whether traffic is disturbed while 10,000 triggers are installed.

usage: bench-traffic.py [BUILD]

Sends numbered UDP packets between two network namespaces, through veth ports
of a switch of its own, whose main thread is also their packet thread: what
keeps that thread for too long, costs packets.  Does so without monitoring,
with it, while 10,000 triggers are added over OpenFlow and while the same are
stored in the database, and prints how many packets were lost each time.  Needs
root.
"""

import importlib.util
import os
import socket
import struct
import subprocess
import sys
import time

RATE = 5000                     # Packets a second.
SECONDS = 8
N_TRIGGERS = 10000
ADDRESSES = '10.78.0.1', '10.78.0.2'

HERE = os.path.dirname(os.path.abspath(__file__))
_SPEC = importlib.util.spec_from_file_location(
    'bench_openflow', os.path.join(HERE, 'bench-openflow.py'))
bench = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(bench)


def send():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, 11, 1)           # SO_NO_CHECK
    sock.connect((ADDRESSES[1], 9))
    begin = time.monotonic()
    for i in range(RATE * SECONDS):
        while time.monotonic() < begin + i / RATE:
            time.sleep(0.0005)
        sock.send(struct.pack('!Q', i) + bytes(92))
    print(RATE * SECONDS)


def receive():
    """Counts until nothing comes for a second."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)     # SO_RCVBUFFORCE
    sock.bind((ADDRESSES[1], 9))
    print('ready', flush=True)
    sock.settimeout(20)
    n = longest = 0
    last = None
    try:
        while True:
            sock.recv(2048)
            now = time.monotonic()
            if last is not None:
                longest = max(longest, now - last)
            last = now
            n += 1
            sock.settimeout(1)
    except socket.timeout:
        print(n, '%.1f' % (longest * 1e3))


def inside(host, what):
    return subprocess.Popen(
        ['ip', 'netns', 'exec', host, sys.executable, __file__, what],
        stdout=subprocess.PIPE, text=True)


def measure(name, hosts, install):
    receiver = inside(hosts[1], '--receive')
    receiver.stdout.readline()
    sender = inside(hosts[0], '--send')
    time.sleep(2)
    begin = time.monotonic()
    install()
    took = time.monotonic() - begin
    sent = int(sender.communicate()[0])
    received, longest = receiver.communicate()[0].split()
    print('%-28s: sent %d, received %s, lost %d, longest gap %s ms%s'
          % (name, sent, received, sent - int(received), longest,
             ', installed in %.2f s' % took if took > 0.1 else ''))


def add_over_openflow(switch):
    connection = bench.Connection(switch.path('br0.mgmt'))
    for i in range(N_TRIGGERS):
        connection.send(bench.add(
            i, 'on udp,nw_dst=10.%d.%d.0/24 by 5tuple every 100ms when '
            'sum(volume) > 100MB' % (i // 256, i % 256)))
    assert not connection.barrier()
    return connection


def add_over_database(switch):
    with open(switch.path('triggers'), 'w', encoding='utf-8') as file:
        for i in range(N_TRIGGERS):
            file.write('t%d: on udp,nw_dst=10.%d.%d.0/24 by 5tuple every '
                       '100ms when sum(volume) > 100MB\n'
                       % (i, i // 256, i % 256))
    switch.run('ovs-trumpet', '--persist', 'replace', '-f', 'triggers')
    wanted = 'triggers: %d,' % N_TRIGGERS
    while wanted not in switch.appctl('trumpet/show'):
        time.sleep(0.01)


def main(build):
    hosts = ['traffic%d%s' % (os.getpid(), c) for c in 'ab']
    switch = bench.Switch(os.path.abspath(build))
    try:
        switch.vsctl('set', 'Open_vSwitch', '.',
                     'other_config:trumpet-enable=false')
        switch.vsctl('del-br', 'br0', '--', 'add-br', 'br0', '--', 'set',
                     'bridge', 'br0', 'datapath_type=netdev')
        for i, host in enumerate(hosts):
            for command in ('netns add %s' % host,
                            'link add tv%d type veth peer name te%d' % (i, i),
                            'link set te%d netns %s' % (i, host),
                            'link set tv%d up' % i,
                            '-n %s link set te%d up' % (host, i),
                            '-n %s addr add %s/24 dev te%d'
                            % (host, ADDRESSES[i], i)):
                subprocess.run(['ip', *command.split()], check=True)
            switch.vsctl('add-port', 'br0', 'tv%d' % i)
        measure('not monitored', hosts, lambda: None)
        switch.vsctl('set', 'Open_vSwitch', '.',
                     'other_config:trumpet-enable=true')
        measure('monitored', hosts, lambda: None)
        measure('10,000 triggers, OpenFlow', hosts,
                lambda: add_over_openflow(switch))
        connection = bench.Connection(switch.path('br0.mgmt'))
        connection.send(bench.message(bench.TRIGGER_MOD,
                                      struct.pack('!H6xQ', 2, 0)))
        connection.barrier()
        switch.run('ovsdb-tool', 'create', 'trumpet.db',
                   os.path.join(HERE, '../lib/db/trumpet.ovsschema'))
        switch.run('ovs-appctl', '-t', 'ovsdb-server', 'ovsdb-server/add-db',
                   switch.path('trumpet.db'))
        time.sleep(1)
        measure('10,000 triggers, database', hosts,
                lambda: add_over_database(switch))
        print(next(line.strip() for line
                   in switch.appctl('trumpet/show').split('\n')
                   if line.startswith('  total:')))
    finally:
        switch.stop()
        for host in hosts:
            subprocess.run(['ip', 'netns', 'del', host], check=False)


if __name__ == '__main__':
    if sys.argv[1:] == ['--send']:
        send()
    elif sys.argv[1:] == ['--receive']:
        receive()
    elif os.environ.get('BENCH_TRAFFIC') != 'inside':
        # The ports of the switch shall be nobody else's.
        os.environ['BENCH_TRAFFIC'] = 'inside'
        os.execvp('unshare', ['unshare', '--net', sys.executable, *sys.argv])
    else:
        main(*(sys.argv[1:] or ['.']))
