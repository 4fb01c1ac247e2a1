#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Kills and restarts a switch while packets flow, and looks for triggers that
are lost or doubled.

usage: restart.py [KILLS [SEED]]

KILLS times, by default $KILLS or 10, ovs-vswitchd is ended with SIGKILL and
started again.  Each time rows of the database change while it is down, and
every other time ovsdb-server is killed as well.  From its first moment on the
switch must have the triggers that the rows say, each once; every packet must
be counted, and each interval reported once.  Then both daemons are restarted
as their packages do it, with "ovs-ctl restart", which keeps the flows."""

import collections
import contextlib
import json
import os
import random
import shutil
import socket
import stat
import sys
import threading
import time

import switch
import traffic

N_ROWS = 60
SPECS = (
    'on ip by in_port every 50ms when count() > 0',
    'on tcp by nw_src every 10ms when sum(volume) > 1000000',
    'on tcp,tp_dst=80 by 5tuple every 100ms when sum(is_lost) > 9000',
    'on udp by nw_dst every 20ms when count() > 1000000',
)
# ovsdb-server hears a little late that the last one is gone.
EXPECTED = 'another ovs-vswitchd process is running'
FLOW = 'priority=7,udp,tp_dst=53,actions=output:2'


class Reports(threading.Thread):
    """Finds intervals of one life of the switch that are reported twice."""

    def __init__(self, sw):
        super().__init__(daemon=True)
        self.socket = sw.watch()
        self.seen = collections.Counter()

    def run(self):
        try:
            for line in self.socket.makefile():
                report = json.loads(line)
                self.seen[report['trigger'], report['interval_start_us'],
                          str(report['key'])] += 1
        except (OSError, ValueError):
            pass                        # The switch was killed.

    def end(self):
        """Returns how many were seen."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.join()
        self.socket.close()
        doubled = [what for what, n in self.seen.items() if n > 1]
        if doubled:
            raise switch.Failure('reported twice: %s' % doubled[:3])
        return len(self.seen)


