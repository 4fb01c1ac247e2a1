#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""A reaction: tells a sender to pace itself once it was reported.

    ovs-trumpet watch burst-loss | reaction.py BYTES_PER_SECOND > SENDER

Prints "pace BYTES_PER_SECOND" for the first report, and on standard error when
that was: microseconds from the interval's end, and the report.  In earnest
this would be a call of the sender's host; see "bulk --obey" in traffic.py."""

import json
import sys
import time

USEC = 1e-6


def main():
    rate = int(sys.argv[1])
    for line in sys.stdin:
        report = json.loads(line)
        if report['event'] != 'satisfied':
            continue
        print('pace %d' % rate, flush=True)
        end_us = report['interval_start_us'] + report['interval_us']
        print('%d %s' % (time.time() / USEC - end_us, line.strip()),
              file=sys.stderr, flush=True)
        break


if __name__ == '__main__':
    main()
