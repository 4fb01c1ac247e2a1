/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "ovs-trumpet.h"

#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "event/event.h"
#include "monitor/monitor.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/vconn.h"
#include "openvswitch/vlog.h"
#include "stream-ssl.h"
#include "timeval.h"
#include "util.h"

/* How many keys --observe shows if it is not told. */
#define DEFAULT_OBSERVE 10

static void trumpet_cmd_help(struct ovs_cmdl_context *);

static const struct ovs_cmdl_command commands[] = {
    { "replay", "CAPTURE", 1, 1, trumpet_cmd_replay, OVS_RO },
    { "check", "SPEC", 1, 1, trumpet_cmd_check, OVS_RO },

    { "add", "NAME SPEC", 2, 2, trumpet_cmd_add, OVS_RW },
    { "mod", "NAME SPEC", 2, 2, trumpet_cmd_mod, OVS_RW },
    { "del", "NAME | --all", 0, 1, trumpet_cmd_del, OVS_RW },
    { "replace", "-f FILE", 0, 0, trumpet_cmd_replace, OVS_RW },
    { "list", "", 0, 0, trumpet_cmd_list, OVS_RO },
    { "show", "", 0, 0, trumpet_cmd_show, OVS_RO },
    { "dump-keys", "NAME [--top K]", 1, 1, trumpet_cmd_dump_keys, OVS_RO },
    { "trace", "[BRIDGE] FLOW", 1, 2, trumpet_cmd_trace, OVS_RO },
    { "reports", "[--last N]", 0, 0, trumpet_cmd_reports, OVS_RO },
    { "watch", "[NAME]", 0, 1, trumpet_cmd_watch, OVS_RO },
    { "query", "NAME [KEY]", 1, 2, trumpet_cmd_query, OVS_RO },

    { "help", NULL, 0, INT_MAX, trumpet_cmd_help, OVS_RO },
    { NULL, NULL, 0, 0, NULL, OVS_RO },
};

static const char usage_text[] = "\
%s: events in the packets of an Open vSwitch\n\
usage: %s [OPTIONS] COMMAND [ARG...]\n\
\n\
Without a switch:\n\
  replay CAPTURE        what triggers would have reported on a capture\n\
    -t NAME='SPEC'        a trigger; may be repeated\n\
    -f FILE               triggers, one NAME: SPEC a line\n\
    --epoch=DURATION      shortest interval (default: 10ms)\n\
    --burst-gap=DURATION  longest gap in a burst (default: 100us)\n\
    --burst-packets=N     a burst from packet N on (default: 4)\n\
    --state-life=DURATION when silent flows are forgotten (default: 3s)\n\
    --observe[=K]         also print the K largest keys of each interval\n\
  check 'SPEC'          accept a trigger, or explain what is wrong with it\n\
\n\
On the running switch:\n\
  add NAME 'SPEC'       add a trigger\n\
  mod NAME 'SPEC'       put another SPEC in its place\n\
  del NAME | --all      remove one trigger, or all of one's own\n\
    --force               also if NAME belongs to a controller\n\
  replace -f FILE       put those of FILE in place of all others, at once\n\
    --persist             each of these: in the database, so that the switch\n\
                          has them after a restart\n\
    --db=DATABASE         the server of that database\n\
  list                  triggers, with what they matched and how they fired\n\
  show                  where each packet went, per thread; load and sweeps\n\
  dump-keys NAME [--top K]\n\
                        keys of the last interval with their values\n\
  trace [BRIDGE] FLOW   which triggers a flow matches, and why not others\n\
  reports [--last N]    the latest reports\n\
  watch [NAME]          print reports as they come\n\
    --count=N             end after N reports\n\
    --socket=FILE         socket to read from\n\
\n\
On a bridge, over OpenFlow (add, mod, del, list, show, check, watch, too):\n\
  --bridge=BR           the bridge, or a target such as tcp:IP:PORT, ssl:...\n\
  -O, --protocols=LIST  OpenFlow versions (default: OpenFlow13 and later)\n\
  query NAME [KEY]      values of a key, or of all, in an interval\n\
    --at=USEC             Unix time in it (default: the last interval)\n\
  add --history=N       keep N intervals for queries\n\
  watch --rate=N        at most N reports a second\n\
\n\
Examples:\n\
  %s replay -t hh='on ip by 5tuple when sum(volume) > 125KB' a.pcap\n\
  %s check 'on tcp by nw_dst every 100ms when count() > 1000'\n\
  %s add silence 'on tcp,nw_src=10.0.0.9 every 1s when count() == 0'\n\
  %s watch silence\n";

static const char options_text[] = "\n\
Other options:\n\
  -t, --target=TARGET   pidfile or socket of the switch to talk to\n\
  -T, --timeout=SECS    give up after SECS seconds\n\
  -h, --help            print this help\n\
  -V, --version         print the version\n";

