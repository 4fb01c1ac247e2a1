# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

## ------------ ##
## Unit suites. ##
## ------------ ##

# tests/test-NAME.c defines "Suite *test_suite(void)" (see tests/unit.h) and
# becomes one program.  To add one, add its name here.
UNIT_TESTS = \
	tests/test-budget \
	tests/test-capture \
	tests/test-contributors \
	tests/test-cost \
	tests/test-crafted-keys \
	tests/test-event \
	tests/test-event-errors \
	tests/test-filter \
	tests/test-flow-table \
	tests/test-forecast \
	tests/test-granularity \
	tests/test-guard \
	tests/test-interruption \
	tests/test-monitor \
	tests/test-key-space \
	tests/test-no-memory \
	tests/test-number \
	tests/test-outlet \
	tests/test-packet \
	tests/test-port-counters \
	tests/test-port-triggers \
	tests/test-predicate \
	tests/test-report \
	tests/test-reporter \
	tests/test-scatter \
	tests/test-screen \
	tests/test-staging \
	tests/test-tcp-defects \
	tests/test-tcp-flow \
	tests/test-tcp-forged \
	tests/test-tcp-measures \
	tests/test-tcp-oddity \
	tests/test-threads \
	tests/test-tracker \
	tests/test-trigger \
	tests/test-trigger-table \
	tests/test-value \
	tests/test-windows \
	tests/test-wire \
	tests/test-wire-lengths \
	tests/test-wire-reports

# tests/tcp-flow-trace is run by tests/tcp-oracle.py.
check_PROGRAMS += $(UNIT_TESTS) tests/tcp-flow-trace
TESTS += $(UNIT_TESTS)

tests_test_crafted_keys_SOURCES = \
	tests/crafted-keys.c \
	tests/crafted-keys.h \
	tests/test-crafted-keys.c

# They let memory run out.
tests_test_key_space_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=key_pool_alloc
tests_test_no_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=pages_alloc -Wl,--wrap=pages_free

noinst_LIBRARIES += tests/libunit.a
tests_libunit_a_SOURCES = \
	tests/cost-unit.h \
	tests/event-unit.h \
	tests/key-rig.h \
	tests/monitor-rig.h \
	tests/monitor-unit.h \
	tests/tcp-unit.h \
	tests/unit.c \
	tests/unit.h \
	tests/wire-unit.c \
	tests/wire-unit.h
LDADD = \
	tests/libunit.a \
	lib/libtrumpet.a \
	ovs/lib/libopenvswitch.la \
	$(CHECK_LIBS) \
	$(PCAP_LIBS) \
	$(LIBNL_LIBS)

## --------------- ##
## The laboratory. ##
## --------------- ##

check_PROGRAMS += tests/lab/delay-line
tests_lab_delay_line_SOURCES = tests/lab/delay-line.c
tests_lab_delay_line_LDADD = ovs/lib/libopenvswitch.la

# Programs and modules of the laboratory.
LAB_COMMANDS = \
	tests/lab/figure-6 \
	tests/lab/figure-7a \
	tests/lab/record-captures \
	tests/lab/tcp-accuracy
EXTRA_DIST += \
	$(LAB_COMMANDS) \
	tests/lab/bottleneck.py \
	tests/lab/cable.py \
	tests/lab/counters.py \
	tests/lab/loss.py \
	tests/lab/network.py \
	tests/lab/plot.py \
	tests/lab/processes.py \
	tests/lab/reaction.py \
	tests/lab/recorder.py \
	tests/lab/replay.py \
	tests/lab/segments.py \
	tests/lab/switch.py \
	tests/lab/testbed.py \
	tests/lab/traffic.py \
	$(CAPTURES)

