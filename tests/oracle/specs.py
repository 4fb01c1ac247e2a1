# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""Random triggers: every production of the grammar, filters that match some
of a capture's packets, thresholds that some of the keys pass."""

import socket
from decimal import Decimal

import flowmatch
import language
import oracle
import values

FLAGS = ('is_syn', 'is_fin', 'is_rst', 'ecn')
SIZES = ('bytes', 'bytes', 'volume', 'packets', 'ttl', 'dscp')


MULTIPLES = (1, 1, 1, 2, 3, 5, 10, 100)     # Epochs of an interval.
LONG_MULTIPLES = (1, 1, 1, 2, 3, 5, 10, 30, 50, 100, 100, 200, 300, 1000)
MAX_INTERVALS = 1000
MAX_LIVE_EPOCHS = 200           # Of a window: each of them takes time.
OVERS = (1, 2, 2, 2, 3, 3, 4, 5, 8, 20, 64)
HOLDS = (1, 2, 2, 3, 3, 5, 10, 30)          # Intervals.
TOPS = (0, 1, 1, 2, 3, 5, 10, 32, 32)


class Unsuitable(Exception):
    """The dice gave a trigger that two right programs may disagree on, or
    one that takes long."""


# ## Filters ## #

def inet_ntop(address, family):
    return socket.inet_ntop(
        socket.AF_INET if family == 4 else socket.AF_INET6,
        address.to_bytes(4 if family == 4 else 16, 'big'))


def random_filter(rng, packet, ports):
    """Returns a filter that, mostly, matches 'packet'."""
    terms = []
    if rng.random() < 0.12:
        return 'any'
    if rng.random() < 0.15:
        terms.append('dl_vlan=%d' % (
            flowmatch.VLAN_NONE if packet.vlan is None else packet.vlan))
    if ports and rng.random() < 0.2:
        terms.append('in_port=%s' % packet.in_port)
    if ports and rng.random() < 0.1:
        terms.append(rng.choice(['tun_id=0', 'tun_id=0x7/0x7',
                                 'tunnel_id=7']))
    if packet.family is None:
        words = {0x0806: 'arp', 0x8035: 'rarp', 0x8847: 'mpls'}
        if packet.dl_type in words and rng.random() < 0.5:
            terms.append(words[packet.dl_type])
        elif rng.random() < 0.8:
            terms.append('%s=0x%04x' % (rng.choice(['dl_type', 'eth_type']),
                                        packet.dl_type))
    else:
        terms += ip_terms(rng, packet)
    if rng.random() < 0.3:
        rng.shuffle(terms)
    return ','.join(terms) or 'any'


def ip_terms(rng, packet):
    word = {4: rng.choice(['ip', 'ip', 'ipv4', 'ip4', 'dl_type=0x0800']),
            6: rng.choice(['ip6', 'ipv6', 'eth_type=0x86dd'])}[packet.family]
    name = {6: 'tcp', 17: 'udp', 132: 'sctp',
            1: 'icmp' if packet.family == 4 else None,
            58: 'icmp6' if packet.family == 6 else None}.get(packet.proto)
    suffix = '6' if packet.family == 6 and name != 'icmp6' else ''
    has_proto = rng.random() < 0.5
    terms = [word]
    if has_proto:
        if name and rng.random() < 0.8:
            terms = [name + suffix]
        else:
            terms.append('%s=%d' % (rng.choice(['nw_proto', 'ip_proto']),
                                    packet.proto))
    for end in ('src', 'dst'):
        if rng.random() < 0.3:
            terms.append(address_term(rng, packet, end))
    if has_proto and packet.proto in (6, 17, 132):
        protocol = {6: 'tcp', 17: 'udp', 132: 'sctp'}[packet.proto]
        for end, port in (('src', packet.sport), ('dst', packet.dport)):
            if rng.random() < 0.25:
                field = rng.choice(['tp', protocol]) + '_' + end
                mask = rng.choice(['', '', '', '/0xfff0', '/0x1', '/65535'])
                number = rng.choice(['%d', '0x%x']) % port
                terms.append('%s=%s%s' % (field, number, mask))
    return terms


