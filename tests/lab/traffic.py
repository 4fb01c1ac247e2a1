#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Traffic of real stacks: what runs in the hosts of a laboratory.

"sink" receives, the other commands send.  Each ends by itself, at the latest
after --limit seconds, and prints what it did as a line of JSON."""

import argparse
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time

CHUNK = bytes(1 << 20)
SO_MAX_PACING_RATE = 47
TCP_CONGESTION = 13
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
TCP_SEND_QUEUE = 2
DATAGRAM = 1400

# Where in struct tcp_info (linux/tcp.h) its members are.
INFO_SRTT_US, INFO_TOTAL_RETRANS = 68, 100
INFO_LENGTH = 104


def tcp_info(connection):
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO,
                                 INFO_LENGTH)
    return {'srtt_us': struct.unpack_from('=I', info, INFO_SRTT_US)[0],
            'retransmissions':
                struct.unpack_from('=I', info, INFO_TOTAL_RETRANS)[0]}


def family_of(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def make_socket(arguments, source_port=0):
    s = socket.socket(family_of(arguments.address), socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if arguments.congestion:
        s.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION,
                     arguments.congestion.encode())
    if arguments.first_sequence is not None:
        s.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        s.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE)
        s.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ,
                     struct.pack('=I', arguments.first_sequence))
        s.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)
    if source_port:
        s.bind(('', source_port))
    return s


def reset_at_close(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack('ii', 1, 0))


# ## sink ## #

class Received:
    """One connection of the sink."""

    def __init__(self, connection):
        self.connection = connection
        self.n_bytes = 0
        self.resumes = None     # When it reads on.


def read_some(received, arguments):
    """Returns whether there is more to come."""
    data = received.connection.recv(1 << 18)
    before = received.n_bytes
    received.n_bytes += len(data)
    if arguments.abort_after and received.n_bytes >= arguments.abort_after:
        reset_at_close(received.connection)
        return False
    if arguments.close_after and received.n_bytes >= arguments.close_after:
        return False
    if (arguments.pause_seconds
            and before < arguments.pause_after <= received.n_bytes):
        time.sleep(arguments.pause_seconds)
    return bool(data)


def sink(arguments):
    """Receives all there is of --connections connections, at once."""
    listener = socket.socket(family_of(arguments.address))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if arguments.receive_buffer:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                            arguments.receive_buffer)
    listener.bind((arguments.address, arguments.port))
    listener.listen(128)
    print('ready', flush=True)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    left = arguments.connections
    total = 0
    while left:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                selector.register(connection, selectors.EVENT_READ,
                                  Received(connection))
                continue
            try:
                goes_on = read_some(key.data, arguments)
            except ConnectionResetError:
                goes_on = False
            if not goes_on:
                total += key.data.n_bytes
                left -= 1
                selector.unregister(key.fileobj)
                key.fileobj.close()
    return {'bytes': total}


# ## Senders ## #

class Pace:
    """How fast a sender may send: as commanded on standard input, by lines
    "pace BYTES_PER_SECOND"."""

    def __init__(self, is_commanded):
        self.rate = None
        self.selector = selectors.DefaultSelector()
        if is_commanded:
            self.selector.register(sys.stdin, selectors.EVENT_READ)

    def wait(self, seconds, connection):
        """Obeys what comes within so many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            left = max(0, deadline - time.monotonic())
            if not self.selector.get_map():
                time.sleep(left)
                return
            if not self.selector.select(left):
                return
            words = sys.stdin.readline().split()
            if not words:
                self.selector.unregister(sys.stdin)
            elif words[0] == 'pace':
                self.rate = int(words[1])
                self.apply(connection)

    def apply(self, connection):
        if self.rate:
            connection.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE,
                                  self.rate)


def connect(arguments):
    connection = make_socket(arguments, arguments.source_port)
    connection.connect((arguments.address, arguments.port))
    return connection


def finish(connection):
    """Ends a connection in order: all is acknowledged when it returns."""
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):
        pass


def bulk(arguments):
    """Sends as much as goes, or --chunk bytes each --every seconds, until
    --bytes or --seconds are over; then ends the connection, or resets it
    (--abort).  Obeys commands of standard input (--obey)."""
    connection = connect(arguments)
    pace = Pace(arguments.obey)
    start = turn = time.monotonic()
    sent = 0
    chunk = CHUNK[:arguments.chunk]
    while (time.monotonic() - start < arguments.seconds
           and (not arguments.bytes or sent < arguments.bytes)):
        pace.wait(max(0, turn - time.monotonic()) if arguments.every else 0,
                  connection)
        connection.sendall(chunk)
        sent += len(chunk)
        turn += arguments.every
    if arguments.abort:
        reset_at_close(connection)
    else:
        finish(connection)
    result = tcp_info(connection)
    result.update(bytes=sent, seconds=time.monotonic() - start)
    connection.close()
    return result


