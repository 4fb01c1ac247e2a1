# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""A private Open vSwitch, patched, with DPDK, in our own namespace."""

import glob
import json
import os
import shutil
import socket
import subprocess
import tempfile

import processes

START_SECONDS = 20
BUILD = os.path.abspath(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), '../../build'))


def find_programs():
    """They are in $PATH, or in the build directory: this one or that of this
    tree."""
    for folder in None, os.path.abspath('bin'), BUILD + '/bin':
        if folder:
            os.environ['PATH'] = '%s:%s' % (folder, os.environ['PATH'])
        if shutil.which('ovs-trumpet'):
            return
    raise processes.Skip('no ovs-trumpet: run ./quickstart build')


def last_cpu_mask():
    return hex(1 << max(os.sched_getaffinity(0)))


class Switch:
    """Its only bridge, br0, learns addresses.  'settings' are of other_config.
    """

    def __init__(self, **settings):
        self._start_database()
        self.configure('--no-wait', **{
            'dpdk-init': 'true',
            # Ordinary pages.  --legacy-mem, or Open vSwitch adds
            # --in-memory, which needs huge ones.
            'dpdk-extra': '"--no-huge -m 256 --legacy-mem --no-shconf '
                          '--no-pci --no-telemetry"',
            'pmd-cpu-mask': last_cpu_mask(), 'pmd-maxsleep': '50',
            'trumpet-enable': 'true', **settings})
        self._start('ovs-vswitchd')
        processes.wait_until(self._is_up, START_SECONDS, 'ovs-vswitchd')
        self.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0',
                   'datapath_type=netdev')

    def _start_database(self):
        find_programs()
        directory = tempfile.mkdtemp(dir=processes.directory)
        for name in 'RUNDIR', 'LOGDIR', 'DBDIR', 'SYSCONFDIR':
            os.environ['OVS_' + name] = directory
        os.environ['RUNTIME_DIRECTORY'] = directory         # DPDK's.
        tool = os.path.realpath(shutil.which('ovsdb-tool'))
        schema = os.path.join(tool[:tool.rindex('/ovs/')],
                              'ovs-src/vswitchd/vswitch.ovsschema')
        processes.run(['ovsdb-tool', 'create', directory + '/conf.db',
                       schema])
        self._start('ovsdb-server', directory + '/conf.db',
                    '--remote=punix:%s/db.sock' % directory)
        processes.wait_until(
            lambda: os.path.exists(directory + '/db.sock'), START_SECONDS,
            'ovsdb-server')
        self.vsctl('--no-wait', 'init')

    @staticmethod
    def _start(*command, **options):
        with open('%s/%s.out' % (os.environ['OVS_LOGDIR'], command[0]),
                  'wb') as output:
            processes.start([*command, '--pidfile', '--no-chdir',
                             '--log-file', '-vconsole:off'], stdout=output,
                            stderr=subprocess.STDOUT, **options)

    @staticmethod
    def _is_up():
        try:
            processes.run(['ovs-appctl', 'version'])
            return 'true' in Switch.vsctl('get', 'Open_vSwitch', '.',
                                          'dpdk_initialized')
        except processes.LabError:
            return False

    @staticmethod
    def vsctl(*arguments):
        return processes.run(['ovs-vsctl', '--timeout=20', *arguments])

    @staticmethod
    def appctl(method, *arguments):
        """As ovs-appctl(8), but within a millisecond: a reaction is to be
        measured, not the start of a program."""
        path, = glob.glob(os.path.join(os.environ['OVS_RUNDIR'],
                                       'ovs-vswitchd.*.ctl'))
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(20)
            control.connect(path)
            control.sendall(json.dumps(
                {'id': 0, 'method': method, 'params': arguments}).encode())
            text = ''
            while True:
                data = control.recv(65536)
                if not data:
                    raise processes.LabError('%s: no reply' % method)
                text += data.decode()
                try:
                    reply = json.loads(text)
                except ValueError:
                    continue
                if reply['error']:
                    raise processes.LabError(reply['error'].strip())
                return reply['result']

    def configure(self, *options, **settings):
        self.vsctl(*options, 'set', 'Open_vSwitch', '.', *(
            'other_config:%s=%s' % setting for setting in settings.items()))

    def add_port(self, device, polled=True):
        """Adds 'device' of our own namespace: 'polled' by a PMD thread, with
        DPDK's af_packet, or else by the main thread."""
        if polled:
            self.vsctl('add-port', 'br0', device + '-port', '--', 'set',
                       'interface', device + '-port', 'type=dpdk',
                       'options:dpdk-devargs=net_af_packet_%s,iface=%s,'
                       'blocksz=65536,framesz=2048,framecnt=4096,'
                       # A recorder and a bottleneck want to see them.
                       'qdisc_bypass=0' % (device, device))
        else:
            self.vsctl('add-port', 'br0', device, '--', '--id=@qos',
                       'create', 'qos', 'type=linux-noop', '--', 'set',
                       'port', device, 'qos=@qos')
        errors = self.vsctl('--columns=error', '--bare', 'list', 'interface')
        if errors.strip():
            raise processes.LabError(errors.strip())

    def add_trigger(self, name, spec):
        """Raises Skip where this switch cannot do that."""
        try:
            self.appctl('trumpet/add-trigger', name, spec)
        except processes.LabError as error:
            if 'does not keep yet' in str(error):
                raise processes.Skip(str(error)) from error
            raise

    def ledger(self):
        """Returns the totals of trumpet/show by name."""
        for line in self.appctl('trumpet/show').splitlines():
            words = line.split()
            if words[:1] == ['total:']:
                return {name: int(n) for name, n in (
                    word.split('=') for word in words[1:]
                    if word.partition('=')[2].isdigit())}
        raise processes.LabError('trumpet/show has no total')


class Watch:
    """ovs-trumpet watch, of a switch that runs."""

    def __init__(self):
        path = os.path.join(os.environ['OVS_RUNDIR'], 'reports')
        with open(path, 'wb') as output:
            self._process = processes.start(['ovs-trumpet', 'watch'],
                                            stdout=output)
        self._stream = open(path, encoding='utf-8')
        self._rest = ''

    def new_reports(self):
        """Returns the reports that came since the last call."""
        *lines, self._rest = (self._rest + self._stream.read()).split('\n')
        reports = [json.loads(line) for line in lines]
        if any(report['event'] == 'lost' for report in reports):
            raise processes.LabError('ovs-trumpet watch lost reports')
        return reports

    def end(self):
        """Returns the reports that came since the last call, to the end."""
        processes.stop(self._process)
        return self.new_reports()
