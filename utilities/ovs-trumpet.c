/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "util.h"

int
main(int argc OVS_UNUSED, char *argv[])
{
    set_program_name(argv[0]);
    ovs_print_version(0, 0);
    return 0;
}
