/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fatal-signal.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "report/outlet.h"
#include "report/report.h"
#include "sset.h"
#include "util.h"

/* How long to wait for what must happen. */
#define PATIENCE_MS 10000

static struct event *event;
static char *directory;
static char *path;
static struct sset triggers;
static struct outlet_settings settings;

static void
setup(void)
{
    char *error;

    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    error = event_parse("on any when count() > 0", NULL, 10000, &event);
    ck_assert_msg(!error, "%s", error);

    directory = xasprintf("/tmp/test-outlet.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    path = xasprintf("%s/out.json", directory);
    sset_init(&triggers);
    settings = (struct outlet_settings) {
        .type = OUTLET_FILE,
        .path = path,
        .triggers = &triggers,
        .max_size = OUTLET_DEFAULT_MAX_SIZE,
        .keep = 2,
    };
}

static void
teardown(void)
{
    char *command = xasprintf("rm -rf %s", directory);

    ck_assert_int_eq(system(command), 0);
    free(command);
    sset_destroy(&triggers);
    free(path);
    free(directory);
    event_unref(event);
}

/* Delivers the reports 'first' to 'last' of 'trigger' in one go. */
static void
deliver(struct outlet *outlet, const char *trigger, uint64_t first,
        uint64_t last)
{
    struct report_sink *sink = outlet_sink(outlet);

    for (uint64_t seq = first; seq <= last; seq++) {
        struct report *report = report_create(REPORT_SATISFIED, trigger,
                                              event);

        report->seq = seq;
        sink->deliver(sink, report);
        report_destroy(report);
    }
    sink->flush(sink);
}

/* Waits until 'n' reports went out or were lost. */
static void
wait_for(struct outlet *outlet, uint64_t n)
{
    struct outlet_status status = { .reports = 0 };

    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        outlet_get_status(outlet, &status);
        free(status.error);
        if (status.reports + status.lost == n) {
            return;
        }
        xnanosleep(1000 * 1000);
    }
    ck_abort_msg("waited in vain for %"PRIu64", is %"PRIu64" + %"PRIu64, n,
                 status.reports, status.lost);
}

/* Waits until the outlet's error has 'text' in it; null: until there is
 * none. */
static void
wait_for_error(struct outlet *outlet, const char *text)
{
    struct outlet_status status;
    bool ok = false;

    for (int ms = 0; ms < PATIENCE_MS && !ok; ms++) {
        outlet_get_status(outlet, &status);
        ok = (text ? status.error && strstr(status.error, text)
              : !status.error);
        free(status.error);
        xnanosleep(1000 * 1000);
    }
    ck_assert_msg(ok, "no error '%s'", text ? text : "(none)");
}

/* Appends the numbers of the reports in the file called 'name' to 'ds', and
 * "-N" where N are said to be lost. */
static void
read_file(const char *name, struct ds *ds)
{
    FILE *file = fopen(name, "r");
    char line[4096];

    ck_assert_msg(file != NULL, "%s: cannot open", name);
    while (fgets(line, sizeof line, file)) {
        const char *seq = strstr(line, "\"seq\":");
        const char *lost = strstr(line, "{\"event\":\"lost\",\"reports\":");

        ck_assert_int_eq(line[strlen(line) - 1], '\n');
        if (seq) {
            ds_put_format(ds, "%d ", atoi(seq + 6));
        } else if (lost) {
            ds_put_format(ds, "-%d ", atoi(lost + 26));
        } else {
            ds_put_cstr(ds, "? ");
        }
    }
    fclose(file);
}

static void
assert_file(const char *name, const char *expected)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    read_file(name, &ds);
    ds_chomp(&ds, ' ');
    ck_assert_str_eq(ds_cstr(&ds), expected);
    ds_destroy(&ds);
}

START_TEST(test_file_appends)
{
    struct outlet *outlet = outlet_create(&settings);
    struct stat s;

    deliver(outlet, "x", 1, 3);
    wait_for(outlet, 3);
    outlet_destroy(outlet);
    assert_file(path, "1 2 3");
    ck_assert_int_eq(stat(path, &s), 0);
    ck_assert_int_eq(s.st_mode & 0777, 0600);

    /* What is pending when it ends is written. */
    outlet = outlet_create(&settings);
    deliver(outlet, "x", 4, 5);
    outlet_destroy(outlet);
    assert_file(path, "1 2 3 4 5");
}
END_TEST

START_TEST(test_file_ends_last_line)
{
    FILE *file = fopen(path, "w");
    struct outlet *outlet;

    fputs("{\"event\":\"sati", file);
    fclose(file);
    outlet = outlet_create(&settings);
    deliver(outlet, "x", 1, 1);
    outlet_destroy(outlet);
    assert_file(path, "? 1");
}
END_TEST

START_TEST(test_filter)
{
    struct outlet *outlet;

    sset_add(&triggers, "x");
    sset_add(&triggers, "br0/y");
    outlet = outlet_create(&settings);
    deliver(outlet, "x", 1, 1);
    deliver(outlet, "y", 2, 2);
    deliver(outlet, "br0/y", 3, 3);
    deliver(outlet, "br1/y", 4, 4);
    outlet_destroy(outlet);
    assert_file(path, "1 3");
}
END_TEST

