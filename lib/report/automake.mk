# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

lib_libtrumpet_a_SOURCES += \
	lib/report/cause-table.h \
	lib/report/cause.c \
	lib/report/cause.h \
	lib/report/report.c \
	lib/report/report.h
