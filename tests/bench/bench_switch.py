# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""A private, whole Open vSwitch with the benchmark's ports: no DPDK, no
privileges.  See bench-vswitchd.c."""

import itertools
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'lab'))

import processes                            # noqa: E402
import switch                               # noqa: E402

# What forwards all traffic when nothing else is asked for.
BASE_FLOWS = ['in_port=source,ip,nw_dst=192.168.0.0/24,actions=output:sink']
SETTLE_SECONDS = 10
PURGE_LOOKS = 30
PORTS = 'source', 'sink', 'mirror'


def divide_cpus():
    """Returns the number of a CPU for the packet thread, and keeps us, and
    what we start, off it if there is another one."""
    cpus = os.sched_getaffinity(0)
    last = max(cpus)
    if len(cpus) > 1:
        os.sched_setaffinity(0, cpus - {last})
    return last


class BenchSwitch(switch.Switch):
    """Bridge br0 forwards from port 'source' to 'sink'; a packet that comes to
    'mirror' is forgotten, one that comes to 'capture' recorded in the file
    .capture."""

    def __init__(self, program):
        # pylint: disable=super-init-not-called
        cpu = divide_cpus()
        self._start_database()
        directory = os.environ['OVS_RUNDIR']
        self.capture = os.path.join(directory, 'capture.pcap')
        # Under its usual name it has its usual files.
        os.symlink(os.path.abspath(program), directory + '/ovs-vswitchd')
        os.environ['PATH'] = '%s:%s' % (directory, os.environ['PATH'])
        self.configure('--no-wait', **{'pmd-cpu-mask': hex(1 << cpu)})
        self._start('ovs-vswitchd', '--enable-dummy', '--disable-system')
        processes.wait_until(self._answers, switch.START_SECONDS,
                             'ovs-vswitchd')
        command = ['add-br', 'br0', '--', 'set', 'bridge', 'br0',
                   'datapath_type=dummy', 'fail_mode=secure']
        for i, name in enumerate(PORTS, 1):
            command += ['--', 'add-port', 'br0', name, '--', 'set',
                        'interface', name, 'type=bench',
                        'ofport_request=%d' % i]
        command += ['--', 'add-port', 'br0', 'capture', '--', 'set',
                    'interface', 'capture', 'type=dummy',
                    'options:tx_pcap=' + self.capture]
        self.vsctl(*command)
        self.set_flows(BASE_FLOWS)

    def _answers(self):
        try:
            self.appctl('version')
        except (OSError, ValueError, processes.LabError):
            return False
        return True

    @staticmethod
    def set_flows(flows):
        """Replaces all flows of the bridge."""
        path = os.path.join(os.environ['OVS_RUNDIR'], 'flows')
        with open(path, 'w', encoding='ascii') as stream:
            stream.write('\n'.join(flows) + '\n')
        processes.run(['ovs-ofctl', '-O', 'OpenFlow14', '--bundle',
                       'replace-flows', 'br0', path])

    def settle(self, shows):
        """Waits until the datapath's flows, made anew, are such that shows()
        is true of them.  Traffic must flow."""
        deadline = time.monotonic() + SETTLE_SECONDS
        self.appctl('revalidator/purge')
        for i in itertools.count(1):
            if shows(self.datapath_flows()):
                return
            if time.monotonic() > deadline:
                raise processes.LabError(
                    'the flows do not become what was asked for: %s'
                    % '; '.join(self.datapath_flows()[:3]))
            time.sleep(0.01)
            # Open vSwitch 3.1 leaves flows as they are when a mirror is
            # added, and a packet that was under way may have made one.
            if not i % PURGE_LOOKS:
                self.appctl('revalidator/purge')

    @staticmethod
    def run(*command):
        return processes.run(command)

    def read(self):
        """Returns how much went through."""
        return json.loads(self.appctl('bench/read'))

    def datapath_flows(self):
        """Returns the datapath's flows, each a line."""
        return [line for line in self.appctl('dpctl/dump-flows').splitlines()
                if 'actions:' in line]