START_TEST(test_file_rotates)
{
    char *old[] = { xasprintf("%s.1", path), xasprintf("%s.2", path),
                    xasprintf("%s.3", path) };
    struct outlet *outlet;

    settings.max_size = 1;
    outlet = outlet_create(&settings);
    for (uint64_t i = 1; i <= 4; i++) {
        deliver(outlet, "x", i, i);
        wait_for(outlet, i);
    }
    outlet_destroy(outlet);
    assert_file(path, "4");
    assert_file(old[0], "3");
    assert_file(old[1], "2");
    ck_assert_int_eq(access(old[2], F_OK), -1);
    for (size_t i = 0; i < ARRAY_SIZE(old); i++) {
        free(old[i]);
    }
}
END_TEST

START_TEST(test_file_rotates_to_none)
{
    char *old = xasprintf("%s.1", path);
    struct outlet *outlet;

    settings.max_size = 1;
    settings.keep = 0;
    outlet = outlet_create(&settings);
    deliver(outlet, "x", 1, 1);
    wait_for(outlet, 1);
    deliver(outlet, "x", 2, 2);
    outlet_destroy(outlet);
    assert_file(path, "2");
    ck_assert_int_eq(access(old, F_OK), -1);
    free(old);
}
END_TEST

/* Somebody renames it, and somebody else deletes it. */
START_TEST(test_file_is_begun_anew)
{
    struct outlet *outlet = outlet_create(&settings);
    char *moved = xasprintf("%s/moved", directory);

    deliver(outlet, "x", 1, 1);
    wait_for(outlet, 1);
    ck_assert_int_eq(rename(path, moved), 0);
    deliver(outlet, "x", 2, 2);
    wait_for(outlet, 2);
    assert_file(path, "2");
    ck_assert_int_eq(unlink(path), 0);
    deliver(outlet, "x", 3, 3);
    outlet_destroy(outlet);
    assert_file(path, "3");
    assert_file(moved, "1");
    free(moved);
}
END_TEST

/* What does not fit is counted, also if the file comes much later. */
START_TEST(test_lost)
{
    const uint64_t n = 100000;
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct outlet_status status;
    char *place = xasprintf("%s/later", directory);
    char *file = xasprintf("%s/out.json", place);
    uint64_t told = 0, seen = 0;
    struct outlet *outlet;
    char *save;

    settings.path = file;
    outlet = outlet_create(&settings);
    wait_for_error(outlet, "cannot open (No such file or directory)");
    deliver(outlet, "x", 1, n);
    ck_assert_int_eq(mkdir(place, 0700), 0);
    wait_for(outlet, n);
    wait_for_error(outlet, NULL);

    outlet_get_status(outlet, &status);
    ck_assert_uint_gt(status.lost, 0);
    ck_assert_uint_gt(status.reports, OUTLET_BUFFER_BYTES / 400);
    outlet_sink(outlet)->lose(outlet_sink(outlet), 7);
    deliver(outlet, "x", n + 1, n + 1);
    outlet_destroy(outlet);

    read_file(file, &ds);
    for (char *word = strtok_r(ds_cstr(&ds), " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        if (word[0] == '-') {
            told += atoi(word + 1);
        } else {
            seen++;
        }
    }
    ck_assert_uint_eq(told, status.lost + 7);
    ck_assert_uint_eq(seen, status.reports + 1);
    ck_assert_uint_eq(status.lost + status.reports, n);
    ds_destroy(&ds);
    free(file);
    free(place);
}
END_TEST

/* Nothing but a plain file of its own is ever written to. */
START_TEST(test_file_refusals)
{
    char *other = xasprintf("%s/other", directory);
    FILE *file = fopen(other, "w");
    struct outlet *outlet;

    fclose(file);
    ck_assert_int_eq(symlink(other, path), 0);
    outlet = outlet_create(&settings);
    wait_for_error(outlet, "cannot open");
    deliver(outlet, "x", 1, 1);
    outlet_destroy(outlet);
    assert_file(other, "");

    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    outlet = outlet_create(&settings);
    wait_for_error(outlet, "is not a regular file");
    outlet_destroy(outlet);

    ck_assert_int_eq(unlink(path), 0);
    settings.group = "no-such-group";
    outlet = outlet_create(&settings);
    wait_for_error(outlet, "cannot give it to group no-such-group");
    outlet_destroy(outlet);
    free(other);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("outlet");
    TCase *tc = tcase_create("file");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_file_appends);
    tcase_add_test(tc, test_file_ends_last_line);
    tcase_add_test(tc, test_filter);
    tcase_add_test(tc, test_file_rotates);
    tcase_add_test(tc, test_file_rotates_to_none);
    tcase_add_test(tc, test_file_is_begun_anew);
    tcase_add_test(tc, test_lost);
    tcase_add_test(tc, test_file_refusals);
    suite_add_tcase(suite, tc);
    return suite;
}
