/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_TRUMPET_CONFIG_H
#define OFPROTO_EXT_TRUMPET_CONFIG_H 1

#include <stdbool.h>
#include <stdint.h>

#include "monitor/history-settings.h"
#include "monitor/owner.h"

/* Settings from the database; see trumpet-config-table.h.
 *
 * A value that is missing means the default, one that is invalid is logged
 * once and leaves the setting as it is.
 *
 * Thread-safety: main thread only. */

struct smap;

struct trumpet_config {
    bool enable;
    uint64_t epoch_us;
    uint32_t max_flows;
    struct history_settings history;
    char *socket_group;         /* Null: none. */
    struct quotas quotas;       /* Of owners. */
    double budget;              /* Percent of a packet thread; 0: none. */
};

void trumpet_config_init(struct trumpet_config *);

/* Updates 'config' from 'other_config'. */
void trumpet_config_parse(struct trumpet_config *config,
                          const struct smap *other_config);

#endif /* ofproto-ext/trumpet-config.h */