class Test:
    def __init__(self, sw, seed):
        self.sw = sw
        self.random = random.Random(seed)
        self.rows = {}                  # Name of the trigger: its text.
        self.n_names = 0
        self.n_reports = 0
        self.seconds = []               # Until the switch was there again.
        sw.add_port('br0', 'p1')
        sw.add_port('br0', 'p2', 'dummy')
        # A packet thread that does not sleep leaves no CPU to the rest.
        sw.configure(trumpet_enable='true', pmd_maxsleep='100')
        for _ in range(N_ROWS):
            self.change('create')

    def change(self, how):
        """Changes a row."""
        spec = self.random.choice(SPECS)
        names = [name for name in self.rows if name != 't1']
        if how == 'create':
            self.n_names += 1
            name = 't%d' % self.n_names
            bridge = self.random.choice(['[]', 'br0'])
            if name == 't1':
                spec, bridge = SPECS[0], '[]'
            self.sw.trumpetctl('create', 'Trigger', 'name=' + name,
                               'spec="%s"' % spec, 'bridge=' + bridge)
            self.rows[name if bridge == '[]' else 'br0/' + name] = spec
        elif how == 'set':
            name = self.random.choice(names)
            self.sw.trumpetctl('set', 'Trigger', name.split('/')[-1],
                               'spec="%s"' % spec)
            self.rows[name] = spec
        else:
            name = self.random.choice(names)
            self.sw.trumpetctl('destroy', 'Trigger', name.split('/')[-1])
            del self.rows[name]

    def triggers(self):
        """All triggers of the switch: pairs of name and text."""
        pairs = []
        for line in self.sw.control.call(
                'trumpet/list-triggers').splitlines()[1:]:
            name = line.split()[0]
            pairs.append((name, line[line.index(' on ') + 1:]))
        return sorted(pairs)

    def expect_triggers(self, patience_s):
        expected = sorted(self.rows.items())
        try:
            switch.wait_until(lambda: self.triggers() == expected,
                              'triggers', patience_s)
        except switch.Failure:
            got = collections.Counter(self.triggers())
            want = collections.Counter(expected)
            raise switch.Failure(
                'triggers that are lost: %s, too many: %s'
                % (sorted(want - got), sorted(got - want))) from None

    def one_life(self, end):
        """Looks at the switch, which has just started, under traffic, and
        calls end()."""
        self.expect_triggers(0)
        reports = Reports(self.sw)
        reports.start()
        load = traffic.Traffic(self.sw, self.random.randrange(1 << 32))
        load.ports, load.sent = {'p1': 1, 'p2': 1}, {'p1': 0, 'p2': 0}
        load.start()
        n = self.random.randrange(500, 1500)
        switch.wait_until(lambda: load.error or load.total() > n, 'traffic')
        with load.paused():
            total = load.drain()
            ledger = self.sw.control.ledger()
            if (ledger['received'] != total or ledger['unmatched']):
                raise switch.Failure('%d packets sent, but %s'
                                     % (total, ledger))
            self.expect_triggers(0)
        end()
        load.ending = True
        load.join()
        self.n_reports += reports.end()

    def kill(self, with_server):
        self.one_life(self.sw.kill)
        if with_server:
            self.sw.kill('ovsdb-server')
            self.sw.start_server()
        for _ in range(self.random.randrange(4)):
            self.change(self.random.choice(['create', 'set', 'destroy']))
        start = time.monotonic()
        self.sw.start()
        self.seconds.append(time.monotonic() - start)

    def restart_server(self):
        """Kills ovsdb-server under a switch that goes on."""
        before = self.sw.pid()
        self.sw.kill('ovsdb-server')
        self.expect_triggers(0)
        self.sw.start_server()
        self.change('create')
        self.expect_triggers(switch.PATIENCE_S)
        if self.sw.pid() != before:
            raise switch.Failure('ovs-vswitchd was restarted')

    def package_scripts(self):
        """Returns a directory of ovs-ctl's own, without the script that would
        load modules into the kernel."""
        scripts = self.sw.path('scripts')
        os.mkdir(scripts)
        for name in 'ovs-ctl', 'ovs-lib', 'ovs-save':
            for folder in 'ovs/utilities', 'ovs-src/utilities':
                path = os.path.join(self.sw.build, folder, name)
                if os.path.exists(path):
                    shutil.copy(path, scripts)
                    break
        for name in 'ovs-save', 'ovs-kmod-ctl':
            path = os.path.join(scripts, name)
            if not os.path.exists(path):
                with open(path, 'w', encoding='utf-8') as file:
                    file.write('#!/bin/sh\nexit 0\n')
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return scripts

    def restart_package(self):
        """As Debian's service does on an upgrade."""
        sw = self.sw
        sw.ofctl('add-flow', 'br0', FLOW)
        scripts = self.package_scripts()
        bin_directory = os.path.join(sw.build, 'bin')
        environment = {
            **os.environ, 'OVS_PKGDATADIR': sw.directory,
            'OVS_BINDIR': bin_directory, 'OVS_SBINDIR': bin_directory,
        }
        shutil.copy(os.path.join(sw.build, switch.VSWITCH_SCHEMA),
                    sw.directory)
        before = [sw.pid(daemon) for daemon in switch.DAEMONS]
        self.one_life(lambda: print(switch.run(
            os.path.join(scripts, 'ovs-ctl'), 'restart', '--no-monitor',
            '--no-mlockall', '--no-record-hostname', '--system-id=test',
            '--system-type=test', '--system-version=1',
            '--ovsdb-server-priority=0', '--ovs-vswitchd-priority=0',
            '--extra-dbs=ovs-trumpet.db',
            '--ovs-vswitchd-options=' + ' '.join(sw.options),
            env=environment, cwd=sw.directory)))
        if set(before) & {sw.pid(daemon) for daemon in switch.DAEMONS}:
            raise switch.Failure('ovs-ctl restarted nothing')
        sw.connect()
        self.one_life(lambda: None)
        if 'tp_dst=53' not in sw.ofctl('dump-flows', 'br0'):
            raise switch.Failure('a flow was lost')


def main(n, seed):
    print('seed %d' % seed, flush=True)
    with switch.Switch(expected=EXPECTED) as sw:
        test = Test(sw, seed)
        test.expect_triggers(switch.PATIENCE_S)
        for i in range(n):
            test.kill(i % 2 == 1)
        test.restart_server()
        test.restart_package()
        seconds = sorted(test.seconds)
        print('%d kills and a restart of the package, %d rows at the end, '
              '%d reports, none twice; until the switch was there with all '
              'triggers: median %.2f s, longest %.2f s'
              % (n, len(test.rows), test.n_reports, seconds[len(seconds) // 2],
                 seconds[-1]))


if __name__ == '__main__':
    main(int(sys.argv[1] if len(sys.argv) > 1
             else os.environ.get('KILLS', 10)),
         int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32))
