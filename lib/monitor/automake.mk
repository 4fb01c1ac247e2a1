# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

lib_libtrumpet_a_SOURCES += \
	lib/monitor/burst-run.h \
	lib/monitor/capture.c \
	lib/monitor/capture.h \
	lib/monitor/epoch-buffer.c \
	lib/monitor/epoch-buffer.h \
	lib/monitor/evaluate.c \
	lib/monitor/flow-key.c \
	lib/monitor/flow-key.h \
	lib/monitor/flow-table.c \
	lib/monitor/flow-table.h \
	lib/monitor/frame.h \
	lib/monitor/gather.c \
	lib/monitor/gather.h \
	lib/monitor/ledger.h \
	lib/monitor/monitor-private.h \
	lib/monitor/monitor-query.c \
	lib/monitor/monitor-staging.c \
	lib/monitor/monitor-status.c \
	lib/monitor/monitor-triggers.c \
	lib/monitor/monitor.c \
	lib/monitor/monitor.h \
	lib/monitor/owner.c \
	lib/monitor/owner.h \
	lib/monitor/packet.c \
	lib/monitor/packet.h \
	lib/monitor/pages.c \
	lib/monitor/pages.h \
	lib/monitor/place.c \
	lib/monitor/place.h \
	lib/monitor/plan.c \
	lib/monitor/plan.h \
	lib/monitor/replay.c \
	lib/monitor/replay.h \
	lib/monitor/scatter-control.c \
	lib/monitor/scatter-private.h \
	lib/monitor/scatter.c \
	lib/monitor/scatter.h \
	lib/monitor/scope.c \
	lib/monitor/scope.h \
	lib/monitor/sweep.c \
	lib/monitor/tcp-flow.c \
	lib/monitor/tcp-flow.h \
	lib/monitor/tcp-oddity-table.h \
	lib/monitor/tcp-oddity.c \
	lib/monitor/tcp-oddity.h \
	lib/monitor/tcp-segment.c \
	lib/monitor/tcp-segment.h \
	lib/monitor/trigger-table.c \
	lib/monitor/trigger-table.h \
	lib/monitor/trigger.c \
	lib/monitor/trigger.h
