/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fatal-signal.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "report/report-queue.h"
#include "report/report.h"
#include "report/reporter.h"
#include "report/watcher.h"
#include "socket-util.h"
#include "stream-fd.h"
#include "stream.h"
#include "util.h"

/* How long to wait for what must happen. */
#define PATIENCE_MS 10000

static struct event *event;
static char *socket_path;
static struct report_queue *queue;
static struct reporter *reporter;

static void
setup_event(void)
{
    char *error;

    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    error = event_parse("on any when count() > 0", NULL, 10000, &event);
    ck_assert_msg(!error, "%s", error);
}

static void
teardown_event(void)
{
    event_unref(event);
}

static void
setup(void)
{
    char directory[1024];

    setup_event();
    ck_assert_ptr_nonnull(getcwd(directory, sizeof directory));
    socket_path = xasprintf("%s/test-reporter.%ld.sock", directory,
                            (long int) getpid());
    queue = report_queue_create(100000);
    reporter = reporter_create(queue, socket_path, NULL);
}

static void
teardown(void)
{
    reporter_destroy(reporter);
    report_queue_destroy(queue);
    ck_assert_int_eq(access(socket_path, F_OK), -1);
    free(socket_path);
    teardown_event();
}

static struct report *
make_report(uint64_t seq)
{
    struct report *report = report_create(REPORT_SATISFIED, "x", event);

    report->seq = seq;
    return report;
}

static void
push_reports(uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last; seq++) {
        report_queue_push(queue, make_report(seq));
    }
}

/* What 'what' makes of the status, once it is 'expected'. */
static void
wait_for(uint64_t (*what)(const struct reporter_status *), uint64_t expected)
{
    struct reporter_status status;

    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        reporter_get_status(reporter, &status);
        if (what(&status) == expected) {
            return;
        }
        xnanosleep(1000 * 1000);
    }
    ck_abort_msg("waited in vain for %"PRIu64", is %"PRIu64,
                 expected, what(&status));
}

static uint64_t
n_delivered(const struct reporter_status *status)
{
    return status->delivered;
}

static uint64_t
n_watchers(const struct reporter_status *status)
{
    return status->n_watchers;
}

static uint64_t
n_lost(const struct reporter_status *status)
{
    return status->lost;
}

static uint64_t
n_refused(const struct reporter_status *status)
{
    return status->refused;
}

/* Returns a stream of what comes through 'fd', which is not waited for
 * without end. */
static FILE *
open_lines(int fd)
{
    const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
    FILE *lines = fdopen(fd, "r");

    ck_assert_ptr_nonnull(lines);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                                sizeof patience), 0);
    return lines;
}

static FILE *
connect_watcher(void)
{
    int fd = make_unix_socket(SOCK_STREAM, false, NULL, socket_path);

    ck_assert_msg(fd >= 0, "%s: %s", socket_path, ovs_strerror(-fd));
    return open_lines(fd);
}

/* Reads a line into 'line', without the new line.  Returns false at the end
 * of the stream. */
static bool
read_line(FILE *lines, struct ds *line)
{
    bool end = ds_get_line(line, lines);

    ck_assert_msg(!ferror(lines), "%s", ovs_strerror(errno));
    return !end;
}

/* Returns the number behind 'name' in 'line', UINT64_MAX if there is none. */
static uint64_t
line_number(const struct ds *line, const char *name)
{
    const char *found = strstr(ds_cstr_ro(line), name);

    return found ? strtoull(found + strlen(name), NULL, 10) : UINT64_MAX;
}

#define SEQ "\"seq\":"
#define LOST "{\"event\":\"lost\",\"reports\":"

/* The queue. */

START_TEST(test_queue_is_bounded)
{
    struct ovs_list reports;
    struct report *report;
    uint64_t seq;

    queue = report_queue_create(3);
    seq = report_queue_seq(queue);
    push_reports(1, 5);
    ck_assert_uint_ne(report_queue_seq(queue), seq);
    ck_assert_uint_eq(report_queue_dropped(queue), 2);

    ck_assert_uint_eq(report_queue_pop_all(queue, &reports), 2);
    seq = 0;
    LIST_FOR_EACH_POP (report, node, &reports) {
        ck_assert_uint_eq(report->seq, ++seq);
        report_destroy(report);
    }
    ck_assert_uint_eq(seq, 3);

    ck_assert_uint_eq(report_queue_pop_all(queue, &reports), 0);
    ck_assert(ovs_list_is_empty(&reports));

    push_reports(6, 9);
    ck_assert_uint_eq(report_queue_dropped(queue), 3);
    report_queue_destroy(queue);        /* With reports in it. */
}
END_TEST

