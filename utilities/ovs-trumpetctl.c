/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "command-line.h"
#include "db-ctl-base.h"
#include "db/trumpet-idl.h"
#include "fatal-signal.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-data.h"
#include "ovsdb-idl.h"
#include "process.h"
#include "stream-ssl.h"
#include "stream.h"
#include "table.h"
#include "timeval.h"
#include "trumpet-database.h"
#include "util.h"

/* The database of persistent triggers, row by row and column by column: the
 * commands that ovs-vsctl has for its database, from the same library. */

VLOG_DEFINE_THIS_MODULE(trumpetctl);

/* The commands of the command line, and what they share. */
struct session {
    const char *remote;
    struct ovsdb_idl *idl;
    struct ctl_command *commands;
    size_t n_commands;
    char *args;                 /* The command line, for the database's log. */
    bool dry_run;
    bool oneline;
    unsigned int timeout;
    struct table_style table_style;
};

static const struct ctl_table_class tables[TRUMPETREC_N_TABLES] = {
    [TRUMPETREC_TABLE_TRIGGER].row_ids[0]
    = { &trumpetrec_trigger_col_name, NULL, NULL },

    [TRUMPETREC_TABLE_SINK].row_ids[0]
    = { &trumpetrec_sink_col_name, NULL, NULL },
};

/* What "show" prints. */
static const struct cmd_show_table show_tables[] = {
    { &trumpetrec_table_trigger, &trumpetrec_trigger_col_name,
      { &trumpetrec_trigger_col_spec, &trumpetrec_trigger_col_bridge,
        &trumpetrec_trigger_col_status, &trumpetrec_trigger_col_error },
      { NULL, NULL, NULL } },
    { NULL, NULL, { NULL, NULL, NULL, NULL }, { NULL, NULL, NULL } },
};

OVS_NO_RETURN static void
usage(void)
{
    printf("%s: persistent triggers, as rows of a database\n"
           "usage: %s [OPTIONS] COMMAND [ARG...]\n"
           "\n"
           "Trumpet commands:\n"
           "  show                        print the triggers\n"
           "\n%s\n%s"
           "\n"
           "Options:\n"
           "  --db=DATABASE               connect to DATABASE\n"
           "                              (default: %s)\n"
           "  -t, --timeout=SECS          wait at most SECS seconds\n"
           "  --dry-run                   do not commit changes to database\n"
           "  --oneline                   print exactly one line of output "
           "per command\n",
           program_name, program_name, ctl_get_db_cmd_usage(),
           ctl_list_db_tables_usage(), trumpet_database_default());
    table_usage();
    vlog_usage();
    stream_usage("database", true, true, false);
    printf("\n"
           "Other options:\n"
           "  --commands                  list the commands\n"
           "  --options                   list the options\n"
           "  -h, --help                  print this help\n"
           "  -V, --version               print the version\n");
    exit(EXIT_SUCCESS);
}

enum {
    OPT_DB = UCHAR_MAX + 1,
    OPT_COMMANDS,
    OPT_DRY_RUN,
    OPT_ONELINE,
    OPT_OPTIONS,
    OPT_PEER_CA_CERT,
    OPT_OF_COMMAND,
    TABLE_OPTION_ENUMS,
    SSL_OPTION_ENUMS,
    VLOG_OPTION_ENUMS,
};

static const struct option global_options[] = {
    { "db", required_argument, NULL, OPT_DB },
    { "dry-run", no_argument, NULL, OPT_DRY_RUN },
    { "oneline", no_argument, NULL, OPT_ONELINE },
    { "timeout", required_argument, NULL, 't' },
    { "commands", no_argument, NULL, OPT_COMMANDS },
    { "options", no_argument, NULL, OPT_OPTIONS },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    TABLE_LONG_OPTIONS,
    STREAM_SSL_LONG_OPTIONS,
    { "peer-ca-cert", required_argument, NULL, OPT_PEER_CA_CERT },
    VLOG_LONG_OPTIONS,
    { NULL, 0, NULL, 0 },
};

/* Handles option 'c', which is none of a command. */
static void
parse_option(struct session *session, int c)
{
    switch (c) {
    case OPT_DB:
        session->remote = optarg;
        break;

    case OPT_DRY_RUN:
        session->dry_run = true;
        break;

    case OPT_ONELINE:
        session->oneline = true;
        break;

    case 't':
        if (!str_to_uint(optarg, 10, &session->timeout)
            || !session->timeout) {
            ctl_fatal("--timeout: '%s' is no number greater than 0", optarg);
        }
        break;

    case OPT_COMMANDS:
        ctl_print_commands();
        exit(EXIT_SUCCESS);

    case OPT_OPTIONS:
        ctl_print_options(global_options);
        exit(EXIT_SUCCESS);

    case 'h':
        usage();

    case 'V':
        ovs_print_version(0, 0);
        printf("DB Schema %s\n", trumpetrec_get_db_version());
        exit(EXIT_SUCCESS);

    case OPT_PEER_CA_CERT:
        stream_ssl_set_peer_ca_cert_file(optarg);
        break;

    TABLE_OPTION_HANDLERS(&session->table_style)
    STREAM_SSL_OPTION_HANDLERS
    VLOG_OPTION_HANDLERS

    case '?':
        exit(EXIT_FAILURE);

    default:
        OVS_NOT_REACHED();
    }
}

