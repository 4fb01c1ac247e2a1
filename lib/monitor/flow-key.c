/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/flow-key.h"

#include "entropy.h"

void
flow_hash_secret_init(struct flow_hash_secret *secret)
{
    get_entropy_or_die(secret, sizeof *secret);
}
