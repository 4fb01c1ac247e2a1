#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""How fast ovs-trumpet replays a capture.

Makes a capture of small TCP and UDP packets of 30,000 flows, a few of which
send most of them, at 2 million packets a second, and 4,096 triggers of which
each packet matches 8.  Replays it in turn with these and with one trigger,
and prints million packets per second of CPU time: minimum, median, maximum.

With --against, the other program takes turns with the first, and the median
of the ratios of neighbours is printed.
"""

import argparse
import os
import random
import resource
import socket
import statistics
import struct
import subprocess
import tempfile

N_FLOWS = 30000
FRAME_LEN = 60
GRANULARITIES = ["5tuple", "nw_src", "nw_dst", "nw_src,nw_dst", "tp_dst",
                 "nw_dst,tp_dst", "nw_src/24,nw_dst/24", "none"]
ONE_TRIGGER = "a=on ip by nw_dst/24 when sum(volume) > 1GB"


def make_frame(rnd):
    """Returns a frame of a random flow to one of 16 networks."""
    src = "10.%d.%d.%d" % (rnd.randrange(4), rnd.randrange(256),
                           rnd.randrange(1, 255))
    dst = "10.0.%d.%d" % (128 + rnd.randrange(16), rnd.randrange(1, 255))
    proto = rnd.choice((6, 17))
    ports = (rnd.randrange(1024, 65535), rnd.choice((80, 443, 53, 8080)))
    if proto == 6:
        l4 = struct.pack("!HHIIBBHHH", *ports, 1, 1, 5 << 4, 0x10, 65535,
                         0, 0)
    else:
        l4 = struct.pack("!HHHH", *ports, FRAME_LEN - 34, 0)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, FRAME_LEN - 14, 0, 0x4000, 64,
                     proto, 0)
    frame = (bytes(12) + b"\x08\x00" + ip + socket.inet_aton(src)
             + socket.inet_aton(dst) + l4)
    return frame.ljust(FRAME_LEN, b"\0")


def write_capture(path, n_packets, rnd):
    frames = [make_frame(rnd) for _ in range(N_FLOWS)]
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(n_packets):
            us = i // 2
            out.write(struct.pack("<IIII", 1469000000 + us // 1000000,
                                  us % 1000000, FRAME_LEN, FRAME_LEN))
            out.write(frames[int(rnd.random() ** 3 * N_FLOWS)])


def write_triggers(path, n):
    """Each packet matches the triggers of one of the 16 networks."""
    specs = ["on ip,nw_dst=10.0.%d.0/24 by %s when sum(volume) > 125KB"
             % (128 + net, by) for net in range(16) for by in GRANULARITIES]
    for i in range(n - len(specs)):
        specs.append("on tcp,nw_dst=10.%d.%d.0/24 by 5tuple "
                     "when sum(volume) > 125KB" % (1 + i // 256, i % 256))
    with open(path, "w", encoding="ascii") as out:
        for i, spec in enumerate(specs):
            out.write("t%d: %s\n" % (i, spec))


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime
            + after.ru_stime - before.ru_stime)


def bench(args, name, arguments):
    programs = [args.program] + ([args.against] if args.against else [])
    seconds = [[] for _ in programs]
    for i in range(args.runs):
        order = range(len(programs)) if i % 2 else reversed(
            range(len(programs)))
        for j in order:
            seconds[j].append(cpu_seconds([programs[j], "replay"]
                                          + arguments))
    for program, figures in zip(programs, seconds):
        mpps = sorted(args.packets / s / 1e6 for s in figures)
        print("%-14s %6.2f %6.2f %6.2f  %s" % (
            name, mpps[0], statistics.median(mpps), mpps[-1], program))
    if args.against:
        print("%-14s ratio of %.3f" % (name, statistics.median(
            b / a for a, b in zip(*seconds))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program", help="path of ovs-trumpet")
    parser.add_argument("--against", help="path of another ovs-trumpet")
    parser.add_argument("--packets", type=int, default=1000000)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as place:
        capture = os.path.join(place, "capture.pcap")
        triggers = os.path.join(place, "triggers")
        write_capture(capture, args.packets, random.Random(1))
        write_triggers(triggers, 4096)
        print("Mpps of CPU      min    med    max  (%d runs)" % args.runs)
        bench(args, "1 trigger", ["-t", ONE_TRIGGER, capture])
        bench(args, "4096 triggers", ["-f", triggers, capture])


if __name__ == "__main__":
    main()