def address_term(rng, packet, end):
    address = packet.src if end == 'src' else packet.dst
    if packet.family == 4:
        field = rng.choice(['nw_', 'ip_']) + end
        mask = rng.choice(['', '', '/32', '/24', '/20', '/8', '/1', '/0',
                           '/255.0.255.0', '/255.255.128.0'])
    else:
        field = 'ipv6_' + end
        mask = rng.choice(['', '', '/128', '/64', '/32', '/111', '/0',
                           '/ffff:ffff::ffff', '/::1'])
    if rng.random() < 0.04:
        address ^= 1
    return '%s=%s%s' % (field, inet_ntop(address, packet.family), mask)


def random_granularity(rng, packet, ports):
    """Returns a granularity, or '' for none.  Mostly 'packet' has a key."""
    while True:
        text = any_granularity(rng, packet, ports)
        granularity = flowmatch.parse_granularity(text or 'none')
        if granularity.key(packet) is not None or rng.random() < 0.1:
            return text


def any_granularity(rng, packet, ports):
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(['', 'none'])
    place = ['vlan_vid'] + (['in_port', 'tun_id'] if ports else [])
    if kind < 0.45:
        fields = ['5tuple']
        if rng.random() < 0.3:
            fields.append(rng.choice(place))
    else:
        family = packet.family or 4
        if rng.random() < 0.1:
            family = 10 - family
        ends = {4: ['nw_src', 'nw_dst'], 6: ['ipv6_src', 'ipv6_dst']}[family]
        prefixes = ['', '', '/24', '/20', '/31', '/32', '/0', '/8']
        if family == 6:
            prefixes = ['', '', '/64', '/32', '/127', '/128', '/0', '/111']
        fields = [end + rng.choice(prefixes) for end in ends]
        fields += ['nw_proto', 'tp_src', 'tp_dst'] + place
        rng.shuffle(fields)
        fields = fields[:rng.choice([1, 1, 2, 2, 3, 4])]
    rng.shuffle(fields)
    return ','.join(fields)


# ## Values and sums, as trees ## #

def number(value):
    if value < 0:
        return ('-', number(-value))
    return ('number', float(value))


def random_value(rng, variables, depth=2):
    """Returns the tree of any value the grammar allows."""
    if depth == 0 or rng.random() < 0.2:
        if rng.random() < 0.3:
            return number(rng.choice([0, 1, 2, 3, 5, 14, 64, 100, 1500, 0.5,
                                      5000, 1024]))
        return ('variable', rng.choice(variables))

    def part():
        return random_value(rng, variables, depth - 1)

    kind = rng.random()
    if kind < 0.15:
        return ('!', part())
    if kind < 0.22:
        return ('-', part())
    op = rng.choice(['+', '-', '*', '/', '&', '|', '>', '>=', '<', '<=',
                     '==', '!='])
    return (op, part(), part())


def useful_value(rng, variables):
    """Returns the tree of a value that users would ask for."""
    flags = [name for name in variables
             if name in FLAGS or name in ('is_lost', 'is_burst')]
    sizes = [name for name in variables if name in SIZES or name == 'rwnd']
    flag = ('variable', rng.choice(flags))
    size = ('variable', rng.choice(sizes))
    other = ('variable', rng.choice(sizes))
    limit = number(rng.choice([0, 1, 5, 64, 100, 1500, 46]))
    return rng.choice([
        size, size, size, size, flag, flag,
        ('-', size, number(14)),
        ('*', ('-', size, number(14)), other),
        (rng.choice(['>', '<', '>=', '<=', '==', '!=']), size, limit),
        ('&', flag, (rng.choice(['>', '<']), size, limit)),
        ('|', (rng.choice(['>', '<']), size, limit), flag),
        ('!', flag),
        ('&', ('!', flag), ('variable', rng.choice(flags))),
        ('/', size, other),
        ('/', size, flag),
        ('*', size, ('!', flag)),
    ])


