/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tcp-oddity.h"

static const char *const names[N_TCP_ODDITIES] = {
#define TCP_ODDITY(ID, NAME, HELP) [TCP_ODDITY_##ID] = NAME,
#include "monitor/tcp-oddity-table.h"
};

const char *
tcp_oddity_name(enum tcp_oddity oddity)
{
    return names[oddity];
}
