/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "unit.h"

#include <stdlib.h>

#include "util.h"

/* Seconds after which a test hangs.  libcheck's own 4 are too few for a busy
 * machine, a sanitizer or valgrind. */
#define TEST_TIMEOUT "120"

int
main(int argc OVS_UNUSED, char *argv[])
{
    set_program_name(argv[0]);
    setenv("CK_DEFAULT_TIMEOUT", TEST_TIMEOUT, 0);

    SRunner *runner = srunner_create(test_suite());
    srunner_run_all(runner, CK_ENV);

    int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
