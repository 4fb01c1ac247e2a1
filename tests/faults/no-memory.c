/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

/* Lets a process have no memory when a test says so.  The file $NO_MEMORY has
 * two binary 64-bit numbers.  The first one is counted down: how many of the
 * process's next mappings of memory succeed before one of them fails
 * (negative: all succeed).  While the second one is not 0, all fail.  To be
 * preloaded (LD_PRELOAD).  malloc() and new threads do not come here, but what
 * is mapped by lib/monitor/pages.c does. */

#include <config.h>

#undef _FILE_OFFSET_BITS        /* Would make mmap() another function. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
    int64_t n_left;
    int64_t none;
} *memory;

/* The next library's mmap() may be a sanitizer's, which calls ours before it
 * is ready itself. */
static void *
kernel_mmap(void *address, size_t n, int protection, int flags, int fd,
            off_t offset)
{
    return (void *) syscall(SYS_mmap, address, n, protection, flags, fd,
                            offset);
}

__attribute__((constructor)) static void
no_memory_init(void)
{
    const char *file = getenv("NO_MEMORY");
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;

    if (fd < 0) {
        abort();
    }
    memory = kernel_mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE,
                         MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        abort();
    }
}

void *
mmap(void *address, size_t n, int protection, int flags, int fd, off_t offset)
{
    /* Before our constructor, n_left is null. */
    if (flags & MAP_ANONYMOUS && memory
        && (__atomic_load_n(&memory->none, __ATOMIC_SEQ_CST)
            || !__atomic_fetch_sub(&memory->n_left, 1, __ATOMIC_SEQ_CST))) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return kernel_mmap(address, n, protection, flags, fd, offset);
}

/* Its name where offsets have 64 bits. */
void *mmap64(void *, size_t, int, int, int, off64_t)
    __attribute__((alias("mmap")));
