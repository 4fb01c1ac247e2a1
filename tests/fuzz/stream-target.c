/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <sys/prctl.h>

#include "monitor/monitor.h"
#include "monitor/scatter.h"
#include "ovs-rcu.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* What needs a history, or all that can be known of packets. */
static const char *const specs[] = {
    "on any by vlan_vid every 20ms when count() > 1 report rising",
    "on tcp by nw_src/24 when sum(is_lost & is_burst) > 10% || avg(rtt) > 5ms",
    "on tcp by 5tuple when 1 - (ack - ack[-1] + dup) / (seq[-1] - ack[-1])"
    " > 0.5 || max(rwnd) > 1 || sum(volume) > 10 * sum(volume)[-2]",
    "on ipv6 by ipv6_src,tp_dst over 4 when max(ttl + dscp * ecn) > 1"
    " || count(is_syn | is_fin | is_rst) > 0 top 2",
};

static void
deliver(struct report *report, void *aux OVS_UNUSED)
{
    report_destroy(report);
}

static struct monitor *
make_monitor(void)
{
    const struct monitor_settings settings = {
        .epoch_us = 10000, .max_flows = MONITOR_MIN_FLOWS };
    struct monitor *monitor = monitor_create(&settings, deliver, NULL);

    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        char name[] = { 'a' + i, '\0' };
        char *error = monitor_add_trigger(monitor, name, specs[i], 0);

        if (error) {
            ovs_fatal(0, "%s", error);
        }
    }
    return monitor;
}

/* Frames in a row, each behind two bytes: how much later than the last one it
 * came (2**n us) and whether it was cut, and how long it is. */
static void
feed(struct monitor *monitor, struct scatter *scatter, const uint8_t *data,
     size_t size)
{
    uint64_t now_us = 20000;

    while (size >= 2) {
        size_t n = MIN(data[1], size - 2);
        struct burst burst = {
            .n = 1, .timed = true,
            .frames = { { data + 2, n, n + (data[0] & 0x80 ? 1400 : 0) } },
        };

        now_us += UINT64_C(1) << (data[0] & 0x7f) % 23;
        burst.now_us = now_us;
        burst.ns[0] = now_us * 1000;
        monitor_sweep(monitor, now_us);
        scatter_burst(scatter, &burst);
        data += 2 + n;
        size -= 2 + n;
    }
    monitor_sweep(monitor, now_us + 50000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A huge page takes longer to clear than all the rest. */
    ignore(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));

    struct monitor *monitor = make_monitor();
    struct scatter *scatter = monitor_add_thread(monitor, "fuzz");
    struct ledger ledger;

    feed(monitor, scatter, data, size);
    scatter_ledger(scatter, &ledger);
    ovs_assert(ledger_balances(&ledger));
    monitor_remove_thread(monitor, scatter);
    monitor_destroy(monitor);
    ovsrcu_quiesce();
    return 0;
}