# What lab-captures made.
CAPTURES = \
	tests/captures/README.rst \
	tests/captures/bottleneck-shallow.pcap.xz \
	tests/captures/clean.pcap.xz \
	tests/captures/delay.pcap.xz \
	tests/captures/ipv6.pcap.xz \
	tests/captures/keep-alive.pcap.xz \
	tests/captures/loss-1.pcap.xz \
	tests/captures/loss-5.pcap.xz \
	tests/captures/loss-bbr.pcap.xz \
	tests/captures/loss-before.pcap.xz \
	tests/captures/meeting.pcap.xz \
	tests/captures/midstream.pcap.xz \
	tests/captures/ports.pcap.xz \
	tests/captures/reordering.pcap.xz \
	tests/captures/reset.pcap.xz \
	tests/captures/silence.pcap.xz \
	tests/captures/vlan.pcap.xz \
	tests/captures/wrap.pcap.xz \
	tests/captures/zero-window.pcap.xz

# On demand: they need root, a quiet machine and minutes.
LAB = PATH='$(abs_builddir)/bin':$$PATH PYTHONDONTWRITEBYTECODE=yes \
	$(PYTHON3) $(srcdir)/tests/lab/
.PHONY: lab-captures lab-accuracy figures
lab-captures: tests/lab/delay-line
	$(LAB)record-captures
lab-accuracy: all tests/lab/delay-line
	$(LAB)tcp-accuracy
figures: all tests/lab/delay-line
	$(LAB)figure-6 --svg $(srcdir)/docs/figure-6.svg
	$(LAB)figure-7a --svg $(srcdir)/docs/figure-7a.svg

## ------------------- ##
## Scripts, run alone. ##
## ------------------- ##

# To add one, add its name here.  $PATH begins with the build tree's bin/,
# $srcdir is the top of the source.  Exit status 77 means skipped.
SCRIPT_TESTS = \
	tests/bench/test-bench.py \
	tests/bench/test-bench-tools.py \
	tests/captures-oracle.py \
	tests/faults/clocks.py \
	tests/faults/flood.py \
	tests/faults/memory.py \
	tests/faults/reconfigure.py \
	tests/faults/restart.py \
	tests/fuzz/test-corpus.py \
	tests/lab/test-delay-line.py \
	tests/lab/test-lab.py \
	tests/oracle/test_oracle.py \
	tests/replay-oracle.py \
	tests/source-check.py \
	tests/stock-switch.sh \
	tests/tcp-oracle.py

dist_check_SCRIPTS = $(SCRIPT_TESTS)
TESTS += $(SCRIPT_TESTS)
TEST_EXTENSIONS = .py .sh
LOG_COMPILER = $(srcdir)/tests/run-test
PY_LOG_COMPILER = $(LOG_COMPILER) $(PYTHON3)
SH_LOG_COMPILER = $(LOG_COMPILER) bash
EXTRA_DIST += tests/run-test
AM_TESTS_ENVIRONMENT = \
	PATH='$(abs_builddir)/bin':$$PATH; export PATH; \
	PYTHONDONTWRITEBYTECODE=yes; export PYTHONDONTWRITEBYTECODE;

## ------- ##
## Faults. ##
## ------- ##

# On demand: moderate traffic for long, with little of a core.
SOAK_MINUTES = 20
.PHONY: soak
soak: all
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) \
	$(PYTHON3) '$(srcdir)'/tests/faults/soak.py $(SOAK_MINUTES)
EXTRA_DIST += tests/faults/soak.py

# What clocks.py and memory.py preload: without the flags of the rest, which
# may be those of a sanitizer.
PRELOADED = tests/faults/no-memory.so tests/faults/wall-clock.so
check_DATA = $(PRELOADED)
$(PRELOADED): tests/faults/%.so: tests/faults/%.c | ovs-headers.stamp
	$(AM_V_CCLD)$(MKDIR_P) tests/faults && \
	$(CC) $(DEFS) $(AM_CPPFLAGS) -O1 -fPIC -shared -o $@ $<