/* Parses the options up to the first command, of which some may belong to that
 * command: these are stored in 'of_command'. */
static void
parse_options(struct session *session, int argc, char *argv[],
              struct shash *of_command)
{
    char *letters = ovs_cmdl_long_options_to_short_options(global_options);
    char *short_options = xasprintf("+%s", letters);
    size_t n = ARRAY_SIZE(global_options) - 1, allocated = n + 1;
    struct option *options = xmemdup(global_options, sizeof global_options);
    int c, index;

    ctl_add_cmd_options(&options, &n, &allocated, OPT_OF_COMMAND);
    while ((c = getopt_long(argc, argv, short_options, options,
                            &index)) != -1) {
        if (c != OPT_OF_COMMAND) {
            parse_option(session, c);
        } else {
            char *name = xasprintf("--%s", options[index].name);

            if (shash_find(of_command, name)) {
                ctl_fatal("'%s' is given twice", name);
            }
            shash_add_nocopy(of_command, name, nullable_xstrdup(optarg));
        }
    }
    for (size_t i = ARRAY_SIZE(global_options) - 1; i < n; i++) {
        free(CONST_CAST(char *, options[i].name));
    }
    free(options);
    free(short_options);
    free(letters);
}

/* Running the commands. */

static void
fail_if_error(const struct ctl_context *ctx)
{
    if (ctx->error) {
        ctl_fatal("%s", ctx->error);
    }
}

/* Table Settings has one row, which is made when something is written, so that
 * "set Settings ." always works. */
static void
refuse_second_row(const struct session *session)
{
    for (size_t i = 0; i < session->n_commands; i++) {
        const struct ctl_command *command = &session->commands[i];

        if (!strcmp(command->syntax->name, "create")
            && !strcasecmp(command->argv[1], "Settings")) {
            ctl_fatal("table Settings has one row, always: use \"set "
                      "Settings . COLUMN=VALUE\"");
        }
    }
}

static void
ensure_row(const struct session *session, struct ovsdb_idl_txn *txn)
{
    if (ctl_might_write_to_db(session->commands, session->n_commands)
        && !trumpetrec_settings_first(session->idl)) {
        trumpetrec_settings_insert(txn);
    }
}

/* Lets the commands say which columns they need. */
static void
run_prerequisites(struct session *session)
{
    ovsdb_idl_add_table(session->idl, &trumpetrec_table_settings);
    for (size_t i = 0; i < session->n_commands; i++) {
        struct ctl_command *command = &session->commands[i];
        struct ctl_context ctx;

        if (command->syntax->prerequisites) {
            ctl_context_init(&ctx, command, session->idl, NULL, NULL, NULL);
            command->syntax->prerequisites(&ctx);
            fail_if_error(&ctx);
            ctl_context_done(&ctx, command);
        }
    }
}

/* Runs all commands in 'txn'.  Returns false if one of them has to wait for a
 * change of the database. */
static bool
run_commands(struct session *session, struct ovsdb_idl_txn *txn,
             struct ovsdb_symbol_table *symtab)
{
    struct ctl_context ctx;
    bool done = true;

    ctl_context_init(&ctx, NULL, session->idl, txn, symtab, NULL);
    for (size_t i = 0; i < session->n_commands && done; i++) {
        struct ctl_command *command = &session->commands[i];

        ctl_context_init_command(&ctx, command,
                                 i == session->n_commands - 1);
        if (command->syntax->run) {
            command->syntax->run(&ctx);
        }
        fail_if_error(&ctx);
        done = !ctx.try_again;
        ctl_context_done_command(&ctx, command);
    }
    ctl_context_done(&ctx, NULL);
    return done;
}

static void
check_symbols(const struct ovsdb_symbol_table *symtab)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &symtab->sh) {
        const struct ovsdb_symbol *symbol = node->data;

        if (!symbol->created) {
            ctl_fatal("row id \"%s\" is referred to but never created (with "
                      "\"-- --id=%s create ...\")", node->name, node->name);
        }
    }
}

/* Lets the commands add what is known only after the commit, such as UUIDs. */
static void
run_postprocess(struct session *session, struct ovsdb_idl_txn *txn,
                struct ovsdb_symbol_table *symtab)
{
    for (size_t i = 0; i < session->n_commands; i++) {
        struct ctl_command *command = &session->commands[i];
        struct ctl_context ctx;

        if (command->syntax->postprocess) {
            ctl_context_init(&ctx, command, session->idl, txn, symtab, NULL);
            command->syntax->postprocess(&ctx);
            fail_if_error(&ctx);
            ctl_context_done(&ctx, command);
        }
    }
}

