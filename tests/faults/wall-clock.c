/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* A wall clock for one process, which a test can step and slew: the kernel's
 * and as many microseconds as the file $WALL_CLOCK says, in binary.  To be
 * preloaded (LD_PRELOAD).  The host's clock is left alone. */

#include <config.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static const volatile int64_t *offset_us;
static int (*kernel_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void
wall_clock_init(void)
{
    const char *file = getenv("WALL_CLOCK");
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    void *map = mmap(NULL, sizeof *offset_us, PROT_READ, MAP_SHARED, fd, 0);

    kernel_gettime = (int (*)(clockid_t, struct timespec *))
        dlsym(RTLD_NEXT, "clock_gettime");
    if (!kernel_gettime || map == MAP_FAILED) {
        abort();
    }
    offset_us = map;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
    if (!kernel_gettime) {              /* Another library begins earlier. */
        wall_clock_init();
    }

    int error = kernel_gettime(id, ts);

    if (!error && id == CLOCK_REALTIME) {
        int64_t us = (ts->tv_sec * INT64_C(1000000) + ts->tv_nsec / 1000
                      + *offset_us);

        ts->tv_sec = us / 1000000;
        ts->tv_nsec = us % 1000000 * 1000;
    }
    return error;
}