class Sums:
    """Makes random sums."""

    def __init__(self, rng, variables, states):
        self.rng = rng
        self.variables = [name for name in variables if name != 'rtt']
        self.has_rtt = 'rtt' in variables
        self.states = states

    def history(self):
        return self.rng.choice([0] * 12 + [1, 1, 1, 2, 3, 8])

    def aggregate(self):
        rng = self.rng
        if self.has_rtt and rng.random() < 0.15:
            value = rng.choice([
                ('variable', 'rtt'), ('>', ('variable', 'rtt'), number(500)),
                ('/', ('variable', 'rtt'), number(1000))])
        elif rng.random() < 0.2:
            value = random_value(rng, self.variables,
                                 rng.choice([1, 2, 2, 3]))
        else:
            value = useful_value(rng, self.variables)
        function = rng.choice(language.FUNCTIONS)
        if function == 'count' and rng.random() < 0.5:
            value = None
        return ('aggregate', function, value, self.history())

    def leaf(self):
        if self.states and self.rng.random() < 0.4:
            return ('state', self.rng.choice(self.states), self.history())
        return self.aggregate()

    def about_state(self):
        """What users would ask of a connection."""
        rng = self.rng

        def state(name, k=0):
            return ('state', name, k)

        name = rng.choice(self.states)
        k = rng.choice([1, 1, 1, 2, 3, 8])
        return rng.choice([
            state(name), state(name, k),
            ('-', state(name), state(name, k)),
            ('-', state('seq'), state('ack')),
            ('-', state('seq', k), state('ack', k)),
            state('dup'), ('-', state('dup'), state('dup', k)),
            ('+', state('dup'), state('dup', k)),
            ('/', state('dup'), ('-', state('seq'), state('ack'))),
            ('-', number(1), (
                '/', ('+', ('-', state('ack'), state('ack', k)),
                      state('dup')),
                ('-', state('seq', k), state('ack', k)))),
            ('-', ('-', state('seq'), state('seq', k)),
             ('aggregate', 'sum', ('variable', 'volume'), 0)),
            ('-', state('ack'), ('aggregate', 'max', ('variable', 'rwnd'),
                                 0)),
        ])

    def about_packets(self):
        rng = self.rng
        lost, burst, rwnd, volume = (
            ('variable', name)
            for name in ('is_lost', 'is_burst', 'rwnd', 'volume'))
        function, value = rng.choice([
            ('sum', ('&', lost, burst)), ('sum', lost), ('sum', burst),
            ('sum', ('*', lost, volume)), ('count', ('!', lost)),
            ('min', rwnd), ('max', rwnd), ('count', ('==', rwnd, number(0))),
            ('max', ('*', burst, volume)), ('avg', ('|', lost, burst)),
            ('avg', ('variable', 'rtt')), ('max', ('variable', 'rtt')),
            ('min', ('variable', 'rtt')), ('count', ('variable', 'rtt')),
            ('sum', ('variable', 'rtt')),
            ('count', ('>', ('variable', 'rtt'), number(5000)))])
        return ('aggregate', function, value, self.history())

    def sum(self, depth=1):
        rng = self.rng
        if self.has_rtt:
            kind = rng.random()
            if self.states and kind < 0.35:
                return self.about_state()
            if kind < 0.6:
                return self.about_packets()
        kind = rng.random()
        if depth == 0 or kind < 0.45:
            return self.leaf()
        if kind < 0.55:
            leaf = self.leaf()
            return (rng.choice(['-', '/', '+']), leaf,
                    leaf[:-1] + (rng.choice([1, 1, 2, 5]),))
        if kind < 0.6:
            return ('-', self.sum(depth - 1))
        if kind < 0.75:
            return (rng.choice(['+', '-', '*', '/']), self.sum(depth - 1),
                    number(rng.choice([0, 1, 2, 10, 1000, 0.5, 8])))
        return (rng.choice(['+', '-', '*', '/']), self.sum(depth - 1),
                self.sum(depth - 1))


