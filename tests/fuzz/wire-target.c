/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <stdlib.h>

#include "openflow/openflow.h"
#include "openvswitch/ofp-msgs.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"
#include "wire/request.h"
#include "wire/wire-print.h"

static char *
print(const struct ofp_header *oh)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    enum ofperr error = wire_print(&ds, oh, NULL, 0);

    ds_put_format(&ds, " %d", error);
    return ds_steal_cstr(&ds);
}

/* Returns what 'oh' was decoded to, encoded again, or null if it is not a
 * request that can be encoded as it was. */
static struct ofpbuf *
encode_again(const struct ofp_header *oh)
{
    struct wire_trigger_mod tm;
    struct wire_subscribe subscribe;
    struct ofpbuf *b = NULL;
    enum ofpraw raw;

    if (ofpraw_decode(&raw, oh)) {
        return NULL;
    } else if (raw == OFPRAW_TRT_TRIGGER_MOD
               && !wire_trigger_mod_decode(&tm, oh, NULL)) {
        b = wire_trigger_mod_encode(&tm, oh->version);
        wire_trigger_mod_uninit(&tm);
    } else if (raw == OFPRAW_TRT_SUBSCRIBE
               && !wire_subscribe_decode(&subscribe, oh)) {
        b = wire_subscribe_encode(&subscribe, oh->version);
        wire_subscribe_uninit(&subscribe);
    }
    return b;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= sizeof(struct ofp_header) && size <= UINT16_MAX) {
        struct ofp_header *oh = xmemdup(data, size);
        struct ofpbuf *b;
        char *text;

        oh->length = htons(size);
        text = print(oh);
        b = encode_again(oh);
        if (b) {
            char *again;

            ofpmsg_update_length(b);
            again = print(b->data);
            ovs_assert(!strcmp(text, again));
            free(again);
        }
        ofpbuf_delete(b);
        free(text);
        free(oh);
    }
    return 0;
}
