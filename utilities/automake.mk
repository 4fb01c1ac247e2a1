# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

# Not an archive for linking: its one object is, see build-aux/automake.mk.
noinst_LIBRARIES += utilities/libofctl-extension.a
utilities_libofctl_extension_a_SOURCES = utilities/ofctl-extension.c

bin_PROGRAMS += \
	utilities/ovs-trumpet \
	utilities/ovs-trumpetctl
bashcompletion_DATA += \
	utilities/ovs-trumpet-bashcomp.bash \
	utilities/ovs-trumpetctl-bashcomp.bash
dist_man_MANS += \
	utilities/ovs-trumpet.8 \
	utilities/ovs-trumpetctl.8
EXTRA_DIST += $(bashcompletion_DATA)
utilities_ovs_trumpet_SOURCES = \
	utilities/ovs-trumpet-live.c \
	utilities/ovs-trumpet-local.c \
	utilities/ovs-trumpet-openflow.c \
	utilities/ovs-trumpet-persist.c \
	utilities/ovs-trumpet-watch.c \
	utilities/ovs-trumpet.c \
	utilities/ovs-trumpet.h \
	utilities/trumpet-database.c \
	utilities/trumpet-database.h
utilities_ovs_trumpet_LDADD = \
	lib/libtrumpet.a \
	ovs/lib/libopenvswitch.la \
	$(PCAP_LIBS) \
	$(LIBNL_LIBS)

utilities_ovs_trumpetctl_SOURCES = \
	utilities/ovs-trumpetctl.c \
	utilities/trumpet-database.c \
	utilities/trumpet-database.h
utilities_ovs_trumpetctl_LDADD = \
	lib/libtrumpet.a \
	ovs/lib/libopenvswitch.la
