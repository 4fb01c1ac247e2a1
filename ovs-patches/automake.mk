# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

EXTRA_DIST += \
	ovs-patches/README.rst \
	ovs-patches/UPSTREAM \
	ovs-patches/series \
	$(OVS_PATCHES)
dist_noinst_SCRIPTS += build-aux/ovs-series

# configure holds the source against UPSTREAM: again, when one of them changed.
CONFIG_STATUS_DEPENDENCIES = $(srcdir)/ovs-patches/UPSTREAM $(OVS_SOURCE)

OVS_SERIES = $(srcdir)/build-aux/ovs-series

# Makes ovs-edit/, a git repository with one commit for each patch, to change
# them there.
.PHONY: ovs-edit
ovs-edit:
	@$(OVS_SERIES) edit $(OVS_SOURCE) $(srcdir)/ovs-patches ovs-edit

# Writes the commits of ovs-edit/ back to ovs-patches/.
.PHONY: ovs-refresh
ovs-refresh:
	@$(OVS_SERIES) refresh $(srcdir)/ovs-patches ovs-edit

.PHONY: patches-check
patches-check:
	@$(OVS_SERIES) check $(OVS_SOURCE) $(srcdir)/ovs-patches
