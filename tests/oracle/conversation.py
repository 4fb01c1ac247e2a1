# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Random captures in which TCP behaves, and misbehaves: what is said between
two ends, in acts of some segments each."""

import collections

import frames
import packet as pkt
import traffic

US = 10 ** 3
MS = 10 ** 6
SECOND = 10 ** 9

FIN, SYN, RST, ACK = pkt.FIN, pkt.SYN, pkt.RST, pkt.ACK

SIZES = [1, 1, 2, 10, 100, 536, 1000, 1448, 1460, 1460]
LARGE_SIZES = [9000, 30000, 65000]
BURST_GAPS = [0, 0, 1 * US, 10 * US, 50 * US, 99 * US, 100 * US - 1,
              100 * US, 100 * US, 100 * US + 1, 101 * US, 150 * US]
IDLE_GAPS = [3 * SECOND - MS, 3 * SECOND - US, 3 * SECOND - 1, 3 * SECOND,
             3 * SECOND, 3 * SECOND + 1, 3 * SECOND + US, 3 * SECOND + MS,
             3 * SECOND + 40 * MS]
# Longer than what is looked back on lives.
LONG_IDLE_GAPS = [5 * SECOND, 8 * SECOND, 12 * SECOND, 25 * SECOND]
SCALES = [None, None, 0, 1, 2, 7, 7, 14, 15, 255]
WINDOWS = [0, 1, 512, 8192, 65535]
JUMPS = [2 ** 30, 2 ** 30, 3 * 2 ** 29, 2 ** 31 - 3000, 2 ** 31 - 2000,
         2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 3 * 2 ** 30, 2 ** 32 - 1000,
         2 ** 32]
TIMESTAMPS = bytes.fromhex('0101080a0000000100000002')
SACK = bytes.fromhex('0101050a0000000100000002')
# Window scale options of wrong length, cut, behind the end, and a good one
# behind a broken one.
BROKEN_OPTIONS = ['0302', '030400010101', '03', '00030307', '0200030307',
                  '0201030307', '02ff030307', '030307030309', '01010103']


class Segment:
    """A segment to be sent 'gap_ns' after the one before."""

    def __init__(self, side, gap_ns, flags, seq, ack, size, window,
                 options=b''):
        self.side = side
        self.gap_ns = gap_ns
        self.flags = flags
        self.seq = seq
        self.ack = ack
        self.size = size
        self.window = window
        self.options = options
        self.is_fragmented = False
        self.is_cut = False
        self.is_on_second = False       # Sent at the next whole second.


class End:
    """One end: what it sent and what the other end acknowledged of that.
    Sequence numbers do not wrap here."""

    def __init__(self, rng):
        self.start(rng)

    def start(self, rng):
        self.next = rng.choice([
            0, 1, 5, rng.randrange(2 ** 32), rng.randrange(2 ** 32),
            2 ** 32 - 1, 2 ** 32 - rng.randrange(1, 3000),
            2 ** 31 - rng.randrange(3000)])
        self.first = self.next
        self.acked = self.next
        self.sent = []          # (sequence number, payload)
        self.scale = rng.choice(SCALES)
        self.window = rng.choice(WINDOWS[1:])


class Conversation:
    def __init__(self, rng, epoch_ns):
        self.rng = rng
        self.epoch_ns = epoch_ns
        self.family = rng.choice([4, 4, 6])
        hosts = traffic.HOSTS4 if self.family == 4 else traffic.HOSTS6
        self.hosts = rng.sample(hosts[:5], 2)
        self.ports = rng.choice([40000, 40001]), rng.choice([80, 443])
        if rng.random() < 0.06:
            self.ports = 0, 0   # As for packets without ports.
        if rng.random() < 0.03:
            self.hosts, self.ports = self.hosts[:1] * 2, self.ports[:1] * 2
        if rng.random() < 0.5:
            self.hosts.reverse()
            self.ports = self.ports[::-1]
        self.places = [rng.choice(traffic.TAGS)]
        if rng.random() < 0.25:
            self.places = [[(0x8100, 10)], rng.choice(
                [[], [(0x8100, 20)], [(0x88a8, 20), (0x8100, 10)]])]
        self.ends = [End(rng), End(rng)]
        self.queue = collections.deque()
        self.last_ns = 0
        self.idles = 2 if self.ports == (0, 0) else rng.choice([0, 1, 1, 2])
        self.idle_gaps = IDLE_GAPS
        self.begin()

    # What is sent.

    def gap(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.4:
            return rng.choice(BURST_GAPS)
        if kind < 0.85:
            return rng.randrange(int(self.epoch_ns * 0.4))
        if kind < 0.97:
            return rng.randrange(self.epoch_ns * 2)
        return rng.randrange(self.epoch_ns * 8)

    def send(self, side, flags=ACK, size=0, seq=None, ack=None, gap_ns=None,
             options=None, window=None):
        """Without 'seq' it is sent for the first time; without 'ack' all of
        the other end that was acknowledged so far is."""
        rng = self.rng
        own, other = self.ends[side], self.ends[1 - side]
        if seq is None:
            seq = own.next
            length = size + (flags & SYN != 0) + (flags & FIN != 0)
            own.next += length
            if length:
                own.sent.append((seq, size))
        if ack is None:
            ack = other.acked
        if options is None:
            options = rng.choice([b'', b'', b'', TIMESTAMPS])
            if rng.random() < 0.03:
                options = scale_option(rng.choice([0, 7]))
        if rng.random() < 0.05:
            own.window = rng.choice(WINDOWS)
        segment = Segment(
            side, self.gap() if gap_ns is None else gap_ns, flags, seq, ack,
            size, own.window if window is None else window, options)
        if size >= 16 and rng.random() < 0.02:
            segment.is_fragmented = True
        elif rng.random() < 0.015:
            segment.is_cut = True
        self.queue.append(segment)
        return segment

    def acknowledge_all(self, side):
        """The next segments of 'side' acknowledge all that came."""
        self.ends[1 - side].acked = self.ends[1 - side].next

    # How it begins.

    def begin(self):
        self.rng.choice([self.handshake] * 6 + [
            self.simultaneous_open, self.half_open, self.half_open,
            self.data, self.bare_ack, self.bare_ack])()

    def restart(self):
        """A new connection on the same ports."""
        for end in self.ends:
            end.start(self.rng)
        if self.rng.random() < 0.5:
            self.handshake()
        else:
            self.begin()

    def syn(self, side, flags=SYN, size=0, **more):
        rng = self.rng
        options = bytes.fromhex('020405b4')
        if self.ends[side].scale is not None:
            options += rng.choice([b'', b'\1']) + scale_option(
                self.ends[side].scale)
        if rng.random() < 0.2:
            options += bytes.fromhex(rng.choice(BROKEN_OPTIONS))
        if rng.random() < 0.2:
            options = b'\4\2' + TIMESTAMPS + options
        return self.send(side, flags, size, options=options,
                         ack=0 if not flags & ACK else None, **more)

    def syn_again(self, side, flags=SYN):
        """A retransmission; sometimes it has lost its options."""
        segment = self.syn(side, flags, seq=self.ends[side].first,
                           gap_ns=self.rng.choice([US, 30 * MS, 200 * MS]))
        if self.rng.random() < 0.3:
            segment.options = b''

    def handshake(self):
        rng = self.rng
        side = rng.randrange(2)
        self.syn(side, size=rng.choice([0] * 9 + [100]))
        if rng.random() < 0.15:
            self.syn_again(side)
        self.acknowledge_all(1 - side)
        if rng.random() < 0.05:
            return
        self.syn(1 - side, SYN | ACK)
        if rng.random() < 0.15:
            self.syn_again(1 - side, SYN | ACK)
        self.acknowledge_all(side)
        if rng.random() < 0.9:
            self.send(side)

    def simultaneous_open(self):
        gap_ns = self.rng.choice([0, 0, US, None])
        self.syn(0)
        self.syn(1, gap_ns=gap_ns)
        for side in (0, 1):
            self.acknowledge_all(side)
            self.syn(side, SYN | ACK, seq=self.ends[side].first,
                     gap_ns=gap_ns)

    def half_open(self):
        side = self.rng.randrange(2)
        if self.rng.random() < 0.5:
            self.syn(side)
        else:
            self.syn(side, SYN | ACK)
        if self.rng.random() < 0.5:
            self.acknowledge_all(1 - side)
            self.rng.choice([self.answer_late, self.syn])(1 - side)

    def answer_late(self, side):
        """What 'side' says is heard for the first time, some seconds perhaps
        after the other."""
        before = len(self.queue)
        self.data(side)
        if self.rng.random() < 0.4:
            self.queue[before].gap_ns = self.rng.choice(
                [SECOND // 2, 3 * SECOND // 2, 2 * SECOND, 3 * SECOND - US])

    def bare_ack(self):
        """In the middle; the acknowledgment is the first that is known."""
        side = self.rng.randrange(2)
        for _ in range(self.rng.randint(1, 3)):
            self.send(side)
        if self.rng.random() < 0.5:
            self.ends[1 - side].next -= self.rng.choice([0, 10, 3000])
        self.answer_late(1 - side)

    # The acts.

    def data(self, side=None, count=None):
        rng = self.rng
        side = rng.randrange(2) if side is None else side
        gap_ns = rng.choice([None, None, 'burst', 0])
        for _ in range(count or rng.randint(1, 8)):
            self.send(side, size=self.size(), gap_ns=(
                rng.choice(BURST_GAPS) if gap_ns == 'burst' else gap_ns))

    def size(self):
        if self.rng.random() < 0.03:
            return self.rng.choice(LARGE_SIZES)
        return self.rng.choice(SIZES)

    def partial_ack(self):
        """Acknowledges some, all or, belatedly, less than before."""
        rng = self.rng
        side = rng.randrange(2)
        other = self.ends[1 - side]
        ends = [seq + size for seq, size in other.sent[-8:]] + [other.next]
        ack = rng.choice(ends) + rng.choice([0, 0, 0, 0, -1, 1])
        self.send(side, ack=ack)
        other.acked = max(other.acked, ack)

    def exchange(self):
        """Data, and its acknowledgment some time after."""
        rng = self.rng
        side = rng.randrange(2)
        for _ in range(rng.randint(1, 4)):
            self.data(side, rng.randint(1, 3))
            self.acknowledge_all(1 - side)
            self.send(1 - side, gap_ns=rng.choice(
                [None, None, 0, 500 * US, 5 * MS, 5 * MS + 1, 37 * MS]))

    def duplicate_acks(self, side=None, options=None):
        """Some of them are none, for one reason or another."""
        rng = self.rng
        side = rng.randrange(2) if side is None else side
        own, other = self.ends[side], self.ends[1 - side]
        window = own.window
        for _ in range(rng.randint(2, 6)):
            kind = rng.random()
            if kind < 0.75:
                self.send(side, ack=other.acked, window=window,
                          options=options)
            elif kind < 0.8:
                window = rng.choice(WINDOWS)
            elif kind < 0.85:
                self.send(side, ack=other.acked, size=rng.choice(SIZES),
                          window=window)
            elif kind < 0.9:
                self.send(side, ACK | rng.choice([FIN, RST]),
                          ack=other.acked, window=window)
            elif kind < 0.95:
                self.send(side, flags=0, window=rng.choice([window] + WINDOWS))
            else:
                self.send(side, ack=other.acked - 1, window=window)

    def retransmit(self):
        rng = self.rng
        side = rng.randrange(2)
        sent = self.ends[side].sent[-12:]
        if not sent:
            return
        seq, size = rng.choice(sent)
        size = min(size, SIZES[-1])
        kind = rng.randrange(6)
        if kind == 1:           # Its end.
            skipped = rng.randrange(size + 1)
            seq, size = seq + skipped, size - skipped
        elif kind == 2:         # Its beginning.
            size = rng.randrange(size + 1)
        elif kind == 3:         # It and what follows, new data perhaps.
            size += rng.choice(SIZES)
        elif kind == 4:         # What went before, too.
            more = rng.choice([1, 100])
            seq, size = seq - more, size + more
        elif kind == 5:         # The last one, and new data.
            seq, size = sent[-1][0], min(sent[-1][1], SIZES[-1]) + 100
        self.send(side, seq=seq, size=size, gap_ns=rng.choice(
            [None, None, None, 0, 200 * MS, SECOND]))
        end = self.ends[side]
        end.next = max(end.next, seq + size)
        if rng.random() < 0.5:
            self.acknowledge_all(1 - side)
            self.send(1 - side)

    def reorder(self):
        rng = self.rng
        before = len(self.queue)
        self.data(count=rng.randint(2, 5))
        late = self.queue[before]
        del self.queue[before]
        self.queue.insert(rng.randrange(before, len(self.queue) + 1), late)

    def lose(self):
        """One of some segments is lost before it passes here; the others are
        acknowledged selectively, then it comes again."""
        rng = self.rng
        side = rng.randrange(2)
        end = self.ends[side]
        self.acknowledge_all(1 - side)
        hole, size = end.next, rng.choice(SIZES)
        if rng.random() < 0.5:
            end.next += size            # It did not even pass here.
        else:
            self.send(side, size=size)
        self.data(side)
        self.duplicate_acks(1 - side, SACK)
        self.send(side, seq=hole, size=size)
        self.acknowledge_all(1 - side)
        self.send(1 - side)

    def keep_alive(self):
        """And what looks like one."""
        rng = self.rng
        side = rng.randrange(2)
        self.send(side, seq=self.ends[side].next
                  - rng.choice([1, 1, 1, 1, 1, 2, 0]),
                  flags=rng.choice([ACK] * 8 + [ACK | FIN, ACK | RST]),
                  size=rng.choice([0, 1, 1, 1, 2]))
        if rng.random() < 0.7:
            self.send(1 - side)

    def zero_window(self):
        rng = self.rng
        side = rng.randrange(2)
        if rng.random() < 0.5:
            self.acknowledge_all(side)
        for window in [0] * rng.randint(1, 3) + [rng.choice(WINDOWS)]:
            self.send(side, window=window)

    def finish(self):
        rng = self.rng
        side = rng.randrange(2)
        self.send(side, ACK | FIN, rng.choice([0, 0, 100]))
        if rng.random() < 0.3:
            self.send(side, ACK | FIN, seq=self.ends[side].next - 1)
        self.acknowledge_all(1 - side)
        self.send(1 - side, ACK | rng.choice([0, FIN]))
        if rng.random() < 0.5:
            self.acknowledge_all(side)
            self.send(side)

    def reset(self):
        self.send(self.rng.randrange(2), self.rng.choice([RST, RST | ACK]))

    def jump(self):
        """As if much had passed elsewhere."""
        rng = self.rng
        side = rng.randrange(2)
        for _ in range(rng.choice([1, 2, 3, 6])):
            self.ends[side].next += rng.choice(JUMPS[:rng.choice(
                [5, 5, 5, len(JUMPS)])])
            self.send(side, size=rng.choice(SIZES))
            if rng.random() < 0.7:
                self.acknowledge_all(1 - side)
                self.send(1 - side)

    def fly(self):
        """One or more times around all sequence numbers, within a second
        mostly."""
        rng = self.rng
        side = rng.randrange(2)
        gap_ns = rng.choice([US, MS, 20 * MS, 150 * MS])
        for _ in range(rng.randint(4, 12)):
            self.ends[side].next += rng.choice(JUMPS[:4])
            self.send(side, size=rng.choice(SIZES), gap_ns=gap_ns)
            if rng.random() < 0.3:
                self.acknowledge_all(1 - side)
                self.send(1 - side, gap_ns=rng.choice([0, gap_ns]))

    def idle(self):
        if self.idles == 0:
            return
        rng = self.rng
        self.idles -= 1
        if rng.random() < 0.4:
            self.send(rng.randrange(2)).is_on_second = True
        if self.ports == (0, 0):
            # What has no header, in the middle.
            self.send(rng.randrange(2), gap_ns=2 * SECOND).is_cut = True
        before = len(self.queue)
        rng.choice([self.data, self.partial_ack, self.retransmit,
                    self.keep_alive, self.duplicate_acks])()
        if len(self.queue) > before:
            self.queue[before].gap_ns = rng.choice(
                self.idle_gaps if self.ports != (0, 0) else [2 * SECOND])

    def forge(self):
        rng = self.rng
        self.send(rng.randrange(2), rng.choice([ACK, ACK, RST, SYN, 0]),
                  rng.choice([0, 1, 100]), seq=rng.getrandbits(32),
                  ack=rng.getrandbits(32))

    def cross(self):
        """Both ends send at one time."""
        for side in (0, 1, 0, 1)[:self.rng.randint(2, 4)]:
            self.send(side, size=self.size(), gap_ns=0)
            if self.rng.random() < 0.5:
                self.acknowledge_all(side)

    ACTS = {'data': 20, 'exchange': 20, 'partial_ack': 12,
            'duplicate_acks': 12, 'retransmit': 14, 'reorder': 4, 'lose': 6,
            'keep_alive': 5, 'zero_window': 4, 'finish': 2, 'reset': 1,
            'restart': 3, 'jump': 3, 'fly': 2, 'idle': 5, 'forge': 1,
            'cross': 4}

    # Frames.

    def next_segment(self):
        while not self.queue:
            act, = self.rng.choices(list(self.ACTS), self.ACTS.values())
            getattr(self, act)()
        return self.queue.popleft()

    def packets_of(self, segment):
        """Returns the pairs (Ethernet type, IP packet) of 'segment', several
        if it is fragmented, and how much payload the capture leaves out."""
        step = 1 if segment.side == 0 else -1
        sport, dport = self.ports[::step]
        left_out = segment.size if segment.size in LARGE_SIZES else 0
        # As if options went on: they do not.
        payload = (scale_option(7) * segment.size)[:segment.size - left_out]
        data = frames.tcp(payload, sport, dport, segment.seq, segment.ack,
                          segment.flags, segment.window, segment.options)
        header_len = len(data) - len(payload)
        if segment.is_cut:      # The IP packet ends within the TCP header.
            return [self.packet(step, data[:self.rng.choice([0, 8, 14, 19])])
                    ], 0
        at = self.rng.choice([24, 32, len(data) // 8 * 8])
        if segment.is_fragmented and header_len <= at < len(data):
            return [self.packet(step, data[:at], (0, 1)),
                    self.packet(step, data[at:], (at // 8, 0))], 0
        return [self.packet(step, data, left_out=left_out)], left_out

    def packet(self, step, data, fragment=None, left_out=0):
        """'fragment' is (offset in units of 8 bytes, more fragments)."""
        src, dst = self.hosts[::step]
        offset, more = fragment or (0, 0)
        if self.family == 4:
            return 0x0800, frames.ipv4(
                data, src, dst, pkt.TCP, fragment=more << 13 | offset,
                total_len=20 + len(data) + left_out)
        first = pkt.TCP
        if fragment:
            data = frames.ipv6_fragment(first, offset, more) + data
            first = pkt.FRAGMENT
        return 0x86dd, frames.ipv6(data, src, dst, first,
                                   payload_len=len(data) + left_out)

    def copies(self, segment):
        """Yields (length on the wire, captured bytes) for all that is seen of
        'segment'."""
        packets, left_out = self.packets_of(segment)
        for place in self.places:
            if place is not self.places[0] and self.rng.random() < 0.08:
                continue        # Lost in between.
            for dl_type, data in packets:
                frame = frames.ethernet(data, dl_type, place)
                yield len(frame) + left_out, frame


def scale_option(scale):
    return bytes([3, 3, scale])


class Clock(traffic.Clock):
    """A clock that also says what time it will be."""

    def stamp(self, time_ns):
        """It is 'time_ns', or later already.  Returns what the capture says;
        sometimes that is less."""
        rng = self.rng
        self.now_ns = max(self.now_ns, time_ns // self.tick_ns * self.tick_ns)
        if rng.random() < 0.01:
            # Exactly on a boundary, or the last instant before it.
            self.now_ns += -self.now_ns % self.epoch_ns
            if rng.random() < 0.5:
                self.now_ns += self.epoch_ns - self.tick_ns
        if rng.random() < 0.01:
            back = rng.randrange(self.epoch_ns * 3)
            return max(0, self.now_ns - back // self.tick_ns * self.tick_ns)
        return self.now_ns


def records(rng, count, epoch_us=10000, tick_ns=1000, is_live=False):
    """Returns 'count' capture records.  Live, all of each packet is captured,
    and nothing lasts long."""
    clock = Clock(rng, epoch_us, tick_ns)
    epoch_ns = epoch_us * 1000
    talks = [Conversation(rng, epoch_ns) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.3:      # Others have the same ends.
        talks[0].hosts, talks[0].ports = talks[-1].hosts, talks[-1].ports
        talks[0].family = talks[-1].family
    flows = [traffic.Flow(rng) for _ in range(rng.randint(1, 4))]
    snaplen = rng.choice([262144] * 6 + [60, 70, 96, 128])
    if is_live:
        snaplen = 262144
    elif rng.random() < 0.15:
        talks[-1].idle_gaps = LONG_IDLE_GAPS
    result = []
    talk = talks[0]
    while len(result) < count:
        kind = rng.random()
        if kind < 0.03:
            result.append((clock.next(), *spoilt(rng, talk, flows)))
        elif kind < 0.10:
            flow = rng.choice(flows)
            for _ in range(rng.choice([1, 1, 5, 9])):
                frame = flow.frame(rng)
                time_ns = clock.stamp(clock.now_ns + rng.choice(BURST_GAPS))
                result.append((time_ns, len(frame), frame))
        else:
            if not talk.queue or rng.random() < 0.15:
                talk = rng.choice(talks)
            segment = talk.next_segment()
            time_ns = talk.last_ns + segment.gap_ns
            if segment.is_on_second:
                time_ns = max(time_ns, clock.now_ns)
                time_ns += -time_ns % SECOND
            time_ns = clock.stamp(time_ns)
            talk.last_ns = clock.now_ns
            delay_ns = rng.choice([0, 0, US, 20 * US])
            for number, (wire, frame) in enumerate(talk.copies(segment)):
                if number:
                    time_ns = clock.stamp(clock.now_ns + delay_ns)
                result.append((time_ns, wire, frame))
    return [(time_ns, wire, frame[:snaplen])
            for time_ns, wire, frame in result[:count]]


def spoilt(rng, talk, flows):
    """Returns (length on the wire, captured bytes) of something odd."""
    kind = rng.random()
    if kind < 0.4:
        frame = traffic.other_frame(rng)
        return len(frame), frame
    if kind < 0.7:
        return traffic.spoil(rng, rng.choice(flows).frame(rng))
    wire, frame = next(talk.copies(talk.next_segment()))
    if wire != len(frame):
        return wire, frame
    return traffic.spoil(rng, frame)
