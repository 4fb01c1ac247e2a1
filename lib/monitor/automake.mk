# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

lib_libtrumpet_a_SOURCES += \
	lib/monitor/capture.c \
	lib/monitor/capture.h \
	lib/monitor/frame.h \
	lib/monitor/ledger.h \
	lib/monitor/monitor.h \
	lib/monitor/replay.c \
	lib/monitor/replay.h \
	lib/monitor/scatter.h
