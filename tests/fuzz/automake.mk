# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

# tests/fuzz/NAME-target.c is a target of fuzzing (see tests/fuzz/fuzz.h).  To
# add one, add its name here and its two lines below.
FUZZ_TARGETS = capture file packet row stream trigger wire

## ------------------------------------- ##
## The corpora, without anything extra.  ##
## ------------------------------------- ##

# tests/fuzz/test-corpus.py runs each over tests/fuzz/corpus/NAME/.
FUZZ_DRIVER = tests/fuzz/driver.c tests/fuzz/fuzz.h
check_PROGRAMS += \
	tests/fuzz/capture-corpus \
	tests/fuzz/file-corpus \
	tests/fuzz/packet-corpus \
	tests/fuzz/row-corpus \
	tests/fuzz/stream-corpus \
	tests/fuzz/trigger-corpus \
	tests/fuzz/wire-corpus
tests_fuzz_capture_corpus_SOURCES = tests/fuzz/capture-target.c $(FUZZ_DRIVER)
tests_fuzz_file_corpus_SOURCES = tests/fuzz/file-target.c $(FUZZ_DRIVER)
tests_fuzz_packet_corpus_SOURCES = tests/fuzz/packet-target.c $(FUZZ_DRIVER)
tests_fuzz_row_corpus_SOURCES = tests/fuzz/row-target.c $(FUZZ_DRIVER)
tests_fuzz_stream_corpus_SOURCES = tests/fuzz/stream-target.c $(FUZZ_DRIVER)
tests_fuzz_trigger_corpus_SOURCES = tests/fuzz/trigger-target.c $(FUZZ_DRIVER)
tests_fuzz_wire_corpus_SOURCES = tests/fuzz/wire-target.c $(FUZZ_DRIVER)

FUZZ_OBJECTS = tests/fuzz/driver.$(OBJEXT) \
	$(FUZZ_TARGETS:%=tests/fuzz/%-target.$(OBJEXT))
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/fuzz tests/fuzz/trigger.dict

## ----------- ##
## libFuzzer.  ##
## ----------- ##

# Our files are compiled with clang, its sanitizers and its coverage, and linked
# with the libraries of Open vSwitch as they are.
FUZZ_CC = clang
FUZZ_CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_LIBRARY = $(patsubst %.c,tests/fuzz/objects/%.o,\
	$(filter %.c,$(lib_libtrumpet_a_SOURCES) \
		$(nodist_lib_libtrumpet_a_SOURCES)))
FUZZERS = $(FUZZ_TARGETS:%=tests/fuzz/%-fuzzer)

tests/fuzz/objects/%.o: %.c ovs-cppflags ovs-cflags \
		| ovs-headers.stamp lib/db/trumpet-idl.h
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CCACHE) $(FUZZ_CC) $(CLANG_FLAGS) \
		$(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
-include $(shell find tests/fuzz/objects -name '*.d' 2>/dev/null)

$(FUZZERS): tests/fuzz/%-fuzzer: tests/fuzz/objects/tests/fuzz/%-target.o \
		$(FUZZ_LIBRARY) ovs/lib/libopenvswitch.la
	$(AM_V_CCLD)$(SHELL) ovs/libtool --silent --tag=CC --mode=link \
		$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ \
		$< $(FUZZ_LIBRARY) ovs/lib/libopenvswitch.la $(PCAP_LIBS)

# For FUZZ_SECONDS each, two at once.  What a run finds is left in
# tests/fuzz/found/; what it learned, in tests/fuzz/learned/ for the next one.
# "make check-fuzz FUZZ_SECONDS=3600 FUZZ_SEED=0 FUZZ=wire" is an hour of one
# target.  The seed is fixed so that a change is tested, not luck.
FUZZ_SECONDS = 10
FUZZ_SEED = 1
FUZZ = $(FUZZ_TARGETS)
.PHONY: check-fuzz
check-fuzz: all
	@set -e; : > check-fuzz.log; \
	if ! echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' \
	    | $(FUZZ_CC) -fsanitize=fuzzer,address -x c -o fuzz-check.tmp - \
		2>/dev/null; \
	then echo ' 1: fuzzing needs clang and libclang-rt-14-dev  skipped' \
		| tee check-fuzz.log; exit 0; \
	fi; rm -f fuzz-check.tmp; \
	$(MAKE) --no-print-directory $(FUZZ:%=tests/fuzz/%-fuzzer); \
	$(PYTHON3) $(srcdir)/tests/fuzz/fuzz --seconds=$(FUZZ_SECONDS) \
		--seed=$(FUZZ_SEED) --log=check-fuzz.log $(FUZZ)

mostlyclean-local: clean-fuzz
.PHONY: clean-fuzz
clean-fuzz:
	rm -rf tests/fuzz/objects tests/fuzz/found tests/fuzz/learned \
		$(FUZZERS) check-fuzz.log
