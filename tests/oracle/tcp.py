# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""What takes more than one packet to know: is_lost, is_burst, rwnd, rtt, seq,
ack, dup.

A flow is a 5-tuple at a place.  Each flow is worked out alone, from all of
its own packets and all of the reverse direction's, in order.  (So each packet
is read twice or more: once for its own flow and once for each flow that it is
the reverse of.)  What a packet is worth is stored with the packet, what a
flow knows after each packet is stored with the flow; the state at any time is
looked up there."""

import bisect

from packet import ACK, FIN, RST, SYN

LIFETIME_NS = 3 * 10 ** 9
BURST_GAP_NS = 100 * 10 ** 3
BURST_PACKETS = 4
DEFAULT_PAYLOAD = 1460
MAX_SCALE = 14

OPTION_END, OPTION_NOP, OPTION_SCALE = 0, 1, 3


def unwrap(number, same, other):
    """Returns the 32-bit 'number' on the scale of 'same', the highest number
    so far of its kind, or of 'other', that of the other kind.  Either may be
    None.  The result may be negative."""
    near = same if same is not None else other
    if near is None:
        return number
    difference = (number - near) % 2 ** 32
    if difference >= 2 ** 31:
        difference -= 2 ** 32
    return near + difference


def window_scale(options):
    """Returns the shift of the window scale option, or None if there is
    none.  Of several the last one counts."""
    scale = None
    offset = 0
    while offset < len(options) and options[offset] != OPTION_END:
        if options[offset] == OPTION_NOP:
            offset += 1
            continue
        if offset + 1 == len(options):
            break
        length = options[offset + 1]
        if length < 2 or offset + length > len(options):
            break
        if options[offset] == OPTION_SCALE and length == 3:
            scale = min(options[offset + 2], MAX_SCALE)
        offset += length
    return scale


# ## One connection ## #

class Timed:
    """The segment whose acknowledgment is waited for: its packet, and its
    sequence numbers from 'begin' up to, but without, 'end'."""

    def __init__(self, packet, begin, end):
        self.packet = packet
        self.begin = begin
        self.end = end


class Direction:
    """What is known of one direction of a connection."""

    def __init__(self):
        self.seen = False       # Was there a segment?
        self.seq = None         # Highest sequence end.
        self.ack = None         # Highest acknowledgment of this direction.
        self.syn = None         # Sequence number of the last SYN.
        self.scale = None       # Window scale of the last SYN.
        self.window = None      # Window field of the last segment.
        self.largest = 0        # Payload.
        self.duplicates = 0     # Duplicate ACKs of this direction.
        self.timed = None


class Sample:
    """A value of rtt.  It counts as if it were a packet of the flow of
    'packet', the timed one, but at the time of the one that acknowledges
    it."""

    def __init__(self, packet, time_ns):
        self.packet = packet
        self.time_ns = time_ns
        self.rtt = (time_ns - packet.time_ns) / 1000


def is_new_connection(tcp, own):
    return (tcp.flags & (SYN | ACK) == SYN and own.seq is not None
            and tcp.seq != own.syn)


def send(packet, own):
    """'packet' is sent in direction 'own'.  Returns its is_lost."""
    tcp = packet.tcp
    own.seen = True
    own.largest = max(own.largest, tcp.payload)
    if tcp.flags & SYN:
        own.syn = tcp.seq
        own.scale = window_scale(tcp.options)
    length = (tcp.payload + (tcp.flags & SYN != 0) + (tcp.flags & FIN != 0))
    if length == 0:
        return False
    begin = unwrap(tcp.seq, own.seq, own.ack)
    end = begin + length
    if own.seq is None or begin >= own.seq:
        if own.timed is None:
            own.timed = Timed(packet, begin, end)
        own.seq = end
        return False
    is_keep_alive = (begin == own.seq - 1 and tcp.payload <= 1
                     and not tcp.flags & (SYN | FIN))
    if is_keep_alive:
        return False
    if own.timed and begin < own.timed.end and end > own.timed.begin:
        own.timed = None
    own.seq = max(own.seq, end)
    return True


def acknowledge(packet, own, other):
    """'packet', sent in direction 'own', may acknowledge what was sent in
    direction 'other'.  Returns a Sample or None."""
    tcp = packet.tcp
    sample = None
    if tcp.flags & ACK:
        number = unwrap(tcp.ack, other.ack, other.seq)
        if (tcp.payload == 0 and not tcp.flags & (SYN | FIN | RST)
                and number == other.ack and tcp.window == own.window
                and other.seq is not None and other.seq > other.ack):
            other.duplicates += 1
        if other.ack is None or number > other.ack:
            other.ack = number
        if other.timed and number >= other.timed.end:
            sample = Sample(other.timed.packet, packet.time_ns)
            other.timed = None
    own.window = tcp.window
    return sample


def window(tcp, own, other):
    """Returns the rwnd of a segment sent in direction 'own'."""
    if tcp.flags & SYN or own.scale is None or other.scale is None:
        return tcp.window
    return tcp.window << own.scale


# ## Flows ## #

class Snapshot:
    """What is known of a flow after a packet of either direction.  'life'
    tells apart what was forgotten between two of them."""

    def __init__(self, time_ns, life, direction):
        self.time_ns = time_ns
        self.life = life
        self.seen = direction.seen
        self.seq = direction.seq
        self.ack = direction.ack
        self.largest = direction.largest
        self.duplicates = direction.duplicates


class Flow:
    """A 5-tuple at a place.  'first' is its first packet, which stands for
    its addresses, ports and place."""

    def __init__(self, first):
        self.first = first
        self.snapshots = []
        self.samples = []
        self.reverse_times = []     # When the reverse made its key tested.
        self.n_forgotten = 0
        self.n_new = 0              # Connections on ports of an old one.

    def run(self, events, is_own_reverse):
        """'events' are the pairs (packet, whether it is of this flow).  A
        flow whose two ends are one is its own reverse: what it sends it
        receives."""
        forward = reverse = None
        life = 0
        last_ns = None
        for packet, is_forward in events:
            if forward and packet.time_ns - last_ns > LIFETIME_NS:
                forward = reverse = None
                self.n_forgotten += 1
            last_ns = packet.time_ns
            if packet.tcp:
                own = forward if is_forward else reverse
                if not own or is_new_connection(packet.tcp, own):
                    life += 1
                    self.n_new += own is not None
                    forward = Direction()
                    reverse = Direction()
                self.segment(packet, is_forward, forward, reverse)
                if is_forward and is_own_reverse:
                    self.segment(packet, False, forward, reverse)
            if forward:
                self.snapshots.append(
                    Snapshot(packet.time_ns, life, forward))

    def segment(self, packet, is_forward, forward, reverse):
        own, other = ((forward, reverse) if is_forward
                      else (reverse, forward))
        if not is_forward and forward.seen:
            self.reverse_times.append(packet.time_ns)
        is_lost = send(packet, own)
        if is_forward:
            packet.is_lost = int(is_lost)
            packet.rwnd = window(packet.tcp, own, other)
        sample = acknowledge(packet, own, other)
        if sample and other is forward:
            self.samples.append(sample)

    def snapshot_before(self, time_ns):
        """Returns the Snapshot after the last packet before 'time_ns', or
        None."""
        at = bisect.bisect_left(self.snapshots, time_ns,
                                key=lambda snapshot: snapshot.time_ns)
        return self.snapshots[at - 1] if at else None

    def state(self, name, start_ns, end_ns):
        """Returns state variable 'name' at the end of an interval, or None
        if it is undefined."""
        now = self.snapshot_before(end_ns)
        if (now is None or end_ns - now.time_ns > LIFETIME_NS
                or not now.seen):
            return None
        if name == 'seq':
            return now.seq
        if name == 'ack':
            return now.ack
        before = self.snapshot_before(start_ns)
        duplicates = now.duplicates
        if before and before.life == now.life:
            duplicates -= before.duplicates
        return duplicates * (now.largest or DEFAULT_PAYLOAD)


def mark_bursts(packets):
    """'packets' are those of one flow."""
    position = 0
    previous = None
    for packet in packets:
        if (previous is None
                or packet.time_ns - previous.time_ns > BURST_GAP_NS):
            position = 0
        position += 1
        packet.is_burst = int(position >= BURST_PACKETS)
        previous = packet


class Trace:
    """All packets, in order, and what takes more than one of them to know.
    Where it 'has_places' (in a switch) the reverse of a flow may be at any
    place, otherwise (in a replay) it is in the same VLAN."""

    def __init__(self, packets, has_places=False):
        self.packets = packets
        self.flows = []
        by_place = {}           # Indexes of packets.
        by_scope = {}
        for index, packet in enumerate(packets):
            if packet.family is None:
                continue
            scope = None if has_places else packet.vlan
            place = packet.in_port, packet.tun_id, packet.vlan
            by_place.setdefault(place + five_tuple(packet), []).append(index)
            by_scope.setdefault((scope,) + five_tuple(packet),
                                []).append(index)
        for indexes in by_place.values():
            self.add_flow(indexes, by_scope, has_places)
        self.samples = [sample for flow in self.flows
                        for sample in flow.samples]

    def add_flow(self, indexes, by_scope, has_places):
        packets = self.packets
        first = packets[indexes[0]]
        flow = Flow(first)
        self.flows.append(flow)
        for index in indexes:
            packets[index].flow = flow
        mark_bursts([packets[index] for index in indexes])
        if first.proto != 6:
            return
        scope = None if has_places else first.vlan
        mirrored = five_tuple(first, mirrored=True)
        reverse = by_scope.get((scope,) + mirrored, [])
        own = set(indexes)
        flow.run([(packets[index], index in own)
                  for index in sorted(own.union(reverse))],
                 mirrored == five_tuple(first))


def five_tuple(packet, mirrored=False):
    if mirrored:
        return (packet.family, packet.dst, packet.src, packet.proto,
                packet.dport, packet.sport)
    return (packet.family, packet.src, packet.dst, packet.proto,
            packet.sport, packet.dport)
