# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Random specifications, right ones and ones with an error."""

import functools
import random
import re

import generate
import language

# What cannot stand in a filter, each for its own reason.
BAD_FILTERS = [
    'tcp,ttl=4', 'ip,nw_ttl=4', 'tcp,tcp_flags=+syn', 'vlan_vid=10',
    'vlan_tci=0x1000', 'dl_src=02:00:00:00:00:01', 'eth_dst=ff:ff:ff:ff:ff:ff',
    'reg0=1', 'metadata=1', 'ct_state=+trk', 'tun_src=1.2.3.4',
    'icmp,icmp_type=8', 'ip,nw_tos=4', 'ip,nw_ecn=3', 'ip,ip_frag=yes',
    'nw_src=10.0.0.1', 'ip6,nw_src=10.0.0.1', 'ip,ipv6_src=::1',
    'ipv6_dst=::1', 'tp_dst=80', 'ip,tp_dst=80', 'icmp,tp_dst=8',
    'nw_proto=6', 'tcp,nw_src=10.0.0.1,nw_src=10.0.0.2',
    'tcp,nw_src=10.0.0.1,ip_src=10.0.0.1', 'tcp,tcp_dst=1,tp_dst=2',
    'tcp,udp', 'ip,ip6', 'in_port=1', 'in_port=LOCAL', 'tcp,tp_dst=70000',
    'ip,nw_proto=256', 'dl_type=0x10000', 'nw_src=1.2.3', 'foo=1', 'foo',
    'ip,nw_src=10.0.0.0/33', 'ip,nw_src=10.0.0.256', 'ip6,ipv6_src=1::/129',
    'ip6,ipv6_src=10.0.0.1', 'ip6,ipv6_src=1:::2', 'dl_vlan=10/7',
    'tcp,tp_dst=eighty', 'byte', 'tcp tp_dst=80',
]
BAD_GRANULARITIES = [
    'nw_src,nw_src', 'nw_src/8,nw_src', '5tuple,tp_src', 'tp_dst,5tuple',
    'nw_src,ipv6_src', 'nw_src/33', 'ipv6_dst/129', 'none,nw_src', 'any',
    'tp_src/8', 'nw_proto/8', 'ttl', 'bytes', 'dl_type', 'nw_src nw_dst',
    'nw_src/', 'nw_src/x', 'nw_src/-1', '4tuple',
]
BAD_DURATIONS = ['15ms', '5us', '0ms', '0s', '1.5s', '10', 'ms', '-10ms',
                 '10m', '10sec', '1h', '10 ms']
# Not all of them are wrong.
OVERS = ['over 1', 'over 2', 'over 64', 'over 0', 'over 65', 'over', 'over x',
         'over 2.5', 'over -2', 'over 2 over 3', 'over 10ms', 'over1',
         'OVER 2', 'over 1K', 'over 0x2']
OPTIONS = ['report every', 'report rising', 'report falling', 'report',
           'report Rising', 'rising', 'report rising report rising',
           'report every report rising', 'hold 40ms', 'hold 1s', 'hold 15ms',
           'hold 0ms', 'hold', 'hold 10', 'hold 40 ms', 'hold 40ms hold 80ms',
           'hold 10m', 'hold -40ms', 'hold 0.04s', 'top 0', 'top 5', 'top 32',
           'top 33', 'top', 'top -1', 'top 1.5', 'top 1K', 'top 5%',
           'top 3 top 3', 'top five', 'over 2', 'top 3 hold 40ms',
           'hold 40ms report rising top 1', 'top 0 report every hold 2s',
           '&& report rising', '(top 3)', 'report rising > 1', 'every 20ms',
           'top 3 && count() > 1']
PORT_SUMS = ['port(rx_dropped)', 'port(rx_errors)[-1]', 'port(rx_missed)[-8]',
             'port( rx_nombuf )', '-port(tx_dropped)', 'port(tx_errors) * 2',
             'port(tx_failed) + count()', 'port(qdisc_drops)[-9]',
             'port(qdisc_backlog)', 'port(bytes)', 'port()', 'port',
             'port(rx_dropped', 'port(rx_dropped + rx_errors)',
             'Port(rx_errors)',
             'sum(port(rx_dropped))', 'port(2)', 'rx_dropped',
             'port(qdisc_drops)[-1] - port(qdisc_drops)']
STRAY_TOKENS = [
    '(', ')', '!', '-', '+', '*', '/', '&&', '||', '&', '|', '>', '<', '>=',
    '==', '!=', '=', '%', '[', ']', ',', '5', '10%', '1K', '1.5', '5ms',
    'bytes', 'byte', 'sum', 'count', 'median', 'seq', 'rtt', 'when', 'on',
    'is_syn', 'Sum', 'BYTES', 'tp_src', '1k', '5x', '1.2.3', '#', '"', '@',
]