/* Watchers without a reporter. */

static struct watcher *
make_watcher(FILE **peer)
{
    struct stream *stream;
    int fds[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    ck_assert_int_eq(set_nonblocking(fds[0]), 0);
    ck_assert_int_eq(new_fd_stream(xstrdup("test"), fds[0], 0, AF_UNIX,
                                   &stream), 0);
    *peer = open_lines(fds[1]);
    return watcher_create(stream);
}

/* Puts lines that number 'first' to 'last'. */
static void
put_lines(struct watcher *watcher, uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last; seq++) {
        char *line = xasprintf("{"SEQ"%"PRIu64", \"pad\":\"%100s\"}\n",
                               seq, "");
        watcher_put(watcher, line, strlen(line));
        free(line);
    }
}

START_TEST(test_watcher_slow)
{
    const uint64_t n = 3 * WATCHER_BUFFER_BYTES / 100;
    struct ds line = DS_EMPTY_INITIALIZER;
    struct watcher *watcher;
    uint64_t expected = 1;
    uint64_t n_lost_lines = 0;
    FILE *peer;

    watcher = make_watcher(&peer);
    put_lines(watcher, 1, n);
    ck_assert_uint_gt(watcher->n_lost, n / 2);
    ck_assert_uint_lt(watcher->n_lost, n);

    /* It gets all before the gap, the gap, and what came when there was room
     * again. */
    while (expected <= n + 1) {
        ck_assert_int_eq(watcher_run(watcher), 0);
        if (expected == n + 1 && byteq_is_empty(&watcher->out)) {
            put_lines(watcher, n + 1, n + 1);
            ck_assert_int_eq(watcher_run(watcher), 0);
        }
        ck_assert(read_line(peer, &line));
        if (line_number(&line, LOST) != UINT64_MAX) {
            expected += line_number(&line, LOST);
            n_lost_lines++;
        } else {
            ck_assert_uint_eq(line_number(&line, SEQ), expected);
            expected++;
        }
    }
    ck_assert_uint_eq(n_lost_lines, 1);
    ck_assert_uint_eq(watcher->lost, 0);

    ds_destroy(&line);
    fclose(peer);
    watcher_destroy(watcher);
}
END_TEST

/* Nothing overtakes a gap, and it is told only when half of the buffer is
 * free. */
START_TEST(test_watcher_gap_order)
{
    struct watcher *watcher;
    char *large = xmalloc(WATCHER_BUFFER_BYTES - 100);
    FILE *peer;

    memset(large, '\n', WATCHER_BUFFER_BYTES - 100);
    watcher = make_watcher(&peer);
    watcher_put(watcher, large, WATCHER_BUFFER_BYTES - 100);
    ck_assert_uint_eq(watcher->lost, 0);
    watcher_put(watcher, large, 101);
    ck_assert_uint_eq(watcher->lost, 1);
    watcher_put(watcher, large, 1);
    ck_assert_uint_eq(watcher->lost, 2);

    byteq_advance_tail(&watcher->out, WATCHER_BUFFER_BYTES / 4);
    watcher_put(watcher, large, 1);
    ck_assert_uint_eq(watcher->lost, 3);
    byteq_advance_tail(&watcher->out, WATCHER_BUFFER_BYTES / 4);
    watcher_put(watcher, large, 1);
    ck_assert_uint_eq(watcher->lost, 0);

    free(large);
    fclose(peer);
    watcher_destroy(watcher);
}
END_TEST

/* A gap is told even if no report follows. */
START_TEST(test_watcher_gap_at_end)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    struct watcher *watcher;
    FILE *peer;

    watcher = make_watcher(&peer);
    watcher_lose(watcher, 17);
    ck_assert_int_eq(watcher_run(watcher), 0);
    ck_assert(read_line(peer, &line));
    ck_assert_str_eq(ds_cstr(&line), "{\"event\":\"lost\",\"reports\":17}");
    ck_assert_uint_eq(watcher->n_lost, 17);

    fclose(peer);
    ck_assert_int_ne(watcher_run(watcher), 0);
    ds_destroy(&line);
    watcher_destroy(watcher);
}
END_TEST

