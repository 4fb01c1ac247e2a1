/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "db-presence.h"

#include "jsonrpc.h"
#include "openvswitch/json.h"
#include "util.h"

/* Table Database of database _Server changes when a database is added or
 * removed (ovsdb-server(5)).  It says much more than names, so a change is
 * only taken as a reason to ask for the names. */

#define MONITOR_ID "databases"

/* Messages handled in a row. */
#define MAX_MESSAGES 10

struct db_presence {
    struct jsonrpc_session *session;
    unsigned int seqno;         /* Of the connection that was asked on. */
    char *database;
    struct json *request_id;    /* Of the latest list_dbs, or null. */
    enum db_presence_state state;
};

struct db_presence *
db_presence_create(const char *remote, const char *database)
{
    struct db_presence *presence = xzalloc(sizeof *presence);

    presence->session = jsonrpc_session_open(remote, true);
    presence->seqno = jsonrpc_session_get_seqno(presence->session);
    presence->database = xstrdup(database);
    presence->state = DB_UNKNOWN;
    return presence;
}

/* Sends a request, unless the connection is about to be made anew. */
static void
request(struct db_presence *presence, const char *method, struct json *params,
        struct json **id)
{
    ignore(jsonrpc_session_send(presence->session,
                                jsonrpc_create_request(method, params, id)));
}

static void
ask(struct db_presence *presence)
{
    json_destroy(presence->request_id);
    request(presence, "list_dbs", json_array_create_empty(),
            &presence->request_id);
}

/* Asks to be told of changes, instead of being disconnected.  A server that
 * does not know how answers with an error, which does not matter. */
static void
subscribe(struct db_presence *presence)
{
    struct json *columns = json_array_create_1(json_string_create("name"));
    struct json *table = json_object_create();
    struct json *tables = json_object_create();

    json_object_put(table, "columns", columns);
    json_object_put(tables, "Database", table);
    request(presence, "set_db_change_aware",
            json_array_create_1(json_boolean_create(true)), NULL);
    request(presence, "monitor",
            json_array_create_3(json_string_create("_Server"),
                                json_string_create(MONITOR_ID), tables),
            NULL);
}

static void
handle_names(struct db_presence *presence, const struct json *names)
{
    presence->state = DB_ABSENT;
    for (size_t i = 0; names->type == JSON_ARRAY && i < names->array.n; i++) {
        const struct json *name = names->array.elems[i];

        if (name->type == JSON_STRING
            && !strcmp(json_string(name), presence->database)) {
            presence->state = DB_PRESENT;
        }
    }
}

static void
handle_message(struct db_presence *presence, const struct jsonrpc_msg *msg)
{
    if (msg->type == JSONRPC_NOTIFY && !strcmp(msg->method, "update")) {
        ask(presence);
    } else if (msg->type == JSONRPC_REPLY && presence->request_id
               && json_equal(msg->id, presence->request_id)) {
        handle_names(presence, msg->result);
    }
}

enum db_presence_state
db_presence_run(struct db_presence *presence)
{
    jsonrpc_session_run(presence->session);

    unsigned int seqno = jsonrpc_session_get_seqno(presence->session);

    if (seqno != presence->seqno
        && jsonrpc_session_is_connected(presence->session)) {
        presence->seqno = seqno;
        subscribe(presence);
        ask(presence);
    }
    for (int i = 0; i < MAX_MESSAGES; i++) {
        struct jsonrpc_msg *msg = jsonrpc_session_recv(presence->session);

        if (!msg) {
            break;
        }
        handle_message(presence, msg);
        jsonrpc_msg_destroy(msg);
    }
    return presence->state;
}

void
db_presence_wait(struct db_presence *presence)
{
    jsonrpc_session_wait(presence->session);
    jsonrpc_session_recv_wait(presence->session);
}
