# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
#
# The database: its schema, the C bindings and the manual made from it, all
# with Open vSwitch's own tools.

EXTRA_DIST += \
	lib/db/trumpet-idl.ann \
	lib/db/trumpet.xml
dist_pkgdata_DATA += lib/db/trumpet.ovsschema

nodist_lib_libtrumpet_a_SOURCES += \
	lib/db/trumpet-idl.c \
	lib/db/trumpet-idl.h
TRUMPET_IDL_BUILT = \
	lib/db/trumpet-idl.c \
	lib/db/trumpet-idl.h \
	lib/db/trumpet-idl.ovsidl
BUILT_SOURCES += $(TRUMPET_IDL_BUILT)
CLEANFILES += $(TRUMPET_IDL_BUILT)

PYTHON_WITH_OVS = PYTHONPATH=ovs-src/python PYTHONDONTWRITEBYTECODE=yes $(PYTHON3)
OVSDB_IDLC = $(PYTHON_WITH_OVS) ovs-src/ovsdb/ovsdb-idlc.in

lib/db/trumpet-idl.ovsidl: lib/db/trumpet.ovsschema lib/db/trumpet-idl.ann \
		| ovs-headers.stamp
	$(AM_V_at)$(MKDIR_P) lib/db
	$(AM_V_GEN)$(OVSDB_IDLC) annotate \
		$(srcdir)/lib/db/trumpet.ovsschema \
		$(srcdir)/lib/db/trumpet-idl.ann > $@.tmp && mv $@.tmp $@
lib/db/trumpet-idl.c: lib/db/trumpet-idl.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-source $< > $@.tmp && mv $@.tmp $@
lib/db/trumpet-idl.h: lib/db/trumpet-idl.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-header $< > $@.tmp && mv $@.tmp $@

nodist_man_MANS += lib/db/ovs-trumpet.db.5
CLEANFILES += lib/db/ovs-trumpet.db.5
lib/db/ovs-trumpet.db.5: lib/db/trumpet.ovsschema lib/db/trumpet.xml \
		| ovs-headers.stamp
	$(AM_V_at)$(MKDIR_P) lib/db
	$(AM_V_GEN)$(PYTHON_WITH_OVS) ovs-src/ovsdb/ovsdb-doc \
		--version=$(PACKAGE_VERSION) \
		$(srcdir)/lib/db/trumpet.ovsschema \
		$(srcdir)/lib/db/trumpet.xml > $@.tmp && mv $@.tmp $@
