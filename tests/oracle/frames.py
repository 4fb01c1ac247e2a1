# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Frames and capture files, built byte by byte.  Checksums are left 0."""

import socket
import struct


def ethernet(payload, dl_type, vlans=()):
    """'vlans' are (TPID, TCI), the outer one first."""
    header = bytes.fromhex('0200000000020200000000 01')
    for tpid, tci in vlans:
        header += struct.pack('>HH', tpid, tci)
    return header + struct.pack('>H', dl_type) + payload


def ipv4(payload, src, dst, proto, ttl=64, tos=0, options=b'', fragment=0,
         total_len=None, ihl=None):
    """'fragment' is the 16-bit field of flags and offset."""
    header_len = 20 + len(options)
    return struct.pack(
        '>BBHHHBBH4s4s',
        0x40 | (header_len // 4 if ihl is None else ihl), tos,
        header_len + len(payload) if total_len is None else total_len,
        0x1234, fragment, ttl, proto, 0, socket.inet_aton(src),
        socket.inet_aton(dst)) + options + payload


def ipv6(payload, src, dst, next_header, hop_limit=64, traffic_class=0,
         payload_len=None):
    return struct.pack(
        '>IHBB16s16s', 0x60000000 | traffic_class << 20 | 0x12345,
        len(payload) if payload_len is None else payload_len, next_header,
        hop_limit, socket.inet_pton(socket.AF_INET6, src),
        socket.inet_pton(socket.AF_INET6, dst)) + payload


def ipv6_extension(next_header, body_len=6, units=0):
    """A hop-by-hop, routing or destination header of (units + 1) * 8 bytes,
    of which 2 + 'body_len' are there."""
    return bytes([next_header, units]) + bytes(body_len)


def ipv6_auth(next_header, body_len=22, units=4):
    """An authentication header of (units + 2) * 4 bytes."""
    return bytes([next_header, units]) + bytes(body_len)


def ipv6_fragment(next_header, offset, more, reserved=0):
    """'offset' is in units of 8 bytes."""
    return struct.pack('>BBHI', next_header, 0,
                       offset << 3 | reserved << 1 | more, 77)


def tcp(payload, sport, dport, seq=0, ack=0, flags=0x10, window=8192,
        options=b'', offset=None):
    options += bytes(-len(options) % 4)
    offset = 5 + len(options) // 4 if offset is None else offset
    return struct.pack('>HHIIBBHHH', sport, dport, seq & 0xffffffff,
                       ack & 0xffffffff, offset << 4, flags, window, 0,
                       0) + options + payload


def udp(payload, sport, dport, length=None):
    return struct.pack('>HHHH', sport, dport,
                       8 + len(payload) if length is None else length,
                       0) + payload


def sctp(payload, sport, dport):
    return struct.pack('>HHII', sport, dport, 1, 0) + payload


def snap(payload, dl_type, organization=b'\0\0\0', dsap=0xaa):
    """LLC and SNAP headers; what stands before them is a length."""
    return (bytes([dsap, 0xaa, 3]) + organization
            + struct.pack('>H', dl_type) + payload)


# ## Capture files ## #
#
# Records are (time in ns, length on the wire, captured bytes).

def pcap(records, order='<', nanoseconds=False, linktype=1):
    magic = 0xa1b23c4d if nanoseconds else 0xa1b2c3d4
    unit = 1 if nanoseconds else 1000
    out = [struct.pack(order + 'IHHiIII', magic, 2, 4, 0, 0, 262144,
                       linktype)]
    for time_ns, wire, data in records:
        seconds, fraction = divmod(time_ns, 10 ** 9)
        out.append(struct.pack(order + '4I', seconds, fraction // unit,
                               len(data), wire) + data)
    return b''.join(out)


def pcapng_block(order, kind, body):
    body += bytes(-len(body) % 4)
    length = 12 + len(body)
    return (struct.pack(order + 'II', kind, length) + body
            + struct.pack(order + 'I', length))


def pcapng_option(order, code, value):
    return (struct.pack(order + 'HH', code, len(value)) + value
            + bytes(-len(value) % 4))


def pcapng(records, order='<', nanoseconds=False, linktype=1):
    """Every third packet has options; a block of a kind that readers skip
    stands among them."""
    unit = 1 if nanoseconds else 1000
    out = [pcapng_block(order, 0x0a0d0d0a, struct.pack(
        order + 'IHHq', 0x1a2b3c4d, 1, 0, -1))]
    options = b''
    if nanoseconds:
        options = (pcapng_option(order, 9, b'\x09')
                   + pcapng_option(order, 0, b''))
    out.append(pcapng_block(order, 1, struct.pack(
        order + 'HHI', linktype, 0, 262144) + options))
    for number, (time_ns, wire, data) in enumerate(records):
        units = time_ns // unit
        body = struct.pack(order + '5I', 0, units >> 32, units & 0xffffffff,
                           len(data), wire)
        body += data + bytes(-len(data) % 4)
        if number % 3 == 1:
            body += (pcapng_option(order, 1, b'a comment')
                     + pcapng_option(order, 0, b''))
        out.append(pcapng_block(order, 6, body))
        if number == 2:
            out.append(pcapng_block(order, 0x0bad, b'skip me'))
    return b''.join(out)
