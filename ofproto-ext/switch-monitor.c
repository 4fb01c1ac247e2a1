/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "switch-monitor.h"

#include "bridge-map.h"
#include "coverage.h"
#include "dirs.h"
#include "monitor/monitor.h"
#include "netdev-offload.h"
#include "of-connection.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packet-threads.h"
#include "port-sampler.h"
#include "report/report-queue.h"
#include "report/reporter.h"
#include "simap.h"
#include "sweeper.h"
#include "trumpet-config.h"
#include "unix-clock.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet);

COVERAGE_DEFINE(trumpet_clock_jump);
COVERAGE_DEFINE(trumpet_enable_failed);
COVERAGE_DEFINE(trumpet_monitor_renewed);

static struct monitor *monitor;
static struct unix_clock clock_;

/* From the database.  What is in force is in the monitor's settings. */
static struct trumpet_config wanted;

/* Non-null while enabled. */
static struct sweeper *sweeper;
static struct port_sampler *sampler;

/* Created when monitoring is enabled first, then kept for the watchers. */
static struct report_queue *queue;
static struct reporter *reporter;
static char *reporter_group;

/* How long staged changes wait for more at least. */
#define COMMIT_DELAY_US (20 * 1000)

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);

/* How long switch_monitor_sweep() waits for other threads. */
#define SYNC_TRIES 100
#define SYNC_INTERVAL_NS (1000 * 1000)

/* Reports of this switch, whichever monitor made them.  Written by whoever
 * sweeps, which is one thread at a time; read by the main thread. */
static atomic_uint64_t n_delivered = ATOMIC_VAR_INIT(0);    /* All. */
static uint64_t last_seq;       /* Of the last report that has a number. */
static uint64_t first_seq;      /* What this monitor's numbers begin after. */

static void
deliver(struct report *report, void *aux OVS_UNUSED)
{
    uint64_t n;

    if (report_is_numbered(report)) {
        report->seq += first_seq;
        last_seq = report->seq;
    }
    report_queue_push(queue, report);
    atomic_add(&n_delivered, UINT64_C(1), &n);
}

/* What a user's clock shows, also while time is stopped for tests. */
static long long int
real_time_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/* Marks 'm' if there are packets that never come to us. */
static void
mark_blind_spots(struct monitor *m)
{
    if (netdev_is_flow_api_enabled()) {
        monitor_mark_incomplete(m, CAUSE_OFFLOADED, true);
    }
}

/* Copies the triggers of 'monitor' to 'new'. */
static char *
copy_triggers(struct monitor *new, uint64_t now_us)
{
    struct trigger_status *status;
    size_t n = monitor_list_triggers(monitor, &status);
    struct trigger_spec *specs = xcalloc(n, sizeof *specs);

    for (size_t i = 0; i < n; i++) {
        specs[i].name = status[i].name;
        specs[i].spec = status[i].event->text;
        specs[i].source = (struct event_source) {
            .name = status[i].name, .line = 1, .column = 1,
        };
        specs[i].owner = status[i].owner;
        specs[i].cookie = status[i].cookie;
        specs[i].history = status[i].history;
    }

    char *error = monitor_replace_triggers(new, specs, n, now_us);

    free(specs);
    trigger_status_destroy(status, n);
    return error;
}

static void
report_no_memory(const struct monitor_settings *settings)
{
    COVERAGE_INC(trumpet_enable_failed);
    VLOG_ERR("no memory for %"PRIu32" flows per packet thread",
             settings->max_flows);
}

/* Returns a monitor with 'settings' and the triggers of the present one, or
 * null if they do not go together or there is no memory, which is logged. */
static struct monitor *
renew_monitor(const struct monitor_settings *settings)
{
    struct monitor *new = monitor_create(settings, deliver, NULL);
    char *error;

    if (!new) {
        report_no_memory(settings);
        return NULL;
    }
    monitor_set_quotas(new, &wanted.quotas);
    monitor_set_budget(new, wanted.budget);
    monitor_set_bridges(new, bridge_map_get());
    error = copy_triggers(new, switch_monitor_now_us());

    COVERAGE_INC(trumpet_monitor_renewed);
    if (error) {
        VLOG_ERR("epoch of %"PRIu64" ms refused: %s",
                 settings->epoch_us / 1000, error);
        free(error);
        monitor_destroy(new);
        return NULL;
    }
    mark_blind_spots(new);
    return new;
}

static void
replace_monitor(struct monitor *new)
{
    monitor_destroy(monitor);
    monitor = new;
    first_seq = last_seq;
}

/* Lets 'new' observe the packet threads.  Should there be no memory, destroys
 * it. */
