# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""The data segments of one TCP sender in a capture (IPv4, no VLAN), whose
connections may follow each other, each on a port of its own."""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../oracle'))

import capture                              # noqa: E402

ETHERNET, IPV4, TCP = 14, b'\x08\x00', 6


class Segment:
    def __init__(self, time_s, end, is_retransmission):
        self.time_s = time_s            # Unix time.
        self.end = end                  # Bytes of all connections, so far.
        self.is_retransmission = is_retransmission


class Connection:
    def __init__(self, first, base):
        self.first = first              # Sequence number.
        self.base = base                # Bytes of the connections before.
        self.highest = base


def read(path, source):
    """Returns the segments with payload from address 'source'."""
    address = bytes(map(int, source.split('.')))
    segments = []
    connections = {}
    highest = 0
    for time_ns, _, frame in capture.read(path).records:
        ip = frame[ETHERNET:]
        if (frame[12:14] != IPV4 or ip[9] != TCP or ip[12:16] != address):
            continue
        header = (ip[0] & 15) * 4
        length, = struct.unpack_from('!H', ip, 2)
        port, sequence = struct.unpack_from('!HxxI', ip, header)
        payload = length - header - (ip[header + 12] >> 4) * 4
        if not payload:
            continue
        connection = connections.setdefault(port,
                                            Connection(sequence, highest))
        # Less than 4 GB, so it does not wrap twice.
        end = (connection.base + payload
               + (sequence - connection.first) % 2 ** 32)
        segments.append(Segment(time_ns / 1e9, end,
                                end <= connection.highest))
        connection.highest = max(connection.highest, end)
        highest = max(highest, end)
    return segments
