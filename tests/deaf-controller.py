#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Tests what becomes of a controller that does not read.

usage: deaf-controller.py BRIDGE.mgmt SECONDS

Adds triggers that fire all the time and subscribes to them in two
connections.  One reads; the other stops reading for so many seconds, then
reads all.  It must have been paused and resumed, and the reports that it got
and those that it was told it missed must be all.
"""

import select
import socket
import struct
import sys
import time

VENDOR = 0x00525054
TRIGGER_MOD, SUBSCRIBE, REPORTS, PAUSED, RESUMED = 1, 2, 4, 5, 6
N_TRIGGERS = 60


def message(type_, body):
    return struct.pack('!BBHIII', 4, 4, 16 + len(body), 7, VENDOR,
                       type_) + body


def text(type_, value):
    value = value.encode()
    return (struct.pack('!HH', type_, 4 + len(value)) + value
            + bytes(-(4 + len(value)) % 8))


class Controller:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.sendall(struct.pack('!BBHI', 4, 0, 8, 1))
        self.buffer = b''
        self.n = self.lost = self.paused = self.resumed = 0
        self.next_seq = {}              # By subscription.
        self.resumed_lost = None

    def handle(self, type_, body):
        if type_ == REPORTS:
            id_, n, first, lost, _ = struct.unpack_from('!IH2xQQQ', body)
            self.lost += lost
            expected = self.next_seq.get(id_, 1)
            assert first == expected + lost, \
                '%d: reports %d.., lost %d, expected %d' % (id_, first, lost,
                                                            expected)
            self.next_seq[id_] = first + n
            self.n += n
            if self.resumed_lost is not None and id_ == 1:
                assert lost >= self.resumed_lost
                self.resumed_lost = None
        elif type_ == PAUSED:
            self.paused += 1
        elif type_ == RESUMED:
            assert self.paused == self.resumed + 1
            self.resumed += 1
            lost = dict(struct.iter_unpack('!I4xQ', body))
            self.resumed_lost = lost[1]
            assert self.resumed_lost > 0

    def read(self):
        self.buffer += self.socket.recv(1 << 20)
        while len(self.buffer) >= 8:
            _, type_, length, xid = struct.unpack_from('!BBHI', self.buffer)
            if len(self.buffer) < length:
                break
            body, self.buffer = (self.buffer[8:length],
                                 self.buffer[length:])
            assert type_ != 1, 'error %r' % body
            if type_ == 2:              # Echo.
                self.socket.sendall(struct.pack('!BBHI', 4, 3, 8 + len(body),
                                                xid) + body)
            elif type_ == 4:
                self.handle(struct.unpack_from('!II', body)[1], body[8:])


def run(controllers, seconds, done=lambda: False):
    """Reads for so many seconds, or until it is done."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not done():
        ready, _, _ = select.select([c.socket for c in controllers], [], [],
                                    0.1)
        for controller in controllers:
            if controller.socket in ready:
                controller.read()


def main(path, seconds):
    deaf, good = Controller(path), Controller(path)
    for i in range(N_TRIGGERS):
        good.socket.sendall(message(TRIGGER_MOD, struct.pack('!H6xQ', 0, i)
                                    + text(1, 't%d' % i)
                                    + text(2, 'on any every 5ms when count() '
                                           '== 0 && sum(bytes) == 0')))
    for controller in (good, deaf):
        controller.socket.sendall(message(
            SUBSCRIBE, struct.pack('!IIII8x', 1, 7, 0, 0)))
    # Most batches of this one begin with reports that its rate lost.
    deaf.socket.sendall(message(
        SUBSCRIBE, struct.pack('!IIII8x', 2, 7, 2000, 10)))
    run([good], seconds)
    assert good.n > 1000, 'only %d reports' % good.n
    run([deaf, good], 30, lambda: deaf.resumed and deaf.resumed_lost is None)
    print('deaf: %d reports, %d lost, paused %d times'
          % (deaf.n, deaf.lost, deaf.paused), file=sys.stderr)
    print('good: %d reports, %d lost, paused %d times'
          % (good.n, good.lost, good.paused), file=sys.stderr)
    assert deaf.paused and deaf.resumed and deaf.lost
    print('one was paused, resumed, and missed what it was told')
    assert not good.paused and not good.lost
    print('the other one missed nothing')


if __name__ == '__main__':
    main(sys.argv[1], float(sys.argv[2]))