CLEANFILES += $(PRELOADED)
EXTRA_DIST += \
	$(PRELOADED:.so=.c) \
	tests/faults/fill-log.py \
	tests/faults/switch.py \
	tests/faults/traffic.py

# The long form of these tests: minutes.
RECONFIGURATIONS = 1000
KILLS = 100
STOP_SECONDS = 5
.PHONY: check-faults
check-faults: all $(PRELOADED)
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) status=0; \
	for test in 'clocks.py $(STOP_SECONDS)' 'flood.py 5' memory.py \
	        'reconfigure.py $(RECONFIGURATIONS)' 'restart.py $(KILLS)'; do \
	    echo "== tests/faults/$$test"; \
	    $(PYTHON3) '$(srcdir)'/tests/faults/$$test || status=1; \
	done; \
	exit $$status

## -------------------------------------- ##
## Autotest suite of the patched switch.  ##
## -------------------------------------- ##

# To add a file, add its name here and to tests/trumpet-testsuite.at.
TRUMPET_TESTSUITE_AT = \
	tests/trumpet-testsuite.at \
	tests/extension.at \
	tests/ovs-trumpet.at \
	tests/trumpet-budget.at \
	tests/trumpet-config.at \
	tests/trumpet-db.at \
	tests/trumpet-macros.at \
	tests/trumpet-matrix.at \
	tests/trumpet-openflow.at \
	tests/trumpet-oracle.at \
	tests/trumpet-overload.at \
	tests/trumpet-ports.at \
	tests/trumpet-reports.at \
	tests/trumpet-threads.at \
	tests/trumpet-triggers.at \
	tests/trumpet-tunnels.at

EXTRA_DIST += $(TRUMPET_TESTSUITE_AT) tests/bench-openflow.py \
	tests/bench-traffic.py \
	tests/check-ovn.sh \
	tests/deaf-controller.py \
	tests/live-pairs.py \
	tests/many-controllers.py \
	tests/osken-reports.py \
	tests/wrong-lengths.py
CLEANFILES += tests/trumpet-testsuite

tests/trumpet-testsuite: $(TRUMPET_TESTSUITE_AT) ovs-src.stamp
	$(AM_V_GEN)$(MKDIR_P) tests && \
	$(AUTOM4TE) --language=autotest -I ovs-src -I $(srcdir) -o $@.tmp \
		$(srcdir)/tests/trumpet-testsuite.at && mv $@.tmp $@

# Where the suites look for programs, as seen from ovs/.
OVS_TEST_PATH = utilities:vswitchd:ovsdb:vtep:tests:ipsec

# run_suite NAME SUITE ARGS...: runs an Autotest suite in ovs/ and keeps what it
# prints in NAME.log, for build-aux/test-summary.  TESTSUITEFLAGS, such as
# "-k WORD" or "-v", goes to all of them.  Tests that failed are run once more,
# because a switch without a CPU for 0.2 s says so in its reports, which is not
# what they expect; build-aux/test-summary names them.
TESTSUITE_JOBS = 4
RUN_SUITE = run_suite () { \
	name=$$1; suite=$$2; shift 2; \
	echo "== Running $$name (log in $$name.log)"; \
	(cd ovs && $$alone $(SHELL) "$$suite" -C tests -j$(TESTSUITE_JOBS) "$$@" \
		$(TESTSUITEFLAGS)) > $$name.log 2>&1; \
	status=$$?; \
	sed -n '/^.. Test results/,/^.. ---.*log was/p' $$name.log \
		| grep -E '^(ERROR|[0-9]+) ' || tail -n 5 $$name.log; \
	return $$status; \
}; run_suite

.PHONY: check-at
check-at: all tests/trumpet-testsuite
	@$(RUN_SUITE) check-at ../tests/trumpet-testsuite \
		AUTOTEST_PATH='$(abs_builddir)/utilities:$(OVS_TEST_PATH)' \
		TRUMPET_SRCDIR='$(abs_srcdir)' \
	|| run_suite check-at-again ../tests/trumpet-testsuite \
		AUTOTEST_PATH='$(abs_builddir)/utilities:$(OVS_TEST_PATH)' \
		TRUMPET_SRCDIR='$(abs_srcdir)' -j1 --recheck

