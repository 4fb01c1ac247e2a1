/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "trumpet-config.h"

#include <errno.h>
#include <stdlib.h>

#include "coverage.h"
#include "monitor/monitor.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trumpet_config);

COVERAGE_DEFINE(trumpet_config_invalid);

enum setting_id {
#define SETTING(ID, KEY, DEFAULT, VALUES, HELP) SETTING_##ID,
#include "trumpet-config-table.h"
    N_SETTINGS
};

struct setting {
    const char *key;
    const char *default_;
    const char *values;
};

static const struct setting settings[] = {
#define SETTING(ID, KEY, DEFAULT, VALUES, HELP) { KEY, DEFAULT, VALUES },
#include "trumpet-config-table.h"
};

#define EPOCH_MS_MAX 60000

/* The value of each setting that was logged as invalid, or null. */
static char *invalid[N_SETTINGS];

static const char *
setting_get(const struct smap *other_config, enum setting_id id)
{
    return smap_get_def(other_config, settings[id].key, settings[id].default_);
}

static void
setting_report_invalid(enum setting_id id, const char *value)
{
    if (!nullable_string_is_equal(invalid[id], value)) {
        COVERAGE_INC(trumpet_config_invalid);
        VLOG_ERR("other_config:%s: '%s' is not %s, setting unchanged",
                 settings[id].key, value, settings[id].values);
        free(invalid[id]);
        invalid[id] = xstrdup(value);
    }
}

static void
setting_report_valid(enum setting_id id)
{
    free(invalid[id]);
    invalid[id] = NULL;
}

static void
parse_bool(const struct smap *other_config, enum setting_id id, bool *value)
{
    const char *s = setting_get(other_config, id);

    if (!strcasecmp(s, "true") || !strcasecmp(s, "false")) {
        *value = !strcasecmp(s, "true");
        setting_report_valid(id);
    } else {
        setting_report_invalid(id, s);
    }
}

/* Returns the setting if it is a number from 'min' to 'max', otherwise 0. */
static uint64_t
parse_number(const struct smap *other_config, enum setting_id id,
             uint64_t min, uint64_t max)
{
    const char *s = setting_get(other_config, id);
    unsigned long long int n;

    if (s[strspn(s, "0123456789")] || !str_to_ullong(s, 10, &n)
        || n < min || n > max) {
        setting_report_invalid(id, s);
        return 0;
    }
    setting_report_valid(id);
    return n;
}

/* Stores the setting if it is a number from 0 to 100, decimals allowed. */
static void
parse_percent(const struct smap *other_config, enum setting_id id,
              double *value)
{
    const char *s = setting_get(other_config, id);
    double x;

    if (s[strspn(s, "0123456789.")] || !str_to_double(s, &x) || x > 100) {
        setting_report_invalid(id, s);
    } else {
        *value = x;
        setting_report_valid(id);
    }
}

void
trumpet_config_init(struct trumpet_config *config)
{
    config->enable = false;
    config->epoch_us = MONITOR_DEFAULT_EPOCH_US;
    config->max_flows = MONITOR_DEFAULT_MAX_FLOWS;
    config->history = (struct history_settings) HISTORY_SETTINGS_DEFAULT;
    config->socket_group = NULL;
    config->quotas = (struct quotas) QUOTAS_DEFAULT;
    config->budget = 0;
}

/* Stores the setting if it is a number from 1 to 'max'. */
static void
parse_positive(const struct smap *other_config, enum setting_id id,
               uint32_t max, uint32_t *value)
{
    uint32_t n = parse_number(other_config, id, 1, max);

    if (n) {
        *value = n;
    }
}

void
trumpet_config_parse(struct trumpet_config *config,
                     const struct smap *other_config)
{
    uint64_t epoch_ms = parse_number(other_config, SETTING_EPOCH_MS, 1,
                                     EPOCH_MS_MAX);
    uint32_t max_flows = parse_number(other_config, SETTING_MAX_FLOWS,
                                      MONITOR_MIN_FLOWS, MONITOR_MAX_FLOWS);
    uint64_t life_ms = parse_number(other_config, SETTING_STATE_LIFE_MS, 100,
                                    60000);
    const char *group = setting_get(other_config, SETTING_SOCKET_GROUP);

    parse_bool(other_config, SETTING_ENABLE, &config->enable);
    parse_positive(other_config, SETTING_OWNER_TRIGGERS, 1000000,
                   &config->quotas.triggers);
    parse_positive(other_config, SETTING_OWNER_PATTERNS, 65536,
                   &config->quotas.patterns);
    parse_positive(other_config, SETTING_OWNER_REPORTS, 4000000,
                   &config->quotas.reports);
    parse_positive(other_config, SETTING_MAX_PATTERNS, 65536,
                   &config->quotas.all_patterns);
    parse_positive(other_config, SETTING_TRIGGER_REPORTS, 4000000,
                   &config->quotas.trigger_reports);
    parse_positive(other_config, SETTING_MAX_REPORTS, 4000000,
                   &config->quotas.all_reports);
    parse_percent(other_config, SETTING_BUDGET, &config->budget);
    if (epoch_ms) {
        config->epoch_us = epoch_ms * 1000;
    }
    if (max_flows) {
        config->max_flows = max_flows;
    }
    if (life_ms) {
        config->history.life_ns = life_ms * 1000000;
    }
    parse_positive(other_config, SETTING_BURST_GAP_US, 1000000,
                   &config->history.burst_gap_us);
    parse_positive(other_config, SETTING_BURST_PACKETS, 1000000,
                   &config->history.burst_packets);
    free(config->socket_group);
    config->socket_group = group[0] ? xstrdup(group) : NULL;
}
