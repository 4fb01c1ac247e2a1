#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Sends the switch each request with each of its lengths wrong.

usage: wrong-lengths.py BRIDGE.mgmt REQUEST...

Each REQUEST is a file with one message.  Each length in it (of the message, of
each property, of a match and of the fields in that) is made 1 less, 1 more, 0
and the largest; each time, the switch must answer with the OpenFlow error that
docs/openflow.rst names, and go on to serve the connection.
"""

import os
import socket
import struct
import sys

MATCH = 3                       # Property.
BODY = {1: 32, 2: 40}           # Offset of properties, by exp_type...
MULTIPART_BODY = {1: 24, 3: 24, 4: 32}  # ...also of multipart requests.

# Type and code; those of properties by version of OpenFlow.
BAD_REQUEST = (1, 6)
BAD_MATCH = (4, 1)
BAD_PROPERTY = {4: (13, 3), 5: (14, 1)}
BAD_FIELDS = tuple((4, code) for code in (1, 6, 7, 8, 9, 10, 11))


class Connection:
    def __init__(self, path, version):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.buffer = b''
        self.version = version
        self.xid = 100
        self.send(struct.pack('!BBHI', version, 0, 8, 1))

    def send(self, data):
        self.socket.sendall(data)

    def read(self, n):
        while len(self.buffer) < n:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.buffer += data
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def ask(self, message):
        """Sends 'message', whose length stays what it is, and a barrier.
        Returns type and code of the error that answers it, None if nothing
        does, 'reply' if something else does."""
        self.xid += 2
        self.send(bytes([self.version]) + message[1:4]
                  + struct.pack('!I', self.xid) + message[8:]
                  + struct.pack('!BBHI', self.version, 20, 8, self.xid + 1))
        answer = None
        while True:
            _, type_, length, xid = struct.unpack('!BBHI', self.read(8))
            body = self.read(length - 8)
            if xid == self.xid:
                answer = (struct.unpack_from('!HH', body) if type_ == 1
                          else 'reply')
            elif xid == self.xid + 1:
                return answer


def fields(message):
    """Yields offset, size and right errors of each length."""
    type_, = struct.unpack_from('!B', message, 1)
    start = (MULTIPART_BODY.get(struct.unpack_from('!I', message, 20)[0])
             if type_ == 18 else
             BODY.get(struct.unpack_from('!I', message, 12)[0]))
    offset = start or len(message)
    while offset < len(message):
        property_, length = struct.unpack_from('!HH', message, offset)
        if property_ == MATCH:
            yield offset + 2, 2, ('property', BAD_MATCH)
            match, = struct.unpack_from('!H', message, offset + 10)
            yield offset + 10, 2, (BAD_MATCH,)
            field, end = offset + 12, offset + 8 + match
            while field < end:
                yield field + 3, 1, BAD_FIELDS
                field += 4 + message[field + 3]
        else:
            yield offset + 2, 2, ('property',)
        offset += (length + 7) // 8 * 8


def variants(message):
    for offset, size, errors in fields(message):
        right = int.from_bytes(message[offset:offset + size], 'big')
        for wrong in (right - 1, right + 1, 0, 256 ** size - 1):
            yield (message[:offset] + wrong.to_bytes(size, 'big')
                   + message[offset + size:], errors,
                   'length %d at %d, should be %d' % (wrong, offset, right))

    # With its own length go so many bytes.
    for length in len(message) - 1, len(message) + 1, 8, 65535:
        errors = (BAD_REQUEST, 'property', BAD_MATCH)
        yield ((message[:2] + struct.pack('!H', length) + message[4:]
                + bytes(65535))[:length], errors, 'message length %d' % length)


def main(path, names):
    n = 0
    for name in names:
        with open(name, 'rb') as file:
            message = file.read()
        for version in 4, 5:
            connection = Connection(path, version)
            for wrong, errors, what in variants(message):
                answer = connection.ask(wrong)
                right = [BAD_PROPERTY[version] if error == 'property'
                         else error for error in errors]
                assert answer in right, '%s: %s: %s, expected %s' % (
                    os.path.basename(name), what, answer, right)
                n += 1

        # What is shorter than its header cannot be answered: nobody knows
        # where the next message begins.
        connection = Connection(path, 4)
        try:
            connection.ask(message[:2] + bytes(2) + message[4:])
        except (EOFError, ConnectionError):
            n += 1
        else:
            raise AssertionError('%s: message length 0' % name)
    print('%d wrong lengths' % n)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