# ## Thresholds ## #

class Tuner:
    """Knows what a trigger's sums are in a capture, and picks thresholds
    among that.  'trigger' has any predicate."""

    def __init__(self, rng, trigger, trace):
        self.rng = rng
        first, last = oracle.in_replay(trigger, trace.packets)
        self.history = oracle.History(trigger, trace, first)
        self.tested = {both: self.history.tested(last, both)
                       for both in (False, True)}
        self.known = {}

    def pairs(self, tree):
        """The (interval, key) pairs where a predicate with 'tree' in it is
        tested."""
        return self.tested[language.reads_both_directions(tree)]

    def look(self, leaf, pair):
        if (leaf, pair) not in self.known:
            self.known[leaf, pair] = self.history.look(leaf, *pair)
        return self.known[leaf, pair]

    def values(self, tree):
        """What 'tree' is where it is tested and defined, sorted."""
        found = [values.sum_of(tree, lambda leaf, pair=pair:
                               self.look(leaf, pair))
                 for pair in self.pairs(tree)]
        return sorted(value for value in found
                      if value is not values.UNDEFINED)

    def quantile(self, found):
        if not found:
            return 1.0
        at = min(0.95, max(0.05, self.rng.gauss(0.6, 0.25)))
        return found[int(at * len(found))]

    def threshold(self, tree):
        """A number that about half of the values of 'tree' pass."""
        value = self.quantile(self.values(tree))
        if value == round(value) and abs(value) < 2 ** 50:
            if abs(value) >= 10000 and self.rng.random() < 0.4:
                return float(round(value, -2))
            return value + self.rng.choice([0, 0, 0, 1, -1, 0.5])
        return float('%.4g' % value)

    def percent(self, tree):
        count = ('aggregate', 'count', None, 0)
        found = self.values(('/', ('*', number(100), tree), count))
        value = abs(self.quantile(found))
        return float('%.3g' % value) if value < 10 ** 6 else 10.0

    def fires(self, predicate):
        return any(values.is_true(predicate, lambda leaf, pair=pair:
                                  self.look(leaf, pair))
                   for pair in self.pairs(predicate))

    def inexact(self, leaf):
        """Whether rounding can make two right programs differ in 'leaf'."""
        if leaf[0] == 'state':
            return False
        _, function, value, _ = leaf
        if function not in ('sum', 'avg') or value is None:
            return False
        total = 0
        for interval, key in self.tested[True]:
            for packet in self.history.items(value, interval, key):
                number_ = values.value_of(value, packet)
                if number_ is values.UNDEFINED:
                    continue
                if not (number_ * 1024).is_integer():
                    return True
                total += abs(number_)
        return total >= 2 ** 42

    def require_stable_top(self, predicate):
        """Raises Unsuitable if the order of flows hangs on a rounding
        error."""
        if not self.inexact(language.ranked(predicate)):
            return
        for window, key in self.pairs(predicate):
            parts = [value for _, value in
                     self.history.contributors(window, key)]
            scale = max([1.0] + [abs(value) for value in parts])
            for larger, smaller in zip(parts, parts[1:] + [0]):
                if abs(larger - smaller) <= 1e-7 * scale:
                    raise Unsuitable

    def require_stable(self, predicate):
        """Raises Unsuitable if a comparison hangs on a rounding error."""
        leaves = language.reported(predicate)
        if not any(self.inexact(leaf) for leaf in leaves):
            return
        comparisons = [node for node in language.walk(predicate)
                       if node[0] in ('compare', 'compare%', '%compare')]
        for pair in self.pairs(predicate):

            def look(leaf, pair=pair):
                return self.look(leaf, pair)

            scale = max([1.0] + [abs(look(leaf) or 0) for leaf in leaves])
            for node in comparisons:
                left, right = values.sides_of(node, look)
                if left is not None and right is not None and (
                        abs(left - right)
                        <= 1e-7 * max(scale, abs(left), abs(right))):
                    raise Unsuitable


