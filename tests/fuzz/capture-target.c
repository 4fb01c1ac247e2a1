/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "monitor/capture.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    char *name = xasprintf("/proc/self/fd/%d", fd);
    struct capture *capture;
    struct burst burst = { .now_us = 0 };
    uint64_t last_us = 0;

    ovs_assert(write(fd, data, size) == size);
    free(capture_open(name, 1 + size % 2 * 9999, &capture));
    while (capture && capture_read(capture, &burst)) {
        ovs_assert(burst.now_us >= last_us && burst.n <= BURST_MAX);
        last_us = burst.now_us;
    }
    free(capture_close(capture));
    free(name);
    return close(fd);
}
