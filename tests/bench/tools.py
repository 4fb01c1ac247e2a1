# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""What there is to watch traffic with, each to be switched on and off in a
BenchSwitch, and how to collect what it tells."""

import time

from bench_switch import BASE_FLOWS         # Finds the laboratory, too.
import collectors
import exports
import processes
import verdicts
from heavy_script import THRESHOLD, key_text

PLAY_SECONDS = 60
COLLECTOR = '127.0.0.1', 16343
TRIGGER = 'on ip by 5tuple every 10ms when sum(volume) > %d' % THRESHOLD


class Tool:
    """Also what does nothing.  Where 'costs' is true its cost is measured,
    and where 'collects' is what it tells about flows, up to 'late_seconds'
    after the traffic."""

    title = 'nothing'
    late_seconds = 0.3
    costs = True
    collects = False

    def prepare(self, switch):
        """Called once, before it is switched on the first time."""

    def turn_on(self, switch):
        """Lets the switch watch."""

    def turn_off(self, switch):
        """Undoes that."""

    def shows(self, flows):
        """True if the datapath's flows are those of the tool."""
        return (len(flows) == 1
                and flows[0].rpartition('actions:')[2].isdigit())

    def collector(self, switch, keys):
        """Prepares to be told about the flows 'keys', and returns the
        collector.  Called when the tool is on."""


class Trumpet(Tool):
    title = 'Trumpet'
    collects = True

    def prepare(self, switch):
        switch.add_trigger('heavy', TRIGGER)

    def turn_on(self, switch):
        switch.configure(**{'trumpet-enable': 'true'})

    def turn_off(self, switch):
        switch.configure(**{'trumpet-enable': 'false'})

    def collector(self, switch, keys):
        return collectors.Watch()


class Sampler(Tool):
    """Samples packets, one of 'rate'."""

    collects = True
    name = column = mark = create = decode = None

    def __init__(self, rate):
        self.rate = rate
        self.title = '%s 1/%d' % (self.name, rate)

    def turn_on(self, switch):
        switch.vsctl('--', '--id=@tool', 'create', *self.create,
                     'sampling=%d' % self.rate, '--', 'set', 'bridge', 'br0',
                     '%s=@tool' % self.column)

    def turn_off(self, switch):
        switch.vsctl('clear', 'bridge', 'br0', self.column)

    def shows(self, flows):
        return len(flows) == 1 and self.mark in flows[0]

    def collector(self, switch, keys):
        return collectors.Datagrams(COLLECTOR, self.decode)


class Sflow(Sampler):
    late_seconds = 1.3          # An agent waits for a second.
    name, column, mark = 'sFlow', 'sflow', 'sFlow('
    create = ('sFlow', 'agent=lo', 'target="%s:%d"' % COLLECTOR,
              'header=128', 'polling=0')
    decode = staticmethod(exports.sflow_sightings)


class Ipfix(Sampler):
    name, column, mark = 'IPFIX', 'ipfix', 'ipfix('
    create = ('IPFIX', 'targets="%s:%d"' % COLLECTOR, 'obs_domain_id=1',
              'obs_point_id=1')
    decode = staticmethod(exports.ipfix_sightings)


class Mirror(Tool):
    """All packets to a port that forgets them or, to see what is in them, to
    one that records them."""

    title = 'mirror, null port'
    collects = True

    def _mirror_to(self, switch, port):
        switch.vsctl('--', '--id=@port', 'get', 'port', port, '--',
                     '--id=@tool', 'create', 'mirror', 'name=tool',
                     'select_all=true', 'output-port=@port', '--', 'set',
                     'bridge', 'br0', 'mirrors=@tool')

    def turn_on(self, switch):
        self._mirror_to(switch, 'mirror')

    def turn_off(self, switch):
        switch.vsctl('clear', 'bridge', 'br0', 'mirrors')

    def shows(self, flows):
        return len(flows) == 1 and ',' in flows[0].rpartition('actions:')[2]

    def collector(self, switch, keys):
        collector = collectors.Capture(switch.capture)
        self._mirror_to(switch, 'capture')
        return collector


class Conntrack(Tool):
    """Commits new connections, and forwards all."""

    title = 'conntrack'
    collects = True
    flows = ['table=0,in_port=source,ip,ct_state=-trk,actions=ct(table=1)',
             'table=1,priority=2,ip,ct_state=+new+trk,'
             'actions=ct(commit),output:sink',
             'table=1,priority=1,ip,actions=output:sink']

    def turn_on(self, switch):
        switch.set_flows(self.flows)

    def turn_off(self, switch):
        switch.set_flows(BASE_FLOWS)

    def shows(self, flows):
        return any('actions:ct' in flow for flow in flows)

    def collector(self, switch, keys):
        return collectors.Polls(
            lambda: switch.appctl('dpctl/dump-conntrack', '-s'),
            exports.conntrack_counters)


class Rules(Tool):
    """A rule for each flow, and nothing else."""

    title = 'rule per 5-tuple'
    collects = True
    late_seconds = 1.3          # Counters are half a second old.

    def __init__(self, keys):
        self._flows = self._rules(keys)

    @staticmethod
    def _rules(keys):
        return ['in_port=source,tcp,%s,actions=output:sink' % key_text(key)
                for key in keys]

    def turn_on(self, switch):
        switch.set_flows(self._flows)

    def turn_off(self, switch):
        switch.set_flows(BASE_FLOWS)

    def shows(self, flows):
        return len(flows) == len(self._flows)

    def collector(self, switch, keys):
        switch.set_flows(self._rules(keys))
        return collectors.Polls(
            lambda: switch.run('ovs-ofctl', 'dump-flows', '--no-names',
                               'br0'), exports.openflow_counters)


class DatapathFlows(Rules):
    """The same rules, and the datapath's counters, without Open vSwitch's."""

    title = 'its datapath flow'
    costs = False
    late_seconds = 0.3

    def collector(self, switch, keys):
        super().collector(switch, keys).end()
        return collectors.Polls(
            lambda: switch.appctl('dpctl/dump-flows'),
            exports.datapath_counters)


def make_tools(flood_keys):
    """Returns all tools by name; 'flood_keys' are the flows for which there
    are rules."""
    return {
        'nothing': Tool(),
        'trumpet': Trumpet(),
        'sflow1000': Sflow(1000),
        'sflow64': Sflow(64),
        'sflow1': Sflow(1),
        'ipfix1000': Ipfix(1000),
        'ipfix64': Ipfix(64),
        'mirror': Mirror(),
        'conntrack': Conntrack(),
        'rules': Rules(flood_keys),
        'dpflows': DatapathFlows(flood_keys),
    }


def play(switch, tool, script, path):
    """Plays 'script', which was written to 'path', while 'tool' watches.
    Returns the collector of what it told, and the verdict."""
    tool.turn_on(switch)
    collector = tool.collector(switch, script.keys)
    switch.appctl('revalidator/purge')
    start_us = int(switch.appctl('bench/play', path))
    processes.wait_until(lambda: switch.read()['over'], PLAY_SECONDS,
                         'end of the script')
    time.sleep(tool.late_seconds)
    collector.end()
    switch.appctl('bench/times', path + '.times')
    tool.turn_off(switch)
    switch.appctl('bench/stop')
    return collector, verdicts.judge(script.truth(path + '.times'), start_us,
                                     collector.reports())
