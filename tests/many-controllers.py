#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Tests how many connections may subscribe.

usage: many-controllers.py BRIDGE.mgmt

Subscribes in 64 connections, twice in each; the next one must be refused, and
let in when one of them is gone.
"""

import socket
import struct
import sys
import time

VENDOR = 0x00525054
MAX = 64
TOO_MANY = 11


def subscribe(path, n=1):
    """Returns a connection with 'n' subscriptions, and the number of the error
    that answered, or None."""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    sock.sendall(struct.pack('!BBHI', 4, 0, 8, 1))
    for id_ in range(n):
        sock.sendall(struct.pack('!BBHIIIIIII8x', 4, 4, 40, 2, VENDOR, 2, id_,
                                 7, 0, 0))
    sock.sendall(struct.pack('!BBHI', 4, 20, 8, 3))
    buffer, error = b'', None
    while True:
        buffer += sock.recv(1 << 16)
        while len(buffer) >= 8:
            _, type_, length, _ = struct.unpack_from('!BBHI', buffer)
            if len(buffer) < length:
                break
            if type_ == 1:
                error, = struct.unpack_from('!H', buffer, 10)
            elif type_ == 21:
                return sock, error
            buffer = buffer[length:]


def main(path):
    connections = [subscribe(path, 2) for _ in range(MAX)]
    assert not any(error for _, error in connections), connections
    assert subscribe(path)[1] == TOO_MANY
    connections.pop()[0].close()
    for _ in range(100):
        if subscribe(path)[1] is None:
            break
        time.sleep(0.1)
    else:
        sys.exit('refused though there is room')


if __name__ == '__main__':
    main(sys.argv[1])
