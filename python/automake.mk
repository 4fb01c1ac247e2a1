# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

# For controllers that use os-ken: a module and an example.
dist_pkgdata_DATA += \
	python/heavy_hitter.py \
	python/trumpet_osken.py
