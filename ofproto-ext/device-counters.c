/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "device-counters.h"

#include <stdlib.h>
#include <string.h>

#include "monitor/port-counters.h"
#include "netdev.h"
#include "util.h"

/* Stores 'value', which is UINT64_MAX if the device does not count it. */
static void
put(struct port_reading *reading, enum port_counter counter, uint64_t value)
{
    if (value != UINT64_MAX) {
        reading->has |= 1u << counter;
        reading->values[counter] = value;
    }
}

/* Counters that only custom statistics have. */
static const struct {
    const char *name;
    enum port_counter counter;
} custom_counters[] = {
    { "rx_mbuf_allocation_errors", PORT_COUNTER_RX_NOMBUF },
    { "ovs_tx_failure_drops", PORT_COUNTER_TX_FAILED },
};

static void
put_custom(struct port_reading *reading, const char *name, uint64_t value)
{
    for (size_t i = 0; i < ARRAY_SIZE(custom_counters); i++) {
        if (!strcmp(name, custom_counters[i].name)) {
            put(reading, custom_counters[i].counter, value);
        }
    }
}

bool
device_counters_read(const struct netdev *netdev,
                     struct port_reading *reading)
{
    struct netdev_custom_stats custom;
    struct netdev_stats stats;

    if (netdev_get_stats(netdev, &stats)) {
        return false;
    }
    put(reading, PORT_COUNTER_RX_DROPPED, stats.rx_dropped);
    put(reading, PORT_COUNTER_RX_ERRORS, stats.rx_errors);
    put(reading, PORT_COUNTER_RX_MISSED, stats.rx_missed_errors);
    put(reading, PORT_COUNTER_TX_DROPPED, stats.tx_dropped);
    put(reading, PORT_COUNTER_TX_ERRORS, stats.tx_errors);

    if (!netdev_get_custom_stats(netdev, &custom)) {
        for (size_t i = 0; i < custom.size; i++) {
            put_custom(reading, custom.counters[i].name,
                       custom.counters[i].value);
        }
        netdev_free_custom_stats_counters(&custom);
    }
    return true;
}