/* A line that no buffer can hold is lost, not waited for. */
START_TEST(test_watcher_huge_line)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    struct watcher *watcher;
    char *huge = xzalloc(WATCHER_BUFFER_BYTES + 1);
    FILE *peer;

    watcher = make_watcher(&peer);
    watcher_put(watcher, huge, WATCHER_BUFFER_BYTES + 1);
    put_lines(watcher, 1, 1);
    ck_assert_int_eq(watcher_run(watcher), 0);
    ck_assert(read_line(peer, &line));
    ck_assert_uint_eq(line_number(&line, LOST), 1);
    ck_assert(read_line(peer, &line));
    ck_assert_uint_eq(line_number(&line, SEQ), 1);

    free(huge);
    fclose(peer);
    ds_destroy(&line);
    watcher_destroy(watcher);
}
END_TEST

/* The reporter. */

START_TEST(test_stream)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    FILE *lines[3];

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        lines[i] = connect_watcher();
    }
    wait_for(n_watchers, ARRAY_SIZE(lines));
    ignore(write(fileno(lines[0]), "ignored\n", 8));
    push_reports(1, 1000);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        for (uint64_t seq = 1; seq <= 1000; seq++) {
            ck_assert(read_line(lines[i], &line));
            ck_assert_uint_eq(line_number(&line, SEQ), seq);
            ck_assert_ptr_nonnull(strstr(ds_cstr(&line),
                                         "\"trigger\":\"x\""));
        }
    }

    fclose(lines[1]);
    wait_for(n_watchers, ARRAY_SIZE(lines) - 1);
    fclose(lines[0]);
    fclose(lines[2]);
    wait_for(n_watchers, 0);
    ds_destroy(&line);
}
END_TEST

/* What is queued when the reporter ends still gets out. */
START_TEST(test_end)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    FILE *lines = connect_watcher();

    wait_for(n_watchers, 1);
    push_reports(1, 100);
    reporter_destroy(reporter);
    for (uint64_t seq = 1; seq <= 100; seq++) {
        ck_assert(read_line(lines, &line));
        ck_assert_uint_eq(line_number(&line, SEQ), seq);
    }
    ck_assert(!read_line(lines, &line));
    ds_destroy(&line);
    fclose(lines);
    reporter = NULL;
}
END_TEST

/* One watcher does not read: it alone loses reports, and knows how many. */
START_TEST(test_slow_watcher)
{
    const uint64_t n = 20000;
    struct ds line = DS_EMPTY_INITIALIZER;
    struct reporter_status status;
    FILE *slow = connect_watcher();
    FILE *fast = connect_watcher();
    uint64_t expected = 1;
    uint64_t lost = 0;

    wait_for(n_watchers, 2);
    for (uint64_t seq = 1; seq <= n; seq++) {
        push_reports(seq, seq);
        ck_assert(read_line(fast, &line));
        ck_assert_uint_eq(line_number(&line, SEQ), seq);
    }
    wait_for(n_delivered, n);
    while (expected <= n) {
        ck_assert(read_line(slow, &line));
        if (line_number(&line, LOST) != UINT64_MAX) {
            lost += line_number(&line, LOST);
            expected += line_number(&line, LOST);
        } else {
            ck_assert_uint_eq(line_number(&line, SEQ), expected);
            expected++;
        }
    }
    ck_assert_uint_gt(lost, 0);
    wait_for(n_lost, lost);
    reporter_get_status(reporter, &status);
    ck_assert_uint_eq(status.dropped, 0);

    /* What it lost stays known. */
    fclose(slow);
    wait_for(n_watchers, 1);
    reporter_get_status(reporter, &status);
    ck_assert_uint_eq(status.lost, lost);
    fclose(fast);
    ds_destroy(&line);
}
END_TEST

START_TEST(test_too_many_watchers)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    FILE *lines[REPORTER_MAX_WATCHERS + 1];

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        lines[i] = connect_watcher();
    }
    wait_for(n_refused, 1);
    wait_for(n_watchers, REPORTER_MAX_WATCHERS);
    ck_assert(read_line(lines[REPORTER_MAX_WATCHERS], &line));
    ck_assert_str_eq(ds_cstr(&line), "{\"event\":\"refused\","
                     "\"why\":\"too many watchers\"}");
    ck_assert(!read_line(lines[REPORTER_MAX_WATCHERS], &line));
    fclose(lines[REPORTER_MAX_WATCHERS]);

    /* There is room again when one is gone. */
    fclose(lines[0]);
    wait_for(n_watchers, REPORTER_MAX_WATCHERS - 1);
    lines[0] = connect_watcher();
    wait_for(n_watchers, REPORTER_MAX_WATCHERS);
    for (size_t i = 0; i < REPORTER_MAX_WATCHERS; i++) {
        fclose(lines[i]);
    }
    ds_destroy(&line);
}
END_TEST

