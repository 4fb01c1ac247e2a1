# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""What a TCP stack itself says: ss(8) of a connection, nstat(8) of all."""

import re

import processes

MSEC = 1000             # In us.


def parse_ss(text):
    """Returns, of each connection in what "ss -tinOH" printed, a dictionary:
    local and remote address, srtt_us, retransmissions (so far), cwnd."""
    connections = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 5:
            continue
        # "retrans:now/total" is missing as long as there were none.
        retrans = re.search(r'\bretrans:\d+/(\d+)', line)
        srtt = re.search(r'\brtt:([\d.]+)/', line)
        cwnd = re.search(r'\bcwnd:(\d+)', line)
        connections.append({
            'state': words[0], 'local': words[3], 'remote': words[4],
            'srtt_us': float(srtt.group(1)) * MSEC if srtt else None,
            'retransmissions': int(retrans.group(1)) if retrans else 0,
            'cwnd': int(cwnd.group(1)) if cwnd else None})
    return connections


def ss(host, port):
    """The connections of 'host' to 'port'."""
    return parse_ss(host.run('ss', '-tinOH', 'dport', '=', ':%d' % port))


def parse_nstat(text):
    return {words[0]: int(words[1]) for words in map(str.split,
                                                     text.splitlines())
            if len(words) >= 2 and not words[0].startswith('#')}


def nstat(host):
    """All counters of the stack of 'host', since it was made."""
    return parse_nstat(host.run('nstat', '-asz'))


def congestion_controls():
    """What this kernel has without loading a module."""
    with open('/proc/sys/net/ipv4/tcp_available_congestion_control',
              encoding='ascii') as stream:
        return stream.read().split()


def need_congestion_control(name):
    if name not in congestion_controls():
        raise processes.Skip('this kernel has no congestion control %s (it '
                             'has %s)' % (name,
                                          ' '.join(congestion_controls())))