@functools.lru_cache(maxsize=4)
def pair_of(seed, variables, extensions):
    return generate.Pair(seed, 50, variables, extensions)


def right_spec(rng, variables, extensions):
    pair = pair_of(rng.randrange(1000), variables, extensions)
    spec = rng.choice(list(pair.specs.values()))
    if pair.epoch_us != language.DEFAULT_EPOCH_US:
        spec = re.sub(r' every [0-9]+[mu]?s ', ' every 20ms ', spec)
        spec = re.sub(r' hold [0-9]+[mu]?s', ' hold 40ms', spec)
    return spec


def tokens_of(text):
    """The tokens of a predicate, '[-1]' being one."""
    return re.findall(r'\[-\d\]|\d+(?:\.\d+)?[A-Za-z]*%?|\w+|&&|\|\||[<>=!]='
                      r'|[^\w\s]', text)


def join(tokens):
    """Puts a space where two tokens would otherwise become one."""
    text = ''
    for token in tokens:
        if text and re.match(r'\w', token) and re.match(r'[\w.%]', text[-1]):
            text += ' '
        text += token
    return text


def mutate_predicate(rng, text, variables):
    tokens = tokens_of(text)
    at = rng.randrange(len(tokens))
    kind = rng.randrange(6)
    if kind == 0:
        del tokens[at]
    elif kind == 1:
        tokens.insert(at, tokens[at])
    elif kind == 2:
        other = rng.randrange(len(tokens))
        tokens[at], tokens[other] = tokens[other], tokens[at]
    elif kind == 3:
        tokens[at] = rng.choice(STRAY_TOKENS)
    elif kind == 4:
        tokens.insert(at, rng.choice(STRAY_TOKENS))
    else:
        tokens.append(rng.choice(['[-1]', '[-0]', '[-9]', '[1]', '> 1',
                                  '&& 1', '|| 1 > 0', ')', '%', 'K', 'and',
                                  '&& seq > 1', '&& sum(rtt+ttl) > 1',
                                  '&& count(volume) > 1']))
    if variables != 'all':
        tokens = [token for token in tokens if token != 'rtt']
    return join(tokens)


def extend(rng, words, predicate):
    """Adds what the extensions of the language allow, or nearly so."""
    kind = rng.randrange(4)
    if kind == 0:
        return ' '.join(words + [rng.choice(OVERS)]), predicate
    if kind < 3:
        return ' '.join(words), '%s %s' % (predicate, rng.choice(OPTIONS))
    words = list(words)
    where = rng.randrange(4)
    if where == 0:
        words[1] = 'in_port=vm1'
    elif where == 1:
        words[2:] = ['by', rng.choice(['in_port', 'tun_id,in_port',
                                       'in_port,5tuple'])]
    elif where == 2:
        words[2:] = ['by', 'nw_src']
    predicate = '%s %s %s' % (
        rng.choice(PORT_SUMS), rng.choice(['>', '==', '<=']),
        rng.choice(['0', '10', '5%', 'count()', 'port(tx_errors)']))
    return ' '.join(words), predicate


def random_spec(rng, variables, extensions):
    """Returns a specification; most of them have an error."""
    spec = right_spec(rng, variables, extensions)
    head, predicate = spec.split(' when ', 1)
    words = head.split()
    if extensions == 'all' and rng.random() < 0.3:
        return '%s when %s' % extend(rng, words, predicate)
    kind = rng.random()
    if kind < 0.2:
        return spec
    if kind < 0.3:
        words[1] = rng.choice(BAD_FILTERS)
    elif kind < 0.36:
        words[2:] = ['by', rng.choice(BAD_GRANULARITIES)]
    elif kind < 0.4:
        words[2:] = ['every', rng.choice(BAD_DURATIONS)]
    elif kind < 0.45:
        at = rng.randrange(len(words))
        words[at:at + 1] = rng.choice([[], [words[at].upper()],
                                       [words[at]] * 2])
    elif kind < 0.5:
        return '%s %s' % (head, predicate)
    else:
        predicate = mutate_predicate(rng, predicate, variables)
    return '%s when %s' % (' '.join(words), predicate)


if __name__ == '__main__':
    for number in range(40):
        text_ = random_spec(random.Random(number), 'plain', 'all')
        try:
            language.parse(text_)
            print('right', text_)
        except language.LanguageError as error_:
            print('wrong', text_, '--', error_.position + 1, error_)
