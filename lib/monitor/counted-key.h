/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef MONITOR_COUNTED_KEY_H
#define MONITOR_COUNTED_KEY_H 1

#include "monitor/key-space.h"

/* Life of the counted keys of a space, for key-space.c and key-split.c.
 *
 * Thread-safety: guarded by the monitor's mutex. */

/* Returns the run of 'key' for 'member', which must need one. */
static inline struct trigger_run *
counted_key_run(const struct counted_key *key, const struct key_member *member)
{
    return ALIGNED_CAST(struct trigger_run *,
                        CONST_CAST(uint8_t *, (const uint8_t *) key)
                        + member->run_offset);
}

/* Removes 'key', which must be on no list of active keys that is looked at
 * again. */
void counted_key_destroy(struct key_space *, struct counted_key *);

/* Puts 'key' on the list of those that were active in its last interval. */
void counted_key_enlist(struct key_space *, struct counted_key *);

#endif /* monitor/counted-key.h */
