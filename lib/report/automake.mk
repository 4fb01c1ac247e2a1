# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

lib_libtrumpet_a_SOURCES += \
	lib/report/cause-table.h \
	lib/report/cause.c \
	lib/report/cause.h \
	lib/report/outlet-file.c \
	lib/report/outlet-provider.h \
	lib/report/outlet-socket.c \
	lib/report/outlet.c \
	lib/report/outlet.h \
	lib/report/port-changes.c \
	lib/report/port-changes.h \
	lib/report/report-queue.c \
	lib/report/report-queue.h \
	lib/report/report-socket.c \
	lib/report/report-socket.h \
	lib/report/report.c \
	lib/report/report.h \
	lib/report/reporter.c \
	lib/report/reporter.h \
	lib/report/watcher.c \
	lib/report/watcher.h
