# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

EXTRA_DIST += \
	README.rst \
	docs/architecture.rst \
	docs/concepts.rst \
	docs/events.rst \
	docs/faults.rst \
	docs/figure-6.svg \
	docs/figure-7a.svg \
	docs/index.rst \
	docs/laboratory.rst \
	docs/openflow.rst \
	docs/operating.rst \
	docs/ovs-hooks.rst \
	docs/paper.rst \
	docs/performance.rst \
	docs/security.rst \
	docs/tcp.rst \
	docs/testing.rst

# Tables and examples are those of the source and the programs.
DOC_TESTS = \
	docs/examples.py \
	docs/tables.py
dist_check_SCRIPTS += $(DOC_TESTS)
TESTS += $(DOC_TESTS)

# Writes the documentation anew where these tests fail.
.PHONY: docs
docs: all
	$(AM_V_at)PATH='$(abs_builddir)/bin':$$PATH; export PATH; \
	for script in $(DOC_TESTS); do \
	    $(PYTHON3) $(srcdir)/$$script --write || exit 1; \
	done

dist_noinst_SCRIPTS += utilities/trumpet-demo