# ## Predicates ## #

def random_comparison(rng, sums, tuner):
    tree = sums.sum(rng.choice([0, 1, 1, 2]))
    op = rng.choice(['>', '>', '>=', '<', '<=', '==', '!='])
    kind = rng.random()
    if kind < 0.12:
        return ('compare%', op, tree, tuner.percent(tree))
    if kind < 0.16:
        return ('%compare', op, tuner.percent(tree), tree)
    if kind < 0.30:
        return ('compare', op, tree, sums.sum())
    limit = number(tuner.threshold(tree))
    if kind < 0.36:
        return ('compare', op, limit, tree)
    if kind < 0.38:
        return ('compare', op, number(1), number(rng.choice([0, 1, 2])))
    return ('compare', op, tree, limit)


def random_predicate(rng, sums, tuner, depth=2):
    kind = rng.random()
    if depth == 0 or kind < 0.55:
        return random_comparison(rng, sums, tuner)

    def part():
        return random_predicate(rng, sums, tuner, depth - 1)

    if kind < 0.65:
        return ('not', part())
    return (rng.choice(['and', 'or']), part(), part())


def random_options(rng, every_us):
    """Returns the text of some options."""
    options = []
    if rng.random() < 0.5:
        options.append('report ' + rng.choice(['rising'] * 5 + ['every']))
    if rng.random() < 0.4:
        options.append('hold ' + duration_text(rng, every_us, HOLDS))
    if rng.random() < 0.5:
        options.append('top %d' % rng.choice(TOPS))
    rng.shuffle(options)
    return ''.join(' ' + option for option in options)


def random_head(rng, trace, epoch_us, is_plain, is_extended, ports, is_live):
    """Returns the text of a trigger up to its predicate."""
    candidates = [packet for packet in trace.packets if packet.valid]
    if not is_plain and rng.random() < 0.9:
        candidates = [packet for packet in candidates
                      if packet.tcp] or candidates
    packet = rng.choice(candidates or trace.packets)
    text = 'on ' + random_filter(rng, packet, ports)
    granularity = random_granularity(rng, packet, ports)
    if not is_plain and rng.random() < 0.5:
        granularity = rng.choice(['5tuple', '5tuple', '5tuple', '5tuple',
                                  'vlan_vid,5tuple'])
    if granularity:
        text += ' by ' + granularity
    if rng.random() < 0.8:
        text += ' every ' + duration_text(rng, epoch_us, MULTIPLES if is_plain
                                          else LONG_MULTIPLES)
    if is_extended and rng.random() < 0.6:
        text += ' over %d' % rng.choice(OVERS)
    if is_live:
        probe = language.parse(text + ' when 1 > 0', epoch_us)
        if probe.every_us * probe.over > MAX_LIVE_EPOCHS * epoch_us:
            raise Unsuitable
    return text


def random_trigger(rng, trace, epoch_us, variables, states, extensions,
                   ports=False, is_live=False, sample=None):
    """Returns the text of one trigger.  With 'extensions' about every third
    has none.  With 'ports' it may name them.  'sample', a part of 'trace', is
    what thresholds are drawn from."""
    sample = sample or trace
    is_plain = 'rtt' not in variables
    is_extended = extensions and rng.random() < 0.7
    text = random_head(rng, sample, epoch_us, is_plain, is_extended, ports,
                       is_live)
    probe = language.parse(text + ' when 1 > 0', epoch_us)
    if not probe.granularity.has_5tuple:
        states = ()
    if not is_plain and not probe.granularity.fields:
        first, last = oracle.in_replay(probe, sample.packets)
        if last - first > MAX_INTERVALS:
            raise Unsuitable
    tuner = Tuner(rng, probe, sample)
    sums = Sums(rng, variables, states)
    for _ in range(4):
        predicate = random_predicate(rng, sums, tuner)
        if tuner.fires(predicate):
            break
    if sample is not trace:
        tuner = Tuner(rng, probe, trace)
    tuner.require_stable(predicate)
    text = '%s when %s' % (text, Writer(rng).predicate(predicate))
    if is_extended:
        text += random_options(rng, probe.every_us)
    trigger = language.parse(text, epoch_us)
    if trigger.predicate != predicate:
        raise AssertionError('not what was meant: %s' % text)
    if extensions and trigger.top and not probe.granularity.is_whole_5tuple:
        tuner.require_stable_top(predicate)
    return text


