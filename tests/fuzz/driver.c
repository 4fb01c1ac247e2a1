/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/vlog.h"
#include "ovs-rcu.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* usage: NAME-corpus DIR
 *
 * Gives each file of DIR to the target, whole, then cut at every length, then
 * with each byte changed.  It says which one first, for when that is the last
 * thing that it does. */

/* Of files with more bytes, each second or third is where they are cut and
 * changed, or fewer. */
#define MAX_PLACES 512

/* Gives it in a buffer of just that size, so that a sanitizer or valgrind
 * notices what reads beyond. */
static void
give(const uint8_t *data, size_t size)
{
    uint8_t *exact = xmemdup(data, size ? size : 1);

    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void
give_variants(uint8_t *data, size_t size)
{
    static const uint8_t changes[] = { 0xff, 0x01, 0x80 };
    size_t step = 1 + size / MAX_PLACES;

    give(data, size);
    for (size_t i = 0; i < size; i += step) {
        uint8_t change = changes[i % ARRAY_SIZE(changes)];

        give(data, i);
        data[i] ^= change;
        give(data, size);
        data[i] ^= change;
    }
}

static void
give_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    size_t size = 0, allocated = 0;
    uint8_t *data = NULL;

    if (!file) {
        ovs_fatal(errno, "%s", name);
    }
    do {
        if (size >= allocated) {
            data = x2nrealloc(data, &allocated, 1);
        }
        size += fread(data + size, 1, allocated - size, file);
    } while (!feof(file) && !ferror(file));
    if (ferror(file)) {
        ovs_fatal(errno, "%s", name);
    }
    fclose(file);
    give_variants(data, size);
    ovsrcu_quiesce();
    free(data);
}

int
main(int argc, char *argv[])
{
    struct dirent **entries;
    int n;

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    if (argc != 2) {
        ovs_fatal(0, "usage: %s DIR", argv[0]);
    }
    n = scandir(argv[1], &entries, NULL, alphasort);
    if (n < 0) {
        ovs_fatal(errno, "%s", argv[1]);
    }
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            char *name = xasprintf("%s/%s", argv[1], entries[i]->d_name);

            puts(name);
            fflush(stdout);
            give_file(name);
            free(name);
        }
        free(entries[i]);
    }
    free(entries);
    return EXIT_SUCCESS;
}
