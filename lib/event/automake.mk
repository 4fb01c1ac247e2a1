# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

lib_libtrumpet_a_SOURCES += \
	lib/event/aggregate.h \
	lib/event/cost.c \
	lib/event/cost.h \
	lib/event/event.h \
	lib/event/filter.h \
	lib/event/flow-fields.h \
	lib/event/granularity.h \
	lib/event/port-name.h \
	lib/event/predicate.h \
	lib/event/trigger-file.c \
	lib/event/trigger-file.h \
	lib/event/value.h \
	lib/event/variable-table.h \
	lib/event/variable.h
