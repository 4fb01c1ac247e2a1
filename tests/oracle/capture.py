# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Capture files: pcap and pcapng, both byte orders, Ethernet; compressed by
xz, too."""

import lzma
import struct

LINKTYPE_ETHERNET = 1


class CaptureError(Exception):
    """The file is no capture that can be read."""


class Capture:
    """'records' are (time in ns, length on the wire, captured bytes), in the
    order and with the times of the file.  'truncated' tells that the file
    ends within a record."""

    def __init__(self):
        self.records = []
        self.truncated = False


def contents(path):
    """Returns the bytes of a capture file, or of what 'path', if it ends in
    .xz, is compressed from."""
    with (lzma.open if path.endswith('.xz') else open)(path, 'rb') as stream:
        return stream.read()


def read(path):
    data = contents(path)
    if data[:4] == b'\x0a\x0d\x0d\x0a':
        return read_pcapng(data)
    return read_pcap(data)


PCAP_MAGIC = {          # byte order, nanoseconds per fraction
    b'\xd4\xc3\xb2\xa1': ('<', 1000),
    b'\xa1\xb2\xc3\xd4': ('>', 1000),
    b'\x4d\x3c\xb2\xa1': ('<', 1),
    b'\xa1\xb2\x3c\x4d': ('>', 1),
}


def read_pcap(data):
    if data[:4] not in PCAP_MAGIC or len(data) < 24:
        raise CaptureError('not a pcap or pcapng file')
    order, unit = PCAP_MAGIC[data[:4]]
    linktype, = struct.unpack_from(order + 'I', data, 20)
    if linktype & 0x03ffffff != LINKTYPE_ETHERNET:
        raise CaptureError('link type is not Ethernet')
    capture = Capture()
    offset = 24
    while offset < len(data):
        if len(data) - offset < 16:
            capture.truncated = True
            break
        seconds, fraction, captured, wire = struct.unpack_from(
            order + '4I', data, offset)
        offset += 16
        if len(data) - offset < captured:
            capture.truncated = True
            break
        capture.records.append((seconds * 10 ** 9 + fraction * unit, wire,
                                data[offset:offset + captured]))
        offset += captured
    return capture


class Interface:
    """What an interface description block says about its packets."""

    def __init__(self, order, body):
        self.linktype, _, self.snaplen = struct.unpack_from(order + 'HHI',
                                                            body)
        self.units_per_second = 10 ** 6
        self.offset_seconds = 0
        for code, value in options(order, body[8:]):
            if code == 9:       # if_tsresol
                base = 2 if value[0] & 0x80 else 10
                self.units_per_second = base ** (value[0] & 0x7f)
            elif code == 14:    # if_tsoffset
                self.offset_seconds, = struct.unpack(order + 'q', value)

    def time_ns(self, high, low):
        units = high << 32 | low
        return (units * 10 ** 9 // self.units_per_second
                + self.offset_seconds * 10 ** 9)


def options(order, data):
    offset = 0
    while len(data) - offset >= 4:
        code, length = struct.unpack_from(order + 'HH', data, offset)
        if code == 0:
            return
        yield code, data[offset + 4:offset + 4 + length]
        offset += 4 + (length + 3) // 4 * 4


def read_pcapng(data):
    capture = Capture()
    order = None
    interfaces = []
    offset = 0
    while offset < len(data):
        if data[offset:offset + 4] == b'\x0a\x0d\x0d\x0a':
            order = {b'\x4d\x3c\x2b\x1a': '<', b'\x1a\x2b\x3c\x4d': '>'}.get(
                data[offset + 8:offset + 12])
            if order is None:
                if len(data) - offset < 12:
                    capture.truncated = True
                    break
                raise CaptureError('bad byte-order magic')
            interfaces = []
        if len(data) - offset < 8:
            capture.truncated = True
            break
        kind, length = struct.unpack_from(order + 'II', data, offset)
        if length < 12 or length % 4:
            raise CaptureError('bad block length')
        if len(data) - offset < length:
            capture.truncated = True
            break
        read_block(capture, interfaces, order, kind,
                   data[offset + 8:offset + length - 4])
        offset += length
    return capture


def read_block(capture, interfaces, order, kind, body):
    if kind == 1:               # Interface description.
        interface = Interface(order, body)
        if interface.linktype != LINKTYPE_ETHERNET:
            raise CaptureError('link type is not Ethernet')
        interfaces.append(interface)
    elif kind == 6:             # Enhanced packet.
        number, high, low, captured, wire = struct.unpack_from(
            order + '5I', body)
        capture.records.append((interfaces[number].time_ns(high, low), wire,
                                body[20:20 + captured]))
    elif kind == 2:             # Packet (obsolete).
        number, _, high, low, captured, wire = struct.unpack_from(
            order + 'HHIIII', body)
        capture.records.append((interfaces[number].time_ns(high, low), wire,
                                body[20:20 + captured]))
    elif kind == 3:             # Simple packet: it has no time.
        wire, = struct.unpack_from(order + 'I', body)
        captured = min(wire, interfaces[0].snaplen or wire)
        capture.records.append((0, wire, body[4:4 + captured]))
