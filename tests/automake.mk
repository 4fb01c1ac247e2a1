# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

# Unit suites
#
# tests/test-NAME.c defines "Suite *test_suite(void)" (see tests/unit.h) and
# becomes one program.  To add one, add its name here.
UNIT_TESTS =

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

noinst_LIBRARIES += tests/libunit.a
tests_libunit_a_SOURCES = \
	tests/unit.c \
	tests/unit.h
LDADD = \
	tests/libunit.a \
	lib/libtrumpet.a \
	ovs/lib/libopenvswitch.la \
	$(CHECK_LIBS) \
	$(PCAP_LIBS) \
	$(LIBNL_LIBS)
