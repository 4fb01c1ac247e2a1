#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Floods a switch with new flows, and looks at how soon trumpet/show says so,
and for how long.

usage: flood.py [SECONDS]

The guard must be shown within a second of the flood's begin, and be gone 10 s
after its end, without anybody's help.  All packets are forwarded, and each is
counted or in the ledger as held back."""

import re
import sys
import time

import switch
import traffic

SHOWN_S = 1
GONE_S = 10
N_FLOWS = 60000
GUARD = 'guard: on'
GUARD_REPORT = re.compile('"trigger":"flows".*"why":"[^"]*guard')
HELD = re.compile(r'^  not_observed, guard: (\d+) ', re.M)


class Flood:
    def __init__(self, sw):
        self.control = sw.control
        sw.add_port('br0', 'p1')
        sw.add_port('br0', 'far', 'dummy')
        sw.ofctl('add-flow', 'br0', 'actions=output:far')
        for name, spec in (('flows', 'on ip by 5tuple every 1s '
                            'when count() > 0 top 0'),
                           ('all', 'on ip every 1s when count() > 0 top 0')):
            sw.control.call('trumpet/add-trigger', name, spec)
        sw.configure(trumpet_enable='true', pmd_maxsleep='100',
                     trumpet_epoch_ms='1000', trumpet_max_flows='2048')
        self.sent = 0

    def send(self, flow):
        """The port receives packets of new flows, from number 'flow' on."""
        self.control.call('netdev-dummy/receive', 'p1', *(
            traffic.frame((flow + i) % N_FLOWS)
            for i in range(traffic.ROOM)))
        self.sent += traffic.ROOM
        switch.wait_until(
            lambda: traffic.received(self.control)['p1'] == self.sent,
            'the port to receive what was sent')

    def show(self):
        return self.control.call('trumpet/show')

    def run(self, seconds):
        """Returns after how many seconds the guard was shown.  What dummy ports
        receive is a flood only for a small table and long epochs."""
        # Reports are of whole intervals.
        time.sleep(2.05 - time.time() % 1)
        begin = time.monotonic()
        shown = None
        while time.monotonic() < begin + seconds or not shown:
            self.send(self.sent)
            if not shown and GUARD in self.show():
                shown = time.monotonic() - begin
            if time.monotonic() > begin + seconds + 2 * SHOWN_S:
                raise switch.Failure('the guard is not shown')
        return shown

    def end(self):
        """Returns after how many seconds the guard was gone."""
        begin = time.monotonic()
        switch.wait_until(lambda: GUARD not in self.show(),
                          'the guard to be gone')
        return time.monotonic() - begin

    def check(self):
        """Returns how many packets were held back."""
        ledger = self.control.ledger()
        forwarded = traffic.forwarded(self.control)['far']
        held = int(HELD.search(self.show()).group(1))
        if not (self.sent == ledger['received'] == forwarded
                and held == ledger['not_observed'] > 0):
            raise switch.Failure('%d packets were sent, %d forwarded, %d held '
                                 'back, and the ledger is %s' % (
                                     self.sent, forwarded, held, ledger))
        switch.wait_until(
            lambda: GUARD_REPORT.search(self.control.call('trumpet/reports')),
            'a report that says "guard"')
        return held


def main(seconds):
    with switch.Switch() as sw:
        flood = Flood(sw)
        shown = flood.run(seconds)
        gone = flood.end()
        held = flood.check()
    print('guard shown after %d ms, gone %.1f s after the flood; %d packets '
          'forwarded, %d of them held back' % (1000 * shown, gone, flood.sent,
                                               held))
    if shown > SHOWN_S or gone > GONE_S:
        raise switch.Failure('that is too long')


if __name__ == '__main__':
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.5)
