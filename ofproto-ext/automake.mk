# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

noinst_LIBRARIES += ofproto-ext/libtrumpet-ext.a
AM_CPPFLAGS += $(LIBNL_CFLAGS)
ofproto_ext_libtrumpet_ext_a_SOURCES = \
	ofproto-ext/blind-spots.c \
	ofproto-ext/blind-spots.h \
	ofproto-ext/bridge-map.c \
	ofproto-ext/bridge-map.h \
	ofproto-ext/db-presence.c \
	ofproto-ext/db-presence.h \
	ofproto-ext/db-sinks.c \
	ofproto-ext/db-sinks.h \
	ofproto-ext/db-trigger-row.h \
	ofproto-ext/db-trigger-status.c \
	ofproto-ext/db-triggers.c \
	ofproto-ext/db-triggers.h \
	ofproto-ext/device-counters.c \
	ofproto-ext/device-counters.h \
	ofproto-ext/extension.c \
	ofproto-ext/link-counters.c \
	ofproto-ext/link-counters.h \
	ofproto-ext/of-connection.c \
	ofproto-ext/of-connection.h \
	ofproto-ext/of-handler.c \
	ofproto-ext/of-handler.h \
	ofproto-ext/of-trigger.c \
	ofproto-ext/of-trigger.h \
	ofproto-ext/packet-threads.c \
	ofproto-ext/packet-threads.h \
	ofproto-ext/port-map.c \
	ofproto-ext/port-map.h \
	ofproto-ext/port-sampler.c \
	ofproto-ext/port-sampler.h \
	ofproto-ext/sampled-ports.c \
	ofproto-ext/sampled-ports.h \
	ofproto-ext/socket-drops.c \
	ofproto-ext/socket-drops.h \
	ofproto-ext/stall-watch.c \
	ofproto-ext/stall-watch.h \
	ofproto-ext/sweeper.c \
	ofproto-ext/sweeper.h \
	ofproto-ext/switch-monitor.c \
	ofproto-ext/switch-monitor.h \
	ofproto-ext/timely.c \
	ofproto-ext/timely.h \
	ofproto-ext/trace-flow.c \
	ofproto-ext/trace-flow.h \
	ofproto-ext/trumpet-config-table.h \
	ofproto-ext/trumpet-config.c \
	ofproto-ext/trumpet-config.h \
	ofproto-ext/trumpet-db.c \
	ofproto-ext/trumpet-db.h \
	ofproto-ext/trumpet-observer.c \
	ofproto-ext/trumpet-observer.h \
	ofproto-ext/trumpet-show.c \
	ofproto-ext/trumpet-show.h \
	ofproto-ext/trumpet-unixctl.c \
	ofproto-ext/trumpet-unixctl.h \
	ofproto-ext/tunnel-map.c \
	ofproto-ext/tunnel-map.h \
	ofproto-ext/unix-clock.c \
	ofproto-ext/unix-clock.h

EXT_UNIT_TESTS = \
	tests/test-hints \
	tests/test-observer \
	tests/test-sampled-ports \
	tests/test-stall-watch \
	tests/test-unix-clock
check_PROGRAMS += $(EXT_UNIT_TESTS)
TESTS += $(EXT_UNIT_TESTS)
tests_test_hints_LDADD = ofproto-ext/libtrumpet-ext.a $(LDADD)
tests_test_observer_LDADD = ofproto-ext/libtrumpet-ext.a $(LDADD)
tests_test_sampled_ports_LDADD = ofproto-ext/libtrumpet-ext.a $(LDADD)
tests_test_stall_watch_LDADD = ofproto-ext/libtrumpet-ext.a $(LDADD)
tests_test_unix_clock_LDADD = ofproto-ext/libtrumpet-ext.a $(LDADD)
