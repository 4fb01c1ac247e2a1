# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
#
# Targets for a make that runs in the build directory of Open vSwitch.  Read
# after its own Makefile, whose variables they use.

# What must exist before anything that includes its headers is compiled.
.PHONY: trumpet-headers
trumpet-headers: config.h $(BUILT_SOURCES)

.PHONY: trumpet-libraries
trumpet-libraries: $(lib_LTLIBRARIES)

# What its tests need beside its programs.
.PHONY: trumpet-check-data
trumpet-check-data: ../ovs-src/tests/testsuite $(check_DATA)

# How its own files are compiled, written to a file: what make prints may have
# other lines in it.
.PHONY: trumpet-flags
trumpet-flags:
	@echo -I$(top_builddir) -I$(top_srcdir) $(AM_CPPFLAGS) $(CPPFLAGS) \
		> ../ovs-cppflags.tmp
	@echo $(AM_CFLAGS) > ../ovs-cflags.tmp

# ovs-vswitchd without EXTENSION_LIBS, for the tests of the hooks themselves.
plain/ovs-vswitchd: $(vswitchd_ovs_vswitchd_OBJECTS) \
		$(filter-out $(EXTENSION_LIBS),$(vswitchd_ovs_vswitchd_DEPENDENCIES))
	@$(MKDIR_P) plain
	$(AM_V_CCLD)$(vswitchd_ovs_vswitchd_LINK) \
		$(vswitchd_ovs_vswitchd_OBJECTS) \
		$(filter-out $(EXTENSION_LIBS),$(vswitchd_ovs_vswitchd_LDADD)) \
		$(LIBS)
