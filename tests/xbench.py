#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Measures how long rows of the database take to become triggers, and for how
long the main thread of ovs-vswitchd is busy with them at a time.

usage: bench-database.py [ROWS]

$PATH must begin with the build tree's bin/.  Runs a private switch on the
dummy datapath.  The main thread is asked something small again and again; how
long it takes to answer is how long it was busy with something else, or had no
CPU: run this on an idle machine.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
VSWITCH_SCHEMA = 'ovs-src/vswitchd/vswitch.ovsschema'
PATIENCE_S = 120


def run(*args):
    return subprocess.run(args, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def pid_of(daemon):
    with open(daemon + '.pid', encoding='utf-8') as file:
        return int(file.read())


class Control:
    """A connection to the control socket of ovs-vswitchd."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect('ovs-vswitchd.%d.ctl' % pid_of('ovs-vswitchd'))
        self.buffer = ''

    def call(self, method, *params):
        self.socket.sendall(json.dumps(
            {'id': 0, 'method': method, 'params': params}).encode())
        while True:
            try:
                reply, end = json.JSONDecoder().raw_decode(self.buffer)
            except ValueError:
                self.buffer += self.socket.recv(1 << 20).decode()
            else:
                self.buffer = self.buffer[end:]
                return reply['result']


class Probe(threading.Thread):
    """Asks the main thread something every millisecond."""

    def __init__(self):
        super().__init__()
        self.control = Control()
        self.answers_ms = []
        self.ending = False

    def run(self):
        while not self.ending:
            start = time.monotonic()
            self.control.call('version')
            self.answers_ms.append(1000 * (time.monotonic() - start))
            time.sleep(0.001)

    def end(self):
        self.ending = True
        self.join()
        answers = sorted(self.answers_ms)
        return 'median %.2f ms, p99 %.1f ms, longest %s ms' % (
            answers[len(answers) // 2], answers[len(answers) * 99 // 100],
            ' '.join('%.0f' % ms for ms in answers[:-6:-1]))


def wait_until(condition):
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > PATIENCE_S:
            sys.exit('waited in vain')
        time.sleep(0.02)


def start_vswitchd():
    run('ovs-vswitchd', '--enable-dummy', '--disable-system', '--dummy-numa',
        '0,0', '--pidfile', '--log-file', '--no-chdir', '--detach',
        '-vconsole:off')


def n_triggers(control):
    show = control.call('trumpet/show')
    return int(re.search('^triggers: ([0-9]+)', show, re.MULTILINE)[1])


def n_active():
    return run('ovs-trumpetctl', '--bare', '--columns=status', 'find',
               'Trigger', 'status=active').count('active')


def write_triggers(n):
    with open('triggers', 'w', encoding='utf-8') as file:
        for i in range(n):
            file.write('t%d: on tcp,nw_dst=10.%d.%d.%d by 5tuple every 10ms '
                       'when sum(volume) > 125KB\n'
                       % (i, i >> 16, i >> 8 & 255, i & 255))


def measure(n):
    write_triggers(n)
    probe = Probe()
    probe.start()
    time.sleep(1)
    control = Control()
    start = time.monotonic()
    run('ovs-trumpet', 'replace', '--persist', '-f', 'triggers')
    print('%d rows stored:    %.2f s' % (n, time.monotonic() - start))
    wait_until(lambda: n_triggers(control) == n)
    print('triggers in force: %.2f s' % (time.monotonic() - start))
    wait_until(lambda: n_active() == n)
    print('all rows told so:  %.2f s' % (time.monotonic() - start))
    time.sleep(6)
    print('main thread:       %s' % probe.end())


def measure_restart(n):
    pid = pid_of('ovs-vswitchd')
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not os.path.exists('/proc/%d' % pid))
    start = time.monotonic()
    start_vswitchd()
    took = time.monotonic() - start
    if n_triggers(Control()) != n:
        sys.exit('triggers are missing after a restart')
    print('killed, restarted: %.2f s until it forwards, with all triggers'
          % took)


def main(n):
    build = os.path.dirname(os.path.dirname(shutil.which('ovs-trumpetctl')))
    directory = tempfile.mkdtemp(prefix='bench-database.')
    os.environ.update(OVS_RUNDIR=directory, OVS_DBDIR=directory,
                      OVS_LOGDIR=directory)
    os.chdir(directory)
    run('ovsdb-tool', 'create', 'conf.db', os.path.join(build, VSWITCH_SCHEMA))
    run('ovsdb-tool', 'create', 'ovs-trumpet.db',
        os.path.join(SOURCE, 'lib/db/trumpet.ovsschema'))
    try:
        run('ovsdb-server', 'conf.db', 'ovs-trumpet.db', '--pidfile',
            '--remote=punix:db.sock', '--log-file', '--no-chdir', '--detach',
            '-vconsole:off')
        run('ovs-vsctl', '--no-wait', 'add-br', 'br0', '--', 'set', 'Bridge',
            'br0', 'datapath_type=dummy', '--', 'add-port', 'br0', 'p1', '--',
            'set', 'Interface', 'p1', 'type=dummy-pmd', '--', 'set',
            'Open_vSwitch', '.', 'other_config:trumpet-enable=true')
        start_vswitchd()
        print('load:              %.1f' % os.getloadavg()[0])
        measure(n)
        measure_restart(n)
    finally:
        for daemon in 'ovs-vswitchd', 'ovsdb-server':
            if os.path.exists(daemon + '.pid'):
                os.kill(pid_of(daemon), signal.SIGTERM)
        os.chdir('/')
        shutil.copy(directory+'/ovs-vswitchd.log','/tmp/w/wires/db.log'); shutil.rmtree(directory, ignore_errors=True)


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10000)
