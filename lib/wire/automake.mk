# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

lib_libtrumpet_a_SOURCES += \
	lib/wire/answer.c \
	lib/wire/answer.h \
	lib/wire/key-field.c \
	lib/wire/key-field.h \
	lib/wire/property.c \
	lib/wire/property.h \
	lib/wire/report-detail-format.c \
	lib/wire/report-detail-private.h \
	lib/wire/report-detail.c \
	lib/wire/report-detail.h \
	lib/wire/report-record.c \
	lib/wire/report-record.h \
	lib/wire/request-query.c \
	lib/wire/request-trigger.c \
	lib/wire/request.c \
	lib/wire/request.h \
	lib/wire/trumpet-ext.h \
	lib/wire/wire-print.c \
	lib/wire/wire-print.h