ovs-testsuite.stamp: ovs-all.stamp
	$(AM_V_at)+$(OVS_MAKE) trumpet-check-data
	$(AM_V_at)touch $@
CLEANFILES += ovs-testsuite.stamp

# The hooks, with the dummy observer, on an ovs-vswitchd without our extension.
.PHONY: check-hooks
check-hooks: all ovs-testsuite.stamp
	$(AM_V_at)+$(OVS_MAKE) plain/ovs-vswitchd
	@$(RUN_SUITE) check-hooks ../ovs-src/tests/testsuite \
		AUTOTEST_PATH='plain:$(OVS_TEST_PATH)' -k datapath,observer

# Open vSwitch's own tests, of what the hooks touch.
OVS_SUBSET = PMD alb asynchronous dpif-netdev drop-stats miniflow ofp-errors \
	ofp-print ofproto,monitor ofproto-dpif tunnel tunnel_push_pop unixctl

.PHONY: check-ovs-subset
check-ovs-subset: all ovs-testsuite.stamp
	@$(RUN_SUITE) check-ovs-subset ../ovs-src/tests/testsuite \
		AUTOTEST_PATH='$(OVS_TEST_PATH)' $(OVS_SUBSET:%=-k %) \
	|| run_suite check-ovs-subset-again ../ovs-src/tests/testsuite \
		AUTOTEST_PATH='$(OVS_TEST_PATH)' -j1 --recheck

# Beside OVN; on demand, by root: it downloads packages, which are not
# installed.
.PHONY: check-ovn
check-ovn: all
	$(AM_V_at)bash '$(abs_srcdir)/tests/check-ovn.sh'

# All of Open vSwitch's own tests.  One of them must not reach 240.0.0.1, which
# some networks answer for.
.PHONY: check-ovs
check-ovs: all ovs-testsuite.stamp
	@alone='$(abs_srcdir)/build-aux/alone'; \
	$(RUN_SUITE) check-ovs ../ovs-src/tests/testsuite \
		AUTOTEST_PATH='$(OVS_TEST_PATH)' \
	|| run_suite check-ovs-again ../ovs-src/tests/testsuite \
		AUTOTEST_PATH='$(OVS_TEST_PATH)' -j1 --recheck

# One after the other, because they share Open vSwitch's test directory.  An
# empty log tells build-aux/test-summary of a suite that could not be run.
check-local: check-suites
.PHONY: check-suites
check-suites: all
	$(AM_V_at)status=0; \
	for suite in check-at check-hooks check-ovs-subset check-static \
		check-fuzz; do \
	    : > $$suite.log; \
	    $(MAKE) --no-print-directory $$suite || status=1; \
	done; \
	exit $$status

## ----------- ##
## Sanitizers. ##
## ----------- ##

# Each in a build directory of its own beside this one, with an Open vSwitch
# that is compiled in the same way.  They run our tests, not Open vSwitch's.
SANITIZE = \
	sanitize () { \
	    SANITIZED=yes; export SANITIZED; \
	    CK_TIMEOUT_MULTIPLIER=10; export CK_TIMEOUT_MULTIPLIER; \
	    dir=$(abs_builddir)-$$1; shift; \
	    echo "== Building in $$dir"; \
	    $(MKDIR_P) $$dir && cd $$dir && \
	    { test -f Makefile || \
	      '$(abs_srcdir)'/configure --with-ovs-source='$(OVS_SOURCE)' \
		CC='$(CC)' "$$@" > configure.log 2>&1 || \
	      { tail configure.log; exit 1; }; } && \
	    $(MAKE) --no-print-directory check-ours; \
	}; sanitize