OVS_NO_RETURN static void
usage(void)
{
    const char *p = program_name;

    printf(usage_text, p, p, p, p, p, p);
    vconn_usage(true, false, false);
    vlog_usage();
    fputs(options_text, stdout);
    exit(EXIT_SUCCESS);
}

static void
trumpet_cmd_help(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    usage();
}

void
trumpet_fail(const char *error)
{
    size_t length = strlen(error);

    while (length && error[length - 1] == '\n') {
        length--;
    }
    ovs_fatal(0, "%.*s", (int) length, error);
}

void
trumpet_allow_options(const struct ovs_cmdl_context *ctx,
                      trumpet_option_set allowed)
{
    static const char *names[] = {
#define OPTION(ID, TEXT) TEXT,
        TRUMPET_OPTIONS
#undef OPTION
    };
    trumpet_option_set excess = trumpet_options(ctx)->given & ~allowed;

    for (int i = 0; i < N_TRUMPET_OPTIONS; i++) {
        if (excess & (1u << i)) {
            ovs_fatal(0, "'%s' does not take %s (use --help for help)",
                      ctx->argv[0], names[i]);
        }
    }
}

/* Returns the number > 0 that 'text', the argument of 'option', stands
 * for. */
static unsigned
parse_number(const char *option, const char *text)
{
    unsigned number;

    if (!str_to_uint(text, 10, &number) || !number) {
        ovs_fatal(0, "%s: '%s' is no number greater than 0", option, text);
    }
    return number;
}

static uint64_t
parse_duration(const char *option, const char *text)
{
    uint64_t us = event_parse_duration(text);

    if (!us) {
        ovs_fatal(0, "%s: '%s' is no duration greater than 0, "
                  "such as 500us, 10ms or 1s", option, text);
    }
    return us;
}

static uint64_t
parse_time(const char *text)
{
    unsigned long long int time_us;

    if (!str_to_ullong(text, 10, &time_us)) {
        ovs_fatal(0, "--at: '%s' is no Unix time in microseconds, as "
                  "\"interval_start_us\" of reports has it", text);
    }
    return time_us;
}

static uint32_t
parse_versions(const char *text)
{
    const uint32_t known = (1u << OFP13_VERSION | 1u << OFP14_VERSION
                            | 1u << OFP15_VERSION);
    uint32_t versions = ofputil_versions_from_string(text);

    if (!versions || versions & ~known) {
        ovs_fatal(0, "-O: '%s' is not a list of OpenFlow versions of "
                  "OpenFlow13 and later", text);
    }
    return versions;
}

/* "--observe 5" is accepted beside "--observe=5": an optional argument that
 * getopt_long() leaves behind is taken if it is a number. */
static unsigned
parse_observe(int argc, char *argv[])
{
    if (optarg) {
        return parse_number("--observe", optarg);
    }
    if (optind < argc && argv[optind][0]
        && !argv[optind][strspn(argv[optind], "0123456789")]) {
        return parse_number("--observe", argv[optind++]);
    }
    return DEFAULT_OBSERVE;
}

/* What getopt_long() returns for options without a letter: those of
 * TRUMPET_OPTIONS, and others. */
enum {
    OPT_START = UCHAR_MAX + 1,
#define OPTION(ID, TEXT) OPT_##ID,
    TRUMPET_OPTIONS
#undef OPTION
    OPT_COMMANDS,
    OPT_OPTIONS,
    SSL_OPTION_ENUMS,
    VLOG_OPTION_ENUMS
};