static void
init_output(struct session *session)
{
    for (size_t i = 0; i < session->n_commands; i++) {
        ds_init(&session->commands[i].output);
        session->commands[i].table = NULL;
    }
}

static void
uninit_output(struct session *session)
{
    for (size_t i = 0; i < session->n_commands; i++) {
        ds_destroy(&session->commands[i].output);
        table_destroy(session->commands[i].table);
        free(session->commands[i].table);
    }
}

/* Tries to run all commands in one transaction.  Returns false if that has to
 * be done again when the database has changed. */
static bool
try_transaction(struct session *session)
{
    struct ovsdb_symbol_table *symtab = ovsdb_symbol_table_create();
    struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(session->idl);
    enum ovsdb_idl_txn_status status = TXN_TRY_AGAIN;

    if (session->dry_run) {
        ovsdb_idl_txn_set_dry_run(txn);
    }
    ovsdb_idl_txn_add_comment(txn, "%s", session->args);
    ensure_row(session, txn);
    if (run_commands(session, txn, symtab)) {
        check_symbols(symtab);
        status = ovsdb_idl_txn_commit_block(txn);
    }
    if (status == TXN_UNCHANGED || status == TXN_SUCCESS) {
        run_postprocess(session, txn, symtab);
    } else if (status != TXN_TRY_AGAIN) {
        ctl_fatal("transaction error: %s", ovsdb_idl_txn_get_error(txn));
    } else {
        uninit_output(session);
        init_output(session);
    }
    ovsdb_idl_txn_destroy(txn);
    ovsdb_symbol_table_destroy(symtab);
    return status != TXN_TRY_AGAIN;
}

static void
run_session(struct session *session)
{
    unsigned int seqno = ovsdb_idl_get_seqno(session->idl);

    for (;;) {
        ovsdb_idl_run(session->idl);
        if (!ovsdb_idl_is_alive(session->idl)) {
            trumpet_database_fail(session->idl, session->remote);
        }
        if (seqno != ovsdb_idl_get_seqno(session->idl)) {
            seqno = ovsdb_idl_get_seqno(session->idl);
            if (try_transaction(session)) {
                return;
            }
        }
        if (seqno == ovsdb_idl_get_seqno(session->idl)) {
            ovsdb_idl_wait(session->idl);
            poll_block();
        }
    }
}

/* Prints 'text' on one line. */
static void
print_line(struct ds *text)
{
    ds_chomp(text, '\n');
    for (size_t i = 0; i < text->length; i++) {
        if (text->string[i] == '\n') {
            fputs("\\n", stdout);
        } else if (text->string[i] == '\\') {
            fputs("\\\\", stdout);
        } else {
            putchar(text->string[i]);
        }
    }
    putchar('\n');
}

static void
print_output(struct session *session)
{
    for (size_t i = 0; i < session->n_commands; i++) {
        struct ctl_command *command = &session->commands[i];

        if (command->table) {
            table_print(command->table, &session->table_style);
        } else if (session->oneline) {
            print_line(&command->output);
        } else {
            fputs(ds_cstr(&command->output), stdout);
        }
    }
}

/* For ctl_fatal(). */
static void
exit_now(int status)
{
    exit(status);
}

/* The library wants every program to have one of its own. */
static const struct ctl_command_syntax own_commands[] = {
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

int
main(int argc, char *argv[])
{
    struct session session = {
        .remote = NULL,
        .table_style = TABLE_STYLE_DEFAULT,
    };
    struct shash of_command = SHASH_INITIALIZER(&of_command);
    char *error;

    ovs_set_program_name(argv[0], TRUMPET_VERSION);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    ctl_init(&trumpetrec_idl_class, trumpetrec_table_classes, tables,
             show_tables, exit_now);
    ctl_register_commands(own_commands);

    session.args = process_escape_args(argv);
    parse_options(&session, argc, argv, &of_command);
    error = ctl_parse_commands(argc - optind, argv + optind, &of_command,
                               &session.commands, &session.n_commands);
    if (error) {
        ctl_fatal("%s", error);
    }
    init_output(&session);
    refuse_second_row(&session);
    if (!session.remote) {
        session.remote = trumpet_database_default();
    }
    ctl_timeout_setup(session.timeout);

    session.idl = ovsdb_idl_create(session.remote, &trumpetrec_idl_class,
                                   false, false);
    run_prerequisites(&session);
    run_session(&session);
    print_output(&session);

    uninit_output(&session);
    for (size_t i = 0; i < session.n_commands; i++) {
        shash_destroy_free_data(&session.commands[i].options);
    }
    free(session.commands);
    free(session.args);
    ovsdb_idl_destroy(session.idl);
    return EXIT_SUCCESS;
}
