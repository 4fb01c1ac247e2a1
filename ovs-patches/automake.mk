# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

EXTRA_DIST += \
	ovs-patches/README.rst \
	ovs-patches/UPSTREAM \
	ovs-patches/series \
	$(OVS_PATCHES)
