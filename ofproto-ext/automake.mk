# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

noinst_LIBRARIES += ofproto-ext/libtrumpet-ext.a
ofproto_ext_libtrumpet_ext_a_SOURCES = \
	ofproto-ext/extension.c
