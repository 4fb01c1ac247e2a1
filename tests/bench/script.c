/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/bench/script.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dp-packet.h"
#include "ovs-atomic.h"
#include "util.h"

#define MAX_LENGTH 1514
#define HEADROOM 128            /* As from a NIC. */

struct script {
    const struct script_frame *frames;  /* Mapped. */
    size_t n;
    uint64_t start_us;
    struct script_time *times;
    size_t cursor;              /* First frame not handed over... */
    size_t n_taken;             /* ...and not known to be taken. */
    atomic_bool over;
};

static uint64_t
unix_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000;
}

/* Returns false if a frame is not as it must be. */
static bool
script_check(struct script *script)
{
    uint32_t due_us = 0;

    for (size_t i = 0; i < script->n; i++) {
        const struct script_frame *frame = &script->frames[i];

        if (frame->due_us < due_us || frame->length > MAX_LENGTH
            || frame->length < sizeof frame->bytes) {
            return false;
        }
        due_us = frame->due_us;
    }
    return true;
}

struct script *
script_create(const char *path, uint64_t start_us, char **error)
{
    struct script *script = xzalloc(sizeof *script);
    struct stat s;
    int fd = open(path, O_RDONLY);
    void *map = MAP_FAILED;

    *error = NULL;
    if (fd >= 0 && !fstat(fd, &s)) {
        map = mmap(NULL, s.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE,
                   fd, 0);
    }
    if (map == MAP_FAILED) {
        *error = xasprintf("%s: %s", path, ovs_strerror(errno));
    } else {
        script->frames = map;
        script->n = s.st_size / sizeof *script->frames;
        script->start_us = start_us;
        atomic_init(&script->over, !script->n);
        script->times = xcalloc(script->n, sizeof *script->times);
        if (!script_check(script)) {
            *error = xasprintf("%s: not a script of frames", path);
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    if (*error) {
        script_destroy(script);
        return NULL;
    }
    return script;
}

void
script_destroy(struct script *script)
{
    if (script) {
        if (script->frames) {
            munmap(CONST_CAST(struct script_frame *, script->frames),
                   script->n * sizeof *script->frames);
        }
        free(script->times);
        free(script);
    }
}

static struct dp_packet *
make_packet(const struct script_frame *frame)
{
    struct dp_packet *packet
        = dp_packet_new_with_headroom(frame->length, HEADROOM);

    dp_packet_put(packet, frame->bytes, sizeof frame->bytes);
    dp_packet_put_zeros(packet, frame->length - sizeof frame->bytes);
    return packet;
}

bool
script_receive(struct script *script, struct dp_packet_batch *batch)
{
    uint64_t now_us = unix_us();

    for (; script->n_taken < script->cursor; script->n_taken++) {
        script->times[script->n_taken].to_us = now_us - script->start_us;
    }
    if (script->n_taken == script->n) {
        /* Pairs with script_is_over(): the times are complete. */
        atomic_store_explicit(&script->over, true, memory_order_release);
    }
    while (script->cursor < script->n
           && !dp_packet_batch_is_full(batch)) {
        const struct script_frame *frame = &script->frames[script->cursor];

        if (script->start_us + frame->due_us > now_us) {
            break;
        }
        script->times[script->cursor++].from_us = now_us - script->start_us;
        dp_packet_batch_add(batch, make_packet(frame));
    }
    return !dp_packet_batch_is_empty(batch);
}

bool
script_is_over(const struct script *script)
{
    bool over;

    /* Pairs with script_receive(). */
    atomic_read_explicit(&CONST_CAST(struct script *, script)->over, &over,
                         memory_order_acquire);
    return over;
}

size_t
script_get_times(const struct script *script,
                 const struct script_time **times)
{
    *times = script->times;
    return script->n;
}