static bool
observe_with(struct monitor *new)
{
    if (packet_threads_observe(new, &clock_)) {
        return true;
    }
    report_no_memory(monitor_settings(new));
    monitor_destroy(new);
    return false;
}

static struct monitor_settings
wanted_settings(void)
{
    return (struct monitor_settings) {
        .epoch_us = wanted.epoch_us,
        .max_flows = wanted.max_flows,
        .history = wanted.history,
    };
}

static void
start_reporter(void)
{
    if (!reporter) {
        char *path = xasprintf("%s/trumpet.sock", ovs_rundir());

        reporter_group = nullable_xstrdup(wanted.socket_group);
        queue = report_queue_create(REPORTER_QUEUE_CAPACITY);
        reporter = reporter_create(queue, path, reporter_group);
        of_connections_set_reporter(reporter);
        free(path);
    }
}

static void
configure_reporter(void)
{
    if (reporter && !nullable_string_is_equal(reporter_group,
                                              wanted.socket_group)) {
        free(reporter_group);
        reporter_group = nullable_xstrdup(wanted.socket_group);
        reporter_set_group(reporter, reporter_group);
    }
}

/* The threads that work for 'monitor'. */
static void
start_threads(void)
{
    sweeper = sweeper_create(monitor, &clock_);
    sampler = port_sampler_create(monitor_port_counters(monitor), &clock_,
                                  monitor_settings(monitor)->epoch_us);
}

static void
stop_threads(void)
{
    port_sampler_destroy(sampler);
    sampler = NULL;
    sweeper_destroy(sweeper);
    sweeper = NULL;
}

/* Enables monitoring, with another monitor, whose triggers are observed from
 * now on, or, if 'restarted', in the running interval too. */
static void
start(bool restarted)
{
    struct monitor_settings settings = wanted_settings();
    struct monitor *new;

    unix_clock_reset(&clock_);
    new = renew_monitor(&settings);
    if (!new) {
        new = renew_monitor(monitor_settings(monitor));
    }
    if (new && restarted) {
        monitor_observe_running(new, switch_monitor_now_us());
    }
    if (!new || !observe_with(new)) {
        VLOG_ERR("monitoring stays disabled");
        return;
    }
    replace_monitor(new);
    start_reporter();
    start_threads();
    VLOG_INFO("monitoring enabled, epochs of %"PRIu64" ms",
              monitor_settings(monitor)->epoch_us / 1000);
}

/* Disables monitoring, and frees its memory: what is left is a monitor that
 * only knows the triggers.  Epochs that ended are reported if 'report'. */
static void
stop(bool report)
{
    struct thread_status *threads;
    const struct ledger *total;
    size_t n;

    stop_threads();
    packet_threads_observe(NULL, NULL);
    if (report) {
        monitor_sweep(monitor, switch_monitor_now_us());
    }

    n = monitor_list_threads(monitor, &threads);
    total = &threads[n - 1].ledger;
    VLOG_INFO("monitoring disabled, received %"PRIu64" packets, "
              "counted %"PRIu64, total->received, total->counted);
    thread_status_destroy(threads, n);

    struct monitor *new = renew_monitor(monitor_settings(monitor));

    if (new) {
        replace_monitor(new);
    }
}

/* Changes what a monitor is created with.  Each packet is counted by the old
 * monitor or by the new one. */
static void
change_settings(void)
{
    struct monitor_settings settings = wanted_settings();
    struct monitor *new = renew_monitor(&settings);

    if (!new || (sweeper && !observe_with(new))) {
        VLOG_ERR("settings unchanged");
        return;
    }
    bool enabled = sweeper != NULL;

    if (enabled) {
        stop_threads();
        monitor_sweep(monitor, switch_monitor_now_us());
    }
    replace_monitor(new);
    if (enabled) {
        start_threads();
    }
    VLOG_INFO("monitoring with epochs of %"PRIu64" ms and %"PRIu32" flows per "
              "packet thread", settings.epoch_us / 1000, settings.max_flows);
}

void
switch_monitor_init(void)
{
    trumpet_config_init(&wanted);
    unix_clock_init(&clock_);

    struct monitor_settings settings = wanted_settings();

    monitor = monitor_create(&settings, deliver, NULL);
    if (!monitor) {
        out_of_memory();        /* There is no switch yet. */
    }
}

