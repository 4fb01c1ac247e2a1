# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

# A driver of the datapath, which make check builds and tests too.
check_PROGRAMS += tests/bench/bench
BENCH_SOURCES = \
	tests/bench/bench-case.c \
	tests/bench/bench-case.h \
	tests/bench/bench-monitor.c \
	tests/bench/bench-monitor.h \
	tests/bench/bench-options.c \
	tests/bench/bench-options.h \
	tests/bench/bench-port.c \
	tests/bench/bench-port.h \
	tests/bench/bench-source.c \
	tests/bench/bench-source.h \
	tests/bench/bench-switch.c \
	tests/bench/bench-switch.h \
	tests/bench/bench.c \
	tests/bench/hostile.c \
	tests/bench/hostile.h \
	tests/bench/pcap-source.c \
	tests/bench/pcap-source.h \
	tests/bench/traffic.c \
	tests/bench/traffic.h \
	tests/bench/windows.c \
	tests/bench/windows.h
tests_bench_bench_SOURCES = $(BENCH_SOURCES)
BENCH_LIBS = \
	ofproto-ext/libtrumpet-ext.a \
	lib/libtrumpet.a \
	ovs/lib/libopenvswitch.la \
	$(PCAP_LIBS) \
	$(LIBNL_LIBS)
tests_bench_bench_LDADD = $(BENCH_LIBS)

# The same without one optimisation each, whose file of the library is compiled
# anew without it.
BENCH_WITHOUT = \
	tests/bench/bench-without-entry-prefetch \
	tests/bench/bench-without-gather-prefetch \
	tests/bench/bench-without-packet-prefetch \
	tests/bench/bench-without-plain-packets
check_PROGRAMS += $(BENCH_WITHOUT)
tests_bench_bench_without_entry_prefetch_SOURCES = \
	$(BENCH_SOURCES) \
	tests/bench/without/entry-prefetch.c
tests_bench_bench_without_entry_prefetch_LDADD = $(BENCH_LIBS)
tests_bench_bench_without_gather_prefetch_SOURCES = \
	$(BENCH_SOURCES) \
	tests/bench/without/gather-prefetch.c
tests_bench_bench_without_gather_prefetch_LDADD = $(BENCH_LIBS)
tests_bench_bench_without_packet_prefetch_SOURCES = \
	$(BENCH_SOURCES) \
	tests/bench/without/packet-prefetch.c
tests_bench_bench_without_packet_prefetch_LDADD = $(BENCH_LIBS)
tests_bench_bench_without_plain_packets_SOURCES = \
	$(BENCH_SOURCES) \
	tests/bench/without/plain-packets.c
tests_bench_bench_without_plain_packets_LDADD = $(BENCH_LIBS)

# The real switch, whole, with the benchmark's ports.  Nothing refers to the
# objects of its own that register something.
check_PROGRAMS += tests/bench/bench-vswitchd
tests_bench_bench_vswitchd_SOURCES = \
	tests/bench/bench-port.c \
	tests/bench/bench-port.h \
	tests/bench/bench-vswitchd.c \
	tests/bench/flood.c \
	tests/bench/flood.h \
	tests/bench/hostile.c \
	tests/bench/hostile.h \
	tests/bench/script.c \
	tests/bench/script.h \
	tests/bench/traffic.c \
	tests/bench/traffic.h
VSWITCHD_OBJECTS = \
	ovs/vswitchd/bridge.$(OBJEXT) \
	ovs/vswitchd/ovs-vswitchd.$(OBJEXT) \
	ovs/vswitchd/system-stats.$(OBJEXT)
tests_bench_bench_vswitchd_LDADD = \
	$(VSWITCHD_OBJECTS) \
	$(EXTENSION_FILES) \
	ovs/ofproto/libofproto.la \
	ovs/lib/libsflow.la \
	ovs/lib/libopenvswitch.la \
	$(LIBNL_LIBS)
$(VSWITCHD_OBJECTS): ovs/vswitchd/ovs-vswitchd ;
ovs/lib/libsflow.la: ovs-libraries.stamp ;

# Crafted keys, for make bench-crafted.
check_PROGRAMS += tests/bench/crafted
tests_bench_crafted_SOURCES = \
	tests/bench/crafted.c \
	tests/bench/hostile.h \
	tests/bench/traffic.h \
	tests/bench/windows.c \
	tests/bench/windows.h \
	tests/crafted-keys.c \
	tests/crafted-keys.h
tests_bench_crafted_LDADD = \
	lib/libtrumpet.a \
	ovs/lib/libopenvswitch.la

EXTRA_DIST += \
	tests/bench/bench-docs.py \
	tests/bench/bench-plot.py \
	tests/bench/bench-tools.py \
	tests/bench/bench_switch.py \
	tests/bench/collectors.py \
	tests/bench/exports.py \
	tests/bench/heavy_script.py \
	tests/bench/printed.py \
	tests/bench/tools.py \
	tests/bench/verdicts.py \
	tests/bench/bench-replay.py \
	tests/bench/bench.py \
	tests/bench/figures.py

# make bench BENCH='baseline tcpstate' runs these only, and make bench-figures
# FIGURES='8b 13' draws these, and make bench-tools TOOLS='mirror sflow64'
# compares with these.
RUN_BENCH = $(AM_V_at)PYTHONDONTWRITEBYTECODE=yes \
	$(PYTHON3) $(srcdir)/tests/bench/
.PHONY: bench bench-crafted bench-docs bench-figures bench-tools
bench-crafted: tests/bench/crafted
	$(AM_V_at)tests/bench/crafted
bench: all tests/bench/bench
	$(RUN_BENCH)bench.py $(BENCHFLAGS) --csv bench.csv \
		tests/bench/bench bin/ovs-trumpet $(BENCH)
bench-figures: tests/bench/bench $(BENCH_WITHOUT)
	$(RUN_BENCH)figures.py tests/bench/bench $(FIGURES)
bench-tools: all tests/bench/bench-vswitchd
	$(AM_V_at)PATH='$(abs_builddir)/bin':$$PATH \
	    PYTHONDONTWRITEBYTECODE=yes $(PYTHON3) \
	    $(srcdir)/tests/bench/bench-tools.py --csv bench-tools.csv \
	    --svg bench-tools.svg tests/bench/bench-vswitchd $(TOOLS)

# Puts what they measured into docs/performance.rst.
bench-docs:
	$(RUN_BENCH)bench-docs.py . $(srcdir)/docs
EXTRA_DIST += \
	docs/bench-tools.svg \
	docs/figure-8a.svg \
	docs/figure-8b.svg \
	docs/figure-9.svg \
	docs/figure-10.svg \
	docs/figure-11a.svg \
	docs/figure-11b.svg \
	docs/figure-12a.svg \
	docs/figure-12b.svg \
	docs/figure-13.svg
