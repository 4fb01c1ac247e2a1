/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OVS_TRUMPET_H
#define OVS_TRUMPET_H 1

#include <stdint.h>

#include "command-line.h"
#include "monitor/history-settings.h"
#include "svec.h"

/* The parts of ovs-trumpet share its options and its table of commands.
 *
 * Options may stand anywhere on the command line, so all are parsed first;
 * each command then says which it takes. */

/* The options that not every command takes:
 *
 *     OPTION(ID, "how a user writes it") */
#define TRUMPET_OPTIONS                         \
    OPTION(ALL, "--all")                        \
    OPTION(AT, "--at")                          \
    OPTION(BRIDGE, "--bridge")                  \
    OPTION(BURST_GAP, "--burst-gap")            \
    OPTION(BURST_PACKETS, "--burst-packets")    \
    OPTION(COUNT, "--count")                    \
    OPTION(DB, "--db")                          \
    OPTION(EPOCH, "--epoch")                    \
    OPTION(FILE, "-f")                          \
    OPTION(FORCE, "--force")                    \
    OPTION(HISTORY, "--history")                \
    OPTION(LAST, "--last")                      \
    OPTION(OBSERVE, "--observe")                \
    OPTION(PERSIST, "--persist")                \
    OPTION(PROTOCOLS, "-O")                     \
    OPTION(RATE, "--rate")                      \
    OPTION(SOCKET, "--socket")                  \
    OPTION(STATE_LIFE, "--state-life")          \
    OPTION(T, "-t")                             \
    OPTION(TOP, "--top")

enum trumpet_option {
#define OPTION(ID, TEXT) TRUMPET_##ID,
    TRUMPET_OPTIONS
#undef OPTION
    N_TRUMPET_OPTIONS
};

/* A set of options: bit 1 << TRUMPET_*. */
typedef uint32_t trumpet_option_set;

struct trumpet_options {
    trumpet_option_set given;
    struct svec t;              /* -t, --target, --trigger: the target, or
                                 * triggers as NAME=SPEC for "replay". */
    struct svec files;          /* -f, --file. */
    uint64_t epoch_us;
    struct history_settings history;
    unsigned observe;
    unsigned top;
    unsigned last;
    unsigned count;
    const char *socket;
    const char *db;

    /* Of commands over OpenFlow. */
    const char *bridge;         /* Null: the others. */
    uint32_t versions;          /* Bit 1 << OFP1*_VERSION; 0: any. */
    unsigned n_history;
    unsigned rate;
    uint64_t time_us;
};

/* The options of a command that may have --persist. */
#define TRUMPET_PERSIST_OPTIONS (1u << TRUMPET_PERSIST | 1u << TRUMPET_DB)

/* The options of the command line, as the commands get them. */
static inline const struct trumpet_options *
trumpet_options(const struct ovs_cmdl_context *ctx)
{
    return ctx->pvt;
}

/* Exits with an error if the command line has an option that is not in
 * 'allowed'. */
void trumpet_allow_options(const struct ovs_cmdl_context *,
                           trumpet_option_set allowed);

/* Exits with 'error', which came from a library or from the switch. */
OVS_NO_RETURN void trumpet_fail(const char *error);

/* Commands that need no switch: ovs-trumpet-local.c. */
void trumpet_cmd_check(struct ovs_cmdl_context *);
void trumpet_cmd_replay(struct ovs_cmdl_context *);

/* Commands to the running switch: ovs-trumpet-live.c. */
void trumpet_cmd_add(struct ovs_cmdl_context *);
void trumpet_cmd_del(struct ovs_cmdl_context *);
void trumpet_cmd_dump_keys(struct ovs_cmdl_context *);
void trumpet_cmd_list(struct ovs_cmdl_context *);
void trumpet_cmd_mod(struct ovs_cmdl_context *);
void trumpet_cmd_replace(struct ovs_cmdl_context *);
void trumpet_cmd_reports(struct ovs_cmdl_context *);
void trumpet_cmd_show(struct ovs_cmdl_context *);
void trumpet_cmd_trace(struct ovs_cmdl_context *);
void trumpet_check_live(struct ovs_cmdl_context *);     /* "check" with -t. */

/* The same with --persist: ovs-trumpet-persist.c.  'id' null deletes all;
 * 'args' are NAME SPEC NAME SPEC... */
void trumpet_persist_add(const struct ovs_cmdl_context *);
void trumpet_persist_mod(const struct ovs_cmdl_context *);
void trumpet_persist_del(const struct ovs_cmdl_context *, const char *id);
void trumpet_persist_replace(const struct ovs_cmdl_context *,
                             const struct svec *args);
/* Commands to a bridge over OpenFlow: ovs-trumpet-openflow.c. */
extern const struct ovs_cmdl_command trumpet_openflow_commands[];
void trumpet_cmd_query(struct ovs_cmdl_context *);

/* The stream of reports: ovs-trumpet-watch.c. */
void trumpet_cmd_watch(struct ovs_cmdl_context *);

#endif /* ovs-trumpet.h */
