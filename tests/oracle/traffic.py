# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Random captures: few hosts and ports, so that keys collide and repeat;
every kind of header, and every way a header can be wrong."""

import socket

import frames
import packet as pkt

HOSTS4 = ['10.0.0.1', '10.0.0.2', '10.0.0.9', '10.0.0.10', '10.0.128.5',
          '10.0.128.30', '192.168.7.1', '255.255.255.255']
HOSTS6 = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', 'fe80::1',
          '::ffff:10.0.0.1', '2001:db8::9:10', '::']
PORTS = [80, 443, 53, 8080, 40000, 40001, 0, 65535]
PROTOCOLS = [6, 6, 6, 6, 17, 17, 132, 1, 58, 2, 47, 255]
SIZES = [0, 0, 1, 6, 46, 100, 536, 1400, 1460]
TTLS = [0, 1, 2, 4, 5, 63, 64, 64, 64, 128, 255]
TAGS = [[], [], [], [], [(0x8100, 10)], [(0x8100, 20)], [(0x8100, 0xe000)],
        [(0x88a8, 10), (0x8100, 20)], [(0x8100, 0x700a), (0x8100, 10)],
        [(0x88a8, 7), (0x88a8, 8), (0x8100, 9)]]


class Flow:
    """A 5-tuple in a VLAN, with what its two TCP ends remember."""

    def __init__(self, rng):
        self.family = rng.choice([4, 4, 6])
        hosts = HOSTS4 if self.family == 4 else HOSTS6
        self.hosts = rng.choice(hosts), rng.choice(hosts)
        self.ports = rng.choice(PORTS), rng.choice(PORTS)
        self.proto = rng.choice(PROTOCOLS)
        self.tags = rng.choice(TAGS)
        self.next_seq = [rng.getrandbits(32), rng.getrandbits(32)]

    def segment(self, rng, direction, size):
        """Returns a transport header and 'size' bytes of payload."""
        payload = bytes(size)
        sport, dport = self.ports[::1 if direction == 0 else -1]
        if self.proto == pkt.UDP:
            return frames.udp(payload, sport, dport)
        if self.proto == pkt.SCTP:
            return frames.sctp(payload, sport, dport)
        if self.proto != pkt.TCP:
            return payload
        flags = rng.choice([0x10] * 12 + [0x02, 0x12, 0x18, 0x11, 0x04, 0x14,
                                          0xd0, 0x00, 0x01])
        seq = self.next_seq[direction]
        self.next_seq[direction] += size
        options = bytes([1]) * rng.choice([0, 0, 0, 12, 40])
        return frames.tcp(payload, sport, dport, seq,
                          self.next_seq[1 - direction], flags,
                          rng.choice([0, 512, 8192, 65535]), options)

    def frame(self, rng):
        direction = int(rng.random() < 0.35)
        size = rng.choice(SIZES)
        src, dst = self.hosts[::1 if direction == 0 else -1]
        data = self.segment(rng, direction, size)
        ttl = rng.choice(TTLS)
        tos = rng.choice([0, 0, 0, 10, 46, 63]) << 2 | rng.choice(
            [0, 0, 1, 2, 3])
        if self.family == 4:
            dl_type, data = 0x0800, self.ipv4(rng, data, src, dst, ttl, tos)
        else:
            dl_type, data = 0x86dd, self.ipv6(rng, data, src, dst, ttl, tos)
        if rng.random() < 0.02:
            data, dl_type = frames.snap(data, dl_type), len(data) + 8
        return frames.ethernet(data, dl_type, self.tags)

    def ipv4(self, rng, data, src, dst, ttl, tos):
        fragment = 0
        if rng.random() < 0.06:
            # First, later, last; and "don't fragment", which is none.
            fragment = rng.choice([0x2000, 0x2001, 0x0005, 0x4000, 0x3fff])
        options = bytes([1]) * rng.choice([0] * 9 + [4, 8, 40])
        return frames.ipv4(data, src, dst, self.proto, ttl, tos, options,
                           fragment)

    def ipv6(self, rng, data, src, dst, ttl, tos):
        first = self.proto
        for _ in range(rng.choice([0] * 8 + [1, 1, 2, 3])):
            kind = rng.choice([0, 43, 60, 51, 44, 44])
            if kind == 44:
                header = frames.ipv6_fragment(
                    first, rng.choice([0, 0, 0, 1, 185]), rng.choice([0, 1]),
                    rng.choice([0, 0, 0, 3]))
            elif kind == 51:
                units = rng.choice([0, 1, 4])
                header = frames.ipv6_auth(first, (units + 2) * 4 - 2, units)
            else:
                units = rng.choice([0, 1, 2])
                header = frames.ipv6_extension(first, (units + 1) * 8 - 2,
                                               units)
            data, first = header + data, kind
        return frames.ipv6(data, src, dst, first, ttl, tos)


def other_frame(rng):
    """A frame that is not IP."""
    tags = rng.choice(TAGS)
    kind = rng.randrange(7)
    if kind == 0:
        arp = (b'\0\1\x08\0\6\4\0\1' + bytes(6)
               + socket.inet_aton(rng.choice(HOSTS4)) + bytes(6)
               + socket.inet_aton(rng.choice(HOSTS4)))
        return frames.ethernet(arp, rng.choice([0x0806, 0x0806, 0x8035]),
                               tags)
    if kind == 1:
        return frames.ethernet(b'\x42\x42\x03' + bytes(35), 38, tags)
    if kind == 2:
        data = frames.snap(bytes(40), rng.choice([0x0800, 0x2000, 0x100]),
                           rng.choice([b'\0\0\0', b'\0\0\x0c']))
        return frames.ethernet(data, len(data), tags)
    if kind == 3:
        return frames.ethernet(bytes(50), rng.choice([0x8847, 0x88cc, 0x894f]),
                               tags)
    if kind == 4:
        return frames.ethernet(b'', rng.choice([0x0800, 0x86dd, 0x05dc, 0]),
                               tags)
    if kind == 5:
        return frames.ethernet(b'\xaa\xaa\x03', 3, tags)
    return frames.ethernet(bytes(rng.randrange(80)), 0x8100, tags)


def spoil(rng, frame):
    """Returns (length on the wire, captured bytes) of a frame that something
    is wrong with."""
    kind = rng.randrange(7)
    if kind == 0:               # Short on the wire.
        frame = frame[:rng.randrange(len(frame) + 1)]
        return len(frame), frame
    if kind == 1:               # Shorter than an Ethernet header.
        frame = frame[:rng.randrange(14)]
        return len(frame), frame
    if kind == 2:               # Cut by the capture.
        return len(frame), frame[:rng.randrange(len(frame) + 1)]
    if kind == 3:               # Cut by the capture, near the headers' end.
        return len(frame), frame[:rng.randrange(14, 100)]
    if kind == 4:               # Padding.
        frame += bytes(rng.randrange(1, 60))
        return len(frame), frame
    if kind == 5:               # A header byte is another one.
        at = rng.randrange(12, min(len(frame), 80))
        value = rng.choice([0, 1, 4, 5, 0x0f, 0x45, 0x46, 0x4f, 0x50, 0x60,
                            0xf0, 0xff, rng.randrange(256)])
        frame = frame[:at] + bytes([value]) + frame[at + 1:]
        return len(frame), frame
    # More on the wire than an IP length can say.
    wire = len(frame) + rng.choice([65535, 65536, 65400, 70000, 1])
    return wire, frame


class Clock:
    """Times with bursts, gaps, boundaries hit exactly and steps back."""

    def __init__(self, rng, epoch_us, tick_ns):
        self.rng = rng
        self.epoch_ns = epoch_us * 1000
        self.tick_ns = tick_ns
        self.now_ns = rng.choice([0, 1469000000, 1700000000]) * 10 ** 9
        self.now_ns += rng.randrange(10 ** 10) // tick_ns * tick_ns
        self.pace = rng.choice([0.3, 1, 3])

    def next(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.55:
            gap = rng.randrange(0, 100000)
        elif kind < 0.93:
            gap = rng.randrange(0, int(self.epoch_ns * 0.3 * self.pace))
        elif kind < 0.98:
            gap = rng.randrange(0, int(self.epoch_ns * 2 * self.pace))
        else:
            gap = rng.randrange(0, self.epoch_ns * 12)
        self.now_ns += gap // self.tick_ns * self.tick_ns
        if rng.random() < 0.02:
            # Exactly on a boundary, or the last instant before it.
            self.now_ns += -self.now_ns % self.epoch_ns
            if rng.random() < 0.5:
                self.now_ns += self.epoch_ns - self.tick_ns
        if rng.random() < 0.03:
            back = rng.randrange(self.epoch_ns * 3)
            return max(0, self.now_ns - back // self.tick_ns * self.tick_ns)
        return self.now_ns


def records(rng, count, epoch_us=10000, tick_ns=1000):
    """Returns 'count' capture records."""
    clock = Clock(rng, epoch_us, tick_ns)
    flows = [Flow(rng) for _ in range(rng.randint(2, 12))]
    weights = [1 / (rank + 1) for rank in range(len(flows))]
    if rng.random() < 0.1:      # Many small ones at a time.
        flows = [Flow(rng) for _ in range(rng.randint(50, 200))]
        weights = [1] * len(flows)
        clock.pace = 0.03
    snaplen = rng.choice([262144] * 4 + [60, 96, 128])
    result = []
    flow = flows[0]
    while len(result) < count:
        if rng.random() < 0.5:
            flow = rng.choices(flows, weights)[0]
        frame = (other_frame(rng) if rng.random() < 0.06
                 else flow.frame(rng))
        wire = len(frame)
        if rng.random() < 0.08:
            wire, frame = spoil(rng, frame)
        elif rng.random() < 0.02:
            wire, frame = coalesced(rng)
        result.append((clock.next(), wire, frame[:snaplen]))
    return result


def sendable(recorded, tick_ns):
    """Returns those of the records that a switch can be given, at multiples
    of 'tick_ns'."""
    now_ns = 0
    result = []
    for time_ns, wire, data in recorded:
        now_ns = max(now_ns, time_ns)
        if wire == len(data) and 14 <= wire <= 1600:
            result.append((now_ns // tick_ns * tick_ns, wire, data))
    return result


def coalesced(rng):
    """A TSO packet, most of which the capture left out."""
    size = rng.choice([9000, 30000, 65000])
    segment = frames.tcp(b'', rng.choice(PORTS), rng.choice(PORTS))
    data = frames.ipv4(segment, rng.choice(HOSTS4), rng.choice(HOSTS4), 6,
                       total_len=40 + size)
    frame = frames.ethernet(data, 0x0800)
    return len(frame) + size, frame
