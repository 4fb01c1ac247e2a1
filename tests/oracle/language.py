# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""The trigger language: text to tree, and a tree's canonical text.

Trees are tuples whose first element names the kind:

    sums and values     ('number', float)  ('-', x)  ('!', x)  (op, x, y)
                        op: + - * / > >= < <= == != & |
    only in values      ('variable', name)
    only in sums        ('aggregate', function, value or None, k)
                        ('state', name, k)
                        ('port', counter, k)
    predicates          ('compare', op, sum, sum)
                        ('compare%', op, sum, p)    sum op p%
                        ('%compare', op, p, sum)    p% op sum
                        ('not', x)  ('and', x, y)  ('or', x, y)
"""

import re
from decimal import Decimal

import flowmatch

PLAIN_VARIABLES = ('bytes', 'packets', 'volume', 'ttl', 'dscp', 'ecn',
                   'is_syn', 'is_fin', 'is_rst')
TCP_VARIABLES = ('rwnd', 'is_lost', 'is_burst', 'rtt')
STATES = ('seq', 'ack', 'dup')
FUNCTIONS = ('sum', 'max', 'min', 'avg', 'count')
PORT_COUNTERS = ('rx_dropped', 'rx_errors', 'rx_missed', 'rx_nombuf',
                 'tx_dropped', 'tx_errors', 'tx_failed', 'qdisc_drops',
                 'qdisc_backlog')
COMPARISONS = ('>', '>=', '<', '<=', '==', '!=')
MAX_HISTORY = 8
MAX_OVER = 64
MAX_TOP = 32
DEFAULT_TOP = 5

SIZE_UNITS = {'': 1, 'K': 10 ** 3, 'M': 10 ** 6, 'G': 10 ** 9, 'T': 10 ** 12,
              'Ki': 2 ** 10, 'Mi': 2 ** 20, 'Gi': 2 ** 30, 'Ti': 2 ** 40}
UNITS = {'us': 1, 'ms': 10 ** 3, 's': 10 ** 6}
for unit, factor in SIZE_UNITS.items():
    UNITS[unit] = UNITS[unit + 'B'] = factor

DEFAULT_EPOCH_US = 10000


class LanguageError(ValueError):
    """A trigger that the language refuses.  'position' counts characters
    from 0."""

    def __init__(self, position, message):
        super().__init__(message)
        self.position = position


class Trigger:
    """'over' intervals of 'every_us' make the window that is tested."""

    def __init__(self, flow_filter, granularity, every_us, over, predicate,
                 options):
        self.filter = flow_filter
        self.granularity = granularity
        self.every_us = every_us
        self.over = over
        self.predicate = predicate
        self.is_rising = options.get('report', 'every') == 'rising'
        self.hold_us = options.get('hold', 0)
        self.top = options.get('top', DEFAULT_TOP)
        self.name = None

    def meaning(self):
        """Two triggers with equal meaning() are the same trigger."""
        return (self.filter.meaning(), self.granularity.fields, self.every_us,
                self.over, self.predicate, self.is_rising, self.hold_us,
                self.top)

    def fields_named(self):
        return set(self.filter.terms) | {
            name for name, _ in self.granularity.fields}


def parse_duration(text):
    """Returns 'text' in microseconds, or None."""
    match = re.fullmatch(r'([0-9]+)(us|ms|s)', text)
    if not match or int(match[1]) == 0:
        return None
    return int(match[1]) * UNITS[match[2]]


def parse_number_up_to(text, limit):
    """Returns the number 'text', or None if it is none or too large."""
    if not re.fullmatch('[0-9]+', text) or int(text) > limit:
        return None
    return int(text)


def parse(text, epoch_us=DEFAULT_EPOCH_US,
          variables=PLAIN_VARIABLES + TCP_VARIABLES, states=STATES,
          has_extensions=True):
    """Returns the Trigger that 'text' specifies or raises LanguageError.
    Without extensions there is no 'over', no option and no port()."""
    words = [(m.start(), m[0]) for m in re.finditer(r'\S+', text)]
    words.append((len(text), ''))

    def take(expected=None):
        position, word = words.pop(0)
        if expected is not None and word != expected:
            raise LanguageError(position, "expected '%s'" % expected)
        return position, word

    take('on')
    position, word = take()
    try:
        flow_filter = flowmatch.parse_filter(word)
        granularity = flowmatch.Granularity([])
        if words and words[0][1] == 'by':
            take()
            position, word = take()
            granularity = flowmatch.parse_granularity(word)
    except flowmatch.FieldError as error:
        raise LanguageError(position, str(error)) from error
    every_us = epoch_us
    if words and words[0][1] == 'every':
        take()
        position, word = take()
        every_us = parse_duration(word)
        if every_us is None:
            raise LanguageError(position, 'expected a duration')
        if every_us % epoch_us:
            raise LanguageError(position, 'no multiple of the epoch')
    over = 1
    if has_extensions and words and words[0][1] == 'over':
        take()
        position, word = take()
        over = parse_number_up_to(word, MAX_OVER)
        if not over:
            raise LanguageError(position, 'expected 1 to %d' % MAX_OVER)
    if not words:
        raise LanguageError(len(text), "expected 'when'")
    position, word = words[0]
    if not re.match(r'when(?![A-Za-z0-9_])', word):
        raise LanguageError(position, "expected 'when'")
    has_port = ('in_port' in flow_filter.terms
                or ('in_port', None) in granularity.fields)
    parser = Parser(text, position + len('when'), granularity, variables,
                    states, has_port, has_extensions)
    predicate, options = parser.parse(every_us)
    return Trigger(flow_filter, granularity, every_us, over, predicate,
                   options)


TOKEN = re.compile(r'''
    (?P<space>\s+)
  | (?P<percent>[0-9]+(\.[0-9]+)?%)
  | (?P<number>[0-9]+(\.[0-9]+)?(?P<unit>us|ms|s|[KMGT]?i?B?)
      (?![A-Za-z0-9_.]))
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign>&&|\|\||[<>=!]=|[][()<>!&|+*/-])
''', re.VERBOSE)


def tokens(text, position):
    """Returns (kind, value, position, text) for each token from 'position'
    on."""
    result = []
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise LanguageError(position, 'unexpected character')
        kind = match.lastgroup if match.lastgroup != 'unit' else 'number'
        if match['percent']:
            result.append(('percent', float(match[0][:-1]), position,
                           match[0]))
        elif match['number']:
            unit = match['unit']
            if unit not in UNITS:
                raise LanguageError(position, 'unknown unit')
            digits = match[0][:len(match[0]) - len(unit)]
            result.append(('number', float(Decimal(digits) * UNITS[unit]),
                           position, match[0]))
        elif kind != 'space':
            result.append((kind, match[0], position, match[0]))
        position = match.end()
    result.append(('end', '', len(text), ''))
    return result


class Parser:
    """Recursive descent over the grammar, one method a production."""

    def __init__(self, text, position, granularity, variables, states,
                 has_port, has_extensions):
        self.tokens = tokens(text, position)
        self.index = 0
        self.granularity = granularity
        self.variables = variables
        self.states = states
        self.has_port = has_port
        self.has_extensions = has_extensions

    def fail(self, message):
        raise LanguageError(self.tokens[self.index][2], message)

    def peek(self):
        """The value of the next token if it is a word or a sign."""
        kind, value, _, _ = self.tokens[self.index]
        return value if kind in ('word', 'sign') else None

    def accept(self, *values):
        if self.peek() in values:
            self.index += 1
            return self.tokens[self.index - 1][1]
        return None

    def expect(self, value):
        if not self.accept(value):
            self.fail("expected '%s'" % value)

    def accept_kind(self, kind):
        if self.tokens[self.index][0] == kind:
            self.index += 1
            return self.tokens[self.index - 1][1]
        return None

    def left_associative(self, signs, operand):
        tree = operand()
        while self.peek() in signs:
            sign = self.accept(*signs)
            tree = (sign, tree, operand())
        return tree

    def parse(self, every_us):
        """Returns the predicate and its options, a dict."""
        tree = self.predicate()
        options = {}
        while self.has_extensions and self.peek() in ('report', 'hold', 'top'):
            if self.peek() in options:
                self.fail('%s is given twice' % self.peek())
            name = self.accept('report', 'hold', 'top')
            options[name] = self.option(name, every_us)
        if self.tokens[self.index][0] != 'end':
            self.fail('expected the end')
        return tree, options

    def option(self, name, every_us):
        if name == 'report':
            value = self.accept('every', 'rising')
            if not value:
                self.fail("expected 'every' or 'rising'")
            return value
        text = self.tokens[self.index][3]
        if name == 'hold':
            value = parse_duration(text)
            if value is None or value % every_us:
                self.fail('expected a multiple of the interval')
        else:
            value = parse_number_up_to(text, MAX_TOP)
            if value is None:
                self.fail('expected 0 to %d' % MAX_TOP)
        self.index += 1
        return value

    def predicate(self):
        tree = self.conjunction()
        while self.accept('||'):
            tree = ('or', tree, self.conjunction())
        return tree

    def conjunction(self):
        tree = self.negation()
        while self.accept('&&'):
            tree = ('and', tree, self.negation())
        return tree

    def negation(self):
        if self.accept('!'):
            return ('not', self.negation())
        # A parenthesis opens a sum or a predicate: try both.
        start = self.index
        try:
            return self.comparison()
        except LanguageError as error:
            if self.tokens[start][1] != '(':
                raise
            furthest = error
        self.index = start
        self.expect('(')
        try:
            tree = self.predicate()
            self.expect(')')
        except LanguageError as error:
            if error.position < furthest.position:
                raise furthest from error
            raise
        return tree

    def comparison(self):
        percent = self.accept_kind('percent')
        if percent is not None:
            op = self.comparison_sign()
            return ('%compare', op, percent, self.sum())
        left = self.sum()
        op = self.comparison_sign()
        percent = self.accept_kind('percent')
        if percent is not None:
            return ('compare%', op, left, percent)
        return ('compare', op, left, self.sum())

    def comparison_sign(self):
        op = self.accept(*COMPARISONS)
        if not op:
            self.fail('expected a comparison')
        return op

    def sum(self):
        return self.left_associative(('+', '-'), self.product)

    def product(self):
        return self.left_associative(('*', '/'), self.factor)

    def factor(self):
        if self.accept('-'):
            return ('-', self.factor())
        if self.accept('('):
            tree = self.sum()
            self.expect(')')
            return tree
        number = self.accept_kind('number')
        if number is not None:
            return ('number', number)
        word = self.peek()
        if word in FUNCTIONS:
            return self.aggregate()
        if word in self.states:
            if not self.granularity.has_5tuple:
                self.fail('%s needs 5tuple in the granularity' % word)
            self.accept(word)
            return ('state', word, self.history())
        if word == 'port' and self.has_extensions:
            return self.port()
        return self.fail('expected a number, aggregate or state')

    def port(self):
        if not self.has_port:
            self.fail('port() needs in_port in the granularity or the filter')
        self.expect('port')
        self.expect('(')
        counter = self.accept(*PORT_COUNTERS)
        if not counter:
            self.fail('expected a counter')
        self.expect(')')
        return ('port', counter, self.history())

    def aggregate(self):
        function = self.accept(*FUNCTIONS)
        self.expect('(')
        value = None
        if function != 'count' or self.peek() != ')':
            start = self.index
            value = self.value()
            names = variables_of(value)
            if 'rtt' in names and len(names) > 1:
                self.index = start
                self.fail('rtt does not stand with another variable')
        self.expect(')')
        return ('aggregate', function, value, self.history())

    def history(self):
        if not self.accept('['):
            return 0
        self.expect('-')
        k = self.tokens[self.index][3]
        if not re.fullmatch('[1-%d]' % MAX_HISTORY, k):
            self.fail('expected 1 to %d' % MAX_HISTORY)
        self.index += 1
        self.expect(']')
        return int(k)

    def value(self):
        return self.left_associative(('|',), self.value_all)

    def value_all(self):
        return self.left_associative(('&',), self.value_test)

    def value_test(self):
        tree = self.value_sum()
        op = self.accept(*COMPARISONS)
        if op:
            tree = (op, tree, self.value_sum())
        return tree

    def value_sum(self):
        return self.left_associative(('+', '-'), self.value_product)

    def value_product(self):
        return self.left_associative(('*', '/'), self.value_factor)

    def value_factor(self):
        sign = self.accept('!', '-')
        if sign:
            return (sign, self.value_factor())
        if self.accept('('):
            tree = self.value()
            self.expect(')')
            return tree
        number = self.accept_kind('number')
        if number is not None:
            return ('number', number)
        word = self.peek()
        if word not in self.variables:
            self.fail('expected a number or packet variable')
        self.accept(word)
        return ('variable', word)


# ## Trees ## #

def walk(tree):
    """Yields 'tree' and every tree in it."""
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from walk(part)


def variables_of(tree):
    return {node[1] for node in walk(tree) if node[0] == 'variable'}


def reads_both_directions(predicate):
    """Whether 'predicate' reads what the reverse direction has part in."""
    return any(node[0] == 'state' or node == ('variable', 'rtt')
               for node in walk(predicate))


def reported(predicate):
    """The aggregates, states and counters of 'predicate', each once."""
    found = []
    for node in walk(predicate):
        if node[0] in ('aggregate', 'state', 'port'):
            wanted = node
        elif node[0] in ('compare%', '%compare'):
            wanted = ('aggregate', 'count', None, 0)
        else:
            continue
        if wanted not in found:
            found.append(wanted)
    return found


def ranked(predicate):
    """Returns the aggregate by which 'top' ranks the flows of a key."""
    for node in walk(predicate):
        if (node[0] == 'aggregate' and node[1] in ('sum', 'count')
                and node[3] == 0):
            return node
    return ('aggregate', 'count', None, 0)


# ## Canonical text ## #

def number_text(number):
    """'number' as a plain decimal, with the digits that identify it."""
    text = format(Decimal(repr(number)), 'f')
    if '.' in text:
        text = text.rstrip('0').rstrip('.')
    return text


BINDING = {'|': 1, '&': 2, '+': 4, '-': 4, '*': 5, '/': 5}
BINDING.update((op, 3) for op in COMPARISONS)
BINDING_UNARY = 6


def canonical(tree, outer=0):
    """The canonical text of a sum or value.  'outer' is how tightly what
    stands around it binds."""
    kind = tree[0]
    if kind == 'number':
        return number_text(tree[1])
    if kind == 'variable':
        return tree[1]
    if kind == 'state':
        return tree[1] + history_text(tree[2])
    if kind == 'port':
        return 'port(%s)%s' % (tree[1], history_text(tree[2]))
    if kind == 'aggregate':
        value = '' if tree[2] is None else canonical(tree[2])
        return '%s(%s)%s' % (tree[1], value, history_text(tree[3]))
    if len(tree) == 2:
        return kind + canonical(tree[1], BINDING_UNARY)
    binding = BINDING[kind]
    # Operators associate to the left, comparisons not at all.
    left = binding + (kind in COMPARISONS)
    text = canonical(tree[1], left) + kind + canonical(tree[2], binding + 1)
    return '(%s)' % text if binding < outer else text


def history_text(k):
    return '[-%d]' % k if k else ''


# How tightly the parts of predicates bind.
PREDICATE_BINDING = {'or': 1, 'and': 2, 'not': 3}


def canonical_sum(tree, outer=0):
    """The canonical text of a sum of a predicate: with spaces, but not in its
    values."""
    if tree[0] in ('number', 'state', 'port', 'aggregate'):
        return canonical(tree)
    if len(tree) == 2:
        return tree[0] + canonical_sum(tree[1], BINDING_UNARY)
    binding = BINDING[tree[0]]
    text = '%s %s %s' % (canonical_sum(tree[1], binding), tree[0],
                         canonical_sum(tree[2], binding + 1))
    return '(%s)' % text if binding < outer else text


def canonical_predicate(tree, outer=0):
    kind = tree[0]
    if kind == 'compare':
        return '%s %s %s' % (canonical_sum(tree[2]), tree[1],
                             canonical_sum(tree[3]))
    if kind == 'compare%':
        return '%s %s %s%%' % (canonical_sum(tree[2]), tree[1],
                               number_text(tree[3]))
    if kind == '%compare':
        return '%s%% %s %s' % (number_text(tree[2]), tree[1],
                               canonical_sum(tree[3]))
    if kind == 'not':
        text = canonical_predicate(tree[1], PREDICATE_BINDING['not'])
        if tree[1][0] in ('compare', 'compare%', '%compare'):
            text = '(%s)' % text
        return '!' + text
    binding = PREDICATE_BINDING[kind]
    text = '%s %s %s' % (canonical_predicate(tree[1], binding),
                         {'and': '&&', 'or': '||'}[kind],
                         canonical_predicate(tree[2], binding + 1))
    return '(%s)' % text if binding < outer else text


def duration_text(duration_us):
    """In the largest unit in which it is whole."""
    for unit in ('s', 'ms'):
        if duration_us % UNITS[unit] == 0:
            return '%d%s' % (duration_us // UNITS[unit], unit)
    return '%dus' % duration_us


def canonical_end(trigger):
    """The canonical text of a trigger from 'every' on."""
    text = 'every ' + duration_text(trigger.every_us)
    if trigger.over > 1:
        text += ' over %d' % trigger.over
    text += ' when ' + canonical_predicate(trigger.predicate)
    if trigger.is_rising:
        text += ' report rising'
    if trigger.hold_us:
        text += ' hold ' + duration_text(trigger.hold_us)
    if trigger.top != DEFAULT_TOP:
        text += ' top %d' % trigger.top
    return text