def transfers(arguments):
    """Each --every seconds a connection of --chunk bytes, until --seconds
    are over.  Obeys commands of standard input (--obey)."""
    pace = Pace(arguments.obey)
    start = turn = time.monotonic()
    n = retransmissions = 0
    while time.monotonic() - start < arguments.seconds:
        connection = connect(arguments)
        pace.apply(connection)
        connection.sendall(CHUNK[:arguments.chunk])
        finish(connection)
        retransmissions += tcp_info(connection)['retransmissions']
        n += 1
        turn += arguments.every
        pace.wait(max(0, turn - time.monotonic()), connection)
        connection.close()
    return {'transfers': n, 'retransmissions': retransmissions}


def short(arguments):
    """Many connections, one after the other, each of --bytes bytes, from
    --ports source ports that are used again and again."""
    refused = 0
    for i in range(arguments.connections):
        connection = make_socket(
            arguments, arguments.source_port + i % arguments.ports)
        try:
            connection.connect((arguments.address, arguments.port))
            connection.sendall(bytes(arguments.bytes))
            if not arguments.server_closes:
                connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        except (ConnectionResetError, ConnectionRefusedError):
            refused += 1
        connection.close()
    return {'connections': arguments.connections, 'refused': refused}


def quiet(arguments):
    """A connection that says little: a byte, then nothing for --seconds, but
    a keep-alive each second (--keep-alive), then a byte again."""
    connection = make_socket(arguments)
    if arguments.keep_alive:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    connection.connect((arguments.address, arguments.port))
    connection.sendall(b'a')
    time.sleep(arguments.seconds)
    connection.sendall(b'b')
    finish(connection)
    connection.close()
    return {}


def meet(arguments):
    """Opens a connection to a peer that does the same at the same time,
    --at."""
    connection = make_socket(arguments, arguments.source_port)
    time.sleep(max(0, arguments.at - time.time()))
    connection.connect((arguments.address, arguments.port))
    connection.sendall(bytes(arguments.bytes))
    finish(connection)
    connection.close()
    return {}


def burst(arguments):
    """--bytes bytes of UDP payload, evenly in --seconds, from the next time on
    that is a multiple of --every."""
    s = socket.socket(family_of(arguments.address), socket.SOCK_DGRAM)
    s.bind(('', arguments.source_port))
    n = arguments.bytes // DATAGRAM
    if arguments.every:
        time.sleep(arguments.every - time.time() % arguments.every)
    start = time.monotonic()
    for i in range(n):
        time.sleep(max(0, start + arguments.seconds * i / n
                       - time.monotonic()))
        s.sendto(CHUNK[:DATAGRAM], (arguments.address, arguments.port))
    return {'bytes': n * DATAGRAM, 'seconds': time.monotonic() - start}


COMMANDS = {command.__name__: command
            for command in (sink, bulk, transfers, short, quiet, meet,
                            burst)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('command', choices=COMMANDS)
    parser.add_argument('address')
    parser.add_argument('port', type=int)
    for flag in 'abort', 'keep-alive', 'obey', 'server-closes':
        parser.add_argument('--' + flag, action='store_true')
    parser.add_argument('--chunk', type=int, default=65536)
    for number in ('abort-after', 'bytes', 'close-after',
                   'pause-after', 'receive-buffer', 'source-port'):
        parser.add_argument('--' + number, type=int, default=0)
    for number in 'connections', 'ports':
        parser.add_argument('--' + number, type=int, default=1)
    for number in 'at', 'every', 'pause-seconds':
        parser.add_argument('--' + number, type=float, default=0)
    parser.add_argument('--seconds', type=float, default=float('inf'))
    parser.add_argument('--congestion')
    parser.add_argument('--first-sequence', type=int)
    parser.add_argument('--limit', type=int, default=120)
    arguments = parser.parse_args()
    signal.alarm(arguments.limit)
    print(json.dumps(COMMANDS[arguments.command](arguments)), flush=True)


if __name__ == '__main__':
    try:
        main()
    except (OSError, BrokenPipeError) as error:
        sys.exit('%s: %s' % (os.path.basename(sys.argv[0]), error))
