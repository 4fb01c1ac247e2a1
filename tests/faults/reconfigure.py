#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Reconfigures a switch at random while packets flow, and accounts for each.

usage: reconfigure.py [N [SEED]]

N reconfigurations, by default $RECONFIGURATIONS or 40: masks of cores, queues,
ports, tunnels, bridges, flows, the monitor's settings, enabling and disabling,
triggers of the operator, of controllers and of the database.  In between, the
traffic is paused and

    packets that the ports received
        = received by the monitor = counted, or lost by a late sweeper
    counted
        = packets of a trigger that all match = the sum over its reports."""

import collections
import json
import os
import random
import re
import socket
import sys
import threading
import time

import switch
import traffic

CHECK_EVERY = 8
EPOCHS_MS = 5, 10, 20
EVERY = 'every 20ms'            # A multiple of each.
ALL = 'on ip by in_port %s when count() > 0' % EVERY
SPECS = (
    'on tcp by 5tuple %s when sum(volume) > 1MB',
    'on tcp by nw_src/24 %s when sum(is_lost) > 100000',
    'on udp,tp_dst=53 by nw_src %s when count() > 100000',
    'on tcp,nw_dst=10.0.1.0 by 5tuple %s when avg(rtt) > 5ms',
    'on ip by in_port %s over 5 when max(bytes) > 9000',
    'on any %s when count() == 123456',
    'on tcp,in_port=p2 by 5tuple %s when seq - seq[-1] > 1GB',
    'on ip by nw_dst %s when count() > 10 * count()[-2] && count() > 1M',
)
LATE = re.compile(r'not_observed, sweep_overrun: (\d+) ')
# What Open vSwitch says to our affinities, to cores that are none, and about
# flows of ports that go.
EXPECTED = (r'\|dpif_netdev\|WARN\|(pmd-rxq-isolate can only be set false'
            r'|Core +\d+ cannot be pinned)'
            r'|\|dpif(\(\w+\))?\|WARN\|.*: failed to flow_(get|del|put) '
            r'\((No such file or directory|No such device|File exists)\)')


class Reports(threading.Thread):
    """Adds up what the reports of a trigger say."""

    def __init__(self, sw, trigger):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX)
        path = sw.path('trumpet.sock')
        switch.wait_until(lambda: os.path.exists(path), 'trumpet.sock')
        self.socket.connect(path)
        self.trigger = trigger
        self.packets = 0
        self.lost = 0
        self.seq = 0

    def run(self):
        for line in self.socket.makefile():
            report = json.loads(line)
            if report['event'] == 'lost':
                self.lost += 1
            elif (report['event'] == 'satisfied'
                  and report['trigger'] == self.trigger):
                self.packets += report['packets']
            self.seq = report.get('seq', self.seq)


class Test:
    def __init__(self, sw, seed):
        self.sw = sw
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.n_checks = 0
        self.n_late = 0                 # Packets that a late sweep lost.
        self.n_stalled = 0              # Accounts without some reports.
        self.bridges = []
        self.ports = []
        self.tunnels = []
        self.triggers = []
        self.of_triggers = []
        self.rows = []
        self.n_names = 0

        # Packet threads that do not sleep leave no CPU to the rest.
        sw.configure(pmd_maxsleep='100')
        for name, kind in (('p1', 'dummy-pmd'), ('p2', 'dummy'),
                           ('p3', 'dummy-pmd')):
            sw.add_port('br0', name, kind)
        sw.ofctl('add-flow', 'br0', 'actions=normal')
        sw.control.call('trumpet/add-trigger', 'all', ALL)
        sw.configure(trumpet_enable='true')
        self.reports = Reports(sw, 'all')
        self.reports.start()
        self.traffic = traffic.Traffic(sw, seed)
        self.traffic.start()
        for name in 'p1', 'p2', 'p3':
            self.traffic.add(name)
        self.begin()

    # Accounts.

    def counted(self):
        """Packets of the trigger that all match."""
        for line in self.sw.control.call(
                'trumpet/list-triggers').splitlines():
            if line.startswith('all '):
                return int(line.split()[1])
        raise switch.Failure('a trigger was lost')

    def stalls(self):
        """How often this machine had no CPU for the switch, so that intervals
        were not reported on."""
        return sum('stopped or without CPU' in line
                   for line in self.sw.log_lines())

    def settle(self):
        """While paused: lets the monitor finish with what was sent."""
        total = self.traffic.drain()
        time.sleep(2 * max(EPOCHS_MS) / 1000)
        self.sw.control.call('trumpet/sweep')
        return total

    def last_seq(self):
        """The number of the last report so far."""
        line = self.sw.control.call('trumpet/reports', '--last', '1')
        return json.loads(line).get('seq', 0) if line.strip() else 0

    def begin(self):
        """Begins to keep accounts."""
        with self.traffic.paused():
            total = self.settle()
            last = self.last_seq()
            switch.wait_until(lambda: self.reports.seq >= last,
                              'report number %d' % last)
            ledger = self.sw.control.ledger()
            self.before = total - ledger['received']
            self.counted_before = ledger['counted'] - self.counted()
            self.reported_before = self.reports.packets - self.counted()
            self.stalls_before = self.stalls()

    def check(self):
        with self.traffic.paused():
            received = self.settle() - self.before

            def ledger_is_right():
                return self.sw.control.ledger()['received'] == received

            switch.wait_until(ledger_is_right,
                              'the monitor to receive %d packets, not %d'
                              % (received,
                                 self.sw.control.ledger()['received']), 10)
            show = self.sw.control.call('trumpet/show')
            ledger = self.sw.control.ledger()
            late = LATE.search(show)
            if (ledger['not_observed'] != (int(late[1]) if late else 0)
                    or ledger['unmatched'] or ledger['dropped_invalid']):
                raise switch.Failure('packets are missing:\n' + show)
            counted = ledger['counted'] - self.counted_before
            switch.wait_until(lambda: self.counted() == counted,
                              'trigger "all" to count %d packets, not %d'
                              % (counted, self.counted()), 10)
            reported = self.reported_before + counted
            switch.wait_until(
                lambda: (self.reports.packets == reported
                         or (self.reports.packets < reported
                             and self.stalls() > self.stalls_before)),
                'reports of %d packets, not %d'
                % (reported, self.reports.packets), 10)
            if self.reports.lost:
                raise switch.Failure('reports were lost')
            self.n_checks += 1
            self.n_late = max(self.n_late, ledger['not_observed'])
            stalled = self.reports.packets < reported
        if stalled:
            self.n_stalled += 1
            self.begin()

    # Reconfigurations.

    def name(self, letter):
        self.n_names += 1
        return '%s%d' % (letter, self.n_names)

    def spec(self):
        return self.random.choice(SPECS) % EVERY

    def take(self, names):
        """Removes one of 'names'."""
        return names.pop(self.random.randrange(len(names)))

    def cores(self):
        self.sw.configure(pmd_cpu_mask=hex(self.random.randrange(1, 16)))

    def queues(self):
        name = self.random.choice(['p1', 'p3'])
        self.traffic.remove(name)
        n_rxq = self.random.randrange(1, 5)
        self.sw.vsctl('set', 'Interface', name, 'options:n_rxq=%d' % n_rxq)
        # A port with other queues counts from 0.
        with self.traffic.paused():
            self.traffic.sent[name] = self.traffic.received()[name]
            self.traffic.gone -= self.traffic.sent[name]
            self.traffic.ports[name] = n_rxq

    def affinity(self):
        name = self.random.choice(['p1', 'p3'])
        # With a core of its own, it might leave none to others.
        self.sw.configure(pmd_rxq_assign='group', pmd_rxq_isolate='false')
        self.sw.vsctl(
            'set', 'Interface', name, 'other_config:pmd-rxq-affinity="0:%d"'
            % self.random.randrange(4))

    def no_affinity(self):
        for name in 'p1', 'p3':
            self.sw.vsctl('remove', 'Interface', name, 'other_config',
                          'pmd-rxq-affinity')

    def rebalance(self):
        self.no_affinity()
        self.sw.configure(
            pmd_auto_lb=self.random.choice(['true', 'false']),
            pmd_rxq_assign=self.random.choice(['cycles', 'roundrobin',
                                               'group']))
        self.sw.control.call('dpif-netdev/pmd-rxq-rebalance')

    def add_port(self):
        name = self.name('x')
        kind = self.random.choice(['dummy', 'dummy-pmd'])
        self.sw.add_port('br0', name, kind)
        self.ports.append(name)
        self.traffic.add(name)

    def del_port(self):
        name = self.take(self.ports)
        self.traffic.remove(name)
        self.sw.vsctl('del-port', name)

    def add_tunnel(self):
        name = self.name('v')
        self.sw.add_port('br0', name, 'vxlan', remote_ip='10.9.9.%d'
                         % self.random.randrange(1, 250),
                         key=str(self.n_names))
        self.tunnels.append(name)

    def del_tunnel(self):
        self.sw.vsctl('del-port', self.take(self.tunnels))

    def add_bridge(self):
        name = self.name('br')
        port = 'port-' + name
        self.sw.vsctl('add-br', name, '--', 'set', 'Bridge', name,
                      'datapath_type=dummy', '--', 'add-port', name, port,
                      '--', 'set', 'Interface', port, 'type=dummy-pmd')
        self.bridges.append(name)
        self.traffic.add(port)

    def del_bridge(self):
        name = self.take(self.bridges)
        self.traffic.remove('port-' + name)
        self.sw.vsctl('del-br', name)

    def sleeps(self):
        self.sw.configure(pmd_maxsleep=self.random.choice(['0', '100']))

    def flows(self):
        self.sw.ofctl('add-flow', 'br0', 'priority=%d,%s actions=%s' % (
            self.random.randrange(1, 99),
            self.random.choice(['tcp', 'udp', 'ip,nw_src=10.0.0.7']),
            self.random.choice(['drop', 'normal', 'p2', 'ct(commit),p2',
                                'dec_ttl,p3'])))
        self.sw.control.call('revalidator/purge')

    def caches(self):
        self.sw.configure(
            emc_insert_inv_prob=self.random.choice(['0', '1', '100']),
            smc_enable=self.random.choice(['true', 'false']))

    def renew(self, **settings):
        """Changes what makes the monitor count from 0."""
        self.check()
        self.sw.configure(**settings)
        self.begin()

    def epoch(self):
        self.renew(trumpet_epoch_ms=self.random.choice(EPOCHS_MS))

    def table(self):
        self.renew(trumpet_max_flows=self.random.choice(
            [8192, 16384, 65536]))

    def history(self):
        self.renew(trumpet_state_life_ms=self.random.choice([100, 3000]),
                   trumpet_burst_packets=self.random.choice([2, 4]))

    def off_and_on(self):
        self.check()
        for _ in range(self.random.randrange(1, 4)):
            self.sw.configure(trumpet_enable='false')
            time.sleep(0.02)
            self.sw.configure(trumpet_enable='true')
            time.sleep(0.02)
        self.begin()

    def add_trigger(self):
        name = self.name('t')
        self.sw.control.call('trumpet/add-trigger', name, self.spec())
        self.triggers.append(name)

    def mod_trigger(self):
        self.sw.control.call('trumpet/mod-trigger',
                             self.random.choice(self.triggers), self.spec())

    def del_trigger(self):
        self.sw.control.call('trumpet/del-trigger', self.take(self.triggers))

    def replace_triggers(self):
        self.triggers = [self.name('t')
                         for _ in range(self.random.randrange(20))]
        args = ['all', ALL]
        for name in self.triggers:
            args += name, self.spec()
        self.sw.control.call('trumpet/replace-triggers', *args)

    def add_of_trigger(self):
        name = self.name('o')
        switch.run('ovs-trumpet', '--bridge', 'br0', 'add', name,
                   'on tcp by 5tuple %s when count() > 1M' % EVERY)
        self.of_triggers.append(name)

    def del_of_trigger(self):
        switch.run('ovs-trumpet', '--bridge', 'br0', 'del',
                   self.take(self.of_triggers))

    def add_rows(self):
        commands = []
        for _ in range(self.random.randrange(1, 5)):
            name = self.name('r')
            self.rows.append(name)
            commands += ['--', 'create', 'Trigger', 'name=' + name,
                         'spec="%s"' % self.spec()]
        self.sw.trumpetctl(*commands[1:])

    def set_row(self):
        name = self.random.choice(self.rows)
        self.sw.trumpetctl('set', 'Trigger', name,
                           'spec="%s"' % self.spec(), 'enabled=%s'
                           % self.random.choice(['true', 'false']))

    def del_row(self):
        self.sw.trumpetctl('destroy', 'Trigger', self.take(self.rows))

    def remove_database(self):
        server = self.sw.open_control('ovsdb-server')
        server.call('ovsdb-server/remove-db', 'Trumpet')
        time.sleep(0.05)
        server.call('ovsdb-server/add-db', self.sw.path('ovs-trumpet.db'))
        server.close()

    # What there is: the reconfiguration, how often, and what it needs.
    KINDS = (
        (cores, 6, None), (queues, 6, None), (affinity, 2, None),
        (no_affinity, 1, None), (rebalance, 3, None), (sleeps, 1, None),
        (add_port, 4, None), (del_port, 4, 'ports'),
        (add_tunnel, 2, None), (del_tunnel, 2, 'tunnels'),
        (add_bridge, 2, None), (del_bridge, 2, 'bridges'),
        (flows, 2, None), (caches, 1, None),
        (epoch, 2, None), (table, 2, None), (history, 1, None),
        (off_and_on, 3, None),
        (add_trigger, 4, None), (mod_trigger, 3, 'triggers'),
        (del_trigger, 3, 'triggers'), (replace_triggers, 2, None),
        (add_of_trigger, 2, None), (del_of_trigger, 2, 'of_triggers'),
        (add_rows, 3, None), (set_row, 3, 'rows'), (del_row, 3, 'rows'),
        (remove_database, 1, None),
    )

    def reconfigure(self):
        possible = [(kind, weight) for kind, weight, needs in self.KINDS
                    if not needs or getattr(self, needs)]
        kind, = self.random.choices([kind for kind, _ in possible],
                                    [weight for _, weight in possible])
        self.counts[kind.__name__] += 1
        try:
            kind(self)
        except switch.Failure as failure:
            raise switch.Failure('%s: %s' % (kind.__name__, failure)) \
                from failure

    def run(self, n):
        for i in range(1, n + 1):
            self.reconfigure()
            if i % CHECK_EVERY == 0 or i == n:
                self.check()
        self.traffic.end()


def main(n, seed):
    start = time.monotonic()
    print('seed %d' % seed, flush=True)
    with switch.Switch(expected=EXPECTED) as sw:
        test = Test(sw, seed)
        test.run(n)
        print(', '.join('%s %d' % item
                        for item in sorted(test.counts.items())))
        print('%d reconfigurations, %d packets, accounts were right %d times, '
              '%d of them without reports of a time without CPU, at most %d '
              'packets lost by a late sweeper, %.0f s'
              % (n, test.traffic.total(), test.n_checks, test.n_stalled,
                 test.n_late, time.monotonic() - start))


if __name__ == '__main__':
    main(int(sys.argv[1] if len(sys.argv) > 1
             else os.environ.get('RECONFIGURATIONS', 40)),
         int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32))
