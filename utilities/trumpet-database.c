/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "trumpet-database.h"

#include <errno.h>

#include "db/trumpet-idl.h"
#include "dirs.h"
#include "jsonrpc.h"
#include "openvswitch/json.h"
#include "ovsdb-idl-provider.h"
#include "stream.h"
#include "util.h"

const char *
trumpet_database_default(void)
{
    static char *remote;

    if (!remote) {
        remote = xasprintf("unix:%s/db.sock", ovs_rundir());
    }
    return remote;
}

/* Asks 'remote' for its databases.  Returns 0 and stores them as a JSON array
 * in '*names', or returns an errno value or EOF. */
static int
list_databases(const char *remote, struct json **names)
{
    struct jsonrpc_msg *request, *reply;
    struct stream *stream;
    int error;

    *names = NULL;
    error = stream_open_block(stream_open(remote, &stream, DSCP_DEFAULT), -1,
                              &stream);
    if (error) {
        return error;
    }

    struct jsonrpc *rpc = jsonrpc_open(stream);

    request = jsonrpc_create_request("list_dbs", json_array_create_empty(),
                                     NULL);
    error = jsonrpc_transact_block(rpc, request, &reply);
    if (!error) {
        if (reply->result && reply->result->type == JSON_ARRAY) {
            *names = json_clone(reply->result);
        }
        jsonrpc_msg_destroy(reply);
    }
    jsonrpc_close(rpc);
    return error;
}

static bool
json_array_has(const struct json *array, const char *string)
{
    for (size_t i = 0; i < json_array(array)->n; i++) {
        const struct json *elem = json_array(array)->elems[i];

        if (elem->type == JSON_STRING && !strcmp(json_string(elem), string)) {
            return true;
        }
    }
    return false;
}

void
trumpet_database_fail(const struct ovsdb_idl *idl, const char *remote)
{
    const char *database = trumpetrec_idl_class.database;
    struct json *names;
    int error = list_databases(remote, &names);

    if (error == ENOPROTOOPT) {
        ovs_fatal(0, "%s: a TLS connection needs a private key, a certificate "
                  "and that of the authority: options -p, -c and -C", remote);
    } else if (error) {
        ovs_fatal(0, "%s: database connection failed (%s): is ovsdb-server "
                  "running there?", remote, ovs_retval_to_string(error));
    } else if (names && !json_array_has(names, database)) {
        ovs_fatal(0, "%s: the server has no database %s: create it and name "
                  "it to ovs-ctl with --extra-dbs, see "
                  "ovs-trumpetctl(8)", remote, database);
    }
    ovs_fatal(0, "%s: the connection to database %s failed (%s)", remote,
              database, ovs_retval_to_string(ovsdb_idl_get_last_error(idl)));
}
