# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Traffic with heavy hitters, for script.h, of which it is known who they are.

A *heavy hitter* is a flow that sends more than THRESHOLD bytes of payload in
an epoch of 10 ms.  In each epoch there are

  * HEAVY heavy hitters that send HEAVY_SEGMENTS full segments, just more than
    that, each once in a while;
  * NEAR flows that send one segment less, and each once in a while too;
  * STEADY flows, always the same, with STEADY_SEGMENTS in every epoch;
  * MICE flows with small packets, as many as make up the rate.

Where it matters that a packet is in its epoch, it is well in the middle: if
the switch takes them in time."""

import array
import random
import struct

EPOCH_US = 10000
THRESHOLD = 12000
SEGMENT = 1460              # Bytes of payload of a full segment.
HEADERS = 54                # Ethernet, IP, TCP.
HEAVY, HEAVY_SEGMENTS, HEAVY_FLOWS = 2, 9, 100
NEAR, NEAR_SEGMENTS, NEAR_FLOWS = 2, 8, 100
STEADY, STEADY_SEGMENTS = 10, 5
MICE = 300
MOUSE = 6                   # Bytes of payload.
# Of an epoch, in us, that full segments keep to.
MARGIN = 1500, 8000
# By so much two clocks of Unix time may differ.
CLOCK_US = 100


def key_text(key):
    """As in filters of flows."""
    return ('nw_src=10.%d.%d.%d,nw_dst=192.168.0.%d,tp_src=%d,tp_dst=%d'
            % (key[0] >> 16 & 255, key[0] >> 8 & 255, key[0] & 255,
               key[1] & 255, key[2], key[3]))


def flow_keys(kind, n):
    """Returns 5-tuples without the protocol: addresses as numbers, ports."""
    return [(0x0a000000 | kind << 16 | i, 0xc0a80000 | i & 0xff,
             20000 + i, 80) for i in range(n)]


def checksum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def headers(key, payload):
    """Returns the first 56 bytes of a segment."""
    src, dst, sport, dport = key
    ip = struct.pack('!BBHHHBBHII', 0x45, 0, 40 + payload, 0, 0x4000, 64, 6,
                     0, src, dst)
    ip = ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]
    tcp = struct.pack('!HHIIBBHHH', sport, dport, 1, 1, 0x50, 0x10, 65535, 0,
                      0)
    # Its payload is zeros.
    pseudo = struct.pack('!IIHH', src, dst, 6, 20 + payload)
    tcp = tcp[:16] + struct.pack('!H', checksum(pseudo + tcp)) + tcp[18:]
    return (bytes.fromhex('020000000002 020000000001 0800') + ip + tcp
            + bytes(2))


class Frames:
    """The records of a script."""

    def __init__(self):
        self._cache = {}        # The rest of a record, by flow.
        self._records = []

    def add(self, due_us, key, payload):
        if (key, payload) not in self._cache:
            self._cache[key, payload] = (struct.pack('=I', HEADERS + payload)
                                         + headers(key, payload))
        self._records.append((due_us, key, payload))

    def write(self, path):
        self._records.sort()
        with open(path, 'wb') as stream:
            stream.writelines(struct.pack('=I', record[0])
                              + self._cache[record[1:]]
                              for record in self._records)

    def sent(self):
        """Returns (key, payload) of each, in the order of the file."""
        return [record[1:] for record in self._records]


class HeavyScript:
    """.keys are those of all flows."""

    def __init__(self, n_epochs, pps, seed=1):
        self._random = random.Random(seed)
        self._frames = Frames()
        self.n_epochs = n_epochs
        heavy = flow_keys(0, HEAVY_FLOWS)
        near = flow_keys(1, NEAR_FLOWS)
        steady = flow_keys(2, STEADY)
        mice = flow_keys(3, MICE)
        self.keys = heavy + near + steady + mice
        n_mice = (pps * EPOCH_US // 1000000 - HEAVY * HEAVY_SEGMENTS
                  - NEAR * NEAR_SEGMENTS - STEADY * STEADY_SEGMENTS)
        for epoch in range(n_epochs):
            for i in range(HEAVY):
                self._segments(epoch,
                               heavy[(epoch * HEAVY + i) % HEAVY_FLOWS],
                               HEAVY_SEGMENTS)
            for i in range(NEAR):
                self._segments(epoch, near[(epoch * NEAR + i) % NEAR_FLOWS],
                               NEAR_SEGMENTS)
            for key in steady:
                self._segments(epoch, key, STEADY_SEGMENTS)
            for i in range(n_mice):
                self._frames.add(epoch * EPOCH_US + i * EPOCH_US // n_mice,
                                 mice[self._random.randrange(MICE)], MOUSE)

    def _segments(self, epoch, key, n):
        for _ in range(n):
            self._frames.add(epoch * EPOCH_US
                             + self._random.randrange(*MARGIN), key, SEGMENT)

    def write(self, path):
        self._frames.write(path)

    def n_packets(self):
        return len(self._frames.sent())

    def truth(self, path):
        """Returns the Truth about the times in the file."""
        times = array.array('I')
        with open(path, 'rb') as stream:
            times.frombytes(stream.read())
        return Truth((key, payload, times[2 * i], times[2 * i + 1])
                     for i, (key, payload) in enumerate(self._frames.sent()))


class Truth:
    """Who was heavy, given (key, payload, from_us, to_us) of each packet.  A
    packet that was on its way when an epoch ended may belong to either one;
    .heavy maps (key, epoch) of those that were in any case to the time of the
    packet with which they became it, and .unsure are those of which it cannot
    be told."""

    def __init__(self, packets):
        self.heavy = {}
        self.unsure = set()
        sure, maybe = {}, {}
        for key, payload, from_us, to_us in packets:
            first = max(from_us - CLOCK_US, 0) // EPOCH_US
            last = (to_us + CLOCK_US) // EPOCH_US
            if first == last:
                total = sure[key, first] = sure.get((key, first), 0) + payload
                if total - payload <= THRESHOLD < total:
                    self.heavy[key, first] = from_us
            else:
                for epoch in range(first, last + 1):
                    maybe[key, epoch] = maybe.get((key, epoch), 0) + payload
        for which, payload in maybe.items():
            if (which not in self.heavy
                    and sure.get(which, 0) + payload > THRESHOLD):
                self.unsure.add(which)
