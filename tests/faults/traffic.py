# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Traffic for dummy ports, of which each packet is accounted for.

    traffic = Traffic(sw)
    traffic.add('p1', 2)
    traffic.start()
    with traffic.paused():
        n = traffic.drain()         # What was sent, all of it was received.
    traffic.end()

A dummy port drops what its queue has no room for, and does not say so.  So
no more than that is on its way at a time."""

import contextlib
import random
import re
import struct
import threading
import time

import switch

BATCH = 25                      # Frames of one port in a command.
ROOM = 75                       # Frames for which a queue has room.
N_FLOWS = 200
PORT = re.compile(r'^  port \d+: (\S+).*\n +RX packets:(\d+).*\n'
                  r' +TX packets:(\d+)', re.M)


def frame(flow):
    """A frame of the IPv4 flow with that number: TCP or UDP, 60 bytes."""
    tcp = flow % 3 != 0
    l4 = (struct.pack('!HHIIBBHHH', 1000 + flow, 80, 1, 1, 0x50, 0x10, 512, 0,
                      0) if tcp
          else struct.pack('!HHHH', 1000 + flow, 53, 8 + 12, 0) + bytes(12))
    ip = struct.pack('!BBHHHBBHII', 0x45, 0, 20 + len(l4), 0, 0, 64,
                     6 if tcp else 17, 0, 0x0a000000 + flow % 50, 0x0a000100)
    ethernet = bytes.fromhex('505400000200' '505400000001' '0800')
    return (ethernet + ip + l4).ljust(60, b'\0').hex()


def received(control):
    """How many packets each port received."""
    return {name: int(n) for name, n, _ in
            PORT.findall(control.call('dpctl/show', '-s'))}


def forwarded(control):
    """How many packets each port sent."""
    return {name: int(n) for name, _, n in
            PORT.findall(control.call('dpctl/show', '-s'))}


class Traffic(threading.Thread):
    def __init__(self, sw, seed=1, rest_s=0.002):
        super().__init__(daemon=True)
        self.control = sw.open_control()
        self.random = random.Random(seed)
        self.rest_s = rest_s
        self.frames = [frame(flow) for flow in range(N_FLOWS)]
        self.lock = threading.Lock()    # Who holds it keeps all else still.
        self.ports = {}                 # Name: number of receive queues.
        self.sent = {}                  # Name: frames.
        self.gone = 0                   # Frames of ports that were removed.
        self.error = None
        self.ending = False

    def run(self):
        try:
            while not self.ending:
                with self.lock:
                    self._send()
                time.sleep(self.rest_s)
        except Exception as error:      # pylint: disable=broad-except
            self.error = error

    def _send(self):
        received = self.received()
        for name, n_rxq in self.ports.items():
            if self.sent[name] - received[name] + BATCH <= ROOM:
                self.control.call('netdev-dummy/receive', name, '--qid',
                                  str(self.random.randrange(n_rxq)),
                                  *self.random.choices(self.frames, k=BATCH))
                self.sent[name] += BATCH

    def received(self):
        return received(self.control)

    def total(self):
        """How many frames were ever sent."""
        return self.gone + sum(self.sent.values())

    @contextlib.contextmanager
    def paused(self):
        with self.lock:
            if self.error:
                raise self.error
            yield

    def drain(self, names=None):
        """While paused: waits until ports, by default all, received what was
        sent.  Returns total()."""
        def done():
            received = self.received()
            return all(received[name] == self.sent[name]
                       for name in names or self.sent)

        switch.wait_until(done, 'ports to receive what was sent')
        return self.total()

    def add(self, name, n_rxq=1):
        """Begins to send to a port that has received nothing yet."""
        with self.paused():
            self.ports[name] = n_rxq
            self.sent[name] = 0

    def remove(self, name):
        """Sends nothing more to a port; when this returns, all was received
        and nobody will ask it any more."""
        with self.paused():
            del self.ports[name]
            self.drain([name])
            self.gone += self.sent.pop(name)

    def end(self):
        self.ending = True
        self.join()
        if self.error:
            raise self.error
