# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Packets lost at random, by nftables."""

import json

import processes

TABLE = '''table netdev loss {
  chain %(hook)s {
    type filter hook %(hook)s device "%(device)s" priority 0;
    meta l4proto tcp numgen random mod 10000 < %(rate)d counter drop
  }
}
'''


def lose(percent, device, hook='ingress', prefix=()):
    """Lets TCP segments get lost on 'device', in the namespace that 'prefix'
    enters, where they come from it (hook 'ingress') or are to leave through
    it ('egress').  A recorder on that device sees those that come, and not
    those that do not leave."""
    processes.run([*prefix, 'nft', '-f', '-'], input=TABLE % {
        'hook': hook, 'device': device, 'rate': round(percent * 100)})


def count_lost(prefix=()):
    ruleset = json.loads(processes.run(
        [*prefix, 'nft', '--json', 'list', 'ruleset']))
    return sum(part['counter']['packets'] for item in ruleset['nftables']
               for part in item.get('rule', {}).get('expr', ())
               if 'counter' in part)
