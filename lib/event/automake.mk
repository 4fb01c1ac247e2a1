# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

lib_libtrumpet_a_SOURCES += \
	lib/event/aggregate-parse.h \
	lib/event/aggregate.c \
	lib/event/aggregate.h \
	lib/event/clause-parse.c \
	lib/event/clause-parse.h \
	lib/event/cost.c \
	lib/event/cost.h \
	lib/event/event.c \
	lib/event/event.h \
	lib/event/expression-parse.c \
	lib/event/expression.c \
	lib/event/expression.h \
	lib/event/filter-parse.c \
	lib/event/filter-value.c \
	lib/event/filter-value.h \
	lib/event/filter.c \
	lib/event/filter.h \
	lib/event/flow-fields.h \
	lib/event/granularity-parse.c \
	lib/event/granularity-table.h \
	lib/event/granularity.c \
	lib/event/granularity.h \
	lib/event/lexer.c \
	lib/event/lexer.h \
	lib/event/number.c \
	lib/event/number.h \
	lib/event/parser.c \
	lib/event/parser.h \
	lib/event/port-counter-table.h \
	lib/event/port-counter.c \
	lib/event/port-counter.h \
	lib/event/port-name.c \
	lib/event/port-name.h \
	lib/event/predicate-parse.h \
	lib/event/predicate.c \
	lib/event/predicate.h \
	lib/event/suggestion.c \
	lib/event/suggestion.h \
	lib/event/trigger-file.c \
	lib/event/trigger-file.h \
	lib/event/trigger-id.c \
	lib/event/trigger-id.h \
	lib/event/value-parse.h \
	lib/event/value.c \
	lib/event/value.h \
	lib/event/variable-table.h \
	lib/event/variable.c \
	lib/event/variable.h
