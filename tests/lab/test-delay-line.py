#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Tests delay-line: delay, order, frames held back, tags, counts."""

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get('srcdir', '.'), 'tests/lab'))

import cable                                # noqa: E402
import network                              # noqa: E402
import processes                            # noqa: E402

ETH_P_TEST = 0x88b5                         # For experiments, says IEEE 802.
ETH_P_ALL = 3
MSEC = 0.001
SO_TIMESTAMPNS = 35
SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 1 << 4


class End:
    """One end of the cable: sends and receives frames of our protocol."""

    def __init__(self, device):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        # What is received has the time at which it was.
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind((device, ETH_P_ALL))
        self.socket.settimeout(0.5)

    def send(self, frame):
        self.socket.send(frame)

    def receive(self):
        """Returns (time, frame) of all that comes, of our protocol."""
        frames = []
        while True:
            try:
                data, control, _, address = self.socket.recvmsg(65536, 256)
            except TimeoutError:
                return frames
            if (address[2] == socket.PACKET_OUTGOING
                    or data[12:14] != ETH_P_TEST.to_bytes(2, 'big')):
                continue
            control = {kind: value for _, kind, value in control}
            # The kernel takes the tag off the frame.
            status, = struct.unpack_from('I', control[PACKET_AUXDATA])
            if status & TP_STATUS_VLAN_VALID:
                tci, = struct.unpack_from('H', control[PACKET_AUXDATA], 16)
                data = (data[:12] + struct.pack('!HH', 0x8100, tci)
                        + data[12:])
            seconds, nanoseconds = struct.unpack('qq',
                                                 control[SO_TIMESTAMPNS])
            frames.append((seconds + nanoseconds / 1e9, data))


def make_frame(number, length=60):
    return (b'\2\0\0\0\0\2' b'\2\0\0\0\0\1'
            + struct.pack('!HI', ETH_P_TEST, number)).ljust(length, b'x')


def check(condition, what, *values):
    if not condition:
        raise processes.LabError('%s: %s' % (what, values))


def transfer(source, sink, n, gap=0.0002):
    """Sends 'n' frames.  Returns the times at which, and what came."""
    times = []
    frames = [make_frame(i, 60 + i % 1400) for i in range(n)]
    for frame in frames:
        times.append(time.time())
        source.send(frame)
        time.sleep(gap)
    return times, frames, sink.receive()


def delays_of(times, frames, received):
    index = {frame: i for i, frame in enumerate(frames)}
    return [(index[data], when - times[index[data]])
            for when, data in received]


def test_delay():
    """Each frame comes unchanged, in order, not before the delay is over and
    mostly not long after, in both directions."""
    line = cable.Cable('left', 'right', 20000)
    left, right = End('left'), End('right')
    for source, sink in (left, right), (right, left):
        times, frames, received = transfer(source, sink, 500)
        delays = delays_of(times, frames, received)
        check([i for i, _ in delays] == list(range(500)), 'order')
        lowest = min(delay for _, delay in delays)
        # Others may keep this machine busy: a quarter of them will do.
        quartile = sorted(delay for _, delay in delays)[125]
        check(lowest >= 20 * MSEC, 'too early', lowest)
        check(quartile < 25 * MSEC, 'too late', quartile)
    # Frames that are sent at once come at once, too.
    _, frames, received = transfer(left, right, 300, gap=0)
    check([data for _, data in received] == frames, 'order of a burst')
    counts = line.end()
    check([count['received'] - count['delivered'] for count in counts]
          == [0, 0], 'counts', counts)
    check(counts[0]['delivered'] >= 800 and counts[1]['delivered'] >= 500,
          'counts', counts)


def test_hold():
    """A part of the frames from the left is delayed further and overtaken;
    those from the right are not."""
    line = cable.Cable('left', 'right', 1000, '--hold=10', '--hold-for=5000')
    left, right = End('left'), End('right')
    times, frames, received = transfer(left, right, 1000)
    delays = delays_of(times, frames, received)
    held = sum(delay >= 6 * MSEC for _, delay in delays)
    check(len(delays) == 1000, 'lost', len(delays))
    check(held >= 50, 'held', held)
    kept = [i for i, delay in delays if delay < 6 * MSEC]
    overtaken = sum(i > j for (i, _), (j, _) in zip(delays, delays[1:]))
    check(kept == sorted(kept), 'order of the others')
    check(overtaken >= 50, 'overtaken', overtaken)
    _, frames, received = transfer(right, left, 500)
    check([data for _, data in received] == frames, 'order to the left')
    counts = line.end()
    check(50 <= counts[0]['held'] <= 150 and counts[1]['held'] == 0,
          'counts', counts)


def test_tag():
    """Tags are put on to the right and taken off to the left, where frames
    without do not get."""
    line = cable.Cable('left', 'right', 0, '--tag=300')
    left, right = End('left'), End('right')
    frame = make_frame(7, 100)
    tagged = frame[:12] + b'\x81\x00\x01\x2c' + frame[12:]
    left.send(frame)
    check([data for _, data in right.receive()] == [tagged], 'to the right')
    right.send(tagged)
    right.send(frame)
    check([data for _, data in left.receive()] == [frame], 'to the left')
    counts = line.end()
    check(counts[1]['dropped'] >= 1, 'counts', counts)


@processes.program(seconds=120)
def main():
    network.leave()
    for test in test_delay, test_hold, test_tag:
        test()
    print('3 passed')


if __name__ == '__main__':
    sys.exit(main())
