# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Reads what switches tell about traffic: sFlow, IPFIX, captures, dumps.

What is told of a flow is a *sighting*: (key, from_us, to_us, bytes), bytes of
payload that the flow is said to have sent at some time in between; keys are
those of heavy_script.py.  A sighting in a datagram was made between the
arrival of the one before, of the same kind, and its own."""

import re
import socket
import struct

HEADERS = 54
ETHERNET = 14


def frame_sighting(frame):
    """Returns (key, bytes) of a frame, or None."""
    if len(frame) < HEADERS or frame[12:14] != b'\x08\x00' or frame[23] != 6:
        return None
    length, = struct.unpack_from('!H', frame, 16)
    src, dst, sport, dport = struct.unpack_from('!IIHH', frame, 26)
    return (src, dst, sport, dport), length - (HEADERS - ETHERNET)


def sflow_samples(datagram):
    """Yields (frame's beginning, sampling rate) of a datagram, version 5."""
    version, family = struct.unpack_from('!II', datagram)
    if version != 5 or family != 1:
        raise ValueError('not an sFlow datagram of version 5')
    n, = struct.unpack_from('!I', datagram, 24)
    at = 28
    for _ in range(n):
        kind, length = struct.unpack_from('!II', datagram, at)
        at += 8
        if kind == 1:           # A flow sample.
            rate, = struct.unpack_from('!I', datagram, at + 8)
            n_records, = struct.unpack_from('!I', datagram, at + 28)
            record = at + 32
            for _ in range(n_records):
                tag, size = struct.unpack_from('!II', datagram, record)
                if tag == 1:    # The header of a frame.
                    captured, = struct.unpack_from('!I', datagram,
                                                   record + 20)
                    yield (datagram[record + 24:record + 24 + captured],
                           rate)
                record += 8 + size
        at += length


def sflow_sightings(datagrams):
    """Yields the sightings of (time in us, datagram) pairs."""
    before = None
    for now, datagram in datagrams:
        for frame, rate in sflow_samples(datagram):
            found = frame_sighting(frame)
            if found:
                yield found[0], before or now, now, found[1] * rate
        before = now


# Elements of IPFIX by number.
OCTETS, PACKETS, SRC, DST, SPORT, DPORT, DIRECTION = 1, 2, 8, 12, 7, 11, 61
TEMPLATES, OPTIONS = 2, 3
VARIABLE = 65535


class Ipfix:
    """Decodes messages; remembers their templates."""

    def __init__(self):
        self._templates = {}

    def records(self, message):
        """Yields a dictionary of element: bytes for each record of data."""
        version, length = struct.unpack_from('!HH', message)
        if version != 10:
            raise ValueError('not a message of IPFIX')
        at = 16
        while at + 4 <= length:
            set_id, size = struct.unpack_from('!HH', message, at)
            body = message[at + 4:at + size]
            if set_id == TEMPLATES:
                self._learn(body)
            elif set_id > OPTIONS and set_id in self._templates:
                yield from self._decode(self._templates[set_id], body)
            at += size

    def _learn(self, body):
        at = 0
        while at + 4 <= len(body):
            template, n = struct.unpack_from('!HH', body, at)
            at += 4
            fields = []
            for _ in range(n):
                element, size = struct.unpack_from('!HH', body, at)
                at += 4
                if element & 0x8000:    # An enterprise's own.
                    element, at = None, at + 4
                fields.append((element, size))
            self._templates[template] = fields

    @staticmethod
    def _decode(fields, body):
        at = 0
        while at < len(body):
            record = {}
            for element, size in fields:
                if size == VARIABLE:
                    size, at = body[at], at + 1
                record[element] = body[at:at + size]
                at += size
            yield record


def number(data):
    return int.from_bytes(data, 'big')


def ipfix_sightings(messages):
    """As sflow_sightings().  What a flow sends is exported where it comes in
    and where it goes out, and counted where it comes in.  Numbers are the
    exporter's estimates of all packets."""
    decoder = Ipfix()
    before = None
    for now, message in messages:
        for record in decoder.records(message):
            if (SRC not in record or SPORT not in record
                    or number(record.get(DIRECTION, b'\0'))):
                continue
            key = tuple(number(record[x]) for x in (SRC, DST, SPORT, DPORT))
            yield key, before or now, now, (
                number(record[OCTETS])
                - (HEADERS - ETHERNET) * number(record[PACKETS]))
        before = now


def pcap_sightings(path, start=24):
    """Yields those of the packets of a capture of microseconds, from byte
    'start' on."""
    with open(path, 'rb') as stream:
        stream.seek(start)
        data = stream.read()
    at = 0
    while at + 16 <= len(data):
        seconds, us, length = struct.unpack_from('=III', data, at)
        at += 16
        found = frame_sighting(data[at:at + length])
        at += length
        if found:
            now = seconds * 1000000 + us
            yield found[0], now, now, found[1]


OPENFLOW = re.compile(
    r'n_packets=(\d+), n_bytes=(\d+).*nw_src=([\d.]+),nw_dst=([\d.]+),'
    r'tp_src=(\d+),tp_dst=(\d+)')
DATAPATH = re.compile(
    r'ipv4\(src=([\d.]+),dst=([\d.]+),.*tcp\(src=(\d+),dst=(\d+)\).* '
    r'packets:(\d+), bytes:(\d+)')
CONNTRACK = re.compile(
    r'orig=\(src=([\d.]+),dst=([\d.]+),sport=(\d+),dport=(\d+),'
    r'.*?packets=(\d+),bytes=(\d+)')


def openflow_counters(text):
    """Yields (key, packets, bytes) of ovs-ofctl dump-flows."""
    for packets, size, *key in OPENFLOW.findall(text):
        yield parse_key(*key), int(packets), int(size)


def datapath_counters(text):
    """The same of ovs-appctl dpctl/dump-flows."""
    for *key, packets, size in DATAPATH.findall(text):
        yield parse_key(*key), int(packets), int(size)


def conntrack_counters(text):
    """The same of ovs-appctl dpctl/dump-conntrack -s."""
    for *key, packets, size in CONNTRACK.findall(text):
        yield parse_key(*key), int(packets), int(size)


def parse_key(src, dst, sport, dport):
    return (number(socket.inet_aton(src)), number(socket.inet_aton(dst)),
            int(sport), int(dport))


def poll_sightings(polls, counters):
    """Yields the sightings of (time in us, text) pairs: what the counters of a
    flow have grown by since the dump before the one in which any of them had
    changed last."""
    last, changed = {}, None
    for i, (now, text) in enumerate(polls):
        grown = False
        for key, packets, size in counters(text):
            payload = size - HEADERS * packets
            more = payload - last.get(key, 0)
            if more < 0:        # It began anew.
                more = payload
            if packets and more:
                grown = True
                if changed is not None:
                    yield key, changed, now, more
            last[key] = payload
        if grown or changed is None:
            changed = now