/* Fails unless the latest 'n' reports begin with 'first'. */
static void
expect_last(size_t n, uint64_t first, uint64_t last)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    char *save_ptr = NULL;
    uint64_t seq = first;

    reporter_get_last(reporter, n, &ds);
    for (char *line = strtok_r(ds_cstr(&ds), "\n", &save_ptr); line;
         line = strtok_r(NULL, "\n", &save_ptr)) {
        const char *found = strstr(line, SEQ);

        ck_assert_ptr_nonnull(found);
        ck_assert_uint_eq(strtoull(found + strlen(SEQ), NULL, 10), seq);
        seq++;
    }
    ck_assert_uint_eq(seq, last + 1);
    ds_destroy(&ds);
}

START_TEST(test_last)
{
    expect_last(0, 1, 0);
    expect_last(5, 1, 0);

    push_reports(1, 7);
    wait_for(n_delivered, 7);
    expect_last(0, 1, 7);
    expect_last(3, 5, 7);
    expect_last(100, 1, 7);

    push_reports(8, 3 * REPORTER_N_LAST + 1);
    wait_for(n_delivered, 3 * REPORTER_N_LAST + 1);
    expect_last(0, 2 * REPORTER_N_LAST + 2, 3 * REPORTER_N_LAST + 1);
    expect_last(1, 3 * REPORTER_N_LAST + 1, 3 * REPORTER_N_LAST + 1);
}
END_TEST

static mode_t
socket_mode(void)
{
    struct stat s;

    ck_assert_int_eq(stat(socket_path, &s), 0);
    return s.st_mode & 07777;
}

START_TEST(test_socket_mode)
{
    struct group *group = getgrgid(getegid());
    char *group_name = xstrdup(group ? group->gr_name : "root");
    struct stat s;

    ck_assert_int_eq(socket_mode(), 0600);
    reporter_set_group(reporter, group_name);
    ck_assert_int_eq(socket_mode(), 0660);
    ck_assert_int_eq(stat(socket_path, &s), 0);
    ck_assert_uint_eq(s.st_gid, getegid());
    reporter_set_group(reporter, NULL);
    ck_assert_int_eq(socket_mode(), 0600);

    reporter_set_group(reporter, group_name);
    reporter_set_group(reporter, "no such group");
    ck_assert_int_eq(socket_mode(), 0600);

    reporter_destroy(reporter);
    reporter = reporter_create(queue, socket_path, group_name);
    ck_assert_int_eq(socket_mode(), 0660);
    free(group_name);
}
END_TEST

/* A process that was killed leaves its socket; another file may be there. */
START_TEST(test_stale_socket)
{
    FILE *lines;
    int fd;

    reporter_destroy(reporter);
    fd = make_unix_socket(SOCK_STREAM, true, socket_path, NULL);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(access(socket_path, F_OK), 0);

    reporter = reporter_create(queue, socket_path, NULL);
    lines = connect_watcher();
    wait_for(n_watchers, 1);
    fclose(lines);
}
END_TEST

/* Without a socket, reports are still kept. */
START_TEST(test_no_socket)
{
    struct reporter_status status;

    reporter_destroy(reporter);
    reporter = reporter_create(queue, "/nonexistent/trumpet.sock", NULL);
    push_reports(1, 2);
    wait_for(n_delivered, 2);
    reporter_get_status(reporter, &status);
    ck_assert(!status.listening);
    expect_last(0, 1, 2);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("reporter");
    TCase *tc = tcase_create("queue");

    tcase_add_checked_fixture(tc, setup_event, teardown_event);
    tcase_add_test(tc, test_queue_is_bounded);
    suite_add_tcase(suite, tc);

    tc = tcase_create("watcher");
    tcase_add_checked_fixture(tc, setup_event, teardown_event);
    tcase_add_test(tc, test_watcher_slow);
    tcase_add_test(tc, test_watcher_gap_order);
    tcase_add_test(tc, test_watcher_gap_at_end);
    tcase_add_test(tc, test_watcher_huge_line);
    suite_add_tcase(suite, tc);

    tc = tcase_create("reporter");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_stream);
    tcase_add_test(tc, test_end);
    tcase_add_test(tc, test_slow_watcher);
    tcase_add_test(tc, test_too_many_watchers);
    tcase_add_test(tc, test_last);
    tcase_add_test(tc, test_socket_mode);
    tcase_add_test(tc, test_stale_socket);
    tcase_add_test(tc, test_no_socket);
    suite_add_tcase(suite, tc);
    return suite;
}