def duration_text(rng, epoch_us, multiples):
    duration = epoch_us * rng.choice(multiples)
    choices = [(duration, 'us')]
    if duration % 1000 == 0:
        choices.append((duration // 1000, 'ms'))
    if duration % 10 ** 6 == 0:
        choices.append((duration // 10 ** 6, 's'))
    return '%d%s' % rng.choice(choices)


# ## Text ## #

class Writer:
    """Writes trees as text, with spaces and parentheses as the dice say."""

    def __init__(self, rng):
        self.rng = rng

    def space(self):
        return self.rng.choice(['', '', ' ', ' ', '  '])

    def maybe_parentheses(self, text, needed):
        if needed or self.rng.random() < 0.05:
            return '(%s%s%s)' % (self.space(), text, self.space())
        return text

    def number(self, value):
        """The text of 'value' with any unit that leaves few digits."""
        texts = []
        for unit, factor in language.UNITS.items():
            scaled = Decimal(repr(value)) / factor
            text = format(scaled.normalize(), 'f')
            if float(text) * factor == value == float(Decimal(text) * factor):
                texts.append(text + unit)
        texts.sort(key=len)
        if self.rng.random() < 0.03:
            return self.rng.choice(texts)
        return self.rng.choice(
            [text for text in texts if len(text) <= len(texts[0]) + 3])

    def expression(self, tree, outer=0):
        """The text of a sum or value."""
        kind = tree[0]
        if kind == 'number':
            return self.number(tree[1])
        if kind == 'variable':
            return tree[1]
        if kind == 'state':
            return tree[1] + language.history_text(tree[2])
        if kind == 'aggregate':
            value = '' if tree[2] is None else self.expression(tree[2])
            return '%s(%s%s%s)%s' % (tree[1], self.space(), value,
                                     self.space(),
                                     language.history_text(tree[3]))
        if len(tree) == 2:
            operand = self.expression(tree[1], language.BINDING_UNARY)
            return kind + self.space() + operand
        binding = language.BINDING[kind]
        left = binding + (kind in language.COMPARISONS)
        return self.maybe_parentheses(
            self.expression(tree[1], left) + self.space() + kind
            + self.space() + self.expression(tree[2], binding + 1),
            binding < outer)

    def predicate(self, tree, outer=0):
        kind = tree[0]
        if kind == 'compare':
            sides = self.expression(tree[2]), self.expression(tree[3])
        elif kind == 'compare%':
            sides = (self.expression(tree[2]),
                     language.number_text(tree[3]) + '%')
        elif kind == '%compare':
            sides = (language.number_text(tree[2]) + '%',
                     self.expression(tree[3]))
        elif kind == 'not':
            return '!' + self.space() + self.predicate(tree[1], 3)
        else:
            binding = language.PREDICATE_BINDING[kind]
            return self.maybe_parentheses(
                self.predicate(tree[1], binding) + self.space()
                + {'and': '&&', 'or': '||'}[kind] + self.space()
                + self.predicate(tree[2], binding + 1), binding < outer)
        return self.maybe_parentheses(
            sides[0] + self.space() + tree[1] + self.space() + sides[1],
            False)
