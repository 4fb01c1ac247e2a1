#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
#
# Makes the configure script from a git clone.

cd "$(dirname "$0")" && exec autoreconf --install --force
