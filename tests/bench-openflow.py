#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Measures triggers and reports over OpenFlow.

usage: bench-openflow.py [BUILD]

Starts a switch of its own, without traffic, from the build directory BUILD
(default: the one in which it is called), and prints

  * how long 10,000 triggers take to be installed, and for how long at most
    the main thread did not answer meanwhile;
  * how long after the end of an interval its reports arrive, through the
    watch socket and through OpenFlow, with an idle and with a busy main
    thread: p50, p99 and largest.
"""

import json
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

VENDOR = 0x00525054
TRIGGER_MOD, SUBSCRIBE, REPORTS = 1, 2, 4


def message(type_, body, xid=7):
    return struct.pack('!BBHIII', 4, 4, 16 + len(body), xid, VENDOR,
                       type_) + body


def text(type_, value):
    value = value.encode()
    return (struct.pack('!HH', type_, 4 + len(value)) + value
            + bytes(-(4 + len(value)) % 8))


def add(i, spec):
    return message(TRIGGER_MOD, struct.pack('!H6xQ', 0, i)
                   + text(1, 't%d' % i) + text(2, spec))


class Connection:
    """An OpenFlow connection to a bridge's management socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.buffer = bytearray()
        self.send(struct.pack('!BBHI', 4, 0, 8, 1))

    def send(self, data):
        self.socket.sendall(data)

    def messages(self, timeout):
        """Yields (type, xid, body) of what comes before the timeout."""
        end = time.monotonic() + timeout
        while True:
            while len(self.buffer) >= 8:
                _, type_, length, xid = struct.unpack_from('!BBHI',
                                                           self.buffer)
                if len(self.buffer) < length:
                    break
                body = bytes(self.buffer[8:length])
                del self.buffer[:length]
                if type_ == 2:
                    self.send(struct.pack('!BBHI', 4, 3, length, xid) + body)
                yield type_, xid, body
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return
            data = self.socket.recv(1 << 20)
            if not data:
                return
            self.buffer += data

    def barrier(self):
        self.send(struct.pack('!BBHI', 4, 20, 8, 99))
        errors = []
        for type_, xid, body in self.messages(60):
            if type_ == 1:
                errors.append(body[:16])
            if type_ == 21 and xid == 99:
                return errors
        raise TimeoutError('no barrier reply')


