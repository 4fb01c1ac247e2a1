# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
#
# Open vSwitch as a part of our build:
#
#     ovs-src/   its source, with our patches
#     ovs/       its build directory
#     bin/       every program that a user runs
#
#     ovs-src.stamp -> ovs-configured.stamp -> ovs-headers.stamp
#         -> our objects, ovs-libraries.stamp -> ovs-vswitchd -> ovs-all.stamp

EXTRA_DIST += \
	build-aux/ovs-source \
	build-aux/ovs-targets.mk
dist_noinst_SCRIPTS += build-aux/alone build-aux/check-static \
	build-aux/coverage build-aux/test-summary

OVS_PATCHES = $(wildcard $(srcdir)/ovs-patches/*.patch)

# A make in the build directory of Open vSwitch.
OVS_MAKE = $(MAKE) --no-print-directory -C ovs \
	-f Makefile -f $(abs_srcdir)/build-aux/ovs-targets.mk

# What ovs-vswitchd is linked with.  Paths as seen from ovs/.  The object
# stands beside the archive that holds it too, because nothing refers to it:
# its constructor registers us.
EXTENSION_FILES = \
	ofproto-ext/extension.$(OBJEXT) \
	ofproto-ext/libtrumpet-ext.a \
	lib/libtrumpet.a

# What ovs-ofctl is linked with, to print our messages in words.
OFCTL_EXTENSION_FILES = \
	utilities/ofctl-extension.$(OBJEXT) \
	lib/libtrumpet.a

# The directories are those of Debian's packages, so that our programs find
# the system's database and sockets, and the other way round.
OVS_CONFIGURE_ARGS = \
	--prefix=/usr --sysconfdir=/etc --localstatedir=/var --enable-silent-rules \
	$(OVS_DPDK_FLAGS) CC='$(CC)' CFLAGS='$(OVS_CFLAGS)' \
	EXTENSION_LIBS='$(strip $(EXTENSION_FILES:%=../%) $(LIBNL_LIBS) \
		$(COVERAGE_LIBS))' \
	OFCTL_EXTENSION_LIBS='$(strip $(OFCTL_EXTENSION_FILES:%=../%) \
		$(COVERAGE_LIBS))' \
	$(OVS_CONFIGURE_FLAGS)

STAMPS = \
	ovs-src.stamp \
	ovs-configured.stamp \
	ovs-headers.stamp \
	ovs-libraries.stamp \
	ovs-flags.stamp \
	ovs-all.stamp \
	bin.stamp
CLEANFILES += $(STAMPS)

ovs-src.stamp: $(OVS_SOURCE) $(srcdir)/ovs-patches/series $(OVS_PATCHES) \
		$(srcdir)/build-aux/ovs-source
	@echo "== Patching Open vSwitch ($(OVS_SOURCE))"
	$(AM_V_at)$(PYTHON3) $(srcdir)/build-aux/ovs-source $(OVS_SOURCE) \
		$(srcdir)/ovs-patches ovs-src > ovs-src.log 2>&1 || \
		{ cat ovs-src.log; exit 1; }
	$(AM_V_at)touch $@

# Configures only if the arguments changed.  (A changed configure script is
# run again by Open vSwitch's own Makefile.)
ovs-configured.stamp: ovs-src.stamp Makefile
	$(AM_V_at)$(MKDIR_P) ovs
	$(AM_V_at)$(file >ovs-configure.tmp,../ovs-src/configure $(OVS_CONFIGURE_ARGS))
	$(AM_V_at)if test -f ovs/config.status && \
	    cmp -s ovs-configure.tmp ovs-configure.sh; \
	then rm ovs-configure.tmp; \
	else \
	    echo "== Configuring Open vSwitch (log in ovs-configure.log)" && \
	    (cd ovs && $(SHELL) ../ovs-configure.tmp) > ovs-configure.log 2>&1 || \
		{ tail -n 20 ovs-configure.log; exit 1; }; \
	    mv ovs-configure.tmp ovs-configure.sh; \
	fi
	$(AM_V_at)touch $@

ovs-headers.stamp: ovs-configured.stamp $(srcdir)/build-aux/ovs-targets.mk
	@echo "== Generating the headers of Open vSwitch"
	$(AM_V_at)+$(OVS_MAKE) trumpet-headers
	$(AM_V_at)touch $@

# The compiler's arguments, as a shell puts them into each compile command.
# They change only if their content does.
ovs-flags.stamp: ovs-headers.stamp
	$(AM_V_at)+$(OVS_MAKE) trumpet-flags
	$(AM_V_at)sed -i 's@-I *\.\./ovs-src@-Iovs-src@g; s@-I *\.\([/ ]\)@-Iovs\1@g' \
		ovs-cppflags.tmp
	$(AM_V_at)for flags in ovs-cppflags ovs-cflags; do \
	    if cmp -s $$flags.tmp $$flags; \
	    then rm $$flags.tmp; \
	    else mv $$flags.tmp $$flags; \
	    fi; \
	done
	$(AM_V_at)touch $@
ovs-cppflags ovs-cflags: ovs-flags.stamp ;
CLEANFILES += ovs-cppflags ovs-cflags

BUILT_SOURCES += ovs-headers.stamp ovs-cppflags ovs-cflags

ovs-libraries.stamp: ovs-headers.stamp
	@echo "== Compiling the libraries of Open vSwitch"
	$(AM_V_at)+$(OVS_MAKE) trumpet-libraries
	$(AM_V_at)touch $@
ovs/lib/libopenvswitch.la ovs/ofproto/libofproto.la: ovs-libraries.stamp ;

ovs/vswitchd/ovs-vswitchd: ovs-libraries.stamp $(EXTENSION_FILES)
	@echo "== Linking ovs-vswitchd"
	$(AM_V_at)+$(OVS_MAKE) vswitchd/ovs-vswitchd
	$(AM_V_at)touch $@

ovs-all.stamp: ovs-libraries.stamp $(OFCTL_EXTENSION_FILES) \
		| ovs/vswitchd/ovs-vswitchd
	@echo "== Compiling the other programs of Open vSwitch"
	$(AM_V_at)+$(MAKE) --no-print-directory -C ovs
	$(AM_V_at)touch $@

# What a user runs.
OVS_USER_FILES = \
	ovsdb/ovsdb-client \
	ovsdb/ovsdb-server \
	ovsdb/ovsdb-tool \
	utilities/ovs-appctl \
	utilities/ovs-dpctl \
	utilities/ovs-ofctl \
	utilities/ovs-pki \
	utilities/ovs-testcontroller \
	utilities/ovs-vsctl \
	vswitchd/ovs-vswitchd

bin.stamp: ovs-all.stamp Makefile
	$(AM_V_at)$(MKDIR_P) bin
	$(AM_V_at)for program in $(OVS_USER_FILES:%=ovs/%) $(bin_PROGRAMS); do \
	    ln -sf "../$$program" bin/ || exit 1; \
	done
	$(AM_V_at)touch $@

all-local: ovs/vswitchd/ovs-vswitchd bin.stamp

# The daemon goes beside that of Debian's packages.
pkglibexecdir = $(libexecdir)/openvswitch-trumpet
install-exec-local: ovs/vswitchd/ovs-vswitchd
	$(MKDIR_P) "$(DESTDIR)$(pkglibexecdir)"
	$(INSTALL_PROGRAM) ovs/vswitchd/ovs-vswitchd "$(DESTDIR)$(pkglibexecdir)"
uninstall-local:
	rm -f "$(DESTDIR)$(pkglibexecdir)/ovs-vswitchd"

clean-local:
	test ! -f ovs/Makefile || $(MAKE) -C ovs clean
distclean-local:
	rm -rf bin ovs ovs-src ovs-edit ovs-configure.sh ovs-configure.log \
		ovs-src.log tests/stock-switch

## -------------- ##
## Static checks. ##
## -------------- ##

# How clang compiles our files: without the flags that only gcc knows.
CLANG_FLAGS = $(DEFS) $(AM_CPPFLAGS) `grep -oE -e \
	'-(mssse3|fno-strict-aliasing|I[^ ]+|D[^ ]+|include [^ ]+)' ovs-cflags`

EXTRA_DIST += .clang-tidy utilities/.clang-tidy
.PHONY: check-static
check-static: $(BUILT_SOURCES) lib/db/trumpet-idl.h
	@$(PYTHON3) $(srcdir)/build-aux/check-static --log=check-static.log \
		--ovs=ovs-src -- $(CLANG_FLAGS)