static const struct option long_options[] = {
    {"all", no_argument, NULL, OPT_ALL},
    {"at", required_argument, NULL, OPT_AT},
    {"bridge", required_argument, NULL, OPT_BRIDGE},
    {"burst-gap", required_argument, NULL, OPT_BURST_GAP},
    {"burst-packets", required_argument, NULL, OPT_BURST_PACKETS},
    {"count", required_argument, NULL, OPT_COUNT},
    {"db", required_argument, NULL, OPT_DB},
    {"epoch", required_argument, NULL, OPT_EPOCH},
    {"file", required_argument, NULL, 'f'},
    {"force", no_argument, NULL, OPT_FORCE},
    {"history", required_argument, NULL, OPT_HISTORY},
    {"last", required_argument, NULL, OPT_LAST},
    {"observe", optional_argument, NULL, OPT_OBSERVE},
    {"persist", no_argument, NULL, OPT_PERSIST},
    {"protocols", required_argument, NULL, 'O'},
    {"rate", required_argument, NULL, OPT_RATE},
    {"socket", required_argument, NULL, OPT_SOCKET},
    {"state-life", required_argument, NULL, OPT_STATE_LIFE},
    {"target", required_argument, NULL, 't'},
    {"trigger", required_argument, NULL, 't'},
    {"top", required_argument, NULL, OPT_TOP},

    {"timeout", required_argument, NULL, 'T'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"commands", no_argument, NULL, OPT_COMMANDS},
    {"option", no_argument, NULL, OPT_OPTIONS},
    STREAM_SSL_LONG_OPTIONS,
    VLOG_LONG_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* Handles the options that only some commands take.  Returns which one 'c'
 * was. */
static enum trumpet_option
parse_command_option(struct trumpet_options *options, int c,
                     int argc, char *argv[])
{
    switch (c) {
    case OPT_ALL:
        return TRUMPET_ALL;

    case OPT_AT:
        options->time_us = parse_time(optarg);
        return TRUMPET_AT;

    case OPT_BRIDGE:
        options->bridge = optarg;
        return TRUMPET_BRIDGE;

    case OPT_BURST_GAP:
        options->history.burst_gap_us = MIN(parse_duration("--burst-gap",
                                                           optarg),
                                            UINT32_MAX);
        return TRUMPET_BURST_GAP;

    case OPT_BURST_PACKETS:
        options->history.burst_packets = parse_number("--burst-packets",
                                                      optarg);
        return TRUMPET_BURST_PACKETS;

    case OPT_COUNT:
        options->count = parse_number("--count", optarg);
        return TRUMPET_COUNT;

    case OPT_DB:
        options->db = optarg;
        return TRUMPET_DB;

    case OPT_EPOCH:
        options->epoch_us = parse_duration("--epoch", optarg);
        return TRUMPET_EPOCH;

    case 'f':
        svec_add(&options->files, optarg);
        return TRUMPET_FILE;

    case OPT_FORCE:
        return TRUMPET_FORCE;

    case OPT_HISTORY:
        options->n_history = parse_number("--history", optarg);
        return TRUMPET_HISTORY;

    case OPT_LAST:
        options->last = parse_number("--last", optarg);
        return TRUMPET_LAST;

    case OPT_OBSERVE:
        options->observe = parse_observe(argc, argv);
        return TRUMPET_OBSERVE;

    case OPT_PERSIST:
        return TRUMPET_PERSIST;
    case 'O':
        options->versions = parse_versions(optarg);
        return TRUMPET_PROTOCOLS;

    case OPT_RATE:
        options->rate = parse_number("--rate", optarg);
        return TRUMPET_RATE;

    case OPT_SOCKET:
        options->socket = optarg;
        return TRUMPET_SOCKET;

    case OPT_STATE_LIFE:
        options->history.life_ns = MIN(parse_duration("--state-life", optarg),
                                       INT64_MAX / 1000) * 1000;
        return TRUMPET_STATE_LIFE;

    case 't':
        svec_add(&options->t, optarg);
        return TRUMPET_T;

    case OPT_TOP:
        options->top = parse_number("--top", optarg);
        return TRUMPET_TOP;

    default:
        OVS_NOT_REACHED();
    }
}

static void
parse_options(int argc, char *argv[], struct trumpet_options *options)
{
    char *short_options;
    unsigned timeout = 0;
    int c;

    short_options = ovs_cmdl_long_options_to_short_options(long_options);
    while ((c = getopt_long(argc, argv, short_options,
                            long_options, NULL)) != -1) {
        switch (c) {
        case 'T':
            timeout = parse_number("--timeout", optarg);
            break;

        case 'h':
            usage();

        case 'V':
            ovs_print_version(0, 0);
            exit(EXIT_SUCCESS);

        case OPT_COMMANDS:
            ovs_cmdl_print_commands(commands);
            exit(EXIT_SUCCESS);

        case OPT_OPTIONS:
            ovs_cmdl_print_options(long_options);
            exit(EXIT_SUCCESS);

        STREAM_SSL_OPTION_HANDLERS
        VLOG_OPTION_HANDLERS

        case '?':
            exit(EXIT_FAILURE);

        default:
            options->given |= 1u << parse_command_option(options, c,
                                                         argc, argv);
        }
    }
    free(short_options);
    ctl_timeout_setup(timeout);
}

int
main(int argc, char *argv[])
{
    struct trumpet_options options = {
        .t = SVEC_EMPTY_INITIALIZER,
        .files = SVEC_EMPTY_INITIALIZER,
        .epoch_us = MONITOR_DEFAULT_EPOCH_US,
        .history = HISTORY_SETTINGS_DEFAULT,
    };
    struct ovs_cmdl_context ctx = { .pvt = &options };

    ovs_set_program_name(argv[0], TRUMPET_VERSION);
    service_start(&argc, &argv);

    /* What goes wrong is said once, by the commands. */
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    parse_options(argc, argv, &options);

    ctx.argc = argc - optind;
    ctx.argv = argv + optind;
    if (!ctx.argc) {
        ovs_fatal(0, "missing command (use --help for help)");
    }
    ovs_cmdl_run_command(&ctx, (options.bridge ? trumpet_openflow_commands
                                : commands));

    svec_destroy(&options.t);
    svec_destroy(&options.files);
    return EXIT_SUCCESS;
}