/* A change that could not be made is not tried again before the next one. */
void
switch_monitor_set_config(const struct smap *other_config, bool restarted)
{
    struct monitor_settings before = wanted_settings();
    bool enable = wanted.enable;

    trumpet_config_parse(&wanted, other_config);

    struct monitor_settings after = wanted_settings();
    bool changed = !monitor_settings_equal(&before, &after);

    if (!wanted.enable && sweeper) {
        stop(true);
    }
    if (wanted.enable && !sweeper && (changed || !enable)) {
        start(restarted);
    } else if (changed) {
        change_settings();
    }
    configure_reporter();
    monitor_set_quotas(monitor, &wanted.quotas);
    monitor_set_budget(monitor, wanted.budget);
}

/* Hardware offload may be enabled at any time, but never disabled again.
 * While nothing is monitored it is nobody's business here. */
static void
check_offload(void)
{
    static bool seen;

    if (!seen && sweeper && netdev_is_flow_api_enabled()) {
        seen = true;
        VLOG_WARN("hw-offload is enabled: packets that hardware forwards are "
                  "not seen, so every interval is marked as incomplete");
        mark_blind_spots(monitor);
    }
}

/* Commits what was staged as soon as a round of the main loop adds nothing to
 * it; before that only if it waits for long, since a commit takes time by the
 * number of all triggers.  So of many changes in a row, at most a tenth of
 * the main thread's time goes to commits. */
static void
commit_staged(void)
{
    static long long int since_us, took_us;
    static uint64_t n_seen;
    uint64_t n_staged = monitor_n_staged(monitor);
    long long int now_us = real_time_us();

    if (!n_seen) {
        since_us = now_us;
    }
    if (n_staged == n_seen
        || now_us - since_us > MAX(10 * took_us, COMMIT_DELAY_US)) {
        char *error = monitor_commit(monitor, switch_monitor_now_us());

        if (error) {
            VLOG_ERR_RL(&rl, "changed triggers are not in force: %s", error);
            free(error);
        }
        took_us = real_time_us() - now_us;
        n_seen = 0;
    } else {
        n_seen = n_staged;
    }
    if (monitor_n_staged(monitor)) {
        poll_immediate_wake();
    }
}

void
switch_monitor_run(void)
{
    if (bridge_map_run()) {
        monitor_set_bridges(monitor, bridge_map_get());
    }
    if (monitor_n_staged(monitor)) {
        commit_staged();
    }
    check_offload();
    if (sweeper && sweeper_has_jumped(sweeper)) {
        COVERAGE_INC(trumpet_clock_jump);
        VLOG_WARN("the wall clock jumped, observation begins anew");
        stop(false);
        start(false);
    }
}

void
switch_monitor_add_thread(const char *dp_name, unsigned int core_id,
                          struct dp_observer_slot *slot)
{
    if (!packet_threads_add(dp_name, core_id, slot)) {
        COVERAGE_INC(trumpet_enable_failed);
        monitor_mark_incomplete(monitor, CAUSE_TABLE_FULL, true);
    }
}

bool
switch_monitor_is_enabled(void)
{
    return sweeper != NULL;
}

struct monitor *
switch_monitor_get(void)
{
    return monitor;
}

struct reporter *
switch_monitor_reporter(void)
{
    return reporter;
}

struct port_sampler *
switch_monitor_sampler(void)
{
    return sampler;
}

uint64_t
switch_monitor_now_us(void)
{
    return unix_clock_now(&clock_);
}

/* A packet thread in the middle of a burst may hold an epoch open, so one
 * sweep need not be enough. */
static void
sweep_all_epochs(void)
{
    for (int i = 0; i < SYNC_TRIES && !sweeper_run(sweeper); i++) {
        xnanosleep(SYNC_INTERVAL_NS);
    }
}

static void
wait_for_reporter(void)
{
    uint64_t n;

    atomic_read(&n_delivered, &n);
    for (int i = 0; i < SYNC_TRIES; i++) {
        struct reporter_status status;

        reporter_get_status(reporter, &status);
        if (status.delivered + status.dropped >= n) {
            break;
        }
        xnanosleep(SYNC_INTERVAL_NS);
    }
}

void
switch_monitor_sweep(void)
{
    if (sweeper) {
        sweep_all_epochs();
        wait_for_reporter();
    }
}

void
switch_monitor_get_memory_usage(struct simap *usage)
{
    struct sweep_status sweep;
    struct thread_status *threads;
    size_t n = monitor_list_threads(monitor, &threads);

    monitor_get_sweep_status(monitor, &sweep);
    simap_increase(usage, "trumpet-flows", threads[n - 1].flows);
    simap_increase(usage, "trumpet-triggers", sweep.triggers);
    simap_increase(usage, "trumpet-keys", sweep.keys);
    simap_increase(usage, "trumpet-bytes", sweep.memory_bytes);
    thread_status_destroy(threads, n);
}
