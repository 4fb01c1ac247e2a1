# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Records what a tool tells, with the time of its arrival, to be read when the
traffic is over.  Times are microseconds since 1970."""

import json
import os
import socket
import subprocess
import threading
import time

import exports
import processes
import verdicts
from heavy_script import EPOCH_US

SLOTS = 'nw_src', 'nw_dst', 'tp_src', 'tp_dst'


def now_us():
    return time.time_ns() // 1000


class Collector:
    """Begins at once.  Subclasses have a method _run() for a thread, which
    ends soon after ._ended is set."""

    def __init__(self):
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        pass

    def end(self):
        self._ended.set()
        self._thread.join()

    def reports(self):
        """Returns what was reported; after end()."""
        return list(verdicts.reports_of(self.sightings()))

    def sightings(self):
        """Returns what was shown; after end()."""
        return []


class Datagrams(Collector):
    """What comes to 'address', as 'decode' reads it."""

    def __init__(self, address, decode):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self._socket.bind(address)
        self._socket.settimeout(0.1)
        self._decode = decode
        self._received = []
        super().__init__()

    def _run(self):
        while not self._ended.is_set():
            try:
                data = self._socket.recv(65535)
            except TimeoutError:
                continue
            self._received.append((now_us(), data))

    def end(self):
        super().end()
        self._socket.close()

    def sightings(self):
        return self._decode(self._received)


class Sink:
    """Takes datagrams and forgets them, in a process of its own: a tool's cost
    is measured with somebody listening."""

    def __init__(self, address):
        self._process = processes.start(
            ['python3', '-c', 'import socket\n'
             's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n'
             's.bind((%r, %d))\n'
             'while True: s.recv(65535)' % address],
            stdout=subprocess.DEVNULL)

    def end(self):
        processes.stop(self._process)


class Polls(Collector):
    """What 'dump' returns at the end of each epoch, as 'counters' reads it.
    Where it takes longer, epochs are left out."""

    def __init__(self, dump, counters):
        self._dump = dump
        self._counters = counters
        self._polls = []
        super().__init__()

    def _run(self):
        while not self._ended.is_set():
            time.sleep((EPOCH_US - now_us() % EPOCH_US) / 1e6)
            text = self._dump()
            self._polls.append((now_us(), text))

    def sightings(self):
        return exports.poll_sightings(self._polls, self._counters)


class Capture(Collector):
    """The packets that come to a switch's port 'capture'."""

    def __init__(self, path):
        self._path = path
        with open(path, 'rb') as stream:
            stream.seek(0, os.SEEK_END)
            self._start = stream.tell()
        super().__init__()

    def sightings(self):
        return exports.pcap_sightings(self._path, self._start)


class Watch(Collector):
    """The reports of ovs-trumpet watch."""

    def __init__(self):
        self._process = processes.start(['ovs-trumpet', 'watch'],
                                        stdout=subprocess.PIPE, text=True)
        self._lines = []
        super().__init__()

    def _run(self):
        for line in self._process.stdout:
            self._lines.append((now_us(), line))

    def end(self):
        processes.stop(self._process)
        super().end()

    def reports(self):
        result = []
        for seen_us, line in self._lines:
            report = json.loads(line)
            if report['event'] != 'satisfied' or not report['complete']:
                continue
            key = report['key']
            from_us = report['interval_start_us']
            result.append(verdicts.Report(
                exports.parse_key(*(key[name] for name in SLOTS)), from_us,
                from_us + report['interval_us'] - 1, seen_us))
        return result
