# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
"""What the benchmark program prints."""


def figures(text):
    """Returns the words NAME=VALUE of 'text' as a dictionary, numbers as
    such."""
    values = dict(word.split('=', 1) for word in text.split())
    for name, value in values.items():
        try:
            values[name] = float(value)
        except ValueError:
            pass
    return values