class Switch:
    def __init__(self, build):
        self.dir = tempfile.mkdtemp(prefix='bench-openflow.')
        self.env = dict(os.environ, OVS_RUNDIR=self.dir, OVS_LOGDIR=self.dir,
                        OVS_DBDIR=self.dir, OVS_SYSCONFDIR=self.dir,
                        PATH='%s/bin:%s' % (build, os.environ['PATH']))
        self.run('ovsdb-tool', 'create', 'conf.db',
                 build + '/ovs-src/vswitchd/vswitch.ovsschema')
        self.processes = [self.start(
            'ovsdb-server', '--remote=punix:db.sock', '--pidfile', 'conf.db')]
        self.wait('db.sock')
        self.run('ovs-vsctl', '--no-wait', 'init')
        self.processes.append(self.start(
            'ovs-vswitchd', '--enable-dummy', '--disable-system',
            'unix:db.sock', '--pidfile', '--log-file', '-vconsole:off'))
        self.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0',
                   'datapath_type=dummy')
        self.vsctl('set', 'Open_vSwitch', '.',
                   'other_config:trumpet-enable=true')
        self.wait('br0.mgmt')

    def run(self, *args):
        return subprocess.run(args, cwd=self.dir, env=self.env, check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def start(self, *args):
        return subprocess.Popen(args, cwd=self.dir, env=self.env)

    def vsctl(self, *args):
        return self.run('ovs-vsctl', '--db=unix:db.sock', *args)

    def appctl(self, *args):
        return self.run('ovs-appctl', *args)

    def path(self, name):
        return os.path.join(self.dir, name)

    def wait(self, name):
        for _ in range(200):
            if os.path.exists(self.path(name)):
                return
            time.sleep(0.05)
        raise TimeoutError(name)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
        shutil.rmtree(self.dir)


class Pinger(threading.Thread):
    """Finds out for how long the main thread does not answer."""

    def __init__(self, switch):
        super().__init__(daemon=True)
        self.connection = Connection(switch.path('br0.mgmt'))
        self.longest = 0
        self.stopped = False

    def run(self):
        while not self.stopped:
            begin = time.monotonic()
            self.connection.send(struct.pack('!BBHI', 4, 2, 8, 5))
            for type_, xid, _ in self.connection.messages(10):
                if (type_, xid) == (3, 5):
                    break
            self.longest = max(self.longest, time.monotonic() - begin)
            time.sleep(0.0005)

    def stop(self):
        self.stopped = True
        self.join()
        return self.longest


def bench_install(switch, n):
    connection = Connection(switch.path('br0.mgmt'))
    pinger = Pinger(switch)
    pinger.start()
    time.sleep(0.3)
    idle, pinger.longest = pinger.longest, 0
    begin = time.monotonic()
    requests = b''.join(add(i, 'on tcp,nw_dst=10.%d.%d.0/24 by 5tuple every '
                            '100ms when sum(volume) > 100MB'
                            % (i // 256, i % 256)) for i in range(n))
    sender = threading.Thread(target=connection.send, args=(requests,))
    sender.start()
    sender.join()
    errors = connection.barrier()
    accepted = time.monotonic() - begin
    while 'triggers: %d,' % n not in switch.appctl('trumpet/show'):
        time.sleep(0.01)
    commits = switch.appctl('coverage/read-counter', 'trumpet_stage_commit')
    longest, pinger.longest = pinger.longest, 0
    begin = time.monotonic()
    connection.send(struct.pack('!BBHIHH4xII', 4, 18, 24, 8, 0xffff, 0,
                                VENDOR, 1))
    for type_, xid, body in connection.messages(60):
        if xid == 8 and not struct.unpack_from('!H', body, 2)[0] & 1:
            break
    print('%d triggers: listed within %.0f ms, main thread did not answer '
          'for %.1f ms at most' % (n, (time.monotonic() - begin) * 1e3,
                                   pinger.longest * 1e3))
    pinger.stop()
    print('%d triggers: accepted after %.0f ms (%d errors, %s commits), '
          'main thread did not answer for %.1f ms at most (idle: %.1f)'
          % (n, accepted * 1e3, len(errors), commits.strip(), longest * 1e3,
             idle * 1e3))
    connection.send(message(TRIGGER_MOD, struct.pack('!H6xQ', 2, 0)))
    connection.barrier()


def watch_lines(switch, seconds, delays):
    """Appends the delays of reports that come by the watch socket."""
    stream = socket.socket(socket.AF_UNIX)
    stream.connect(switch.path('trumpet.sock'))
    end = time.monotonic() + seconds
    buffer = b''
    while time.monotonic() < end:
        if not select.select([stream], [], [], 0.1)[0]:
            continue
        buffer += stream.recv(1 << 20)
        now = time.time() * 1e6
        *lines, buffer = buffer.split(b'\n')
        for line in lines:
            report = json.loads(line)
            if report['event'] == 'satisfied':
                delays.append(now - report['interval_start_us']
                              - report['interval_us'])


def watch_openflow(switch, seconds, delays):
    connection = Connection(switch.path('br0.mgmt'))
    connection.send(message(SUBSCRIBE, struct.pack('!IIII8x', 1, 7, 0, 0)))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for type_, _, body in connection.messages(0.1):
            if type_ != 4 or struct.unpack_from('!II', body)[1] != REPORTS:
                continue
            now = time.time() * 1e6
            offset = 40
            while offset < len(body):
                length, _, _, _, start_us, interval_us = \
                    struct.unpack_from('!HHIQQQ', body, offset)
                delays.append(now - start_us - interval_us)
                offset += length


def bench_latency(switch, n, interval, seconds, busy):
    connection = Connection(switch.path('br0.mgmt'))
    for i in range(n):
        connection.send(add(i, 'on any every %s when count() == 0'
                            % interval))
    connection.barrier()
    time.sleep(0.5)
    stop = threading.Event()
    if busy:
        threading.Thread(target=keep_busy, args=(switch, stop),
                         daemon=True).start()
    for name, watch in (('watch', watch_lines), ('openflow', watch_openflow)):
        delays = []
        watch(switch, seconds, delays)
        delays.sort()
        if delays:
            print('%5d reports an interval, main thread %s, %-8s: '
                  'p50 %6.0f us, p99 %6.0f us, max %6.0f us (%d)'
                  % (n, 'busy' if busy else 'idle', name,
                     delays[len(delays) // 2],
                     delays[(len(delays) - 1) * 99 // 100], delays[-1],
                     len(delays)))
    stop.set()
    connection.send(message(TRIGGER_MOD, struct.pack('!H6xQ', 2, 0)))
    connection.barrier()
    time.sleep(0.3)


def keep_busy(switch, stop):
    """Lets the main thread add and delete flows all the time."""
    connection = Connection(switch.path('br0.mgmt'))
    delete = struct.pack('!BBHIQQBBHHHIIIH2x', 4, 14, 56, 1, 0, 0, 0, 3, 0,
                         0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0)
    add_flow = struct.pack('!BBHIQQBBHHHIIIH2x', 4, 14, 56, 1, 0, 0, 0, 0, 0,
                           0, 1, 0xffffffff, 0xffffffff, 0xffffffff, 0)
    match = struct.pack('!HH4x', 1, 4)
    while not stop.is_set():
        connection.send((add_flow + match + delete + match) * 200)
        connection.barrier()


def main(build):
    switch = Switch(os.path.abspath(build))
    try:
        bench_install(switch, 10000)
        for busy in (False, True):
            bench_latency(switch, 1, '10ms', 5, busy)
            bench_latency(switch, 100, '100ms', 10, busy)
            bench_latency(switch, 10000, '1s', 10, busy)
    finally:
        switch.stop()


if __name__ == '__main__':
    main(*(sys.argv[1:] or ['.']))
