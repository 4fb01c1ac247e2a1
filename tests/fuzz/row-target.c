/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "event/trigger-id.h"
#include "monitor/monitor.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* A row of table Trigger: name, bridge and spec, each on a line. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct monitor_settings settings = {
        .epoch_us = 10000, .max_flows = MONITOR_MIN_FLOWS };
    struct monitor *monitor = monitor_create(&settings, NULL, NULL);
    char *text = xmemdup0((const char *) data, size), *rest = text;
    const char *name = strsep(&rest, "\n"), *bridge = strsep(&rest, "\n");
    char *id = trigger_id_make(bridge, name);
    struct trigger_spec spec = { .name = id, .spec = rest, .owner = "ovsdb" };
    enum stage_error why;

    if (rest) {
        char *error = monitor_stage(monitor, STAGE_PUT, &spec, &why);

        ovs_assert(!error == (why == STAGE_OK));
        if (!error) {
            ovs_assert(trigger_id_is_valid(id));
            ovs_assert(!monitor_commit(monitor, 0));
            ovs_assert(!monitor_stage_removal(monitor, id, "ovsdb", &why));
        }
        free(error);
    }
    monitor_destroy(monitor);
    free(id);
    free(text);
    return 0;
}
