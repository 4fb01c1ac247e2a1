/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* The settings, keys of other_config in the Open_vSwitch table.
 *
 *     SETTING(ID, "key", "default", "values", "what it does")
 *
 * docs/operating.rst has the same table. */
SETTING(ENABLE, "trumpet-enable", "false", "true or false",
        "observe packets; off, it costs one load and one branch per burst")
SETTING(EPOCH_MS, "trumpet-epoch-ms", "10", "1 to 60000",
        "length of an epoch, the shortest interval, in milliseconds")
SETTING(MAX_FLOWS, "trumpet-max-flows", "65536", "64 to 16777216",
        "flow entries per packet thread")
SETTING(STATE_LIFE_MS, "trumpet-state-life-ms", "3000", "100 to 60000",
        "silence after which the TCP state of a flow is forgotten, in "
        "milliseconds")
SETTING(BURST_GAP_US, "trumpet-burst-gap-us", "100", "1 to 1000000",
        "longest gap between two packets of a burst, in microseconds")
SETTING(BURST_PACKETS, "trumpet-burst-packets", "4", "1 to 1000000",
        "from which packet on a run is a burst")
SETTING(SOCKET_GROUP, "trumpet-socket-group", "", "name of a group",
        "may read reports from trumpet.sock; unset, only its owner may")
SETTING(OWNER_TRIGGERS, "trumpet-owner-triggers", "16384", "1 to 1000000",
        "triggers of one owner (a controller, or a role of the database)")
SETTING(OWNER_PATTERNS, "trumpet-owner-patterns", "128", "1 to 65536",
        "distinct sets of filter fields in one owner's triggers")
SETTING(OWNER_REPORTS, "trumpet-owner-reports", "100000", "1 to 4000000",
        "reports per second of one owner's triggers; more are counted")
SETTING(MAX_PATTERNS, "trumpet-max-patterns", "1024", "1 to 65536",
        "distinct sets of filter fields in all triggers")
SETTING(TRIGGER_REPORTS, "trumpet-trigger-reports", "100000", "1 to 4000000",
        "reports per second of one trigger; more are counted")
SETTING(MAX_REPORTS, "trumpet-max-reports", "200000", "1 to 4000000",
        "reports per second of all triggers; more are counted")
SETTING(BUDGET, "trumpet-budget", "0", "0 to 100",
        "percent of a packet thread's CPU that monitoring may be foreseen to "
        "take before further triggers are refused; 0: any")
#undef SETTING
