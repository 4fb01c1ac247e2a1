/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/epoch-buffer.h"

#include "monitor/pages.h"

bool
epoch_buffers_init(struct epoch_buffers *eb, uint32_t max_flows,
                   uint32_t max_cells)
{
    bool ok = true;

    memset(eb, 0, sizeof *eb);
    eb->max_active = max_flows;
    eb->max_cells = max_cells;
    for (int i = 0; i < N_SLOTS; i++) {
        struct epoch_buffer *buffer = &eb->buffers[i];

        atomic_init(&buffer->state, EPOCH_BUFFER_FREE);
        buffer->active = pages_alloc(max_flows * sizeof *buffer->active);
        buffer->cells = pages_alloc(max_cells * sizeof *buffer->cells);
        ok = ok && buffer->active && buffer->cells;
    }
    if (!ok) {
        epoch_buffers_uninit(eb);
    }
    return ok;
}

void
epoch_buffers_uninit(struct epoch_buffers *eb)
{
    for (int i = 0; i < N_SLOTS; i++) {
        struct epoch_buffer *buffer = &eb->buffers[i];

        pages_free(buffer->active, eb->max_active * sizeof *buffer->active);
        pages_free(buffer->cells, eb->max_cells * sizeof *buffer->cells);
    }
}

static int
epoch_buffer_state(const struct epoch_buffer *buffer)
{
    int state;

    atomic_read_explicit(&CONST_CAST(struct epoch_buffer *, buffer)->state,
                         &state, memory_order_acquire);
    return state;
}

int
epoch_buffers_find_free(struct epoch_buffers *eb)
{
    for (int i = 0; i < N_SLOTS; i++) {
        if (epoch_buffer_state(&eb->buffers[i]) == EPOCH_BUFFER_FREE) {
            return i;
        }
    }
    return -1;
}

struct epoch_buffer *
epoch_buffers_oldest(struct epoch_buffers *eb, uint64_t epoch)
{
    struct epoch_buffer *oldest = NULL;

    for (int i = 0; i < N_SLOTS; i++) {
        struct epoch_buffer *buffer = &eb->buffers[i];

        if (epoch_buffer_state(buffer) != EPOCH_BUFFER_FREE
            && buffer->epoch <= epoch
            && (!oldest || (int32_t) (buffer->seq - oldest->seq) < 0)) {
            oldest = buffer;
        }
    }
    return oldest;
}
