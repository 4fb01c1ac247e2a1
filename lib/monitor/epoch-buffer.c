/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/epoch-buffer.h"

#include "monitor/pages.h"
#include "util.h"

bool
epoch_buffers_init(struct epoch_buffers *eb, uint32_t max_flows,
                   uint32_t max_cells, uint32_t max_records)
{
    bool ok = true;

    memset(eb, 0, sizeof *eb);
    eb->max_active = max_flows;
    eb->max_cells = max_cells;
    eb->max_records = max_records;
    for (int i = 0; i < N_EPOCH_BUFFERS; i++) {
        struct epoch_buffer *buffer = &eb->buffers[i];

        atomic_init(&buffer->state, EPOCH_BUFFER_FREE);
        buffer->active = pages_alloc(max_flows * sizeof *buffer->active);
        buffer->counters = pages_alloc((max_flows + UINT64_C(1))
                                       * sizeof *buffer->counters);
        buffer->cells = pages_alloc(max_cells * sizeof *buffer->cells);
        buffer->records = pages_alloc(max_records * sizeof *buffer->records);
        ok = (ok && buffer->active && buffer->counters && buffer->cells
              && buffer->records);
    }
    if (!ok) {
        epoch_buffers_uninit(eb);
    }
    return ok;
}

void
epoch_buffers_uninit(struct epoch_buffers *eb)
{
    for (int i = 0; i < N_EPOCH_BUFFERS; i++) {
        struct epoch_buffer *buffer = &eb->buffers[i];

        pages_free(buffer->active, eb->max_active * sizeof *buffer->active);
        pages_free(buffer->counters,
                   (eb->max_active + UINT64_C(1)) * sizeof *buffer->counters);
        pages_free(buffer->cells, eb->max_cells * sizeof *buffer->cells);
        pages_free(buffer->records,
                   eb->max_records * sizeof *buffer->records);
    }
}

uint64_t
epoch_buffers_memory_bytes(const struct epoch_buffers *eb)
{
    return (N_EPOCH_BUFFERS
            * (eb->max_active * (uint64_t) (sizeof(struct active_flow)
                                            + sizeof(struct flow_counters))
               + eb->max_cells * (uint64_t) sizeof(struct cell)
               + eb->max_records * (uint64_t) sizeof(struct packet_record)));
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
    for (int i = 0; i < N_EPOCH_BUFFERS; i++) {
        if (epoch_buffer_state(&eb->buffers[i]) == EPOCH_BUFFER_FREE) {
            return i;
        }
    }
    return -1;
}

uint64_t
epoch_buffers_first_epoch(const struct epoch_buffers *eb)
{
    uint64_t first = UINT64_MAX;

    for (int i = 0; i < N_EPOCH_BUFFERS; i++) {
        const struct epoch_buffer *buffer = &eb->buffers[i];

        if (epoch_buffer_state(buffer) != EPOCH_BUFFER_FREE) {
            first = MIN(first, buffer->epoch);
        }
    }
    return first;
}

bool
epoch_buffers_have(const struct epoch_buffers *eb, uint64_t epoch)
{
    for (int i = 0; i < N_EPOCH_BUFFERS; i++) {
        const struct epoch_buffer *buffer = &eb->buffers[i];

        if (epoch_buffer_state(buffer) != EPOCH_BUFFER_FREE
            && buffer->epoch == epoch) {
            return true;
        }
    }
    return false;
}

size_t
epoch_buffers_get(struct epoch_buffers *eb, uint64_t epoch,
                  struct epoch_buffer *buffers[N_EPOCH_BUFFERS])
{
    size_t n = 0;

    for (int i = 0; i < N_EPOCH_BUFFERS; i++) {
        struct epoch_buffer *buffer = &eb->buffers[i];

        if (epoch_buffer_state(buffer) != EPOCH_BUFFER_FREE
            && buffer->epoch == epoch) {
            size_t j;

            for (j = n++; (j && (int32_t) (buffer->seq
                                           - buffers[j - 1]->seq) < 0); j--) {
                buffers[j] = buffers[j - 1];
            }
            buffers[j] = buffer;
        }
    }
    return n;
}