.PHONY: check-ours
check-ours: all
	$(AM_V_at)status=0; \
	for suite in check-TESTS check-at; do \
	    $(MAKE) --no-print-directory $$suite || status=1; \
	done; \
	exit $$status

ASAN_CFLAGS = -O1 -g -fno-omit-frame-pointer -fno-common \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined
# Open vSwitch has fences, which ThreadSanitizer does not follow.
TSAN_CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=thread \
	-Wno-unknown-warning-option -Wno-tsan
TSAN_SETTINGS = exitcode=0 log_path=$(abs_builddir)-tsan/tsan-log \
	suppressions=$(abs_srcdir)/tests/tsan-suppressions

# Which lines our tests run.
.PHONY: coverage
coverage:
	+@$(SANITIZE) coverage --enable-coverage
	@$(PYTHON3) $(srcdir)/build-aux/coverage $(abs_builddir)-coverage

EXTRA_DIST += tests/tsan-suppressions
.PHONY: check-asan check-ubsan check-tsan
check-asan check-ubsan:
	+@$(SANITIZE) asan CFLAGS='$(ASAN_CFLAGS)'
# Open vSwitch itself has races that it knows to be harmless: only those in our
# folders count.  A replay has one thread, so few pairs of it will do.
check-tsan:
	+@rm -f $(abs_builddir)-tsan/tsan-log.*; \
	TRUMPET_PAIRS=$${TRUMPET_PAIRS:-20}; export TRUMPET_PAIRS; \
	TSAN_OPTIONS='$(TSAN_SETTINGS)'; export TSAN_OPTIONS; \
	$(SANITIZE) tsan --without-dpdk CFLAGS='$(TSAN_CFLAGS)'
	@! cat $(abs_builddir)-tsan/tsan-log.* 2>/dev/null \
		| grep -E '^SUMMARY: .* [^ ]*/(lib/(event|report|wire|monitor)|ofproto-ext)/[^ ]*:'

## --------- ##
## Valgrind. ##
## --------- ##

# The unit suites, and a switch on the dummy datapath that is reconfigured.
# Valgrind has no AVX-512, so Open vSwitch does not use it either.
VALGRIND = valgrind -q --leak-check=full --show-leak-kinds=definite \
	--errors-for-leak-kinds=definite --error-exitcode=99 \
	--suppressions=$(abs_srcdir)/tests/valgrind-suppressions
EXTRA_DIST += tests/valgrind-suppressions
VALGRIND_TESTS = $(UNIT_TESTS) $(EXT_UNIT_TESTS)
VALGRIND_RECONFIGURATIONS = 30

# In $PATH before bin/.
CLEANFILES += valgrind/ovs-vswitchd
valgrind/ovs-vswitchd: Makefile
	$(AM_V_GEN)$(MKDIR_P) valgrind && \
	printf '%s\n' '#!/bin/sh' 'exec $(VALGRIND) \
		--log-file="$$OVS_LOGDIR/sanitizer.valgrind.%p" \
		"$(abs_builddir)/ovs/vswitchd/ovs-vswitchd" "$$@"' > $@ && \
	chmod +x $@

.PHONY: check-valgrind
check-valgrind: all $(VALGRIND_TESTS) valgrind/ovs-vswitchd
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) status=0; \
	CK_TIMEOUT_MULTIPLIER=20; export CK_TIMEOUT_MULTIPLIER; \
	for test in $(VALGRIND_TESTS); do \
	    echo "== $$test"; \
	    srcdir='$(srcdir)' $(VALGRIND) ./$$test || status=1; \
	done; \
	echo "== tests/faults/reconfigure.py"; \
	PATH='$(abs_builddir)/valgrind':$$PATH $(PYTHON3) \
	    '$(srcdir)'/tests/faults/reconfigure.py \
	    $(VALGRIND_RECONFIGURATIONS) || status=1; \
	exit $$status
