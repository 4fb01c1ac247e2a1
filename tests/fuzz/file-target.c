/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/trigger-file.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* A file of triggers. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("triggers", MFD_CLOEXEC);
    char *name = xasprintf("/proc/self/fd/%d", fd);
    struct trigger_texts texts;

    ovs_assert(write(fd, data, size) == size);
    trigger_texts_init(&texts);
    free(trigger_texts_add_file(&texts, name));
    for (size_t i = 0; i < texts.n; i++) {
        struct event *event;

        free(trigger_text_parse(&texts.items[i], 10000, &event));
        event_unref(event);
    }
    trigger_texts_uninit(&texts);
    free(name);
    return close(fd);
}
