# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""What sums, values and predicates are worth, straight from the definitions.

UNDEFINED (None) is a value of its own.  All arithmetic is on floats."""

import operator

from packet import variable

UNDEFINED = None

COMPARE = {'>': operator.gt, '>=': operator.ge, '<': operator.lt,
           '<=': operator.le, '==': operator.eq, '!=': operator.ne}
ARITHMETIC = {'+': operator.add, '-': operator.sub, '*': operator.mul,
              '/': operator.truediv}


def combine(op, left, right):
    """Returns left op right, UNDEFINED if an operand is or if it divides by
    0."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    if op == '/' and right == 0:
        return UNDEFINED
    if op in ARITHMETIC:
        return ARITHMETIC[op](left, right)
    if op == '&':
        return float(left != 0 and right != 0)
    if op == '|':
        return float(left != 0 or right != 0)
    return float(COMPARE[op](left, right))


def combine_one(op, operand):
    if operand is UNDEFINED:
        return UNDEFINED
    return float(operand == 0) if op == '!' else -operand


def value_of(tree, packet):
    """Returns what the value 'tree' is for 'packet'."""
    if tree[0] == 'number':
        return tree[1]
    if tree[0] == 'variable':
        value = variable(packet, tree[1])
        return UNDEFINED if value is UNDEFINED else float(value)
    if len(tree) == 2:
        return combine_one(tree[0], value_of(tree[1], packet))
    return combine(tree[0], value_of(tree[1], packet),
                   value_of(tree[2], packet))


def aggregate_of(function, tree, packets):
    """Returns the aggregate over 'packets', those of one key and interval."""
    if tree is None:
        return float(len(packets))
    values = [value_of(tree, packet) for packet in packets]
    values = [value for value in values if value is not UNDEFINED]
    if function == 'count':
        return float(sum(1 for value in values if value != 0))
    if function == 'sum':
        return sum(values, 0.0)
    if not values:
        return UNDEFINED
    if function == 'avg':
        return sum(values, 0.0) / len(values)
    return max(values) if function == 'max' else min(values)


def sum_of(tree, look):
    """Returns what the sum 'tree' is.  look(leaf) returns what an aggregate
    or state is in the tested interval."""
    if tree[0] == 'number':
        return tree[1]
    if tree[0] in ('aggregate', 'state'):
        return look(tree)
    if len(tree) == 2:
        return combine_one(tree[0], sum_of(tree[1], look))
    return combine(tree[0], sum_of(tree[1], look), sum_of(tree[2], look))


def sides_of(tree, look):
    """Returns the two numbers that the comparison 'tree' compares."""
    if tree[0] == 'compare':
        return sum_of(tree[2], look), sum_of(tree[3], look)
    count = look(('aggregate', 'count', None, 0))
    if tree[0] == 'compare%':
        return (combine('*', 100.0, sum_of(tree[2], look)),
                combine('*', tree[3], count))
    return (combine('*', tree[2], count),
            combine('*', 100.0, sum_of(tree[3], look)))


def is_true(tree, look):
    """Returns whether the predicate 'tree' holds."""
    if tree[0] == 'not':
        return not is_true(tree[1], look)
    if tree[0] == 'and':
        return is_true(tree[1], look) and is_true(tree[2], look)
    if tree[0] == 'or':
        return is_true(tree[1], look) or is_true(tree[2], look)
    left, right = sides_of(tree, look)
    if left is UNDEFINED or right is UNDEFINED:
        return False
    return COMPARE[tree[1]](left, right)
