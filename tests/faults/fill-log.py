#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Lets dummy ports of the switch in $OVS_RUNDIR receive N packets of one TCP
flow, all of them, as fast as their queues take them.

usage: fill-log.py N PORT..."""

import os
import sys

import switch
import traffic


def main(n, ports):
    with open(os.environ['OVS_RUNDIR'] + '/ovs-vswitchd.pid',
              encoding='utf-8') as file:
        control = switch.Control('%s/ovs-vswitchd.%d.ctl' % (
            os.environ['OVS_RUNDIR'], int(file.read())))
    frames = [traffic.frame(1)] * traffic.ROOM
    before = traffic.received(control)
    sent = dict.fromkeys(ports, 0)

    def received():
        now = traffic.received(control)
        return all(now[port] - before[port] == sent[port] for port in ports)

    while n:
        for port in ports:
            now = min(n, traffic.ROOM)
            if now:
                control.call('netdev-dummy/receive', port, *frames[:now])
            sent[port] += now
            n -= now
        switch.wait_until(received, 'ports to receive what was sent')


if __name__ == '__main__':
    main(int(sys.argv[1]), sys.argv[2:])
