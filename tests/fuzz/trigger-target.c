/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xmemdup0((const char *) data, size);
    struct event *event, *again;

    free(event_parse(text, NULL, 10000, &event));
    if (event) {
        ovs_assert(!event_parse(event->text, NULL, 10000, &again));
        ovs_assert(!strcmp(event->text, again->text));
        event_unref(again);
    }
    event_unref(event);
    free(text);
    return 0;
}
